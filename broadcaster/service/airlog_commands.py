"""Việc của dòng lệnh với nhật ký: kiểm mọi đài, xuất một kỳ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.tables import Station
from broadcaster.accounts.words import Role
from broadcaster.airlog.queries import AiringFilter, Period
from broadcaster.airlog.verifying import verify as verify_station
from broadcaster.config import Config
from broadcaster.errors import ChainBroken, Invalid, NotFound
from broadcaster.reports.airlog_table import airlog_table
from broadcaster.reports.files import WRITERS
from broadcaster.service.assembly import open_database


def verify(config: Config) -> Iterator[str]:
    """Kiểm nhật ký của mọi đài, mỗi đài một câu. Lỗi: ``ChainBroken`` kể mọi chỗ sai, sau khi đã kiểm hết."""
    database = open_database(config)
    with database.reading() as session:
        stations = [(station.id, station.name) for station in session.scalars(select(Station).order_by(Station.id))]
    broken: list[str] = []
    for station_id, name in stations:
        verdict = verify_station(database, station_id)
        if verdict.sound:
            yield f"{name}: nhật ký nguyên vẹn, {verdict.lines} dòng, mã băm cuối {verdict.digest}"
        broken += [f"{name}: {fault}" for fault in verdict.faults]
    if broken:
        raise ChainBroken("Nhật ký KHÔNG nguyên vẹn. Hãy giữ nguyên tệp dữ liệu và báo người quản trị:\n" + "\n".join(broken))


def export(config: Config, *, first: str, last: str, file: Path) -> str:
    """Xuất nhật ký một kỳ của đài ra ``file``; trả về câu cho người chạy. Lỗi: ``Invalid`` khi ngày hoặc đuôi tệp sai."""
    write = WRITERS.get(file.suffix.removeprefix("."))
    if write is None:
        raise Invalid("Tên tệp phải kết thúc bằng .csv hoặc .xlsx.")
    try:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise Invalid("Ngày phải viết dạng năm-tháng-ngày, ví dụ 2026-03-01.") from error
    with open_database(config).reading() as session:
        write(airlog_table(session, _clerk(session, config.station.code), AiringFilter(period)), file)
    return f"Đã ghi nhật ký vào {file}"


def _clerk(session: Session, code: str) -> Actor:
    """Người ngồi trước máy chủ đã cầm cả cơ sở dữ liệu: dòng lệnh xuất với vai văn phòng."""
    station_id = session.scalar(select(Station.id).where(Station.code == code))
    if station_id is None:
        raise NotFound("Chưa có đài nào trong cơ sở dữ liệu này. Hãy chạy scripts/run một lần trước.")
    return Actor(user_id=0, station_id=station_id, name="dòng lệnh", job_title="", roles=frozenset({Role.CLERK}))
