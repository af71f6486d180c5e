"""Cửa nhận kết nối: chờ dòng đầu có hạn, mỗi địa chỉ có trần, chật thì kết nối bỏ dở lâu nhất nhường chỗ.

Nhường chỗ chứ không từ chối: một nghìn kết nối treo, dù từ chính máy của người bấm, cũng không chặn được nút đỏ.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

ACCEPTS = 8
"""Kết nối nhận trong một vòng của vòng lặp sự kiện: cả bầy tới cùng lúc thì giữa hai lượt vẫn có chỗ cho người đang bấm."""
BACKLOG = 512
"""Hàng đợi của hệ điều hành: đầy thì máy người sau phải đợi một giây rồi mới gọi lại."""
_SPARE_FILES = 200
"""Tệp mà chính trang web cần mở, ngoài các kết nối."""


@dataclass(frozen=True)
class Limits:
    """Giây và số kết nối; ``trusted``: máy chuyển tiếp đã khai, chở nhiều người nên không tính theo địa chỉ."""

    head_s: float = 10.0
    """Từ lúc nối (hay từ chữ đầu của yêu cầu sau) tới hết dòng đầu và tiêu đề."""
    stalled_s: float = 30.0
    """Người nhận không lấy thêm chữ nào."""
    each: int = 100
    total: int = 700
    trusted: frozenset[str] = frozenset()


class Door:
    """Mọi kết nối đang mở, theo địa chỉ, cũ trước; trong một vòng lặp sự kiện nên không cần khoá."""

    def __init__(self, limits: Limits) -> None:
        """Hệ điều hành cho mở ít tệp hơn thì trần chung thấp theo."""
        self.limits = limits
        self._total = min(limits.total, max(64, _raise_file_limit() - _SPARE_FILES))
        self._open: dict[str, OrderedDict[Connection, None]] = {}
        self._parked: dict[str, OrderedDict[Connection, None]] = {}
        """Đang đợi trao sang bên kia: có trần riêng, nên bên kia bận tới đâu cũng không ai mất chỗ ở bên này vì họ."""
        self.count = 0

    def enter(self, one: Connection) -> None:
        """Nhận; quá trần thì một kết nối khác, hoặc chính nó khi ai cũng đang được phục vụ, phải rời."""
        mine = self._open.setdefault(one.address, OrderedDict())
        mine[one] = None
        self.count += 1
        if len(mine) > self.limits.each and one.address not in self.limits.trusted:
            self._push_out(one.address)
        elif self.count > self._total:
            self._push_out(max(self._open | self._parked, key=self._size))

    def park(self, one: Connection) -> None:
        """Đợi được trao, thôi chiếm chỗ của người mới tới; quá trần thì chính nó phải rời."""
        if one in self._parked.get(one.address, ()):
            return
        self.leave(one)
        mine = self._parked.setdefault(one.address, OrderedDict())
        mine[one] = None
        self.count += 1
        if len(mine) > self.limits.each and one.address not in self.limits.trusted:
            self.leave(one)
            one.give_way()

    def rest(self, one: Connection) -> None:
        """Vừa xong một yêu cầu: đứng cuối hàng những kết nối chờ."""
        if one in self._open.get(one.address, ()):
            self._open[one.address].move_to_end(one)

    def leave(self, one: Connection) -> None:
        """Đã đóng."""
        for room in (self._open, self._parked):
            mine = room.get(one.address, OrderedDict())
            if one in mine:
                del mine[one]
                self.count -= 1
                if not mine:
                    del room[one.address]

    def _size(self, address: str) -> int:
        return len(self._open.get(address, ())) + len(self._parked.get(address, ()))

    def _push_out(self, address: str) -> None:
        """Im lặng từ lúc tới mà chờ lâu nhất, rồi tới rỗi giữa hai việc, đang gửi dở; không còn ai thì người vừa tới."""
        mine = self._open.get(address, OrderedDict())
        silent: Iterator[Connection] = (one for one in mine if one.is_waiting and one.was_heard and not one.served)
        resting = (one for one in mine if one.is_waiting and one.served)
        sending = (one for one in mine if one.is_sending)
        chosen = next(chain(silent, resting, sending, reversed(mine), self._parked.get(address, ())))
        self.leave(chosen)
        chosen.give_way()


class Connection(H11Protocol):
    """Kết nối HTTP của uvicorn, thêm hạn chờ và chỗ ở ``Door``."""

    def __init__(self, door: Door, **rest: Any) -> None:
        """``rest``: như ``H11Protocol``."""
        super().__init__(**rest)
        self._door = door
        self._timer: asyncio.TimerHandle | None = None
        self.address = ""
        self.served = 0
        """Số yêu cầu đã trả lời xong."""
        self.was_heard = False
        """Vòng lặp sự kiện đã có dịp đọc chữ đầu của nó: vừa tới cùng cả bầy thì chưa."""

    @property
    def is_waiting(self) -> bool:
        """Chưa có yêu cầu nào đang được phục vụ."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def is_sending(self) -> bool:
        """Tiêu đề đã tới, thân còn đang gửi."""
        return not self.is_waiting and self.cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Vào cửa, và bắt đầu đếm giờ chờ dòng đầu."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._arm(self._door.limits.head_s)
        self._door.enter(self)
        self.loop.call_soon(self.loop.call_soon, self._heard)  # đọc ở vòng sau, nên tới vòng sau nữa mới biết nó có nói gì không

    def _heard(self) -> None:
        self.was_heard = True

    def data_received(self, data: bytes) -> None:
        """Đủ tiêu đề thì thôi đếm; nhỏ giọt từng chữ không làm dài thêm hạn."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._disarm()
        elif self.is_waiting:
            self.head_began()

    def head_began(self) -> None:
        """Tiêu đề đã có chữ đầu mà chưa hết: đếm giờ, nếu chưa đếm."""
        if self._timer is None:
            self._arm(self._door.limits.head_s)

    def on_response_complete(self) -> None:
        """Trả lời xong: uvicorn đếm giờ rỗi, cửa xếp lại hàng."""
        self.served += 1
        self._door.rest(self)
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Rỗi quá hạn: đóng, và không chờ mãi người không chịu nhận nốt."""
        super().timeout_keep_alive_handler()
        self._arm(self._door.limits.head_s)

    def pause_writing(self) -> None:
        """Người nhận chậm: cho một hạn."""
        super().pause_writing()
        self._arm(self._door.limits.stalled_s)

    def resume_writing(self) -> None:
        """Người nhận lấy tiếp."""
        super().resume_writing()
        self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Rời cửa."""
        self._disarm()
        self._door.leave(self)
        super().connection_lost(exc)

    def give_way(self) -> None:
        """Nhường chỗ: rỗi giữa hai việc thì đóng êm (trình duyệt thấy và nối lại ở lần bấm sau), còn lại cắt ngay."""
        if self.is_waiting and self.served:
            self.transport.close()
        else:
            self.abort()

    def abort(self) -> None:
        """Cắt ngay, không gửi nốt."""
        self.transport.abort()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, self.abort)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _raise_file_limit() -> int:
    """Trần tệp mở của tiến trình, nâng tới mức hệ điều hành cho; Windows không có trần ấy."""
    try:
        import resource
    except ImportError:
        return 1 << 16
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 4096) if hard != resource.RLIM_INFINITY else 4096
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
