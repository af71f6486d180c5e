"""Mức nhuận bút: mỗi lần đặt là một dòng mới có ngày hiệu lực, nên bảng kê cũ không đổi khi mức đổi."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.errors import Invalid
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.newsroom.text import dotted
from broadcaster.reports.tables import RoyaltyRate

MOST = 100_000_000
"""Một mức lớn hơn thế chắc chắn là gõ thừa số không."""


def set_rate(
    session: Session, actor: Actor, genre: Genre, role: CreditRole, *, amount: str, valid_from: date | None, now: datetime
) -> RoyaltyRate:
    """Đặt mức cho một thể loại và vai trò; ``amount``: số đồng, “50.000” cũng được. Lỗi: ``NotAllowed``, ``Invalid``."""
    actor.require(Action.REPORT_MAKE)
    problems: dict[str, str] = {}
    typed = re.fullmatch(r"([0-9]{1,9}|[0-9]{1,3}(?:[.\s][0-9]{3}){1,2})\s*(?:đồng|đ)?", amount.strip())
    plain = re.sub(r"[.\s]", "", typed[1]) if typed else ""
    if not plain or int(plain) > MOST:
        problems["so_tien"] = f"Hãy ghi số tiền bằng đồng, ví dụ 50.000, không quá {dotted(MOST)}."
    if valid_from is None:
        problems["tu_ngay"] = "Hãy ghi ngày mức này bắt đầu có hiệu lực."
    if problems or valid_from is None:
        raise Invalid(problems=problems)
    row = RoyaltyRate(
        station_id=actor.station_id,
        genre=genre,
        role=role,
        amount=int(plain),
        valid_from=valid_from,
        changed_by=actor.name,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    note(
        session,
        actor,
        "royalty_rate_set",
        f"{genre.value}:{role.value}",
        now=now,
        amount=row.amount,
        since=valid_from.isoformat(),
    )
    return row


def coming_rates(session: Session, actor: Actor, day: date) -> list[RoyaltyRate]:
    """Mức đã đặt mà sau ``day`` mới có hiệu lực, theo ngày. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(RoyaltyRate).where(RoyaltyRate.station_id == actor.station_id, RoyaltyRate.valid_from > day)
    return list(session.scalars(query.order_by(RoyaltyRate.valid_from, RoyaltyRate.id)))


def current_rates(session: Session, actor: Actor, day: date) -> list[RoyaltyRate]:
    """Mức đang có hiệu lực vào ``day``, mỗi thể loại và vai trò một dòng. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(RoyaltyRate).where(RoyaltyRate.station_id == actor.station_id, RoyaltyRate.valid_from <= day)
    latest = {(row.genre, row.role): row for row in session.scalars(query.order_by(RoyaltyRate.valid_from, RoyaltyRate.id))}
    return [latest[key] for key in sorted(latest, key=lambda key: (key[0].label, key[1].label))]
