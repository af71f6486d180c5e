"""Tiếng thử loa: một tiếng trượt lên êm, không làm ai giật mình, nghe ra ngay loa nào rè hay đứt."""

from __future__ import annotations

import numpy as np

from broadcaster.sound.frames import RATE, Samples

_LOW_HZ, _HIGH_HZ = 220.0, 2200.0
_SECONDS = 2.5
_PEAK = 6000
_EDGE_S = 0.4


def rising_tone() -> Samples:
    """Hai giây rưỡi, từ 220 lên 2200 Hz, to dần rồi nhỏ dần; 48 kHz mono."""
    at = np.arange(int(RATE * _SECONDS)) / RATE
    octaves = np.log(_HIGH_HZ / _LOW_HZ)
    phase = 2 * np.pi * _LOW_HZ * _SECONDS / octaves * np.expm1(at / _SECONDS * octaves)
    edge = np.minimum(1.0, np.minimum(at, _SECONDS - at) / _EDGE_S)
    tone: Samples = (np.sin(phase) * _PEAK * edge).astype(np.int16)
    return tone
