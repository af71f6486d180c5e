"""Nghe bằng phép đo: đoạn thu được có phải là bản ghi kia không, và bắt đầu lúc nào."""

from __future__ import annotations

import numpy as np

from broadcaster.sound.pcm import RATE, Samples


def likeness(recording: Samples, heard: Samples) -> tuple[float, float]:
    """Tương quan chuẩn hoá lớn nhất (0..1) của ``recording`` bên trong ``heard``, và chỗ khớp nhất tính bằng giây."""
    known, found = recording.astype(np.float64), heard.astype(np.float64)
    if len(found) < len(known):
        found = np.pad(found, (0, len(known) - len(found)))
    size = 1 << (len(found) + len(known)).bit_length()
    crossed = np.fft.irfft(np.fft.rfft(found, size) * np.conj(np.fft.rfft(known, size)), size)[: len(found) - len(known) + 1]
    total = np.concatenate([[0.0], np.cumsum(found**2)])
    power = total[len(known) :] - total[: len(found) - len(known) + 1]
    score = crossed / np.sqrt(np.maximum(power, 1.0) * max(float(np.sum(known**2)), 1.0))
    best = int(np.argmax(score))
    return float(score[best]), best / RATE
