"""Đời của khung giờ và buổi: điều đã huỷ trở lại đúng giờ hôm nay, không đè, không đôi; điều nhập phút chót được hỏi."""

from __future__ import annotations

import json
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import Event, Reason
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.database import Database
from broadcaster.errors import Conflict, Invalid
from broadcaster.studio.enums import TemplateCode
from broadcaster.traffic import emptiness
from broadcaster.traffic.editing import cancel_programme, move, restore_programme
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.exceptions import DayForm, add_day_exception, remove_day_exception
from broadcaster.traffic.filling import fill
from broadcaster.traffic.format_presets import HALF_HOUR
from broadcaster.traffic.keeper import Memory
from broadcaster.traffic.locking import lock, to_lock
from broadcaster.traffic.once import OnceForm, air_once
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.slots import SlotForm, create_slot, dates, edit_slot, end_slot, going, resume_slot
from broadcaster.traffic.tables import Item, Programme
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import settle as keep

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)
OFF, EXTRA = DayExceptionKind.OFF, DayExceptionKind.EXTRA


def plan(scene: Scene) -> int:
    with scene.database.writing() as session:
        return plan_days(session, scene.station_id, scene.clock.now())


def off(scene: Scene, form: DayForm) -> int:
    with scene.database.writing() as session:
        return add_day_exception(session, scene.operator, form, now=scene.clock.now()).id


def edit(scene: Scene, slot_id: int, form: SlotForm) -> int:
    with scene.database.writing() as session:
        return edit_slot(session, scene.operator, slot_id, form, now=scene.clock.now()).id


def made_slot(scene: Scene, **changes: object) -> tuple[int, int]:
    """Khung giờ đã có lịch: (mã khung, mã khuôn)."""
    with scene.database.writing() as session:
        slot = build.slot(session, scene, **changes)
        found = slot.id, slot.format_id
    plan(scene)
    return found


def on(scene: Scene, day: date) -> list[tuple[str, str, str]]:
    """Các buổi của ngày: (giờ địa phương, tình trạng, lý do)."""
    with scene.database.reading() as session:
        rows = session.scalars(select(Programme).where(Programme.day == day).order_by(Programme.starts_at, Programme.id))
        return [(f"{row.starts_at + timedelta(hours=7):%H:%M}", row.state.value, row.reason) for row in rows]


def locked(database: Database, day: date, state: ProgrammeState = ProgrammeState.LOCKED) -> int:
    with database.writing() as session:
        programme = session.scalars(select(Programme).where(Programme.day == day)).one()
        programme.state, programme.locked_at = state, programme.starts_at - timedelta(minutes=10)
        return programme.id


