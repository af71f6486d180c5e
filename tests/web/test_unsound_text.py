"""NUL và nửa ký tự từ bên ngoài: một cửa, mọi biểu mẫu, mọi đường dẫn, mọi trường JSON đều nhận 422 bằng tiếng Việt."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import Membership, User
from broadcaster.accounts.tokens import create_token, new_token
from broadcaster.cli import main
from broadcaster.web.api.app import PREFIX
from broadcaster.web.forms import posted
from broadcaster.web.routes import ROUTERS
from tests.conftest import database  # noqa: F401  mỗi cơ sở dữ liệu từ chối một kiểu: chạy trên cả hai
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter, forgiving
from tests.web.every_route import every_page
from tests.web.test_scripts import FORM

BROKEN = ("a\0b", "a\ud800b", "\udfff")
TOLD = "ký tự hỏng"


@pytest.fixture
def browser(enter: Enter, scene: Scene) -> TestClient:
    """Người có mọi vai, ở đài có sẵn bản tin và khung giờ; lỗi chưa lường thành trang 500 như thật."""
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.script(session, scene, "Tin 1")
        mine = Membership.user_id == scene.operator.user_id
        session.execute(update(Membership).where(mine).values(roles=frozenset(Role)))
        session.get_one(User, scene.operator.user_id).must_change_password = False
    return forgiving(enter(replace(scene.operator, roles=frozenset(Role))))


def test_every_form_tells_of_broken_characters_and_gives_the_rest_back(browser: TestClient) -> None:
    taking = [route.path for router in ROUTERS for route in router.routes if takes_form(route)]
    assert len(taking) > 50
    for path in taking:
        answer = browser.post(re.sub(r"\{.*?\}", "1", path), data={"chu": "a\0b"})
        assert (answer.status_code, TOLD in answer.text) == (422, True), path
    answer = browser.post("/ban-tin/moi", data={**FORM, "noi_dung": FORM["noi_dung"] + "\0", "viec": "luu"})
    assert (answer.status_code, FORM["noi_dung"] in answer.text, "Gửi lại" in answer.text) == (422, True, True)
    assert browser.post("/ban-tin/moi", data={**FORM, "viec": "luu"}).status_code == 303


def takes_form(route: BaseRoute) -> bool:
    return isinstance(route, APIRoute) and any(one.call is posted for one in route.dependant.dependencies)


def test_no_path_and_no_query_carries_them(browser: TestClient) -> None:
    for place in every_page():
        if "{" in place.path:
            assert browser.request(place.method, place.at("%00")).status_code in (404, 422), place
        for name in place.queries:
            answer = browser.request(place.method, place.at("1"), params={name: "a\0b"})
            assert (answer.status_code, TOLD in answer.text) == (422, True), place


@pytest.mark.parametrize("charset", ["unicode_escape", "punycode", "undefined", "utf-16"])
def test_a_form_in_a_strange_charset_is_refused(browser: TestClient, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="tieu_de"\r\n\r\n\\ud800\r\n--x--\r\n'
    kind = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    answer = browser.post("/ban-tin/tai-len", content=body, headers=kind)
    assert (answer.status_code, "UTF-8" in answer.text) == (422, True)


def test_a_file_with_a_broken_name_is_told(browser: TestClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="tep"; filename="a\0.txt"\r\n\r\nxin\r\n--x--\r\n'
    answer = browser.post("/ban-tin/tai-len", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (400, 422), answer.text


def test_every_text_of_the_api_is_asked_at_one_door(browser: TestClient, scene: Scene) -> None:
    token, asked = new_token(), 0
    with scene.database.writing() as session:
        create_token(session, scene.admin, "hung", token, name="thử", days=1, now=scene.clock.now())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    document = browser.get(f"{PREFIX}/openapi.json").json()
    for path, methods in document["paths"].items():
        url = PREFIX + "/".join("1" * 8 if part == "{key}" else "1" if part.startswith("{") else part for part in path.split("/"))
        for method, deed in methods.items():
            schema = deed.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = document["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {})
            for body in (broken for name in fields for broken in with_broken(name)):
                answer = browser.request(method, url, content=json.dumps(body), headers=headers)
                assert answer.status_code == 422, (method, url, body, answer.text)
                assert TOLD in str(answer.json()["problems"]), answer.text
                asked += 1
    assert asked > 60


def with_broken(name: str) -> list[dict[str, Any]]:
    """Ký tự hỏng ở giá trị, trong danh sách, trong tên trường con."""
    return [{name: value} for value in BROKEN] + [{name: [BROKEN[1]]}, {name: {BROKEN[1]: "x"}}, {name: {"x": BROKEN[0]}}]


def test_a_reason_with_half_a_character_is_refused_and_nothing_changes(browser: TestClient, scene: Scene) -> None:
    token = new_token()
    with scene.database.writing() as session:
        create_token(session, scene.admin, "trang", token, name="thử", days=1, now=scene.clock.now())
    for reason in BROKEN:
        answer = browser.post(
            f"{PREFIX}/revisions/1/return",
            content=json.dumps({"note": f"Thiếu số liệu {reason}"}),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        assert (answer.status_code, TOLD in answer.text) == (422, True)


def test_the_terminal_refuses_them_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["user", "add", "lan\udcff"])
    assert end.value.code == 8
    assert TOLD in capsys.readouterr().err
