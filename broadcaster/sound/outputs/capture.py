"""Ghi lưu: đúng những khung đã gửi ra kênh, thành các đoạn WAV một phút, nén FLAC ở một luồng nền chung.

Đây là bằng chứng khi có người hỏi "6 giờ 12 phút loa đã nói gì": nối các đoạn lại được chính xác từng mẫu đã gửi.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from datetime import datetime
from io import BufferedWriter
from pathlib import Path
from queue import Empty, SimpleQueue

import structlog

from broadcaster.clock import Clock
from broadcaster.loop import Loop
from broadcaster.sound.frames import FRAME_MS, FRAMES_PER_SECOND, Samples, frames_in, reaches, wall_of
from broadcaster.sound.outputs.queued import QueuedSink
from broadcaster.sound.outputs.reserve import Reserve, Room
from broadcaster.sound.outputs.segments import (
    SEGMENT_MS,
    WAV_HEADER,
    channel_name,
    compress,
    leftovers,
    new_path,
    read_capture,
    rescue,
    wav_header,
)

_SEGMENT_FRAMES = SEGMENT_MS // FRAME_MS
_LIMIT_FRAMES = 30 * FRAMES_PER_SECOND
_SYNC_FRAMES = 10 * FRAMES_PER_SECOND  # mất điện mất tối đa 10 giây ghi lưu; bị tắt ngang mất chưa tới nửa giây
_GATHER_S = 0.2
_IDLE_S = 10.0
_COMPRESS_S = 60.0

NO_ROOM = "ổ đĩa sắp đầy: ngừng ghi lưu để dành chỗ cho nhật ký và tiếng"
_log = structlog.get_logger(__name__)


class Compressor:
    """Một luồng nén chung cho mọi kênh: sáu mươi kênh khép đoạn cùng phút cũng chỉ chiếm một lõi.

    Đoạn còn sót của lần chạy trước được cứu ở đây trước tiên: tiếng không phải chờ nó.
    """

    def __init__(self, clock: Clock, left: Sequence[Path] = ()) -> None:
        """Luồng chạy ngay; ``left``: đoạn còn sót của lần chạy trước."""
        self._left = list(left)
        self._queue: SimpleQueue[Path | None] = SimpleQueue()
        self._loop = Loop("nén bản thu", self._turn, clock, pulse_s=0)
        self._loop.start()

    def submit(self, path: Path) -> None:
        """Xếp hàng một WAV đã khép."""
        self._queue.put(path)

    def close(self) -> None:
        """Nén nốt rồi thôi."""
        self._queue.put(None)
        self._loop.ended(_COMPRESS_S)

    def _turn(self) -> None:
        if self._left:
            rescue(self._left.pop())
            return
        try:
            path = self._queue.get(timeout=_IDLE_S)
        except Empty:
            return
        if path is None:
            self._loop.stop()
            return
        try:
            compress(path)
        except (OSError, RuntimeError) as error:
            _log.warning("chưa nén được đoạn ghi lưu, lần khởi động sau sẽ thử lại", path=path.name, error=str(error))


class CaptureWriter:
    """Ghi một kênh thành các đoạn: đoạn mới ở mỗi phút tròn, mỗi lần số khung nhảy cách và mỗi lần kênh đóng."""

    def __init__(self, folder: Path, key: int | str, compressor: Compressor, reserve: Reserve) -> None:
        """Khoá kênh không đặt được thành tên tệp: ``Invalid``."""
        self._folder = folder
        self._reserve = reserve
        self._channel = channel_name(key)
        self._compressor = compressor
        self._file: BufferedWriter | None = None
        self._expected = 0

    def open(self) -> None:
        """Tạo thư mục của kênh; tệp chỉ mở khi có khung đầu tiên."""
        (self._folder / self._channel).mkdir(parents=True, exist_ok=True)

    def write(self, frame_number: int, block: Samples) -> None:
        """Nối một khối (không vắt qua phút tròn) vào đoạn đang mở. Lỗi: ``OSError`` khi đoạn mới ăn vào phần đĩa dành riêng."""
        if self._file is not None and (frame_number != self._expected or frame_number % _SEGMENT_FRAMES == 0):
            self.rest()
        if self._file is None:
            if self._reserve.room() is Room.STOP:
                raise OSError(errno.ENOSPC, NO_ROOM)
            self._file = new_path(self._folder, self._channel, wall_of(frame_number)).open("xb")
            self._file.write(wav_header(0))
        self._file.write(block.tobytes())
        self._expected = frame_number + frames_in(block)
        if reaches(frame_number + 1, self._expected + 1, _SYNC_FRAMES):
            _sync(self._file)

    def rest(self) -> None:
        """Khép đoạn: đầu tệp đúng, đã xuống đĩa, rồi giao đi nén."""
        file, self._file = self._file, None
        if file is None:
            return
        with file:
            data_bytes = file.tell() - WAV_HEADER
            file.seek(0)
            file.write(wav_header(data_bytes))
            _sync(file)
        self._compressor.submit(Path(file.name))

    def close(self) -> None:
        """Như ``rest``; đĩa đầy thì đoạn dở nằm lại và được cứu ở lần khởi động sau."""
        self.rest()


def _sync(file: BufferedWriter) -> None:
    file.flush()
    os.fsync(file.fileno())


class CaptureStore:
    """Thư mục ghi lưu của trạm phát: tạo đầu ra cho từng kênh, cứu, đọc lại, dọn."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Chạy luồng nén; mọi đoạn WAV đang có là của lần chạy trước, nên dựng trước khi gắn đầu ra nào vào kênh."""
        self.folder = folder
        self._reserve = Reserve(folder)
        self._clock = clock
        self._compressor = Compressor(clock, leftovers(folder))

    def sink(self, key: int | str) -> QueuedSink:
        """Đầu ra ghi lưu cho kênh ``key``; giữ được 30 giây khi đĩa chậm hoặc đầy."""
        return QueuedSink(
            "capture", self.writer(key), self._clock, limit_frames=_LIMIT_FRAMES, gather_s=_GATHER_S, keep_backlog=True
        )

    def writer(self, key: int | str) -> CaptureWriter:
        """Phần ghi không luồng, để treo bằng ``DirectSink`` khi quay tay."""
        return CaptureWriter(self.folder, key, self._compressor, self._reserve)

    def read(self, key: int | str, start: datetime, end: datetime) -> tuple[Samples, datetime]:
        """Tiếng đã gửi trong ``[start, end)``; xem ``segments.read_capture``."""
        return read_capture(self.folder, key, start, end)

    def close(self) -> None:
        """Nén nốt các đoạn đã khép; gọi sau khi bộ bơm đã dừng."""
        self._compressor.close()
