"""Hai tuần của một phường qua các phòng thật: điều phép xếp thuần hứa cũng đúng trong cơ sở dữ liệu và trong nhật ký."""

from __future__ import annotations

from sqlalchemy import select

from broadcaster.airlog.tables import ScriptAiring
from broadcaster.airlog.verifying import verify
from broadcaster.database import Database
from tests.traffic.measures import measure
from tests.traffic.rooms import simulate_rooms
from tests.traffic.ward import year


def test_two_weeks_through_the_real_rooms(sqlite: Database) -> None:
    log, cost = simulate_rooms(sqlite, year(1, 2))
    figures = measure(log)
    assert (figures.never_aired_share, figures.deadline_missed, figures.spacing_breaches) == (0, 0, 0)
    assert figures.cchc_days_share == 1
    assert figures.false_reasons == 0
    assert len(cost.ms) > 25
    assert verify(sqlite, 1).faults == ()
    with sqlite.reading() as session:
        told = {row.script_id: row.count for row in session.scalars(select(ScriptAiring).order_by(ScriptAiring.count))}
    assert sum(told.values()) > 100
