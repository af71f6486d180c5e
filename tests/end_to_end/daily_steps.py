"""Những việc hằng ngày làm trong trình duyệt thật bằng chuột, bàn phím hay ngón tay, đếm từng lần bấm; đo và thử dùng chung.

Một bước là một lần bấm làm đổi trang hay chọn một điều; gõ chữ và cuộn không tính. Mọi việc bắt đầu ở trang Hôm nay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

BARS = {"approve": 2, "place": 2, "emergency": 4, "print_week": 2, "quarter_report": 2}
"""Việc → số bước nhiều nhất cho phép, tính từ trang có việc ấy."""


_MOST_TABS = 200


@dataclass
class Hand:
    """Bàn tay: bấm và đếm."""

    page: Page
    steps: int = 0

    def press(self, what: Locator) -> None:
        """Bấm ``what`` và đợi nó xong."""
        self.reach(what)
        self.steps += 1
        self.page.wait_for_load_state()

    def choose(self, what: Locator, label: str) -> None:
        """Chọn trong danh sách cũng là một bước."""
        what.select_option(label=label)
        self.steps += 1

    def reach(self, what: Locator) -> None:
        """Bấm bằng chuột."""
        what.click()


class Keys(Hand):
    """Chỉ bàn phím: đi từng chặng Tab tới đúng chỗ rồi Enter."""

    def reach(self, what: Locator) -> None:
        """Tab tới ``what``; quá ``_MOST_TABS`` chặng là trang không tới được bằng bàn phím."""
        wanted = what.element_handle()
        for _ in range(_MOST_TABS):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("one => one === document.activeElement"):
                self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"Tab {_MOST_TABS} chặng chưa tới {what}")


class Finger(Hand):
    """Ngón tay trên màn hình chạm."""

    def reach(self, what: Locator) -> None:
        """Chạm."""
        what.tap()


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


def menu(page: Page, name: str) -> Locator:
    """Mục của menu đang thấy: ở trên của máy bàn, ở dưới của điện thoại."""
    return page.get_by_role("navigation").get_by_role("link", name=name).locator("visible=true").first


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
