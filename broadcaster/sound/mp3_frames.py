"""Đi qua từng khung của một tệp MP3: phần đầu tệp tự khai (Xing, Info) không được tin, thẻ nằm giữa tệp không được làm dừng.

Bộ giải mã dừng ở độ dài tự khai; hai tệp nối đuôi nhau thì nửa sau mất mà không ai biết. Ở đây khung nào có thật đều được giữ.
Cấu trúc khung theo ISO/IEC 11172-3 và 13818-3 (lớp III).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_ID3V1 = 128
_LEAST_FRAMES = 3


@dataclass
class Frames:
    """Các khung liền nhau của từng đoạn (một đoạn là một lần mã hoá), số khung tự khai, số byte không hiểu được."""

    runs: list[bytearray] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    declared: list[int | None] = field(default_factory=list)
    lost: int = 0
    cut_frame: bool = False

    def begin(self, declared: int | None) -> None:
        """Đoạn mới."""
        self.runs.append(bytearray())
        self.counts.append(0)
        self.declared.append(declared)

    def add(self, frame: bytes) -> None:
        """Thêm một khung vào đoạn đang mở."""
        self.runs[-1] += frame
        self.counts[-1] += 1

    @property
    def missing(self) -> bool:
        """Đầu tệp khai nhiều khung hơn số có thật."""
        return any(
            want is not None and have < want - _LEAST_FRAMES for want, have in zip(self.declared, self.counts, strict=True)
        )


def frames_of(content: bytes) -> Frames:
    """Mọi khung của ``content``, bỏ thẻ và khung tự khai."""
    found = Frames()
    rate = 0
    fresh = True
    for start, end, kind in _walk(content, found):
        if kind == 0:
            fresh = True
            continue
        frame = content[start:end]
        declared = _declared(frame)
        if fresh or kind != rate or declared is not None:
            found.begin(declared)
            rate, fresh = kind, False
        if declared is None:
            found.add(frame)
    kept = [index for index, count in enumerate(found.counts) if count]
    return Frames(
        [_counting(found.runs[one], found.counts[one]) + found.runs[one] for one in kept],
        [found.counts[one] for one in kept],
        [found.declared[one] for one in kept],
        found.lost,
        found.cut_frame,
    )


def _walk(content: bytes, found: Frames) -> Iterator[tuple[int, int, int]]:
    """Từng khung (đầu, cuối, tần số) và từng thẻ (đầu, cuối, 0); byte không hiểu được thì cộng vào ``lost``."""
    at, end = 0, len(content)
    while at < end:
        if tag := _tag_length(content, at):
            yield at, at + tag, 0
            at += tag
        elif (size := _frame_length(content, at)) and at + size > end:
            found.cut_frame = True
            return
        elif size and _is_boundary(content, at + size):
            yield at, at + size, _rate(content, at)
            at += size
        else:
            following = content.find(b"\xff", at + 1)
            following = end if following < 0 else following
            found.lost += sum(1 for byte in content[at:following] if byte)
            at = following


def _is_boundary(content: bytes, at: int) -> bool:
    """Sau một khung thật là khung khác, thẻ, hết tệp hoặc vùng đệm rỗng."""
    if at >= len(content) or _frame_length(content, at) or _tag_length(content, at):
        return True
    return not any(content[at : at + 8])


def _tag_length(content: bytes, at: int) -> int:
    head = content[at : at + 32]
    if head[:3] == b"ID3" and len(head) >= 10 and max(head[6:10]) < 0x80:
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        return 10 + size + (10 if head[5] & 0x10 else 0)
    if head[:8] == b"APETAGEX" and len(head) == 32:
        has_header = int.from_bytes(head[20:24], "little") & 0xA000_0000
        return int.from_bytes(head[12:16], "little") + (32 if has_header else 0)
    return _ID3V1 if head[:3] == b"TAG" else 0


def _frame_length(content: bytes, at: int) -> int:
    """Số byte của khung lớp III bắt đầu ở ``at``; không phải khung thì 0."""
    head = content[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or head[1] >> 1 & 3 != 1:
        return 0
    version, bitrate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return 0
    kbps = (_KBPS_1 if version == 3 else _KBPS_2)[bitrate]
    return (144_000 if version == 3 else 72_000) * kbps // _RATES[version][rate] + (head[2] >> 1 & 1)


def _rate(content: bytes, at: int) -> int:
    return _RATES[content[at + 1] >> 3 & 3][content[at + 2] >> 2 & 3]


def _declared(frame: bytes) -> int | None:
    """Số khung mà khung tự khai Xing, Info ghi; ``None`` khi đây là khung tiếng, -1 khi khung ấy không ghi số."""
    for mark in (b"Xing", b"Info"):
        at = frame.find(mark, 4, 4 + 36 + 4)
        if at > 0:
            has_count = frame[at + 7 : at + 8] and frame[at + 7] & 1
            return int.from_bytes(frame[at + 8 : at + 12], "big") if has_count else -1
    return -1 if frame[36:40] == b"VBRI" else None


def _counting(run: bytearray, count: int) -> bytearray:
    """Khung Xing khai đúng số khung có thật: không có nó, bộ giải mã đoán độ dài tệp VBR theo khung đầu và dừng sớm."""
    head = bytearray(run[:4])
    head[1] |= 1  # không mã kiểm
    head[2] = (head[2] & 0x0D) | 0x90  # tốc độ bit đủ chỗ cho khung này, không đệm
    is_first, is_mono = head[1] >> 3 & 3 == 3, head[3] >> 6 == 3
    side = (17 if is_mono else 32) if is_first else (9 if is_mono else 17)
    length = _frame_length(bytes(head), 0)
    told = (3).to_bytes(4, "big") + count.to_bytes(4, "big") + (len(run) + length).to_bytes(4, "big")
    frame = head + bytes(side) + b"Xing" + told
    return frame + bytes(length - len(frame))
