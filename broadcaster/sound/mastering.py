"""Làm chủ âm lượng: mọi mục lên sóng cùng độ to -18 LUFS, đỉnh thật không quá -1,5 dBTP, tiếng vào ngay đầu tệp.

Người nghe phàn nàn nhiều nhất về chỗ to chỗ nhỏ; loa nén thì méo khi vượt đỉnh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broadcaster.errors import BadRecording
from broadcaster.sound.limiter import Gains, apply_gains, compressing_gains, hop_count, hop_peaks, limiting_gains, widest
from broadcaster.sound.loudness import integrated, measure
from broadcaster.sound.pcm import Samples, amplitude, decibels, frames, length_ms, sounding_span

VERSION = "1"
TARGET_LUFS = -18.0
TOLERANCE_LU = 0.5
CEILING_DB = -1.5

_HEAD_MS = 10
_TAIL_MS = 100
_FADE_IN_MS = 5
_FADE_OUT_MS = 20
_SILENCE_BELOW_DB = 45.0
_MARGIN_DB = 0.2  # làm tròn 16 bit và sai số tăng mẫu
_CLOSE_LU = 0.1
_ROUNDS = 6
_STRIDE = 1.6  # chặn đỉnh ăn mất một phần mỗi lần tăng, nên bước dài hơn phần thiếu
_HARD_LIMITING_DB = 4.0
_MOST_EXTRA_DB = 12.0  # quá mức này chỉ còn nâng tiếng ồn nền


@dataclass(frozen=True)
class Mastered:
    """Tiếng sẵn sàng lên sóng; ``trimmed_ms`` là phần lặng đầu đã cắt, để dời các mốc câu."""

    samples: Samples
    lufs: float
    true_peak_db: float
    duration_ms: int
    trimmed_ms: int


def master(samples: Samples) -> Mastered:
    """Cắt lặng hai đầu, đưa về độ to chung và chặn đỉnh; ``BadRecording`` khi không có tiếng hoặc không đưa về được."""
    first, last = sounding_span(samples, below_loud_db=_SILENCE_BELOW_DB)
    if last == first:
        raise BadRecording("Tệp âm thanh không có tiếng. Hãy tạo lại bản thu hoặc tải lên tệp khác.")
    start = max(0, first - frames(_HEAD_MS))
    kept = samples[start : last + frames(_TAIL_MS)]
    return _mastered(kept, edges=_fades(hop_count(kept)), trimmed_ms=round(start / frames(1)))


def level(samples: Samples) -> Mastered:
    """Chỉ đưa về độ to chung và chặn đỉnh, không cắt và không đụng hai mép: cho nhạc hiệu đúng giây và nhạc lặp nối liền."""
    return _mastered(samples, edges=np.ones(hop_count(samples)), trimmed_ms=0)


def _mastered(samples: Samples, *, edges: Gains, trimmed_ms: int) -> Mastered:
    peaks = hop_peaks(samples)
    gain_db = TARGET_LUFS - integrated(samples)
    shape = edges
    if decibels(float(peaks.max())) + gain_db > CEILING_DB + _HARD_LIMITING_DB:
        shape = edges * compressing_gains(peaks, CEILING_DB - gain_db - 2 * _HARD_LIMITING_DB)
        gain_db = TARGET_LUFS - integrated(apply_gains(samples, shape))
    result = _to_target(samples, shape, peaks * widest(shape), gain_db)
    loudness = measure(result)
    if abs(loudness.lufs - TARGET_LUFS) > TOLERANCE_LU:
        raise BadRecording("Tệp có tiếng nổ to hơn lời quá nhiều nên không chỉnh đều được. Hãy thu hoặc tải lên tệp khác.")
    return Mastered(result, loudness.lufs, loudness.true_peak_db, length_ms(result), trimmed_ms)


def _to_target(samples: Samples, shape: Gains, peaks: Gains, gain_db: float) -> Samples:
    """Tìm hệ số khuếch đại sao cho sau khi chặn đỉnh, độ to đúng đích; vài vòng là hội tụ vì chặn chỉ lấy đi ít."""
    most_db = gain_db + _MOST_EXTRA_DB
    for _ in range(_ROUNDS):
        gain = amplitude(gain_db)
        result = apply_gains(samples, gain * shape * limiting_gains(peaks * gain, CEILING_DB - _MARGIN_DB))
        missing = TARGET_LUFS - integrated(result)
        if abs(missing) <= _CLOSE_LU:
            break
        gain_db = min(most_db, gain_db + _STRIDE * missing)
    return result


def _fades(count: int) -> Gains:
    """Vào 5 ms, ra 20 ms: không tiếng tách ở mép cắt."""
    hops = np.arange(count)
    return np.minimum(1.0, np.minimum(hops / _FADE_IN_MS, hops[::-1] / _FADE_OUT_MS))
