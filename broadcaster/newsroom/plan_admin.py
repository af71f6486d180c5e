"""Chuyên mục và kế hoạch tuyên truyền CCHC: điều mà bản tin được xếp vào và báo cáo được đếm theo. Không gì bị xoá."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.stations import today_at
from broadcaster.database.row_version import unchanged
from broadcaster.errors import Conflict, Invalid
from broadcaster.newsroom.tables import Column, Plan, PlanTopic
from broadcaster.newsroom.text import clean_title
from broadcaster.search_text import fold

LONGEST_NUMBER, LONGEST_COLUMN, LONGEST_TITLE = 64, 120, 1000
"""Số kế hoạch, tên chuyên mục, tên kế hoạch và nội dung: dài hơn thì đứng lọt thỏm trong mọi bảng và báo cáo."""
MOST_TARGET = 10_000
YEARS = range(2000, 2101)
_TAKEN_NUMBER = {"so": "Đài đã có kế hoạch số này trong năm ấy."}
R = TypeVar("R", Column, PlanTopic)


@dataclass(frozen=True)
class PlanForm:
    """Một kế hoạch như người nhập."""

    number: str
    issued_on: date | None
    year: int
    title: str


@dataclass(frozen=True)
class TopicForm:
    """Một nội dung kế hoạch; ``target``: số lượt phát trong năm, để trống khi kế hoạch không giao."""

    code: str
    title: str
    target: int | None = None


def columns(session: Session, actor: Actor) -> list[Column]:
    """Chuyên mục đang dùng. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(Column).where(Column.station_id == actor.station_id, Column.retired_on.is_(None))
    return list(session.scalars(query.order_by(Column.is_reform.desc(), Column.name)))


def plans(session: Session, actor: Actor) -> list[tuple[Plan, list[PlanTopic]]]:
    """Mọi kế hoạch, năm mới trước, cùng nội dung đang dùng. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    found = session.scalars(select(Plan).where(Plan.station_id == actor.station_id).order_by(Plan.year.desc(), Plan.id.desc()))
    live = select(PlanTopic).where(PlanTopic.station_id == actor.station_id, PlanTopic.retired_on.is_(None))
    topics = list(session.scalars(live.order_by(PlanTopic.position, PlanTopic.id)))
    return [(plan, [topic for topic in topics if topic.plan_id == plan.id]) for plan in found]


def add_column(session: Session, actor: Actor, name: str, *, is_reform: bool, now: datetime) -> Column:
    """Thêm chuyên mục. Lỗi: ``NotAllowed``, ``Invalid`` khi thiếu tên hoặc trùng."""
    actor.require(Action.STATION_EDIT)
    name = _column_name(name)
    code = "-".join(re.findall(r"[a-z0-9]+", fold(name)))[:64]
    column = Column(station_id=actor.station_id, code=code, name=name, is_reform=is_reform)
    if not code:
        raise Invalid(problems={"ten_chuyen_muc": "Tên chuyên mục cần có chữ cái hoặc chữ số."})
    session.add(column)
    _settle(session, {"ten_chuyen_muc": "Đài đã có (hoặc đã từng có) chuyên mục tên này. Hãy đặt tên khác."})
    note(session, actor, "column_added", column.code, now=now, name=column.name, is_reform=is_reform)
    return column


def edit_column(
    session: Session, actor: Actor, column_id: int, name: str, *, is_reform: bool, now: datetime, seen: str = ""
) -> Column:
    """Sửa tên, hoặc có tính vào nhiệm vụ CCHC hay không; ``seen``: dấu của dòng lúc trang mở.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid``, ``Conflict``, ``StaleForm``.
    """
    actor.require(Action.STATION_EDIT)
    column = _in_use(owned(session, Column, column_id, actor, lock=True))
    unchanged(column, seen)
    name = _column_name(name)
    if column.is_reform and not is_reform:
        _keep_one_reform(session, actor, column)
    column.name, column.is_reform = name, is_reform
    note(session, actor, "column_edited", column.code, now=now, name=column.name, is_reform=is_reform)
    return column


def retire_column(session: Session, actor: Actor, column_id: int, *, now: datetime) -> Column:
    """Thôi dùng; bản tin cũ vẫn giữ tên nó. Lỗi: ``Conflict`` với chuyên mục CCHC cuối cùng: nhiệm vụ hằng ngày cần nó."""
    actor.require(Action.STATION_EDIT)
    column = _in_use(owned(session, Column, column_id, actor, lock=True))
    if column.is_reform:
        _keep_one_reform(session, actor, column)
    column.retired_on = today_at(session, actor, now)
    note(session, actor, "column_retired", column.code, now=now)
    return column


def add_plan(session: Session, actor: Actor, form: PlanForm, *, now: datetime) -> Plan:
    """Thêm kế hoạch của một năm. Lỗi: ``NotAllowed``, ``Invalid`` theo từng ô."""
    actor.require(Action.STATION_EDIT)
    plan = Plan(station_id=actor.station_id)
    _fill_plan(plan, form)
    session.add(plan)
    _settle(session, _TAKEN_NUMBER)
    note(session, actor, "plan_added", plan.number, now=now, year=plan.year)
    return plan


def edit_plan(session: Session, actor: Actor, plan_id: int, form: PlanForm, *, now: datetime, seen: str = "") -> Plan:
    """Sửa số, ngày, năm, tên; lượt đã phát đếm theo nội dung nên không đổi. Lỗi: như ``add_plan``, thêm ``StaleForm``."""
    actor.require(Action.STATION_EDIT)
    plan = owned(session, Plan, plan_id, actor, lock=True)
    unchanged(plan, seen)
    old = plan.number
    _fill_plan(plan, form)
    _settle(session, _TAKEN_NUMBER)
    note(session, actor, "plan_edited", plan.number, now=now, year=plan.year, title=plan.title, old=old)
    return plan


def add_topic(session: Session, actor: Actor, plan_id: int, form: TopicForm, *, now: datetime) -> PlanTopic:
    """Thêm một nội dung vào kế hoạch. Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid`` theo từng ô."""
    actor.require(Action.STATION_EDIT)
    plan = owned(session, Plan, plan_id, actor, lock=True)
    last = session.scalar(select(func.max(PlanTopic.position)).where(PlanTopic.plan_id == plan.id))
    topic = PlanTopic(station_id=actor.station_id, plan_id=plan.id, position=(last or 0) + 1)
    _fill_topic(topic, form)
    session.add(topic)
    _settle(session, {"ma": "Kế hoạch đã có (hoặc đã từng có) nội dung mã này. Hãy đặt mã khác."})
    note(session, actor, "topic_added", f"{plan.number} {topic.code}", now=now, title=topic.title, target=topic.target)
    return topic


def edit_topic(session: Session, actor: Actor, topic_id: int, form: TopicForm, *, now: datetime, seen: str = "") -> PlanTopic:
    """Sửa một nội dung. Lỗi: như ``add_topic``, thêm ``StaleForm``."""
    actor.require(Action.STATION_EDIT)
    topic = _in_use(owned(session, PlanTopic, topic_id, actor, lock=True))
    unchanged(topic, seen)
    old = topic.target
    _fill_topic(topic, form)
    _settle(session, {"ma": "Kế hoạch đã có (hoặc đã từng có) nội dung mã này. Hãy đặt mã khác."})
    note(session, actor, "topic_edited", topic.code, now=now, title=topic.title, target=topic.target, old_target=old)
    return topic


def retire_topic(session: Session, actor: Actor, topic_id: int, *, now: datetime) -> PlanTopic:
    """Thôi dùng một nội dung; lượt đã phát vẫn giữ mã của nó. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.STATION_EDIT)
    topic = _in_use(owned(session, PlanTopic, topic_id, actor, lock=True))
    topic.retired_on = today_at(session, actor, now)
    note(session, actor, "topic_retired", topic.code, now=now)
    return topic


