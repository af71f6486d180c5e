"""Mức tiếng của một quãng ngắn, cho kim chỉ mức của trang trực tiếp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broadcaster.sound.frames import Samples

_FLOOR_DBFS = -120.0
_FULL_SCALE = 32768.0


@dataclass(frozen=True)
class Levels:
    """Mức tiếng của giây vừa qua, dBFS; -120 là lặng."""

    rms_dbfs: float
    peak_dbfs: float


def levels_of(recent: list[Samples]) -> Levels:
    """Mức tiếng của các khung; tính ở luồng người hỏi nên luồng bơm không tốn gì."""
    if not recent:
        return Levels(_FLOOR_DBFS, _FLOOR_DBFS)
    samples = np.concatenate(recent).astype(np.float64)
    rms = float(np.sqrt(np.mean(samples * samples)))
    return Levels(_dbfs(rms), _dbfs(float(np.max(np.abs(samples)))))


def _dbfs(amplitude: float) -> float:
    return max(_FLOOR_DBFS, 20.0 * float(np.log10(amplitude / _FULL_SCALE))) if amplitude else _FLOOR_DBFS
