"""Bộ nén nhẹ và bộ chặn đỉnh nhìn trước: nâng độ to mà không đỉnh nào vượt trần, không nghe thấy tiếng bóp.

Hệ số được tính thưa (mỗi mili giây một lần) trên đỉnh thật đã tăng mẫu bốn lần, nên trần giữ được cả giữa hai mẫu.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from broadcaster.sound.pcm import RATE, Floats, Samples, amplitude, float_blocks, to_samples

_HOP = RATE // 1000
_OVERSAMPLE = 4
_SMOOTH = 8
_LOOK_AHEAD = _SMOOTH + 1  # thêm một mốc vì hệ số được nội suy giữa các mốc
_HOLD = 40
_RATIO = 3.0
_COMPRESS_WINDOW = 80

Gains = NDArray[np.float64]


def hop_count(samples: Samples) -> int:
    """Số mốc của một mảng: mỗi mili giây một, phần lẻ cuối cũng là một."""
    return -(-len(samples) // _HOP)


def hop_peaks(samples: Samples) -> Gains:
    """Đỉnh thật của từng mili giây, sau khi bỏ độ lệch một chiều."""
    stream = soxr.ResampleStream(RATE, RATE * _OVERSAMPLE, 1, dtype="float32")
    between: list[Gains] = []
    at: list[Gains] = []
    rest = np.empty(0, dtype=np.float32)
    for block in float_blocks(samples):
        at.append(_hop_max(block, _HOP))
        rest = np.concatenate([rest, stream.resample_chunk(block)])
        whole = len(rest) // (_HOP * _OVERSAMPLE) * _HOP * _OVERSAMPLE
        between.append(_hop_max(rest[:whole], _HOP * _OVERSAMPLE))
        rest = rest[whole:]
    rest = np.concatenate([rest, stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)])
    between.append(_hop_max(rest, _HOP * _OVERSAMPLE))
    seen = np.concatenate(at)
    return np.maximum(_fit(np.concatenate(between), len(seen)), seen)


def widest(gains: Gains) -> Gains:
    """Hệ số lớn nhất mà phép nội suy có thể dùng trong từng mili giây: của chính nó và hai mốc bên cạnh."""
    return np.asarray(sliding_window_view(np.pad(gains, 1, mode="edge"), 3).max(axis=1))


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


def apply_gains(samples: Samples, gains: Gains) -> Samples:
    """Nhân hệ số thưa vào tiếng đã bỏ độ lệch một chiều, nội suy tuyến tính giữa các mốc."""
    centres = (np.arange(len(gains)) + 0.5) * _HOP
    result = np.empty_like(samples)
    start = 0
    for block in float_blocks(samples):
        curve = np.interp(np.arange(start, start + len(block)), centres, gains)
        result[start : start + len(block)] = to_samples(block * curve.astype(np.float32))
        start += len(block)
    return result


def _hop_max(signal: Floats, size: int) -> Gains:
    if not len(signal):
        return np.empty(0)
    return np.maximum.reduceat(np.abs(signal), np.arange(0, len(signal), size)).astype(np.float64)


def _fit(values: Gains, length: int) -> Gains:
    return np.pad(values[:length], (0, max(0, length - len(values))))
