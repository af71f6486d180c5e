"""Tài khoản của chính mình: phiên đang mở, thẻ truy cập, mã điện thoại, các đài mình làm. Ai cũng được làm với của mình."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts import settings, totp
from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.signing_in import digest
from broadcaster.accounts.tables import ApiToken, Membership, SignIn, Station, User
from broadcaster.accounts.throttle import CodeGuesses
from broadcaster.errors import Conflict, Invalid, NotFound


def own_sessions(session: Session, actor: Actor, *, now: datetime) -> list[SignIn]:
    """Phiên còn mở, dùng gần đây trước."""
    query = select(SignIn).where(SignIn.user_id == actor.user_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
    return list(session.scalars(query.order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


def end_own_session(session: Session, actor: Actor, sign_in_id: int, *, now: datetime) -> None:
    """Kết thúc một phiên của mình. Lỗi: ``NotFound`` cả khi là phiên của người khác."""
    found = session.scalar(select(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == actor.user_id))
    if found is None:
        raise NotFound
    found.ended_at = found.ended_at or now
    note(session, actor, "session_ended", f"session:{found.id}", now=now, device=found.device, address=found.address)


def end_other_sessions(session: Session, actor: Actor, *, keep_token: str, now: datetime) -> None:
    """Kết thúc mọi phiên khác của mình."""
    mine = update(SignIn).where(SignIn.user_id == actor.user_id, SignIn.ended_at.is_(None))
    session.execute(mine.where(SignIn.token_sha256 != digest(keep_token)).values(ended_at=now))
    note(session, actor, "session_ended", "mọi phiên khác", now=now)


def own_tokens(session: Session, actor: Actor) -> list[ApiToken]:
    """Thẻ mang tên mình ở đài này, mới nhất trước."""
    query = select(ApiToken).where(ApiToken.station_id == actor.station_id, ApiToken.user_id == actor.user_id)
    return list(session.scalars(query.order_by(ApiToken.id.desc())))


def revoke_own_token(session: Session, actor: Actor, token_id: int, *, now: datetime) -> None:
    """Thu hồi một thẻ mang tên mình. Lỗi: ``NotFound``."""
    found = next((one for one in own_tokens(session, actor) if one.id == token_id), None)
    if found is None:
        raise NotFound
    found.revoked_at = found.revoked_at or now
    note(session, actor, "token_revoked", f"token:{found.id}", now=now, name=found.name)


def own_user(session: Session, actor: Actor) -> User:
    """Dòng tài khoản của mình."""
    return session.get_one(User, actor.user_id)


def switch_on_code(session: Session, actor: Actor, secret: str, code: str, *, now: datetime) -> None:
    """Bật mã điện thoại sau khi gõ đúng một mã của khoá vừa quét. Lỗi: ``Conflict`` khi đã bật, ``Invalid`` khi mã sai."""
    user = own_user(session, actor)
    if user.totp_secret is not None:
        raise Conflict("Mã điện thoại đã bật. Muốn đổi điện thoại, hãy tắt rồi bật lại.")
    step = totp.step_of(secret, code, now)
    if step is None:
        raise Invalid(problems={"ma": "Mã chưa đúng. Hãy gõ sáu số đang hiện trong ứng dụng; kiểm tra giờ của điện thoại."})
    user.totp_secret, user.totp_step = secret, step
    note(session, actor, "code_switched_on", user.login, now=now)


def switch_off_code(session: Session, actor: Actor, code: str, *, guesses: CodeGuesses, place: str, now: datetime) -> None:
    """Tắt mã điện thoại bằng chính một mã đúng. Lỗi: ``Invalid``, ``TooManyAttempts``."""
    guesses.begin(actor.user_id, place, now=now)
    if not pass_code(session, actor.user_id, code, now=now):
        raise Invalid(problems={"ma": "Mã chưa đúng. Mất điện thoại thì nhờ quản trị đài bỏ mã."})
    guesses.matched(actor.user_id, place)
    user = own_user(session, actor)
    user.totp_secret = user.totp_step = None
    note(session, actor, "code_switched_off", user.login, now=now)


def pass_code(session: Session, user_id: int, code: str, *, now: datetime) -> bool:
    """Mã này có mở được không; chưa bật mã thì luôn mở. Mỗi mã chỉ dùng được một lần."""
    user = session.get_one(User, user_id, with_for_update=True)
    if user.totp_secret is None:
        return True
    step = totp.step_of(user.totp_secret, code, now, after=user.totp_step)
    if step is None:
        return False
    user.totp_step = step
    return True


def check_urgent_code(session: Session, actor: Actor, code: str, *, guesses: CodeGuesses, place: str, now: datetime) -> None:
    """Lệnh khẩn cấp của đài bật ``urgent_code`` phải kèm mã của người ra lệnh; chỉ đọc, để nút đỏ không chờ khoá ghi nào.

    ``place``: phiên, hay địa chỉ của thẻ, nơi mã được gõ. Lỗi: ``Invalid`` khi thiếu mã, mã sai, hay người ấy chưa bật mã;
    ``TooManyAttempts``.
    """
    if not settings.get(session, actor.station_id, settings.URGENT_CODE):
        return
    secret = own_user(session, actor).totp_secret
    if secret is None:
        raise Invalid(
            "Đài yêu cầu mã điện thoại khi ra lệnh khẩn cấp. Hãy bật mã ở trang Tài khoản của tôi, hoặc nhờ người đã bật."
        )
    wrong = "Mã điện thoại chưa đúng. Chưa có gì được phát: hãy gõ mã đang hiện trong ứng dụng rồi bấm lại."
    if not code.strip():
        raise Invalid(wrong)
    guesses.begin(actor.user_id, place, now=now)
    if totp.step_of(secret, code, now) is None:
        raise Invalid(wrong)
    guesses.matched(actor.user_id, place)


def pass_code_of(session: Session, login: str, code: str, *, now: datetime) -> bool:
    """Như ``pass_code``, cho người đang đăng nhập mà ta mới biết tên."""
    user_id = session.scalar(select(User.id).where(User.login == login))
    return user_id is not None and pass_code(session, user_id, code, now=now)


def own_stations(session: Session, actor: Actor) -> list[Station]:
    """Các đài mình làm, theo tên."""
    query = select(Station).join(Membership, Membership.station_id == Station.id).where(Membership.user_id == actor.user_id)
    return list(session.scalars(query.order_by(Station.name)))


def switch_station(session: Session, actor: Actor, token: str, station_id: int) -> Station:
    """Phiên này chuyển sang đài khác mà mình làm. Lỗi: ``NotFound``."""
    found = next((one for one in own_stations(session, actor) if one.id == station_id), None)
    if found is None:
        raise NotFound
    session.execute(
        update(SignIn).where(SignIn.token_sha256 == digest(token), SignIn.user_id == actor.user_id).values(station_id=found.id)
    )
    return found
