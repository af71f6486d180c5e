"""Giọng không cần mạng: espeak-ng trong một tiến trình con dùng chung, sập hay treo thì dựng lại.

Chuẩn bị sẵn cho lúc mất mạng nên phải luôn đọc được; giấy phép GPL nên chỉ tiến trình con nạp thư viện.
"""

from __future__ import annotations

import importlib.metadata
import threading
from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from broadcaster.child import Child, ChildLost
from broadcaster.errors import VoiceFailed
from broadcaster.sound.pcm import Samples
from broadcaster.sound.voices import _espeak_worker
from broadcaster.sound.voices._espeak_worker import Answer, Ask
from broadcaster.sound.voices.port import Progress, Speech, stop_if
from broadcaster.sound.voices.tape import Tape
from broadcaster.sound.voices.text import lines, syllables

BROADCAST_RATE = 140
_VOLUME = 80  # 100 chạm đỉnh thang số
_COMPLETE = 0.9  # espeak gộp vài cặp từ thành một sự kiện; thiếu hơn một phần mười là mất chữ
_SOURCE_RATE = 22_050


class Region(StrEnum):
    """Ba miền, theo tên giọng của espeak-ng."""

    BAC = "vi"
    TRUNG = "vi-vn-x-central"
    NAM = "vi-vn-x-south"


_REGION_WORDS = {Region.BAC: ("bac", "Bắc"), Region.TRUNG: ("trung", "Trung"), Region.NAM: ("nam", "Nam")}


class EspeakWorker:
    """Chủ của đúng một tiến trình con; mọi giọng espeak xếp hàng qua đây, gọi từ luồng nào cũng được."""

    def __init__(self, *, timeout_seconds: float = 30.0) -> None:
        """``timeout_seconds``: một câu lâu hơn thế là treo (thường chỉ vài mili giây)."""
        self._child = Child(_espeak_worker.serve, "espeak", patience_s=timeout_seconds)

    @property
    def pid(self) -> int | None:
        """Số hiệu tiến trình con đang sống, để giám sát."""
        return self._child.pid

    def ask(self, ask: Ask) -> Answer:
        """Đọc một câu; tiến trình con mất thì dựng lại và thử thêm một lần, rồi mới báo ``VoiceFailed``."""
        try:
            reply = self._child.ask(ask)
        except ChildLost as lost:
            raise VoiceFailed(
                "Giọng ngoại tuyến bị dừng đột ngột khi đọc. Hãy tạo lại bản thu; nếu lặp lại, đổi giọng khác."
            ) from lost
        if isinstance(reply, Answer):
            return reply
        raise _refusal(reply)

    def close(self) -> None:
        """Tắt tiến trình con; lần đọc sau sẽ tự dựng lại."""
        self._child.close()


class EspeakVoice:
    """Một giọng vùng miền của espeak-ng."""

    online = False

    def __init__(self, worker: EspeakWorker, region: Region = Region.BAC, *, rate: int = BROADCAST_RATE) -> None:
        """``rate``: tốc độ của espeak, 80-450; mặc định cho ra khoảng 190 âm tiết một phút như phát thanh viên."""
        self._worker = worker
        self._region = region
        self._rate = rate
        code, word = _REGION_WORDS[region]
        self.name = f"espeak:vi-{code}"
        self.label = f"Giọng máy miền {word} (không cần mạng)"
        self.version = f"{_installed_version()}-{rate}"

    def speak(
        self,
        sentences: Sequence[str],
        *,
        on_progress: Progress | None = None,
        cancelled: threading.Event | None = None,
    ) -> Speech:
        """Như ``Voice.speak``."""
        prepared = lines(sentences)
        tape = Tape(_SOURCE_RATE)
        for index, line in enumerate(prepared, start=1):
            stop_if(cancelled)
            tape.begin_sentence()
            if line.text:
                tape.add(self._sentence(line.text), line.pause_ms)
            if on_progress is not None:
                on_progress(index, len(prepared))
        return tape.speech()

    def _sentence(self, text: str) -> Samples:
        answer = self._worker.ask(Ask(self._region.value, self._rate, _VOLUME, text))
        if answer.words < _COMPLETE * syllables(text) or answer.rate != _SOURCE_RATE:
            raise VoiceFailed(f"Giọng ngoại tuyến đọc sót chữ ở câu “{text[:40]}”. Hãy sửa câu này rồi tạo lại.")
        return np.frombuffer(answer.pcm, dtype=np.int16)


def _installed_version() -> str:
    """Phiên bản gói, đọc từ hồ sơ cài đặt để không phải nạp thư viện."""
    try:
        return importlib.metadata.version("espeakng-loader")
    except importlib.metadata.PackageNotFoundError:
        return "chưa cài"


def _refusal(reply: str) -> VoiceFailed:
    if reply == _espeak_worker.MISSING:
        return VoiceFailed("Máy này chưa có giọng ngoại tuyến. Hãy cài bằng lệnh: pip install 'broadcaster[offline]'")
    return VoiceFailed(f"Giọng ngoại tuyến không đọc được: {reply}. Hãy chọn giọng khác.")
