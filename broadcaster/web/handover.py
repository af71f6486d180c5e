"""Trao kết nối giữa cửa trước và các trang: đọc đủ tiêu đề rồi mới biết việc của ai, trao nguyên ổ cắm cùng những chữ đã đọc.

Bên nào cũng mang cả ứng dụng, nên không trao được thì cứ phục vụ tại chỗ: chỗ chạy chỉ định nhanh chậm, không định đúng sai.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Any

import h11

from broadcaster.web.connections import Connection, Door
from broadcaster.web.lanes import Lane, lane_of

LONGEST_HEAD = 32_768
_MOST = LONGEST_HEAD + (1 << 18)
"""Tiêu đề, cùng khúc thân dài nhất mà asyncio đọc trong một lượt."""
_RETRY_S = 0.01
_LINE = re.compile(rb"[A-Z]+ ([^ ?]*)")
_END = re.compile(rb"\n\r?\n")


class Link:
    """Một đầu của ổ cắm đôi giữa hai bên; mỗi lời một gói, có thể kèm một ổ cắm."""

    def __init__(self, wire: socket.socket) -> None:
        """``wire``: SOCK_SEQPACKET, để lời không dính nhau."""
        self._wire = wire
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST)

    def fileno(self) -> int:
        """Để vòng lặp sự kiện nghe."""
        return self._wire.fileno()

    def calm(self) -> None:
        """Từ đây không lời nào chặn ai."""
        self._wire.setblocking(False)

    def say(self, words: bytes) -> None:
        """Một lời không kèm gì. Lỗi: ``OSError``."""
        self._wire.send(words)

    def give(self, one: socket.socket, words: bytes) -> None:
        """Trao một ổ cắm. Lỗi: ``BlockingIOError`` khi bên kia chưa lấy kịp, ``OSError`` khi quá dài hay bên kia đã mất."""
        socket.send_fds(self._wire, [words], [one.fileno()])

    def take(self) -> tuple[bytes, socket.socket | None]:
        """Lời và ổ cắm kèm theo; lời rỗng là bên kia đã mất. Lỗi: ``BlockingIOError`` khi chưa có gì."""
        try:
            words, given, _flags, _address = socket.recv_fds(self._wire, _MOST, 1)
        except ConnectionError:
            return b"", None
        return words, socket.socket(fileno=given[0]) if given else None

    def close(self) -> None:
        """Bên kia sẽ thấy là đã mất."""
        self._wire.close()


@dataclass(frozen=True)
class Side:
    """Một bên: ``red`` là cửa trước, chỉ giữ đường của nút đỏ."""

    link: Link
    red: bool

    def keeps(self, head: bytes) -> bool:
        """Yêu cầu có tiêu đề này là việc của bên này."""
        return is_red(head) is self.red


def is_red(head: bytes) -> bool:
    """Đường của nút đỏ, nhìn từ dòng đầu chưa giải mã; dòng lạ thì không."""
    line = _LINE.match(head)
    return line is not None and lane_of("", line[1].decode("latin-1"), 0) is Lane.FAST


class Routed(Connection):
    """Kết nối đợi đủ tiêu đề của từng yêu cầu rồi ở lại hay sang bên kia."""

    def __init__(self, door: Door, side: Side, *, preface: bytes = b"", **rest: Any) -> None:
        """``preface``: chữ bên kia đã đọc trước khi trao."""
        super().__init__(door, **rest)
        self._side = side
        self._preface = preface
        self._head = bytearray()

    def connection_made(self, transport: Any) -> None:
        """Chữ đã đọc đi trước mọi chữ mới: lúc này ổ cắm chưa ai đọc."""
        super().connection_made(transport)
        if self._preface:
            self.data_received(self._preface)

    def data_received(self, data: bytes) -> None:
        """Giữa một yêu cầu thì như thường; đầu một yêu cầu thì gom tới hết tiêu đề."""
        if self.conn.their_state is not h11.IDLE or not self.is_waiting:
            super().data_received(data)
            return
        seen = max(0, len(self._head) - 2)
        self._head += data
        if _END.search(self._head, seen) is None and len(self._head) < LONGEST_HEAD:
            self.head_began()
            return
        head, self._head = bytes(self._head), bytearray()
        if self._side.keeps(head) or self.transport.get_write_buffer_size():
            super().data_received(head)
        else:
            self._hand_over(head)

    def _hand_over(self, head: bytes) -> None:
        """Bên kia chưa lấy kịp thì đợi một nhịp, ở chỗ riêng; không trao được thì phục vụ tại chỗ."""
        if self.transport.is_closing():
            return
        self.transport.pause_reading()
        try:
            self._side.link.give(self.transport.get_extra_info("socket"), head)
        except BlockingIOError:
            self._door.park(self)
            self.loop.call_later(_RETRY_S, self._hand_over, head)
        except OSError:
            self.transport.resume_reading()
            super().data_received(head)
        else:
            self.transport.abort()  # chỉ đóng ổ cắm ở bên này: bên kia giữ kết nối
