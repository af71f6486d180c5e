"""Buổi 08:10 đã chuẩn bị, và mắt nhìn vào nhật ký của nó: dùng chung cho những lúc khó."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.traffic.tables import Item
from tests.support.radio_house import House


def sound(house: House) -> None:
    """Nhật ký nguyên vẹn: chuỗi, cặp chuẩn bị và kết thúc, bảng chiếu."""
    assert verify(house.scene.database, house.scene.station_id).faults == ()


def entries(house: House, event: Event) -> list[LogEntry]:
    with house.scene.database.reading() as session:
        return list(session.scalars(select(LogEntry).where(LogEntry.event == event).order_by(LogEntry.seq)))


def alerts(house: House) -> set[str]:
    """Khoá của các cảnh báo đang mở."""
    with house.scene.database.reading() as session:
        return {one.subject for one in open_alerts(session, house.scene.station_id)}


def spans(house: House) -> list[tuple[datetime, datetime]]:
    """Các khoảng thật sự có tiếng, theo giờ."""
    return sorted((one.started_at, one.ended_at) for one in house.airings() if one.started_at and one.ended_at)


def first_script(house: House) -> Airing:
    return next(airing for airing in house.airings() if airing.script_id)


def items(house: House) -> list[Item]:
    with house.scene.database.reading() as session:
        return list(session.scalars(select(Item).order_by(Item.id)))


def log_lines(house: House) -> list[LogEntry]:
    with house.scene.database.reading() as session:
        return list(session.scalars(select(LogEntry).order_by(LogEntry.seq)))
