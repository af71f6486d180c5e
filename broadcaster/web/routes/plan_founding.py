"""Lập kế hoạch năm mới: chép từ năm trước hoặc đọc văn bản kế hoạch; máy đề nghị, người sửa và đánh dấu từng dòng."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.stations import today_at
from broadcaster.errors import Conflict, Invalid
from broadcaster.newsroom.importing import import_file
from broadcaster.newsroom.plan_admin import MOST_TARGET, YEARS, PlanForm, TopicForm
from broadcaster.newsroom.plan_founding import NewTopic, found_plan, plan_before
from broadcaster.newsroom.plan_import import MOST_SLOTS, MOST_TOPICS, ProposedPlan, propose_plan
from broadcaster.newsroom.plan_year import plan_year
from broadcaster.newsroom.tables import PlanTopic
from broadcaster.newsroom.topic_words import closest
from broadcaster.reports.coverage import year_coverage
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of, typed_day
from broadcaster.web.params import id_in
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/ke-hoach/lap")
_PLAN = ("so", "ban_hanh", "nam", "ten_ke_hoach")
_ROW = ("chon", "ma", "ten_noi_dung", "chi_tieu", "noi_tiep", "nguyen_van", "vi_sao")
_SLOT = ("gio_chon", "gio_ten", "gio_bat_dau", "gio_phut", "gio_thu", "gio_cau")
_SLOT_BOXES = {"name": "gio_ten", "starts_at": "gio_bat_dau", "length_ms": "gio_phut", "weekdays": "gio_thu"}
_SPARE = 3
"""Dòng trống để gõ thêm nội dung."""
Row = dict[str, str]


@router.get("")
def start(request: Request, signed: SignedIn) -> Response:
    """Trang lập kế hoạch, điền sẵn từ kế hoạch năm trước nếu có."""
    services = services_of(request)
    with services.database.reading() as session:
        now = services.clock.now()
        year = plan_year(today_at(session, signed.actor, now))
        taken = year_coverage(session, signed.actor, year, now).plans
        year += bool(taken)
        before = plan_before(session, signed.actor, year)
        plan = {"so": "", "ban_hanh": "", "nam": str(year), "ten_ke_hoach": ""}
        rows: list[Row] = []
        if before is not None:
            old, topics = before
            plan["ten_ke_hoach"] = old.title.replace(str(old.year), str(year))
            rows = [_carried(topic) for topic in topics]
    return _page(request, signed, plan, rows, [])


@router.post("/tep")
def read(request: Request, signed: SignedIn, form: Form) -> Response:
    """Đọc văn bản kế hoạch thành đề nghị; chữ đang gõ ở dưới được thay. Ô: tep (.docx, .md, .txt)."""
    signed.actor.require(Action.STATION_EDIT)
    file, services = form.file("tep"), services_of(request)
    try:
        if file is None:
            raise Invalid("Hãy chọn tệp văn bản kế hoạch (.docx, .md hoặc .txt) rồi bấm Đọc văn bản.")
        found = propose_plan(import_file(file.file.read(), file.filename or ""))
    except Invalid as error:
        return _page(request, signed, _plan(form), _rows(form), _slots(form), status=422, problems={"tep": error.message})
    with services.database.reading() as session:
        before = plan_before(session, signed.actor, found.year or YEARS.stop)
    rows = [_row(topic, before[1] if before else []) for topic in _proposed(found)]
    return _page(request, signed, _proposed_plan(found), rows, _proposed_slots(found), notes=found.notes)


@router.post("")
def found(request: Request, signed: SignedIn, form: Form) -> Response:
    """Lưu kế hoạch với những dòng đã đánh dấu. Ô: so, ban_hanh, nam, ten_ke_hoach, viec=luu|tat_ca; của dòng i: chon_i, ma_i,
    ten_noi_dung_i, chi_tieu_i, noi_tiep_i, nguyen_van_i; của khung giờ i: gio_chon_i, gio_ten_i, gio_bat_dau_i, gio_phut_i,
    gio_thu_i.
    """
    services = services_of(request)
    plan, rows, slots = _plan(form), _rows(form), _slots(form)
    if form.text("viec") == "tat_ca":
        marked = [{**row, "chon": "1" if row["ten_noi_dung"].strip() else ""} for row in rows]
        return _page(request, signed, plan, marked, slots)
    try:
        with services.database.writing() as session:
            _save(session, signed, form, rows, slots, services.clock.now())
    except Invalid as error:
        return _page(request, signed, plan, rows, slots, status=422, problems=error.problems or {"chung": error.message})
    except Conflict as error:
        return _page(request, signed, plan, rows, slots, status=409, problems={"chung": error.message})
    return back_to(f"/ke-hoach?nam={plan['nam'].strip()}", "Đã lập kế hoạch. Bản tin soạn từ nay đánh dấu theo nội dung mới.")


def _save(session: Session, signed: Signed, form: Posted, rows: Sequence[Row], slots: Sequence[Row], now: datetime) -> None:
    topics = [
        NewTopic(
            number,
            TopicForm(row["ma"], row["ten_noi_dung"], form.maybe(f"chi_tieu_{number}", range(MOST_TARGET + 1))),
            row["nguyen_van"],
            form.maybe(f"noi_tiep_{number}"),
        )
        for number, row in enumerate(rows)
        if row["chon"]
    ]
    head = PlanForm(form.text("so"), form.day("ban_hanh"), form.whole("nam", YEARS), form.text("ten_ke_hoach"))
    found_plan(session, signed.actor, head, topics, now=now)
    for number, slot in enumerate(slots):
        if slot["gio_chon"]:
            _add_slot(session, signed, form, number, now)


def _add_slot(session: Session, signed: Signed, form: Posted, number: int, now: datetime) -> None:
    try:
        wanted = SlotForm(
            form.text(f"gio_ten_{number}"),
            form.clock_time(f"gio_bat_dau_{number}"),
            form.whole(f"gio_phut_{number}", range(1, 241)) * 60_000,
            form.text(f"gio_thu_{number}"),
        )
        create_slot(session, signed.actor, wanted, now=now)
    except Invalid as error:
        named = {f"{_SLOT_BOXES[name]}_{number}" if name in _SLOT_BOXES else name: text for name, text in error.problems.items()}
        raise Invalid(problems=named or {f"gio_ten_{number}": error.message}) from error


def _carried(topic: PlanTopic) -> Row:
    target = "" if topic.target is None else str(topic.target)
    row = {
        "ma": topic.code,
        "ten_noi_dung": topic.title,
        "chi_tieu": target,
        "noi_tiep": str(topic.id),
        "nguyen_van": topic.detail,
    }
    return {**dict.fromkeys(_ROW, ""), **row, "chon": "1"}


def _row(topic: Row, before: Sequence[PlanTopic]) -> Row:
    """Dòng đọc từ văn bản, nối với nội dung năm trước giống nhất."""
    old = closest(topic["nguyen_van"], {one.id: f"{one.title}. {one.detail}" for one in before})
    return {**topic, "noi_tiep": str(old) if old else ""}


def _proposed(found: ProposedPlan) -> list[Row]:
    return [
        {
            **dict.fromkeys(_ROW, ""),
            "ma": topic.code,
            "ten_noi_dung": topic.title,
            "chi_tieu": "" if topic.target is None else str(topic.target),
            "nguyen_van": topic.detail,
            "vi_sao": f"Đọc từ chữ “{topic.target_words}”" if topic.target is not None else "",
        }
        for topic in found.topics
    ]


def _proposed_plan(found: ProposedPlan) -> Row:
    issued = typed_day(found.issued_on) if found.issued_on else ""
    return {"so": found.number, "ban_hanh": issued, "nam": str(found.year or ""), "ten_ke_hoach": found.title}


def _proposed_slots(found: ProposedPlan) -> list[Row]:
    return [
        {
            "gio_chon": "",
            "gio_ten": f"Buổi {slot.start:%H:%M}",
            "gio_bat_dau": f"{slot.start:%H:%M}",
            "gio_phut": str(slot.minutes),
            "gio_thu": slot.weekdays,
            "gio_cau": slot.words,
        }
        for slot in found.slots
    ]


def _plan(form: Posted) -> Row:
    return {name: form.text(name) for name in _PLAN}


def _rows(form: Posted) -> list[Row]:
    return _numbered(form, _ROW, "ten_noi_dung", MOST_TOPICS + _SPARE)


def _slots(form: Posted) -> list[Row]:
    return _numbered(form, _SLOT, "gio_ten", MOST_SLOTS)


def _numbered(form: Posted, names: Sequence[str], key: str, most: int) -> list[Row]:
    """Các dòng 0, 1, 2… có trên trang; dừng ở số không có ô ``key``."""
    found: list[Row] = []
    while len(found) < most and form.has(f"{key}_{len(found)}"):
        found.append({name: form.text(f"{name}_{len(found)}") for name in names})
    return found


def _page(
    request: Request,
    signed: Signed,
    plan: Mapping[str, str],
    rows: Sequence[Row],
    slots: Sequence[Row],
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Response:
    signed.actor.require(Action.STATION_EDIT)
    blank = [dict.fromkeys(_ROW, "") for _ in range(_SPARE)] if not rows or rows[-1]["ten_noi_dung"].strip() else []
    with services_of(request).database.reading() as session:
        year = id_in(plan["nam"].strip()) or YEARS.stop
        before = plan_before(session, signed.actor, min(year, YEARS.stop))
        return render(
            request,
            "ke_hoach_lap.html",
            signed=signed,
            status=status,
            plan=plan,
            rows=[*rows, *blank],
            slots=slots,
            before=before[0] if before else None,
            old=[(one.id, f"{one.code} · {one.title}") for one in before[1]] if before else [],
            last=_last_year(session, signed, before[0].year, request) if before else {},
            notes=notes,
            problems=dict(problems or {}),
            may_slot=signed.actor.may(Action.SLOT_EDIT),
        )


def _last_year(session: Session, signed: Signed, year: int, request: Request) -> dict[str, Any]:
    """Mã nội dung năm trước → (chỉ tiêu, đã phát): để người lập biết giao bao nhiêu là vừa."""
    view = year_coverage(session, signed.actor, year, services_of(request).clock.now())
    return {str(one.topic_id): (one.target, one.done) for one in view.topics}
