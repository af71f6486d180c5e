"""Cửa sổ trình duyệt của từng người trong một đài đang chạy: một Chromium cho cả tệp thử, mỗi người một phiên riêng."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from starlette.testclient import TestClient

from broadcaster.accounts.actor import Actor
from tests.conftest import leave_out
from tests.support.chromium import ChromiumMissing, chromium

HEIGHT = 844


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium thật; máy không có thì bỏ phép thử và nói rõ."""
    try:
        with chromium() as found:
            yield found
    except ChromiumMissing as missing:
        leave_out(str(missing))


class Desk:
    """Mở cửa sổ đã đăng nhập cho từng người; ``said``: lỗi script của mọi cửa sổ."""

    def __init__(self, browser: Browser, address: str, enter: Callable[[Actor | None], TestClient]) -> None:
        """``enter``: cho phiên của một người."""
        self._browser, self.address, self._enter = browser, address, enter
        self._contexts: list[BrowserContext] = []
        self.said: list[str] = []

    def window(self, actor: Actor | None, *, width: int = 1280, script: bool = True, **more: Any) -> BrowserContext:
        """Cửa sổ mới của ``actor`` (``None``: khách); ``more`` như ``Browser.new_context``."""
        size: Any = {"width": width, "height": HEIGHT}
        context = self._browser.new_context(base_url=self.address, viewport=size, java_script_enabled=script, **more)
        self._contexts.append(context)
        if actor is not None:
            token = self._enter(actor).cookies["phien"]
            context.add_cookies([{"name": "phien", "value": token, "url": self.address}])
        context.on("page", lambda page: page.on("pageerror", lambda error: self.said.append(str(error))))
        return context

    def open(self, actor: Actor | None, path: str, *, width: int = 1280, script: bool = True, **more: Any) -> Page:
        """Trang ``path`` trong một cửa sổ mới."""
        page = self.window(actor, width=width, script=script, **more).new_page()
        page.goto(path)
        return page

    def close(self) -> None:
        """Đóng mọi cửa sổ; có lỗi script thì phép thử hỏng."""
        for context in self._contexts:
            context.close()
        assert self.said == []
