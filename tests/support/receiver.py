"""Người nghe độc lập: thu dòng MP3 của một đường ra qua mọi lần đứt, rồi nói mỗi nốt vang ở lần nối nào, từ lúc nào, bao lâu."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType

import numpy as np
import soundfile

from broadcaster.errors import OutputFailed
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.sound.pcm import RATE, Samples, to_samples

_WINDOW = RATE // 20
_HOP = _WINDOW // 2
_LOUD = 0.02


@dataclass(frozen=True)
class Heard:
    """Một nốt đã vang trong một lần nối; giây tính từ đầu lần nối ấy. ``lasts_s``: phần có tiếng, không kể chỗ lặng ở giữa."""

    connection: int
    note: int
    begins_s: float
    lasts_s: float


def tone(note: int, milliseconds: int) -> Samples:
    """Nốt số ``note``: một hình sin riêng của nó, để nghe là biết mục nào."""
    time = np.arange(RATE * milliseconds // 1000) / RATE
    return to_samples((0.3 * np.sin(2 * np.pi * _pitch(note) * time)).astype(np.float32))


def _pitch(note: int) -> float:
    return 500.0 + 80 * note


class Receiver:
    """Nối lại ngay mỗi khi đứt; ``connections`` là chữ MP3 của từng lần nối."""

    def __init__(self, port: int, secret: str, output_id: int) -> None:
        """``port``, ``secret``: cổng nội bộ của phòng phát sóng."""
        self.connections: list[bytes] = []
        self._client = PlayoutClient(port, secret, "phung-chi-kien")
        self._output_id = output_id
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(15)

    def _run(self) -> None:
        while not self._stop.is_set():
            received = bytearray()
            try:
                for chunk in self._client.monitor(self._output_id):
                    received += chunk
                    if self._stop.is_set():
                        break
            except OutputFailed:
                self._stop.wait(0.02)
            if received:
                self.connections.append(bytes(received))

    def notes(self, count: int) -> list[Heard]:
        """Mọi nốt (0..``count``-1) đã nghe được."""
        return [one for number, data in enumerate(self.connections) for one in _notes(number, _decoded(data), count)]


def _decoded(data: bytes) -> np.ndarray:
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:  # đứt trước khung MP3 trọn vẹn đầu tiên
        return np.empty(0, dtype=np.float32)
    assert rate == RATE
    mono: np.ndarray = samples[:, 0]
    return mono


def _notes(connection: int, signal: np.ndarray, count: int) -> list[Heard]:
    found: dict[int, list[int]] = {}
    for number in range(max(0, (len(signal) - _WINDOW) // _HOP + 1)):
        window = signal[number * _HOP : number * _HOP + _WINDOW]
        if np.sqrt(np.mean(window**2)) > _LOUD:
            found.setdefault(_nearest(window, count), []).append(number)
    return [_heard(connection, note, windows) for note, windows in found.items() if len(windows) >= 4]


def _nearest(window: np.ndarray, count: int) -> int:
    spectrum = np.abs(np.fft.rfft(window * np.hanning(_WINDOW), RATE // 5))
    pitch = int(np.argmax(spectrum)) * 5
    return int(np.clip(round((pitch - _pitch(0)) / 80), 0, count - 1))


def _heard(connection: int, note: int, windows: Sequence[int]) -> Heard:
    holes = sum(after - before - 1 for before, after in pairwise(windows))
    lasts = (windows[-1] - windows[0] - holes) * _HOP + _WINDOW
    return Heard(connection, note, windows[0] * _HOP / RATE, lasts / RATE)
