"""Đọc nhật ký thành từng hàng ô, nhanh và không tốn bộ nhớ theo số dòng; mọi con số tính tới đúng một dòng của chuỗi."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, Select, String, and_, func, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.stations import ZoneNames
from broadcaster.accounts.tables import Station
from broadcaster.airlog.enums import Result
from broadcaster.airlog.lateness import late_note
from broadcaster.airlog.programmes import FaultDays
from broadcaster.airlog.queries import SilentProgramme, silent_programmes
from broadcaster.airlog.reaches import Reaches
from broadcaster.airlog.searching import AiringFilter, matching
from broadcaster.airlog.tables import Airing, AiringSubject, ChainHead, LogEntry
from broadcaster.playout.network_admin import fault_spans
from broadcaster.reports.document import Kind
from broadcaster.reports.log_columns import LATE, START, Column, each_place

C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)
_BATCH = 400
_MOST_KNOWN = 4000
_A, _L = Airing.__table__.c, LogEntry.__table__.c


class Style(Protocol[C_co]):
    """Một dạng tệp viết ô ra sao."""

    def writer(self, kind: Kind, column: int) -> Callable[[Any], C_co]:
        """Giá trị (hoặc ``None``) → ô của cột số ``column``."""
        ...


Progress = Callable[[int], None]
"""Gọi sau mỗi mẻ với số dòng đã ghi; ném lỗi để thôi giữa chừng."""


@dataclass(frozen=True)
class Stand:
    """Tệp tính tới đâu: dòng cuối, băm, giờ ghi của nó; và tổng của mọi dòng khớp (kể cả buổi không phát)."""

    station: str
    zone: str
    seq: int
    digest: str
    at: datetime | None
    airings: int
    silent: int
    planned_ms: int
    heard_ms: int

    @property
    def rows(self) -> int:
        """Số dòng của tệp."""
        return self.airings + self.silent


class LogReader(Generic[C]):
    """Một lần đọc nhật ký theo bộ lọc; phiên phải mở (một ảnh chụp) tới khi đọc xong."""

    def __init__(self, session: Session, actor: Actor, wanted: AiringFilter) -> None:
        """Lỗi: ``NotAllowed``."""
        actor.require(Action.LOG_READ)
        self._session, self._actor, self.wanted = session, actor, wanted
        station = session.get_one(Station, actor.station_id)
        self._zone = ZoneInfo(station.timezone)
        self._hour = self._next_hour = datetime(1, 1, 1)  # noqa: DTZ001  giờ UTC trần, như cơ sở dữ liệu trả về
        self._offset = timedelta(0)
        self._silent = silent_programmes(session, actor, wanted.period) if wanted.whole else []
        self._faults = FaultDays(fault_spans(session, actor))
        self.zones = ZoneNames(session, actor.station_id)
        self.stand = self._stand(station)

    def _stand(self, station: Station) -> Stand:
        head = self._session.get(ChainHead, self._actor.station_id)
        sums = select(func.count(), func.sum(_A.planned_ms), func.sum(_A.heard_ms))
        found = self._session.execute(sums.where(matching(self._actor.station_id, self.wanted))).one()
        silent_ms = sum(one.planned_ms for one in self._silent)
        return Stand(
            station=station.name,
            zone=station.timezone,
            seq=head.seq if head else 0,
            digest=head.digest if head else "",
            at=head.recorded_at if head else None,
            airings=found[0],
            silent=len(self._silent),
            planned_ms=int(found[1] or 0) + silent_ms,
            heard_ms=int(found[2] or 0),
        )

    def local(self, at: datetime | None) -> datetime | None:
        """Giờ địa phương tới giây, không múi giờ: bảng tính không hiểu múi giờ."""
        if at is None:
            return None
        utc = at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
        if not self._hour <= utc < self._next_hour:  # các dòng đi theo giờ: hầu như dòng nào cũng cùng giờ với dòng trước
            self._hour = utc.replace(minute=0, second=0, microsecond=0)
            self._next_hour = self._hour + timedelta(hours=1)
            self._offset = utc.replace(tzinfo=UTC).astimezone(self._zone).utcoffset() or timedelta(0)
        return (utc.replace(microsecond=0) if utc.microsecond else utc) + self._offset

    def rows(self, columns: Sequence[Column], style: Style[C]) -> Generator[list[tuple[C, ...]], None, None]:
        """Từng mẻ hàng theo giờ, mỗi hàng các ô của ``columns`` viết theo ``style``; buổi không phát đứng cuối."""
        writer = _Writer(self, self._session, columns, style)
        places = any(one.place for one in columns)
        query = _query(self._session.get_bind().dialect.name, self._actor.station_id, self.wanted)
        result = self._session.connection().execute(query.execution_options(yield_per=_BATCH))
        with closing(result):  # người đọc có thể thôi giữa chừng: con trỏ của PostgreSQL không được bỏ lửng
            names = tuple(result.keys())
            for batch in result.partitions():
                told = dict(zip(names, zip(*batch, strict=True), strict=True))
                yield writer.batch(told, self._faults if places else None)
        if self._silent:
            yield [writer.silent(one) for one in self._silent]


class _Memo(dict[Any, C]):
    """Viết mỗi giá trị một lần: “Đã phát đủ” của triệu dòng là một ô."""

    def __init__(self, write: Callable[[Any], C]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> C:
        if len(self) > _MOST_KNOWN:
            self.clear()
        found = self[value] = self._write(value)
        return found


class _Writer(Generic[C]):
    """Viết từng mẻ theo cột: ô của điều được phát và của các cụm loa viết một lần cho mọi lượt giống nhau."""

    def __init__(self, reader: LogReader[C], session: Session, columns: Sequence[Column], style: Style[C]) -> None:
        self._session, self._columns, self._local, self._zones = session, columns, reader.local, reader.zones
        self._cells = [self._cell(style, number, one) for number, one in enumerate(columns)]
        self._facts = [(number, one.fact) for number, one in enumerate(columns) if one.fact]
        self._of_place = [(number, one.place) for number, one in enumerate(columns) if one.place]
        self._subjects: dict[int, list[C]] = {}
        self._reaches = Reaches(session)
        self._places = _Memo(self._place_cells)
        self._each = next((n for n, one in enumerate(columns) if one.place is each_place), None)

    def _cell(self, style: Style[C], number: int, column: Column) -> Callable[[Any], C]:
        """Giá trị → ô; điều lặp lại (chữ, ngày, số, băm của tiếng) thì nhớ, giờ và băm dòng mỗi dòng một khác thì không."""
        plain, via = style.writer(column.kind, number), column.via
        if column.kind is Kind.MOMENT:
            return lambda at: plain(self._local(at))
        write = plain if via is None else lambda value: plain(via(value))
        return write if column.row == "digest" or column.row.endswith("_seq") else _Memo(write).__getitem__

    def batch(self, told: Mapping[str, Sequence[Any]], faults: FaultDays | None) -> list[tuple[C, ...]]:
        """Các hàng của một mẻ; ``told``: tên cột của truy vấn → giá trị của mọi dòng trong mẻ."""
        found: list[Sequence[C]] = [()] * len(self._columns)
        planned, started = told["planned_at"], told["started_at"]
        for number, column in enumerate(self._columns):
            if column.row:
                values = map(late_note, planned, started) if column.row == LATE else told[column.row]
                found[number] = list(map(self._cells[number], values))
        self._learn(set(told["subject_id"]))
        subjects = zip(*map(self._subjects.__getitem__, told["subject_id"]), strict=True)
        for (number, _), cells in zip(self._facts, subjects, strict=False):
            found[number] = cells
        if faults is not None:
            at = (began or plan for began, plan in zip(started, planned, strict=True))
            self._reaches.learn(told["reach_id"])
            versions = map(self._zones.version, told["local_day"])
            places = zip(told["reach_id"], map(faults.at, told["local_day"], at), versions, strict=True)
            for (number, _), cells in zip(self._of_place, zip(*map(self._places.__getitem__, places), strict=True), strict=True):
                found[number] = cells
            self._begun(found, started)
        return list(zip(*found, strict=True))

    def silent(self, one: SilentProgramme) -> tuple[C, ...]:
        """Hàng của cả một buổi không phát."""
        values: dict[str, Any] = {
            "Ngày": one.day,
            "Khung giờ": one.slot,
            "Tiêu đề": "Buổi bị huỷ" if one.cancelled else "Buổi bị bỏ lỡ",
            "Dự kiến (giây)": one.planned_ms,
            "Đã nghe (giây)": 0,
            "Dự kiến (mili giây)": one.planned_ms,
            "Đã nghe (mili giây)": 0,
            "Kết quả": Result.NONE.value,
            "Ghi chú": one.note,
            "Dự kiến bắt đầu": one.planned_at,
            "Đơn vị": one.unit,
            "Loại mục": "Cả buổi",
            "Người vận hành": one.by,
            "Dòng nhật ký": one.seq,
            "Mã băm dòng": one.digest,
        }
        return tuple(cell(values.get(column.heading)) for column, cell in zip(self._columns, self._cells, strict=True))

    def _learn(self, ids: set[int]) -> None:
        """Viết ô của những điều được phát chưa gặp."""
        if len(self._subjects) > _MOST_KNOWN:
            self._subjects.clear()
        unknown = ids - self._subjects.keys()
        if not unknown:
            return
        query = select(AiringSubject.id, AiringSubject.facts).where(AiringSubject.id.in_(unknown))
        facts = {row[0]: row[1] for row in self._session.execute(query)}
        for key in unknown:
            told = facts.get(key, {})
            self._subjects[key] = [self._cells[number](read(told, self._local)) for number, read in self._facts]

    def _place_cells(self, told: tuple[int, frozenset[int], int]) -> list[C]:
        zones, local = self._zones.of(told[2]), self._local
        places = tuple(
            replace(one, started_at=local(one.started_at), zone_code=zones.get(one.zone_code, one.zone_code))
            for one in self._reaches.of(*told[:2])
        )
        return [self._cells[number](read(places)) for number, read in self._of_place]

    def _begun(self, found: list[Sequence[C]], started: Sequence[datetime | None]) -> None:
        """Giờ bắt đầu vào ô “từng cụm loa”; ô nhớ để chỗ cho nó."""
        if self._each is not None:
            began = [f" {local.time()}" if (local := self._local(at)) else "" for at in started]
            found[self._each] = [
                cell.replace(START, at)  # type: ignore[attr-defined]
                for cell, at in zip(found[self._each], began, strict=True)
            ]


def _query(dialect: str, station_id: int, wanted: AiringFilter) -> Select[Any]:
    raw = (type_coerce(_A[name], String).label(name) for name in ("result", "reason", "mode"))
    moments = (_plain_utc(dialect, _A[name]).label(name) for name in ("planned_at", "started_at", "ended_at"))
    plain = "id local_day slot_name unit_name position planned_ms heard_ms is_rerun note correction corrected_seq first_seq"
    columns = [*(_A[name] for name in f"{plain} audio_sha256 subject_id reach_id".split()), *raw, *moments, _L.digest]
    opened = and_(_L.station_id == _A.station_id, _L.seq == _A.first_seq)
    query = select(*columns).select_from(Airing.__table__.outerjoin(LogEntry.__table__, opened))
    return query.where(matching(station_id, wanted)).order_by(_A.planned_at, _A.id)


def _plain_utc(dialect: str, column: Any) -> ColumnElement[datetime]:
    """Giờ UTC trần, như SQLite giữ: PostgreSQL tự đổi thì Python khỏi đổi từng ô của triệu dòng."""
    return func.timezone("UTC", column) if dialect == "postgresql" else type_coerce(column, DateTime)
