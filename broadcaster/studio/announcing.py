"""Đọc ngay một lời ngắn bằng giọng không cần mạng: tin khẩn cấp không đợi hàng việc của phòng thu."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import soundfile

from broadcaster.sound import mastering
from broadcaster.sound.library import Library
from broadcaster.sound.pcm import Samples
from broadcaster.sound.tagging import ai_tags
from broadcaster.sound.voices.port import Voice
from broadcaster.studio.enums import RecordingSource

_KEPT = 16
"""Lời đã đọc ở trang xem lại thì bấm phát không phải đọc lần nữa."""


@dataclass(frozen=True)
class Announced:
    """``sha256`` rỗng khi kho không cất được (đĩa đầy): tiếng đi kèm lệnh, vẫn phát được."""

    samples: Samples
    sha256: str | None
    voice: dict[str, Any]


class Announcer:
    """Một giọng, nhớ vài lời gần nhất; gọi được từ mọi luồng."""

    def __init__(self, voice: Voice, library: Library) -> None:
        """``voice``: giọng trên máy, luôn đọc được."""
        self._voice = voice
        self._library = library
        self._kept: OrderedDict[tuple[str, ...], Announced] = OrderedDict()
        self._lock = threading.Lock()

    def announce(self, sentences: Sequence[str], *, title: str, on: date) -> Announced:
        """Đọc, làm chủ âm lượng, cất. Lỗi: ``VoiceFailed``, ``BadRecording``."""
        key = tuple(sentences)
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        speech = self._voice.speak(sentences)
        samples = mastering.master(speech.samples).samples
        announced = Announced(samples, self._store(samples, title, on), self._body())
        if announced.sha256 is not None:
            with self._lock:
                self._kept[key] = announced
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return announced

    def kept(self, sha256: str) -> Announced | None:
        """Lời vừa đọc mang mã băm ấy; đã quên thì ``None``."""
        with self._lock:
            return next((one for one in self._kept.values() if one.sha256 == sha256), None)

    def _store(self, samples: Samples, title: str, on: date) -> str | None:
        tags = ai_tags(engine=self._voice.name, model=self._voice.version, made_on=on.isoformat(), revision="", reading="")
        try:
            return self._library.put(samples, tags={"TITLE": title, **tags}).sha256
        except (OSError, soundfile.SoundFileError):
            return None

    def _body(self) -> dict[str, Any]:
        source = RecordingSource.SYNTHETIC.value
        return {"source": source, "engine": self._voice.name, "version": self._voice.version, "reader": None}
