"""Giọng diễn tập giữ đúng lời hứa của cổng ``Voice`` và lần nào cũng giống hệt."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from broadcaster.errors import VoiceFailed
from broadcaster.sound.pcm import RATE, frames
from broadcaster.sound.voices.text import PARAGRAPH_PAUSE_MS, SENTENCE_PAUSE_MS
from broadcaster.sound.voices.tone import SYLLABLE_MS, ToneVoice, pitch_hz

SENTENCES = ["Xin chào bà con.", "Đây là đài.\n", "Hết."]


def test_the_same_text_sounds_the_same() -> None:
    first, second = (ToneVoice().speak(SENTENCES) for _ in range(2))
    assert np.array_equal(first.samples, second.samples)


def test_each_sentence_starts_where_it_says() -> None:
    speech = ToneVoice().speak(SENTENCES)
    assert len(speech.starts_ms) == len(SENTENCES)
    for start in speech.starts_ms:
        before = speech.samples[max(0, frames(start) - frames(100)) : frames(start)]
        after = speech.samples[frames(start) : frames(start) + frames(50)]
        assert np.abs(after).max() > 3000
        assert not len(before) or np.abs(before).max() < 300


def test_a_paragraph_rests_longer_than_a_sentence() -> None:
    one, two, three = ToneVoice().speak(SENTENCES).starts_ms
    sentence_gap = two - one - 4 * SYLLABLE_MS
    paragraph_gap = three - two - 3 * SYLLABLE_MS
    assert paragraph_gap - sentence_gap == pytest.approx(PARAGRAPH_PAUSE_MS - SENTENCE_PAUSE_MS, abs=2)


def test_the_pitch_names_the_word() -> None:
    spectrum = np.abs(np.fft.rfft(ToneVoice().speak(["đài"]).samples, RATE))
    assert np.argmax(spectrum) == pytest.approx(pitch_hz("đài"), abs=2)


def test_progress_is_told_and_a_stop_is_obeyed() -> None:
    seen: list[tuple[int, int]] = []
    stop = threading.Event()

    def on_progress(done: int, total: int) -> None:
        seen.append((done, total))
        stop.set()

    with pytest.raises(VoiceFailed, match="dừng đọc"):
        ToneVoice().speak(SENTENCES, on_progress=on_progress, cancelled=stop)
    assert seen == [(1, 3)]
