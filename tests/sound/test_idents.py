"""Nhạc của đài: có đủ tệp, đúng độ dài và độ to, không vỡ tiếng, và đúng là bản mã nguồn soạn ra."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from broadcaster.sound import tagging
from broadcaster.sound.ident_files import TITLES, Ident, load, path_of
from broadcaster.sound.idents import compose
from broadcaster.sound.loudness import measure
from broadcaster.sound.mastering import CEILING_DB, TARGET_LUFS, TOLERANCE_LU
from broadcaster.sound.music import hertz
from broadcaster.sound.pcm import RATE, Samples, frame_levels, length_ms, to_float
from broadcaster.sound.quality import check

LENGTH_MS = {Ident.OPENING: 15_000, Ident.CLOSING: 10_000, Ident.COLUMN: 5_000, Ident.FILLER: 120_000, Ident.URGENT: 6_000}


@pytest.mark.parametrize("ident", Ident)
def test_the_committed_file_is_fit_for_air(ident: Ident) -> None:
    info = soundfile.info(path_of(ident))
    assert (info.samplerate, info.channels, info.subtype) == (RATE, 1, "PCM_16")
    samples = load(ident)
    loudness = measure(samples)
    assert length_ms(samples) == LENGTH_MS[ident]
    assert loudness.lufs == pytest.approx(TARGET_LUFS, abs=TOLERANCE_LU)
    assert loudness.true_peak_db <= CEILING_DB
    assert tagging.read_flac(path_of(ident))["TITLE"] == TITLES[ident]


@pytest.mark.parametrize("ident", [Ident.OPENING, Ident.CLOSING, Ident.COLUMN])
def test_idents_begin_at_once_and_end_in_silence(ident: Ident) -> None:
    samples = load(ident)
    levels = frame_levels(samples, 20)
    assert np.flatnonzero(levels > -40)[0] <= 1
    assert np.abs(samples[-RATE // 100 :]).max() < 30
    assert check(samples, syllables=None, speech=False) == []


@pytest.mark.parametrize("ident", [Ident.CLOSING, Ident.COLUMN, Ident.URGENT])
def test_the_file_is_what_the_code_composes(ident: Ident) -> None:
    composed, committed = (to_float(samples) for samples in (compose(ident).samples, load(ident)))
    assert np.abs(composed - committed).max() < 0.005


def test_the_filler_loops_without_a_seam() -> None:
    samples = load(Ident.FILLER).astype(int)
    twice = np.concatenate([samples[-RATE:], samples[:RATE]])
    seam = np.abs(np.diff(twice))[RATE - 25 : RATE + 25].max()
    assert seam < 2 * np.abs(np.diff(samples[: 5 * RATE])).max()
    assert abs(samples[0] - samples[-1]) < 300


def test_the_filler_is_calm_enough_to_talk_over() -> None:
    levels = frame_levels(load(Ident.FILLER), 3000)
    assert levels.max() - levels.min() < 14


def test_the_music_stays_in_the_five_tone_scale() -> None:
    """Năng lượng giữa các bậc ngũ cung phải nhỏ hơn hẳn năng lượng trên các bậc."""
    signal = to_float(load(Ident.COLUMN))
    spectrum = np.abs(np.fft.rfft(signal, 2**20)) ** 2
    frequency = np.fft.rfftfreq(2**20, 1 / RATE)

    def energy(centre: float) -> float:
        return float(spectrum[np.abs(frequency / centre - 1) < 0.012].sum())

    on_scale = np.mean([energy(hertz(degree)) for degree in range(-3, 9)])
    semitones = [hertz(0) * 2 ** (step / 12) for step in range(-4, 20)]
    off_scale = np.mean([energy(pitch) for pitch in semitones if all(abs(pitch / hertz(d) - 1) > 0.01 for d in range(-5, 12))])
    assert on_scale > 5 * off_scale


def test_the_urgent_signal_is_two_alternating_tones() -> None:
    samples = load(Ident.URGENT)
    low, high = (share(samples[: RATE * 36 // 100], pitch) for pitch in (740, 988))
    assert low > 0.7 > 0.1 > high
    low, high = (share(samples[RATE * 38 // 100 :][: RATE * 36 // 100], pitch) for pitch in (740, 988))
    assert high > 0.7 > 0.1 > low


def share(samples: Samples, pitch: float) -> float:
    power = np.abs(np.fft.rfft(samples, RATE)) ** 2
    return float(power[int(pitch) - 15 : int(pitch) + 16].sum() / power.sum())
