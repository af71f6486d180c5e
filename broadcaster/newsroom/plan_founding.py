"""Lập kế hoạch của năm mới trong một lần: từ kế hoạch năm trước, hoặc từ đề nghị đọc ra ở văn bản; được cả hoặc không gì."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.errors import Invalid
from broadcaster.newsroom.plan_admin import PlanForm, TopicForm, add_plan, add_topic, topic_problems
from broadcaster.newsroom.tables import Plan, PlanTopic
from broadcaster.newsroom.text import clean_title


@dataclass(frozen=True)
class NewTopic:
    """Một dòng người đã xác nhận; ``row``: số dòng trên trang, để lời nhắn về đúng chỗ."""

    row: int
    form: TopicForm
    detail: str = ""
    follows_id: int | None = None


def found_plan(session: Session, actor: Actor, form: PlanForm, topics: Sequence[NewTopic], *, now: datetime) -> Plan:
    """Kế hoạch cùng mọi nội dung. Lỗi: ``NotAllowed``; ``Invalid`` theo ô, ô của dòng mang thêm ``_số dòng``; ``NotFound``."""
    actor.require(Action.STATION_EDIT)
    problems = _problems(topics)
    if problems:
        raise Invalid(problems=problems)
    plan = add_plan(session, actor, form, now=now)
    for one in topics:
        topic = add_topic(session, actor, plan.id, one.form, now=now)
        topic.detail = one.detail.strip()
        topic.follows_id = owned(session, PlanTopic, one.follows_id, actor).id if one.follows_id else None
    return plan


def plan_before(session: Session, actor: Actor, year: int) -> tuple[Plan, list[PlanTopic]] | None:
    """Kế hoạch mới nhất của những năm trước ``year``, với nội dung chưa thôi; chưa có thì ``None``. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(Plan).where(Plan.station_id == actor.station_id, Plan.year < year)
    plan = session.scalar(query.order_by(Plan.year.desc(), Plan.issued_on.desc(), Plan.id.desc()).limit(1))
    if plan is None:
        return None
    topics = select(PlanTopic).where(PlanTopic.plan_id == plan.id, PlanTopic.retired_on.is_(None))
    return plan, list(session.scalars(topics.order_by(PlanTopic.position, PlanTopic.id)))


def _same(code: str) -> str:
    """Hai mã người nhìn như nhau thì máy cũng coi là một."""
    return clean_title(code).casefold()


def _problems(topics: Sequence[NewTopic]) -> dict[str, str]:
    if not topics:
        return {"chung": "Chưa đánh dấu nội dung nào. Hãy đánh dấu những nội dung của kế hoạch rồi lưu."}
    problems = {f"{name}_{one.row}": text for one in topics for name, text in topic_problems(one.form).items()}
    codes = Counter(_same(one.form.code) for one in topics)
    for one in topics:
        if codes[_same(one.form.code)] > 1:
            problems[f"ma_{one.row}"] = "Hai nội dung cùng một mã. Hãy đặt mỗi nội dung một mã."
    return problems
