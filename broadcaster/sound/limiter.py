"""Bộ nén nhẹ và bộ chặn đỉnh nhìn trước: nâng độ to mà không đỉnh nào vượt trần, không nghe thấy tiếng bóp.

Hệ số được tính thưa (mỗi mili giây một lần) trên đỉnh thật đã tăng mẫu bốn lần, nên trần giữ được cả giữa hai mẫu.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from broadcaster.sound.pcm import RATE, Floats, amplitude

_HOP = RATE // 1000
_OVERSAMPLE = 4
_BLOCK_HOPS = 5_000
_SMOOTH = 8
_LOOK_AHEAD = _SMOOTH + 1  # thêm một mốc vì hệ số được nội suy giữa các mốc
_HOLD = 40
_RATIO = 3.0
_COMPRESS_WINDOW = 80

Gains = NDArray[np.float64]


def hop_peaks(signal: Floats) -> Gains:
    """Đỉnh thật của từng mili giây."""
    stream = soxr.ResampleStream(RATE, RATE * _OVERSAMPLE, 1, dtype="float32")
    size = _BLOCK_HOPS * _HOP
    between: list[Gains] = []
    rest = np.empty(0, dtype=np.float32)
    for start in range(0, len(signal), size):
        last = start + size >= len(signal)
        rest = np.concatenate([rest, stream.resample_chunk(signal[start : start + size], last=last)])
        whole = len(rest) if last else len(rest) // (_HOP * _OVERSAMPLE) * _HOP * _OVERSAMPLE
        between.append(_hop_max(rest[:whole], _HOP * _OVERSAMPLE))
        rest = rest[whole:]
    at = _hop_max(signal, _HOP)
    return np.maximum(_fit(np.concatenate([np.empty(0), *between]), len(at)), at)


def limiting_gains(peaks: Gains, ceiling_db: float) -> Gains:
    """Hệ số cho từng mili giây để đỉnh không vượt trần: xuống trước khi đỉnh tới, giữ 40 ms, lên êm.

    Mỗi hệ số là trung bình của những cửa sổ cực tiểu đều chứa mili giây ấy, nên không bao giờ lớn hơn mức cần.
    """
    needed = np.minimum(1.0, amplitude(ceiling_db) / np.maximum(peaks, 1e-9))
    padded = np.pad(needed, (_HOLD, _LOOK_AHEAD), mode="edge")
    lowest = sliding_window_view(padded, _HOLD + _LOOK_AHEAD + 1).min(axis=1)
    width = 2 * _SMOOTH + 1
    return np.convolve(np.pad(lowest, _SMOOTH, mode="edge"), np.full(width, 1 / width), "valid")


def compressing_gains(peaks: Gains, threshold_db: float) -> Gains:
    """Hệ số nén 3:1 phần vượt ngưỡng, theo đường bao chậm 80 ms: giọng đều hơn, cần chặn đỉnh ít hơn."""
    window = np.hanning(_COMPRESS_WINDOW + 2)[1:-1]
    padded = np.pad(peaks**2, (_COMPRESS_WINDOW // 2, _COMPRESS_WINDOW // 2 - 1))
    envelope = np.sqrt(np.maximum(np.convolve(padded, window / window.sum(), "valid"), 0.0))
    over = np.maximum(1.0, envelope / amplitude(threshold_db))
    return np.asarray(over ** (1 / _RATIO - 1))


def apply_gains(signal: Floats, gains: Gains) -> Floats:
    """Nhân hệ số thưa vào tín hiệu, nội suy tuyến tính giữa các mốc."""
    centres = (np.arange(len(gains)) + 0.5) * _HOP
    result = np.empty_like(signal)
    size = _BLOCK_HOPS * _HOP
    for start in range(0, len(signal), size):
        block = signal[start : start + size]
        result[start : start + size] = block * np.interp(np.arange(start, start + len(block)), centres, gains)
    return result


def _hop_max(signal: Floats, size: int) -> Gains:
    if not len(signal):
        return np.empty(0)
    return np.maximum.reduceat(np.abs(signal), np.arange(0, len(signal), size)).astype(np.float64)


def _fit(values: Gains, length: int) -> Gains:
    return np.pad(values[:length], (0, max(0, length - len(values))))
