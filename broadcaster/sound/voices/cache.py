"""Ngăn nhớ các đoạn đã xin được của giọng trực tuyến: sửa một câu thì chỉ xin lại một câu, máy chủ không chặn vì xin nhiều."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from broadcaster.sound.files import whole_file

DEFAULT_MAX_BYTES = 300_000_000


class ChunkCache:
    """Mỗi đoạn một tệp mp3, tên là SHA-256 của khoá; nhiều tiến trình dùng chung được."""

    def __init__(self, folder: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """``max_bytes``: vượt thì ``trim`` bỏ những đoạn lâu không dùng nhất."""
        self._folder = folder
        self._max_bytes = max_bytes

    def get(self, key: str) -> bytes | None:
        """Đoạn đã nhớ, hoặc ``None``."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        return content

    def put(self, key: str, content: bytes) -> None:
        """Nhớ một đoạn; ghi trọn hoặc không có gì."""
        with whole_file(self._path(key)) as temporary:
            temporary.write_bytes(content)

    def drop(self, key: str) -> None:
        """Quên một đoạn hỏng."""
        self._path(key).unlink(missing_ok=True)

    def trim(self) -> None:
        """Giữ tổng dung lượng dưới trần."""
        files = [(path.stat().st_mtime_ns, path.stat().st_size, path) for path in self._folder.glob("*/*.mp3")]
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.mp3"
