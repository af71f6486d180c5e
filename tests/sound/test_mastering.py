"""Mọi mục lên sóng to như nhau, không vỡ, vào tiếng ngay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.errors import BadRecording
from broadcaster.sound.limiter import Gains, limiting_gains, widest
from broadcaster.sound.loudness import measure
from broadcaster.sound.mastering import CEILING_DB, TARGET_LUFS, TOLERANCE_LU, Mastered, level, master
from broadcaster.sound.pcm import RATE, Samples, amplitude, frame_levels, frames, silence, to_float, to_samples
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker, Region
from broadcaster.sound.voices.tone import ToneVoice

SENTENCES = ["Kính thưa toàn thể nhân dân.", "Sau đây là bản tin cải cách hành chính của phường.\n", "Xin cảm ơn."]


def assert_on_air_level(mastered: Mastered) -> None:
    measured = measure(mastered.samples)
    assert measured.lufs == pytest.approx(TARGET_LUFS, abs=TOLERANCE_LU)
    assert measured.true_peak_db <= CEILING_DB
    assert (mastered.lufs, mastered.true_peak_db) == (measured.lufs, measured.true_peak_db)


@pytest.mark.parametrize("region", Region)
def test_real_speech_reaches_the_level(region: Region) -> None:
    worker = EspeakWorker()
    speech = EspeakVoice(worker, region).speak(SENTENCES)
    worker.close()
    assert_on_air_level(master(speech.samples))


@settings(max_examples=15, deadline=None)
@given(gain_db=st.floats(-40, 12), spikes=st.integers(0, 40), seed=st.integers(0, 9))
def test_any_level_and_any_spikes_reach_the_level(gain_db: float, spikes: int, seed: int) -> None:
    signal = to_float(ToneVoice().speak(SENTENCES).samples) * amplitude(gain_db)
    where = np.random.default_rng(seed).integers(0, len(signal), spikes)
    signal[where] = np.sign(signal[where] + 1e-9) * min(1.0, 30 * amplitude(gain_db - 10))
    assert_on_air_level(master(to_samples(signal)))


def test_the_sound_begins_at_once_and_the_end_is_calm() -> None:
    speech = ToneVoice().speak(SENTENCES).samples
    mastered = master(np.concatenate([silence(700), speech, silence(900)]))
    heard = np.flatnonzero(frame_levels(mastered.samples, 5) > -45)
    assert heard[0] * 5 <= 20
    assert 80 <= mastered.duration_ms - (heard[-1] + 1) * 5 <= 130
    assert mastered.trimmed_ms == pytest.approx(700, abs=12)


def test_the_edges_do_not_click() -> None:
    time = np.arange(RATE) / RATE
    loud_to_the_edge = to_samples(0.5 * np.cos(2 * np.pi * 300 * time).astype(np.float32))
    samples = master(loud_to_the_edge).samples.astype(int)
    assert abs(samples[0]) < 50
    assert abs(samples[-1]) < 50


def test_a_constant_offset_is_removed_and_does_not_hide_the_silence() -> None:
    speech = np.concatenate([silence(500), ToneVoice().speak(SENTENCES).samples])
    mastered = master(to_samples(to_float(speech) + np.float32(0.1)))
    assert abs(float(mastered.samples.mean())) < 30
    assert mastered.trimmed_ms == pytest.approx(490, abs=12)


@settings(max_examples=50, deadline=None)
@given(
    peaks=st.lists(st.floats(0, 4), min_size=1, max_size=400).map(np.array),
    shape=st.lists(st.floats(0, 1), min_size=400, max_size=400).map(np.array),
)
def test_the_limiter_never_lets_a_peak_through(peaks: Gains, shape: Gains) -> None:
    shape = shape[: len(peaks)]
    applied = widest(shape * limiting_gains(peaks * widest(shape), CEILING_DB))
    assert np.all(applied * peaks <= amplitude(CEILING_DB) + 1e-9)


def test_mere_clicks_are_refused_rather_than_blown_up() -> None:
    bangs = silence(5000)
    bangs[:: frames(40)] = 32_000
    with pytest.raises(BadRecording, match="tiếng nổ"):
        master(bangs)


def test_music_keeps_its_exact_length_and_edges() -> None:
    samples = level(tone := to_samples(0.05 * np.cos(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32))).samples
    assert len(samples) == len(tone)
    assert samples[0] == np.abs(samples).max()


def test_limiting_is_smooth() -> None:
    """Bộ chặn không được tạo bậc thang: phổ trên 10 kHz của một sóng 300 Hz bị chặn vẫn gần như trống."""
    time = np.arange(3 * RATE) / RATE
    swell = 0.05 + 0.95 * (np.abs(time - 1.5) < 0.02)
    samples = master(to_samples((swell * np.sin(2 * np.pi * 300 * time)).astype(np.float32))).samples
    middle = to_float(samples[: frames(1400)])
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    hertz = np.fft.rfftfreq(len(middle), 1 / RATE)
    assert spectrum[hertz > 10_000].max() < 1e-4 * spectrum.max()


@pytest.mark.parametrize("empty", [np.empty(0, dtype=np.int16), silence(3000)])
def test_silence_is_refused(empty: Samples) -> None:
    with pytest.raises(BadRecording, match="không có tiếng"):
        master(empty)
