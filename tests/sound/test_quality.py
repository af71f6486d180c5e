"""Cổng chất lượng bắt đúng tệp hỏng và không bắt oan tiếng nói thật."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from broadcaster.errors import BadRecording
from broadcaster.sound.pcm import RATE, Samples, frames, silence, to_float, to_samples
from broadcaster.sound.quality import FaultKind, check, require_good
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker
from broadcaster.sound.voices.text import syllables

SENTENCES = ["Kính thưa toàn thể nhân dân phường Phùng Chí Kiên.", "Sau đây là bản tin cải cách hành chính."]
COUNT = sum(map(syllables, SENTENCES))


@pytest.fixture(scope="module")
def speech() -> Samples:
    worker = EspeakWorker()
    spoken = EspeakVoice(worker).speak(SENTENCES).samples
    worker.close()
    return spoken


def noise(seconds: float) -> Samples:
    return to_samples(np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE)).astype(np.float32))


def tone(seconds: float) -> Samples:
    return to_samples(0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE).astype(np.float32))


SPOILED: dict[FaultKind, Callable[[Samples], Samples]] = {
    FaultKind.EMPTY: lambda good: good[: frames(150)],
    FaultKind.SILENT: lambda good: (good // 2000).astype(np.int16),
    FaultKind.CUT_END: lambda good: good[: int(np.abs(good.astype(int)).argmax())],
    FaultKind.LENGTH: lambda good: good[: len(good) // 3],
    FaultKind.GAP: lambda good: np.concatenate([good, silence(2700), good]),
    FaultKind.EDGE: lambda good: np.concatenate([silence(1700), good]),
    FaultKind.CLIPPED: lambda good: to_samples(to_float(good) * 8),
    FaultKind.NOISE: lambda good: noise(6),
    FaultKind.NOT_SPEECH: lambda good: tone(6),
}


def test_every_kind_has_its_spoiled_file() -> None:
    assert set(SPOILED) == set(FaultKind)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_spoiled_file_is_caught(kind: FaultKind, speech: Samples) -> None:
    assert kind in {fault.kind for fault in check(SPOILED[kind](speech), syllables=COUNT)}


def test_real_speech_passes(speech: Samples) -> None:
    assert check(speech, syllables=COUNT) == []


def test_speech_over_hiss_passes(speech: Samples) -> None:
    hiss = np.random.default_rng(2).normal(0, 0.004, len(speech)).astype(np.float32)
    assert check(to_samples(to_float(speech) + hiss), syllables=COUNT) == []


def test_a_quiet_recording_is_not_blamed(speech: Samples) -> None:
    assert check(to_samples(to_float(speech) * 0.05), syllables=COUNT) == []


def test_a_very_short_notice_passes() -> None:
    worker = EspeakWorker()
    short = EspeakVoice(worker).speak(["Chào."]).samples
    worker.close()
    assert check(short, syllables=1) == []


def test_music_is_not_asked_to_be_speech() -> None:
    music = np.concatenate([tone(6), silence(100)])
    assert check(music, syllables=None, speech=False) == []


def test_the_error_tells_every_fault(speech: Samples) -> None:
    with pytest.raises(BadRecording, match=r"không khớp với lời 19 âm tiết.*Hãy tạo lại"):
        require_good(speech[: len(speech) // 3], syllables=COUNT)
    require_good(speech, syllables=COUNT)
