"""Vòng đã nghe: mỗi mục đang vang, trên mỗi đường ra, đã đi tới đâu; tiến trình chết giữa chừng thì lần sau biết đúng chỗ.

Bộ bơm ghi hai mươi lăm lần một giây vào bộ nhớ chung với tệp (bị giết ngang thì hệ điều hành giữ hộ); mỗi giây ép xuống đĩa
một lần (mất điện thì sai tới một giây). Đầu vòng mang dấu sống cuối cùng của tiến trình.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from broadcaster.sound.events import Position

_SLOT = struct.Struct(">16sIIIqqI")  # mã mục, đường ra, đã nghe (ms), chỗ trong nguồn (ms), khung đầu, khung, mã kiểm
_SLOTS = 256
_HEAD = struct.Struct(">4sdI")
_MARK = b"BCV1"
_SIZE = _HEAD.size + _SLOTS * _SLOT.size


class Heard(NamedTuple):
    """``heard_ms``: đã ra đường này; ``position_ms``: chỗ trong nguồn; ``first_frame``: khung đầu; ``frame``: ngay sau đó."""

    output_id: int
    heard_ms: int
    position_ms: int
    first_frame: int
    frame: int


class HeardRing:
    """Một tệp của một trạm phát; ``note`` gọi ở luồng bơm, không bao giờ chờ đĩa."""

    def __init__(self, path: Path) -> None:
        """Mở hoặc tạo. Lỗi: ``OSError``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size != _SIZE:
            path.write_bytes(bytes(_SIZE))
        with path.open("rb+") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self._slots: dict[tuple[bytes, int], int] = {}
        starts = range(_HEAD.size, _SIZE, _SLOT.size)
        self._frames = [int(_SLOT.unpack_from(self._map, start)[5]) for start in starts]
        self._known: dict[str, bytes] = {}

    def note(self, frame: int, positions: Iterable[Position]) -> None:
        """``positions``: chỗ của mọi mục đang vang, ngay trước khung ``frame``."""
        for one in positions:
            digest = self._known.get(one.item_id) or self._known.setdefault(one.item_id, _digest(one.item_id))
            place = self._slots.get((digest, one.output_id))
            if place is None:
                place = self._slots[digest, one.output_id] = min(range(_SLOTS), key=self._frames.__getitem__)
                self._slots = {at: slot for at, slot in self._slots.items() if slot != place or at == (digest, one.output_id)}
            self._frames[place] = frame
            start = _HEAD.size + place * _SLOT.size
            until = max(one.first_frame, frame - one.waiting)
            heard = Heard(one.output_id, one.heard_ms, one.position_ms, one.first_frame, until)
            self._map[start : start + _SLOT.size] = _packed(digest, heard)

    def alive(self, now: datetime) -> None:
        """Dấu sống, rồi ép cả vòng xuống đĩa. Lỗi: ``OSError``."""
        seconds = now.timestamp()
        self._map[: _HEAD.size] = _HEAD.pack(_MARK, seconds, zlib.crc32(struct.pack(">d", seconds)))
        self._map.flush()

    def close(self) -> None:
        """Thôi dùng."""
        self._map.close()


def heard_of(path: Path, key: str) -> list[Heard]:
    """Chỗ đã nghe của một mục theo vòng của lần chạy trước; chưa vang hoặc không có vòng thì rỗng."""
    data, digest, found = _read(path), _digest(key), []
    for place in range(_SLOTS if data else 0):
        slot = data[_HEAD.size + place * _SLOT.size :][: _SLOT.size]
        known, *told, _ = _SLOT.unpack(slot)
        heard = Heard(*told)
        if known == digest and slot == _packed(digest, heard):
            found.append(heard)
    return found


def seen_at(path: Path) -> datetime | None:
    """Dấu sống cuối cùng của tiến trình phát."""
    data = _read(path)
    if not data:
        return None
    mark, seconds, check = _HEAD.unpack_from(data)
    whole = mark == _MARK and zlib.crc32(struct.pack(">d", seconds)) == check
    return datetime.fromtimestamp(seconds, UTC) if whole else None


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    return data if len(data) == _SIZE else b""


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def _packed(digest: bytes, heard: Heard) -> bytes:
    body = _SLOT.pack(digest, *heard, 0)
    return body[:-4] + struct.pack(">I", zlib.crc32(body[:-4]))
