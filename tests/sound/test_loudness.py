"""Máy đo khớp các con số của chuẩn BS.1770 và EBU Tech 3341, bất kể tệp được đưa vào từng khúc thế nào."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.sound.loudness import LoudnessMeter, TruePeakMeter, measure
from broadcaster.sound.pcm import RATE, SILENT_DB, Floats, Samples, amplitude, to_float, to_samples


def sine(db: float, seconds: float, hertz: float = 1000.0, phase: float = 0.0) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    return to_samples((amplitude(db) * np.sin(2 * np.pi * hertz * time + phase)).astype(np.float32))


def test_full_scale_997_hz_is_the_reference_of_the_standard() -> None:
    assert measure(sine(0.0, 5, 997.0)).lufs == pytest.approx(-3.01, abs=0.03)


def test_quiet_parts_are_gated_out() -> None:
    """EBU Tech 3341 ca 3: -36 và -23 dBFS xen nhau, phần nhỏ không được kéo số đo xuống (một kênh: kém 3,01)."""
    programme = np.concatenate([sine(-36.0, 10), sine(-23.0, 60), sine(-36.0, 10)])
    assert measure(programme).lufs == pytest.approx(-23.0 - 3.01, abs=0.1)


def test_low_rumble_counts_less_than_it_measures() -> None:
    assert measure(sine(-20.0, 5, 30.0)).lufs < measure(sine(-20.0, 5, 1000.0)).lufs - 8


def test_a_peak_between_samples_is_seen() -> None:
    """Sóng 12 kHz lệch pha 45°: mẫu cao nhất chỉ -3 dB nhưng đỉnh thật là 0 dB."""
    samples = sine(0.0, 1, RATE / 4, np.pi / 4)
    assert 20 * np.log10(np.abs(to_float(samples)).max()) == pytest.approx(-3.0, abs=0.1)
    assert measure(samples).true_peak_db == pytest.approx(0.0, abs=0.2)


def test_silence_has_a_floor() -> None:
    loudness = measure(np.zeros(RATE, dtype=np.int16))
    assert (loudness.lufs, loudness.true_peak_db) == (SILENT_DB, SILENT_DB)


def test_a_very_short_sound_still_has_a_loudness() -> None:
    assert measure(sine(-20.0, 0.2)).lufs == pytest.approx(-23.0, abs=0.5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=12))
def test_the_size_of_the_blocks_changes_nothing(sizes: list[int]) -> None:
    noise = np.random.default_rng(7).normal(0, 0.1, 3 * RATE).astype(np.float32)
    whole, whole_peak = _fed([noise])
    cut = np.cumsum([size for size in sizes if sum(sizes) < len(noise)])
    pieces, pieces_peak = _fed(np.split(noise, cut))
    assert pieces == pytest.approx(whole, abs=1e-6)
    assert pieces_peak == pytest.approx(whole_peak, abs=0.01)


def _fed(parts: list[Floats]) -> tuple[float, float]:
    meter, peak = LoudnessMeter(), TruePeakMeter()
    for part in parts:
        meter.add(part)
        peak.add(part)
    return meter.integrated(), peak.peak_db()
