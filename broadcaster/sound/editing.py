"""Sửa tiếng nhẹ bằng pydub: giữ một đoạn, bỏ một đoạn, vuốt đầu đuôi, chỉnh to nhỏ, nối thêm. Không dùng pydub để giải mã.

Một lần sửa là một dãy việc áp lên tiếng gốc; tiếng gốc không bao giờ đổi, nên hoàn tác chỉ là bớt việc cuối.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from broadcaster.errors import Invalid
from broadcaster.sound.pcm import FULL_SCALE, RATE, Samples, length_ms

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub nhắc tìm ffmpeg, thứ ta không cần, và dùng cú pháp cũ
    from pydub import AudioSegment

Others = Callable[[int], Samples | None]
"""Mã tiếng để nối → tiếng ấy; không còn thì ``None``."""
MOST_EDITS = 60
MOST_DB = 20.0
MOST_MS = 20 * 60 * 1000
"""Như tệp dài nhất được nhận: mỗi việc sửa là vài bản chép của cả tiếng, 115 MB mỗi bản."""
_SEAM_MS = 10  # chỗ cắt được hoà vào nhau chừng này: không tiếng tách
_JOIN_GAP_MS = 300
_SHORTEST_MS = 200


class EditKind(StrEnum):
    """Việc sửa; giá trị là mã trong biểu mẫu."""

    KEEP = "giu"
    CUT = "bo"
    FADE_IN = "vao"
    FADE_OUT = "ra"
    GAIN = "to"
    JOIN = "noi"


@dataclass(frozen=True)
class Edit:
    """Một việc trên đoạn ``start_ms``-``end_ms`` của tiếng ngay trước nó; ``db`` cho chỉnh to nhỏ, ``other``: mã tiếng để nối."""

    kind: EditKind
    start_ms: int = 0
    end_ms: int = 0
    db: float = 0.0
    other: int = 0

    def __str__(self) -> str:
        """Dạng chữ để nằm trong biểu mẫu; ``read_edit`` đọc lại được."""
        return f"{self.kind}:{self.start_ms}-{self.end_ms}:{self.db:g}:{self.other}"

    @property
    def told(self) -> str:
        """Nói lại cho người sửa."""
        place = f"{_seconds(self.start_ms)}-{_seconds(self.end_ms)} giây"
        return {
            EditKind.KEEP: f"Chỉ giữ {place}",
            EditKind.CUT: f"Bỏ {place}",
            EditKind.FADE_IN: f"Vuốt to dần {place}",
            EditKind.FADE_OUT: f"Vuốt nhỏ dần {place}",
            EditKind.GAIN: f"{'Tăng' if self.db > 0 else 'Giảm'} {abs(self.db):g} dB ở {place}",
            EditKind.JOIN: "Nối thêm một bản thu vào cuối",
        }[self.kind]


def read_edit(text: str) -> Edit:
    """Lỗi: ``Invalid`` khi không phải một việc sửa."""
    match = re.fullmatch(r"(\w{2,4}):(\d{1,8})-(\d{1,8}):(-?\d{1,2}(?:\.\d{1,2})?):(\d{1,15})", text)
    if match is None or match[1] not in {kind.value for kind in EditKind}:
        raise Invalid("Một bước sửa không đọc được. Hãy tải lại trang rồi sửa lại.")
    return Edit(EditKind(match[1]), int(match[2]), int(match[3]), float(match[4]), int(match[5]))


def apply(samples: Samples, edits: Sequence[Edit], others: Others) -> Samples:
    """Tiếng sau mọi việc, theo thứ tự; ``samples`` giữ nguyên; ``others`` chỉ được hỏi khi tới lượt nối.

    Lỗi: ``Invalid`` nói việc nào không làm được.
    """
    if len(edits) > MOST_EDITS:
        raise Invalid(f"Đã sửa {MOST_EDITS} bước. Hãy lưu lại rồi sửa tiếp trên bản vừa lưu.")
    segment = _segment(samples)
    for edit in edits:
        segment = _edited(segment, edit, others)
        if not _SHORTEST_MS <= len(segment) <= MOST_MS:
            raise Invalid("Đoạn còn lại quá ngắn hoặc quá dài. Hãy chọn lại.")
    return np.frombuffer(segment.raw_data, dtype=np.int16)


def outline(samples: Samples, columns: int) -> list[tuple[float, float]]:
    """Mỗi cột: mẫu thấp nhất và cao nhất, trong [-1, 1], để vẽ sóng."""
    edges = np.linspace(0, len(samples), columns, endpoint=False).astype(int)
    low, high = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
    return [(float(a) / FULL_SCALE, float(b) / FULL_SCALE) for a, b in zip(low, high, strict=True)]


def _edited(segment: Any, edit: Edit, others: Others) -> Any:
    if edit.kind is EditKind.JOIN:
        other = others(edit.other)
        if other is None:
            raise Invalid("Không còn bản thu định nối. Hãy hoàn tác bước ấy.")
        if len(segment) + length_ms(other) > MOST_MS:
            raise Invalid(f"Nối thêm thì dài quá {MOST_MS // 60_000} phút. Hãy bỏ bớt trước khi nối.")
        return segment + AudioSegment.silent(_JOIN_GAP_MS, frame_rate=RATE) + _segment(other)
    start, end = edit.start_ms, min(edit.end_ms, len(segment))
    if start >= end:
        raise Invalid("Đoạn chọn phải có đầu trước cuối và nằm trong bản thu. Hãy chọn lại.")
    before, inside, after = segment[:start], segment[start:end], segment[end:]
    if edit.kind is EditKind.KEEP:
        return inside
    if edit.kind is EditKind.CUT:
        return before.append(after, crossfade=min(_SEAM_MS, len(before), len(after)))
    if edit.kind is EditKind.GAIN:
        if abs(edit.db) > MOST_DB:
            raise Invalid(f"Chỉ chỉnh to nhỏ trong khoảng {MOST_DB:g} dB mỗi bước.")
        return before + inside.apply_gain(edit.db) + after
    faded = inside.fade_in(len(inside)) if edit.kind is EditKind.FADE_IN else inside.fade_out(len(inside))
    return before + faded + after


def _segment(samples: Samples) -> Any:
    return AudioSegment(samples.tobytes(), sample_width=2, frame_rate=RATE, channels=1)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.2f}".replace(".", ",")
