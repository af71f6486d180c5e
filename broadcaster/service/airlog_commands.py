"""Việc của dòng lệnh với nhật ký: kiểm mọi đài, xuất một kỳ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import note_export
from broadcaster.accounts.tables import Station
from broadcaster.airlog.anchors import Anchored, Mark
from broadcaster.airlog.queries import Period
from broadcaster.airlog.searching import AiringFilter
from broadcaster.airlog.tables import Anchor, LogEntry
from broadcaster.airlog.verifying import Verdict
from broadcaster.airlog.verifying import verify as verify_station
from broadcaster.airlog.verifying.witnesses import Witness
from broadcaster.clock import SystemClock, read_day
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import Invalid
from broadcaster.newsroom.records import DeskRecords
from broadcaster.newsroom.witness import Approvals
from broadcaster.playout.fault_witness import ClusterFaults
from broadcaster.playout.witness import Runs
from broadcaster.reports.log_files import WRITERS, write_log
from broadcaster.reports.witness import StoredReports
from broadcaster.service.assembly import open_database
from broadcaster.service.folders import capture_folder, open_library
from broadcaster.service.marks import find_marks, given
from broadcaster.service.time_stamps import is_stamp, stamped_marks
from broadcaster.studio.witness import Sounds

_NO_MARK = (
    "không có mốc nào ở ngoài máy để so: người giữ máy viết lại cả nhật ký thì lần kiểm này không thấy. "
    "Hãy so với mốc in trên Bản giao ca, báo cáo hay thư đã nhận"
)


@dataclass(frozen=True)
class Checked:
    """Một đài đã kiểm; ``compared``: đã so với những gì, bằng lời."""

    name: str
    verdict: Verdict
    compared: tuple[str, ...]
    mistyped: bool = False
    """Chỉ mốc người gõ là không khớp, nên trước hết phải dò lại với giấy."""


def verify(config: Config, *, against: Sequence[str] = (), key: Path | None = None) -> list[Checked]:
    """Kiểm nhật ký của mọi đài với mọi sổ, tệp tiếng, mốc và bản sao tìm được; ``against``: mốc người kiểm đưa thêm.

    Lỗi: ``Invalid`` khi mốc đưa vào sai dạng.
    """
    database = open_database(config)
    try:
        with database.reading() as session:
            stations = session.execute(select(Station.id, Station.code, Station.name).order_by(Station.id)).all()
        handed = _handed(config, database, [(one.id, one.code, one.name) for one in stations], against, key)
        return [verify_one(config, database, *station, marks=handed[station.id], joining=True) for station in stations]
    finally:
        database.close()


def _handed(
    config: Config, database: Database, stations: Sequence[tuple[int, str, str]], against: Sequence[str], key: Path | None
) -> dict[int, list[Mark]]:
    """Mốc người kiểm đưa, chia cho đúng đài của nó. Lỗi: ``Invalid`` khi mốc sai dạng hay chỉ nói về đài khác."""
    found: dict[int, list[Mark]] = {station_id: [] for station_id, _, _ in stations}
    for text in against:
        some = {station_id: given(text, code, key=key) for station_id, code, _ in stations}
        if not any(some.values()):
            raise Invalid(f"{Path(text).name} không giữ mốc nào của đài này: nó là của đài khác. Hãy chọn đúng tệp.")
        if all(mark.by_hand for marks in some.values() for mark in marks):
            owner = _owner(config, database, stations, next(iter(some.values()))[0])
            some = {owner: some[owner]}
        for station_id, marks in some.items():
            found[station_id] += marks
    return found


def _owner(config: Config, database: Database, stations: Sequence[tuple[int, str, str]], mark: Mark) -> int:
    """Mốc gõ tay không nói nó của đài nào: đài có đúng dòng ấy, không thì đài của máy này."""
    query = select(LogEntry.station_id).where(LogEntry.seq == mark.seq, LogEntry.digest.startswith(mark.digest))
    with database.reading() as session:
        owner = session.scalar(query.limit(1))
    own = next((station_id for station_id, code, _ in stations if code == config.station.code), stations[0][0])
    return own if owner is None else owner


def verify_one(
    config: Config,
    database: Database,
    station_id: int,
    code: str,
    name: str,
    *,
    marks: Sequence[Mark] = (),
    joining: bool = False,
) -> Checked:
    """Như ``verify``, cho một đài; ``marks``: mốc người kiểm đưa thêm; ``joining``: tiến trình này cũng kiểm một phần."""
    found = find_marks(config, database, station_id, code)
    with database.reading() as session:
        booked = sum(map(is_stamp, session.scalars(select(Anchor.place).where(Anchor.station_id == station_id))))
    stamps = stamped_marks(config, code, booked=booked)
    witnesses = [Anchored((*marks, *stamps.marks, *found.marks)), *desk_witnesses(config)]
    verdict = verify_station(database, station_id, witnesses=witnesses, joining=joining)
    missed = (
        *found.missed,
        *([stamps.told] if stamps.doubtful else []),
        *(() if found.outside or stamps.marks or marks else (_NO_MARK,)),
    )
    compared = [
        "chuỗi băm, thân dòng, trigger, mọi cột bảng chiếu; sổ kiểm tra, quyết định duyệt, chữ và cách đọc; lượt giữ buổi, sổ "
        "hỏng hóc; bản ghi và bản thu trên đĩa",
        *found.places,
        *([stamps.told] if stamps.told else []),
        *(f"{mark.source}: dòng {mark.seq}" for mark in marks),
    ]
    hand = tuple({mark.source for mark in marks if mark.by_hand})
    mistyped = bool(hand and verdict.faults) and all(fault.startswith(hand) for fault in verdict.faults)
    return Checked(name, replace(verdict, notes=(*verdict.notes, *missed)), tuple(compared), mistyped)


def desk_witnesses(config: Config) -> list[Witness]:
    """Mọi phòng có điều để đối chiếu với nhật ký."""
    sounds = Sounds(open_library(config).root, capture_folder(config))
    return [DeskRecords(), Approvals(), Runs(), ClusterFaults(), StoredReports(), sounds]


def export(database: Database, actor: Actor, *, first: str, last: str, file: Path) -> str:
    """Xuất nhật ký một kỳ của đài ra ``file``; trả về câu cho người chạy. Lỗi: ``Invalid`` khi ngày hoặc đuôi tệp sai."""
    kind = file.suffix.removeprefix(".")
    if kind not in WRITERS:
        raise Invalid("Tên tệp phải kết thúc bằng .csv hoặc .xlsx.")
    try:
        period = Period(read_day(first), read_day(last))
    except ValueError as error:
        raise Invalid("Ngày phải viết dạng năm-tháng-ngày, ví dụ 2026-03-01.") from error
    with database.reading() as session:
        stand = write_log(session, actor, AiringFilter(period), file, kind=kind)
    with database.writing() as session:
        note_export(session, actor, "nhật ký phát thanh", now=SystemClock().now(), kind=file.suffix, first=first, last=last)
    return f"Đã ghi {stand.rows} dòng, tính đến dòng số {stand.seq} của nhật ký, vào {file}"
