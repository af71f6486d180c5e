"""Tài khoản của tôi trên trang: bật mã điện thoại rồi đăng nhập bằng nó, đăng xuất máy khác, đổi đài; sổ kể mọi việc."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from broadcaster import web
from broadcaster.accounts import totp
from broadcaster.accounts.enums import Role
from broadcaster.accounts.passwords import hash_password
from broadcaster.accounts.people import share
from broadcaster.accounts.stations import change_led_settings
from broadcaster.accounts.tables import AuditEntry, User
from broadcaster.accounts.throttle import CODE, PAIR
from broadcaster.web.app import create_app
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.support.served import served
from tests.web.conftest import Enter, StillPlayout

PASSWORD = "chuồn chuồn bay thấp"


@pytest.fixture
def with_password(scene: Scene) -> None:
    hashed = hash_password(PASSWORD)
    with scene.database.writing() as session:
        session.get_one(User, scene.leader.user_id).password_hash = hashed


def code(scene: Scene, secret: str) -> str:
    return totp.code_at(secret, int(scene.clock.now().timestamp()) // 30)


def book(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_leader_switches_on_the_phone_code_and_needs_it_from_then(enter: Enter, scene: Scene, with_password: None) -> None:
    browser = enter(scene.leader)
    page = browser.get("/tai-khoan").text
    assert "<svg" in page
    found = re.search(r'name="khoa_moi" value="([A-Z2-7]{32})"', page)
    assert found is not None
    wrong = browser.post("/tai-khoan/ma/bat", data={"khoa_moi": found[1], "ma": "000000", "mat_khau": PASSWORD})
    assert (wrong.status_code, f'value="{found[1]}"' in wrong.text) == (422, True), "khoá vừa quét còn nguyên"
    good = {"khoa_moi": found[1], "ma": code(scene, found[1])}
    stolen = browser.post("/tai-khoan/ma/bat", data={**good, "mat_khau": "không biết"})
    assert (stolen.status_code, "Mật khẩu hiện tại chưa đúng" in stolen.text) == (422, True), "cầm phiên chưa đủ để bật"
    assert browser.post("/tai-khoan/ma/bat", data={**good, "mat_khau": PASSWORD}).status_code == 303
    assert found[1] not in browser.get("/tai-khoan").text, "khoá không bao giờ hiện lại"
    scene.clock.advance(60)
    form = {"ten": "trang", "mat_khau": PASSWORD}
    missing = enter(None).post("/dang-nhap", data=form)
    assert (missing.status_code, "mã sáu số" in missing.text) == (401, True)
    right = enter(None).post("/dang-nhap", data={**form, "ma": code(scene, found[1])})
    assert right.status_code == 303
    again = enter(None).post("/dang-nhap", data={**form, "ma": code(scene, found[1])})
    assert again.status_code == 401, "một mã vào được một lần"
    assert enter(scene.admin).post(f"/nguoi-dung/{scene.leader.user_id}/ma/bo").status_code == 303
    assert enter(None).post("/dang-nhap", data=form).status_code == 303
    done = [one for one in book(scene) if "code" in one or "sign_in_failed" in one]
    assert done == ["code_switched_on", "sign_in_failed", "sign_in_failed", "code_dropped"]


def test_an_urgent_order_asks_the_code_where_the_station_says_so(enter: Enter, scene: Scene, services: Services) -> None:
    playout = services.playout
    assert isinstance(playout, StillPlayout)
    secret, order = (
        totp.new_secret(),
        {"kieu": "loi", "noi": "tat_ca", "noi_dung": "Cháy ở chợ.", "cap": "3", "nhac": "0", "key": "k"},
    )
    with scene.database.writing() as session:
        wanted = {"urgent_code": True}
        change_led_settings(session, scene.leader, wanted, document="25/QĐ-UBND", now=scene.clock.now())
        session.get_one(User, scene.leader.user_id).totp_secret = secret
    operator, leader = enter(scene.operator), enter(scene.leader)
    assert "Hãy bật mã" in operator.post("/khan-cap", data=order).text
    assert 'name="ma"' in leader.post("/khan-cap/xem", data=order).text
    wrong = leader.post("/khan-cap", data={**order, "ma": "000000"})
    assert (wrong.status_code, "Chưa có gì được phát" in wrong.text, playout.orders) == (422, True, {})
    assert leader.post("/khan-cap", data={**order, "ma": code(scene, secret)}).status_code == 303
    assert len(playout.orders) == 1


def test_the_urgent_code_cannot_be_guessed_and_a_thief_does_not_lock_the_owner_out(
    enter: Enter, scene: Scene, services: Services
) -> None:
    playout, secret = services.playout, totp.new_secret()
    assert isinstance(playout, StillPlayout)
    order = {"kieu": "loi", "noi": "tat_ca", "noi_dung": "Cháy ở chợ.", "cap": "3", "nhac": "0", "key": "k"}
    with scene.database.writing() as session:
        change_led_settings(session, scene.leader, {"urgent_code": True}, document="25/QĐ-UBND", now=scene.clock.now())
        session.get_one(User, scene.leader.user_id).totp_secret = secret
    owner, thief = enter(scene.leader), enter(scene.leader)
    wrong = [f"{(int(code(scene, secret)) + n) % 10**6:06}" for n in range(1, 9)]
    answers = [thief.post("/khan-cap", data={**order, "ma": one}).status_code for one in wrong]
    assert answers == [422] * CODE.free + [429] * (8 - CODE.free)
    right = {**order, "ma": code(scene, secret)}
    refused = thief.post("/khan-cap", data=right)
    assert (refused.status_code, "Chưa có gì được phát" in refused.text, playout.orders) == (429, True, {})
    assert thief.post("/tai-khoan/ma/tat", data={"ma": code(scene, secret)}).status_code == 429, "tắt mã cũng là đoán mã"
    assert owner.post("/khan-cap", data=right).status_code == 303, "chủ ở phiên của mình không phải đợi ai"
    for _ in range(20):
        assert owner.post("/khan-cap", data=order).status_code == 422, "quên gõ mã không phải là đoán"
    scene.clock.advance(31)
    assert thief.post("/khan-cap", data={**order, "ma": wrong[0]}).status_code == 422, "hết hạn đợi thì thử được một lần"
    scene.clock.advance(31)
    assert thief.post("/khan-cap", data={**order, "ma": wrong[1]}).status_code == 429, "lần sau đợi lâu gấp đôi"


def test_other_machines_are_seen_and_sent_away(enter: Enter, scene: Scene) -> None:
    here, there = enter(scene.writer), enter(scene.writer)
    page = here.get("/tai-khoan").text
    assert page.count("máy này") == 1
    [other] = re.findall(r"/tai-khoan/phien/(\d+)/het", page)
    assert enter(scene.operator).post(f"/tai-khoan/phien/{other}/het").status_code == 404
    assert here.post(f"/tai-khoan/phien/{other}/het").status_code == 303
    assert there.get("/tai-khoan").headers["location"].startswith("/dang-nhap")
    assert here.post("/tai-khoan/phien-khac/het").status_code == 303


def test_a_person_of_two_stations_switches_on_the_page(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        share(session, scene.stranger, "hung", job_title="Vận hành", roles={Role.OPERATOR}, now=scene.clock.now())
    browser = enter(scene.operator)
    page = browser.get("/tai-khoan").text
    [other] = re.findall(r"/tai-khoan/dai/(\d+)", page)
    assert browser.post(f"/tai-khoan/dai/{other}").status_code == 303
    assert "Đài Truyền thanh phường Bạch Sam" in browser.get("/dai").text
    assert browser.get(f"/dai/loa/duong-ra/{scene.output_ids[0]}").status_code in (404, 405)
    assert browser.post(f"/dai/tdp/{scene.zone_ids[0]}/thoi").status_code == 404, "đài cũ không còn với tới"
    people = enter(scene.stranger).get("/nguoi-dung").text
    assert "của đài khác" in people
    assert f"/nguoi-dung/{scene.operator.user_id}/mat-khau" not in people
    assert enter(scene.stranger).post(f"/nguoi-dung/{scene.operator.user_id}/mat-khau").status_code == 403


def test_the_book_tells_who_came_in_took_files_and_changed_his_password(enter: Enter, scene: Scene, with_password: None) -> None:
    browser = enter(None)
    browser.post("/dang-nhap", data={"ten": "trang", "mat_khau": "sai hoàn toàn"})
    browser.post("/dang-nhap", data={"ten": "trang", "mat_khau": PASSWORD})
    browser.get("/tu-dien/xuat.csv")
    browser.get("/nhat-ky/xuat.csv", params={"tu": "2026-03-01", "den": "2026-03-02"})
    browser.post("/doi-mat-khau", data={"cu": PASSWORD, "moi": "bún chả xe đạp nón lá", "lai": "bún chả xe đạp nón lá"})
    browser.post("/dang-xuat")
    assert [one for one in book(scene) if one != "setting_changed"] == [
        "sign_in_failed",
        "signed_in",
        "exported",
        "exported",
        "password_changed",
        "signed_out",
    ]
    page = enter(scene.auditor).get("/kiem-tra").text
    assert "Đăng nhập sai" in page
    assert "<code>trang</code>" in page, "mỗi dòng mang tên đăng nhập, không chỉ họ tên"


def test_every_live_path_of_the_pages_carries_the_station(enter: Enter, scene: Scene, services: Services) -> None:
    """Một lời gọi thẳng ``playout.…`` là một nút của đài này chạm loa của đài khác; chỉ câu hỏi sức khoẻ máy là của máy."""
    folder = Path(str(web.__file__)).parent
    direct = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"\bplayout\.(?!of\()\w+\(", path.read_text("utf-8"))
    }
    assert direct == {"api/routes/health.py", "routes/speakers.py"}, "speakers giữ cửa đã gắn đài trong một biến"
    playout = services.playout
    assert isinstance(playout, StillPlayout)
    stranger = enter(scene.stranger)
    stranger.post("/im-lang", data={"duong_ra": "", "bat": "1"})
    stranger.get("/truc-tiep")
    stranger.get("/khan-cap")
    assert set(playout.stations) == {"bach-sam"}


def test_forty_codes_guessed_at_once_with_the_right_password_are_counted_before_any_is_compared(
    enter: Enter, scene: Scene, services: Services, with_password: None
) -> None:
    secret = totp.new_secret()
    with scene.database.writing() as session:
        session.get_one(User, scene.leader.user_id).totp_secret = secret
    right = code(scene, secret)
    wrong = [f"{number:06}" for number in range(40) if f"{number:06}" != right]
    with served(create_app(services)) as address, ThreadPoolExecutor(40) as thieves:

        def guess(number: str) -> int:
            form = {"ten": "trang", "mat_khau": PASSWORD, "ma": number}
            return httpx.post(f"{address}/dang-nhap", data=form, headers={"Origin": address}, timeout=300).status_code

        answers = sorted(thieves.map(guess, wrong))
    assert set(answers) == {401, 429}
    assert answers.count(401) <= PAIR.free
