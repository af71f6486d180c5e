"""Người chứng của phòng thu: tệp tiếng đã phát và bản thu trên đĩa còn đúng mã băm mà nhật ký giữ."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from broadcaster.airlog.chain import Link
from broadcaster.airlog.enums import Event
from broadcaster.airlog.verifying.witnesses import Note
from broadcaster.errors import NotFound
from broadcaster.sound.library import Library

_TIMED = re.compile(r"\d{8}T\d{6}")
_SOON = timedelta(days=2)
"""Bản thu được khoá vài phút sau khi thu; máy tắt một hai ngày thì muộn bấy nhiêu."""


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
        yield from self._recordings(frozenset[bytes]().union(*(aired for aired, _, _ in seen)))
        if late := [name for _, _, names in seen for name in names]:
            told = f"{len(late)} phút thu được khoá muộn hơn {_SOON.days} ngày sau giờ trong tên, như {late[0]}"
            yield Note(f"{told}: có thể được đặt vào sau")
        sealed: dict[str, str] = {}
        for _, captures, _ in seen:
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
        """Đài chỉ bỏ bản thu từ bản cũ nhất, nên phút mất mà phút cũ hơn còn đó là có người xoá."""
        gone, oldest = list[str](), ""
        for name, sha256 in sorted(sealed.items(), key=lambda one: _clock(one[0])):
            path = self.captures / name
            if not path.is_file():
                gone.append(name)
                if oldest and oldest < _clock(name):
                    yield f"bản thu {name} đã bị xoá: đài chỉ bỏ từ bản cũ nhất, mà bản cũ hơn nó vẫn còn"
                continue
            oldest = oldest or _clock(name)
            if file_sha256(path) != sha256:
                yield f"bản thu {name} đã bị thay: tiếng trên đĩa không phải tiếng đã thu"
        if gone:
            yield Note(
                f"{len(gone)} trong {len(sealed)} phút thu không còn tệp (hết hạn giữ, hoặc bị xoá), mới nhất là {gone[-1]}"
            )


class _Looking:
    def __init__(self) -> None:
        self._aired: set[bytes] = set()
        self._captures: dict[str, str] = {}
        self._late: list[str] = []

    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Nhớ mã tệp, mỗi tệp một lần."""
        if link.event == Event.CAPTURES_SEALED:
            for name, sha256 in body["files"].items():
                if _late(name, link.happened_at):
                    self._late.append(name)
                if self._captures.setdefault(name, sha256) != sha256:
                    yield f"dòng {link.seq}: bản thu {name} được khoá lần nữa với nội dung khác"
        elif body["item"].get("audio_sha256"):
            self._aired.add(bytes.fromhex(body["item"]["audio_sha256"]))

    def seen(self) -> tuple[set[bytes], dict[str, str], list[str]]:
        """Mọi tệp đã phát, mọi bản thu đã khoá, những bản khoá muộn."""
        return self._aired, self._captures, self._late


def _clock(name: str) -> str:
    """Giờ UTC trong tên bản thu, so được như chữ; tên lạ thì chính nó."""
    found = _TIMED.search(name)
    return found[0] if found else name


def _late(name: str, sealed_at: str) -> bool:
    found = _TIMED.search(name)
    if found is None:
        return False
    return datetime.fromisoformat(sealed_at) - datetime.strptime(found[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) > _SOON


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) của một tệp."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
