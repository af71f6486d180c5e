"""Trình duyệt thật: viết, nghe, duyệt, sửa thứ tự, nghe trực tiếp; mọi trang đọc được ở máy bàn và điện thoại."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.end_to_end.browser import PASSWORD
from tests.end_to_end.house import House, house
from tests.end_to_end.test_walk import add_slot, decide, programme, team, write
from tests.support.chromium import WIDTHS, faults
from tests.support.waiting import eventually
from tests.support.windows import browser, lane_windows, windows

__all__ = ["browser", "lane_windows", "windows"]
pytestmark = pytest.mark.browser
TITLE = "Công khai thủ tục hành chính"
WAITING = "Lịch tiếp dân tháng ba"


@pytest.fixture(scope="module")
def place(lane_windows: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Một đài có ba người, một bản tin đã duyệt, một bản chờ duyệt, một khung giờ một tiếng nữa."""
    with house(tmp_path_factory.mktemp("browser")) as place:
        people = team(place)
        write(people.lan, TITLE)
        write(people.lan, WAITING)
        decide(people.trang, TITLE, approve=True)
        add_slot(people.hung, seconds_ahead=3600)
        programme(people.hung)
        yield place


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Một cửa sổ riêng tư; lỗi script hay lời từ chối của CSP làm hỏng phép thử."""
    context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", color_scheme="light")
    page, said = context.new_page(), list[str]()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda message: said.append(message.text) if message.type == "error" and "status of 4" not in message.text else None,
    )
    yield page
    context.close()
    assert said == []


def sign_in(page: Page, place: House, login: str) -> None:
    """Đăng nhập như người dùng."""
    page.goto(f"{place.address}/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("login", "more"),
    [
        ("quantri", []),
        ("lan", ["/ban-tin/moi", "/ban-tin/bai/1"]),
        ("trang", ["/duyet/2"]),
        ("hung", ["/chuong-trinh/1", "/dai/chuyen-muc", "/dai/loa", "/dai/am-thanh", "/dai/mau-loi"]),
    ],
)
def test_every_page_of_the_menu_opens_and_is_readable_on_a_desk_and_in_a_hand(
    page: Page, place: House, login: str, more: list[str]
) -> None:
    sign_in(page, place, login)
    menu = [str(link.get_attribute("href")) for link in page.locator(".top nav a").all()]
    found: list[str] = []
    for path in (*menu, *more):
        answer = page.goto(place.address + path)
        assert answer is not None
        assert answer.status == 200, path
        for width in WIDTHS:
            found += faults(page, width)
            _picture(page, f"{login}{path}", width)
    assert found == []


def test_an_officer_sees_how_the_text_will_be_read_and_submits_it(page: Page, place: House) -> None:
    sign_in(page, place, "lan")
    page.get_by_role("link", name="Bản tin", exact=True).click()
    page.get_by_role("link", name="Viết bản tin").first.click()
    page.get_by_label("Tiêu đề").fill("Lịch tiêm chủng")
    page.get_by_role("textbox", name="Nội dung").fill("Ngày 15/3/2026, trạm y tế phường tiêm chủng cho 120 trẻ.")
    page.get_by_role("button", name="Xem cách đọc").click()
    expect(page.locator("#cach-doc")).to_contain_text("Ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi sáu")
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.get_by_role("status")).to_contain_text("Đã gửi duyệt")


def test_a_leader_hears_the_preview_in_the_browser(page: Page, place: House) -> None:
    sign_in(page, place, "trang")
    page.goto(f"{place.address}/ban-tin/bai/1")
    sound = page.locator("audio").first
    sound.evaluate("element => element.play()")
    _plays(sound, seconds=0.5)
    assert sound.evaluate("element => element.duration") > 4


def test_the_monitor_plays_in_the_browser(page: Page, place: House) -> None:
    sign_in(page, place, "hung")
    page.goto(f"{place.address}/truc-tiep")
    sound = page.locator("audio").first
    sound.evaluate("element => element.play()")
    _plays(sound, seconds=1)


def test_the_operator_drops_an_item_and_takes_it_back(page: Page, place: House) -> None:
    sign_in(page, place, "hung")
    page.goto(f"{place.address}/lich-phat")
    page.get_by_role("link", name="Buổi thử").first.click()
    row = page.locator("ol.order > li").filter(has_text=TITLE)
    eventually(lambda: page.reload() and row.count() == 1, what="máy xếp bản tin vào buổi")
    row.locator("summary").click()
    row.get_by_role("button", name="Gỡ").click()
    expect(page.get_by_role("status")).to_contain_text(f"Đã gỡ “{TITLE}”")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("ol.order > li").filter(has_text=TITLE)).to_have_count(1)


def _plays(sound: Locator, *, seconds: float) -> None:
    """Kim chạy được ngần ấy giây: trình duyệt nhận và giải mã được tiếng."""
    eventually(lambda: sound.evaluate("element => element.currentTime") > seconds, seconds=30, what="trình duyệt phát tiếng")


def _picture(page: Page, path: str, width: int) -> None:
    """Ảnh để người nhìn, khi có người muốn nhìn: đặt ``BROADCASTER_PICTURES`` là một thư mục."""
    if folder := os.environ.get("BROADCASTER_PICTURES"):
        name = path.rstrip("/").replace("/", "-")
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
