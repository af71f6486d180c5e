"""Người đọc của phép thử: tiếng thật, khác hẳn giọng máy của phép thử nên đo là biết ai đang nói."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import soundfile
import soxr

from broadcaster.sound.pcm import RATE, Samples, silence, to_float, to_samples
from broadcaster.sound.voices.tone import ToneVoice

_FASTER = 1.2


def person(sentences: Sequence[str]) -> Samples:
    """Cả lời, có tiếng phòng rất nhỏ như micrô thật và một chút lặng hai đầu."""
    spoken = to_float(ToneVoice().speak(sentences).samples)
    voice = to_samples(soxr.resample(spoken, RATE * _FASTER, RATE) * np.float32(0.4))
    whole = np.concatenate([silence(400), voice, silence(300)])
    return whole + np.random.default_rng(5).integers(-12, 13, len(whole), dtype=np.int16)


def wav(samples: Samples) -> bytes:
    """Tệp WAV 48 kHz một kênh."""
    whole = io.BytesIO()
    soundfile.write(whole, samples, RATE, format="WAV", subtype="PCM_16")
    return whole.getvalue()
