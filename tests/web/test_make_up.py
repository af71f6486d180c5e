"""Phát bù từ đầu tới cuối: buổi lỡ hiện ở trang Hôm nay, một lần bấm đưa bản tin mất vào buổi kế tiếp còn chỗ."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from broadcaster.playout.entering import missed
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.tables import Item, Programme
from tests.support.chromium import WIDTHS, faults
from tests.support.scene import Scene
from tests.support.windows import Desk
from tests.web.conftest import Enter
from tests.web.test_programmes import programme, slot  # noqa: F401

BUTTON = re.compile(r'action="(/chuong-trinh/\d+/phat-bu)"')


@pytest.fixture
def lost(scene: Scene, enter: Enter, slot: dict[str, object]) -> Programme:  # noqa: F811
    """Buổi thứ Hai mất điện trọn vẹn; buổi thứ Ba còn chỗ vì bản tin chỉ đủ điều kiện thứ Hai đã hết lượt máy xếp."""
    programme(scene, enter(scene.operator), {**slot, "ngay": ["1", "2"]})
    with scene.database.reading() as session:
        found = session.scalars(select(Programme).order_by(Programme.starts_at)).first()
        assert found is not None
    scene.clock.advance((found.ends_at + timedelta(minutes=1) - scene.clock.now()).total_seconds())
    place, since = (scene.database, scene.station_id, scene.player_id), missed.Waiting()
    missed.settle(*place, now=scene.clock.now(), monotonic=scene.clock.monotonic(), since=since)
    scene.clock.advance(2)  # đợi máy phát kể nó đã vắng, rồi mới nói lỡ
    missed.settle(*place, now=scene.clock.now(), monotonic=scene.clock.monotonic(), since=since)
    return found


def test_one_press_puts_what_was_lost_into_the_next_programme_and_a_second_press_adds_nothing(
    scene: Scene, enter: Enter, lost: Programme
) -> None:
    browser = enter(scene.operator)
    page = browser.get("/").text
    button = BUTTON.search(page)
    assert button is not None, "cảnh báo buổi lỡ mời phát bù"
    assert button[1] == f"/chuong-trinh/{lost.id}/phat-bu"
    told = browser.post(button[1], follow_redirects=True).text
    assert "Phát bù: “Tin một” vào buổi “Buổi chiều”" in told
    assert "“Tin hai” vào buổi “Buổi chiều”" in told
    assert BUTTON.search(told) is None, "việc đã xong thì lời mời cũng hết"
    again = browser.post(button[1], follow_redirects=True)
    assert again.status_code in (200, 409)
    with scene.database.reading() as session:
        state = session.get_one(Programme, lost.id).state
        following = session.scalars(select(Programme).order_by(Programme.starts_at)).all()[1]
        titles = [item.revision.title for item in following.items if item.revision and item.state is not ItemState.DROPPED]
    assert state is ProgrammeState.MISSED
    assert sorted(titles) == ["Tin hai", "Tin một"], "mỗi bản tin đúng một lần"


def test_only_who_may_edit_the_run_order_is_offered_it(scene: Scene, enter: Enter, lost: Programme) -> None:
    assert BUTTON.search(enter(scene.auditor).get("/").text) is None
    assert enter(scene.auditor).post(f"/chuong-trinh/{lost.id}/phat-bu").status_code == 403
    assert enter(scene.stranger).post(f"/chuong-trinh/{lost.id}/phat-bu").status_code == 404
    with scene.database.reading() as session:
        assert session.scalars(select(Item.id).where(Item.repeat_of_id.is_not(None))).all() == []


def test_without_room_it_says_why_and_keeps_the_offer(scene: Scene, enter: Enter, lost: Programme) -> None:
    with scene.database.writing() as session:
        for following in session.scalars(select(Programme).where(Programme.id != lost.id)):
            following.state = ProgrammeState.CANCELLED
    answer = enter(scene.operator).post(f"/chuong-trinh/{lost.id}/phat-bu")
    assert answer.status_code == 409
    assert "Hãy thêm bằng tay ở trang Lịch phát." in answer.text
    assert BUTTON.search(enter(scene.operator).get("/").text) is not None


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.usefixtures("lost")
def test_the_offer_is_pressed_in_the_browser(desk: Desk, scene: Scene, width: int) -> None:
    page = desk.open(scene.operator, "/", width=width)
    assert faults(page, width) == []
    page.get_by_role("button", name="Phát bù").click()
    expect(page.get_by_text("“Tin một” vào buổi “Buổi chiều”")).to_be_visible()
    expect(page.get_by_role("button", name="Phát bù")).to_have_count(0)
    assert faults(page, width) == []
