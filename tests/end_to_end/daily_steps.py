"""Những việc hằng ngày làm bằng chuột trong trình duyệt thật, đếm từng lần bấm; đo và thử dùng chung.

Một bước là một lần bấm làm đổi trang hay chọn một điều; gõ chữ và cuộn không tính. Mọi việc bắt đầu ở trang Hôm nay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

BARS = {"approve": 2, "place": 2, "emergency": 4, "print_week": 2, "quarter_report": 2}
"""Việc → số bước nhiều nhất cho phép, tính từ trang có việc ấy."""


@dataclass
class Hand:
    """Bàn tay: bấm và đếm."""

    page: Page
    steps: int = 0

    def press(self, what: Locator) -> None:
        """Bấm ``what`` và đợi nó xong."""
        what.click()
        self.steps += 1
        self.page.wait_for_load_state()

    def choose(self, what: Locator, label: str) -> None:
        """Chọn trong danh sách cũng là một bước."""
        what.select_option(label=label)
        self.steps += 1


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


def emergency(hand: Hand) -> None:
    """Phát khẩn cấp theo mẫu: nút đỏ, mẫu, xem lại, phát ngay."""
    page = hand.page
    hand.press(page.get_by_role("link", name="Khẩn cấp").first)
    hand.press(page.get_by_role("group", name="Mẫu").get_by_role("button").last)
    for box in page.locator('input[name^="o_"]').all():
        box.fill("cống số ba")
    hand.press(page.get_by_role("button", name="Xem lại lệnh").last)
    hand.press(page.get_by_role("button", name=re.compile("^(Phát ngay|Bỏ im lặng và phát)$")).first)


def print_week(hand: Hand) -> None:
    """Tờ thứ tự phát bảy ngày, sẵn để in."""
    page = hand.page
    hand.press(page.locator(".top nav").get_by_role("link", name="Lịch phát"))
    hand.press(page.get_by_role("link", name="In thứ tự phát"))
    expect(page.locator(".sheet h1")).to_contain_text("Thứ tự phát bảy ngày")


def quarter_report(hand: Hand) -> None:
    """Báo cáo CCHC của kỳ: từ menu, một lần bấm."""
    page = hand.page
    hand.press(page.locator(".top nav").get_by_role("link", name="Báo cáo"))
    hand.press(page.get_by_role("button", name=re.compile("^Làm báo cáo")).first)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


JOBS: dict[str, tuple[str, Callable[[Hand], None]]] = {
    "approve": ("leader", approve),
    "place": ("operator", place),
    "emergency": ("leader", emergency),
    "print_week": ("operator", print_week),
    "quarter_report": ("clerk", quarter_report),
}
"""Việc → (vai, cách làm)."""


def counted(page: Page, name: str, start: str) -> int:
    """Làm việc ``name`` từ trang ``start``; trả về số bước."""
    page.goto(start)
    hand = Hand(page)
    JOBS[name][1](hand)
    return hand.steps