def _column_name(typed: str) -> str:
    """Tên một dòng, không ký tự vô hình. Lỗi: ``Invalid``."""
    name = clean_title(typed)
    if not 0 < len(name) <= LONGEST_COLUMN:
        raise Invalid(problems={"ten_chuyen_muc": f"Hãy ghi tên chuyên mục, tối đa {LONGEST_COLUMN} ký tự."})
    return name


def _fill_plan(plan: Plan, form: PlanForm) -> None:
    problems, number, title = {}, clean_title(form.number), clean_title(form.title)
    if not 0 < len(number) <= LONGEST_NUMBER:
        problems["so"] = f"Hãy ghi số kế hoạch, ví dụ 16/KH-UBND, tối đa {LONGEST_NUMBER} ký tự."
    if form.year not in YEARS:
        problems["nam"] = "Năm của kế hoạch phải từ 2000 đến 2100."
    if not 0 < len(title) <= LONGEST_TITLE:
        problems["ten_ke_hoach"] = f"Hãy ghi tên kế hoạch, tối đa {LONGEST_TITLE} ký tự."
    if form.issued_on is None:
        problems["ban_hanh"] = "Hãy ghi ngày ban hành."
    if problems or form.issued_on is None:
        raise Invalid(problems=problems)
    plan.number, plan.issued_on, plan.year, plan.title = number, form.issued_on, form.year, title


def topic_problems(form: TopicForm) -> dict[str, str]:
    """Ô → lời nhắn; rỗng là dùng được."""
    problems, title = {}, clean_title(form.title)
    if not 0 < len(clean_title(form.code)) <= 16:
        problems["ma"] = "Mã nội dung có từ 1 đến 16 chữ, ví dụ C1."
    if not 0 < len(title) <= LONGEST_TITLE:
        problems["ten_noi_dung"] = (
            f"Hãy ghi nội dung tuyên truyền, tối đa {LONGEST_TITLE} ký tự; nguyên văn dài giữ ở văn bản kế hoạch."
        )
    if form.target is not None and not 0 <= form.target <= MOST_TARGET:
        problems["chi_tieu"] = "Chỉ tiêu là số lượt phát trong năm, từ 0 đến 10.000; chưa giao thì để trống."
    return problems


def _fill_topic(topic: PlanTopic, form: TopicForm) -> None:
    if problems := topic_problems(form):
        raise Invalid(problems=problems)
    topic.code, topic.title, topic.target = clean_title(form.code), clean_title(form.title), form.target


def _keep_one_reform(session: Session, actor: Actor, leaving: Column) -> None:
    others = select(Column.id).where(
        Column.station_id == actor.station_id,
        Column.is_reform.is_(True),
        Column.retired_on.is_(None),
        Column.id != leaving.id,
    )
    if session.scalar(others.limit(1)) is None:
        raise Conflict("Đây là chuyên mục CCHC duy nhất, nhiệm vụ phát hằng ngày cần nó. Hãy thêm chuyên mục khác trước.")


def _in_use(row: R) -> R:
    """Dòng còn dùng. Lỗi: ``Conflict`` khi đã thôi."""
    if row.retired_on is not None:
        raise Conflict("Mục này đã thôi dùng. Hãy tải lại trang để xem danh sách mới.")
    return row


def _settle(session: Session, problems: dict[str, str]) -> None:
    """Hai người cùng đặt một mã: ràng buộc duy nhất quyết."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid(problems=problems) from error
