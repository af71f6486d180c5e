"""Nhật ký: chuỗi, bảng chiếu, đính chính, và kiểm được mọi cách sửa lén."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text, update
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Link, breaks, digest, stamp
from broadcaster.airlog.correcting import correct
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.queries import Period
from broadcaster.airlog.searching import AiringFilter, airings
from broadcaster.airlog.tables import Airing, LogEntry, ScriptAiring
from broadcaster.airlog.verifying import verify
from broadcaster.airlog.writing import append
from broadcaster.database.schema import create_append_only
from broadcaster.errors import Conflict, DatabaseAway, Invalid, NotAllowed, NotFound
from broadcaster.playout.tables import Cluster
from tests.airlog.bodies import armed, ended
from tests.conftest import BOTH
from tests.support.scene import Scene


def line(scene: Scene, event: Event, body: Mapping[str, object], item_id: int, *, run_id: int = 1) -> None:
    """Một dòng, trong giao dịch riêng."""
    now = scene.clock.now()
    with scene.database.writing() as session:
        append(session, scene.station_id, event, body, happened_at=now, now=now, run_id=run_id, item_id=item_id)


def air(scene: Scene, item_id: int) -> None:
    """Một lượt phát trọn vẹn."""
    now = scene.clock.now()
    line(scene, Event.ITEM_ARMED, armed(item_id, now), item_id)
    line(scene, Event.ITEM_STARTED, {"started_at": now.isoformat()}, item_id)
    line(scene, Event.ITEM_ENDED, ended(now), item_id)
    scene.clock.advance(60)


def test_an_airing_is_projected_with_its_delivery(scene: Scene) -> None:
    air(scene, 11)
    with scene.database.reading() as session:
        found = session.scalars(select(Airing)).one()
        assert (found.result, found.heard_ms, found.topics) == (Result.FULL, 60_000, ["C1", "C3"])
        assert [delivery.state for delivery in found.deliveries] == [DeliveryState.SENT]


def test_a_dropped_item_planned_again_and_aired_has_one_airing(scene: Scene) -> None:
    now = scene.clock.now()
    body = armed(11, now)
    dropped = {**body, "reason": "stopped", "note": "Trần Văn Hùng đã gỡ", "deliveries": []}
    with scene.database.writing() as session:
        append(session, scene.station_id, Event.ITEM_SKIPPED, dropped, happened_at=now, now=now, item_id=11)
        append(session, scene.station_id, Event.ITEM_PLANNED, body, happened_at=now, now=now, item_id=11)
    air(scene, 11)
    with scene.database.reading() as session:
        assert [airing.result for airing in session.scalars(select(Airing))] == [Result.FULL]
    assert verify(scene.database, scene.station_id).sound


def test_an_item_is_armed_and_ended_once_a_run(scene: Scene) -> None:
    air(scene, 11)
    for event, body in ((Event.ITEM_ARMED, armed(11, scene.clock.now())), (Event.ITEM_ENDED, ended(scene.clock.now()))):
        with pytest.raises(Conflict):
            line(scene, event, body, 11)
    assert verify(scene.database, scene.station_id).lines == 3


def test_recorded_at_never_goes_back(scene: Scene) -> None:
    air(scene, 11)
    scene.clock.step(-3600)
    air(scene, 12)
    with scene.database.reading() as session:
        recorded = list(session.scalars(select(LogEntry.recorded_at).order_by(LogEntry.seq)))
        happened = list(session.scalars(select(LogEntry.happened_at).order_by(LogEntry.seq)))
    assert recorded == sorted(recorded)
    assert happened != sorted(happened)
    assert verify(scene.database, scene.station_id).sound


def test_correction_points_back_and_changes_the_result(scene: Scene) -> None:
    air(scene, 11)
    with scene.database.writing() as session:
        airing = session.scalars(select(Airing)).one()
        note = "Cụm 1 câm từ giữa bài"
        correct(session, scene.operator, airing.id, result=Result.PARTIAL, reason=Reason.DEVICE, note=note, now=scene.clock.now())
    with scene.database.reading() as session:
        assert session.scalars(select(Airing)).one().result is Result.PARTIAL
    assert verify(scene.database, scene.station_id).sound


def test_correction_needs_right_reason_and_own_station(scene: Scene) -> None:
    air(scene, 11)
    now = scene.clock.now()
    with scene.database.writing() as session:
        airing_id = session.scalars(select(Airing.id)).one()
        with pytest.raises(NotAllowed):
            correct(session, scene.clerk, airing_id, result=Result.FULL, reason=None, note="x", now=now)
        with pytest.raises(Invalid):
            correct(session, scene.operator, airing_id, result=Result.FULL, reason=None, note=" ", now=now)
        with pytest.raises(NotFound):
            correct(session, scene.stranger, airing_id, result=Result.FULL, reason=None, note="x", now=now)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE log_entries SET body = replace(body, '60000', '90000') WHERE seq = 3",
        "UPDATE log_entries SET happened_at = recorded_at, event = 'silenced' WHERE seq = 2",
        "DELETE FROM log_entries WHERE seq = 2",
        "DELETE FROM log_entries WHERE seq = (SELECT max(seq) FROM log_entries)",
        "UPDATE log_entries SET seq = CASE seq WHEN 4 THEN 104 ELSE seq END",
        "UPDATE airings SET heard_ms = 1",
        "DELETE FROM airing_reaches",
    ],
)
def test_verify_finds_every_quiet_change(scene: Scene, sql: str) -> None:
    air(scene, 11)
    air(scene, 12)
    assert verify(scene.database, scene.station_id).sound
    _without_triggers(scene, lambda connection: connection.execute(text(sql)))
    assert not verify(scene.database, scene.station_id).sound


def test_verify_names_a_lost_trigger(scene: Scene) -> None:
    name = "log_entries_no_update" if scene.database.is_sqlite else "log_entries_append_only ON log_entries"
    with scene.database.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}"))
    assert any("trigger" in fault for fault in verify(scene.database, scene.station_id).faults)
    with scene.database.engine.begin() as connection:
        create_append_only(connection, "log_entries")
    assert verify(scene.database, scene.station_id).sound


def test_two_writers_never_share_a_number(scene: Scene) -> None:
    def write(first: int) -> None:
        for item_id in range(first, first + 10):
            line(scene, Event.ITEM_ARMED, armed(item_id, scene.clock.now()), item_id)

    threads = [threading.Thread(target=write, args=(first,)) for first in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = verify(scene.database, scene.station_id)
    assert (verdict.lines, verdict.faults) == (30, ())


def test_queries_count_only_the_period_and_the_station(scene: Scene) -> None:
    air(scene, 11)
    day = scene.clock.now().date()
    with scene.database.reading() as session:
        wanted = AiringFilter(Period(day, day))
        assert len(airings(session, scene.clerk, wanted)[0]) == 1
        assert airings(session, scene.stranger, wanted)[0] == []
        assert airings(session, scene.clerk, replace(wanted, mode=Mode.REHEARSAL))[0] == []
        assert [airing.item_id for airing in airings(session, scene.auditor, wanted)[0]] == [11]
    with pytest.raises(Invalid):
        Period(day, day - timedelta(days=1))


@given(st.lists(st.text(max_size=20), min_size=2, max_size=12), st.data())
def test_any_change_of_a_chain_is_found(bodies: list[str], data: st.DataObject) -> None:
    links = _chain(bodies)
    assert list(breaks(links)) == []
    where = data.draw(st.integers(0, len(links) - 1))
    link, stored = links[where]
    field = data.draw(st.sampled_from(["body", "event", "happened_at", "item_id", "drop", "swap"]))
    if field == "drop" and where < len(links) - 1:
        links.pop(where)
    elif field == "swap" and where > 0:
        links[where - 1], links[where] = links[where], links[where - 1]
    else:
        changed = {"happened_at": f"{link.happened_at}x", "item_id": 99, "event": "x"}.get(field, link.body + b"x")
        key = field if field in ("happened_at", "item_id", "event") else "body"
        links[where] = (link._replace(**{key: changed}), stored)
    assert list(breaks(links)) != []


def _chain(bodies: list[str]) -> list[tuple[Link, str]]:
    links: list[tuple[Link, str]] = []
    prev = GENESIS
    at = stamp(datetime(2026, 1, 1, tzinfo=UTC))
    for number, body in enumerate(bodies, start=1):
        link = Link(1, number, at, at, "silenced", 1, None, number, body.encode("utf-8", "surrogatepass"), prev)
        prev = digest(link)
        links.append((link, prev))
    return links


def _without_triggers(scene: Scene, change: Callable[[Connection], object]) -> None:
    with scene.database.engine.begin() as connection:
        if scene.database.is_sqlite:
            saved = list(connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")))
            for name, _ in saved:
                connection.execute(text(f"DROP TRIGGER {name}"))
            change(connection)
            for _, sql in saved:
                connection.exec_driver_sql(sql)
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            change(connection)


def test_how_often_a_script_was_heard_in_each_zone_follows_the_log(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        for item_id, own in ((1, None), (2, ["TDP2"]), (3, None)):
            body = armed(item_id, now + timedelta(days=item_id))
            body["programme"]["zones"] = ["TDP1", "TDP2"]
            if own:
                body["item"]["zones"] = own
            mode = Mode.REHEARSAL if item_id == 3 else Mode.AUTOMATIC
            body["mode"] = mode.value
            for event, content in ((Event.ITEM_ARMED, body), (Event.ITEM_ENDED, ended(now + timedelta(days=item_id)))):
                append(session, scene.station_id, event, content, happened_at=now, now=now, run_id=1, item_id=item_id)
    assert _heard(scene) == {"TDP1": (1, now + timedelta(days=1)), "TDP2": (2, now + timedelta(days=2))}
    with scene.database.writing() as session:
        body = {"result": "none", "reason": "power"}
        append(session, scene.station_id, Event.CORRECTION, body, happened_at=now, now=now, run_id=1, item_id=1)
    assert _heard(scene) == {"TDP2": (1, now + timedelta(days=2))}
    assert verify(scene.database, scene.station_id).faults == ()
    with scene.database.writing() as session:
        session.execute(update(ScriptAiring).values(count=9))
    assert "số lần đã phát khác nhật ký" in verify(scene.database, scene.station_id).faults[0]


def _heard(scene: Scene) -> dict[str, tuple[int, datetime]]:
    with scene.database.reading() as session:
        return {row.zone_code: (row.count, row.last_at) for row in session.scalars(select(ScriptAiring)) if row.count}


@pytest.mark.parametrize("database", [BOTH[1]], indirect=True)
def test_two_rooms_that_lock_in_opposite_order_end_in_one_told_to_try_again(scene: Scene) -> None:
    """Phòng này nối dòng rồi mới đổi cụm loa, phòng kia đổi cụm loa rồi mới nối dòng: PostgreSQL huỷ một bên, không ai treo.

    Bên bị huỷ được bảo thử lại (máy phát tự thử lại), làm lại thì được; chuỗi còn nguyên, không dòng nào ghi hai lần.
    """
    both, told = threading.Barrier(2, timeout=30), list[type[Exception]]()
    now = scene.clock.now()

    def log(session: Session, item_id: int) -> None:
        append(
            session, scene.station_id, Event.ITEM_ARMED, armed(item_id, now), happened_at=now, now=now, run_id=1, item_id=item_id
        )

    def rename(session: Session, name: str) -> None:
        session.execute(update(Cluster).where(Cluster.id == scene.cluster_ids[0]).values(name=name))

    def room(item_id: int, *, log_first: bool, meet: bool = True) -> None:
        steps = [lambda session: log(session, item_id), lambda session: rename(session, f"Cụm {item_id}")]
        with scene.database.writing() as session:
            first, second = steps if log_first else reversed(steps)
            first(session)
            if meet:
                both.wait()
            second(session)

    def tried(item_id: int, *, log_first: bool) -> None:
        for meet in (True, *[False] * 20):  # máy đang bận thì lần thử lại cũng có thể phải thử lại
            try:
                return room(item_id, log_first=log_first, meet=meet)
            except DatabaseAway as error:
                told.append(type(error))
        return pytest.fail("hai mươi lần vẫn không ghi được")

    threads = [
        threading.Thread(target=tried, args=(11 + log_first,), kwargs={"log_first": log_first}) for log_first in (True, False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(told) == {DatabaseAway}
    verdict = verify(scene.database, scene.station_id)
    assert (verdict.faults, verdict.lines) == ((), 2)
