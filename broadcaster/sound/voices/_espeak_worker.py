"""Tiến trình con đọc bằng espeak-ng: nơi duy nhất nạp thư viện GPL, và nếu nó sập thì chỉ mình nó sập.

Nhận ``Ask`` qua ống, trả ``Answer`` hoặc một chuỗi báo lỗi; ống đóng thì tự thoát.
"""

from __future__ import annotations

import ctypes
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

MISSING = "missing"

_AUDIO_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_END_PAUSE = 0x1000
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_PARAMETER_VOLUME = 2
_EVENT_END = 0
_EVENT_WORD = 1


@dataclass(frozen=True)
class Ask:
    """Một câu cần đọc: mã giọng của espeak, tốc độ (80-450), âm lượng (0-100)."""

    voice: str
    rate: int
    volume: int
    text: str


@dataclass(frozen=True)
class Answer:
    """PCM 16 bit một kênh ở ``rate`` Hz và số từ mà máy báo đã đọc."""

    pcm: bytes
    rate: int
    words: int


class _Event(ctypes.Structure):
    """``espeak_EVENT`` của speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_int64),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def serve(pipe: Connection) -> None:
    """Vòng đời của tiến trình con."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C là việc của tiến trình cha: nó đóng ống
    try:
        engine = _Engine()
    except ImportError:
        pipe.send(MISSING)
        return
    try:
        while True:
            pipe.send(engine.speak(pipe.recv()))
    except (EOFError, BrokenPipeError):
        return


class _Engine:
    """Thư viện đã khởi động; hàm nhận tiếng phải sống lâu bằng nó."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        self._pcm = bytearray()
        self._words = 0
        data = espeakng_loader.get_data_path().encode()
        self._rate = int(self._library.espeak_Initialize(_AUDIO_SYNCHRONOUS, 0, data, _DONT_EXIT))
        self._receive = _Callback(self._on_audio)
        self._library.espeak_SetSynthCallback(self._receive)

    def speak(self, ask: Ask) -> Answer | str:
        """Đọc một câu thành PCM, hoặc chuỗi nói vì sao không."""
        if self._library.espeak_SetVoiceByName(ask.voice.encode()) != 0:
            return f"không có giọng {ask.voice}"
        self._library.espeak_SetParameter(_PARAMETER_RATE, ask.rate, 0)
        self._library.espeak_SetParameter(_PARAMETER_VOLUME, ask.volume, 0)
        self._pcm.clear()
        self._words = 0
        text = ask.text.encode() + b"\0"
        flags = _CHARS_UTF8 | _END_PAUSE
        failed = self._library.espeak_Synth(text, len(text), 0, _POSITION_CHARACTER, 0, flags, None, None)
        if failed or self._library.espeak_Synchronize():
            return f"espeak báo lỗi {failed}"
        return Answer(bytes(self._pcm), self._rate, self._words)

    def _on_audio(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._pcm += ctypes.string_at(wave, count * 2)
        index = 0
        while events[index].type != _EVENT_END:
            self._words += events[index].type == _EVENT_WORD
            index += 1
        return 0