def stocked(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.script(session, scene, "Tin sáng", reform=True)
        fill(session, scene.station_id, scene.clock.now())


def test_a_revived_programme_airs_at_the_hour_of_today_not_of_the_day_it_was_cancelled(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene)
    exception_id = off(scene, DayForm(TUESDAY, OFF, "Nghỉ lễ"))
    plan(scene)
    edit(scene, slot_id, build.form(format_id, starts_at=time(18), length_ms=1_800_000))
    with scene.database.writing() as session:
        remove_day_exception(session, scene.operator, exception_id, now=scene.clock.now())
    plan(scene)
    assert on(scene, TUESDAY) == [("18:00", "planned", "")]
    with scene.database.reading() as session:
        revived = session.scalars(select(Programme).where(Programme.day == TUESDAY)).one()
        assert revived.length_ms == 1_800_000


def test_a_weekday_removed_and_restored_comes_back_once_at_the_new_hour(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene, valid_from=MONDAY - timedelta(days=30))
    slot_id = edit(scene, slot_id, build.form(format_id, weekdays="1345"))
    plan(scene)
    assert on(scene, TUESDAY) == [("17:00", "cancelled", "Khung giờ không phát vào thứ Ba.")]
    edit(scene, slot_id, build.form(format_id, weekdays="12345", starts_at=time(18)))
    plan(scene)
    assert plan(scene) == 0
    assert on(scene, TUESDAY) == [("18:00", "planned", "")]


def test_what_a_person_cancelled_stays_cancelled_when_the_slot_is_edited(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene, valid_from=MONDAY - timedelta(days=30))
    with scene.database.writing() as session:
        programme_id = session.scalars(select(Programme.id).where(Programme.day == TUESDAY)).one()
        cancel_programme(session, scene.operator, programme_id, reason="Tang lễ", now=scene.clock.now())
    edit(scene, slot_id, build.form(format_id, starts_at=time(18)))
    plan(scene)
    assert on(scene, TUESDAY) == [("18:00", "cancelled", "Tang lễ")]
    with scene.database.writing() as session:
        restore_programme(session, scene.operator, programme_id, now=scene.clock.now())
    assert on(scene, TUESDAY) == [("18:00", "planned", "")]
    scene.clock.advance(36 * 3600)
    with scene.database.writing() as session:
        cancel_programme(session, scene.operator, programme_id, reason="Lại", now=scene.clock.now())
    with pytest.raises(Conflict, match="qua giờ phát"), scene.database.writing() as session:
        restore_programme(session, scene.operator, programme_id, now=scene.clock.now())


def test_removing_a_day_off_that_would_wake_an_overlap_is_refused_by_name(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene, name="Thường")
    sunday = MONDAY + timedelta(days=6)
    exception_id = off(scene, DayForm(TUESDAY, OFF, "Nhường hội nghị", slot_id=slot_id))
    with scene.database.writing() as session:
        other = build.form(format_id, name="Cuối tuần", weekdays="7")
        other_id = create_slot(session, scene.operator, other, now=scene.clock.now()).id
    off(scene, DayForm(TUESDAY, EXTRA, "Hội nghị", slot_id=other_id))
    with pytest.raises(Invalid, match="“Thường” 17:00 và “Cuối tuần” 17:00"), scene.database.writing() as session:
        remove_day_exception(session, scene.operator, exception_id, now=scene.clock.now())
    with scene.database.writing() as session:
        late = build.form(format_id, name="Mới", weekdays="6", starts_at=time(17, 10))
        extra = DayForm(sunday, EXTRA, "Lễ", slot_id=create_slot(session, scene.operator, late, now=scene.clock.now()).id)
    with pytest.raises(Invalid, match="đè lên nhau"):
        off(scene, extra)


def test_a_new_slot_may_not_lie_under_an_extra_day(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene, weekdays="1")
    off(scene, DayForm(TUESDAY, EXTRA, "Lễ", slot_id=slot_id))
    with pytest.raises(Invalid, match="thứ Ba 03/03/2026"), scene.database.writing() as session:
        create_slot(session, scene.operator, build.form(format_id, name="Khác", weekdays="2"), now=scene.clock.now())


def test_a_format_change_leaves_one_opening_even_when_a_person_moved_it(scene: Scene) -> None:
    slot_id, _ = made_slot(scene, weekdays="1")
    with scene.database.writing() as session:
        half = build.equip(session, scene, preset=HALF_HOUR)
        programme = session.scalars(select(Programme)).one()
        opening = next(item for item in programme.items if item.template_code is TemplateCode.OPENING)
        after = programme.items[-1].id
        move(session, scene.operator, programme.id, opening.id, after_id=after, version=programme.version, now=scene.clock.now())
    for format_id in (half, half):
        edit(scene, slot_id, build.form(format_id, weekdays="1"))
    with scene.database.reading() as session:
        items = session.scalars(select(Programme)).one().items
        codes = [item.template_code for item in items if item.kind is ItemKind.TEMPLATE]
        assert sorted(codes) == sorted([TemplateCode.STATION_CALL, TemplateCode.OPENING, TemplateCode.CLOSING])
        assert (items[-1].template_code, items[-1].placed_by) == (TemplateCode.OPENING, PlacedBy.PERSON)
        assert sum(item.kind is ItemKind.FILLER for item in items) == 1


def test_a_dropped_ident_does_not_come_back_with_a_new_format(scene: Scene) -> None:
    slot_id, _ = made_slot(scene, weekdays="1")
    with scene.database.writing() as session:
        half = build.equip(session, scene, preset=HALF_HOUR)
        session.scalars(select(Programme)).one().items[0].state = ItemState.DROPPED
    edit(scene, slot_id, build.form(half, weekdays="1"))
    with scene.database.reading() as session:
        states = session.scalars(select(Item.state).where(Item.kind == ItemKind.SOUND).order_by(Item.rank)).all()
        assert states == [ItemState.DROPPED, ItemState.WAITING]


def test_an_empty_programme_is_told_ahead_and_never_airs(scene: Scene) -> None:
    made_slot(scene, weekdays="1")
    now = scene.clock.now()
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme)).one()
        assert "chưa có bản tin nào" in emptiness.empty_alerts(session, scene.station_id, now)[f"empty:{programme.id}"]
        assert not lock(session, scene.station_id, programme.id, now)
        assert to_lock(session, scene.station_id, programme.starts_at) == []
        assert emptiness.to_miss(session, scene.station_id, programme.starts_at - timedelta(seconds=1)) == []
        due = emptiness.to_miss(session, scene.station_id, programme.starts_at)
        assert emptiness.miss_empty(session, scene.station_id, due, programme.starts_at) == 1
        assert (programme.state, programme.reason) == (ProgrammeState.MISSED, emptiness.NOTE)


