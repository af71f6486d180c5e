"""Sổ trực: mọi điều xảy ra ở phòng phát sóng bền trên đĩa của chính nó trước khi có tiếng; nhật ký đọc lại sau.

Các đoạn tệp cấp chỗ trước, chỉ ghi nối: đĩa đầy vẫn ghi được. Mỗi bản ghi có số tăng mãi, mã kiểm, giờ tường, giờ đơn điệu và
mã lần khởi động máy, nên thứ tự và độ dài đúng cả khi đồng hồ nhảy. Nửa bản ghi không bao giờ được tin; bản ghi hỏng giữa sổ
không che những bản ghi đứng sau nó.
"""

from __future__ import annotations

import json
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from broadcaster.clock import Clock
from broadcaster.errors import OutputFailed
from broadcaster.sound.files import sync_folder

log = structlog.get_logger(__name__)

SEGMENT = 4_000_000
LEGACY = "so-tam-"
"""Sổ tạm của bản phần mềm trước, cùng dạng bản ghi: bản ghi chưa vào nhật ký trong đó vẫn được đưa vào."""
_SUFFIX = ".so"
_RECORD = struct.Struct(">4sQII")  # dấu, số, độ dài, mã kiểm
_MARK = b"BCS1"
_LEAP = 1000
_BLOCK = bytes(65_536)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_datasync = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True)
class Record:
    """Một bản ghi: ``number`` tăng mãi, không dùng lại; ``body["what"]`` nói điều gì, ``body["at"]`` lúc nào."""

    number: int
    body: dict[str, Any]


