"""Một biểu mẫu, một lần: bấm ba lần trong nửa giây, Enter rồi bấm, Quay lại rồi gửi đều ra một việc và cùng một trang."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import func, select, update

from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import Membership
from broadcaster.newsroom.reading_aloud import Manner
from broadcaster.newsroom.submitting import ReadText
from broadcaster.newsroom.tables import Script
from broadcaster.web.app import create_app
from broadcaster.web.services import Services
from tests.conftest import BOTH
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter
from tests.web.every_route import every_page
from tests.web.live import listening
from tests.web.test_scripts import FORM


def scripts(scene: Scene) -> int:
    with scene.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Script)) or 0


def key_of(page: str) -> dict[str, str]:
    found = re.search(r'name="khoa_gui" value="(\w{32})"', page)
    assert found is not None
    return {"khoa_gui": found[1]}


def test_every_form_that_sends_carries_its_key(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.script(session, scene, "Tin 1")
        mine = Membership.user_id == scene.operator.user_id
        session.execute(update(Membership).where(mine).values(roles=frozenset(Role)))
    browser, seen = enter(replace(scene.operator, roles=frozenset(Role))), 0
    for place in every_page():
        if place.method == "GET" and not place.path.startswith("/nghe/"):
            page = browser.get(place.at("1")).text
            forms = re.findall(r'<form\b[^>]*method="post"[^>]*>(.{0,40})', page)
            seen += len(forms)
            assert all(form.startswith('<input type="hidden" name="khoa_gui"') for form in forms), place
    assert seen > 60


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize("action", ["gui", "luu"])
def test_three_presses_at_once_make_one_bulletin(services: Services, scene: Scene, enter: Enter, action: str) -> None:
    reading = threading.Event()

    def slow(text: str, manner: Manner) -> ReadText:
        reading.wait(0.3)
        return services.reader(text, manner)

    with listening(create_app(replace(services, reader=slow))) as port, ThreadPoolExecutor(3) as clicks:
        address, cookies = f"http://127.0.0.1:{port}", {"phien": enter(scene.writer).cookies["phien"]}
        headers = {"Sec-Fetch-Site": "same-origin"}
        form = {**FORM, "viec": action, **key_of(httpx.get(f"{address}/ban-tin/moi", cookies=cookies, timeout=60).text)}
        ask = [
            clicks.submit(httpx.post, f"{address}/ban-tin/moi", data=form, cookies=cookies, headers=headers, timeout=60)
            for _ in range(3)
        ]
        answers = [one.result() for one in ask]
    assert [one.status_code for one in answers] == [303] * 3
    assert len({one.headers["location"] for one in answers}) == 1, "lần sau thấy kết quả của lần đầu"
    assert scripts(scene) == 1


def test_back_and_send_again_shows_the_first_bulletin(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    sent = [
        browser.post("/ban-tin/moi", data={**FORM, "viec": "gui", **key_of(browser.get("/ban-tin/moi").text)}) for _ in range(2)
    ]
    assert (len({one.headers["location"] for one in sent}), scripts(scene)) == (1, 1)
    changed = {**FORM, "tieu_de": "Tin khác", "viec": "gui", **key_of(browser.get("/ban-tin/moi").text)}
    assert browser.post("/ban-tin/moi", data=changed).status_code == 303
    other = enter(scene.operator)
    assert other.post("/ban-tin/moi", data=changed).status_code in (303, 403)
    assert scripts(scene) >= 2, "chữ khác, người khác là việc khác"


def test_an_upload_pressed_twice_is_one_draft(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    for _ in range(2):
        file = {"tep": ("tin.txt", "Thông báo cắt điện\n\nNgày 5/3 cắt điện từ 7 giờ.".encode())}
        answer = browser.post("/ban-tin/tai-len", data=key_of(browser.get("/ban-tin/moi").text), files=file)
        assert answer.status_code in (200, 303), answer.text[:500]
    assert scripts(scene) <= 1


def test_a_refused_press_can_be_mended_and_sent_with_the_same_key(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    key = key_of(browser.get("/ban-tin/moi").text)
    assert browser.post("/ban-tin/moi", data={**FORM, "tieu_de": "", "viec": "luu", **key}).status_code == 422
    assert browser.post("/ban-tin/moi", data={**FORM, "viec": "luu", **key}).status_code == 303


def test_the_red_buttons_are_never_answered_from_memory(enter: Enter, scene: Scene, services: Services) -> None:
    browser = enter(scene.operator)
    key = key_of(browser.get("/truc-tiep").text)
    for _ in range(2):
        assert browser.post("/im-lang", data={"bat": "1", "duong_ra": "", **key}).status_code == 303
    assert services.playout.silenced == [(None, True)] * 2  # type: ignore[attr-defined]


def test_a_key_opens_nothing_after_the_session_or_for_another(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    form = {**FORM, "viec": "luu", **key_of(browser.get("/ban-tin/moi").text)}
    assert browser.post("/ban-tin/moi", data=form).status_code == 303
    browser.post("/dang-xuat")
    assert browser.post("/ban-tin/moi", data=form).status_code == 401
    assert enter(scene.clerk).post("/ban-tin/moi", data=form).status_code in (303, 403)
