"""Trang sửa tiếng: sóng, chọn đoạn, cắt, bỏ, vuốt, to nhỏ, nối, hoàn tác; cho bản thu của người và cho nhạc hiệu.

Trang không giữ gì ở máy chủ: các việc đã làm nằm trong biểu mẫu, tiếng nghe thử được dựng lại từ bản gốc mỗi lần.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import BadRecording, BroadcasterError, Invalid
from broadcaster.sound.editing import Edit, EditKind, outline, read_edit
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.pcm import Samples, length_ms
from broadcaster.studio import human_voice, sound_editor
from broadcaster.studio.sound_editor import Opened
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()
_VOICE = "/ban-tin/{revision_id}/thu-am/sua/{recording_id}"
_SOUND = "/dai/am-thanh/{sound_id}/sua"
_COLUMNS = 800
_HALF = 50
_FADE_S = 0.5
_STEP_DB = 3.0
Steps = Annotated[list[str], Query()]


@dataclass(frozen=True)
class Place:
    """Trang sửa này ở đâu, quay về đâu, lưu thì gọi là gì."""

    here: str
    back: str
    heading: str
    saves: str


@router.get("/dai/am-thanh")
def sounds(request: Request, signed: SignedIn) -> Response:
    """Nhạc hiệu, nhạc cắt, nhạc của đài: nghe, sửa."""
    with services_of(request).database.reading() as session:
        found = sound_editor.sounds_of(session, signed.actor)
        return render(request, "dai_am_thanh.html", signed=signed, sounds=found)


@router.get("/dai/am-thanh/{sound_id}.mp3")
def hear_sound(request: Request, signed: SignedIn, sound_id: Id) -> Response:
    """Nghe một âm thanh của đài."""
    return _heard(request, _opened_sound(request, signed, sound_id), [])


@router.get(_VOICE)
def voice(request: Request, signed: SignedIn, revision_id: Id, recording_id: Id) -> Response:
    """Mở một bản thu ra sửa."""
    return _page(
        request, signed, _opened_voice(request, signed, revision_id, recording_id), _voice_place(revision_id, recording_id)
    )


@router.get(_VOICE + "/nghe.mp3")
def hear_voice(request: Request, signed: SignedIn, revision_id: Id, recording_id: Id, buoc: Steps = []) -> Response:  # noqa: B006
    """Nghe bản đang sửa. Ô: buoc*."""
    return _heard(request, _opened_voice(request, signed, revision_id, recording_id), buoc)


@router.post(_VOICE)
def edit_voice(request: Request, signed: SignedIn, revision_id: Id, recording_id: Id, form: Form) -> Response:
    """Làm một việc sửa, hoàn tác, hoặc lưu thành bản thu mới. Ô: viec, tu, den, khac, buoc*."""
    place = _voice_place(revision_id, recording_id)
    if form.text("viec") != "luu":
        return _next(request, signed, _opened_voice(request, signed, revision_id, recording_id), place, form)
    services = services_of(request)
    with services.database.reading() as session:
        spoken, opened = sound_editor.open_voice(session, signed.actor, revision_id, recording_id)
    edits = _edits(form.texts("buoc"))
    today = local(services.clock.now()).date().isoformat()
    try:
        samples = sound_editor.edited(opened, edits, services.library)
        made = sound_editor.voice_of(spoken, opened, samples, services.library, recorded_on=today)
    except (Invalid, BadRecording) as error:
        return _page(request, signed, opened, place, edits, problem=error.message, status=422)
    with services.database.writing() as session:
        human_voice.attach(session, signed.actor, spoken, made, now=services.clock.now())
    told = "Còn điều phải xem lại, ghi ở mục Tiếng đã có." if made.doubts else "Người duyệt sẽ nghe đúng bản này."
    return back_to(place.back, f"Đã lưu bản đã sửa; bản gốc còn nguyên. {told}")


@router.get(_SOUND)
def sound(request: Request, signed: SignedIn, sound_id: Id) -> Response:
    """Mở một âm thanh của đài ra sửa."""
    return _page(request, signed, _opened_sound(request, signed, sound_id), _sound_place(sound_id))


@router.get(_SOUND + "/nghe.mp3")
def hear_edited_sound(request: Request, signed: SignedIn, sound_id: Id, buoc: Steps = []) -> Response:  # noqa: B006
    """Nghe bản đang sửa. Ô: buoc*."""
    return _heard(request, _opened_sound(request, signed, sound_id), buoc)


@router.post(_SOUND)
def edit_sound(request: Request, signed: SignedIn, sound_id: Id, form: Form) -> Response:
    """Như sửa bản thu; lưu thành một âm thanh mới của đài. Ô thêm: ten."""
    place, opened = _sound_place(sound_id), _opened_sound(request, signed, sound_id)
    if form.text("viec") != "luu":
        return _next(request, signed, opened, place, form)
    services, edits = services_of(request), _edits(form.texts("buoc"))
    try:
        stored = sound_editor.store_sound(opened, sound_editor.edited(opened, edits, services.library), services.library)
    except (Invalid, BadRecording) as error:
        return _page(request, signed, opened, place, edits, problem=error.message, status=422)
    with services.database.writing() as session:
        now = services.clock.now()
        added = sound_editor.add_sound(session, signed.actor, sound_id, stored, name=form.text("ten"), now=now)
        said = f"Đã thêm “{added.name}”; bản gốc còn nguyên. Chọn nó ở Khuôn chương trình để phát."
    return back_to(place.back, said)


def _opened_voice(request: Request, signed: Signed, revision_id: int, recording_id: int) -> Opened:
    with services_of(request).database.reading() as session:
        return sound_editor.open_voice(session, signed.actor, revision_id, recording_id)[1]


def _opened_sound(request: Request, signed: Signed, sound_id: int) -> Opened:
    with services_of(request).database.reading() as session:
        return sound_editor.open_sound(session, signed.actor, sound_id)


def _voice_place(revision_id: int, recording_id: int) -> Place:
    back = f"/ban-tin/{revision_id}/thu-am"
    return Place(f"{back}/sua/{recording_id}", back, "Sửa bản thu", "Lưu thành bản thu mới")


def _sound_place(sound_id: int) -> Place:
    return Place(f"/dai/am-thanh/{sound_id}/sua", "/dai/am-thanh", "Sửa âm thanh", "Lưu thành âm thanh mới")


def _edits(texts: Sequence[str]) -> list[Edit]:
    return [read_edit(text) for text in texts]


def _heard(request: Request, opened: Opened, steps: Sequence[str]) -> Response:
    samples = sound_editor.edited(opened, _edits(steps), services_of(request).library)
    return Response(encode_mp3(samples), media_type="audio/mpeg", headers={"Cache-Control": "private, max-age=600"})


def _next(request: Request, signed: Signed, opened: Opened, place: Place, form: Posted) -> Response:
    """Thêm việc vừa bấm; việc không làm được thì các việc trước còn nguyên, kèm lời nhắn."""
    edits = _edits(form.texts("buoc"))
    if form.text("viec") == "hoan_tac":
        return _page(request, signed, opened, place, edits[:-1])
    typed = (form.text("tu"), form.text("den"))
    try:
        return _page(request, signed, opened, place, [*edits, _asked(form)], typed=typed)
    except BroadcasterError as error:
        return _page(request, signed, opened, place, edits, typed=typed, problem=error.message, status=422)


def _asked(form: Posted) -> Edit:
    what = form.text("viec")
    if what == EditKind.JOIN:
        return Edit(EditKind.JOIN, other=form.whole("khac"))
    start, end = _ms(form.text("tu")), _ms(form.text("den"))
    if what in ("to", "nho"):
        return Edit(EditKind.GAIN, start, end, _STEP_DB if what == "to" else -_STEP_DB)
    if what not in (EditKind.KEEP, EditKind.CUT, EditKind.FADE_IN, EditKind.FADE_OUT):
        raise Invalid("Hãy chọn một việc sửa.")
    return Edit(EditKind(what), start, end)


def _ms(text: str) -> int:
    try:
        seconds = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise Invalid("Hãy chọn một đoạn: kéo trên hình sóng, hoặc gõ giây bắt đầu và giây kết thúc, ví dụ 1,5.") from error
    if not 0 <= seconds < 10_000:
        raise Invalid("Giây phải từ 0 tới hết bản thu.")
    return round(seconds * 1000)


def _page(
    request: Request,
    signed: Signed,
    opened: Opened,
    place: Place,
    edits: Sequence[Edit] = (),
    *,
    typed: tuple[str, str] = ("", ""),
    problem: str = "",
    status: int = 200,
) -> Response:
    samples = sound_editor.edited(opened, edits, services_of(request).library)
    return render(
        request,
        "sua_tieng.html",
        signed=signed,
        status=status,
        place=place,
        opened=opened,
        edits=edits,
        wave=_wave(samples),
        columns=_COLUMNS,
        length_s=length_ms(samples) / 1000,
        fade_s=_FADE_S,
        typed=typed,
        problem=problem,
    )


def _wave(samples: Samples) -> str:
    """Đường sóng: mỗi cột một vạch đứng, trong khung cao 100."""
    return "".join(
        f"M{at} {_HALF - high * _HALF:.1f}V{_HALF - low * _HALF + 0.5:.1f}"
        for at, (low, high) in enumerate(outline(samples, _COLUMNS))
    )