def test_a_thin_programme_is_told_the_day_before_and_after_the_lock_until_it_is_full(scene: Scene) -> None:
    memory = Memory()
    made_slot(scene, weekdays="2")
    stocked(scene)

    def told() -> list[str]:
        keep(scene, memory=memory)
        with scene.database.reading() as session:
            return [one.message for one in open_alerts(session, scene.station_id) if one.subject.startswith("thin:")]

    assert told() == [], "còn hơn một ngày"
    scene.clock.advance(24 * 3600)
    (text,) = told()
    assert "“Buổi chiều” lúc 17:00 thứ Ba 03/03 mới có khoảng" in text
    assert "trên 15 phút, kể cả nhạc: sẽ kết thúc sớm" in text
    with scene.database.writing() as session:
        many = [build.script(session, scene, f"Tin {number}", length_ms=70_000) for number in range(10)]
    assert told() == []
    locked(scene.database, TUESDAY)
    with scene.database.writing() as session:
        for item in session.scalars(select(Item).where(Item.revision_id.in_([one.revision_id for one in many]))):
            item.state = ItemState.DROPPED
        session.scalars(select(Programme)).one().version += 1
    assert "mới có" in told()[0]


def test_a_rehearsal_and_a_slot_filled_by_hand_are_never_called_thin(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        one = build.script(session, scene, "Thông báo ngắn", length_ms=5_000)
        slot = build.slot(session, scene, weekdays="1", rehearsal=True)
        plan_days(session, scene.station_id, now)
        fill(session, scene.station_id, now)
        air_once(session, scene.operator, OnceForm(MONDAY, time(16), script_id=one.script_id), now=now)
        every = list(session.scalars(select(Programme)))
        assert {programme.slot.id == slot.id for programme in every} == {True, False}
        assert emptiness.thin_programmes(session, scene.station_id, now) == {}


def test_a_locked_programme_that_lost_its_last_bulletin_is_missed_with_its_reason(scene: Scene) -> None:
    made_slot(scene, weekdays="1")
    stocked(scene)
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme)).one()
        assert lock(session, scene.station_id, programme.id, scene.clock.now())
        assert emptiness.to_miss(session, scene.station_id, programme.starts_at) == []
        for item in programme.items:
            if item.kind is ItemKind.SCRIPT:
                item.state = ItemState.DROPPED
        session.flush()
        assert emptiness.to_miss(session, scene.station_id, programme.starts_at) == [programme.id]


def test_a_day_off_entered_after_the_lock_asks_and_stops_at_once(scene: Scene) -> None:
    made_slot(scene)
    stocked(scene)
    with scene.database.writing() as session:
        programme_id = session.scalars(select(Programme.id).where(Programme.day == MONDAY)).one()
        lock(session, scene.station_id, programme_id, scene.clock.now())
    with pytest.raises(Invalid) as asked:
        off(scene, DayForm(MONDAY, OFF, "Quốc tang"))
    assert set(asked.value.problems) == {"stop_today"}
    exception_id = off(scene, DayForm(MONDAY, OFF, "Quốc tang", stop_today=True))
    why = "Nghỉ phát: Quốc tang (Trần Văn Hùng)"
    assert on(scene, MONDAY) == [("17:00", "cancelled", why)]
    with scene.database.reading() as session:
        airings = session.scalars(select(Airing)).all()
        assert {airing.reason for airing in airings} == {Reason.CANCELLED}
        body = session.scalars(select(LogEntry.body).where(LogEntry.event == Event.PROGRAMME_CANCELLED)).one()
        assert json.loads(body)["reason"] == why
    with scene.database.writing() as session:
        remove_day_exception(session, scene.operator, exception_id, now=scene.clock.now())
    plan(scene)
    assert on(scene, MONDAY) == [("17:00", "planned", "")]
    with scene.database.writing() as session:
        assert lock(session, scene.station_id, programme_id, scene.clock.now())
        assert session.scalars(select(Airing)).all() == []
        kinds = [
            item.kind
            for item in session.scalars(select(Item).where(Item.programme_id == programme_id, Item.state == ItemState.WAITING))
        ]
        assert kinds.count(ItemKind.SCRIPT) == 1


def test_the_day_off_may_let_the_running_programme_end(scene: Scene) -> None:
    made_slot(scene)
    locked(scene.database, MONDAY, ProgrammeState.AIRING)
    off(scene, DayForm(MONDAY, OFF, "Mất điện", last_day=TUESDAY, stop_today=False))
    plan(scene)
    assert on(scene, MONDAY) == [("17:00", "airing", "")]
    assert on(scene, TUESDAY) == [("17:00", "cancelled", "Nghỉ phát: Mất điện (Trần Văn Hùng)")]


