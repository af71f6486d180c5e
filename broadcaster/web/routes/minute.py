"""“Lúc 4 giờ 45”: mục nào đang vang, từng đường ra đã gửi tiếng gì (nghe tại chỗ), và ai phản ánh phút ấy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.airlog.minute import MINUTE, minute_of
from broadcaster.airlog.queries import sealed_captures
from broadcaster.clock import read_day
from broadcaster.errors import Invalid, NotFound
from broadcaster.playout.network_admin import captured_outputs
from broadcaster.reports.complaints import complaints_about
from broadcaster.reports.log_filter import BAD_DAY
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.outputs.segments import read_capture, segments_between
from broadcaster.studio.witness import file_sha256
from broadcaster.web.pages import VIETNAM, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn
from broadcaster.web.typed_minute import read_minute

router = APIRouter()
_SEALED_WITHIN = timedelta(days=1)
"""Bản thu được khoá vài phút sau khi thu."""
NOTHING_CAPTURED = "Không có bản thu của phút ấy: đường ra khi đó không mở, không thu, hoặc bản thu đã quá hạn giữ."


@router.get("/nhat-ky/phut")
def minute(request: Request, signed: SignedIn, ngay: str = "", luc: str = "") -> Response:
    """Một phút trên sóng. Tham số: ngay (mặc định hôm nay), luc (“4 giờ 45”, “16:30”, “5 giờ kém 15”)."""
    services, actor = services_of(request), signed.actor
    now = services.clock.now()
    problems: dict[str, str] = {}
    at = None
    try:
        at = _moment(ngay, luc, local(now)) if luc.strip() or ngay.strip() else None
    except Invalid as error:
        problems = error.problems
    with services.database.reading() as session:
        actor.require(Action.LOG_READ)
        shown = minute_of(session, actor, at) if at else None
        outputs = [(one.id, one.name) for one in captured_outputs(session, actor)] if at else []
        told = complaints_about(session, actor, at, at + MINUTE) if at else []
        sealed = sealed_captures(session, actor, at, at + _SEALED_WITHIN) if at else {}
        heard = _heard(services.captures, outputs, at, sealed) if at else []
        return render(
            request,
            "nhat_ky_phut.html",
            signed=signed,
            status=422 if problems else 200,
            minute=shown,
            at=at,
            before=at - MINUTE if at else None,
            after=at + MINUTE if at else None,
            heard=heard,
            nothing=NOTHING_CAPTURED,
            complaints=told,
            may_complain=actor.may(Action.REPORT_MAKE),
            problems=problems,
            typed={"ngay": ngay or local(now).date().isoformat(), "luc": luc},
        )


@router.get("/nhat-ky/thu/{output_id}.mp3")
def captured(request: Request, signed: SignedIn, output_id: Id, tu: str) -> Response:
    """Một phút tiếng đã gửi ra một đường; ``tu``: giờ UTC đầu phút dạng 20260302T010000."""
    services = services_of(request)
    signed.actor.require(Action.LOG_READ)
    try:
        at = datetime.strptime(tu, "%Y%m%dT%H%M%S%z")
    except ValueError as error:
        raise Invalid("Phút cần nghe không đúng. Hãy mở lại từ trang Nhật ký.") from error
    with services.database.reading() as session:
        if output_id not in {one.id for one in captured_outputs(session, signed.actor)}:
            raise NotFound
    samples, _ = read_capture(services.captures, output_id, at, at + MINUTE)
    if not len(samples):
        raise NotFound(NOTHING_CAPTURED)
    return Response(encode_mp3(samples), media_type="audio/mpeg", headers={"Cache-Control": "private, max-age=600"})


def _heard(
    folder: Path, outputs: Sequence[tuple[int, str]], at: datetime, sealed: Mapping[str, str]
) -> list[tuple[int, str, bool | None]]:
    """Đường ra nào có bản thu của phút ấy; và nó còn đúng mã băm đã khoá không, ``None`` là chưa khoá."""
    found = []
    for key, name in outputs:
        parts = segments_between(folder, str(key), at, at + MINUTE)
        known = [(one.path, sealed.get(one.path.relative_to(folder).as_posix())) for one in parts]
        checks = [file_sha256(path) == sha256 for path, sha256 in known if sha256 is not None]
        if parts:
            found.append((key, name, all(checks) if checks else None))
    return found


def _moment(day: str, clock: str, now: datetime) -> datetime:
    try:
        on = read_day(day) if day.strip() else now.date()
    except ValueError as error:
        raise Invalid(problems={"ngay": BAD_DAY}) from error
    if not clock.strip():
        raise Invalid(problems={"luc": "Hãy ghi giờ cần xem, ví dụ 4 giờ 45."})
    at: time = read_minute(clock)
    try:
        return datetime.combine(on, at, VIETNAM)
    except OverflowError as error:
        raise Invalid(problems={"ngay": BAD_DAY}) from error
