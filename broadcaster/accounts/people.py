"""Người của đài: thêm, đặt lại mật khẩu, đổi vai trò, khoá; đài luôn còn ít nhất một quản trị dùng được."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.enums import Role
from broadcaster.accounts.names import clean_name, name_problem, same_name
from broadcaster.accounts.signing_in import actor_of, normal_login
from broadcaster.accounts.tables import ApiToken, Membership, SignIn, Station, User
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound

FIRST_ADMIN = "quantri"
_TAKEN = "Tên đăng nhập này đã có người dùng. Hãy chọn tên khác."
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


def people(session: Session, actor: Actor) -> list[tuple[User, Membership]]:
    """Mọi người của đài, theo tên. Lỗi: ``NotAllowed``."""
    actor.require(Action.PEOPLE_EDIT)
    query = select(User, Membership).join(Membership, Membership.user_id == User.id)
    rows = session.execute(query.where(Membership.station_id == actor.station_id).order_by(User.full_name))
    return [(row[0], row[1]) for row in rows]


def create_person(
    session: Session,
    actor: Actor,
    *,
    login: str,
    full_name: str,
    job_title: str,
    roles: Iterable[Role],
    password_hash: str,
    now: datetime,
) -> User:
    """Thêm một người, lần đầu đăng nhập phải đổi mật khẩu. Lỗi: ``NotAllowed``, ``Invalid`` theo từng ô."""
    actor.require(Action.PEOPLE_EDIT)
    login, full_name, wanted = normal_login(login), clean_name(full_name), frozenset(roles)
    problems = _problems(login, wanted) | _name_problems(session, actor, full_name)
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        problems["ten"] = _TAKEN
    fresh = {"full_name": full_name, "password_hash": password_hash, "must_change_password": True, "created_at": now}
    if not problems and not insert_if_absent(session, User, login=login, **fresh):  # người khác vừa thêm đúng tên ấy
        problems["ten"] = _TAKEN
    if problems:
        raise Invalid(problems=problems)
    user = session.scalars(select(User).where(User.login == login)).one()
    session.add(Membership(user_id=user.id, station_id=actor.station_id, job_title=clean_name(job_title), roles=wanted))
    note(session, actor, "person_created", login, now=now, name=full_name, roles=_codes(wanted))
    return user


def member(session: Session, actor: Actor, login: str) -> User:
    """Người của đài theo tên đăng nhập. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PEOPLE_EDIT)
    query = select(User).join(Membership, Membership.user_id == User.id)
    found = session.scalar(query.where(User.login == normal_login(login), Membership.station_id == actor.station_id))
    if found is None:
        raise NotFound(f"Đài không có người tên đăng nhập “{login}”. Hãy xem trang Tài khoản.")
    return found


def acting_as(session: Session, actor: Actor, login: str) -> Actor:
    """Người ấy với đúng vai của mình, để dòng lệnh làm việc thay và đứng tên họ. Lỗi: ``NotAllowed``, ``NotFound``."""
    return actor_of(*_member(session, actor, member(session, actor, login).id))


