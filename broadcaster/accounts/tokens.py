"""Thẻ truy cập cho phần mềm khác: tạo ở dòng lệnh, hiện đúng một lần, chỉ giữ sha256; mang quyền của chính người đứng tên."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.names import readable
from broadcaster.accounts.people import member
from broadcaster.accounts.signing_in import actor_of
from broadcaster.accounts.tables import ApiToken, Membership, Station, User
from broadcaster.errors import Invalid, NotSignedIn

PREFIX = "dtt_"
MAX_DAYS = 3650
_USED_EVERY = timedelta(hours=1)


def new_token() -> str:
    """Một thẻ mới, 256 bit ngẫu nhiên; tiền tố để máy quét bí mật nhận ra."""
    return PREFIX + secrets.token_urlsafe(32)


def create_token(session: Session, actor: Actor, login: str, token: str, *, name: str, days: int, now: datetime) -> ApiToken:
    """Ghi thẻ ``token`` (từ ``new_token``) cho một người của đài, dùng được ``days`` ngày.

    Lỗi: ``NotAllowed``, ``NotFound`` khi không có người ấy, ``Invalid``.
    """
    actor.require(Action.PEOPLE_EDIT)
    user = member(session, actor, login)
    problems = {}
    if not readable(name):
        problems["ten"] = "Hãy đặt tên cho thẻ, ví dụ tên phần mềm sẽ dùng nó."
    if not 1 <= days <= MAX_DAYS:
        problems["ngay"] = f"Thời hạn của thẻ từ 1 đến {MAX_DAYS} ngày."
    if problems:
        raise Invalid(problems=problems)
    row = ApiToken(
        station_id=actor.station_id,
        token_sha256=_digest(token),
        user_id=user.id,
        name=name.strip(),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    note(session, actor, "token_created", user.login, now=now, name=row.name, days=days)
    return row


def revoke_token(session: Session, actor: Actor, token_id: int, *, now: datetime) -> ApiToken:
    """Thu hồi một thẻ; thu hồi rồi thì thôi. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PEOPLE_EDIT)
    row = owned(session, ApiToken, token_id, actor)
    if row.revoked_at is None:
        row.revoked_at = now
        note(session, actor, "token_revoked", f"token:{row.id}", now=now, name=row.name)
    return row


def tokens(session: Session, actor: Actor) -> list[tuple[ApiToken, User]]:
    """Mọi thẻ của đài, mới nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.PEOPLE_EDIT)
    query = select(ApiToken, User).join(User, User.id == ApiToken.user_id)
    rows = session.execute(query.where(ApiToken.station_id == actor.station_id).order_by(ApiToken.id.desc()))
    return [(row[0], row[1]) for row in rows]


def bearer(session: Session, token: str, *, now: datetime) -> tuple[Actor, bool]:
    """Người đứng tên thẻ, và có nên ghi lần dùng không (mỗi giờ một lần). Lỗi: ``NotSignedIn``."""
    query = (
        select(ApiToken, User, Membership, Station.code)
        .join(Station, Station.id == ApiToken.station_id)
        .join(User, User.id == ApiToken.user_id)
        .join(Membership, (Membership.user_id == User.id) & (Membership.station_id == ApiToken.station_id))
        .where(ApiToken.token_sha256 == _digest(token), ApiToken.revoked_at.is_(None), User.disabled_at.is_(None))
    )
    row = session.execute(query).first()
    if row is None or (row[0].expires_at is not None and row[0].expires_at <= now):
        raise NotSignedIn("Thẻ truy cập không đúng, đã hết hạn hoặc bị thu hồi. Hãy tạo thẻ mới bằng broadcaster user token.")
    held, user, membership, code = row
    return actor_of(user, membership, code), held.used_at is None or now - held.used_at >= _USED_EVERY


def mark_used(session: Session, token: str, *, now: datetime) -> None:
    """Ghi lần dùng gần nhất, để biết thẻ nào không còn ai dùng."""
    row = session.scalar(select(ApiToken).where(ApiToken.token_sha256 == _digest(token)))
    if row is not None:
        row.used_at = now


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
