"""Làm chủ âm lượng: mọi mục lên sóng cùng độ to -18 LUFS, đỉnh thật không quá -1,5 dBTP, tiếng vào ngay đầu tệp.

Người nghe phàn nàn nhiều nhất về chỗ to chỗ nhỏ; loa nén thì méo khi vượt đỉnh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broadcaster.errors import BadRecording
from broadcaster.sound.limiter import apply_gains, compressing_gains, hop_peaks, limiting_gains
from broadcaster.sound.loudness import measure
from broadcaster.sound.pcm import Floats, Samples, amplitude, decibels, frames, length_ms, sounding_span, to_float, to_samples

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


@dataclass(frozen=True)
class Mastered:
    """Tiếng sẵn sàng lên sóng; ``trimmed_ms`` là phần lặng đầu đã cắt, để dời các mốc câu."""

    samples: Samples
    lufs: float
    true_peak_db: float
    duration_ms: int
    trimmed_ms: int


def master(samples: Samples) -> Mastered:
    """Cắt lặng hai đầu, đưa về độ to chung và chặn đỉnh; ``BadRecording`` khi không có tiếng nào."""
    signal = to_float(samples)
    signal -= signal.mean(dtype=np.float64).astype(np.float32) if len(signal) else np.float32(0)
    first, last = sounding_span(signal, below_loud_db=_SILENCE_BELOW_DB)
    if last == first:
        raise BadRecording("Tệp âm thanh không có tiếng. Hãy tạo lại bản thu hoặc tải lên tệp khác.")
    start = max(0, first - frames(_HEAD_MS))
    return _levelled(_faded(signal[start : last + frames(_TAIL_MS)]), trimmed_ms=round(start / frames(1)))


def level(samples: Samples) -> Mastered:
    """Chỉ đưa về độ to chung và chặn đỉnh, không cắt và không đụng hai mép: cho nhạc hiệu đúng giây và nhạc lặp nối liền."""
    return _levelled(to_float(samples), trimmed_ms=0)


def _levelled(signal: Floats, *, trimmed_ms: int) -> Mastered:
    """Tìm hệ số khuếch đại sao cho sau khi chặn đỉnh, độ to đúng đích; vài vòng là hội tụ vì chặn chỉ lấy đi ít."""
    peaks = hop_peaks(signal)
    gain_db = TARGET_LUFS - measure(to_samples(signal)).lufs
    if decibels(float(peaks.max())) + gain_db > CEILING_DB + _HARD_LIMITING_DB:
        signal = apply_gains(signal, compressing_gains(peaks, CEILING_DB - gain_db - 2 * _HARD_LIMITING_DB))
        peaks = hop_peaks(signal)
        gain_db = TARGET_LUFS - measure(to_samples(signal)).lufs
    for _ in range(_ROUNDS):
        gain = amplitude(gain_db)
        gains = gain * limiting_gains(peaks * gain, CEILING_DB - _MARGIN_DB)
        result = to_samples(apply_gains(signal, gains))
        loudness = measure(result)
        if abs(TARGET_LUFS - loudness.lufs) <= _CLOSE_LU:
            break
        gain_db += _STRIDE * (TARGET_LUFS - loudness.lufs)
    return Mastered(result, loudness.lufs, loudness.true_peak_db, length_ms(result), trimmed_ms)


def _faded(signal: Floats) -> Floats:
    """Vào 5 ms, ra 20 ms: không tiếng tách ở mép cắt."""
    faded = signal.copy()
    fade_in, fade_out = (min(frames(ms), len(faded) // 2) for ms in (_FADE_IN_MS, _FADE_OUT_MS))
    faded[:fade_in] *= np.linspace(0, 1, fade_in, dtype=np.float32)
    faded[len(faded) - fade_out :] *= np.linspace(1, 0, fade_out, dtype=np.float32)
    return faded
