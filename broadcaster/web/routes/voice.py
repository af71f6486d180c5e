"""Giọng người: trang thu âm của một bản chờ duyệt, tải tệp lên, nhận từng phần đang thu, chọn giữa các tiếng đã có."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import BadRecording, Conflict, Invalid
from broadcaster.newsroom import queries
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.enums import RevisionState
from broadcaster.sound.parts import MAX_PARTS
from broadcaster.studio import human_voice
from broadcaster.studio.render import NOT_STORED
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, local, minutes, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.reading import read_for
from broadcaster.web.session import SignedIn

router = APIRouter()
_HERE = "/ban-tin/{revision_id}/thu-am"
_ONE = _HERE + "/lan/{key}"
_ASKED = "Tiếng này chưa được dùng vì còn điều phải xem lại, ghi ở mục Tiếng đã có: hãy nghe hết rồi chọn nếu đủ lời."
PartNumber = Annotated[int, Field(ge=0, lt=100_000)]


async def whole_body(request: Request) -> bytes:
    """Thân yêu cầu, đọc ở vòng lặp sự kiện; lớp chắn đã giới hạn cỡ."""
    return await request.body()


@router.get(_HERE)
def page(request: Request, signed: SignedIn, revision_id: Id) -> Response:
    """Lời phải đọc, chỗ thu, chỗ tải tệp lên, các tiếng đã có."""
    return _page(request, signed, revision_id)


@router.post(_HERE)
def upload(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Ô: tep, nguoi_doc, reading_sha256."""
    file = form.file("tep")
    if file is None:
        return _page(request, signed, revision_id, 422, dict(form.kept()), {"tep": "Hãy chọn một tệp âm thanh trên máy."})
    with services_of(request).parts.workspace() as folder:
        return _receive(request, signed, revision_id, form, lambda: [_copied(file, folder / "tep")], place="tep")


