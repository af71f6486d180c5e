"""Dựng trang: một môi trường Jinja, giờ địa phương, và những điều trang nào cũng có."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.airlog.lateness import late_note
from broadcaster.clock import read_day
from broadcaster.database.row_version import stamp
from broadcaster.enums import Word
from broadcaster.errors import DatabaseAway
from broadcaster.reports.complaints import only_day
from broadcaster.reports.document import shown
from broadcaster.service.todo import Counts, counts
from broadcaster.web import assets
from broadcaster.web.device_names import address_name, device_name
from broadcaster.web.glossary import blanks_told, person_name, subject_name, told, voice_name
from broadcaster.web.menu import current, menu_of, quick_of
from broadcaster.web.once import FIELD
from broadcaster.web.refused import marked
from broadcaster.web.services import Services
from broadcaster.web.told import TOLD

_POSTS = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')
FOLDER = Path(__file__).parent
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def local(at: datetime) -> datetime:
    """Giờ Việt Nam."""
    return at.astimezone(VIETNAM)


def clock_time(at: datetime | None) -> str:
    """17:00:05 giờ địa phương; chưa có thì gạch ngang."""
    return "—" if at is None else f"{local(at):%H:%M:%S}"


def day_name(day: date) -> str:
    """Thứ Hai, 02/03/2026."""
    return f"{_WEEKDAYS[day.weekday()]}, {day:%d/%m/%Y}"


def minutes(milliseconds: int | None) -> str:
    """Phút:giây."""
    seconds = round(abs(milliseconds or 0) / 1000)
    return f"{'-' if (milliseconds or 0) < 0 else ''}{seconds // 60}:{seconds % 60:02}"


def typed(value: object) -> str:
    """Giá trị của một ô như người Việt gõ: ngày/tháng/năm, giờ 24 giờ; chữ đã gõ thì giữ nguyên."""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    return str(value)


def typed_day(value: object) -> str:
    """Như ``typed``, và ngày dạng ``2026-03-01`` cũng thành ngày/tháng/năm; chữ không phải ngày thì giữ nguyên."""
    try:
        return typed(read_day(value)) if isinstance(value, str) else typed(value)
    except ValueError:
        return str(value)


def minute_path(at: datetime) -> str:
    """Địa chỉ trang nhật ký của phút chứa ``at``."""
    return f"/nhat-ky/phut?ngay={local(at):%Y-%m-%d}&luc={local(at):%H:%M}"


def said(at: datetime) -> str:
    """Lúc người dân nói: ngày và giờ, hoặc chỉ ngày khi họ không nói giờ."""
    return typed(local(at).date() if only_day(local(at)) else local(at))


def said_path(at: datetime) -> str:
    """Nơi mở lúc ấy: đúng phút, hoặc nhật ký của ngày khi họ không nói giờ."""
    return f"/nhat-ky?ngay={local(at):%Y-%m-%d}" if only_day(local(at)) else minute_path(at)


def setting(value: object) -> str:
    """Giá trị một chi tiết của sổ kiểm tra cho người đọc."""
    if isinstance(value, bool):
        return "bật" if value else "tắt"
    return str(value)


def decimal(value: float, places: int = 1) -> str:
    """Số thập phân như người Việt viết, bỏ số 0 thừa: 2,5; 3."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".").replace(".", ",") or "0"


def options(words: Iterable[Word]) -> list[tuple[str, str]]:
    """Từ của ngành thành lựa chọn (mã, nhãn) của biểu mẫu."""
    return [(word.value, word.label) for word in words]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        clock_time=clock_time,
        day_name=day_name,
        minutes=minutes,
        seconds=lambda ms: f"{(ms or 0) / 1000:.1f}".replace(".", ","),
        hour_minute=lambda at: f"{local(at):%H:%M}",
        utc_minute=lambda at: f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        local_day_name=lambda at: day_name(local(at).date()),
        minute_path=minute_path,
        options=options,
        typed=typed,
        typed_day=typed_day,
        pairs=lambda rows, name: [(row.id, getattr(row, name)) for row in rows],
        twice=lambda text: (text, text),
        moment=lambda text: f"{local(datetime.fromisoformat(text)):%H:%M ngày %d/%m}",
        setting=setting,
        person=person_name,
        subject=subject_name,
        device=device_name,
        address=address_name,
        voice=voice_name,
        told=told,
        from_json=json.loads,
        blanks=blanks_told,
        decimal=decimal,
        shown=shown,
        day=lambda at: f"{local(at):%d/%m/%Y %H:%M}",
        said=said,
        said_path=said_path,
    )
    environment.globals["Action"] = Action
    environment.globals["stamp"] = stamp
    environment.globals["late_note"] = late_note
    return environment


_PAGES = _environment()


def services_of(request: Request) -> Services:
    """Các phần của ngôi nhà."""
    found: Services = request.app.state.services
    return found


def render(request: Request, template: str, *, signed: Signed | None = None, status: int = 200, **context: Any) -> HTMLResponse:
    """Trang ``template`` cho người đang đăng nhập (hoặc chưa); ``context`` phải đủ mọi biến trang dùng."""
    todo = _counts(request, signed) if signed else Counts()
    menu, here = menu_of(signed.actor) if signed else [], request.url.path
    html = _PAGES.get_template(template).render(
        request=request,
        signed=signed,
        menu=menu,
        todo_counts=todo,
        quick=quick_of(signed.actor) if signed else [],
        here=here,
        current=current(menu, here),
        said=TOLD.heard(here, request.query_params.get("da", "")),
        band=request.app.state.band.look(signed.actor) if signed else None,
        doorplate="" if signed else request.app.state.doorplate.read(),
        **context,
    )
    key = f'<input type="hidden" name="{FIELD}" value="{uuid.uuid4().hex}">'
    html = marked(_POSTS.sub(lambda form: form[0] + key, html), context.get("problems") or ())
    return assets.page(request, html, status)


def _counts(request: Request, signed: Signed) -> Counts:
    """Con số của mục lục; cơ sở dữ liệu vắng thì trang lỗi vẫn phải dựng được."""
    services = services_of(request)
    try:
        with services.database.reading() as session:
            return counts(session, signed.actor, services.clock.now())
    except DatabaseAway:
        return Counts()


def back_to(path: str, said: str = "") -> RedirectResponse:
    """POST xong thì chuyển trang (303) tới ``path`` (có thể kèm ``?…``, ``#…``), kèm một câu báo việc đã làm."""
    TOLD.say(path, said)
    place, mark, anchor = path.partition("#")
    joiner = "&" if "?" in place else "?"
    return RedirectResponse(f"{place}{joiner}da={quote(said)}{mark}{anchor}" if said else path, 303)
