"""Lên lịch trên hai cơ sở dữ liệu: mỗi buổi một lần, ngoại lệ, sửa khung giờ, giờ yên tĩnh."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.errors import Invalid, NotAllowed, NotFound
from broadcaster.traffic.clock_fit import FILLER_STRETCH
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, PlacedBy, ProgrammeState, SegmentKind
from broadcaster.traffic.exceptions import (
    DayForm,
    QuietForm,
    add_day_exception,
    add_quiet_exception,
    remove_day_exception,
    revoke_quiet_exception,
)
from broadcaster.traffic.format_presets import QUARTER_HOUR, REHEARSAL
from broadcaster.traffic.formats import segments_of
from broadcaster.traffic.planning import cancel, plan_days
from broadcaster.traffic.slots import create_slot, edit_slot, end_slot
from broadcaster.traffic.snapshots import programme_lineup
from broadcaster.traffic.tables import Item, Programme
from tests.support.scene import Scene
from tests.traffic import build

MONDAY = date(2026, 3, 2)


def plan(scene: Scene) -> int:
    with scene.database.writing() as session:
        return plan_days(session, scene.station_id, scene.clock.now())


def programmes(scene: Scene) -> list[tuple[date, str]]:
    with scene.database.reading() as session:
        rows = session.scalars(select(Programme).order_by(Programme.starts_at, Programme.id))
        return [(row.day, row.state.value) for row in rows]


def test_the_presets_fill_their_slots_to_the_second() -> None:
    assert QUARTER_HOUR.length_ms == 900_000
    assert 100_000 <= REHEARSAL.length_ms <= 150_000


def test_each_day_is_planned_once_however_often_the_alarm_rings(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
    assert plan(scene) == 5
    assert plan(scene) == 0
    assert [day for day, _ in programmes(scene)] == [MONDAY + timedelta(days=n) for n in range(5)]


def test_a_programme_has_the_items_of_its_format_and_a_log_line(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
    plan(scene)
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme).order_by(Programme.day)).first()
        assert programme is not None
        assert [item.kind for item in programme.items] == [
            ItemKind.SOUND,
            ItemKind.TEMPLATE,
            ItemKind.TEMPLATE,
            ItemKind.FILLER,
            ItemKind.TEMPLATE,
            ItemKind.SOUND,
        ]
        offsets = [(line.planned_at - programme.starts_at).total_seconds() for line in programme_lineup(programme)]
        assert offsets == [0, 15, 25, 45, 285, 300], "không có tin nào thì nhạc chỉ dài gấp đôi chỗ của nó"
        lines = session.scalars(select(LogEntry).where(LogEntry.event == Event.PROGRAMME_PLANNED)).all()
        body = json.loads(lines[0].body)["programme"]
        assert (len(lines), body["slot"], body["unit"], body["zones"]) == (
            5,
            "Buổi chiều",
            "phường Phùng Chí Kiên",
            ["TDP1", "TDP2"],
        )


def test_a_slot_made_seconds_before_its_start_still_airs_today(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, starts_at=time(8, 0, 5))
    plan(scene)
    assert programmes(scene)[0] == (MONDAY, "planned")


def test_a_slot_whose_start_is_past_waits_for_the_next_day(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, starts_at=time(7, 59))
    plan(scene)
    assert programmes(scene)[0] == (MONDAY + timedelta(days=1), "planned")


def test_a_day_off_cancels_and_its_removal_plans_again(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot_id = build.slot(session, scene).id
    plan(scene)
    with scene.database.writing() as session:
        form = DayForm(MONDAY, DayExceptionKind.OFF, "Nghỉ lễ", slot_id=slot_id)
        off = add_day_exception(session, scene.operator, form, now=scene.clock.now())
        off_id = off.id
    assert (plan(scene), plan(scene)) == (1, 0)
    assert programmes(scene)[0] == (MONDAY, "cancelled")
    with scene.database.writing() as session:
        remove_day_exception(session, scene.operator, off_id, now=scene.clock.now())
    assert (plan(scene), plan(scene)) == (1, 0)
    assert programmes(scene)[0] == (MONDAY, "planned")
    with scene.database.reading() as session:
        events = session.scalars(select(LogEntry.event).order_by(LogEntry.seq)).all()
        assert events[-2:] == [Event.PROGRAMME_CANCELLED, Event.PROGRAMME_PLANNED]


def test_what_a_person_cancelled_is_never_planned_again(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
    plan(scene)
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme).order_by(Programme.day)).first()
        assert programme is not None
        cancel(session, programme, "Tang lễ", by="Trần Văn Hùng", now=scene.clock.now())
    assert plan(scene) == 0
    assert programmes(scene)[0] == (MONDAY, "cancelled")


def test_an_extra_day_airs_although_it_is_a_sunday(scene: Scene) -> None:
    sunday = MONDAY + timedelta(days=6)
    with scene.database.writing() as session:
        build.slot(session, scene)
        add_day_exception(session, scene.operator, DayForm(sunday, DayExceptionKind.EXTRA, "Bầu cử"), now=scene.clock.now())
    plan(scene)
    assert (sunday, "planned") in programmes(scene)


def test_overlapping_slots_are_refused_by_name(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene, name="Tin chiều", zone_ids=(scene.zone_ids[0],))
        clashing = build.form(slot.format_id, name="Khác", starts_at=time(17, 14))
        with pytest.raises(Invalid, match="Tin chiều"):
            create_slot(session, scene.operator, clashing, now=scene.clock.now())


@pytest.mark.parametrize("changes", [{"starts_at": time(17, 15)}, {"weekdays": "6"}, {"zone_ids": (2,)}])
def test_slots_that_share_no_minute_or_no_zone_stand_together(scene: Scene, changes: dict[str, object]) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene, name="Tin chiều", zone_ids=(scene.zone_ids[0],))
        other = create_slot(session, scene.operator, build.form(slot.format_id, **changes), now=scene.clock.now())
        ids = {slot.id, other.id}
    plan(scene)
    with scene.database.reading() as session:
        planned = session.scalars(select(Programme.slot_id).where(Programme.state == ProgrammeState.PLANNED))
        assert set(planned) == ids, "cả hai cùng có buổi"


def test_quiet_hours_refuse_a_slot_unless_a_document_allows_it(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        format_id = build.equip(session, scene)
        early = build.form(format_id, starts_at=time(5, 30), length_ms=3_600_000)
        with pytest.raises(Invalid, match="giờ yên tĩnh"):
            create_slot(session, scene.operator, early, now=now)
        allowed = QuietForm(now, now + timedelta(days=3), "25/UBND-VX", "Đài xã phát sớm theo mùa vụ")
        exception_id = add_quiet_exception(session, scene.leader, allowed, now=now).id
        create_slot(session, scene.operator, early, now=now)
        create_slot(session, scene.operator, build.form(format_id, starts_at=time(22), rehearsal=True), now=now)
    plan(scene)
    planned = [row for row in programmes(scene) if row[1] == "planned"]
    # Ngoại lệ hết sáng 05/03: những buổi sau đó không được lên lịch, dù khung giờ còn hiệu lực.
    assert len(planned) == 5 + 3
    with scene.database.writing() as session:
        revoke_quiet_exception(session, scene.leader, exception_id, now=now)
    assert plan(scene) == 3


def test_a_quiet_exception_needs_its_document_and_the_right_role(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        with pytest.raises(Invalid, match="số văn bản"):
            add_quiet_exception(session, scene.leader, QuietForm(now, now + timedelta(1), " ", "x"), now=now)
        with pytest.raises(NotAllowed):
            add_quiet_exception(session, scene.operator, QuietForm(now, now + timedelta(1), "1", "x"), now=now)


def test_an_edit_moves_unlocked_programmes_with_their_hand_order(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene, valid_from=MONDAY - timedelta(days=30))
        slot_id, format_id = slot.id, slot.format_id
    plan(scene)
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme).where(Programme.day == MONDAY)).one()
        filler = next(item for item in programme.items if item.kind is ItemKind.FILLER)
        filler.rank, filler.placed_by, filler.placed_name = 0.5, PlacedBy.PERSON, "Trần Văn Hùng"
        filler_id = filler.id
        edit_slot(session, scene.operator, slot_id, build.form(format_id, starts_at=time(18)), now=scene.clock.now())
    assert plan(scene) == 0
    with scene.database.reading() as session:
        moved = session.scalars(select(Programme).where(Programme.day == MONDAY)).one()
        assert moved.slot_id != slot_id
        assert moved.starts_at.hour == 11
        assert moved.items[0].id == filler_id
        assert moved.slot.series == session.scalars(select(Programme)).first().slot.series  # type: ignore[union-attr]


def test_a_locked_programme_stays_and_the_edit_begins_the_day_after(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene)
        slot_id, format_id = slot.id, slot.format_id
    plan(scene)
    with scene.database.writing() as session:
        session.scalars(select(Programme).where(Programme.day == MONDAY)).one().state = ProgrammeState.LOCKED
        kept = build.form(format_id, weekdays="134", stop_today=False)
        new = edit_slot(session, scene.operator, slot_id, kept, now=scene.clock.now())
        assert new.valid_from == MONDAY + timedelta(days=1)
    plan(scene)
    states = dict(programmes(scene))
    assert states == {
        MONDAY: "locked",
        MONDAY + timedelta(days=1): "cancelled",
        MONDAY + timedelta(days=2): "planned",
        MONDAY + timedelta(days=3): "planned",
        MONDAY + timedelta(days=4): "cancelled",
    }


def test_moving_a_slot_to_an_hour_already_past_cancels_only_today(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene)
        slot_id, format_id = slot.id, slot.format_id
    plan(scene)
    with scene.database.writing() as session:
        edit_slot(session, scene.operator, slot_id, build.form(format_id, starts_at=time(7)), now=scene.clock.now())
    assert plan(scene) == 0
    assert [state for _, state in programmes(scene)] == ["cancelled", "planned", "planned", "planned", "planned"]


def test_a_new_format_rebuilds_the_frame_and_keeps_what_a_person_placed(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot_id = build.slot(session, scene).id
        short = build.equip(session, scene, preset=REHEARSAL)
    plan(scene)
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme).where(Programme.day == MONDAY)).one()
        filler = next(item for item in programme.items if item.kind is ItemKind.FILLER)
        filler.placed_by, filler.placed_name = PlacedBy.PERSON, "Trần Văn Hùng"
        edit_slot(session, scene.operator, slot_id, build.form(short), now=scene.clock.now())
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme).where(Programme.day == MONDAY)).one()
        assert len(programme.items) == 6
        assert session.scalars(select(Item.kind).where(Item.programme_id == programme.id)).all().count(ItemKind.FILLER) == 1


def test_an_ended_slot_plans_nothing_more(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot_id = build.slot(session, scene, valid_from=MONDAY - timedelta(days=9)).id
    plan(scene)
    with scene.database.writing() as session:
        end_slot(session, scene.operator, slot_id, last_day=MONDAY, now=scene.clock.now())
    plan(scene)
    assert [state for _, state in programmes(scene)] == ["planned"] + ["cancelled"] * 4


def test_a_slot_ended_on_its_first_day_airs_nothing(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot_id = build.slot(session, scene).id
        end_slot(session, scene.operator, slot_id, now=scene.clock.now())
    assert plan(scene) == 0


def test_slots_ask_for_the_right_role_and_station(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene)
        for actor, error in ((scene.writer, NotAllowed), (scene.stranger, NotFound)):
            with pytest.raises(error):
                edit_slot(session, actor, slot.id, build.form(slot.format_id), now=scene.clock.now())


def test_a_form_says_every_mistake_at_once(scene: Scene) -> None:
    with scene.database.writing() as session:
        bad = build.form(build.equip(session, scene), name=" ", weekdays="", length_ms=1)
        with pytest.raises(Invalid) as caught:
            create_slot(session, scene.operator, bad, now=scene.clock.now())
        assert set(caught.value.problems) == {"name", "weekdays", "length_ms"}


def test_the_horizon_is_a_setting_of_local_days(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1234567")
    scene.clock.advance(15 * 3600 + 59 * 60)
    assert scene.clock.now() == datetime(2026, 3, 2, 16, 59, tzinfo=scene.clock.now().tzinfo)
    plan(scene)
    # 23:59 ngày 02/03: buổi hôm nay đã qua, còn sáu ngày của bảy ngày tính từ hôm nay.
    assert [day for day, _ in programmes(scene)] == [MONDAY + timedelta(days=n) for n in range(1, 7)]


@pytest.mark.parametrize(
    ("minutes", "code"), [(5, "five"), (15, "quarter"), (30, "half"), (60, "hour"), (50, "hour"), (7, "five")]
)
def test_a_slot_without_a_chosen_format_gets_the_one_of_its_length(scene: Scene, minutes: int, code: str) -> None:
    with scene.database.writing() as session:
        build.equip(session, scene, preset=REHEARSAL)
        form = build.form(None, length_ms=minutes * 60_000)
        assert create_slot(session, scene.operator, form, now=scene.clock.now()).format.preset == code


def test_any_format_fills_any_slot_to_the_millisecond(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, length_ms=3_600_000, weekdays="1")
    plan(scene)
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme)).one()
        assert sum(ms for _, ms in segments_of(programme)) == 3_600_000
        music = next(ms for segment, ms in segments_of(programme) if segment.kind is SegmentKind.FILLER)
        assert [line.planned_ms for line in programme_lineup(programme)][-3:] == [FILLER_STRETCH * music, 15_000, 10_000]
