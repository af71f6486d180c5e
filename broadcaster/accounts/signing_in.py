"""Đăng nhập: thẻ ngẫu nhiên, cơ sở dữ liệu chỉ giữ SHA-256 của nó."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.names import signature
from broadcaster.accounts.tables import Membership, SignIn, Station, User
from broadcaster.errors import NotSignedIn


@dataclass(frozen=True)
class Signed:
    """Phiên hợp lệ: ai, ở đài nào, có phải đổi mật khẩu trước đã không."""

    actor: Actor
    login: str
    must_change_password: bool
    station_ids: tuple[int, ...]


def normal_login(login: str) -> str:
    """Tên đăng nhập luôn chữ thường, không dấu cách hai đầu."""
    return login.strip().casefold()[:64]


def stored_hash(session: Session, login: str) -> str | None:
    """Băm mật khẩu của một tài khoản đang dùng; không có thì ``None``."""
    return session.scalar(select(User.password_hash).where(User.login == login, User.disabled_at.is_(None)))


def sign_in(session: Session, login: str, *, device: str, hours: int, now: datetime, address: str = "") -> str | None:
    """Mở phiên cho người vừa đưa đúng mật khẩu (đã so ngoài giao dịch) và trả về thẻ; tài khoản không còn dùng thì ``None``."""
    user = session.scalar(select(User).where(User.login == login, User.disabled_at.is_(None)))
    member = user and session.scalar(select(Membership).where(Membership.user_id == user.id).order_by(Membership.id).limit(1))
    if user is None or not member:
        return None
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_sha256=digest(token),
            user_id=user.id,
            station_id=member.station_id,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=hours),
            device=device[:200],
            address=address[:64],
        )
    )
    note(session, actor_of(user, member), "signed_in", login, now=now, address=address, device=device[:200])
    return token


def who(session: Session, token: str | None, *, now: datetime) -> Signed:
    """Người đang giữ thẻ. Lỗi: ``NotSignedIn`` khi thẻ lạ, hết hạn, đã đăng xuất, tài khoản bị khoá hay mất vai trò."""
    row = session.execute(
        select(Station.code, User, Membership)
        .select_from(SignIn)
        .join(Station, Station.id == SignIn.station_id)
        .join(User, User.id == SignIn.user_id)
        .join(Membership, (Membership.user_id == SignIn.user_id) & (Membership.station_id == SignIn.station_id))
        .where(
            SignIn.token_sha256 == digest(token or ""),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > now,
            User.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        raise NotSignedIn
    code, user, member = row
    stations = session.scalars(select(Membership.station_id).where(Membership.user_id == user.id).order_by(Membership.id))
    return Signed(actor_of(user, member, code), user.login, user.must_change_password, tuple(stations))


def actor_of(user: User, member: Membership, station_code: str = "") -> Actor:
    """Người này với đúng vai của mình ở đài ấy."""
    name = signature(user.full_name, user.login)
    return Actor(user.id, member.station_id, name, member.job_title, member.roles, station_code)


def standing(session: Session, station_id: int, user_id: int) -> Actor | None:
    """Người ấy ở đài ấy với vai lúc này; đã khoá hay đã rời đài thì ``None``."""
    query = (
        select(User, Membership, Station.code)
        .join(Membership, Membership.user_id == User.id)
        .join(Station, Station.id == Membership.station_id)
        .where(User.id == user_id, Membership.station_id == station_id, User.disabled_at.is_(None))
    )
    row = session.execute(query).first()
    return None if row is None else actor_of(row[0], row[1], row[2])


def extend(session: Session, token: str, *, hours: int, now: datetime) -> None:
    """Còn dùng thì hạn phiên lùi thêm."""
    session.execute(
        update(SignIn)
        .where(SignIn.token_sha256 == digest(token), SignIn.ended_at.is_(None))
        .values(seen_at=now, expires_at=now + timedelta(hours=hours))
    )


def sign_out(session: Session, actor: Actor, token: str, *, now: datetime) -> None:
    """Kết thúc phiên này."""
    session.execute(update(SignIn).where(SignIn.token_sha256 == digest(token)).values(ended_at=now))
    note(session, actor, "signed_out", "", now=now)


def change_password(session: Session, actor: Actor, new_hash: str, *, keep_token: str, now: datetime) -> None:
    """Đổi mật khẩu của chính mình (đã so mật khẩu cũ ngoài giao dịch); mọi phiên khác kết thúc."""
    session.execute(update(User).where(User.id == actor.user_id).values(password_hash=new_hash, must_change_password=False))
    session.execute(
        update(SignIn)
        .where(SignIn.user_id == actor.user_id, SignIn.token_sha256 != digest(keep_token), SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
    note(session, actor, "password_changed", "", now=now)


def digest(token: str) -> str:
    """Băm của thẻ: điều cơ sở dữ liệu giữ, và là dấu của máy quen."""
    return hashlib.sha256(token.encode()).hexdigest()
