"""Chuỗi dự phòng: một bản tin chỉ có một giọng, từ câu đầu tới câu cuối."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from broadcaster.errors import VoiceFailed
from broadcaster.sound.voices.chain import speak_with_fallback
from broadcaster.sound.voices.port import Progress, Speech, Voice
from broadcaster.sound.voices.tone import ToneVoice

SENTENCES = ["Một.", "Hai.", "Ba."]


class Stumbling(ToneVoice):
    """Giọng vấp ở câu thứ hai."""

    name = "vap:thu"

    def speak(
        self,
        sentences: Sequence[str],
        *,
        on_progress: Progress | None = None,
        cancelled: threading.Event | None = None,
    ) -> Speech:
        super().speak(sentences[:1], on_progress=on_progress, cancelled=cancelled)
        raise VoiceFailed("Đứt mạng ở câu 2.")


def test_the_first_voice_that_can_is_taken() -> None:
    voice = ToneVoice()
    assert speak_with_fallback([voice, Stumbling()], SENTENCES).voice is voice


def test_the_whole_bulletin_goes_to_the_next_voice() -> None:
    voices: list[Voice] = [Stumbling(), ToneVoice()]
    spoken = speak_with_fallback(voices, SENTENCES)
    assert spoken.voice is voices[1]
    assert np.array_equal(spoken.speech.samples, ToneVoice().speak(SENTENCES).samples)
    assert [(failure.voice, failure.reason) for failure in spoken.failures] == [("vap:thu", "Đứt mạng ở câu 2.")]


def test_when_nobody_can_every_reason_is_told() -> None:
    with pytest.raises(VoiceFailed, match=r"Không giọng nào.*Đứt mạng ở câu 2"):
        speak_with_fallback([Stumbling(), Stumbling()], SENTENCES)


def test_a_stop_does_not_wake_the_next_voice() -> None:
    stop = threading.Event()
    with pytest.raises(VoiceFailed, match="dừng đọc"):
        speak_with_fallback([Stumbling(), ToneVoice()], SENTENCES, on_progress=lambda *_: stop.set(), cancelled=stop)


def test_a_mute_bulletin_is_refused_without_trying() -> None:
    with pytest.raises(VoiceFailed, match="không có chữ nào"):
        speak_with_fallback([Stumbling()], ["..."])
