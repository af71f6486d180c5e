"""Âm chuẩn: chỗ tín hiệu nằm khi không ai nói, và đoạn có tiếng."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.sound.pcm import RATE, Samples, frame_levels, frames, resting_level, silence, sounding_span


def one_sided(seconds: float = 1.0) -> Samples:
    """Sóng lệch hẳn về phía dương như xung thanh quản."""
    time = np.arange(round(RATE * seconds)) / RATE
    return np.asarray(20_000 * np.maximum(0, np.sin(2 * np.pi * 130 * time)) ** 3, dtype=np.int16)


def test_a_one_sided_voice_leaves_the_silence_silent() -> None:
    """Lỗi đã gặp: bỏ trung bình cả mảng thì khoảng lặng đầu câu thành -35 dBFS, không còn được cắt."""
    spoken = np.concatenate([silence(300), one_sided(), silence(300)])
    assert frame_levels(spoken, 5)[:50].max() == -120
    assert sounding_span(spoken, below_loud_db=45) == (frames(300), frames(1300))


@given(offset=st.integers(-6_000, 6_000), quiet_ms=st.integers(150, 2_000))
def test_the_resting_level_is_the_offset_of_the_device(offset: int, quiet_ms: int) -> None:
    recorded = np.concatenate([silence(quiet_ms), one_sided(), silence(50)]) + np.int16(offset)
    assert resting_level(recorded) == pytest.approx(offset, abs=1)


def test_the_shortest_arrays_have_a_resting_level_too() -> None:
    assert resting_level(np.empty(0, dtype=np.int16)) == 0
    assert resting_level(np.full(7, 12, dtype=np.int16)) == 12
