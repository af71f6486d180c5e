"""Vòng đã nghe: mỗi mục đang vang, trên mỗi đường ra, đã đi tới đâu; tiến trình chết giữa chừng thì lần sau biết đúng chỗ.

Bộ bơm ghi mười lần một giây vào bộ nhớ chung với tệp (bị giết ngang thì hệ điều hành giữ hộ); mỗi giây ép xuống đĩa một lần
(mất điện thì sai tới một giây). Đầu vòng mang dấu sống cuối cùng của tiến trình.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SLOT = struct.Struct(">16sIIIqI")  # mã mục, đường ra, đã nghe (ms), chỗ trong nguồn (ms), khung, mã kiểm
_SLOTS = 256
_HEAD = struct.Struct(">4sdI")
_MARK = b"BCV1"
_SIZE = _HEAD.size + _SLOTS * _SLOT.size


@dataclass(frozen=True)
class Heard:
    """``heard_ms``: đã ra đường này; ``position_ms``: chỗ trong nguồn; ``frame``: khung ngay sau đó."""

    output_id: int
    heard_ms: int
    position_ms: int
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
        self._frames = [int(_SLOT.unpack_from(self._map, start)[4]) for start in starts]
        self._known: dict[str, bytes] = {}

    def note(self, frame: int, positions: Iterable[tuple[str, int, int, int]]) -> None:
        """``positions``: (khoá mục, đường ra, đã nghe, chỗ trong nguồn) của mọi mục đang vang, ngay trước khung ``frame``."""
        for key, output_id, heard_ms, position_ms in positions:
            digest = self._known.get(key) or self._known.setdefault(key, _digest(key))
            place = self._slots.get((digest, output_id))
            if place is None:
                place = self._slots[digest, output_id] = min(range(_SLOTS), key=self._frames.__getitem__)
                self._slots = {at: slot for at, slot in self._slots.items() if slot != place or at == (digest, output_id)}
            self._frames[place] = frame
            start = _HEAD.size + place * _SLOT.size
            self._map[start : start + _SLOT.size] = _packed(digest, output_id, heard_ms, position_ms, frame)

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
        known, output_id, heard_ms, position_ms, frame, _ = _SLOT.unpack(slot)
        if known == digest and slot == _packed(digest, output_id, heard_ms, position_ms, frame):
            found.append(Heard(output_id, heard_ms, position_ms, frame))
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


def _packed(digest: bytes, output_id: int, heard_ms: int, position_ms: int, frame: int) -> bytes:
    body = _SLOT.pack(digest, output_id, heard_ms, position_ms, frame, 0)
    return body[:-4] + struct.pack(">I", zlib.crc32(body[:-4]))