def test_a_running_programme_stopped_whole_does_not_come_back(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene)
    locked(scene.database, MONDAY, ProgrammeState.AIRING)
    with pytest.raises(Invalid, match="dừng cả buổi này"):
        edit(scene, slot_id, build.form(format_id, starts_at=time(19)))
    edit(scene, slot_id, build.form(format_id, starts_at=time(19), stop_today=True))
    plan(scene)
    assert on(scene, MONDAY) == [("17:00", "cancelled", "Khung giờ được đổi sang 19:00 (Trần Văn Hùng)")]
    assert on(scene, TUESDAY) == [("19:00", "planned", "")]


def test_a_locked_programme_moves_with_its_slot_when_a_person_says_so(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene)
    locked(scene.database, MONDAY)
    edit(scene, slot_id, build.form(format_id, starts_at=time(19), stop_today=True))
    plan(scene)
    assert on(scene, MONDAY) == [("19:00", "planned", "")]


def test_a_range_of_days_off_is_one_row_and_each_day_is_silent(scene: Scene) -> None:
    made_slot(scene)
    exception_id = off(scene, DayForm(TUESDAY, OFF, "Quốc tang", last_day=TUESDAY + timedelta(days=1)))
    plan(scene)
    states = [on(scene, MONDAY + timedelta(days=n))[0][1] for n in range(4)]
    assert states == ["planned", "cancelled", "cancelled", "planned"]
    with scene.database.writing() as session:
        remove_day_exception(session, scene.operator, exception_id, now=scene.clock.now())
    plan(scene)
    assert on(scene, TUESDAY)[0][1] == "planned"
    for wrong in (DayForm(TUESDAY, OFF, "x", last_day=MONDAY), DayForm(TUESDAY, OFF, "x", last_day=date(2028, 1, 1))):
        with pytest.raises(Invalid):
            off(scene, wrong)


def test_stopping_a_slot_says_what_goes_and_is_taken_back_whole(scene: Scene) -> None:
    slot_id, _ = made_slot(scene, weekdays="1246")
    with scene.database.writing() as session:
        assert [one.day for one in going(session, scene.operator, slot_id, TUESDAY, scene.clock.now())] == [
            TUESDAY,
            MONDAY + timedelta(days=3),
            MONDAY + timedelta(days=5),
        ]
        end_slot(session, scene.operator, slot_id, now=scene.clock.now())
    plan(scene)
    assert on(scene, TUESDAY) == [("17:00", "cancelled", "Khung giờ đã thôi phát từ 02/03/2026.")]
    with scene.database.writing() as session:
        slot = resume_slot(session, scene.operator, slot_id, now=scene.clock.now())
        assert (slot.weekdays, slot.valid_to) == ("1246", None)
    plan(scene)
    assert on(scene, TUESDAY) == [("17:00", "planned", "")]
    with pytest.raises(Conflict, match="bình thường"), scene.database.writing() as session:
        resume_slot(session, scene.operator, slot_id, now=scene.clock.now())


def test_a_stopped_slot_whose_place_was_taken_does_not_come_back(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene)
    with scene.database.writing() as session:
        end_slot(session, scene.operator, slot_id, now=scene.clock.now())
        create_slot(session, scene.operator, build.form(format_id, name="Thay"), now=scene.clock.now())
    with pytest.raises(Invalid, match="Thay"), scene.database.writing() as session:
        resume_slot(session, scene.operator, slot_id, now=scene.clock.now())


def test_a_slot_that_yields_no_day_is_refused(scene: Scene) -> None:
    saturday = MONDAY + timedelta(days=5)
    with scene.database.writing() as session:
        format_id = build.equip(session, scene)
        once = build.form(format_id, valid_from=saturday, valid_to=saturday)
        past = build.form(format_id, starts_at=time(7), valid_from=MONDAY, valid_to=MONDAY)
        with pytest.raises(Invalid, match="Không ngày nào có buổi phát"):
            create_slot(session, scene.operator, once, now=scene.clock.now())
        with pytest.raises(Invalid, match="Không ngày nào"):
            create_slot(session, scene.operator, past, now=scene.clock.now())


def test_the_dates_are_known_before_anything_is_saved(scene: Scene) -> None:
    off_days = DayForm(MONDAY + timedelta(days=2), OFF, "Lễ")
    made_slot(scene)
    off(scene, off_days)
    with scene.database.reading() as session:
        form = build.form(None, name="Tối", starts_at=time(19), weekdays="13", valid_to=MONDAY + timedelta(days=9))
        found = dates(session, scene.operator, form, now=scene.clock.now())
        assert found == [MONDAY, MONDAY + timedelta(days=7), MONDAY + timedelta(days=9)]
        assert session.new == set() or not session.new


def test_a_slot_with_an_end_date_can_be_edited_and_lose_it(scene: Scene) -> None:
    slot_id, format_id = made_slot(scene, valid_to=TUESDAY)
    changed = edit(scene, slot_id, build.form(format_id, name="Không hạn"))
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme).where(Programme.day == MONDAY)).one()
        assert (programme.slot_id, programme.slot.valid_to) == (changed, None)
