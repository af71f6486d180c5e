"""Cửa sổ trình duyệt của từng người trong một đài đang chạy: một Chromium cho cả làn, cửa sổ dùng xong thì lau sạch để dùng lại.

Cửa sổ mới tinh là một tiến trình vẽ trang mới: gần hai giây CPU cho trang đầu tiên của nó, trang sau chỉ ba phần mười.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.testclient import TestClient

from broadcaster.accounts.actor import Actor
from tests.conftest import leave_out
from tests.support.chromium import ChromiumMissing, chromium, patience_ms

HEIGHT = 844
_QUIET_PAGE = "/static/bieu-tuong.svg"
"""Trang không có script: giữ tiến trình của cửa sổ sống giữa hai phép thử."""


class Windows:
    """Kho cửa sổ của một làn; ``browser``: Chromium của làn."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    def take(self, options: Mapping[str, Any]) -> BrowserContext:
        """Một cửa sổ sạch; ``options`` như ``Browser.new_context``, có ``base_url``."""
        if free := self._free.get(str(sorted(options.items()))):
            return free.pop()
        context = self.browser.new_context(**options)
        context.new_page().goto(_QUIET_PAGE)
        return context

    def give_back(self, options: Mapping[str, Any], context: BrowserContext) -> None:
        """Lau sạch: trang, bánh quy, quyền, điều đã chặn, và mọi thứ trang đã cất trên máy."""
        quiet, *opened = context.pages
        for page in opened:
            page.close()
        context.set_offline(False)
        context.unroute_all()
        context.clear_cookies()
        context.clear_permissions()
        wiper = context.new_cdp_session(quiet)
        wiper.send("Storage.clearDataForOrigin", {"origin": options["base_url"], "storageTypes": "all"})
        wiper.detach()
        self._free.setdefault(str(sorted(options.items())), []).append(context)


class _Awake:
    """Playwright để vòng asyncio của nó *đang chạy* ở luồng chính: cất đi lúc không dùng, để phép thử khác có vòng của mình."""

    def __init__(self) -> None:
        self._loop = asyncio.events._get_running_loop()
        self.sleep()

    def wake(self) -> None:
        asyncio.events._set_running_loop(self._loop)

    def sleep(self) -> None:
        asyncio.events._set_running_loop(None)


@pytest.fixture(scope="session")
def lane_windows() -> Iterator[tuple[Windows, _Awake]]:
    """Chromium thật của làn này; máy không có thì bỏ phép thử và nói rõ."""
    try:
        with chromium() as browser:
            awake = _Awake()
            yield Windows(browser), awake
            awake.wake()
    except ChromiumMissing as missing:
        leave_out(str(missing))


@pytest.fixture
def windows(lane_windows: tuple[Windows, _Awake]) -> Iterator[Windows]:
    """Kho cửa sổ, trong một phép thử."""
    found, awake = lane_windows
    awake.wake()
    expect.set_options(timeout=patience_ms())
    yield found
    awake.sleep()


@pytest.fixture
def browser(windows: Windows) -> Browser:
    """Chromium của làn, cho phép thử tự mở cửa sổ."""
    return windows.browser


class Desk:
    """Mở cửa sổ đã đăng nhập cho từng người; ``said``: lỗi script của mọi cửa sổ."""

    def __init__(self, windows: Windows, address: str, enter: Callable[[Actor | None], TestClient]) -> None:
        """``enter``: cho phiên của một người."""
        self._windows, self.address, self._enter = windows, address, enter
        self._taken: list[tuple[dict[str, Any], BrowserContext]] = []
        self._own: list[BrowserContext] = []
        self.said: list[str] = []

    def window(
        self, actor: Actor | None, *, width: int = 1280, script: bool = True, own: bool = False, **more: Any
    ) -> BrowserContext:
        """Cửa sổ sạch của ``actor`` (``None``: khách); ``more`` như ``Browser.new_context``.

        ``own``: cửa sổ mới tinh, xong thì bỏ, cho phép thử gắn đồng hồ giả hay script vào nó: hai thứ ấy không gỡ ra được.
        """
        size = {"width": width, "height": HEIGHT}
        options = {"base_url": self.address, "viewport": size, "java_script_enabled": script, **more}
        if own:
            context = self._windows.browser.new_context(**options)
            self._own.append(context)
        else:
            context = self._windows.take(options)
            self._taken.append((options, context))
        context.on("page", self._watch)
        self.become(context, actor)
        return context

    def become(self, context: BrowserContext, actor: Actor | None) -> None:
        """Người ngồi trước cửa sổ ấy bây giờ là ``actor``."""
        context.clear_cookies()
        if actor is not None:
            token = self._enter(actor).cookies["phien"]
            context.add_cookies([{"name": "phien", "value": token, "url": self.address}])

    def open(self, actor: Actor | None, path: str, *, width: int = 1280, script: bool = True, **more: Any) -> Page:
        """Trang ``path`` trong một cửa sổ riêng."""
        page = self.window(actor, width=width, script=script, **more).new_page()
        page.goto(path)
        return page

    def close(self) -> None:
        """Trả mọi cửa sổ; có lỗi script thì phép thử hỏng."""
        for options, context in self._taken:
            context.remove_listener("page", self._watch)
            self._windows.give_back(options, context)
        for context in self._own:
            context.close()
        assert self.said == []

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.said.append(str(error)))
