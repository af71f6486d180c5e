"""Bàn tay của người dùng: cùng một việc làm bằng chuột, chỉ bàn phím, hay ngón tay; đếm từng lần bấm.

Một bước là một lần bấm làm đổi trang hay chọn một điều; gõ chữ và cuộn không tính.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

_MOST_TABS = 200
_MOST_ARROWS = 60


@dataclass
class Hand:
    """Chuột: bấm, chọn, gõ, và đếm."""

    page: Page
    steps: int = 0

    def press(self, what: Locator) -> None:
        """Bấm ``what`` và đợi nó xong."""
        self.reach(what)
        self.steps += 1
        self.page.wait_for_load_state()

    def follow(self, what: Locator) -> None:
        """Bấm ``what`` và đợi trang mới mở xong."""
        with self.page.expect_navigation():
            self.reach(what)
        self.steps += 1

    def choose(self, what: Locator, label: str) -> None:
        """Chọn trong danh sách cũng là một bước."""
        what.select_option(label=label)
        self.steps += 1

    def write(self, what: Locator, text: str) -> None:
        """Gõ ``text`` thay chữ đang có."""
        what.fill(text)

    def tick(self, what: Locator) -> None:
        """Đánh dấu một ô."""
        self.reach(what)
        expect(what).to_be_checked()

    def menu(self, name: str) -> None:
        """Mở một trang từ menu: ở trên của máy bàn, ở dưới của điện thoại, trong “Thêm” khi không nằm ở thanh dưới."""
        links = self.page.get_by_role("navigation").get_by_role("link", name=name, exact=False).locator("visible=true")
        if not links.count():
            self.reach(self.page.locator("nav.bottom summary"))
        self.follow(links.first)

    def reach(self, what: Locator) -> None:
        """Bấm bằng chuột."""
        what.click()


class Keys(Hand):
    """Chỉ bàn phím: đi từng chặng Tab tới đúng chỗ rồi Enter, phím cách, mũi tên."""

    def reach(self, what: Locator) -> None:
        """Tới ``what`` rồi bấm: ô đánh dấu thì phím cách, còn lại Enter."""
        self._tab(what)
        self.page.keyboard.press("Space" if what.get_attribute("type") in ("checkbox", "radio") else "Enter")

    def choose(self, what: Locator, label: str) -> None:
        """Tới danh sách, mũi tên xuống tới khi đúng dòng."""
        self._tab(what)
        self.page.keyboard.press("Home")
        for _ in range(_MOST_ARROWS):
            if what.evaluate("one => one.selectedOptions[0]?.label.trim()") == label.strip():
                self.steps += 1
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"mũi tên {_MOST_ARROWS} lần chưa tới “{label}”")

    def write(self, what: Locator, text: str) -> None:
        """Tới ô, chọn hết chữ cũ, gõ."""
        self._tab(what)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def _tab(self, what: Locator) -> None:
        """Tab tới ``what``; quá ``_MOST_TABS`` chặng là trang không tới được bằng bàn phím."""
        wanted = what.element_handle()
        for _ in range(_MOST_TABS):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"Tab {_MOST_TABS} chặng chưa tới {what}")


class Finger(Hand):
    """Ngón tay trên màn hình chạm."""

    def reach(self, what: Locator) -> None:
        """Chạm."""
        what.tap()

    def write(self, what: Locator, text: str) -> None:
        """Chạm vào ô rồi gõ."""
        what.tap()
        what.fill(text)


def menu(page: Page, name: str) -> Locator:
    """Mục của menu đang thấy: ở trên của máy bàn, ở dưới của điện thoại."""
    return page.get_by_role("navigation").get_by_role("link", name=name).locator("visible=true").first


WAYS: dict[str, tuple[type[Hand], dict[str, Any]]] = {
    "mouse": (Hand, {}),
    "keyboard": (Keys, {}),
    "touch": (Finger, {"width": 390, "has_touch": True}),
    "no_script": (Hand, {"script": False}),
}
"""Bốn cách dùng trang → bàn tay, và cửa sổ của nó (``Desk.window``)."""
