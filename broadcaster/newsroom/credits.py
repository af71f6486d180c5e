"""Người hưởng nhuận bút của một bản sửa. Không phải điều sẽ phát, nên sửa được cả sau khi duyệt; mỗi lần sửa vào sổ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.tables import Membership, User
from broadcaster.errors import Invalid
from broadcaster.newsroom.drafting import revision_of, subject_of
from broadcaster.newsroom.enums import CreditRole
from broadcaster.newsroom.tables import Credit, Revision, Script
from broadcaster.newsroom.text import clean_title

MOST, LONGEST = 10, 120
Names = Mapping[CreditRole, str]
"""Vai trò → tên như người gõ, nhiều người cách nhau dấu chấm phẩy."""


def set_credits(session: Session, actor: Actor, revision_id: int, names: Names, *, now: datetime) -> Revision:
    """Đặt lại người hưởng nhuận bút; vai trò không có trong ``names`` thì không còn ai.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid`` theo mã vai trò.
    """
    actor.require(Action.SCRIPT_WRITE)
    revision = revision_of(session, actor, revision_id, lock=True)
    wanted = _read(names)
    before = [(one.role, one.name) for one in credits_of(session, actor, revision_id)]
    if before == wanted:
        return revision
    session.execute(delete(Credit).where(Credit.revision_id == revision.id))
    people = _people(session, actor)
    session.add_all(Credit(revision_id=revision.id, role=role, name=name, user_id=people.get(name)) for role, name in wanted)
    session.flush()
    session.expire(revision, ["credits"])
    note(session, actor, "credits_set", subject_of(revision), now=now, old=_told(before), new=_told(wanted))
    return revision


def credits_of(session: Session, actor: Actor, revision_id: int) -> list[Credit]:
    """Người hưởng nhuận bút của một bản sửa, theo vai trò rồi theo thứ tự gõ. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SCRIPT_READ)
    revision_of(session, actor, revision_id)
    found = session.scalars(select(Credit).where(Credit.revision_id == revision_id).order_by(Credit.id))
    return sorted(found, key=lambda one: list(CreditRole).index(one.role))


def names_typed(credits: Sequence[Credit]) -> dict[str, str]:
    """Mã vai trò → tên cách nhau dấu chấm phẩy, để hiện lại trên biểu mẫu."""
    return {role.value: "; ".join(one.name for one in credits if one.role is role) for role in CreditRole}


def known_names(session: Session, actor: Actor) -> list[str]:
    """Tên đã từng hưởng nhuận bút và tên người của đài, để gõ cho nhanh và cho giống nhau. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    past = select(Credit.name).join(Revision).join(Script).where(Script.station_id == actor.station_id).distinct().limit(200)
    return sorted({*session.scalars(past), *_people(session, actor)})


def _read(names: Names) -> list[tuple[CreditRole, str]]:
    wanted: list[tuple[CreditRole, str]] = []
    problems: dict[str, str] = {}
    for role in CreditRole:
        found = list(dict.fromkeys(clean_title(one) for one in re.split(r"[;\n]", names.get(role, "")) if one.strip()))
        if len(found) > MOST or any(len(one) > LONGEST for one in found):
            problems[role.value] = (
                f"Mỗi vai trò nhiều nhất {MOST} người, mỗi tên tối đa {LONGEST} ký tự, cách nhau dấu chấm phẩy."
            )
        wanted += [(role, one) for one in found if one]
    if problems:
        raise Invalid(problems=problems)
    return wanted


def _people(session: Session, actor: Actor) -> dict[str, int]:
    query = select(User.full_name, User.id).join(Membership, Membership.user_id == User.id)
    return {row[0]: row[1] for row in session.execute(query.where(Membership.station_id == actor.station_id))}


def _told(credits: Sequence[tuple[CreditRole, str]]) -> str:
    return "; ".join(f"{role.label}: {name}" for role, name in credits) or "không ai"
