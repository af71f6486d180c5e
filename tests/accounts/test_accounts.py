"""Đăng nhập, chặn dò, thẻ không lưu nguyên, và người của đài."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from broadcaster.accounts.actor import ALLOWED, Action
from broadcaster.accounts.enums import Role
from broadcaster.accounts.passwords import hash_password, is_easy, is_password, one_time_password
from broadcaster.accounts.people import create_person, disable, first_admin, people, reset_password, set_roles
from broadcaster.accounts.signing_in import change_password, extend, sign_in, sign_out, stored_hash, who
from broadcaster.accounts.tables import SignIn
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from tests.support.scene import Scene


def enter(scene: Scene, login: str = "lan") -> str | None:
    with scene.database.writing() as session:
        return sign_in(session, login, device="thử", hours=12, now=scene.clock.now())


def known(scene: Scene, token: str | None) -> bool:
    with scene.database.reading() as session:
        try:
            who(session, token, now=scene.clock.now())
        except NotSignedIn:
            return False
        return True


def test_passwords_are_argon2_and_compared_without_telling_who_exists() -> None:
    stored = hash_password("mật khẩu đủ dài")
    assert stored.startswith("$argon2id$")
    assert is_password("mật khẩu đủ dài", stored)
    assert not is_password("mật khẩu khác", stored)
    assert not is_password("gì cũng sai", None)
    assert one_time_password() != one_time_password()
    with pytest.raises(Invalid):
        hash_password("ngắn")


@pytest.mark.parametrize(
    "easy",
    [
        "aaaaaaaaaa",
        "lanlanlanlan",
        "Lan.Nguyen@2026",
        "nguyenthilan1990",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "matkhau12345",
        "Mật khẩu 123",
        "Password123!",
        "abcabcabcabc",
        "phungchikien2026",
        "1q2w3e4r5t6y",
        "ĐàiTruyềnThanh1",
        "123123123123",
        "quantri@12345",
    ],
)
def test_an_easy_password_is_refused(easy: str) -> None:
    with pytest.raises(Invalid) as caught:
        hash_password(easy, about=("lan", "Nguyễn Thị Lan", "Công chức"))
    assert "dễ đoán" in caught.value.problems["moi"]


def test_good_and_one_time_passwords_pass() -> None:
    for good in ("mật khẩu rất dài", "bún chả xe đạp cái nón", "tr0ng-v7k2p-xq", "chuồn chuồn bay thấp thì mưa"):
        assert not is_easy(good, ("lan", "Nguyễn Thị Lan")), good
    assert not any(is_easy(one_time_password()) for _ in range(300))


def test_token_is_never_stored_and_ends_when_told(scene: Scene) -> None:
    token = enter(scene)
    assert token is not None
    with scene.database.reading() as session:
        signed = who(session, token, now=scene.clock.now())
        assert (signed.actor.name, signed.actor.roles) == (scene.writer.name, scene.writer.roles)
        assert token not in session.scalars(select(SignIn.token_sha256)).all()
    with scene.database.writing() as session:
        sign_out(session, scene.writer, token, now=scene.clock.now())
    assert not known(scene, token)
    assert not known(scene, None)


def test_a_session_slides_and_runs_out(scene: Scene) -> None:
    token = enter(scene) or ""
    scene.clock.advance(11 * 3600)
    with scene.database.writing() as session:
        extend(session, token, hours=12, now=scene.clock.now())
    scene.clock.advance(11 * 3600)
    assert known(scene, token)
    scene.clock.advance(3600)
    assert not known(scene, token)


def test_changing_the_password_ends_other_sessions(scene: Scene) -> None:
    here, there = enter(scene) or "", enter(scene) or ""
    with scene.database.writing() as session:
        change_password(session, scene.writer, "băm mới", keep_token=here, now=scene.clock.now())
        assert stored_hash(session, "lan") == "băm mới"
    assert (known(scene, here), known(scene, there)) == (True, False)


def test_people_are_added_by_the_admin_only(scene: Scene) -> None:
    def add(actor_name: str, login: str, roles: set[Role], name: str = "Người Mới") -> int:
        with scene.database.writing() as session:
            return create_person(
                session,
                getattr(scene, actor_name),
                login=login,
                full_name=name,
                job_title="",
                roles=roles,
                password_hash="!",
                now=scene.clock.now(),
            ).id

    user_id = add("admin", " Moi ", {Role.CLERK})
    with scene.database.reading() as session:
        assert "moi" in [user.login for user, _ in people(session, scene.admin)]
        with pytest.raises(NotAllowed):
            people(session, scene.operator)
    with pytest.raises(NotAllowed):
        add("operator", "khac", {Role.CLERK})
    for login, roles, field in (("moi", {Role.CLERK}, "ten"), ("a b", {Role.CLERK}, "ten"), ("c1", set[Role](), "vai_tro")):
        with pytest.raises(Invalid) as caught:
            add("admin", login, roles)
        assert field in caught.value.problems
    for name in ("\u200b\u2060", "\u3164", "\u2800 \u2800", "Тrần Hùng", "X", "Người\u200b  mới", "NGƯỜI MỚI.", "a" * 101):
        with pytest.raises(Invalid) as caught:
            add("admin", "khac", {Role.CLERK}, name)
        assert "ho_ten" in caught.value.problems, name
    assert add("admin", "hmok", {Role.CLERK}, "Y Bhiăng Êban (TDP 3)") > user_id
    with pytest.raises(NotFound), scene.database.writing() as session:
        reset_password(session, scene.stranger, user_id, "!", now=scene.clock.now())


def test_a_disabled_person_is_out_at_once_and_an_admin_always_stays(scene: Scene) -> None:
    token = enter(scene)
    with scene.database.writing() as session:
        disable(session, scene.admin, scene.writer.user_id, disabled=True, now=scene.clock.now())
        with pytest.raises(Conflict):
            disable(session, scene.admin, scene.admin.user_id, disabled=True, now=scene.clock.now())
        with pytest.raises(Conflict):
            set_roles(session, scene.admin, scene.admin.user_id, job_title="", roles={Role.CLERK}, now=scene.clock.now())
        assert not first_admin(session, scene.station_id, password_hash="!", now=scene.clock.now())
    assert not known(scene, token)
    assert enter(scene) is None


def test_every_role_and_every_action_stands_in_the_one_table() -> None:
    assert set(ALLOWED) == set(Role)
    assert set().union(*ALLOWED.values()) == set(Action)
    assert ALLOWED[Role.AUDITOR] <= {Action.SCRIPT_READ, Action.PROGRAMME_READ, Action.LISTEN, Action.LOG_READ, Action.AUDIT_READ}
