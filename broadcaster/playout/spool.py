"""Sổ tạm: dòng nhật ký của khẩn cấp và im lặng bền ngay trên đĩa, kể cả khi cơ sở dữ liệu bị khoá hoặc đĩa đã đầy.

Tệp được cấp chỗ trước nên ghi thêm không cần chỗ mới; mỗi bản ghi có số, độ dài và mã kiểm nên nửa bản ghi không bao giờ
được tin. Bản ghi đã vào nhật ký thì ``forget``; vào hết thì sổ viết lại từ đầu.
"""

from __future__ import annotations

import json
import os
import struct
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broadcaster.errors import OutputFailed

SIZE = 4_000_000
_RECORD = struct.Struct(">4sQII")  # dấu, số, độ dài, mã kiểm
_MARK = b"BCS1"
_BLOCK = bytes(65_536)


@dataclass(frozen=True)
class Record:
    """Một bản ghi: ``number`` tăng mãi, không dùng lại."""

    number: int
    body: dict[str, Any]


class Spool:
    """Một tệp, một người ghi; gọi được từ mọi luồng."""

    def __init__(self, path: Path, *, after: int = 0) -> None:
        """Mở (hoặc cấp chỗ) và đọc lại bản ghi chưa vào nhật ký; ``after``: số đã vào nhật ký. Lỗi: ``OSError``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size < SIZE:
            _allocate(path)
        self._file = path.open("rb+", buffering=0)
        self._lock = threading.Lock()
        self._pending, self._end = _read(self._file.read(SIZE))
        self._last = max([after, *(record.number for record in self._pending)])
        self._pending = [record for record in self._pending if record.number > after]
        if not self._pending:
            self._end = 0

    def append(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Ghi bền các bản ghi theo thứ tự, cùng một lần ép xuống đĩa. Lỗi: ``OutputFailed`` khi đĩa hỏng hoặc sổ đầy."""
        with self._lock:
            records = [Record(self._last + place, dict(body)) for place, body in enumerate(bodies, start=1)]
            data = b"".join(_packed(record) for record in records)
            if self._end + len(data) > SIZE:
                raise OutputFailed("Sổ tạm của máy phát đã đầy vì cơ sở dữ liệu vắng quá lâu. Hãy khôi phục cơ sở dữ liệu trước.")
            try:
                self._file.seek(self._end)
                self._file.write(data)
                os.fsync(self._file.fileno())
            except OSError as error:
                raise OutputFailed("Máy phát không ghi được sổ tạm nên chưa phát. Hãy kiểm tra ổ đĩa.") from error
            self._end += len(data)
            self._last = records[-1].number
            self._pending += records

    def pending(self) -> list[Record]:
        """Bản ghi chưa vào nhật ký, theo thứ tự."""
        with self._lock:
            return list(self._pending)

    def forget(self, number: int) -> None:
        """Các bản ghi tới số ``number`` đã vào nhật ký; vào hết thì lần ghi sau viết từ đầu tệp."""
        with self._lock:
            self._pending = [record for record in self._pending if record.number > number]
            if not self._pending:
                self._end = 0

    def close(self) -> None:
        """Thôi dùng."""
        self._file.close()


def _allocate(path: Path) -> None:
    """Viết số không thật sự (không phải lỗ trong tệp), để lúc đĩa đầy vẫn còn chỗ ghi."""
    with path.open("ab") as file:
        for _ in range(-(-(SIZE - file.tell()) // len(_BLOCK))):
            file.write(_BLOCK)
        file.flush()
        os.fsync(file.fileno())


def _packed(record: Record) -> bytes:
    data = json.dumps(record.body, ensure_ascii=False, separators=(",", ":")).encode()
    return _RECORD.pack(_MARK, record.number, len(data), zlib.crc32(data, record.number & 0xFFFFFFFF)) + data


def _read(data: bytes) -> tuple[list[Record], int]:
    """Các bản ghi liền nhau từ đầu tệp và chỗ hết; gặp bản ghi hỏng, hoặc số không kế tiếp (đời trước), thì dừng."""
    records: list[Record] = []
    place = 0
    while place + _RECORD.size <= len(data):
        mark, number, length, check = _RECORD.unpack_from(data, place)
        body = data[place + _RECORD.size : place + _RECORD.size + length]
        whole = mark == _MARK and 0 < length == len(body) and zlib.crc32(body, number & 0xFFFFFFFF) == check
        if not whole or (records and number != records[-1].number + 1):
            break
        records.append(Record(number, json.loads(body)))
        place += _RECORD.size + length
    return records, place
