"""Lịch tuần và tháng: buổi đã lập và sẽ lập, dời một buổi, chép một ngày, ngày lễ; việc nào cũng lấy lại được."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import AuditEntry
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound
from broadcaster.traffic.agenda import agenda
from broadcaster.traffic.copying import copy_day, undo_copy
from broadcaster.traffic.editing import add_script, cancel_programme
from broadcaster.traffic.enums import DayExceptionKind, ItemKind
from broadcaster.traffic.exceptions import DayForm, add_day_exception
from broadcaster.traffic.filling import fill
from broadcaster.traffic.holidays import holidays_between
from broadcaster.traffic.moving import Moved, move_programme, undo_move
from broadcaster.traffic.once import OnceForm, air_once
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.tables import DayException, Programme, Slot
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.test_overlaps import shared
from tests.traffic.test_slot_life import MONDAY, TUESDAY, locked, made_slot, on, plan

SATURDAY = MONDAY + timedelta(days=5)


def moved(scene: Scene, slot_id: int, day: date, to_day: date, at: time | None = None) -> Moved:
    with scene.database.writing() as session:
        return move_programme(session, scene.operator, slot_id, day, to_day=to_day, at=at, now=scene.clock.now())


def seen(scene: Scene, first: date, last: date) -> list[tuple[date, str, str]]:
    with scene.database.reading() as session:
        found = agenda(session, scene.writer, first, last, scene.clock.now())
        return [(one.day, f"{one.starts_at + timedelta(hours=7):%H:%M}", one.state.value if one.state else "") for one in found]


def test_the_calendar_holds_what_is_planned_and_what_the_slots_will_give(scene: Scene) -> None:
    made_slot(scene, weekdays="12")
    with scene.database.writing() as session:
        off = DayForm(MONDAY + timedelta(days=14), DayExceptionKind.OFF, "Nghỉ lễ")
        add_day_exception(session, scene.operator, off, now=scene.clock.now())
    assert seen(scene, MONDAY, MONDAY + timedelta(days=15)) == [
        (MONDAY, "17:00", "planned"),
        (TUESDAY, "17:00", "planned"),
        (MONDAY + timedelta(days=7), "17:00", ""),
        (MONDAY + timedelta(days=8), "17:00", ""),
        (MONDAY + timedelta(days=15), "17:00", ""),
    ]


def test_a_moved_programme_keeps_what_a_person_placed_and_the_old_day_says_where_it_went(scene: Scene) -> None:
    slot_id, _ = made_slot(scene, weekdays="2")
    with scene.database.writing() as session:
        one = build.script(session, scene, "Tin người đặt")
        programme = session.scalars(select(Programme)).one()
        add_script(session, scene.operator, programme.id, one.script_id, after_id=None, version=1, now=scene.clock.now())
    moved(scene, slot_id, TUESDAY, SATURDAY, time(18, 30))
    plan(scene)
    with scene.database.writing() as session:
        fill(session, scene.station_id, scene.clock.now())
    assert on(scene, TUESDAY) == []
    assert on(scene, SATURDAY) == [("18:30", "planned", "")]
    with scene.database.reading() as session:
        (programme,) = session.scalars(select(Programme))
        assert [item.revision.title for item in programme.items if item.revision] == ["Tin người đặt"]
        assert sum(item.kind is ItemKind.SOUND for item in programme.items) == 2
        off = session.scalars(select(DayException)).one()
        assert (off.day, off.reason, off.created_by) == (TUESDAY, "Dời sang 18:30 thứ Bảy 07/03/2026", "Trần Văn Hùng")
        assert "programme_moved" in session.scalars(select(AuditEntry.action)).all()


def test_a_move_is_undone_and_the_weekly_slot_never_changed(scene: Scene) -> None:
    slot_id, _ = made_slot(scene, weekdays="2")
    done = moved(scene, slot_id, TUESDAY, SATURDAY, time(18, 30))
    assert done.exception_id is not None
    with scene.database.writing() as session:
        undo_move(session, scene.operator, done.programme_id, done.exception_id, now=scene.clock.now())
    plan(scene)
    assert plan(scene) == 0
    assert (on(scene, TUESDAY), on(scene, SATURDAY)) == ([("17:00", "planned", "")], [])
    with scene.database.reading() as session:
        assert session.scalars(select(Slot.id)).all() == [slot_id]
        assert session.scalars(select(DayException)).all() == []


def test_a_programme_not_yet_planned_and_a_one_off_are_moved_too(scene: Scene) -> None:
    far = MONDAY + timedelta(days=21)
    slot_id, format_id = made_slot(scene, weekdays="1")
    moved(scene, slot_id, far, far, time(19))
    assert on(scene, far) == [("19:00", "planned", "")]
    with scene.database.writing() as session:
        once = air_once(session, scene.operator, OnceForm(SATURDAY, time(9), format_id=format_id), now=scene.clock.now())
        own, slots = once.slot_id, len(session.scalars(select(Slot.id)).all())
    assert moved(scene, own, SATURDAY, SATURDAY + timedelta(days=1)).exception_id is None
    plan(scene)
    assert on(scene, SATURDAY) == []
    assert on(scene, SATURDAY + timedelta(days=1)) == [("09:00", "planned", "")]
    with scene.database.reading() as session:
        assert len(session.scalars(select(Slot.id)).all()) == slots


def test_a_move_is_refused_over_another_in_quiet_hours_into_the_past_and_after_the_lock(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene, name="Chiều TDP 1", weekdays="12", zone_ids=(scene.zone_ids[0],))
    with scene.database.writing() as session:
        build.slot(session, scene, name="Thứ Bảy TDP 2", weekdays="6", zone_ids=(scene.zone_ids[1],))
    assert format_id
    now, other = scene.clock.now(), {"to_day": SATURDAY, "paths": shared(scene), "now": scene.clock.now()}
    with pytest.raises(Invalid, match="cũng nghe"), scene.database.writing() as session:
        move_programme(session, scene.operator, slot_id, TUESDAY, **other)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="giờ yên tĩnh"):
        moved(scene, slot_id, TUESDAY, SATURDAY, time(22))
    with pytest.raises((Conflict, Invalid)):
        moved(scene, slot_id, TUESDAY, MONDAY - timedelta(days=1))
    for none in (SATURDAY, MONDAY - timedelta(days=6)):
        with pytest.raises(Conflict, match="không có buổi này để dời"):
            moved(scene, slot_id, none, SATURDAY + timedelta(days=1), time(9))
    with pytest.raises(NotAllowed), scene.database.writing() as session:
        move_programme(session, scene.writer, slot_id, TUESDAY, to_day=SATURDAY, now=now)
    with pytest.raises(NotFound), scene.database.writing() as session:
        move_programme(session, scene.stranger, slot_id, TUESDAY, to_day=SATURDAY, now=now)
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme).where(Programme.day == TUESDAY)).one()
        cancel_programme(session, scene.operator, programme.id, reason="Mất điện", now=now)
    with pytest.raises(Conflict, match="không dời được"):
        moved(scene, slot_id, TUESDAY, SATURDAY, time(18, 30))
    with scene.database.reading() as session:
        assert session.scalars(select(DayException)).all() == [], "việc bị từ chối không để lại gì"


def test_a_move_cannot_be_undone_once_the_programme_is_locked(scene: Scene) -> None:
    slot_id, _ = made_slot(scene, weekdays="2")
    done = moved(scene, slot_id, TUESDAY, SATURDAY)
    locked(scene.database, SATURDAY)
    with pytest.raises(Conflict, match="đã được sửa tiếp"), scene.database.writing() as session:
        undo_move(session, scene.operator, done.programme_id, done.exception_id or 0, now=scene.clock.now())


def test_a_copied_day_brings_its_programmes_and_the_bulletins_a_person_placed(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene, weekdays="1")
    now = scene.clock.now()
    with scene.database.writing() as session:
        kept = build.script(session, scene, "Người đặt")
        gone = build.script(session, scene, "Hết hạn trước", valid_to=TUESDAY)
        programme = session.scalars(select(Programme)).one()
        for one in (kept, gone):
            version = programme.version
            add_script(session, scene.operator, programme.id, one.script_id, after_id=None, version=version, now=now)
            session.refresh(programme)
        air_once(session, scene.operator, OnceForm(MONDAY, time(19), format_id=format_id), now=now)
        copied = copy_day(session, scene.operator, MONDAY, SATURDAY, now=now)
    assert (len(copied.exception_ids), len(copied.slot_ids), copied.bulletins) == (1, 1, 1)
    plan(scene)
    assert on(scene, SATURDAY) == [("17:00", "planned", ""), ("19:00", "planned", "")]
    with pytest.raises(Conflict, match="đã có đủ"), scene.database.writing() as session:
        copy_day(session, scene.operator, MONDAY, SATURDAY, now=now)
    with scene.database.writing() as session:
        undo_copy(session, scene.operator, copied.exception_ids, copied.slot_ids, now=now)
        plan_days(session, scene.station_id, now)
    assert {state for _, state, _ in on(scene, SATURDAY)} == {"cancelled"}
    assert slot_id


def test_a_day_is_not_copied_onto_itself_the_past_or_another_programme(scene: Scene) -> None:
    made_slot(scene, name="Thứ Hai", weekdays="1")
    now = scene.clock.now()
    with scene.database.writing() as session:
        build.slot(session, scene, name="Thứ Bảy", weekdays="6", starts_at=time(17, 5))
    for to in (MONDAY, MONDAY - timedelta(days=1)):
        with pytest.raises(Invalid, match="ngày khác"), scene.database.writing() as session:
            copy_day(session, scene.operator, MONDAY, to, now=now)
    with pytest.raises(Invalid, match="Thứ Bảy"), scene.database.writing() as session:
        copy_day(session, scene.operator, MONDAY, SATURDAY, now=now)
    with pytest.raises(NotAllowed), scene.database.writing() as session:
        copy_day(session, scene.writer, MONDAY, SATURDAY, now=now)


def test_a_day_of_mourning_takes_neither_a_moved_nor_a_copied_programme(scene: Scene) -> None:
    slot_id, _ = made_slot(scene, weekdays="12")
    now = scene.clock.now()
    with scene.database.writing() as session:
        mourning = DayForm(SATURDAY, DayExceptionKind.OFF, "Quốc tang")
        add_day_exception(session, scene.operator, mourning, now=now)
    with pytest.raises(Invalid, match="nghỉ phát: Quốc tang"):
        moved(scene, slot_id, TUESDAY, SATURDAY)
    with pytest.raises(Invalid, match="nghỉ phát: Quốc tang"), scene.database.writing() as session:
        copy_day(session, scene.operator, MONDAY, SATURDAY, now=now)
    moved(scene, slot_id, TUESDAY, SATURDAY + timedelta(days=1))
    with pytest.raises(Conflict, match="nghỉ"), scene.database.writing() as session:
        copy_day(session, scene.operator, MONDAY, TUESDAY, now=now)


def test_the_holidays_of_the_year_are_known_lunar_ones_too() -> None:
    found = holidays_between(date(2026, 12, 31), date(2027, 2, 6))
    assert found[date(2027, 1, 1)] == "Tết Dương lịch"
    assert found[date(2027, 2, 6)] == "Tết Nguyên Đán"
    assert list(found) == sorted(found)
    assert datetime(2027, 2, 7).date() not in found
