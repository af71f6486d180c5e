"""Người ngồi trước máy chủ: ai chạy được dòng lệnh thì đã cầm cả cơ sở dữ liệu, nên được mọi vai; sổ ghi tên thật của họ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.signing_in import actor_of, normal_login
from broadcaster.accounts.tables import Membership, Station, User
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import Invalid, NotFound
from broadcaster.service.assembly import open_database

READER = "dòng lệnh"
"""Chỉ xem thì không cần tên: không dòng sổ nào được ghi."""


@contextmanager
def opened(config: Config, login: str | None = None) -> Iterator[tuple[Database, Actor]]:
    """Cơ sở dữ liệu và người đứng tên ở đài của cấu hình; ``login``: tên đăng nhập của họ, ``None`` khi chỉ xem.

    Lỗi: ``NotFound`` khi chưa dựng đài hoặc đài không có người ấy; ``Invalid`` khi tên để trống.
    """
    database = open_database(config)
    try:
        with database.reading() as session:
            actor = local_actor(session, config.station.code, login)
        yield database, actor
    finally:
        database.close()


def local_actor(session: Session, code: str, login: str | None) -> Actor:
    """Người của đài mã ``code`` đang ngồi trước máy, với mọi vai; tài khoản đã khoá thì không đứng tên được."""
    query = (
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .join(Station, Station.id == Membership.station_id)
    )
    query = query.where(Station.code == code, User.disabled_at.is_(None)).order_by(Membership.id)
    people = [(row[0], row[1]) for row in session.execute(query)]
    if not people:
        raise NotFound("Chưa có đài nào trong cơ sở dữ liệu này. Hãy chạy scripts/run một lần trước.")
    if login is None:
        user, member = people[0]
        return Actor(user.id, member.station_id, READER, "", frozenset(Role), code)
    if not login.strip():
        raise Invalid("Việc này được ghi vào sổ. Hãy cho biết bạn là ai: --nguoi TÊN_ĐĂNG_NHẬP.")
    for user, member in people:
        if user.login == normal_login(login):
            actor = actor_of(user, member, code)
            return replace(actor, name=f"{actor.name} ({READER})", roles=frozenset(Role))
    known = ", ".join(user.login for user, _ in people)
    raise NotFound(f"Đài không có người tên đăng nhập “{login.strip()}”. Những người đang có: {known}.")
