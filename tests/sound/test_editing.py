"""Cắt dán đúng từng mẫu, không tiếng tách, lời luôn nổi trên nền."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.errors import Invalid
from broadcaster.sound.editing import cut, fit_loop, join, lay_under
from broadcaster.sound.loudness import measure
from broadcaster.sound.pcm import RATE, Samples, frame_levels, frames, silence, to_samples
from broadcaster.sound.voices.tone import ToneVoice


def tone(ms: int, hertz: float = 440.0) -> Samples:
    return to_samples(0.2 * np.sin(2 * np.pi * hertz * np.arange(frames(ms)) / RATE).astype(np.float32))


@settings(max_examples=40, deadline=None)
@given(length=st.integers(1, 3000), wanted=st.integers(1, 3000), fade=st.integers(0, 2000))
def test_a_cut_is_never_longer_than_asked_and_a_short_one_is_untouched(length: int, wanted: int, fade: int) -> None:
    source = tone(length)
    result = cut(source, wanted, fade_ms=fade)
    assert len(result) == min(len(source), frames(wanted))
    if length <= wanted:
        assert np.array_equal(result, source)


def test_a_cut_fades_only_its_end() -> None:
    source = tone(3000)
    result = cut(source, 2000, fade_ms=500)
    assert np.array_equal(result[: frames(1490)], source[: frames(1490)])
    levels = frame_levels(result[frames(1500) :], 50)
    assert np.all(np.diff(levels) < 0)
    assert np.abs(result[-48:]).max() < 100


def test_nothing_cannot_be_cut_to() -> None:
    with pytest.raises(Invalid):
        cut(tone(100), 0)


@settings(max_examples=20, deadline=None)
@given(length=st.integers(10, 900), wanted=st.integers(1, 3000))
def test_a_loop_has_exactly_the_length(length: int, wanted: int) -> None:
    assert len(fit_loop(tone(length), wanted, fade_ms=0)) == frames(wanted)


def test_an_empty_bed_is_refused() -> None:
    with pytest.raises(Invalid, match="rỗng"):
        fit_loop(silence(0), 1000)


def test_parts_follow_each_other_with_the_gap_between_them() -> None:
    first, second = tone(100), tone(200, 880)
    whole = join([first, second], gap_ms=300)
    assert np.array_equal(whole, np.concatenate([first, silence(300), second]))
    assert len(join([])) == 0


def test_speech_stands_clear_of_its_bed() -> None:
    speech = ToneVoice().speak(["Xin chào bà con.\n", "Hết."]).samples
    mixed = lay_under(speech, tone(700), under_db=18, lead_ms=2000, fade_ms=500)
    assert len(mixed) == len(speech) + 2 * frames(2000)
    bed_alone = measure(mixed[frames(800) : frames(1900)]).lufs
    assert bed_alone == pytest.approx(measure(tone(2000)).lufs - 18, abs=0.5)
    assert measure(mixed[frames(2000) : frames(2000) + len(speech)]).lufs > bed_alone + 12
    assert np.abs(mixed[:50]).max() < 30
    assert np.abs(mixed[-50:]).max() < 30
