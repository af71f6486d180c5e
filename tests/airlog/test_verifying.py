"""Kiểm nhật ký đọc một ảnh chụp: không cản ai ghi, tìm ra mọi cột bảng chiếu bị đổi, và không bao giờ báo oan."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Date, Integer, delete, select, text, update

from broadcaster.airlog.chain import Link, digest, stamp
from broadcaster.airlog.delivered import DELIVERED
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.programmes import programmes_of
from broadcaster.airlog.tables import Airing, AiringReach, LogEntry
from broadcaster.airlog.verifying import MOST_FAULTS, verify
from broadcaster.airlog.verifying.lanes import Share, check_share, shares
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.database.types import UtcDateTime, canonical_json
from tests.airlog.bodies import armed, delivery, ended
from tests.airlog.test_airlog import _without_triggers, air, line
from tests.support.databases import open_database
from tests.support.machine_steps import step_counter
from tests.support.scene import Scene

STAMP = "2026-03-02T01:00:00.000000+00:00"


def _faults(scene: Scene) -> tuple[str, ...]:
    return verify(scene.database, scene.station_id).faults


def _other(column: Column[Any], value: object) -> object:
    """Một giá trị khác, cùng kiểu, cột vẫn nhận."""
    words = {"mode": Mode, "result": Result, "reason": Reason, "state": DeliveryState}.get(column.key)
    if words is not None:
        return next(word for word in words if word is not value)
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, date) or isinstance(column.type, Date):
        return date(2020, 2, 29)
    if isinstance(column.type, UtcDateTime):
        return datetime(2020, 2, 29, tzinfo=UTC)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, list):
        return [*value, "lạ"]
    if column.key.endswith("_id") or isinstance(column.type, Integer):
        return 77
    return f"{value or ''}lạ"


AIRING = [column for column in Airing.__table__.columns if column.key not in ("id", "station_id")]
REACH = [AiringReach.__table__.c.id, AiringReach.__table__.c.places]


def test_any_changed_column_of_the_projection_is_found(scene: Scene) -> None:
    air(scene, 11)
    air(scene, 12)
    assert _faults(scene) == ()
    unseen = [str(column) for column in (*AIRING, *REACH) if not _change_is_found(scene, column)]
    assert unseen == []


@pytest.mark.parametrize("name", DELIVERED)
def test_any_changed_word_about_a_cluster_is_found(scene: Scene, name: str) -> None:
    air(scene, 11)
    with scene.database.writing() as session:
        airing = session.scalars(select(Airing)).one()
        assert airing.reach is not None
        airing.reach.places = [{**one, name: f"{one[name]}lạ"} for one in airing.reach.places]
    assert any("các cụm loa đã tới" in fault for fault in _faults(scene))


def test_lost_clusters_stop_neither_the_log_nor_its_page_and_are_told(scene: Scene) -> None:
    air(scene, 11)
    now = scene.clock.now()
    with scene.database.writing() as session:
        append(session, scene.station_id, Event.ITEM_ARMED, armed(12, now), happened_at=now, now=now, run_id=1, item_id=12)
        session.execute(delete(AiringReach))
    with scene.database.reading() as session:
        rows = session.scalars(select(Airing).order_by(Airing.id)).all()
        [shown] = programmes_of(session, scene.clerk, rows, {})
        assert [(one.places, one.airing.deliveries) for one in shown.items] == [((), ()), ((), ())]
    assert _faults(scene) != ()
    with scene.database.writing() as session:
        append(session, scene.station_id, Event.ITEM_ENDED, ended(now), happened_at=now, now=now, run_id=1, item_id=12)
    assert _faults(scene) == (), "lời kể sau cất lại đúng nơi ấy"


def _change_is_found(scene: Scene, column: Column[Any]) -> bool:
    """Đổi ô ấy của dòng đầu, kiểm, trả lại như cũ: kiểm lại phải nguyên vẹn."""
    table = Airing if column.table is Airing.__table__ else AiringReach
    with scene.database.reading() as session:
        row_id, known = session.execute(select(table.id, column).order_by(table.id)).first() or pytest.fail("không có dòng nào")
    found, other = [], _other(column, known)
    for value in (other, known):
        with scene.database.writing() as session:
            row = row_id if value is other or column.key != "id" else other
            session.execute(update(table).where(table.id == row).values(**{column.key: value}))
        found.append(_faults(scene))
    assert found[1] == (), column
    return found[0] != ()


def test_a_row_too_many_or_too_few_is_found(scene: Scene) -> None:
    air(scene, 11)
    with scene.database.writing() as session:
        airing = session.scalars(select(Airing)).one()
        values = {column.key: getattr(airing, column.key) for column in AIRING} | {"station_id": scene.station_id}
        session.add(Airing(**{**values, "run_id": 9}))
    assert _faults(scene)[0] == "lượt phát của mục 11 (lượt 9): bảng chiếu khác nhật ký"
    with scene.database.writing() as session:
        session.execute(delete(Airing))
    assert _faults(scene)[0] == "lượt phát của mục 11 (lượt 1): bảng chiếu khác nhật ký"


def test_it_needs_no_write_lock_and_holds_none(sqlite: Database, clock: Any) -> None:
    """Người khác giữ khoá ghi suốt lúc kiểm: kiểm vẫn xong; giữa lúc kiểm, người khác vẫn ghi được ngay."""
    from tests.support.scene import lay_scene

    scene = lay_scene(sqlite, clock)
    for item_id in range(1, 20):
        air(scene, item_id)
    assert sqlite.url.database is not None
    holder = sqlite3.connect(sqlite.url.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert verify(sqlite, scene.station_id).sound
    holder.execute("ROLLBACK")
    holder.execute("PRAGMA busy_timeout=0")
    stop, waits = threading.Event(), []

    def keep_verifying() -> None:
        while not stop.is_set():
            waits.append(verify(sqlite, scene.station_id).sound)

    thread = threading.Thread(target=keep_verifying)
    thread.start()
    for _ in range(200):
        holder.execute("BEGIN IMMEDIATE")
        holder.execute("ROLLBACK")
    stop.set()
    thread.join(30)
    holder.close()
    assert waits
    assert all(waits)


def test_a_skipped_item_costs_its_own_lines_not_the_whole_log(sqlite: Database, clock: Any) -> None:
    """Nhật ký dài gấp bốn thì công gấp chừng bốn, dù mục nào cũng bị bỏ."""
    from tests.support.scene import lay_scene

    scene, steps_of = lay_scene(sqlite, clock), step_counter(sqlite)

    def grown(first: int, last: int) -> int:
        with sqlite.writing() as session:
            for item_id in range(first, last):
                now = scene.clock.now()
                told = {**armed(item_id, now), "reason": "quiet", "note": "", "deliveries": []}
                append(session, scene.station_id, Event.ITEM_SKIPPED, told, happened_at=now, now=now, item_id=item_id)
        return steps_of(lambda: verify(sqlite, scene.station_id))

    small, large = grown(1, 61), grown(61, 241)
    assert verify(sqlite, scene.station_id).sound
    assert large < 6 * small


@pytest.mark.parametrize("analysed", [False, True])
def test_a_line_costs_the_same_however_long_the_log_is(sqlite: Database, clock: Any, analysed: bool) -> None:
    """Bản tin mới phát xong: ghi nó không đi qua lượt phát nào của bản tin khác."""
    from tests.support.scene import lay_scene

    scene, steps_of = lay_scene(sqlite, clock), step_counter(sqlite)

    def air_new(item_id: int) -> None:
        now = scene.clock.now()
        body: Any = armed(item_id, now)
        body["item"]["script_id"] = item_id
        line(scene, Event.ITEM_ARMED, body, item_id)
        line(scene, Event.ITEM_ENDED, ended(now), item_id)

    air_new(1)
    small = steps_of(lambda: air_new(2))
    for item_id in range(3, 120):
        air_new(item_id)
    if analysed:
        sqlite.refresh_statistics()
    assert steps_of(lambda: air_new(120)) < 1.5 * small


def test_what_is_written_during_the_check_does_not_confuse_it(scene: Scene) -> None:
    air(scene, 11)
    with scene.database.reading() as snapshot:
        assert snapshot.scalar(select(LogEntry.seq).order_by(LogEntry.seq.desc()).limit(1)) == 3
        air(scene, 12)
    assert verify(scene.database, scene.station_id).lines == 6


def test_a_body_that_no_longer_parses_is_told_with_its_line(scene: Scene) -> None:
    air(scene, 11)
    _without_triggers(scene, lambda connection: connection.execute(text("UPDATE log_entries SET body = '{' WHERE seq = 3")))
    assert "dòng 3: nội dung đã bị sửa sau khi ghi" in _faults(scene)
    assert "dòng 3: thân dòng sai dạng" in _faults(scene)


def test_a_thousand_faults_are_told_as_a_hundred_and_a_count(scene: Scene) -> None:
    for item_id in range(1, MOST_FAULTS // 3 + 10):
        air(scene, item_id)
    _without_triggers(scene, lambda connection: connection.execute(text("UPDATE log_entries SET digest = 'x'")))
    told = _faults(scene)
    assert len(told) < MOST_FAULTS + 10
    assert any("điều khác" in fault for fault in told)


DEEDS = ("air", "arm", "skip", "plan", "check", "correct", "start")
DONE = {"cluster_id": 1, "state": "confirmed", "by": "Lan", "note": "đã nghe"}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["air", "arm", "skip", "plan", "check", "correct", "start"]), st.integers(1, 4), st.integers(1, 2)
        ),
        max_size=14,
    )
)
def test_whatever_happened_in_whatever_order_the_check_agrees_with_the_projection(
    sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    import shutil

    from broadcaster.clock import ManualClock
    from broadcaster.errors import Conflict
    from tests.support.scene import lay_scene

    path = tmp_path_factory.mktemp("kiem") / "broadcaster.db"
    shutil.copy(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    scene = lay_scene(database, ManualClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC)))
    for what, item_id, run_id in steps:
        now = scene.clock.now()
        body = armed(item_id, now)
        skipped = {**body, "reason": "stopped", "note": "", "deliveries": [delivery(DeliveryState.FAILED)]}
        told: dict[str, tuple[Event, Any]] = {
            "arm": (Event.ITEM_ARMED, body),
            "start": (Event.ITEM_STARTED, {"started_at": now.isoformat()}),
            "skip": (Event.ITEM_SKIPPED, skipped),
            "plan": (Event.ITEM_PLANNED, body),
            "check": (Event.DELIVERY_CHECKED, DONE),
            "correct": (Event.CORRECTION, {"result": "none", "reason": "power"}),
        }
        try:
            if what == "air":
                line(scene, Event.ITEM_ARMED, body, item_id, run_id=run_id)
                line(scene, Event.ITEM_ENDED, ended(now), item_id, run_id=run_id)
            elif what in ("skip", "plan"):
                with database.writing() as session:
                    append(session, scene.station_id, told[what][0], told[what][1], happened_at=now, now=now, item_id=item_id)
            else:
                line(scene, *told[what], item_id, run_id=run_id)
        except Conflict:
            pass
        scene.clock.advance(60)
    assert verify(database, scene.station_id).faults == ()
    database.close()


@given(
    st.text(max_size=30),
    st.text(max_size=12),
    st.none() | st.integers(),
    st.datetimes(timezones=st.just(UTC)),
    st.text(alphabet="0123456789abcdef", min_size=64, max_size=64) | st.text(max_size=5),
)
def test_the_digest_is_that_of_the_canonical_json(body: str, event: str, run_id: int | None, at: datetime, prev: str) -> None:
    """Cách băm nhanh phải ra đúng từng byte như JSON chuẩn: nhật ký cũ kiểm được mãi."""
    import hashlib

    try:
        raw = json.dumps(body, ensure_ascii=False).encode()
        head = canonical_json([1, 2, stamp(at), STAMP, event, 1, run_id, None, prev]).encode()
    except UnicodeEncodeError:
        return
    link = Link(1, 2, stamp(at), STAMP, event, 1, run_id, None, raw, prev)
    assert digest(link) == hashlib.sha256(head + b"\n" + raw).hexdigest()


@given(st.integers(0, 2_000_000), st.integers(1, 8), st.booleans())
def test_the_shares_of_a_log_hold_every_line_exactly_once(lines: int, most: int, joining: bool) -> None:
    parts = shares(1, lines, (), most=most, joining=joining)
    assert parts[0].first == 1
    assert [one.first for one in parts[1:]] == [one.last + 1 for one in parts[:-1] if one.last is not None]
    assert parts[-1].last is None
    assert all(one.last is None or one.first <= one.last <= lines for one in parts)


def test_a_log_cut_anywhere_into_two_shares_is_judged_as_the_whole(scene: Scene) -> None:
    for item_id in (11, 12):
        air(scene, item_id)
    with scene.database.reading() as session:
        last = session.scalars(select(LogEntry.seq).order_by(LogEntry.seq.desc())).first() or 0

    def found(cut: int) -> set[str]:
        parts = (Share(scene.station_id, 1, cut, ()), Share(scene.station_id, cut + 1, None, ()))
        return {fault for one in parts for fault in check_share(scene.database, one).faults.told}

    assert [found(cut) for cut in range(1, last)] == [set()] * (last - 1)
    with scene.database.writing() as session:
        session.execute(update(Airing).where(Airing.item_id == 11).values(heard_ms=1))
    told = {"lượt phát của mục 11 (lượt 1): bảng chiếu khác nhật ký"}
    assert [found(cut) for cut in range(1, last)] == [told] * (last - 1)
