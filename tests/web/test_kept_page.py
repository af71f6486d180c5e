"""Mất mạng thật trong Chromium: trang lưu mở ra với thứ tự phát và số gọi; đăng xuất thì máy không giữ gì; thanh dưới."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from broadcaster.accounts import settings
from broadcaster.database import Database
from broadcaster.traffic.planning import plan_days
from tests.support.chromium import faults
from tests.support.scene import Scene, lay_scene
from tests.support.waiting import eventually
from tests.support.windows import Desk
from tests.traffic import build

pytestmark = pytest.mark.browser
_KEPT = "async () => Boolean(await caches.match('/ngoai-tuyen'))"


@pytest.fixture
def scene(sqlite: Database, clock: object) -> Scene:
    scene = lay_scene(sqlite, clock)  # type: ignore[arg-type]
    now = scene.clock.now()
    with sqlite.writing() as session:
        build.slot(session, scene)
        plan_days(session, scene.station_id, now)
        settings.put(session, scene.station_id, "urgent_phones", "Ông Hùng 0912 345 678", changed_by="a", now=now)
    return scene


@pytest.fixture
def phone(desk: Desk, scene: Scene) -> BrowserContext:
    """Điện thoại của người vận hành, đã đăng nhập."""
    return desk.window(scene.operator, width=390, has_touch=True)


def test_without_network_the_day_and_the_numbers_still_open(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/")
    eventually(lambda: page.evaluate(_KEPT), seconds=60, what="máy giữ trang")
    phone.set_offline(True)
    page.goto("/truc-tiep")
    expect(page.locator("main")).to_contain_text("Bản lưu trên máy này lúc")
    expect(page.get_by_role("link", name="Ông Hùng 0912 345 678")).to_have_attribute("href", "tel:0912345678")
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderTopWidth") == "1px", "kiểu chữ cũng được giữ"


def test_after_signing_out_the_phone_keeps_nothing(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/")
    eventually(lambda: page.evaluate(_KEPT), seconds=60, what="máy giữ trang")
    page.locator(".me summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    eventually(lambda: not page.evaluate(_KEPT), seconds=60, what="máy bỏ trang đã giữ")


@pytest.mark.parametrize("path", ["/dang-nhap", "/tai-khoan/dai/1"])
def test_whoever_comes_next_on_the_same_phone_does_not_find_the_page_of_the_one_before(phone: BrowserContext, path: str) -> None:
    """Phiên của người trước hết hạn chứ không đăng xuất; người sau đăng nhập, hay cùng người sang đài khác."""
    page = phone.new_page()
    page.goto("/")
    eventually(lambda: page.evaluate(_KEPT), seconds=60, what="máy giữ trang")
    page.evaluate("path => fetch(path, { method: 'POST', body: new URLSearchParams({ ten: 'ai-khac' }) }).then(() => true)", path)
    eventually(lambda: not page.evaluate(_KEPT), seconds=60, what="máy bỏ trang của người trước")


def test_the_thumb_reaches_four_pages_and_the_rest_behind_more(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/truc-tiep")
    bar = page.get_by_role("navigation", name="Mục hay dùng")
    assert [name.inner_text() for name in bar.locator("> a > span:not(.count)").all()] == [
        "Hôm nay",
        "Lịch phát",
        "Trực tiếp",
        "Nhật ký",
    ]
    sound = page.locator("audio").first.bounding_box()
    assert sound is not None
    assert sound["y"] + sound["height"] < 844, "nút nghe nằm trong màn hình đầu"
    bar.get_by_text("Thêm").click()
    bar.get_by_role("link", name="Trợ giúp").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trợ giúp")
    assert faults(page, 390) == []
    assert faults(page, 320) == []


def test_a_dangerous_button_asks_in_place_without_script(desk: Desk, scene: Scene) -> None:
    page = desk.open(scene.admin, "/nguoi-dung", script=False)
    person = page.locator("details.person").filter(has_text="Nguyễn Thị Lan")
    person.locator("summary").first.click()
    person.locator(".ask summary").filter(has_text="Khoá tài khoản").click()
    person.get_by_role("button", name="Khoá tài khoản: Nguyễn Thị Lan").click()
    expect(page.locator("details.person").filter(has_text="Nguyễn Thị Lan")).to_contain_text("Đã khoá")