class Journal:
    """Người ghi duy nhất (dưới khoá tệp của trạm phát); gọi được từ mọi luồng."""

    def __init__(self, folder: Path, player_id: int, clock: Clock, *, after: int = 0) -> None:
        """Mở và đọc lại sổ; ``after``: số lớn nhất nơi khác đã biết, số mới luôn lớn hơn. Lỗi: ``OSError``."""
        self._folder, self._player_id, self._clock = folder, player_id, clock
        self._boot = boot_id()
        self._lock, self._sync_lock = threading.Lock(), threading.Lock()
        self._unsaved: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.known = list(read(folder, player_id))
        """Mọi bản ghi còn trên đĩa lúc mở, đã vào nhật ký hay chưa."""
        # Người đọc có thể đã đưa vào nhật ký một bản ghi mà mất điện lấy mất khỏi đĩa: nhảy số để không số nào dùng lại.
        self._last = self._synced = max([after, *(record.number for record in self.known)]) + _LEAP
        self._open_last()
        self._spare()

    @property
    def last(self) -> int:
        """Số của bản ghi mới nhất."""
        return self._last

    def append(self, bodies: Sequence[Mapping[str, Any]], *, must: bool = True) -> int:
        """Ghi bền các bản ghi theo thứ tự; nhiều luồng cùng ghi thì chung một lần ép xuống đĩa. Trả về số của bản ghi đầu.

        ``must`` sai (khẩn cấp): đĩa không chịu ghi thì giữ trong bộ nhớ, ghi lại ở lần sau. Lỗi: ``OutputFailed`` khi ``must``.
        """
        stamped = [self.stamped(body) for body in bodies]
        with self._lock:
            first = self._last + len(self._unsaved) + 1
            try:
                self._write([*self._unsaved, *stamped])
            except OSError as error:
                if must:
                    raise OutputFailed("Máy phát không ghi được sổ trực nên chưa phát. Hãy kiểm tra ổ đĩa.") from error
                log.critical("sổ trực không ghi được, dòng khẩn cấp chờ trong bộ nhớ", loi=str(error))
                self._unsaved += stamped
                return first
            self._unsaved = []
            last = self._last
        self._sync(last, must=must)
        return first

    def close(self) -> None:
        """Thôi dùng."""
        os.close(self._file)

    def stamped(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Bản ghi kèm giờ tường, giờ đơn điệu và lần khởi động máy lúc này."""
        stamp = {"wall": self._clock.now().isoformat(), "mono": round(self._clock.monotonic(), 3), "boot": self._boot}
        return {**body, "stamp": stamp}

    def _write(self, bodies: Sequence[dict[str, Any]]) -> None:
        """Nối vào đoạn đang ghi, hết chỗ thì sang đoạn dự trữ. Hỏng giữa chừng thì số chưa tăng: lần sau ghi đè đúng chỗ ấy."""
        data = b"".join(_packed(self._last + place, body) for place, body in enumerate(bodies, start=1))
        if len(data) > SEGMENT:
            raise OSError("bản ghi dài hơn cả một đoạn sổ")
        if self._end + len(data) > SEGMENT:
            self._turn()
        os.lseek(self._file, self._end, os.SEEK_SET)
        if os.write(self._file, data) != len(data):
            raise OSError("chỉ ghi được một phần")
        self._end += len(data)
        self._last += len(bodies)

    def _sync(self, upto: int, *, must: bool) -> None:
        with self._sync_lock:
            if self._synced >= upto:
                return
            with self._lock:
                last, file = self._last, self._file
            try:
                _datasync(file)
            except OSError as error:
                if must:
                    raise OutputFailed("Máy phát không ghi được sổ trực nên chưa phát. Hãy kiểm tra ổ đĩa.") from error
                log.critical("sổ trực không xuống được đĩa", loi=str(error))
                return
            self._synced = last

    def _open_last(self) -> None:
        """Đoạn cuối có bản ghi (chưa có đoạn nào thì đoạn đầu); chỗ ghi là ngay sau bản ghi tin được cuối cùng."""
        paths = segments(self._folder, self._player_id) or [self._allocated(1)]
        ends = {path: max((end for _, end in _records(path.read_bytes())), default=0) for path in paths}
        used = [path for path in paths if ends[path]]
        self._path = used[-1] if used else paths[0]
        self._file, self._end = _opened(self._path), ends[self._path]

    def _turn(self) -> None:
        following = self._folder / _name(self._player_id, _order(self._path) + 1)
        if not following.exists():
            self._allocated(_order(self._path) + 1)
        _datasync(self._file)
        os.close(self._file)
        self._path, self._end = following, 0
        self._file = _opened(following)
        self._spare()

    def _spare(self) -> None:
        """Luôn có sẵn một đoạn trống; đĩa đang đầy thì thôi, lần sang đoạn sau thử lại."""
        with suppress(OSError):
            if not (self._folder / _name(self._player_id, _order(self._path) + 1)).exists():
                self._allocated(_order(self._path) + 1)

    def _allocated(self, order: int) -> Path:
        """Viết số không thật sự (không phải lỗ trong tệp) vào tệp tạm rồi mới đổi tên: đoạn nào có tên thì đủ chỗ."""
        target = self._folder / _name(self._player_id, order)
        temporary = target.with_suffix(".tmp")
        try:
            with temporary.open("wb") as file:
                for _ in range(-(-SEGMENT // len(_BLOCK))):
                    file.write(_BLOCK)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(self._folder)
        return target


class JournalTail:
    """Người đọc ở tiến trình khác: các bản ghi sau số đã vào nhật ký, theo thứ tự, đọc thêm phần mới mỗi lần hỏi."""

    def __init__(self, folder: Path, player_id: int) -> None:
        """``folder`` có thể chưa có."""
        self._folder, self._player_id = folder, player_id
        self._place: tuple[Path, int] | None = None
        self._waiting: list[Record] = []

    def pending(self, after: int) -> list[Record]:
        """Bản ghi có số lớn hơn ``after``."""
        self._waiting = [record for record in [*self._waiting, *self._read_on()] if record.number > after]
        return list(self._waiting)

    def forget(self, *, upto: int, before: float) -> None:
        """Bỏ đoạn mà mọi bản ghi đã vào nhật ký và không ai ghi từ trước ``before`` (giây từ 1970); giữ hai đoạn cuối."""
        for path in segments(self._folder, self._player_id)[:-2]:
            records = [record for record, _ in _records(path.read_bytes())]
            if path.stat().st_mtime < before and all(record.number <= upto for record in records):
                path.unlink()

    def _read_on(self) -> list[Record]:
        found: list[Record] = []
        for path in segments(self._folder, self._player_id, legacy=True):
            start = 0
            if self._place is not None:
                if _order(path) < _order(self._place[0]):
                    continue
                start = self._place[1] if path == self._place[0] else 0
            with path.open("rb") as file:
                file.seek(start)
                if not file.read(len(_MARK)).strip(b"\0") and self._place is not None:
                    continue
                file.seek(start)
                data = file.read()
            for record, end in _records(data, after=found[-1].number if found else None):
                found.append(record)
                self._place = (path, start + end)
        return found


def read(folder: Path, player_id: int) -> Iterator[Record]:
    """Mọi bản ghi tin được của một trạm phát, theo số."""
    last = 0
    for path in segments(folder, player_id, legacy=True):
        for record, _ in _records(path.read_bytes()):
            if record.number > last:
                last = record.number
                yield record


def segments(folder: Path, player_id: int, *, legacy: bool = False) -> list[Path]:
    """Các đoạn theo thứ tự; ``legacy``: kể cả sổ tạm của bản phần mềm trước."""
    found = sorted(folder.glob(f"{player_id}-*{_SUFFIX}"), key=_order)
    old = folder / f"{LEGACY}{player_id}"
    return [old, *found] if legacy and old.is_file() else found


def boot_id() -> str:
    """Mã của lần khởi động máy này: giờ đơn điệu chỉ so được trong cùng một lần."""
    with suppress(OSError):
        return _BOOT.read_text("ascii").strip()[:13]
    return ""


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))


def _name(player_id: int, order: int) -> str:
    return f"{player_id}-{order:06}{_SUFFIX}"


def _order(path: Path) -> int:
    return int(path.stem.partition("-")[2]) if path.suffix == _SUFFIX else 0


def _packed(number: int, body: Mapping[str, Any]) -> bytes:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return _RECORD.pack(_MARK, number, len(data), _check(number, data)) + data


def _check(number: int, data: bytes) -> int:
    return zlib.crc32(data, number & 0xFFFFFFFF)


def _records(data: bytes, *, after: int | None = None) -> Iterator[tuple[Record, int]]:
    """Bản ghi tin được và chỗ hết của nó, số tăng dần; gặp chỗ hỏng thì tìm dấu kế tiếp, nên một chỗ hỏng chỉ mất chính nó."""
    place = 0
    while (place := data.find(_MARK, place)) >= 0:
        found = _record_at(data, place)
        if found is None or (after is not None and found.number <= after):
            place += len(_MARK)
            continue
        after = found.number
        place += _RECORD.size + _RECORD.unpack_from(data, place)[2]
        yield found, place


def _record_at(data: bytes, place: int) -> Record | None:
    if place + _RECORD.size > len(data):
        return None
    _, number, length, check = _RECORD.unpack_from(data, place)
    body = data[place + _RECORD.size : place + _RECORD.size + length]
    if not 0 < length == len(body) or _check(number, body) != check:
        return None
    try:
        return Record(number, json.loads(body))
    except ValueError:
        return None
