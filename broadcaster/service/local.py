"""Người ngồi trước máy chủ: ai chạy được dòng lệnh thì đã cầm cả cơ sở dữ liệu, nên được mọi vai; sổ ghi “dòng lệnh”."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import Membership, Station
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import NotFound
from broadcaster.service.assembly import open_database

NAME = "dòng lệnh"


@contextmanager
def opened(config: Config) -> Iterator[tuple[Database, Actor]]:
    """Cơ sở dữ liệu và người đứng tên ở đài của cấu hình. Lỗi: ``NotFound`` khi chưa dựng đài."""
    database = open_database(config)
    try:
        with database.reading() as session:
            actor = local_actor(session, config.station.code)
        yield database, actor
    finally:
        database.close()


def local_actor(session: Session, code: str) -> Actor:
    """Người đứng tên “dòng lệnh” ở đài mã ``code``; mang mã của tài khoản đầu tiên vì sổ kiểm tra trỏ tới tài khoản thật."""
    query = select(Station.id, Membership.user_id).join(Membership, Membership.station_id == Station.id)
    row = session.execute(query.where(Station.code == code).order_by(Membership.id).limit(1)).first()
    if row is None:
        raise NotFound("Chưa có đài nào trong cơ sở dữ liệu này. Hãy chạy scripts/run một lần trước.")
    return Actor(user_id=row[1], station_id=row[0], name=NAME, job_title="", roles=frozenset(Role))
