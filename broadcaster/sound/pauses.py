"""Chỗ nghỉ trong lời đọc: phát tiếp sau sự cố thì bắt đầu từ đầu câu, tai không phải đoán nửa câu còn lại."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from broadcaster.sound.frames import RATE

_BACK_S = 20
_WINDOW = RATE // 50
_PAUSE_WINDOWS = 12
"""240 ms: dài hơn mọi chỗ ngắt trong câu, ngắn hơn chỗ nghỉ giữa hai câu của mọi giọng ta dùng."""
_QUIET = 0.02
"""So với đoạn to nhất nghe được: dưới chừng này (-34 dB) là lặng."""


def sentence_start(path: Path, position: int) -> int:
    """Mẫu đầu của câu đang đọc ở mẫu ``position``; hai mươi giây trước đó không có chỗ nghỉ nào thì trả lại ``position``.

    Lỗi: ``OSError``, ``RuntimeError`` khi tệp không đọc được.
    """
    first = max(0, position - _BACK_S * RATE)
    with soundfile.SoundFile(path) as file:
        file.seek(first)
        samples = file.read(position - first, dtype="int16").astype(np.int32)
    windows = len(samples) // _WINDOW
    if not windows:
        return position
    peaks = np.abs(samples[: windows * _WINDOW]).reshape(windows, _WINDOW).max(axis=1)
    quiet = peaks <= peaks.max() * _QUIET
    run = 0
    starts = []
    for place, silent in enumerate(quiet):
        if not silent and run >= _PAUSE_WINDOWS:
            starts.append(place)
        run = run + 1 if silent else 0
    if starts:
        return first + starts[-1] * _WINDOW
    return 0 if first == 0 else position
