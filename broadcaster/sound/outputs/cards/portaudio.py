"""Phát qua PortAudio (thư viện ``sounddevice``): Windows và macOS có sẵn trong gói, Linux cần ``libportaudio2``."""

from __future__ import annotations

import threading
import time
from typing import Any

from broadcaster.sound.frames import FRAME, RATE, Samples

_LATENCY_S = 0.1
_STUCK_S = 1.0
_OPEN: set[int] = set()
LOCK = threading.Lock()


def look_again(library: Any) -> None:
    """PortAudio chỉ thấy thiết bị có lúc khởi động: cắm thêm thì phải nạp lại. Đang có dòng mở thì để yên, kẻo ngắt tiếng."""
    if not _OPEN:
        library._terminate()
        library._initialize()


class PortAudioDevice:
    """Một dòng ra đang mở; ghi có hạn, vì ``write`` của PortAudio chờ mãi khi thiết bị kẹt."""

    def __init__(self, library: Any, device: str) -> None:
        """``library``: mô-đun ``sounddevice``; ``device`` rỗng là mặc định. Lỗi: ``OSError`` khi không mở được."""
        self._library = library
        with LOCK:
            look_again(library)
            try:
                self._stream = library.RawOutputStream(
                    samplerate=RATE, channels=1, dtype="int16", device=device or None, blocksize=FRAME, latency=_LATENCY_S
                )
                self._stream.start()
            except (library.PortAudioError, ValueError) as error:
                raise OSError(str(error)) from error
            _OPEN.add(id(self))
        self._capacity: int = self._stream.write_available

    def write(self, samples: Samples) -> None:
        """Từng khung một, chờ tới khi thiết bị có chỗ."""
        deadline = time.monotonic() + _STUCK_S
        for start in range(0, len(samples), FRAME):
            block = samples[start : start + FRAME]
            while self._available() < min(len(block), self._capacity):
                if time.monotonic() > deadline:
                    raise OSError("thiết bị không nhận tiếng quá một giây")
                time.sleep(0.002)
            self._guard(lambda block=block: self._stream.write(block.tobytes()))

    def pending(self) -> int:
        """Phần đã đầy của bộ đệm."""
        held: int = self._capacity - self._available()
        return max(0, held)

    def close(self) -> None:
        """Phát nốt rồi thả; thiết bị đã mất thì bỏ luôn."""
        with LOCK:
            _OPEN.discard(id(self))
            try:
                self._stream.stop(ignore_errors=True)
            finally:
                self._stream.close(ignore_errors=True)

    def _available(self) -> int:
        free: int = self._guard(lambda: self._stream.write_available)
        return free

    def _guard(self, call: Any) -> Any:
        try:
            return call()
        except self._library.PortAudioError as error:
            raise OSError(str(error)) from error
