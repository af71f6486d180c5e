"""Giọng giả chạy thật: mỗi âm tiết một tiếng bíp, không cần mạng, lần nào cũng giống hệt. Dùng cho diễn tập và kiểm thử."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

import numpy as np

from broadcaster.sound.pcm import RATE, Floats, Samples, frames, to_samples
from broadcaster.sound.voices.port import Progress, Speech, stop_if
from broadcaster.sound.voices.tape import Tape
from broadcaster.sound.voices.text import lines

SYLLABLE_MS = 200
_SOUNDING_MS = 150


class ToneVoice:
    """Bíp theo âm tiết; cao độ do chữ quyết định nên nghe (và đo) phân biệt được hai bản tin."""

    name = "tone:dien-tap"
    label = "Tiếng bíp diễn tập (không phải giọng người)"
    version = "1"
    online = False

    def speak(
        self,
        sentences: Sequence[str],
        *,
        on_progress: Progress | None = None,
        cancelled: threading.Event | None = None,
    ) -> Speech:
        """Như ``Voice.speak``."""
        prepared = lines(sentences)
        tape = Tape(RATE)
        for index, line in enumerate(prepared, start=1):
            stop_if(cancelled)
            tape.begin_sentence()
            if line.text:
                tape.add(_tones(line.text), line.pause_ms)
            if on_progress is not None:
                on_progress(index, len(prepared))
        return tape.speech()


def pitch_hz(syllable: str) -> float:
    """Cao độ 200-800 Hz của một âm tiết."""
    return 200.0 + hashlib.sha256(syllable.casefold().encode()).digest()[0] * 600.0 / 255.0


def _tones(text: str) -> Samples:
    spoken = [word for word in text.split() if any(map(str.isalnum, word))]
    return to_samples(np.concatenate([_tone(pitch_hz(word)) for word in spoken]))


def _tone(hertz: float) -> Floats:
    time = np.arange(frames(_SOUNDING_MS)) / RATE
    ramp = np.minimum(1.0, np.minimum(time, time[::-1]) / 0.01)
    tone = np.zeros(frames(SYLLABLE_MS), dtype=np.float32)
    tone[: len(time)] = 0.3 * ramp * np.sin(2 * np.pi * hertz * time)
    return tone