@router.post(_HERE + "/chon")
def choose(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Đổi sang tiếng khác đã có. Ô: ban_ghi."""
    services = services_of(request)
    with services.database.writing() as session:
        now = services.clock.now()
        chosen = human_voice.choose(session, signed.actor, revision_id, form.whole("ban_ghi"), now=now)
        said = f"Đã chọn {chosen.source.label.lower()}. Người duyệt sẽ nghe đúng tiếng này."
    return back_to(_path(revision_id), said)


@router.post("/ban-tin/bai/{script_id}/thu-am")
def open_for_voice(request: Request, signed: SignedIn, script_id: Id) -> Response:
    """Bản đang phát chưa có giọng người: gửi duyệt một bản y hệt để thu cho nó."""
    services = services_of(request)
    with services.database.reading() as session:
        latest = queries.script(session, signed.actor, script_id).revisions[-1]
        title, body, choices = latest.title, latest.body, latest.choices
        answered = [one["key"] for one in latest.readings[-1].detail.get("answers", [])] if latest.readings else []
    read = read_for(services, signed.actor, body, choices, title=title)
    with services.database.writing() as session:
        now = services.clock.now()
        revision = human_voice.open_for_voice(session, signed.actor, script_id, read=read, answers=answered, now=now)
    return back_to(_path(revision.id), "Đã gửi duyệt một bản y hệt để thu âm; bản cũ vẫn phát tới khi bản này được duyệt.")


@router.post(_HERE + "/lan")
def begin(request: Request, signed: SignedIn, revision_id: Id) -> Response:
    """Mở một lần thu trong trình duyệt; trả về mã của nó."""
    services = services_of(request)
    with services.database.reading() as session:
        human_voice.spoken_of(session, signed.actor, revision_id)
    opened = services.parts.open(_owner(signed, revision_id), now=services.clock.now())
    return JSONResponse({"lan": opened.key})


@router.put(_ONE + "/{number}")
def put_part(
    request: Request, signed: SignedIn, revision_id: Id, key: str, number: PartNumber, body: Annotated[bytes, Depends(whole_body)]
) -> Response:
    """Một phần đang thu, dạng WAV, đếm từ 0; gửi lại bao nhiêu lần cũng như một."""
    services_of(request).parts.put(key, _owner(signed, revision_id), number, body)
    return Response(status_code=204)


@router.post(_ONE + "/xong")
def finish(request: Request, signed: SignedIn, revision_id: Id, key: str, form: Form) -> Response:
    """Ghép các phần thành giọng của bản tin. Ô: so_phan, nguoi_doc, reading_sha256."""
    parts, owner = services_of(request).parts, _owner(signed, revision_id)
    count = form.whole("so_phan", range(1, MAX_PARTS + 1))
    answer = _receive(request, signed, revision_id, form, lambda: parts.whole(key, owner, count), place="thu")
    if answer.status_code == 303:
        parts.drop(key, owner)
    return answer


@router.post(_ONE + "/bo")
def drop(request: Request, signed: SignedIn, revision_id: Id, key: str) -> Response:
    """Bỏ một lần thu dở."""
    services_of(request).parts.drop(key, _owner(signed, revision_id))
    return back_to(_path(revision_id), "Đã bỏ lần thu dở.")


def _receive(
    request: Request, signed: Signed, revision_id: Id, form: Posted, find: Callable[[], Sequence[Path]], *, place: str
) -> Response:
    """Kiểm ở tiến trình riêng, rồi gắn trong một giao dịch ngắn; hỏng thì lời nhắn nằm cạnh ô ``place``."""
    services = services_of(request)
    try:
        with services.database.reading() as session:
            sha256 = form.text("reading_sha256")
            spoken = human_voice.spoken_of(session, signed.actor, revision_id, reading_sha256=sha256)
        today = local(services.clock.now()).date().isoformat()
        reader = form.text("nguoi_doc")
        voiced = human_voice.take_in(spoken, find(), services.library, reader=reader, recorded_on=today)
        with services.database.writing() as session:
            recording = human_voice.attach(session, signed.actor, spoken, voiced, now=services.clock.now())
            length = minutes(recording.duration_ms)
    except OSError:
        problems = {place: NOT_STORED}
    except Invalid as error:
        problems = error.problems
    except (BadRecording, Conflict) as error:
        problems = {place: error.message}
    else:
        told = _ASKED if voiced.doubts else "Hãy nghe lại; người duyệt sẽ nghe đúng tiếng này."
        said = f"Đã nhận giọng {voiced.reader}, dài {length}. {told}"
        return back_to(_path(revision_id), " ".join([said, *voiced.notes]))
    return _page(request, signed, revision_id, 422, dict(form.kept()), problems)


def _copied(file: UploadFile, target: Path) -> Path:
    with target.open("wb") as copy:
        shutil.copyfileobj(file.file, copy)
    return target


def _owner(signed: Signed, revision_id: Id) -> str:
    return f"{signed.actor.station_id}:{signed.actor.user_id}:{revision_id}"


def _path(revision_id: Id) -> str:
    return f"/ban-tin/{revision_id}/thu-am"


def _page(
    request: Request,
    signed: Signed,
    revision_id: Id,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Response:
    signed.actor.require(Action.SCRIPT_WRITE)
    services = services_of(request)
    with services.database.reading() as session:
        revision = revision_of(session, signed.actor, revision_id)
        reading = revision.readings[-1] if revision.readings else None
        return render(
            request,
            "thu_am.html",
            signed=signed,
            status=status,
            revision=revision,
            reading=reading,
            waiting=revision.state is RevisionState.SUBMITTED,
            takes=human_voice.takes_of(session, signed.actor, reading) if reading else [],
            unfinished=services.parts.unfinished(_owner(signed, revision_id)),
            typed={"nguoi_doc": signed.actor.name, **(typed or {})},
            problems=problems or {},
        )
