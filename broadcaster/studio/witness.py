"""Người chứng của phòng thu: tệp tiếng đã phát và bản thu trên đĩa còn đúng mã băm mà nhật ký giữ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from broadcaster.airlog.chain import Link
from broadcaster.airlog.enums import Event
from broadcaster.airlog.verifying.witnesses import Note
from broadcaster.errors import NotFound
from broadcaster.sound.library import Library


@dataclass(frozen=True)
class Sounds:
    """``recordings``: gốc kho bản ghi; ``captures``: thư mục bản thu những gì đã phát."""

    recordings: Path
    captures: Path
    events: ClassVar[frozenset[Event]] = frozenset({Event.ITEM_ARMED, Event.CAPTURES_SEALED})

    def begin(self, session: Session, station_id: int) -> _Looking:
        """Chưa thấy tệp nào."""
        return _Looking()

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterator[str]:
        """Băm lại từng tệp; tệp đã hết hạn giữ thì chỉ kể là không còn."""
        yield from self._recordings(frozenset[bytes]().union(*(aired for aired, _ in seen)))
        sealed: dict[str, str] = {}
        for _, captures in seen:
            for name, sha256 in captures.items():
                if sealed.setdefault(name, sha256) != sha256:
                    yield f"bản thu {name} được khoá hai lần với hai nội dung khác nhau"
        yield from self._captures(sealed)

    def _recordings(self, aired: frozenset[bytes]) -> Iterator[str]:
        library, gone = Library(self.recordings), 0
        for name in sorted(one.hex() for one in aired):
            try:
                library.path(name)
            except NotFound:
                gone += 1
                continue
            if not library.verify(name):
                yield f"bản ghi {name[:12]}… đã phát mà tệp trong kho nay là tệp khác"
        if gone:
            yield Note(f"{gone} trong {len(aired)} bản ghi đã phát không còn tệp trong kho nên không so được")

    def _captures(self, sealed: dict[str, str]) -> Iterator[str]:
        gone = 0
        for name, sha256 in sorted(sealed.items()):
            path = self.captures / name
            if not path.is_file():
                gone += 1
            elif file_sha256(path) != sha256:
                yield f"bản thu {name} đã bị thay: tiếng trên đĩa không phải tiếng đã thu"
        if gone:
            yield Note(f"{gone} trong {len(sealed)} phút thu không còn tệp (hết hạn giữ, hoặc bị xoá)")


class _Looking:
    def __init__(self) -> None:
        self._aired: set[bytes] = set()
        self._captures: dict[str, str] = {}

    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Nhớ mã tệp, mỗi tệp một lần."""
        if link.event == Event.CAPTURES_SEALED:
            for name, sha256 in body["files"].items():
                if self._captures.setdefault(name, sha256) != sha256:
                    yield f"dòng {link.seq}: bản thu {name} được khoá lần nữa với nội dung khác"
        elif body["item"].get("audio_sha256"):
            self._aired.add(bytes.fromhex(body["item"]["audio_sha256"]))

    def seen(self) -> tuple[set[bytes], dict[str, str]]:
        """Mọi tệp đã phát, mọi bản thu đã khoá."""
        return self._aired, self._captures


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) của một tệp."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
