"""Chuỗi giọng dự phòng: giọng nào vấp ở một câu thì cả bản tin sang giọng kế, không bao giờ hai giọng trong một bản tin."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.errors import VoiceFailed
from broadcaster.sound.voices.port import Progress, Speech, Voice, stop_if
from broadcaster.sound.voices.text import lines


@dataclass(frozen=True)
class Failure:
    """Giọng đã thử mà không được, và lời giải thích cho người đọc."""

    voice: str
    reason: str


@dataclass(frozen=True)
class Spoken:
    """Bản đọc trọn vẹn của đúng một giọng, cùng những giọng đã thử trước nó."""

    voice: Voice
    speech: Speech
    failures: tuple[Failure, ...]


def speak_with_fallback(
    voices: Sequence[Voice],
    sentences: Sequence[str],
    *,
    on_progress: Progress | None = None,
    cancelled: threading.Event | None = None,
) -> Spoken:
    """Đọc bằng giọng đầu tiên làm trọn được cả bản tin.

    ``VoiceFailed`` khi không giọng nào làm được, khi người gọi xin dừng, hoặc khi không có chữ nào để đọc
    (lúc đó đổi giọng cũng vô ích).
    """
    lines(sentences)
    failures: list[Failure] = []
    for voice in voices:
        try:
            speech = voice.speak(sentences, on_progress=on_progress, cancelled=cancelled)
        except VoiceFailed as failed:
            stop_if(cancelled)
            failures.append(Failure(voice.name, failed.message))
        else:
            return Spoken(voice, speech, tuple(failures))
    raise VoiceFailed(_nobody(failures))


def _nobody(failures: Sequence[Failure]) -> str:
    tried = " ".join(f"[{failure.voice}] {failure.reason}" for failure in failures)
    return f"Không giọng nào đọc được bản tin này. {tried}".strip()
