"""Tiếng của bản tin: nghe thử bản ghi, nghe một lời ngắn, làm lại bản ghi hỏng."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from broadcaster.accounts.actor import Action
from broadcaster.errors import Invalid, NotFound
from broadcaster.newsroom.text import clean_text, clean_title, is_spoken
from broadcaster.studio.listening import recording
from broadcaster.studio.render_queue import make_again
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, services_of
from broadcaster.web.params import Id
from broadcaster.web.reading import chosen_readings, read_for
from broadcaster.web.session import SignedIn

router = APIRouter()

LONGEST_HEARD, LONGEST_WHOLE = 900, 6_000
"""Một câu, và cả bài khi trình duyệt không có script, dài nhất bao nhiêu chữ."""
CUT = "Bài còn dài, nghe thử dừng ở đây. Muốn nghe tiếp, bấm nghe từng câu ở trang soạn."
_STOPS = str.maketrans("", "", '.?!:;…“”"()\n')
"""Dấu câu của lời đọc; giọng nghỉ ở đó chứ không đọc thành chữ."""


@router.get("/ban-tin/nghe-cau.mp3")
def hear_words(request: Request, signed: SignedIn, loi: str = "") -> Response:
    """Nghe thử một câu bằng giọng trên máy; ``loi`` là lời, không phải chữ viết."""
    signed.actor.require(Action.SCRIPT_READ)
    words = clean_title(loi)[:LONGEST_HEARD]
    if not is_spoken(words.translate(_STOPS)):
        raise Invalid("Chỉ nghe thử được lời gồm chữ, không có số hay ký hiệu.")
    sound = services_of(request).speak(words)
    return Response(sound, media_type="audio/mpeg", headers={"Cache-Control": "private, max-age=86400"})


@router.post("/ban-tin/nghe-thu.mp3")
def hear_whole(request: Request, signed: SignedIn, form: Form) -> Response:
    """Nghe cả bài đang soạn, chưa lưu gì, khi trình duyệt không có script. Ô: noi_dung, chon*."""
    signed.actor.require(Action.SCRIPT_WRITE)
    services, text = services_of(request), clean_text(form.text("noi_dung"))
    words = whole(read_for(services, signed.actor, text, dict(chosen_readings(form.texts("chon")))).sentences)
    if not words.strip():
        raise Invalid("Chưa có chữ nào để đọc. Hãy viết nội dung rồi bấm nghe thử.")
    return Response(services.speak(words), media_type="audio/mpeg", headers={"Cache-Control": "no-store"})


def whole(sentences: Sequence[str]) -> str:
    """Lời của cả bài; dài quá thì dừng sau câu cuối còn vừa, và chính lời ấy nói là đã dừng."""
    lengths = accumulate(len(sentence) + 1 for sentence in sentences)
    fitting = [sentence for sentence, upto in zip(sentences, lengths, strict=True) if upto <= LONGEST_WHOLE]
    return " ".join([*fitting, CUT] if len(fitting) < len(sentences) else fitting)


@router.get("/ban-ghi/{recording_id}.mp3")
def hear(request: Request, signed: SignedIn, recording_id: Id) -> Response:
    """Bản nghe thử dạng MP3; trình duyệt tua được."""
    services = services_of(request)
    with services.database.reading() as session:
        sha256 = recording(session, signed.actor, recording_id).sha256
    if sha256 is None:
        raise NotFound("Bản ghi này chưa làm xong. Hãy đợi vài giây rồi tải lại trang.")
    return FileResponse(services.library.mp3(sha256), media_type="audio/mpeg", headers={"Cache-Control": "private"})


@router.post("/ban-ghi/{recording_id}/lam-lai")
def remake(request: Request, signed: SignedIn, recording_id: Id, form: Form) -> Response:
    """Làm lại một bản ghi hỏng. Ô: bai (mã bản tin để quay về)."""
    services, script_id = services_of(request), form.whole("bai")
    with services.database.writing() as session:
        make_again(session, signed.actor, recording_id, now=services.clock.now())
    return back_to(f"/ban-tin/bai/{script_id}", "Đã xếp lại vào hàng làm tiếng.")
