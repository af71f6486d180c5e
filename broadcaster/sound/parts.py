"""Phần của một lần thu đang gửi lên: mỗi phần một tệp WAV nhỏ có số thứ tự, gửi lại bao nhiêu lần cũng như một.

Mất mạng hay đóng trang không mất phần đã gửi; phần bỏ quên được dọn mỗi đêm.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from broadcaster.errors import BadRecording, Conflict, NotFound
from broadcaster.sound.files import whole_file

MAX_PART_BYTES = 1 << 20
MAX_PARTS = 2_000
TOO_LONG = "Lần thu quá dài. Hãy dừng, nghe lại rồi thu thành nhiều bản tin ngắn hơn."
_ABOUT = "lan-thu.json"
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class UnfinishedTake:
    """Một lần thu: ``owner`` là người và bản tin của nó (chữ do phòng trên đặt), ``started_at`` theo ISO 8601."""

    key: str
    owner: str
    started_at: str
    parts: int = 0


class PartStore:
    """Các lần thu dở dưới một thư mục."""

    def __init__(self, root: Path) -> None:
        """``root`` được tạo khi có lần thu đầu tiên."""
        self._root = root

    def open(self, owner: str, *, now: datetime) -> UnfinishedTake:
        """Mở một lần thu mới."""
        take = UnfinishedTake(secrets.token_hex(16), owner, now.isoformat())
        folder = self._root / take.key
        folder.mkdir(parents=True)
        with whole_file(folder / _ABOUT) as temporary:
            temporary.write_text(json.dumps(asdict(take)), "utf-8")
        return take

    def put(self, key: str, owner: str, number: int, content: bytes) -> None:
        """Cất phần ``number`` (đếm từ 0). Lỗi: ``Conflict`` khi số ấy đã có nội dung khác, ``BadRecording``, ``NotFound``."""
        folder = self._folder(key, owner)
        if not 0 <= number < MAX_PARTS:
            raise BadRecording(TOO_LONG)
        if len(content) > MAX_PART_BYTES or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
            raise BadRecording("Phần thu gửi lên không phải âm thanh WAV. Hãy tải lại trang rồi thu lại.")
        target = folder / f"{number:05d}.wav"
        if target.is_file():
            if target.read_bytes() != content:
                raise Conflict("Phần này của lần thu đã có nội dung khác. Hãy tải lại trang rồi thu lại.")
            return
        with whole_file(target) as temporary:
            temporary.write_bytes(content)

    def whole(self, key: str, owner: str, count: int) -> list[Path]:
        """Đủ ``count`` phần liền nhau, theo thứ tự. Lỗi: ``BadRecording`` nói thiếu phần nào, ``NotFound``."""
        parts = self._parts(self._folder(key, owner))
        if not 0 <= count <= MAX_PARTS:
            raise BadRecording(TOO_LONG)
        missing = sorted(set(range(count)) - {int(part.stem) for part in parts})
        if missing or not count:
            which = ", ".join(str(number + 1) for number in missing[:5])
            raise BadRecording(f"Lần thu còn thiếu phần {which or 'đầu tiên'}. Hãy đợi gửi xong rồi bấm lại, hoặc thu lại.")
        return parts[:count]

    def unfinished(self, owner: str) -> list[UnfinishedTake]:
        """Lần thu dở của người ấy cho bản tin ấy, mới nhất trước; ``parts`` là số phần liền nhau từ đầu."""
        found = []
        for folder in self._folders():
            take = self._about(folder)
            if take is not None and take.owner == owner and (count := self._unbroken(folder)):
                found.append(UnfinishedTake(take.key, owner, take.started_at, count))
        return sorted(found, key=lambda one: one.started_at, reverse=True)

    def drop(self, key: str, owner: str) -> None:
        """Bỏ hẳn một lần thu. Lỗi: ``NotFound``."""
        shutil.rmtree(self._folder(key, owner))

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Thư mục tạm cho một tệp tải lên trọn một lần; ra khỏi khối thì không còn gì."""
        folder = self._root / secrets.token_hex(16)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, *, before: datetime) -> int:
        """Bỏ lần thu không ai động tới từ trước ``before``; trả về số lần thu."""
        swept = 0
        for folder in self._folders():
            if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < before.timestamp():
                shutil.rmtree(folder, ignore_errors=True)
                swept += 1
        return swept

    def _folder(self, key: str, owner: str) -> Path:
        """Thư mục của đúng người ấy: khoá đoán không ra, mà đoán ra cũng vẫn phải là chủ."""
        folder = self._root / key
        take = self._about(folder) if _KEY.fullmatch(key) else None
        if take is None or take.owner != owner:
            raise NotFound("Không còn lần thu này. Có thể nó đã được dùng hoặc đã bỏ; hãy thu lại.")
        return folder

    def _folders(self) -> list[Path]:
        return [path for path in self._root.iterdir() if path.is_dir()] if self._root.is_dir() else []

    @staticmethod
    def _about(folder: Path) -> UnfinishedTake | None:
        with suppress(OSError, ValueError, TypeError):
            return UnfinishedTake(**json.loads((folder / _ABOUT).read_text("utf-8")))
        return None

    @staticmethod
    def _parts(folder: Path) -> list[Path]:
        return sorted(folder.glob("[0-9]*.wav"))

    def _unbroken(self, folder: Path) -> int:
        numbers = {int(part.stem) for part in self._parts(folder)}
        return next(count for count in range(len(numbers) + 1) if count not in numbers)
