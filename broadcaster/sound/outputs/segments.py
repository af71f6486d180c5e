"""Các đoạn ghi lưu trên đĩa: tên tệp nói kênh và giờ bắt đầu, WAV khi đang ghi, FLAC khi đã khép.

WAV vì bị tắt ngang vẫn cứu được (chỉ đầu tệp sai); một FLAC dở thì hỏng. Phát lại, cứu và dọn đều chỉ nhìn vào thư mục.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import soundfile
import structlog

from broadcaster.errors import Invalid
from broadcaster.sound.frames import RATE, Samples

SEGMENT_MS = 60_000
WAV_HEADER = 44

_log = structlog.get_logger(__name__)

_NAME = re.compile(r"(?P<channel>[A-Za-z0-9-]+)_(?P<day>\d{8})T(?P<clock>\d{6})\.(?P<ms>\d{3})Z(?:_\d+)?\.(?:wav|flac)")


@dataclass(frozen=True)
class Segment:
    """Một tệp ghi lưu; ``start`` là giờ của mẫu đầu tiên."""

    path: Path
    channel: str
    start: datetime


def channel_name(key: int | str) -> str:
    """Tên kênh dùng trong tên tệp: chữ, số và gạch nối; khác thế thì ``Invalid``."""
    if not re.fullmatch(r"[A-Za-z0-9-]+", str(key)):
        raise Invalid(f"Khoá đường ra {key!r} không đặt được thành tên tệp. Hãy dùng chữ không dấu, số và gạch nối.")
    return str(key)


def new_path(folder: Path, channel: str, start: datetime) -> Path:
    """Đường dẫn WAV chưa ai dùng cho đoạn bắt đầu lúc ``start`` (giờ bị chỉnh lùi có thể sinh hai đoạn cùng giờ)."""
    stem = f"{channel}_{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03d}Z"
    taken = 0
    while any((folder / channel / f"{stem}{_suffix(taken)}.{kind}").exists() for kind in ("wav", "flac")):
        taken += 1
    return folder / channel / f"{stem}{_suffix(taken)}.wav"


def segments(folder: Path, channel: str | None = None) -> list[Segment]:
    """Các đoạn của một kênh (hoặc mọi kênh) theo giờ; đoạn đã có FLAC thì không kể WAV còn sót."""
    return _parsed(folder.glob(f"{channel or '*'}/*.*"))


def segments_between(folder: Path, channel: str, start: datetime, end: datetime) -> list[Segment]:
    """Các đoạn chạm vào ``[start, end)``; chỉ nhìn tên của đúng những phút ấy, vì ba tháng ghi lưu là hơn trăm nghìn tệp."""
    first = start.astimezone(UTC) - timedelta(minutes=1)
    minutes = int((end - start) / timedelta(minutes=1)) + 3
    wanted = {f"{channel}_{first + timedelta(minutes=step):%Y%m%dT%H%M}" for step in range(minutes)}
    length = len(f"{channel}_20260101T0000")
    place = folder / channel
    with os.scandir(place) if place.is_dir() else nullcontext(()) as entries:
        near = _parsed([place / entry.name for entry in entries if entry.name[:length] in wanted])
    return [one for one in near if one.start < end and one.start + timedelta(milliseconds=SEGMENT_MS) > start]


def _parsed(paths: Iterable[Path]) -> list[Segment]:
    found: dict[str, Segment] = {}
    for path in sorted(paths):
        match = _NAME.fullmatch(path.name)
        if match is not None:
            start = datetime.strptime(match["day"] + match["clock"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            segment = Segment(path, match["channel"], start + timedelta(milliseconds=int(match["ms"])))
            found.setdefault(path.with_suffix("").name, segment)
    return sorted(found.values(), key=lambda segment: (segment.start, segment.path.name))


def wav_header(data_bytes: int) -> bytes:
    """Đầu tệp WAV PCM 16 bit mono 48 kHz cho ``data_bytes`` byte tiếng."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + data_bytes, b"WAVE"),
        *(b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16),
        *(b"data", data_bytes),
    )


def repair(path: Path) -> int:
    """Sửa đầu tệp WAV theo số byte thật có trên đĩa; trả về số mẫu (0 nếu chưa có tiếng nào)."""
    samples = max(0, path.stat().st_size - WAV_HEADER) // 2
    with path.open("r+b") as file:
        file.truncate(WAV_HEADER + samples * 2)
        file.write(wav_header(samples * 2))
        file.flush()
        os.fsync(file.fileno())
    return samples


