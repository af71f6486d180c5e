"""Vỏ trang: đăng nhập, đổi mật khẩu, lớp chắn, lỗi thành trang, chữ đã gõ không mất."""

from __future__ import annotations

import re
import socket

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from jinja2 import Environment, nodes
from sqlalchemy import select

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.passwords import hash_password
from broadcaster.accounts.tables import Alert, AuditEntry, User
from broadcaster.config import WebSection
from broadcaster.web.main import listener, uvicorn_config
from broadcaster.web.pages import FOLDER
from broadcaster.web.routes import ROUTERS
from tests.support.scene import Scene
from tests.web.conftest import Enter

PUBLIC = {"/dang-nhap", "/suc-khoe", "/ngoai-tuyen.js", "/favicon.ico"}
BY_CODE = {"/xac-nhan/1", *(f"/cong-khai/1/{name}" for name in ("hom-nay", "hom-nay.json", "chuong-trinh.ics"))}
"""Liên kết một chạm, chương trình công khai: mã thay cho tài khoản, nên mã sai thì không tìm thấy chứ không mời đăng nhập."""
PASSWORD = "mật khẩu đủ dài"


def test_no_value_of_a_page_hides_behind_a_macro_of_the_shell() -> None:
    """Trang con thấy macro của vỏ trước giá trị cùng tên mà tuyến đưa vào: “<Macro …>” hiện ra thay cho con số."""
    trees = {
        path.name: Environment(autoescape=True).parse(path.read_text("utf-8")) for path in (FOLDER / "templates").glob("*.html")
    }
    macros = {one.name for one in trees["base.html"].find_all(nodes.Macro)}
    hidden = []
    for name, tree in trees.items():
        called = {id(call.node) for call in tree.find_all(nodes.Call)}
        hidden += [(name, one.name) for one in tree.find_all(nodes.Name) if one.name in macros and id(one) not in called]
    assert macros
    assert hidden == []


@pytest.fixture
def with_password(scene: Scene) -> None:
    hashed = hash_password(PASSWORD)
    with scene.database.writing() as session:
        user = session.get_one(User, scene.writer.user_id)
        user.password_hash, user.must_change_password = hashed, True


def routes() -> list[tuple[str, str]]:
    found = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return [(method, re.sub(r"\{.*?\}", "1", route.path)) for route in found for method in sorted(route.methods)]


def test_every_page_demands_sign_in(enter: Enter) -> None:
    guest = enter(None)
    for method, path in routes():
        answer = guest.request(method, path)
        if path in PUBLIC:
            assert answer.status_code in (200, 401), path
        elif path in BY_CODE:
            assert answer.status_code == 404, (method, path)
        elif method == "GET":
            assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/dang-nhap"), path
        else:
            assert answer.status_code == 401, path


def test_every_post_refuses_another_origin(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.admin)
    for method, path in routes():
        if method == "POST":
            assert browser.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403, path
    del browser.headers["Sec-Fetch-Site"]
    assert browser.post("/dang-xuat", headers={"Origin": "http://evil.example"}).status_code == 403
    assert browser.post("/dang-xuat").status_code == 403
    assert browser.post("/dang-xuat", headers={"Origin": "http://127.0.0.1:8000"}).status_code == 303


