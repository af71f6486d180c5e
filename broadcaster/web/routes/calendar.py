"""Lịch phát: danh sách, tuần, tháng; theo đường ra; dời một buổi, chép một ngày, lấy lại; ngày lễ và ngày ngoại lệ."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.tables import Station
from broadcaster.clock import read_day
from broadcaster.errors import Conflict, Invalid
from broadcaster.service.hearing import HeardPath, heard_paths, heard_with
from broadcaster.traffic import copying, exceptions, moving
from broadcaster.traffic.agenda import Entry, agenda
from broadcaster.traffic.holidays import holidays_between
from broadcaster.traffic.queries import programmes_between
from broadcaster.traffic.tables import DayException
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import id_in
from broadcaster.web.session import SignedIn

router = APIRouter()

LIST, WEEK, MONTH = "danh-sach", "tuan", "thang"
KINDS = ((LIST, "Danh sách"), (WEEK, "Tuần"), (MONTH, "Tháng"))
EVERY = "Mọi đường ra"
SHORT = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "CN")


@dataclass(frozen=True)
class Day:
    """Một ngày trên lịch: ngày lễ, ngoại lệ, các buổi."""

    day: date
    holiday: str
    special: Sequence[DayException]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Row:
    """Một hàng của lịch tuần: một đường ra (hay mọi đường ra), và các buổi theo ngày."""

    label: str
    clusters: str
    by_day: Mapping[date, Sequence[Entry]]


@router.get("/lich-phat")
def calendar(request: Request, signed: SignedIn, kieu: str = LIST, ngay: str = "", duong: str = "") -> Response:
    """Lịch phát quanh ``ngay`` (mặc định hôm nay); ``kieu``: danh-sach, tuan, thang; ``duong``: chỉ một đường ra."""
    try:
        day = read_day(ngay) if ngay else _today(request)
    except ValueError as error:
        raise Invalid("Ngày trên đường dẫn chưa đúng. Hãy mở lại trang Lịch phát.") from error
    return page(request, signed, kieu, day, path_id=id_in(duong))


@router.post("/lich-phat/doi")
def move(request: Request, signed: SignedIn, form: Form) -> Response:
    """Dời một buổi. Ô: khung, ngay, sang, gio (trống là giờ cũ); kieu, duong: lịch đang xem."""
    services = services_of(request)
    day, to_day = _day(form, "ngay"), _day(form, "sang")
    try:
        with services.database.writing() as session:
            made = moving.move_programme(
                session,
                signed.actor,
                form.whole("khung"),
                day,
                to_day=to_day,
                at=form.clock_time("gio") if form.text("gio").strip() else None,
                now=services.clock.now(),
                paths=heard_with(session, signed.actor.station_id),
            )
    except (Invalid, Conflict) as error:
        return _refused(request, signed, form, day, error)
    return _back(form, to_day, vua_doi=made.programme_id, ngoai_le=made.exception_id or "")


@router.post("/lich-phat/doi/hoan-tac")
def undo_move(request: Request, signed: SignedIn, form: Form) -> Response:
    """Trả buổi về ngày giờ cũ. Ô: buoi, ngoai_le, ngay; kieu, duong."""
    services, day = services_of(request), _day(form, "ngay")
    try:
        with services.database.writing() as session:
            paths, now = heard_with(session, signed.actor.station_id), services.clock.now()
            programme = moving.undo_move(session, signed.actor, form.whole("buoi"), form.whole("ngoai_le"), now=now, paths=paths)
            day = programme.day
    except (Invalid, Conflict) as error:
        return _refused(request, signed, form, day, error)
    return _back(form, day, "Đã trả buổi về ngày giờ cũ.")


@router.post("/lich-phat/chep")
def copy(request: Request, signed: SignedIn, form: Form) -> Response:
    """Chép lịch một ngày. Ô: ngay, sang; kieu, duong."""
    services = services_of(request)
    day, to = _day(form, "ngay"), _day(form, "sang")
    try:
        with services.database.writing() as session:
            paths, now = heard_with(session, signed.actor.station_id), services.clock.now()
            made = copying.copy_day(session, signed.actor, day, to, now=now, paths=paths)
    except (Invalid, Conflict) as error:
        return _refused(request, signed, form, day, error)
    ids = {"e": ".".join(map(str, made.exception_ids)), "k": ".".join(map(str, made.slot_ids))}
    return _back(form, to, vua_chep=made.programmes, tin=made.bulletins, **ids)


@router.post("/lich-phat/chep/hoan-tac")
def undo_copy(request: Request, signed: SignedIn, form: Form) -> Response:
    """Bỏ những buổi vừa chép. Ô: e* (ngày phát thêm), k* (khung giờ một ngày), ngay; kieu, duong."""
    services = services_of(request)
    with services.database.writing() as session:
        copying.undo_copy(session, signed.actor, form.ids("e"), form.ids("k"), now=services.clock.now())
    return _back(form, _day(form, "ngay"), "Đã bỏ những buổi vừa chép.")


def page(
    request: Request, signed: Signed, kind: str, day: date, *, path_id: int | None = None, status: int = 200, problem: str = ""
) -> Response:
    """Trang Lịch phát quanh ``day``."""
    kind = kind if kind in dict(KINDS) else LIST
    first, last = _span(kind, day)
    services, now = services_of(request), services_of(request).clock.now()
    with services.database.reading() as session:
        paths = heard_paths(session, signed.actor.station_id)
        chosen = next((one for one in paths if one.id == path_id), None)
        entries = agenda(session, signed.actor, first, last, now)
        if chosen is not None:
            entries = [one for one in entries if not one.rehearsal and chosen.hears(one.zones)]
        special = exceptions.day_exceptions(session, signed.actor, first, last)
        views = programmes_between(session, signed.actor, first, last) if kind == LIST else []
        return render(
            request,
            "lich_phat.html",
            signed=signed,
            status=status,
            problem=problem,
            kind=kind,
            kinds=KINDS,
            day=day,
            days=_days(first, last, entries, special),
            views={view.programme.id: view for view in views},
            rows=_rows(entries, paths, chosen) if kind == WEEK else [],
            paths=paths,
            chosen=chosen,
            before=_step(kind, day, -1),
            after=_step(kind, day, 1),
            title=_title(kind, day, first, last),
            station=session.scalars(select(Station.name).where(Station.id == signed.actor.station_id)).one(),
            now=now,
            today=local(now).date(),
            at=_hour,
            weekday=lambda each: SHORT[each.weekday()],
            may_edit=signed.actor.may(Action.SLOT_EDIT),
            undo=request.query_params,
        )


def _rows(entries: Sequence[Entry], paths: Sequence[HeardPath], chosen: HeardPath | None) -> list[Row]:
    """Buổi vang ở mọi đường ra đứng một hàng; mỗi đường ra có hàng của những buổi chỉ mình nó và vài đường khác phát."""
    if chosen is not None:
        return [_row(chosen.name, chosen.clusters, entries)]
    real = [one for one in entries if not one.rehearsal]
    shared = [one for one in real if all(path.hears(one.zones) for path in paths)]
    own = [one for one in real if one not in shared]
    rows = [_row(EVERY, (), shared)]
    rows += [_row(path.name, path.clusters, many) for path in paths if (many := [one for one in own if path.hears(one.zones)])]
    mute = [one for one in own if not any(path.hears(one.zones) for path in paths)]
    rehearsals = [one for one in entries if one.rehearsal]
    rows += [_row("Chưa có loa nào", (), mute)] if mute else []
    return rows + ([_row("Diễn tập, không ra loa", (), rehearsals)] if rehearsals else [])


def _row(label: str, clusters: Sequence[str], entries: Sequence[Entry]) -> Row:
    by_day: dict[date, list[Entry]] = {}
    for one in entries:
        by_day.setdefault(one.day, []).append(one)
    return Row(label, ", ".join(clusters), by_day)


def _days(first: date, last: date, entries: Sequence[Entry], special: Sequence[DayException]) -> list[Day]:
    holidays = holidays_between(first, last)
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        Day(
            day,
            holidays.get(day, ""),
            [one for one in special if one.day <= day <= (one.last_day or one.day)],
            [one for one in entries if one.day == day],
        )
        for day in every
    ]


def _span(kind: str, day: date) -> tuple[date, date]:
    """Danh sách: bảy ngày từ ``day``; tuần: thứ Hai tới Chủ nhật; tháng: cả những tuần chạm tháng ấy."""
    monday = day - timedelta(days=day.weekday())
    if kind == LIST:
        return day, day + timedelta(days=6)
    if kind == WEEK:
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def _step(kind: str, day: date, sign: int) -> date:
    if kind != MONTH:
        return day + sign * timedelta(days=7)
    edge = day.replace(day=1)
    return (edge - timedelta(days=1)).replace(day=1) if sign < 0 else (edge + timedelta(days=31)).replace(day=1)


def _title(kind: str, day: date, first: date, last: date) -> str:
    return f"Tháng {day:%m/%Y}" if kind == MONTH else f"{first:%d/%m/%Y} – {last:%d/%m/%Y}"


def _hour(at: datetime) -> str:
    return f"{local(at):%H:%M}"


def _today(request: Request) -> date:
    return local(services_of(request).clock.now()).date()


def _day(form: Posted, name: str) -> date:
    found = form.day(name)
    if found is None:
        raise Invalid(problems={name: "Hãy nhập ngày, dạng 05/12/2026."})
    return found


def _refused(request: Request, signed: Signed, form: Posted, day: date, error: Invalid | Conflict) -> Response:
    """Không đổi gì: lịch đang xem, với lời nói vì sao."""
    status = 422 if isinstance(error, Invalid) else 409
    kind, path_id = form.text("kieu"), form.maybe("duong")
    return page(request, signed, kind, day, path_id=path_id, status=status, problem=error.message)


def _back(form: Posted, day: date, said: str = "", **more: Any) -> Response:
    asked = {"kieu": form.text("kieu"), "ngay": day.isoformat(), "duong": form.text("duong"), **more}
    return back_to(f"/lich-phat?{urlencode({name: value for name, value in asked.items() if value != ''})}", said)
