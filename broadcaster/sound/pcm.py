"""Âm chuẩn của cả nhà: 48 kHz, một kênh, 16 bit. Mọi phòng trao nhau mảng này nên không ai phải hỏi lại tần số."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FULL_SCALE = 32_768.0
SILENT_DB = -120.0
BLOCK = RATE * 5
_QUIET_SHARE = 20  # một phần hai mươi số khung

Samples = NDArray[np.int16]
Floats = NDArray[np.float32]


def frames(ms: int, rate: int = RATE) -> int:
    """Số mẫu của ``ms`` mili giây."""
    return round(ms * rate / 1000)


def length_ms(samples: Samples | Floats, rate: int = RATE) -> int:
    """Độ dài tính bằng mili giây, làm tròn."""
    return round(len(samples) * 1000 / rate)


def silence(ms: int) -> Samples:
    """Khoảng lặng tuyệt đối dài ``ms`` mili giây."""
    return np.zeros(frames(ms), dtype=np.int16)


def to_float(samples: Samples) -> Floats:
    """Đổi sang số thực trong [-1, 1)."""
    return samples.astype(np.float32) / np.float32(FULL_SCALE)


def to_samples(signal: Floats) -> Samples:
    """Đổi về 16 bit, làm tròn; mẫu vượt thang bị chặn ở đỉnh chứ không quay vòng thành tiếng nổ."""
    scaled = np.rint(signal * np.float32(FULL_SCALE))
    return np.asarray(np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16))


def decibels(value: float) -> float:
    """Biên độ tuyến tính sang dB, không thấp hơn ``SILENT_DB``."""
    return max(SILENT_DB, 20 * float(np.log10(max(value, 1e-12))))


def amplitude(db: float) -> float:
    """DB sang biên độ tuyến tính."""
    return float(10 ** (db / 20))


def resting_level(samples: Samples) -> float:
    """Chỗ tín hiệu nằm khi không ai nói: trung bình của các khung 20 ms lặng nhất, đơn vị mẫu 16 bit.

    Trung bình của cả mảng thì sai: sóng tiếng nói vốn lệch một phía, trừ đi như vậy là đặt tiếng ù một chiều vào mọi khoảng lặng.
    """
    size = frames(20)
    whole = samples[: len(samples) // size * size].reshape(-1, size)
    if not len(whole):
        return float(samples.mean()) if len(samples) else 0.0
    swing = whole.max(axis=1).astype(np.int32) - whole.min(axis=1)
    quietest = np.argsort(swing, kind="stable")[: max(1, len(whole) // _QUIET_SHARE)]
    return float(np.median(whole[quietest].mean(axis=1)))


def float_blocks(samples: Samples, size: int = BLOCK) -> Iterator[Floats]:
    """Từng khúc số thực, đã bỏ độ lệch một chiều (``resting_level``): tệp một giờ không phải nằm hai lần trong bộ nhớ."""
    offset = np.float32(resting_level(samples) / FULL_SCALE)
    for start in range(0, len(samples), size):
        yield to_float(samples[start : start + size]) - offset


def frame_levels(samples: Samples, ms: int = 20, rate: int = RATE) -> NDArray[np.float64]:
    """Mức RMS (dBFS) của từng khung ``ms`` mili giây; phần lẻ cuối cùng cũng là một khung."""
    size = frames(ms, rate)
    parts = [_levels(block, size) for block in float_blocks(samples, max(1, BLOCK // size) * size)]
    return np.concatenate(parts) if parts else np.empty(0)


def sounding_span(samples: Samples, *, below_loud_db: float, rate: int = RATE) -> tuple[int, int]:
    """Mẫu đầu và mẫu sau cùng có tiếng: khung 5 ms kém mức to (bách phân vị 95) tối đa ``below_loud_db``, không có thì (0, 0)."""
    levels = frame_levels(samples, 5, rate)
    if not len(levels):
        return 0, 0
    loud = float(np.percentile(levels, 95))
    heard = np.flatnonzero(levels > max(loud - below_loud_db, -70.0))
    if loud < -70.0 or not len(heard):
        return 0, 0
    size = frames(5, rate)
    return int(heard[0]) * size, min(len(samples), int(heard[-1] + 1) * size)


def _levels(block: Floats, size: int) -> NDArray[np.float64]:
    edges = np.arange(0, len(block), size)
    power = np.add.reduceat(np.square(block, dtype=np.float64), edges)
    counts = np.minimum(size, len(block) - edges)
    return np.asarray(10 * np.log10(np.maximum(power / counts, 1e-12)))
