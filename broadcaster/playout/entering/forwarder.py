"""Người chuyển sổ: mỗi bản ghi sổ trực vào nhật ký đúng một lần, đúng thứ tự, và trạng thái buổi, mục, lệnh đi theo nó.

Số đã vào nằm cùng giao dịch với dòng của nó. Bản ghi không vào được thì để riêng nguyên vẹn, báo động, và không chặn ai sau nó.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway
from broadcaster.playout.entering import missed, order_entries, programme_entries, station_entries
from broadcaster.playout.entering.entry import Entry
from broadcaster.playout.heard import seen_at
from broadcaster.playout.journal import JournalTail, Record
from broadcaster.playout.tables import Player
from broadcaster.sound.files import whole_file

log = structlog.get_logger(__name__)

_BATCH, _HOLD_S = 10, 0.01
"""Một giao dịch nhiều nhất chừng ấy bản ghi, và thôi nhận thêm sau chừng ấy giây giữ khoá ghi: máy chậm thì mỗi lần ít đi."""
_KEPT = timedelta(days=7)
_LOOK = timedelta(seconds=1)
LIFE_EVERY = timedelta(seconds=20)
"""Mỗi lần ghi dấu sống là một tiếng chuông gọi mọi phòng dậy, nên ghi thưa; máy khác thấy im ba lần thế mới coi là mất."""
_AWAY = (DatabaseAway, OperationalError, InterfaceError)
Enter = Callable[[Entry, Mapping[str, Any]], None]


class Forwarder:
    """Một người cho một trạm phát; chỉ một luồng gọi."""

    def __init__(self, database: Database, clock: Clock, *, station_id: int, player_id: int, journal: Path, ring: Path) -> None:
        """``journal``: thư mục sổ trực; ``ring``: tệp vòng đã nghe, nơi có dấu sống của tiến trình phát."""
        self._database, self._clock = database, clock
        self._station_id, self._player_id = station_id, player_id
        self._journal, self._ring = journal, ring
        self._tail = JournalTail(journal, player_id)
        self._done: int | None = None
        self._alive_at: datetime | None = None
        self._since = missed.Waiting()
        self._looked_at = clock.now() - timedelta(days=1)

    def step(self) -> int:
        """Đưa mọi bản ghi đang chờ vào nhật ký rồi xem buổi nào đã lỡ; trả về số bản ghi. Lỗi: ``DatabaseAway``."""
        if self._done is None:
            with self._database.reading() as session:
                self._done = entered(session, self._station_id, self._player_id)
        seen = seen_at(self._ring)  # trước khi đọc sổ: máy vừa dậy thì sổ nói nó đã vắng, rồi dấu sống mới được tin
        count = 0
        while records := self._tail.pending(self._done)[:_BATCH]:
            self._done = self._enter(records)
            count += sum(record.number <= self._done for record in records)
        now = self._clock.now()
        if abs(now - self._looked_at) >= _LOOK:
            self._note_life(seen)
            missed.settle(
                self._database,
                self._station_id,
                self._player_id,
                now=now,
                monotonic=self._clock.monotonic(),
                since=self._since,
            )
            self._tail.forget(upto=self._done, before=(now - _KEPT).timestamp())
            self._looked_at = now
        return count

    def _enter(self, records: list[Record]) -> int:
        """Đưa vào ít nhất một; trả về số của bản ghi cuối cùng đã vào."""
        with self._database.writing(eager=True) as session:
            full_at = self._clock.monotonic() + _HOLD_S
            done = entered(session, self._station_id, self._player_id)
            for record in records:
                if record.number > done:  # dữ liệu quyết, trí nhớ chỉ để khỏi hỏi lại
                    self._enter_one(session, record)
                    done = record.number
                if self._clock.monotonic() > full_at:
                    break
            mine = update(Player).where(Player.id == self._player_id, Player.station_id == self._station_id)
            session.execute(mine.values(spooled_to=done))
        return done

    def _enter_one(self, session: Session, record: Record) -> None:
        """Trong điểm lưu riêng: hỏng kiểu gì, trừ mất cơ sở dữ liệu, cũng chỉ là việc của một bản ghi."""
        entry = Entry(session, self._station_id, self._player_id, self._clock.now(), record.body)
        try:
            with session.begin_nested():
                _door(record.body)(entry, record.body)
        except _AWAY:
            raise
        except Exception as error:
            log.critical("bản ghi sổ trực không vào được nhật ký", so=record.number, loi=repr(error))
            session.expire_all()
            self._set_aside(session, record, error)

    def _set_aside(self, session: Session, record: Record, error: Exception) -> None:
        target = self._journal / f"de-rieng-{self._player_id}-{record.number}.json"
        with whole_file(target) as temporary:
            told = {"number": record.number, "error": repr(error), "body": record.body}
            temporary.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
        message = (
            f"Một bản ghi của máy phát ({record.body.get('what', '?')}, số {record.number}) không vào được nhật ký. Nó được giữ "
            f"nguyên ở {target.name} trong thư mục sổ trực; các bản ghi sau vẫn vào. Hãy gửi tệp ấy cho người làm phần mềm."
        )
        subject = f"set-aside:{self._player_id}:{record.number}"
        raise_alert(session, self._station_id, subject, message, now=self._clock.now(), level=AlertLevel.CRITICAL)

    def _note_life(self, seen: datetime | None) -> None:
        """Dấu sống của tiến trình phát, thưa thôi; không ai khác ghi nó nên điều vừa thấy ở dữ liệu còn đúng."""
        if seen is None or (self._alive_at is not None and abs(seen - self._alive_at) < LIFE_EVERY):
            return
        query = select(Player.seen_at).where(Player.id == self._player_id, Player.station_id == self._station_id)
        with self._database.reading() as session:
            self._alive_at = session.scalar(query)
        if self._alive_at is None or abs(seen - self._alive_at) >= LIFE_EVERY:
            with self._database.writing(eager=True) as session:
                mine = update(Player).where(Player.id == self._player_id, Player.station_id == self._station_id)
                session.execute(mine.values(seen_at=seen))
                station_entries.forget_trust(session, self._station_id, self._player_id, seen=seen, now=self._clock.now())
            self._alive_at = seen


def entered(session: Session, station_id: int, player_id: int) -> int:
    """Số của bản ghi cuối cùng đã vào nhật ký."""
    query = select(Player.spooled_to).where(Player.id == player_id, Player.station_id == station_id)
    return session.scalar(query) or 0


def _door(body: Mapping[str, Any]) -> Enter:
    if "run" in body:
        return programme_entries.enter
    if "key" in body:
        return order_entries.enter
    return station_entries.enter
