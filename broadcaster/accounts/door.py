"""Một cửa duy nhất lấy dòng theo id: id của đài khác là không tồn tại. Phép thử cấm truy vấn theo id đi vòng cửa này."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.database.base import StationRow
from broadcaster.errors import NotFound

R = TypeVar("R", bound=StationRow)


def owned(session: Session, row: type[R], id_: int, actor: Actor, *, lock: bool = False) -> R:
    """Dòng ``row`` số ``id_`` thuộc đài của ``actor``; không có hoặc của đài khác đều là ``NotFound``.

    ``lock``: giữ khoá dòng tới hết giao dịch (PostgreSQL).
    """
    query = select(row).where(row.id == id_, row.station_id == actor.station_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found