def reset_password(session: Session, actor: Actor, user_id: int, password_hash: str, *, now: datetime) -> User:
    """Đặt mật khẩu dùng một lần; mọi phiên, mọi thẻ của người ấy kết thúc. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PEOPLE_EDIT)
    user, _ = _kept_here(session, actor, user_id)
    user.password_hash, user.must_change_password = password_hash, True
    _end_everything(session, user, now)
    note(session, actor, "password_reset", user.login, now=now)
    return user


def set_roles(
    session: Session,
    actor: Actor,
    user_id: int,
    *,
    job_title: str,
    roles: Iterable[Role],
    full_name: str | None = None,
    now: datetime,
) -> Membership:
    """Đổi chức danh, vai trò, và họ tên (``None``: giữ nguyên); sổ ghi cả điều cũ lẫn điều mới.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi đài sẽ không còn quản trị nào; ``Invalid`` theo ô.
    """
    actor.require(Action.PEOPLE_EDIT)
    user, member = _member(session, actor, user_id)
    wanted, title = frozenset(roles), clean_name(job_title)
    if not wanted:
        raise Invalid(problems={"vai_tro": "Hãy chọn ít nhất một vai trò."})
    if Role.ADMIN not in wanted:
        _keep_an_admin(session, actor, user)
    old = {"name": user.full_name, "job_title": member.job_title, "roles": _codes(member.roles)}
    if full_name is not None and clean_name(full_name) != user.full_name:
        _kept_here(session, actor, user_id)
        user.full_name = _new_name(session, actor, user, clean_name(full_name))
    member.roles, member.job_title = wanted, title
    new = {"name": user.full_name, "job_title": title, "roles": _codes(wanted)}
    if new != old:
        note(session, actor, "roles_set", user.login, now=now, old=old, new=new)
    return member


def disable(session: Session, actor: Actor, user_id: int, *, disabled: bool, now: datetime) -> User:
    """Khoá hoặc mở lại một tài khoản; khoá là kết thúc ngay mọi phiên, mọi thẻ.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi đó là quản trị cuối cùng.
    """
    actor.require(Action.PEOPLE_EDIT)
    user, _ = _kept_here(session, actor, user_id)
    if disabled:
        _keep_an_admin(session, actor, user)
        _end_everything(session, user, now)
    user.disabled_at = now if disabled else None
    note(session, actor, "person_disabled" if disabled else "person_enabled", user.login, now=now)
    return user


def end_sessions(session: Session, actor: Actor, user_id: int, *, now: datetime) -> User:
    """Kết thúc mọi phiên của một người ở đài này (máy bị mất, bỏ quên ở quán). Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PEOPLE_EDIT)
    user, _ = _member(session, actor, user_id)
    here = update(SignIn).where(SignIn.user_id == user.id, SignIn.station_id == actor.station_id, SignIn.ended_at.is_(None))
    session.execute(here.values(ended_at=now))
    note(session, actor, "session_ended", user.login, now=now)
    return user


