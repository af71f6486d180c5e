"""Dựng một nhật ký lớn như thật, nhanh, không gian chuỗi: ``python scripts/bench/airlog_seed.py URL --airings 100000``.

Mỗi dòng đi đúng hàm băm của chuỗi và đúng phép gấp của bảng chiếu; chỉ cách ghi xuống đĩa là theo mẻ. Một buổi mười mục,
sáu là bản tin, mỗi bản tin phát mười lần trong chừng hai tuần (hết hiệu lực thì thôi), còn lại là nhạc hiệu, lời chào; tám cụm
loa; cứ trăm lượt thì vài lượt thiếu, không phát, có đính chính.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import orjson  # noqa: E402
from sqlalchemy import Connection, insert, select, text  # noqa: E402

from broadcaster.accounts.actor import Actor  # noqa: E402
from broadcaster.accounts.enums import Role  # noqa: E402
from broadcaster.accounts.tables import Station  # noqa: E402
from broadcaster.airlog.chain import GENESIS, Link, digest, stamp  # noqa: E402
from broadcaster.airlog.enums import Event  # noqa: E402
from broadcaster.airlog.folding import CHANGED, OPENED, Folded, Folder  # noqa: E402
from broadcaster.airlog.line_bodies import ToldDeliveries  # noqa: E402
from broadcaster.airlog.subjects import Known, scope_values, subject_values  # noqa: E402
from broadcaster.airlog.tables import (  # noqa: E402
    Airing,
    AiringLabel,
    AiringReach,
    AiringScope,
    AiringSubject,
    ChainHead,
    LogEntry,
    ScriptAiring,
)
from broadcaster.database import Database  # noqa: E402
from broadcaster.database.schema import upgrade  # noqa: E402

FIRST = date(2026, 1, 1)
ITEMS, PER_DAY, AIRED_TIMES = 10, 40, 10
"""Mục mỗi buổi; buổi mỗi ngày (phường sáp nhập nhiều trạm, để triệu lượt vừa bảy năm); mỗi bản tin phát chừng ấy lần."""
SPOKEN = (2, 3, 4, 7, 8, 9)
"""Vị trí các bản tin của một buổi."""
BETWEEN = 34
"""Hai lần phát một bản tin cách nhau chừng ấy bản tin mới: gần ngày rưỡi."""
AIRED = (*OPENED, *CHANGED, "last_seq", "reach_id")
"""Các cột của một lượt phát, theo thứ tự nó được gấp."""
_changed = itemgetter(*CHANGED, "last_seq")
FAR = 10_000_000
"""Mã buổi và mục xa mọi mã mà một đài thật cùng cơ sở dữ liệu sẽ cấp."""
WORDS = (
    "cải cách hành chính thủ tục một cửa dịch vụ công trực tuyến phòng cháy chữa cháy tiêm chủng thanh niên nghĩa vụ quân sự "
    "vệ sinh môi trường chuyển đổi số hộ nghèo khuyến học an toàn giao thông dân số nông thôn mới văn hóa"
).split()
PEOPLE = ("Nguyễn Thị Lan", "Trần Văn Hùng", "Lê Thị Mai", "Đặng Thị Minh Trang", "Phạm Văn Bình", "Hoàng Đức Đạt")
ACTOR = Actor(user_id=0, station_id=1, name="Đo", job_title="", roles=frozenset({Role.CLERK, Role.OPERATOR}))


@dataclass
class Batch:
    """Một mẻ sắp ghi."""

    entries: list[tuple[Any, ...]] = field(default_factory=list)
    airings: list[tuple[int, Folded]] = field(default_factory=list)
    labels: dict[int, dict[str, Any]] = field(default_factory=dict)
    subjects: dict[int, dict[str, Any]] = field(default_factory=dict)
    scopes: dict[int, dict[str, Any]] = field(default_factory=dict)
    reaches: dict[int, dict[str, Any]] = field(default_factory=dict)


@lru_cache(maxsize=100_000)
def _bulletin(number: int) -> dict[str, Any]:
    """Phần của một mục mà lần phát nào của bản tin ấy cũng như lần nào; đừng sửa nó."""
    words = random.Random(number)  # noqa: S311  chữ mẫu, không phải bí mật
    author, approver = PEOPLE[number % 3], PEOPLE[3]
    return {
        "kind": "script",
        "title": f"{' '.join(words.choices(WORDS, k=9)).capitalize()} số {number}",
        "planned_ms": 58_000,
        "segment": "Tin",
        "script_id": number,
        "revision_id": number,
        "revision_number": 1,
        "text_sha256": hashlib.sha256(b"%d" % number).hexdigest(),
        "reading_sha256": hashlib.sha256(b"r%d" % number).hexdigest(),
        "audio_sha256": hashlib.sha256(b"a%d" % number).hexdigest(),
        "genre": "news" if number % 3 else "feature",
        "column": "Cải cách hành chính" if number % 4 == 0 else "Tin địa phương",
        "topics": [f"C{1 + number % 9}"],
        "origin": "own",
        "priority": "normal",
        "voice": {"source": "synthetic", "engine": "espeak", "version": "1.52", "reader": None},
        "author": author,
        "hands": [{"part": "wrote", "user_id": 1, "name": author, "job_title": "Công chức Văn hóa - Xã hội"}],
        "credits": [{"role": "author", "name": author}, {"role": "editor", "name": PEOPLE[4]}],
        "approval": {
            "name": approver,
            "job_title": "Phó Chủ tịch UBND phường",
            "at": "2026-01-01T01:00:00+00:00",
            "own_work": False,
        },
        "placed_by": "rule",
        "placed_name": "",
        "why": "Nội dung đang thiếu so với chỉ tiêu",
    }


class Told(ToldDeliveries):
    """Các cụm loa, kèm đúng chữ JSON của chúng: quá nửa thân của một dòng, nên chỉ viết một lần."""

    def __init__(self, places: list[dict[str, Any]]) -> None:
        """``places``: như dòng kể."""
        super().__init__(places)
        self.json = orjson.Fragment(orjson.dumps(places, option=orjson.OPT_SORT_KEYS))


class Reached:
    """Các cụm loa của một mục lúc chuẩn bị, lúc xong, lúc đứt giữa chừng: dựng một lần, mọi dòng cùng giữ."""

    def __init__(self, places: list[dict[str, Any]]) -> None:
        """``places``: như dòng chuẩn bị kể."""
        self.armed = Told(places)
        self.sent = Told([{**one, "state": "sent"} for one in places])
        self.cut = Told([{**one, "state": "failed" if one["cluster_id"] == 3 else "sent"} for one in places])


class Seeder:
    """Nối dòng vào chuỗi của đài số 1."""

    def __init__(self, database: Database, clusters: int, base: int) -> None:
        """``base``: mã buổi và mục đánh số từ sau đó."""
        self._database, self._base = database, base
        self._prev, self._seq, self._recorded = GENESIS, 0, datetime(2025, 1, 1, tzinfo=UTC)
        self._folder, self._known, self._rows = Folder(1), Known(1), Batch()
        self._tallies: dict[tuple[int, str], dict[str, Any]] = {}
        self._stored: set[int] = set()
        places = [
            {
                "cluster_id": one,
                "code": f"CL{one:02}",
                "name": f"Cụm loa ngõ {one}",
                "zone": f"TDP{(one + 1) // 2}",
                "output": f"Đường {(one + 3) // 4}",
                "state": "targeted",
                "note": "",
                "volume": 80,
            }
            for one in range(1, clusters + 1)
        ]
        half = places[: max(1, clusters // 2)]
        self._reached = {whole: Reached(places if whole else half) for whole in (True, False)}

    def run(self, airings: int) -> None:
        """Dựng ``airings`` lượt rồi khép đầu chuỗi."""
        item = self._base
        at = datetime.combine(FIRST, datetime.min.time(), UTC)
        for programme in range(1, airings // ITEMS + 1):
            day = FIRST + timedelta(days=(programme - 1) // PER_DAY)
            began = datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=20 * ((programme - 1) % PER_DAY))
            run = self._base + programme
            told = self._programme(run, day, began)
            self._append(Event.PROGRAMME_PLANNED, {"programme": told}, began - timedelta(days=1), None, None)
            for position in range(1, ITEMS + 1):
                item += 1
                at = began + timedelta(minutes=position - 1)
                self._item(told, run, item, position, at)
            self._append(Event.PROGRAMME_CLOSED, {"programme": told, "holder": "do"}, at + timedelta(minutes=1), run, None)
            if len(self._rows.airings) >= 4000:
                self._flush()
        self._flush()
        self._finish(at)

    @staticmethod
    def _programme(programme: int, day: date, began: datetime) -> dict[str, Any]:
        return {
            "id": programme,
            "slot_id": 1 + programme % 5,
            "slot": f"Buổi số {1 + programme % 5}",
            "unit": "phường Phùng Chí Kiên",
            "day": day.isoformat(),
            "planned_at": began.isoformat(),
            "planned_ms": 900_000,
            "rehearsal": False,
            "zones": [f"TDP{one}" for one in range(1, 5)],
        }

    def _item(self, programme: dict[str, Any], run: int, item: int, position: int, at: datetime) -> None:
        spoken, reached = position in SPOKEN, self._reached[bool(item % 7)]
        body = {
            "programme": programme,
            "item": self._script(run - self._base, item, position, at) if spoken else self._ident(item, position, at),
            "mode": "manual" if item % 997 == 0 else "automatic",
            "operator": PEOPLE[1] if item % 997 == 0 else "tự động",
            "sounds_at": at.isoformat(),
            "deliveries": reached.armed,
        }
        if item % 211 == 0:
            self._append(
                Event.ITEM_SKIPPED, {**body, "reason": "quiet", "note": "Giờ yên tĩnh", "deliveries": []}, at, None, item
            )
            self._close(0, item)
            return
        self._append(Event.ITEM_ARMED, body, at, run, item)
        self._append(Event.ITEM_STARTED, {"started_at": at.isoformat()}, at, run, item)
        cut = item % 101 == 0
        heard = 20_000 if cut else 55_000 + item % 5000
        end = {
            "started_at": at.isoformat(),
            "ended_at": (at + timedelta(milliseconds=heard)).isoformat(),
            "planned_ms": 58_000,
            "heard_ms": heard,
            "tolerance_ms": 0,
            "result": "partial" if cut else "full",
            "reason": "power" if cut else None,
            "note": "Mất điện giữa chừng" if cut else "",
            "deliveries": reached.cut if cut else reached.sent,
        }
        self._append(Event.ITEM_ENDED, end, at + timedelta(milliseconds=heard), run, item)
        if item % 4999 == 0:
            told = {"corrects": self._seq, "result": "partial", "reason": "device", "note": "Cụm 1 câm", "by": PEOPLE[1]}
            self._append(Event.CORRECTION, told, at + timedelta(hours=1), run, item)
        self._close(run, item)

    @staticmethod
    def _script(programme: int, item: int, position: int, at: datetime) -> dict[str, Any]:
        newest, again = divmod((programme - 1) * len(SPOKEN) + SPOKEN.index(position), AIRED_TIMES)
        number = newest - again * BETWEEN
        return {
            **_bulletin(1 + (number if number >= 0 else newest)),
            "id": item,
            "position": position,
            "planned_at": at.isoformat(),
            "is_rerun": again > 0,
        }

    @staticmethod
    def _ident(item: int, position: int, at: datetime) -> dict[str, Any]:
        return {
            "id": item,
            "position": position,
            "kind": "sound",
            "title": "Nhạc hiệu" if position % 5 else "Lời chào",
            "planned_at": at.isoformat(),
            "planned_ms": 58_000,
            "segment": "Mở đầu",
            "audio_sha256": "e" * 64,
            "placed_by": "rule",
            "placed_name": "",
            "why": "",
        }

    def _append(self, event: Event, body: dict[str, Any], at: datetime, run: int | None, item: int | None) -> None:
        self._seq += 1
        reached = body.get("deliveries")
        told = {**body, "deliveries": reached.json} if isinstance(reached, Told) else body
        raw = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)  # cùng chữ với ``canonical_json``, nhanh gấp mười
        self._recorded = max(self._recorded, at)
        happened = stamp(at)
        recorded = happened if self._recorded == at else stamp(self._recorded)
        link = Link(1, self._seq, happened, recorded, event.value, 1, run, item, raw, self._prev)
        self._prev = digest(link)
        values = self._moment(link.happened_at), self._moment(link.recorded_at), event.value, 1, run, item, raw.decode()
        self._rows.entries.append((1, self._seq, *values, link.prev, self._prev))
        if item is None:
            return
        self._folder.fold(self._seq, event.value, run, item, body)
        if event in (Event.ITEM_ARMED, Event.ITEM_SKIPPED):
            subject, scope = self._known.subject(body), self._known.scope(body)
            if subject.id not in self._stored:
                values, label = subject_values(1, subject.facts)
                self._rows.subjects[subject.id] = {"id": subject.id, "station_id": 1, "facts": subject.facts, **values}
                if label.id not in self._stored:
                    self._rows.labels[label.id] = {"id": label.id, "station_id": 1, **label.values}
                    self._stored.add(label.id)
            if scope.id not in self._stored:
                self._rows.scopes[scope.id] = {"id": scope.id, "station_id": 1, **scope_values(scope)}
            self._stored |= {subject.id, scope.id}

    def _close(self, run: int, item: int) -> None:
        folded = self._folder.open.pop((run, item))
        self._rows.airings.append((item, folded))
        values = folded.values
        if folded.reach_id not in self._stored:
            self._rows.reaches[folded.reach_id] = {"id": folded.reach_id, "station_id": 1, "places": folded.reach.places}
            self._stored.add(folded.reach_id)
        if values["script_id"] is None or values["result"] != "full":
            return
        for code in values["zones"]:
            key = (values["script_id"], code)
            count = self._tallies[key]["count"] if key in self._tallies else 0
            self._tallies[key] = {
                "station_id": 1,
                "script_id": values["script_id"],
                "zone_code": code,
                "count": count + 1,
                "last_at": values["started_at"],
                "last_day": values["local_day"],
                "last_seq": values["last_seq"],
            }

    def _flush(self) -> None:
        rows, self._rows = self._rows, Batch()
        with self._database.engine.begin() as connection:
            _bulk(connection, LogEntry, (*Link._fields[:-1], "prev", "digest"), rows.entries)
            for table, values in (
                (AiringSubject, list(rows.subjects.values())),
                (AiringLabel, list(rows.labels.values())),
                (AiringScope, list(rows.scopes.values())),
                (AiringReach, list(rows.reaches.values())),
            ):
                if values:
                    connection.execute(insert(table.__table__), values)
            _bulk(connection, Airing, ("id", *AIRED), self._aired(connection, rows.airings))

    @staticmethod
    def _aired(connection: Connection, airings: list[tuple[int, Folded]]) -> list[tuple[Any, ...]]:
        """Các lượt theo cột ``AIRED``, mỗi giá trị ở dạng trình điều khiển nhận."""
        table = Airing.__table__
        binds = [table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in AIRED]
        return [
            (
                key,
                *(
                    bind(told) if bind else told
                    for bind, told in zip(binds, (*one.opened, *_changed(one.changed), one.reach_id), strict=True)
                ),
            )
            for key, one in airings
        ]

    def _moment(self, stamped: str) -> str:
        """Giờ như cơ sở dữ liệu giữ."""
        return f"{stamped[:10]} {stamped[11:26]}" if self._database.is_sqlite else stamped

    def _finish(self, at: datetime) -> None:
        with self._database.engine.begin() as connection:
            tallies = list(self._tallies.values())
            for first in range(0, len(tallies), 20_000):
                connection.execute(insert(ScriptAiring.__table__), tallies[first : first + 20_000])
            head = {"station_id": 1, "seq": self._seq, "digest": self._prev, "recorded_at": at + timedelta(days=1)}
            connection.execute(insert(ChainHead.__table__), head)
            if connection.dialect.name == "postgresql":
                for table in ("log_entries", "airings", "script_airings"):
                    counter = f"setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
                    connection.execute(text(f"SELECT {counter}"))


def _values(one: Folded) -> tuple[Any, ...]:
    """Theo ``AIRED``."""
    return (*one.opened, *_changed(one.changed), one.reach_id)


def _bulk(connection: Connection, table: Any, names: Iterable[str], rows: list[tuple[Any, ...]]) -> None:
    """Thẳng tới trình điều khiển: giá trị đã ở dạng được lưu."""
    told = ", ".join(names := tuple(names))
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {table.__tablename__} ({told}) VALUES ({places})", rows)  # noqa: S608
        return
    with connection.connection.cursor().copy(f"COPY {table.__tablename__} ({told}) FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


def _pragmas(database: Database, *wanted: str) -> None:
    """Của kết nối duy nhất đang dùng: tệp dựng dở thì bỏ đi dựng lại, nên không cần nhật ký hoàn tác, không hỏi khoá ngoại."""
    if database.is_sqlite:
        raw = database.engine.raw_connection()
        for one in wanted:
            raw.cursor().execute(f"PRAGMA {one}")
        raw.close()


@contextmanager
def _without_indexes(database: Database) -> Iterator[None]:
    """Chỉ mục dựng sau cùng, một lượt xếp thứ tự: từng dòng một thì càng dài càng chậm."""
    indexes = [one for table in (LogEntry, Airing) for one in table.__table__.indexes]  # type: ignore[attr-defined]
    with database.engine.begin() as connection:
        for one in indexes:
            one.drop(connection)
    yield
    with database.engine.begin() as connection:
        for one in indexes:
            one.create(connection)


@contextmanager
def _without_gc() -> Iterator[None]:
    """Các mẻ không có vòng tham chiếu nào; bộ dọn quét lại chúng mà không được gì."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def seed(database: Database, airings: int, *, clusters: int = 8, base: int = 0) -> dict[str, float]:
    """Dựng vào cơ sở dữ liệu trống; trả về số dòng, giây đã tốn. ``base``: ``FAR`` khi một đài khác sẽ phát thật ở cùng chỗ."""
    began = time.perf_counter()
    upgrade(database)
    with database.writing() as session:
        session.add(
            Station(id=1, code="do", name="Đài Truyền thanh phường Phùng Chí Kiên", created_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    _pragmas(database, "journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000", "temp_store=MEMORY")
    with _without_indexes(database), _without_gc():
        Seeder(database, clusters, base).run(airings)
    database.refresh_statistics()  # như việc đêm của đài
    _pragmas(database, "journal_mode=WAL", "foreign_keys=ON")
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    with database.reading() as session:
        lines = session.scalar(select(ChainHead.seq)) or 0
    return {"airings": airings, "lines": lines, "seed_s": round(time.perf_counter() - began, 1)}


def span(airings: int) -> tuple[date, date]:
    """Ngày đầu và ngày cuối của nhật ký ấy."""
    return FIRST, FIRST + timedelta(days=(airings // ITEMS - 1) // PER_DAY)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--airings", type=int, default=100_000)
    parser.add_argument("--clusters", type=int, default=8)
    given = parser.parse_args()
    print(seed(Database(given.url), given.airings, clusters=given.clusters))
