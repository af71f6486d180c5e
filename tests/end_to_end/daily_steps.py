"""Năm việc hằng ngày làm trong trình duyệt thật, đếm từng lần bấm; đo và thử dùng chung. Mọi việc bắt đầu ở trang Hôm nay."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.end_to_end.hands import Hand, menu

BARS = {"approve": 2, "place": 2, "emergency": 4, "print_week": 2, "quarter_report": 2}
"""Việc → số bước nhiều nhất cho phép, tính từ trang có việc ấy."""


def approve(hand: Hand) -> None:
    """Lãnh đạo duyệt bản đầu tiên đang chờ, từ trang Hôm nay."""
    page = hand.page
    hand.press(page.locator('main a[href^="/duyet/"]').first)
    hand.press(page.get_by_role("button", name=re.compile("^Duyệt đúng bản này")))
    expect(page.locator(".said")).to_contain_text("Đã duyệt")


def place(hand: Hand) -> None:
    """Người vận hành thêm một bản tin vào buổi đang mở: chọn, thêm."""
    page = hand.page
    select = page.locator("#them select[name=script]")
    label = select.locator("option").last.text_content() or ""
    hand.choose(select, label)
    hand.press(page.locator("#them").get_by_role("button", name="Thêm"))
    expect(page.locator(".said")).to_contain_text("Đã thêm bản tin vào buổi")


def emergency(hand: Hand) -> None:
    """Phát khẩn cấp theo mẫu: nút đỏ, mẫu, xem lại, phát ngay."""
    page = hand.page
    hand.press(page.get_by_role("link", name="Khẩn cấp").first)
    hand.press(page.get_by_role("group", name="Mẫu").get_by_role("button").last)
    expect(page.locator('input[name^="o_"]').first).to_be_visible()
    for box in page.locator('input[name^="o_"]').all():
        box.fill("cống số ba")
    hand.press(page.get_by_role("button", name="Xem lại lệnh").last)
    hand.press(page.get_by_role("button", name=re.compile("^(Phát ngay|Bỏ im lặng và phát)$")).first)
    expect(page.locator(".said")).to_contain_text("Lệnh đã nhận")


def print_week(hand: Hand) -> None:
    """Tờ thứ tự phát bảy ngày, sẵn để in."""
    page = hand.page
    hand.press(menu(page, "Lịch phát"))
    hand.press(page.get_by_role("link", name="In thứ tự phát"))
    expect(page.locator(".sheet h1")).to_contain_text("Thứ tự phát bảy ngày")


def quarter_report(hand: Hand) -> None:
    """Báo cáo CCHC của kỳ: từ menu, một lần bấm."""
    page = hand.page
    hand.press(menu(page, "Báo cáo"))
    expect(page).to_have_url(re.compile(r"/bao-cao$"))
    hand.press(page.get_by_role("button", name=re.compile("^Làm báo cáo")).first)
    expect(page).to_have_url(re.compile(r"/bao-cao/\d+"))


JOBS: dict[str, tuple[str, Callable[[Hand], None]]] = {
    "approve": ("leader", approve),
    "place": ("operator", place),
    "emergency": ("leader", emergency),
    "print_week": ("operator", print_week),
    "quarter_report": ("clerk", quarter_report),
}
"""Việc → (vai, cách làm)."""


def counted(page: Page, name: str, start: str, hand_of: type[Hand] = Hand) -> int:
    """Làm việc ``name`` từ trang ``start`` bằng tay kiểu ``hand_of``; trả về số bước."""
    page.goto(start)
    hand = hand_of(page)
    JOBS[name][1](hand)
    return hand.steps
