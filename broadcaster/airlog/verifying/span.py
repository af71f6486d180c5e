"""Kiểm một quãng dòng liền nhau: chuỗi băm, và mọi lượt phát có dòng cuối cùng trong quãng ấy.

Các dòng được gấp lại thành lượt phát trong bộ nhớ, mỗi lượt so với bảng chiếu ngay ở dòng cuối của nó (``last_seq``) rồi bỏ đi,
nên bộ nhớ chỉ giữ những lượt còn dở. Lượt bắt đầu từ quãng trước, hay còn tiếp ở quãng sau, thì đọc lại riêng các dòng của nó.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import OperationalError

from broadcaster.airlog.chain import Link, breaks
from broadcaster.airlog.enums import Event
from broadcaster.airlog.folding import PROJECTED, Folded, Folder, Key
from broadcaster.airlog.line_bodies import read_body
from broadcaster.airlog.tables import Airing
from broadcaster.airlog.verifying.reader import Reader, run_of
from broadcaster.airlog.verifying.witnesses import Look, Note

MOST_FAULTS = 100
"""Sai nhiều hơn thế thì kể chừng ấy: người kiểm cần biết có sai và ở đâu, không cần triệu dòng."""
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""Thân dòng hay cột mang thứ không phải của nó."""


_GARBLED = "cơ sở dữ liệu có chỗ không đọc được: tệp hỏng hoặc bị sửa bằng tay"


@dataclass
class Faults:
    """Tới ``most`` điều sai bằng lời, và tất cả là bao nhiêu."""

    told: list[str] = field(default_factory=list)
    count: int = 0
    notes: list[str] = field(default_factory=list)
    most: int = MOST_FAULTS

    def add(self, fault: str) -> None:
        """Thêm một điều."""
        if isinstance(fault, Note):
            self.notes.append(fault)
            return
        self.count += 1
        if len(self.told) < self.most:
            self.told.append(fault)

    def gather(self, faults: Iterable[str]) -> None:
        """Thêm mọi điều; đọc hết dù đã thôi kể, vì phần sau còn dựa vào những dòng đã đọc."""
        for fault in faults:
            self.add(fault)

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """Cơ sở dữ liệu có chỗ không đọc nổi cũng là một điều sai; mất kết nối thì không phải."""
        try:
            yield
        except _UNREADABLE:
            self.add(_GARBLED)
        except (sqlite3.OperationalError, OperationalError) as error:
            if "UTF-8" not in str(error):
                raise
            self.add(_GARBLED)

    def merge(self, other: Faults) -> None:
        """Nhập những điều tìm được ở quãng khác."""
        self.told = [*self.told, *other.told][: self.most]
        self.count += other.count
        self.notes += other.notes

    def lines(self) -> tuple[str, ...]:
        """Để in ra."""
        more = self.count - len(self.told)
        return (*self.told, f"… và {more} điều khác") if more else tuple(self.told)


class Span:
    """Quãng ``first`` … ``last``; ``last`` trống là tới hết nhật ký."""

    def __init__(self, reader: Reader, first: int, last: int | None, looks: Sequence[tuple[frozenset[Event], Look]] = ()) -> None:
        """``looks``: ai còn muốn xem thân những dòng nào."""
        self._reader, self._first, self._last = reader, first, last
        self._looks = {event.value: [look for events, look in looks if event in events] for event in Event}
        self._folder = Folder(reader.station_id)
        self._stored = reader.airings(*self._mine())
        self._next: Folded | None = None
        self._faults = Faults()

    def check(self) -> Faults:
        """Đọc cả quãng; trả về mọi điều sai."""
        with self._faults.unreadable():
            self._next = next(self._stored, None)
            after = self._reader.before(self._first)
            for found in breaks(self._links(), first=self._first, last=self._last, after=after):
                self._faults.add(f"dòng {found.seq}: {found.why}")
            self._rest()
        return self._faults

    def _mine(self) -> Iterator[Any]:
        column = Airing.__table__.c.last_seq
        if self._first > 1:
            yield column >= self._first
        if self._last is not None:
            yield column <= self._last

    def _links(self) -> Iterator[tuple[Link, str]]:
        for link, digest in self._reader.lines(self._first, self._last):
            yield link, digest
            try:
                self._look(link)
            except _UNREADABLE:
                self._faults.add(f"dòng {link.seq}: thân dòng sai dạng")

    def _look(self, link: Link) -> None:
        """Xem thân dòng: đổi lượt phát nào, và ai khác muốn xem."""
        projected = link.event in PROJECTED and link.item_id is not None
        looks = self._looks.get(link.event, ())
        if not (projected or looks):
            return
        told = read_body(link.body)
        touched = self._fold(link, told) if projected else None
        while self._next is not None and self._next.changed["last_seq"] <= link.seq:
            self._compare(self._next, touched)
            self._next = next(self._stored, None)
        for one in looks:
            self._faults.gather(one.look(link, told))

    def _fold(self, link: Link, told: Any) -> tuple[Key, Folded] | None:
        item_id = link.item_id
        assert item_id is not None
        key = (run_of(link.run_id), item_id)
        if link.event not in (Event.ITEM_ARMED, Event.ITEM_PLANNED) and key not in self._folder.open:
            self._recall(key, link.seq)
        touched = self._folder.fold(link.seq, link.event, link.run_id, item_id, told)
        if touched is None and link.event == Event.ITEM_ENDED:
            self._faults.add(f"mục {item_id} của lượt {link.run_id}: có kết thúc mà không có chuẩn bị")
        return touched

    def _recall(self, key: Key, seq: int) -> None:
        """Lượt phát đã bắt đầu trước quãng này, hoặc đã so xong rồi mới có dòng này: đọc lại các dòng trước của riêng nó."""
        found = self._told_of(key, seq)
        if found is not None:
            self._folder.open[key] = found

    def _told_of(self, key: Key, before: int | None = None) -> Folded | None:
        """Lượt phát như mọi dòng của nó nói, tới trước dòng ``before``."""
        folder = Folder(self._reader.station_id)
        for link, _ in self._reader.history(key[1]):
            if before is None or link.seq < before:
                folder.feed(link.seq, link.event, link.run_id, link.item_id, link.body)
        return folder.open.get(key)

    def _compare(self, stored: Folded, touched: tuple[Key, Folded] | None) -> None:
        if touched is None or touched[0] != stored.key or touched[1] != stored:
            self._faults.add(_differs(stored.key))
        self._folder.open.pop(stored.key, None)

    def _rest(self) -> None:
        """Sau dòng cuối: dòng bảng chiếu không có trong nhật ký, lượt phát còn tiếp ở quãng sau hay vắng mặt trong bảng chiếu."""
        while self._next is not None:
            self._compare(self._next, None)
            self._next = next(self._stored, None)
        for key in self._folder.open:
            if self._faults.count > MOST_FAULTS or not self._agrees(key):
                self._faults.add(_differs(key))

    def _agrees(self, key: Key) -> bool:
        try:
            return self._told_of(key) == self._reader.airing(key)
        except _UNREADABLE:
            return False


def _differs(key: Key) -> str:
    return f"lượt phát của mục {key[1]} (lượt {key[0]}): bảng chiếu khác nhật ký"
