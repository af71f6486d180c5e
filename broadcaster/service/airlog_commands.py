"""Việc của dòng lệnh với nhật ký: kiểm mọi đài, xuất một kỳ."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import note_export
from broadcaster.accounts.tables import Station
from broadcaster.airlog.queries import AiringFilter, Period
from broadcaster.airlog.verifying import Verdict
from broadcaster.airlog.verifying import verify as verify_station
from broadcaster.clock import SystemClock, read_day
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import Invalid
from broadcaster.reports.airlog_table import airlog_table
from broadcaster.reports.files import WRITERS
from broadcaster.service.assembly import open_database


def verify(config: Config) -> list[tuple[str, Verdict]]:
    """Kiểm nhật ký của mọi đài: tên đài và kết quả."""
    database = open_database(config)
    try:
        with database.reading() as session:
            stations = [(station.id, station.name) for station in session.scalars(select(Station).order_by(Station.id))]
        return [(name, verify_station(database, station_id)) for station_id, name in stations]
    finally:
        database.close()


def export(database: Database, actor: Actor, *, first: str, last: str, file: Path) -> str:
    """Xuất nhật ký một kỳ của đài ra ``file``; trả về câu cho người chạy. Lỗi: ``Invalid`` khi ngày hoặc đuôi tệp sai."""
    write = WRITERS.get(file.suffix.removeprefix("."))
    if write is None:
        raise Invalid("Tên tệp phải kết thúc bằng .csv hoặc .xlsx.")
    try:
        period = Period(read_day(first), read_day(last))
    except ValueError as error:
        raise Invalid("Ngày phải viết dạng năm-tháng-ngày, ví dụ 2026-03-01.") from error
    with database.reading() as session:
        write(airlog_table(session, actor, AiringFilter(period)), file)
    with database.writing() as session:
        note_export(session, actor, "nhật ký phát thanh", now=SystemClock().now(), kind=file.suffix, first=first, last=last)
    return f"Đã ghi nhật ký vào {file}"
