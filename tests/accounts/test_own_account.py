"""Phiên, thẻ, mã điện thoại: thấy được, thu hồi được, chết theo tài khoản; người chung hai đài thì đài lập giữ mật khẩu."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.accounts import own_account, totp
from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.people import disable, drop_code, end_sessions, leave, reset_password, set_roles, share
from broadcaster.accounts.signing_in import sign_in, who
from broadcaster.accounts.tokens import bearer, create_token, new_token
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from tests.support.scene import Scene

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def entered(scene: Scene, login: str = "lan") -> str:
    with scene.database.writing() as session:
        return sign_in(session, login, device="thử", hours=12, address="192.168.1.7", now=scene.clock.now()) or ""


def alive(scene: Scene, token: str) -> bool:
    with scene.database.reading() as session:
        try:
            who(session, token, now=scene.clock.now())
        except NotSignedIn:
            return False
        return True


def tokened(scene: Scene) -> str:
    plain = new_token()
    with scene.database.writing() as session:
        create_token(session, scene.admin, "lan", plain, name="Bảng điện tử", days=30, now=scene.clock.now())
    return plain


def opens(scene: Scene, token: str) -> bool:
    with scene.database.reading() as session:
        try:
            bearer(session, token, now=scene.clock.now())
        except NotSignedIn:
            return False
        return True


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    step = totp.step_of(RFC_SECRET, f"{code[:3]} {code[3:]}", now)
    assert step == seconds // 30
    assert totp.step_of(RFC_SECRET, code, now, after=step) is None, "một mã dùng một lần"
    assert totp.step_of(RFC_SECRET, code, now + timedelta(seconds=95)) is None
    assert totp.step_of(RFC_SECRET, "", now) is totp.step_of(RFC_SECRET, "không phải số", now) is None


def test_tokens_and_sessions_die_with_a_reset_and_do_not_come_back(scene: Scene) -> None:
    session_token, token = entered(scene), tokened(scene)
    assert (alive(scene, session_token), opens(scene, token)) == (True, True)
    with scene.database.writing() as session:
        reset_password(session, scene.admin, scene.writer.user_id, "băm mới", now=scene.clock.now())
    assert (alive(scene, session_token), opens(scene, token)) == (False, False)
    again = tokened(scene)
    with scene.database.writing() as session:
        disable(session, scene.admin, scene.writer.user_id, disabled=True, now=scene.clock.now())
    assert not opens(scene, again)
    with scene.database.writing() as session:
        disable(session, scene.admin, scene.writer.user_id, disabled=False, now=scene.clock.now())
    assert not opens(scene, again), "mở khoá tài khoản không làm thẻ sống lại"


def test_a_person_sees_and_ends_only_his_own(scene: Scene) -> None:
    here, there, foreign = entered(scene), entered(scene), entered(scene, "hung")
    with scene.database.writing() as session:
        rows = own_account.own_sessions(session, scene.writer, now=scene.clock.now())
        assert [row.address for row in rows] == ["192.168.1.7"] * 2
        [other] = own_account.own_sessions(session, scene.operator, now=scene.clock.now())
        with pytest.raises(NotFound):
            own_account.end_own_session(session, scene.writer, other.id, now=scene.clock.now())
        own_account.end_other_sessions(session, scene.writer, keep_token=here, now=scene.clock.now())
    assert [alive(scene, one) for one in (here, there, foreign)] == [True, False, True]
    tokened(scene)
    with scene.database.writing() as session:
        [token] = own_account.own_tokens(session, scene.writer)
        with pytest.raises(NotFound):
            own_account.revoke_own_token(session, scene.operator, token.id, now=scene.clock.now())
        own_account.revoke_own_token(session, scene.writer, token.id, now=scene.clock.now())
        end_sessions(session, scene.admin, scene.writer.user_id, now=scene.clock.now())
    assert not alive(scene, here)


def code(scene: Scene, secret: str) -> str:
    return totp.code_at(secret, int(scene.clock.now().timestamp()) // 30)


def test_a_phone_code_is_asked_once_switched_on(scene: Scene) -> None:
    secret, now = totp.new_secret(), scene.clock.now
    with scene.database.writing() as session:
        assert own_account.pass_code(session, scene.leader.user_id, "", now=now())
        with pytest.raises(Invalid):
            own_account.switch_on_code(session, scene.leader, secret, "000000x", now=now())
        own_account.switch_on_code(session, scene.leader, secret, code(scene, secret), now=now())
        with pytest.raises(Conflict):
            own_account.switch_on_code(session, scene.leader, secret, code(scene, secret), now=now())
        assert not own_account.pass_code(session, scene.leader.user_id, code(scene, secret), now=now()), "mã vừa dùng"
    scene.clock.advance(60)
    with scene.database.writing() as session:
        assert not own_account.pass_code(session, scene.leader.user_id, "", now=now())
        assert own_account.pass_code(session, scene.leader.user_id, code(scene, secret), now=now())
        drop_code(session, scene.admin, scene.leader.user_id, now=now())
        assert own_account.pass_code(session, scene.leader.user_id, "", now=now())


@pytest.fixture
def shared(scene: Scene) -> Actor:
    """Người vận hành làm cả đài lạ; trả về tư cách của người ấy ở đài lạ."""
    with scene.database.writing() as session:
        member = share(session, scene.stranger, "hung", job_title="Vận hành", roles={Role.OPERATOR}, now=scene.clock.now())
        return Actor(member.user_id, member.station_id, scene.operator.name, member.job_title, member.roles)


def test_the_other_station_cannot_take_over_a_shared_account(scene: Scene, shared: Actor) -> None:
    boss, user_id, now = scene.stranger, shared.user_id, scene.clock.now()
    with scene.database.writing() as session:
        for deed in (
            lambda: reset_password(session, boss, user_id, "!", now=now),
            lambda: disable(session, boss, user_id, disabled=True, now=now),
            lambda: drop_code(session, boss, user_id, now=now),
            lambda: set_roles(session, boss, user_id, job_title="", roles={Role.CLERK}, full_name="Tên Khác", now=now),
        ):
            with pytest.raises(NotAllowed, match="Phùng Chí Kiên"):
                deed()
        set_roles(session, boss, user_id, job_title="Trực", roles={Role.CLERK}, full_name=scene.operator.name, now=now)
        reset_password(session, scene.admin, user_id, "!", now=now)


def test_a_shared_person_moves_between_his_stations_and_leaves_one(scene: Scene, shared: Actor) -> None:
    token = entered(scene, "hung")
    with scene.database.writing() as session:
        assert who(session, token, now=scene.clock.now()).actor.station_id == scene.station_id
        own_account.switch_station(session, scene.operator, token, shared.station_id)
        with pytest.raises(NotFound):
            own_account.switch_station(session, scene.writer, token, shared.station_id)
        with pytest.raises(NotFound):
            own_account.switch_station(session, scene.operator, token, 999)
    with scene.database.writing() as session:
        signed = who(session, token, now=scene.clock.now())
        assert (signed.actor.station_id, signed.actor.roles) == (shared.station_id, frozenset({Role.OPERATOR}))
        with pytest.raises(Conflict):
            leave(session, scene.admin, scene.operator.user_id, now=scene.clock.now())
        leave(session, scene.stranger, shared.user_id, now=scene.clock.now())
    assert not alive(scene, token), "thôi làm ở đài ấy thì phiên ở đài ấy hết"
    assert alive(scene, entered(scene, "hung"))
