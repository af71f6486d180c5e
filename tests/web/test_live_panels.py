"""Phần sống trong trình duyệt thật: đổi chữ tại chỗ, không bao giờ đổi nút dưới ngón tay; từ mẫu tới loa nhiều nhất bốn chạm."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from broadcaster.database import Database
from broadcaster.playout.enums import UrgentState
from broadcaster.studio import templates
from broadcaster.web.services import Services
from tests.support.chromium import WIDTHS, faults
from tests.support.scene import Scene, lay_scene
from tests.support.windows import Desk
from tests.web.conftest import StillPlayout

pytestmark = pytest.mark.browser
PRESSES = 30


@pytest.fixture
def scene(sqlite: Database, clock: object) -> Scene:
    scene = lay_scene(sqlite, clock)  # type: ignore[arg-type]
    with sqlite.writing() as session:
        templates.install_defaults(session, scene.station_id, approved_by="mẫu", now=scene.clock.now())
    return scene


@pytest.fixture
def port(services: Services) -> StillPlayout:
    assert isinstance(services.playout, StillPlayout)
    return services.playout


@pytest.fixture
def page(desk: Desk, scene: Scene) -> Page:
    """Trang của người trực, đã đăng nhập, rộng như điện thoại."""
    return _on_the_phone(desk.window(scene.operator, width=390, has_touch=True))


@pytest.fixture
def timed(desk: Desk, scene: Scene) -> Page:
    """Như ``page``, đồng hồ của trang do phép thử quay."""
    opened = _on_the_phone(desk.window(scene.operator, width=390, has_touch=True, own=True))
    opened.clock.install()
    return opened


def _on_the_phone(window: BrowserContext) -> Page:
    opened = window.new_page()
    opened.on("dialog", lambda dialog: dialog.accept())
    return opened


def _order(page: Page, text: str) -> None:
    page.goto("/khan-cap")
    page.get_by_label("Lời cần phát").fill(text)
    page.locator("form.card button.urgent").click()
    page.get_by_role("button", name="Phát ngay").click()


def test_no_press_of_stop_is_lost_while_the_panel_renews_itself(timed: Page, port: StillPlayout) -> None:
    """Mỗi lần: ngón tay hạ xuống, phần sống được làm mới (giờ đã nghe, lệnh khác xong), rồi ngón tay mới nhấc lên."""
    _order(timed, "Bão đang tới. Bà con ở nhà.")
    (key,) = port.orders
    stop = timed.locator(f"#lenh-{key} button", has_text="Dừng tin này")
    for press in range(PRESSES):
        box = stop.bounding_box()
        assert box is not None
        timed.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        timed.mouse.down()
        port.heard_ms += 1000
        timed.clock.run_for(1100)
        timed.wait_for_timeout(20)
        with timed.expect_navigation():
            timed.mouse.up()
        assert len(port.deeds) == press + 1, f"lần bấm thứ {press + 1} bị mất"


def test_the_panel_changes_its_text_and_keeps_its_buttons(timed: Page, port: StillPlayout) -> None:
    _order(timed, "Bão đang tới. Bà con ở nhà.")
    (key,) = port.orders
    button = timed.locator(f"#lenh-{key} button").element_handle()
    assert button is not None
    for seconds in (7, 8, 9):
        port.heard_ms = seconds * 1000
        with timed.expect_response("**/khan-cap/trang-thai"):
            timed.clock.run_for(1100)
        expect(timed.locator(f"#lenh-{key}")).to_contain_text(f"0:0{seconds} / 1:00")
        assert button.evaluate("one => one.isConnected"), "nút vẫn là nút ấy"
    port.muted = {1, 2}
    with timed.expect_response("**/khan-cap/trang-thai"):
        timed.clock.run_for(1100)
    timed.wait_for_selector(f"#khong-toi-{key}")
    assert button.evaluate("one => one.isConnected && one.innerText") == "Dừng tin này"
    port.states[key] = UrgentState.STOPPED
    with timed.expect_response("**/khan-cap/trang-thai"):
        timed.clock.run_for(1100)
    expect(timed.locator(f"#lenh-{key} button")).to_have_count(0)


def test_the_band_renews_itself_on_any_page(timed: Page, port: StillPlayout) -> None:
    timed.goto("/ban-tin")
    assert timed.locator(".band").count() == 0
    port.muted = {1}
    with timed.expect_response("**/bang"):
        timed.clock.run_for(3100)
    timed.wait_for_selector(".band.silenced")
    timed.get_by_role("button", name="Bỏ im lặng").click()
    assert port.silenced == [(None, False)]


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_an_emergency_fit_the_screen(page: Page, port: StillPlayout, width: int) -> None:
    port.muted = {1, 2}
    _order(page, "Bão đang tới. Bà con ở nhà.")
    for path in ("/khan-cap", "/", "/truc-tiep"):
        page.goto(path)
        assert faults(page, width) == []


def test_the_text_to_be_spoken_is_on_the_first_screen_of_a_phone(page: Page) -> None:
    page.goto("/khan-cap")
    page.get_by_label("Lời cần phát").fill("Bão đang tới. Bà con ở nhà.")
    page.locator("form.card button.urgent").click()
    box = page.locator(".said-aloud").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844 * 0.6


def test_from_a_template_to_the_air_is_at_most_four_touches(page: Page, port: StillPlayout) -> None:
    touches = 0

    def touch(name: str, *, exact: bool = True) -> None:
        nonlocal touches
        page.get_by_role("button", name=name, exact=exact).last.tap()
        touches += 1

    page.goto("/khan-cap")
    touch("Mẫu có sẵn")
    touch("Hết nguy hiểm")
    page.wait_for_selector("#o_0:focus")
    page.keyboard.type("cháy chợ")  # con trỏ đã ở ô đầu; phím Tiếp của bàn phím sang ô sau
    page.keyboard.press("Tab")
    page.keyboard.type("tổ 3")
    touch("Xem lại lệnh")
    touch("Phát ngay")
    page.wait_for_selector(".order")
    assert touches <= 4
    (order,) = port.orders.values()
    assert "cháy chợ tại tổ 3" in order.text
