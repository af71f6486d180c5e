"""Ba nghìn bản tin, hai mươi cụm loa: trang nào cũng mở được, nhẹ, và không dài quá tầm cuộn của ngón tay."""

from __future__ import annotations

import gzip
import random
import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from broadcaster.accounts.enums import Role
from broadcaster.newsroom.enums import RevisionState
from broadcaster.traffic.tables import Programme
from tests.support.scene import Scene
from tests.support.stock_room import lay_clusters, lay_many
from tests.support.windows import Desk
from tests.web.conftest import Enter
from tests.web.furnished import furnish
from tests.web.test_every_page import pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
WORDS = "họp tổ dân phố lịch tiêm chủng thu gom rác thải cải cách hành chính khám sức khoẻ người cao tuổi phòng cháy".split()
STATES = (RevisionState.APPROVED, RevisionState.SUBMITTED, RevisionState.RETURNED, RevisionState.DRAFT, RevisionState.EXPIRED)
COUNT = 3_000
OF_OTHERS = (("leader", "/"), ("leader", "/duyet"), ("leader", "/duyet/4"), ("admin", "/kiem-tra"), ("admin", "/nguoi-dung"))
"""Trang mà người vận hành không mở được, hay người khác thấy khác hẳn."""
MOST_KB, MOST_PX = 60, 8_000
"""Trang gửi đi (nén) nặng nhất; trang dài nhất ở 390 px: chừng mười màn hình."""


@pytest.fixture
def house(scene: Scene, enter: Enter) -> Scene:
    """Đài đã bày, thêm một kho lớn: nửa đã duyệt, còn lại đủ trạng thái."""
    furnish(scene, enter)
    choose = random.Random(7)
    with scene.database.writing() as session:
        titles = [(f"{' '.join(choose.choices(WORDS, k=12)).capitalize()} số {number}") for number in range(COUNT)]
        states = [STATES[0] if number % 2 else STATES[number // 2 % 5] for number in range(COUNT)]
        lay_many(session, 1, [*zip(titles, states, strict=True)])
        lay_clusters(session, scene, 20)
    return scene


def height(page: Page, path: str) -> int:
    page.goto(path)
    found: int = page.evaluate("() => document.documentElement.scrollHeight")
    return found


def test_every_page_stays_light_and_short(desk: Desk, enter: Enter, house: Scene) -> None:
    people = ("operator", "leader", "admin")
    clients = {who: enter(getattr(house, who)) for who in people}
    window = desk.window(None, width=390, service_workers="block")
    page, sitting = window.new_page(), ""
    found, seen = list[str](), 0
    for who, path in (*pages(enter, house, ("operator",), ("1",)), *OF_OTHERS):
        seen += 1
        kb = len(gzip.compress(clients[who].get(path).content, 5)) / 1000
        if who != sitting:
            desk.become(window, getattr(house, who))
            sitting = who
        long = height(page, path)
        if kb > MOST_KB or long > MOST_PX:
            found.append(f"{who} {path}: {kb:.1f} kB, {long} px ở 390")
    assert not found, "\n".join(found)
    assert seen > 40


def test_a_bulletin_is_found_among_thousands_and_placed(desk: Desk, house: Scene) -> None:
    with house.database.reading() as session:
        programme = session.scalars(select(Programme.id).order_by(Programme.starts_at)).first()
    for script in (True, False):
        page = desk.open(house.operator, f"/chuong-trinh/{programme}", width=390, script=script)
        choice = page.locator("#script option")
        expect(choice).to_have_count(40)
        assert "2999" not in " ".join(choice.all_text_contents()), "bản cần tìm không nằm sẵn ở đầu danh sách"
        page.get_by_label("Tìm bản tin để thêm").fill(f"so {2999 if script else 2997}")
        if not script:
            page.locator("#tim-them").get_by_role("button", name="Tìm").click()
        expect(choice).to_have_count(1)
        page.locator("#them-vao").get_by_role("button", name="Thêm").click()
        expect(page.locator("main .said").first).to_contain_text("Đã thêm bản tin vào buổi")
        expect(page.locator("ol.order")).to_contain_text(re.compile("số 299[79]"))


def test_the_inbox_is_narrowed_as_the_list_is(enter: Enter, house: Scene) -> None:
    leader = enter(replace(house.leader, roles=frozenset({Role.APPROVER})))
    whole = leader.get("/duyet").text
    total = re.search(r"(\d+) bản chờ duyệt, trang 1 trên", whole)
    assert total is not None
    assert int(total[1]) > 290
    nobody = leader.get("/duyet", params={"nguoi": house.clerk.user_id}).text
    assert "Không có bản chờ duyệt nào khớp" in nobody
    assert f'<option value="{house.clerk.user_id}" selected>' in nobody
    by_state = leader.get("/duyet", params={"trang_thai": "returned"}).text
    assert re.search(r"\d+ bản bị trả lại khớp", by_state)
    for name, value in (
        ("chuyen_muc", house.column_id),
        ("noi_dung_kh", house.topic_ids[0]),
        ("tu", "03/03/2026"),
        ("xep", "title"),
    ):
        assert leader.get("/duyet", params={name: str(value)}).status_code == 200
    assert "Không có bản chờ duyệt nào khớp" in leader.get("/duyet", params={"tu": "03/03/2026"}).text
    nasty = "\"'><script>alert(1)</script>"
    assert "<script>alert" not in leader.get("/duyet", params={"tim": nasty, "nguoi": nasty, "tu": nasty}).text