def compress(path: Path) -> Path:
    """WAV đã khép thành FLAC: ghi tệp tạm, đẩy xuống đĩa, đổi tên, rồi mới xoá WAV; tắt ngang lúc nào cũng còn một bản."""
    target = path.with_suffix(".flac")
    draft = path.with_suffix(".tmp")
    samples, rate = soundfile.read(path, dtype="int16")
    try:
        with draft.open("wb") as file:
            soundfile.write(file, samples, rate, format="FLAC", subtype="PCM_16")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    path.unlink()
    return target


def leftovers(folder: Path) -> list[Path]:
    """Gọi lúc khởi động, trước khi ghi: WAV còn sót của lần chạy trước; bản nháp nén dở thì bỏ."""
    for draft in folder.glob("*/*.tmp"):
        draft.unlink(missing_ok=True)
    return [path for path in sorted(folder.glob("*/*.wav")) if _NAME.fullmatch(path.name)]


def rescue(path: Path) -> Path | None:
    """Sửa và nén một WAV còn sót; trả về FLAC, hoặc ``None`` khi nó rỗng hay chưa cứu được (nằm lại cho lần sau)."""
    try:
        if repair(path):
            return compress(path)
        path.unlink()
    except (OSError, RuntimeError) as error:  # đĩa đầy không được ngăn đài lên sóng
        _log.warning("chưa cứu được đoạn ghi lưu", path=path.name, error=str(error))
    return None


def read_capture(folder: Path, channel: int | str, start: datetime, end: datetime) -> tuple[Samples, datetime]:
    """Tiếng đã gửi ra kênh trong ``[start, end)`` và giờ của mẫu đầu tiên; quãng kênh đóng ở giữa là lặng.

    Không có gì thì mảng rỗng và ``start``.
    """
    pieces = []
    for segment in segments_between(folder, channel_name(key=channel), start, end):
        offset, samples = _clip(_read(segment.path), _samples_between(start, segment.start), _samples_between(start, end))
        if len(samples):
            pieces.append((offset, samples))
    if not pieces:
        return np.zeros(0, np.int16), start
    first = min(offset for offset, _ in pieces)
    whole = np.zeros(max(offset + len(samples) for offset, samples in pieces) - first, np.int16)
    for offset, samples in pieces:
        whole[offset - first : offset - first + len(samples)] = samples
    return whole, start + timedelta(microseconds=round(first * 1_000_000 / RATE))


def prune(folder: Path, before: datetime) -> int:
    """Xoá các đoạn đã hết trước ``before`` (hạn lưu là chuyện của người gọi); trả về số tệp đã xoá."""
    old = [one for one in segments(folder) if one.start + timedelta(milliseconds=SEGMENT_MS) <= before]
    for segment in old:
        segment.path.unlink(missing_ok=True)
    return len(old)


def thin(folder: Path, keep_after: datetime, enough: Callable[[], bool]) -> int:
    """Xoá dần từ đoạn cũ nhất tới khi ``enough``; không đụng đoạn còn mới hơn ``keep_after``. Trả về số tệp đã xoá."""
    gone = 0
    for segment in segments(folder):
        if segment.start >= keep_after or enough():
            break
        segment.path.unlink(missing_ok=True)
        gone += 1
    return gone


def _suffix(taken: int) -> str:
    return f"_{taken}" if taken else ""


def _read(path: Path) -> Samples:
    """WAV đang ghi dở có đầu tệp chưa đúng nên đọc theo số byte thật; vừa nén xong thì nó đã thành FLAC."""
    if path.suffix == ".wav":
        try:
            body = path.read_bytes()[WAV_HEADER:]
        except FileNotFoundError:
            return _read(path.with_suffix(".flac"))
        return np.frombuffer(body[: len(body) // 2 * 2], np.int16)
    samples: Samples = soundfile.read(path, dtype="int16")[0]
    return samples


def _samples_between(start: datetime, end: datetime) -> int:
    return round((end - start) / timedelta(seconds=1) * RATE)


def _clip(samples: Samples, offset: int, limit: int) -> tuple[int, Samples]:
    """Phần của đoạn bắt đầu ở mẫu ``offset`` nằm trong ``[0, limit)``."""
    first = max(0, -offset)
    return max(0, offset), samples[first : max(first, limit - offset)]
