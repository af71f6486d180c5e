"""Thứ tự phát trong trình duyệt thật: chuột, ngón tay, bàn phím, hoàn tác, và điều đang vang tự hiện mà không tải lại."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from broadcaster.database import Database
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.tables import Programme
from tests.support.chromium import WIDTHS, drag_by_touch, faults
from tests.support.scene import Scene, lay_scene
from tests.support.windows import Desk
from tests.traffic import build
from tests.web.test_programmes import settle

pytestmark = pytest.mark.browser
TITLES = ["Tin một", "Tin hai", "Tin ba"]


@pytest.fixture
def scene(sqlite: Database, clock: object) -> Scene:
    scene = lay_scene(sqlite, clock)  # type: ignore[arg-type]
    with sqlite.writing() as session:
        build.slot(session, scene, weekdays="1")
        for title in TITLES:
            build.script(session, scene, title)
    settle(scene)
    return scene


@pytest.fixture
def page(desk: Desk, scene: Scene) -> Page:
    """Trang của buổi, người vận hành đã đăng nhập."""
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme.id)).one()
    return desk.open(scene.operator, f"/chuong-trinh/{programme}", width=390, has_touch=True, locale="en-US")


def shown(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("ol.order li", "rows => rows.map((row) => row.dataset.ten)")
    return [title for title in found if title in TITLES]


def stored(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        items = session.scalars(select(Programme)).one().items
        return [item.revision.title for item in items if item.revision]


def expect_order(page: Page, scene: Scene, wanted: list[str]) -> None:
    page.wait_for_function(
        "want => JSON.stringify([...document.querySelectorAll('ol.order li')].map((row) => row.dataset.ten)"
        ".filter((one) => want.includes(one))) === JSON.stringify(want)",
        arg=wanted,
    )
    assert stored(scene) == wanted


def test_a_row_is_dragged_and_the_move_taken_back_without_losing_the_place(page: Page, scene: Scene) -> None:
    first, second, third = shown(page)
    grip = page.locator("li", has_text=third).locator(".handle")
    grip.scroll_into_view_if_needed()
    start, target = grip.bounding_box(), page.locator("ol.order li", has_text=first).bounding_box()
    assert start is not None
    assert target is not None
    where = page.evaluate("scrollY")
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, target["y"] + target["height"] - 3, steps=6)
    page.mouse.move(start["x"] + 5, target["y"] + 3, steps=4)
    page.mouse.up()
    expect(page.locator("#vua-doi")).to_contain_text(third)
    expect_order(page, scene, [third, first, second])
    assert abs(page.evaluate("scrollY") - where) < 200, "trang không nhảy lên đầu"
    page.locator("#vua-doi button").click()
    expect(page.locator("#vua-doi")).to_have_count(0)
    expect(page.locator("#noi")).to_contain_text("chỗ cũ")
    expect_order(page, scene, [first, second, third])


def test_a_finger_drags_a_row_and_the_page_does_not_scroll_away(page: Page, scene: Scene) -> None:
    first, second, third = shown(page)
    grip = page.locator("li", has_text=third).locator(".handle")
    grip.scroll_into_view_if_needed()
    start, target = grip.bounding_box(), page.locator("ol.order li", has_text=first).bounding_box()
    assert start is not None
    assert target is not None
    where = page.evaluate("scrollY")
    drag_by_touch(page, (start["x"] + 8, start["y"] + 8), (start["x"] + 8, target["y"] + 4))
    expect(page.locator("#vua-doi")).to_contain_text(third)
    expect_order(page, scene, [third, first, second])
    assert abs(page.evaluate("scrollY") - where) < 200, "ngón tay kéo mục, không kéo trang"


def test_the_keyboard_lifts_moves_drops_and_is_spoken(page: Page, scene: Scene) -> None:
    first, second, third = shown(page)
    page.locator("li", has_text=first).locator(".handle").focus()
    page.keyboard.press(" ")
    expect(page.locator("#noi")).to_contain_text(f"Đã nhấc “{first}”, vị trí 4")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#noi")).to_have_text("vị trí 5 trên 9")
    page.keyboard.press("Escape")
    expect(page.locator("#noi")).to_contain_text("nguyên chỗ cũ")
    assert shown(page) == [first, second, third]
    for key in (" ", "ArrowDown", "ArrowDown", " "):
        page.keyboard.press(key)
    expect(page.locator("#vua-doi")).to_contain_text(first)
    expect_order(page, scene, [second, third, first])
    assert page.evaluate("document.activeElement.closest('li').dataset.ten") == first, "bàn phím vẫn đứng ở mục vừa dời"


def test_what_sounds_now_appears_by_itself_and_an_open_menu_stays(page: Page, scene: Scene) -> None:
    page.locator("li", has_text=TITLES[0]).locator("summary").click()
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme)).one()
        programme.state, programme.items[0].state = ProgrammeState.AIRING, ItemState.ON_AIR
    expect(page.locator("li[aria-current]")).to_have_count(1, timeout=15_000)
    assert page.locator("li", has_text=TITLES[0]).get_by_role("button", name="Lên đầu").is_visible()
    assert [fault for width in WIDTHS for fault in faults(page, width)] == []