def drop_code(session: Session, actor: Actor, user_id: int, *, now: datetime) -> User:
    """Bỏ mã điện thoại của người mất điện thoại; mọi phiên kết thúc. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PEOPLE_EDIT)
    user, _ = _kept_here(session, actor, user_id)
    user.totp_secret = user.totp_step = None
    _end_everything(session, user, now)
    note(session, actor, "code_dropped", user.login, now=now)
    return user


def share(session: Session, actor: Actor, login: str, *, job_title: str, roles: Iterable[Role], now: datetime) -> Membership:
    """Người đã có tài khoản ở đài khác làm thêm ở đài này. Lỗi: ``NotAllowed``, ``Invalid`` theo ô."""
    actor.require(Action.PEOPLE_EDIT)
    user = session.scalar(select(User).where(User.login == normal_login(login), User.disabled_at.is_(None)))
    wanted, problems = frozenset(roles), dict[str, str]()
    if user is None:
        problems["ten"] = "Chưa có tài khoản tên này ở đài nào. Hãy thêm người mới."
    elif problem := _name_problems(session, actor, user.full_name):
        problems |= {"ten": problem["ho_ten"]}
    if not wanted:
        problems["vai_tro"] = "Hãy chọn ít nhất một vai trò."
    if problems or user is None:
        raise Invalid(problems=problems)
    member = Membership(user_id=user.id, station_id=actor.station_id, job_title=clean_name(job_title), roles=wanted)
    session.add(member)
    note(session, actor, "person_shared", user.login, now=now, name=user.full_name, roles=_codes(wanted))
    return member


def leave(session: Session, actor: Actor, user_id: int, *, now: datetime) -> None:
    """Người của đài khác thôi làm ở đài này; tài khoản của họ còn nguyên.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi tài khoản do chính đài này lập (hãy khoá) hay là quản trị cuối cùng.
    """
    actor.require(Action.PEOPLE_EDIT)
    user, member = _member(session, actor, user_id)
    if _home(session, user).station_id == actor.station_id:
        raise Conflict("Tài khoản này do đài lập. Người ấy thôi làm thì hãy khoá tài khoản.")
    _keep_an_admin(session, actor, user)
    here = (SignIn.user_id == user.id, SignIn.station_id == actor.station_id, SignIn.ended_at.is_(None))
    session.execute(update(SignIn).where(*here).values(ended_at=now))
    tokens = update(ApiToken).where(ApiToken.user_id == user.id, ApiToken.station_id == actor.station_id)
    session.execute(tokens.where(ApiToken.revoked_at.is_(None)).values(revoked_at=now))
    session.delete(member)
    note(session, actor, "person_left", user.login, now=now, name=user.full_name)


def guests(session: Session, actor: Actor) -> frozenset[int]:
    """Mã những người của đài mà tài khoản do đài khác lập. Lỗi: ``NotAllowed``."""
    return frozenset(user.id for user, _ in people(session, actor) if _home(session, user).station_id != actor.station_id)


def first_admin(session: Session, station_id: int, *, password_hash: str, now: datetime) -> bool:
    """Quản trị đầu tiên khi dựng đài; trả về có thêm thật không (hệ thống đã có người thì không thêm)."""
    if session.scalar(select(User.id).limit(1)) is not None:
        return False
    user = User(
        login=FIRST_ADMIN, full_name="Quản trị đài", password_hash=password_hash, must_change_password=True, created_at=now
    )
    session.add(user)
    session.flush()
    session.add(Membership(user_id=user.id, station_id=station_id, job_title="", roles=frozenset({Role.ADMIN})))
    return True


def _problems(login: str, roles: frozenset[Role]) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not _LOGIN.fullmatch(login):
        problems["ten"] = "Tên đăng nhập cần từ 2 ký tự: chữ không dấu, số, dấu chấm, gạch ngang."
    if not roles:
        problems["vai_tro"] = "Hãy chọn ít nhất một vai trò."
    return problems


def _name_problems(session: Session, actor: Actor, full_name: str, *, of: int | None = None) -> dict[str, str]:
    """Sổ và nhật ký ghi họ tên: phải đọc được, và hai người của một đài không viết giống nhau. ``of``: mã người đang sửa."""
    if problem := name_problem(full_name):
        return {"ho_ten": problem}
    query = select(User).join(Membership, Membership.user_id == User.id).where(Membership.station_id == actor.station_id)
    for other in session.scalars(query):
        if other.id != of and same_name(other.full_name, full_name):
            told = f"Đài đã có “{other.full_name}” (tên đăng nhập {other.login})."
            return {"ho_ten": f"{told} Hãy ghi thêm để phân biệt, ví dụ “{full_name} B”."}
    return {}


def _new_name(session: Session, actor: Actor, user: User, full_name: str) -> str:
    problems = _name_problems(session, actor, full_name, of=user.id)
    if problems:
        raise Invalid(problems=problems)
    return full_name


def _codes(roles: frozenset[Role]) -> list[str]:
    return sorted(role.value for role in roles)


def _member(session: Session, actor: Actor, user_id: int) -> tuple[User, Membership]:
    query = select(User, Membership).join(Membership, Membership.user_id == User.id)
    row = session.execute(query.where(User.id == user_id, Membership.station_id == actor.station_id)).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _home(session: Session, user: User) -> Membership:
    """Nơi lập tài khoản: tư cách đầu tiên của người ấy."""
    return session.scalars(select(Membership).where(Membership.user_id == user.id).order_by(Membership.id).limit(1)).one()


def _kept_here(session: Session, actor: Actor, user_id: int) -> tuple[User, Membership]:
    """Như ``_member``, chỉ khi tài khoản do đài này lập: đài khác không đặt lại được mật khẩu rồi vào thay người ấy."""
    user, member = _member(session, actor, user_id)
    home = _home(session, user)
    if home.station_id != actor.station_id:
        station = session.get_one(Station, home.station_id)
        raise NotAllowed(f"Tài khoản “{user.login}” do {station.name} lập. Hãy nhờ quản trị đài ấy.")
    return user, member


def _keep_an_admin(session: Session, actor: Actor, leaving: User) -> None:
    query = select(Membership).join(User, User.id == Membership.user_id)
    others = session.scalars(
        query.where(Membership.station_id == actor.station_id, User.id != leaving.id, User.disabled_at.is_(None))
    )
    if not any(Role.ADMIN in member.roles for member in others):
        raise Conflict("Đài phải luôn còn ít nhất một quản trị. Hãy giao vai trò quản trị cho người khác trước.")


def _end_everything(session: Session, user: User, now: datetime) -> None:
    """Mọi phiên và mọi thẻ của người ấy, ở mọi đài: mở khoá lại thì không thẻ nào sống lại."""
    session.execute(update(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None)).values(ended_at=now))
    theirs = update(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    session.execute(theirs.values(revoked_at=now))
