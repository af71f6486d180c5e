"""Làn việc của trang web: nút đỏ có làn riêng, việc nặng xếp hàng, mỗi người có phần; không ai chiếm hết luồng của ai.

Một yêu cầu chỉ giữ chỗ trong lúc tính: nhận thân đã xong từ trước, gửi trả lời không tính (trừ làn nghe, giữ tới hết).
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.types import Message, Send

from broadcaster.errors import TooBusy


class Lane(StrEnum):
    """Các làn."""

    FAST = "fast"
    PAGE = "page"
    HEAVY = "heavy"
    DOOR = "door"
    LISTEN = "listen"


@dataclass(frozen=True)
class Share:
    """``slots``: cùng lúc tất cả; ``each``: cùng lúc một người; ``waiting``: một người được xếp hàng thêm."""

    slots: int
    each: int
    waiting: int


SHARES = {
    Lane.FAST: Share(16, 4, 100),  # khẩn cấp, im lặng
    Lane.PAGE: Share(12, 6, 100),
    Lane.HEAVY: Share(2, 1, 4),  # đọc chữ dài, nhận tệp, từ điển, xuất tệp
    Lane.DOOR: Share(2, 2, 40),  # băm mật khẩu: mỗi lần 64 MB
    Lane.LISTEN: Share(30, 4, 0),  # dòng tiếng trực tiếp, giữ một luồng tới khi thôi nghe
}
THREADS = sum(share.slots for share in SHARES.values()) + 40
"""Luồng của trang web: đủ cho mọi làn cùng đầy, còn lại cho tệp tĩnh và gửi tệp."""
LONG_TEXT = 30_000
"""Biểu mẫu dài hơn chừng này (byte) là việc nặng: đọc hai trăm nghìn chữ mất một giây."""

_PATHS = (
    (Lane.FAST, re.compile(r"/im-lang|/khan-cap(/.*)?|/api/v1/urgent(/.*)?")),
    (Lane.DOOR, re.compile(r"/dang-nhap|/doi-mat-khau|/tai-khoan/ma/bat|/nguoi-dung(/.*)?")),
    (Lane.LISTEN, re.compile(r"/nghe/\d+")),
    (Lane.PAGE, re.compile(r"/ban-tin/\d+/thu-am/lan(/\w+/\d+|/\w+/bo)?")),
    (Lane.HEAVY, re.compile(r"/ban-tin/tai-len|/ke-hoach/lap/tep|/ban-tin/\d+/thu-am(/lan/\w+/xong)?|/ban-tin/bai/\d+/thu-am")),
    (Lane.HEAVY, re.compile(r"/tu-dien/.+|/bao-cao/\d+/tai\..*|/nhat-ky/xuat\..*")),
    (Lane.HEAVY, re.compile(r"/moc-nhat-ky/.+|/.+\.mp3|/ban-tin/\d+/thu-am/sua/\d+|/dai/am-thanh/\d+/sua")),
    (Lane.HEAVY, re.compile(r"/dai/loa/duong-ra/\d+/thu|/api/v1/(airlog/export|reading)|/api/v1/revisions/\d+/submit")),
)


_HEAVY_POSTS = frozenset({("POST", "/tu-dien"), ("POST", "/bao-cao")})
"""Xem thì nhẹ, gửi thì nặng."""


def lane_of(method: str, path: str, size: int | None) -> Lane:
    """Làn của một yêu cầu; ``size``: cỡ thân đã khai, không khai hay có thể mang tệp (``None``) thì coi là dài."""
    found = next((lane for lane, pattern in _PATHS if pattern.fullmatch(path)), None)
    if found is Lane.DOOR and method == "GET":
        return Lane.PAGE
    if found is not None:
        return found
    return Lane.HEAVY if size is None or size > LONG_TEXT or (method, path) in _HEAVY_POSTS else Lane.PAGE


@dataclass
class _Person:
    turns: asyncio.Semaphore
    count: int = 0


@dataclass
class Lanes:
    """Chỗ đang giữ; của một vòng lặp sự kiện."""

    _slots: dict[Lane, asyncio.Semaphore] = field(
        default_factory=lambda: {lane: asyncio.Semaphore(share.slots) for lane, share in SHARES.items()}
    )
    _people: dict[tuple[Lane, str], _Person] = field(default_factory=dict)

    @asynccontextmanager
    async def place(self, lane: Lane, who: str) -> AsyncIterator[Place]:
        """Ghi tên vào làn, trước cả khi nhận thân. Lỗi: ``TooBusy`` khi người ấy đã xếp hàng quá nhiều."""
        share, key = SHARES[lane], (lane, who)
        person = self._people.setdefault(key, _Person(asyncio.Semaphore(share.each)))
        if person.count >= share.each + share.waiting:
            raise TooBusy
        person.count += 1
        place = Place(lane, person.turns, self._slots[lane])
        try:
            yield place
        finally:
            place.release()
            person.count -= 1
            if not person.count:
                self._people.pop(key, None)


class Place:
    """Một chỗ: ``turn`` chờ tới lượt, trả lời bắt đầu là trả chỗ."""

    def __init__(self, lane: Lane, *gates: asyncio.Semaphore) -> None:
        """``gates`` qua lần lượt: phần của người ấy, rồi chỗ của làn."""
        self._lane = lane
        self._gates = gates
        self._passed: list[asyncio.Semaphore] = []

    async def turn(self) -> None:
        """Chờ tới lượt."""
        for gate in self._gates:
            await gate.acquire()
            self._passed.append(gate)

    def release(self) -> None:
        """Trả chỗ; gọi mấy lần cũng như một."""
        if self._passed and self._lane is Lane.HEAVY:
            MEMORY.give_back()
        while self._passed:
            self._passed.pop().release()

    def while_answering(self, send: Send) -> Send:
        """``send`` trả chỗ ngay khi trả lời bắt đầu: người nhận chậm không giữ luồng của ai."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and self._lane is not Lane.LISTEN:
                self.release()
            await send(message)

        return sending


class _Memory:
    """Trả vùng nhớ trống cho máy sau việc nặng: glibc giữ lại cả trăm MB của một tệp tải lên nếu không được nhắc."""

    _APART_S = 2.0

    def __init__(self) -> None:
        self._trim: Callable[[int], int] | None = None
        self._last = 0.0

    def tame(self) -> None:
        """Gọi một lần lúc khởi động; máy không dùng glibc thì không làm gì."""
        if sys.platform == "linux":
            with suppress(OSError, AttributeError):
                libc = ctypes.CDLL("libc.so.6")
                libc.mallopt(-8, 2)  # M_ARENA_MAX: mỗi luồng một vùng nhớ riêng thì vùng nào cũng giữ phần trống của nó
                self._trim = libc.malloc_trim

    def give_back(self) -> None:
        """Ở luồng khác, và không dày quá hai giây một lần."""
        loop = asyncio.get_running_loop()
        if self._trim is not None and loop.time() - self._last > self._APART_S:
            self._last = loop.time()
            loop.run_in_executor(None, self._trim, 0)


MEMORY = _Memory()
