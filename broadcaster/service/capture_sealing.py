"""Khoá bản thu vào chuỗi: mỗi phút đã nén xong có băm của nó trong một dòng nhật ký, nên thay tiếng trên đĩa là lộ."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from sqlalchemy import select

from broadcaster.accounts.tables import Station
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway
from broadcaster.loop import Loop
from broadcaster.sound.files import whole_file
from broadcaster.sound.outputs.segments import segments
from broadcaster.studio.witness import file_sha256

_PULSE_S = 300.0
_GRACE_S = 3600.0
_AT_ONCE = 100
"""Mỗi dòng nhiều nhất chừng ấy phút, để thân dòng còn đọc được."""


class CaptureSealing:
    """Cứ năm phút khoá những phút vừa nén xong. Sổ ``book`` nhớ phút nào đã khoá; mất sổ thì khoá lại, nội dung phải y như cũ."""

    def __init__(self, database: Database, clock: Clock, station: str, captures: Path, book: Path) -> None:
        """``station``: mã đài; ``captures``: thư mục bản thu; ``book``: tệp nhớ các phút đã khoá."""
        self._database, self._clock, self._station = database, clock, station
        self._captures, self._book = captures, book
        known = (DatabaseAway, OSError)
        self._loop = Loop("khoá bản thu", self.step, clock, pulse_s=_PULSE_S, known=known, grace_s=_GRACE_S)

    def start(self) -> None:
        """Bắt đầu."""
        self._loop.start()

    def stop(self) -> None:
        """Thôi; phút chưa khoá thì lần bật sau khoá."""
        self._loop.join(1)

    def step(self) -> None:
        """Khoá mọi phút mới, nối dòng trước rồi mới nhớ. Lỗi: ``DatabaseAway``, ``OSError``."""
        names = {
            one.path.relative_to(self._captures).as_posix() for one in segments(self._captures) if one.path.suffix == ".flac"
        }
        sealed = self._sealed() & names
        new = iter(sorted(names - sealed))
        while batch := list(islice(new, _AT_ONCE)):
            files = {name: file_sha256(self._captures / name) for name in batch}
            self._append(files)
            sealed |= files.keys()
            with whole_file(self._book) as temporary:
                temporary.write_text("\n".join(sorted(sealed)), "utf-8")

    def _append(self, files: dict[str, str]) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            station_id = session.scalar(select(Station.id).where(Station.code == self._station))
            if station_id is not None:
                append(session, station_id, Event.CAPTURES_SEALED, {"files": files}, happened_at=now, now=now, tells_time=False)

    def _sealed(self) -> set[str]:
        try:
            return set(self._book.read_text("utf-8").splitlines())
        except FileNotFoundError:
            return set()