def test_first_sign_in_must_change_the_password(enter: Enter, with_password: None) -> None:
    browser = enter(None)
    answer = browser.post("/dang-nhap", data={"ten": " LAN ", "mat_khau": PASSWORD, "tiep": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert browser.get("/").headers["location"] == "/doi-mat-khau"
    wrong = browser.post("/doi-mat-khau", data={"cu": PASSWORD, "moi": "ngắn", "lai": "ngắn"})
    assert wrong.status_code == 422
    assert "ít nhất 10 ký tự" in wrong.text
    new = "mật khẩu mới hẳn"
    assert browser.post("/doi-mat-khau", data={"cu": PASSWORD, "moi": new, "lai": new}).status_code == 303
    assert browser.get("/").status_code == 200


def test_wrong_password_and_throttle(enter: Enter, with_password: None) -> None:
    browser = enter(None)
    answers = [browser.post("/dang-nhap", data={"ten": "lan", "mat_khau": "sai"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 'value="lan"' in answers[0].text
    assert "Còn" not in answers[1].text
    assert "Còn 1 lần" in answers[3].text
    assert "Hãy đợi 30 giây" in answers[-1].text


def test_the_old_password_cannot_be_guessed_by_who_holds_the_session(enter: Enter, with_password: None, scene: Scene) -> None:
    browser, form = enter(scene.writer), {"cu": "sai", "moi": "một mật khẩu mới", "lai": "một mật khẩu mới"}
    answers = [browser.post("/doi-mat-khau", data=form) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "Hãy đợi 30 giây" in answers[-1].text


def test_a_forwarded_address_is_believed_only_from_a_declared_proxy(enter: Enter, with_password: None) -> None:
    browser = enter(None)
    for number in range(6):
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        answer = browser.post("/dang-nhap", data={"ten": "lan", "mat_khau": "sai"}, headers=headers)
    assert answer.status_code == 429
    assert not uvicorn_config(WebSection(), FastAPI()).proxy_headers
    trusting = uvicorn_config(WebSection(proxies=("10.1.1.1",)), FastAPI())
    assert (trusting.proxy_headers, trusting.forwarded_allow_ips) == (True, ["10.1.1.1"])


def test_a_port_in_use_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", 0))
        mine.listen(1)
        port = mine.getsockname()[1]
        with pytest.raises(SystemExit):
            listener(WebSection(port=port))
    said = "".join(capsys.readouterr())
    assert f"127.0.0.1:{port}" in said
    assert "[web] port" in said


def test_typed_text_survives_an_expired_session(enter: Enter, with_password: None) -> None:
    browser = enter(None)
    expired = browser.post("/nguoi-dung", data={"ten": "moi", "ho_ten": "Chữ <b>đã gõ</b>", "mat_khau": "bí mật"})
    assert expired.status_code == 401
    assert 'name="giu_ho_ten" value="Chữ &lt;b&gt;đã gõ&lt;/b&gt;"' in expired.text
    assert "bí mật" not in expired.text
    again = browser.post(
        "/dang-nhap", data={"ten": "lan", "mat_khau": PASSWORD, "tiep": "/nguoi-dung", "giu_ho_ten": "Chữ đã gõ"}
    )
    assert 'name="ho_ten" value="Chữ đã gõ"' in again.text


def test_only_local_paths_after_sign_in(enter: Enter, with_password: None) -> None:
    for path in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = enter(None).post("/dang-nhap", data={"ten": "lan", "mat_khau": PASSWORD, "tiep": path})
        assert answer.headers["location"] == "/"


def test_headers_host_size_and_missing_page(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.admin)
    answer = browser.get("/")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert browser.get("/", headers={"Host": "evil.example"}).status_code == 421
    assert browser.post("/dang-nhap", content=b"x" * 9_000_000).status_code == 413
    missing = browser.get("/khong-co")
    assert missing.status_code == 404
    assert "Về trang Hôm nay" in missing.text


def test_people_page_adds_with_a_password_shown_once(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.admin)
    form = {"ten": "moi", "ho_ten": "Người Mới", "chuc_danh": "<script>alert(1)</script>", "vai_tro": ["clerk", "operator"]}
    answer = browser.post("/nguoi-dung", data=form)
    assert answer.status_code == 200
    assert re.search(r"<code>[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}</code>", answer.text)
    assert "<script>alert" not in answer.text
    again = browser.post("/nguoi-dung", data=form)
    assert again.status_code == 422
    assert "đã có người dùng" in again.text
    assert enter(scene.operator).get("/nguoi-dung").status_code == 403
    assert enter(scene.stranger).post(f"/nguoi-dung/{scene.writer.user_id}/mat-khau").status_code == 404


def test_a_name_is_mended_and_the_book_keeps_both(enter: Enter, scene: Scene) -> None:
    browser, path = enter(scene.admin), f"/nguoi-dung/{scene.writer.user_id}/vai-tro"
    name, title = f"ho_ten_{scene.writer.user_id}", f"chuc_danh_{scene.writer.user_id}"
    wrong = browser.post(path, data={name: "\u3164\u3164", title: "Công chức", "vai_tro": ["contributor"]})
    assert (wrong.status_code, "chữ cái đọc được" in wrong.text) == (422, True)
    assert browser.post(path, data={name: scene.leader.name.upper(), "vai_tro": ["contributor"]}).status_code == 422
    assert (
        browser.post(path, data={name: "Nguyễn Thị Lan Anh", title: "Công chức", "vai_tro": ["contributor"]}).status_code == 303
    )
    assert "Nguyễn Thị Lan Anh" in enter(scene.writer).get("/").text
    with scene.database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "roles_set")).one()
        assert (entry.detail["old"]["name"], entry.detail["new"]["name"]) == ("Nguyễn Thị Lan", "Nguyễn Thị Lan Anh")


def test_a_name_nobody_can_read_never_stands_under_an_order(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        session.get_one(User, scene.operator.user_id).full_name = "\u2800\u200b"
    assert "<span>hung</span></summary>" in enter(scene.operator).get("/").text


def test_only_those_who_answer_for_it_close_an_alert_and_the_book_says_who(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        raise_alert(session, scene.station_id, "disk", "Đĩa sắp đầy.", now=scene.clock.now())
        alert_id = session.scalars(select(Alert.id)).one()
    for actor in (scene.writer, scene.clerk, scene.auditor):
        assert enter(actor).post(f"/canh-bao/{alert_id}/dong").status_code == 403
        assert f"/canh-bao/{alert_id}/dong" not in enter(actor).get("/").text
    assert enter(scene.stranger).post(f"/canh-bao/{alert_id}/dong").status_code == 404
    assert enter(scene.operator).post(f"/canh-bao/{alert_id}/dong").status_code == 303
    with scene.database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "alert_closed")).one()
        assert (entry.user_id, entry.detail["message"]) == (scene.operator.user_id, "Đĩa sắp đầy.")


def test_home_greets_every_role(enter: Enter, scene: Scene) -> None:
    for actor in (scene.writer, scene.leader, scene.operator, scene.clerk, scene.auditor, scene.admin):
        assert "Thứ Hai, 02/03/2026" in enter(actor).get("/").text
