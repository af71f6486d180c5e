"""Thân của một yêu cầu, nhận trọn trước khi xử lý: ngắn ở bộ nhớ, dài ở tệp tạm; có trần, có hạn giờ."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from broadcaster.errors import DiskFull, TooBig, TooSlow
from broadcaster.web.lanes import Lane, lane_of

FORM_MB, URGENT_MB = 6, 0.25
_AROUND = 1_000_000
"""Phần của biểu mẫu quanh tệp."""


@dataclass(frozen=True)
class Upload:
    """Đường nhận tệp, và tệp lớn nhất."""

    path: re.Pattern[str]
    most_mb: int


UPLOADS = (
    Upload(re.compile(r"/ban-tin/(?:\d+/)?tai-len"), 50),
    Upload(re.compile(r"/ke-hoach/lap/tep"), 50),
    Upload(re.compile(r"/ban-tin/\d+/thu-am"), 200),
    Upload(re.compile(r"/tu-dien/nhap"), FORM_MB),
)

BLOCK = 1 << 20
_START = 4_096
_SPARE_BYTES, _SPARE_SHARE = 500_000_000, 20
"""Ổ đĩa phải còn trống chừng này (hay một phần chừng này) sau khi nhận: nhật ký và bản thu cần chỗ hơn tệp tải lên."""
_QUIET_S, _SLOWEST, _GRACE_S = 20.0, 1_000, 60.0
"""Im lâu nhất; chậm nhất (byte/giây) sau một phút đầu: mạng 2G vẫn gửi kịp."""


def upload_of(path: str) -> Upload | None:
    """Đường này nhận tệp thế nào; không nhận thì ``None``."""
    return next((one for one in UPLOADS if one.path.fullmatch(path)), None)


def body_limit(path: str) -> int:
    """Tệp hay chữ lớn nhất của một đường, byte."""
    if lane_of("POST", path, 0) is Lane.FAST:
        return int(URGENT_MB * 1_000_000)
    upload = upload_of(path)
    return (upload.most_mb if upload else FORM_MB) * 1_000_000


def declared_size(headers: Headers) -> int | None:
    """Cỡ thân đã khai, byte; gửi từng khúc không khai trước thì ``None``."""
    text = headers.get("content-length", "0")
    return int(text) if "transfer-encoding" not in headers and text.isascii() and text.isdigit() and len(text) < 16 else None


def is_multipart(headers: Headers) -> bool:
    """Biểu mẫu có thể mang tệp."""
    return headers.get("content-type", "").lower().lstrip().startswith("multipart/")


class Body:
    """Một thân; ``close`` khi xong."""

    def __init__(self, folder: Path, disk: CapacityLimiter) -> None:
        """``disk``: số luồng được ghi đĩa, riêng với luồng của trang."""
        self._folder = folder
        self._disk = disk
        self._block = bytearray()
        self._start = b""
        self._file: IO[bytes] | None = None
        self.size = 0

    def close(self) -> None:
        """Bỏ tệp tạm."""
        if self._file is not None:
            self._file.close()

    @property
    def start(self) -> bytes:
        """Khúc đầu của thân đã nhận: trọn thân khi nó ngắn hơn ``BLOCK``."""
        return self._start or bytes(self._block)

    async def fill(self, receive: Receive, *, declared: int | None, limit: int) -> None:
        """Nhận trọn; ``declared``: cỡ đã khai. Lỗi: ``TooBig``, ``TooSlow`` (cả khi người gửi bỏ đi), ``DiskFull``."""
        most = limit if declared is None else declared
        if most > limit + _AROUND:
            raise _too_big(limit)
        if most > BLOCK:
            await anyio.to_thread.run_sync(self._check_room, most, limiter=self._disk)
        loop = asyncio.get_running_loop()
        began, more = loop.time(), True
        while more:
            message = await _next(receive)
            chunk, more = message.get("body", b""), message.get("more_body", False)
            self.size += len(chunk)
            if self.size > limit + _AROUND:
                raise _too_big(limit)
            waited = loop.time() - began
            if waited > _GRACE_S and self.size < _SLOWEST * waited:
                raise TooSlow
            self._block += chunk
            if len(self._block) >= BLOCK:
                await anyio.to_thread.run_sync(self._store, limiter=self._disk)
        if self._file is not None:
            await anyio.to_thread.run_sync(self._rewind, limiter=self._disk)

    def replay(self, after: Receive) -> Receive:
        """Đưa thân cho ứng dụng, rồi nghe tiếp ``after`` (người gửi có bỏ đi không)."""
        left = self.size

        async def receive() -> Message:
            nonlocal left
            if left < 0:
                return await after()
            if self._file is None:
                chunk = bytes(self._block)
            else:
                chunk = await anyio.to_thread.run_sync(self._file.read, BLOCK, limiter=self._disk)
            left -= len(chunk)
            more, left = left > 0 and bool(chunk), left or -1
            return {"type": "http.request", "body": chunk, "more_body": more}

        return receive

    def _check_room(self, size: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        disk = shutil.disk_usage(self._folder)
        if disk.free < size + min(_SPARE_BYTES, disk.total // _SPARE_SHARE):
            raise DiskFull

    def _store(self) -> None:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  đóng ở close()
            self._start = bytes(self._block[:_START])
        self._file.write(self._block)
        self._block.clear()

    def _rewind(self) -> None:
        self._store()
        assert self._file is not None
        self._file.seek(0)


def _too_big(limit: int) -> TooBig:
    return TooBig(f"Dữ liệu gửi lên quá lớn. Hãy quay lại, rút bớt chữ, hoặc gửi tệp dưới {limit / 1_000_000:g} MB.")


async def _next(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(_QUIET_S):
            message = await receive()
    except TimeoutError as error:
        raise TooSlow from error
    if message["type"] != "http.request":
        raise TooSlow
    return message
