"""Việc phút chót: phát một lần, dừng cả buổi, buổi rỗng và buổi mỏng, xếp lại một mục; từng lời và từng con số."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import open_alerts
from broadcaster.accounts.enums import AlertLevel
from broadcaster.accounts.tables import Zone
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.errors import Conflict, Invalid, NotAllowed
from broadcaster.traffic import emptiness
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.exceptions import DayForm, add_day_exception
from broadcaster.traffic.filling import fill
from broadcaster.traffic.locking import lock
from broadcaster.traffic.once import OnceForm, Openings, air_once, slot_form, stock_on
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.repeating import repeat
from broadcaster.traffic.stopping import in_progress, settle, stop_programme
from broadcaster.traffic.tables import Item, Programme
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import MONDAY, VIETNAM

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
QUARTER = 900_000


def at(hour: int, minute: int = 0, *, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=VIETNAM)


def planned(session: Session, scene: Scene, *titles: str, **changes: Any) -> Programme:
    """Buổi chiều thứ Hai với các bản tin một phút."""
    build.slot(session, scene, weekdays="1", **changes)
    for title in titles:
        build.script(session, scene, title, reform=True)
    plan_days(session, scene.station_id, scene.clock.now())
    fill(session, scene.station_id, scene.clock.now())
    return session.scalars(select(Programme).where(Programme.day == MONDAY)).one()


FOUR = at(16)


def lines(session: Session, event: Event) -> list[dict[str, Any]]:
    rows = session.scalars(select(LogEntry.body).where(LogEntry.event == event).order_by(LogEntry.seq))
    return [json.loads(body) for body in rows]


def test_what_to_air_once_must_be_chosen_and_lie_ahead(scene: Scene) -> None:
    with scene.database.writing() as session:
        one = build.script(session, scene, "Tin")
        asked: list[tuple[OnceForm, dict[str, str]]] = [
            (OnceForm(MONDAY, time(17)), {"what": "Hãy chọn phát gì: một chương trình theo khuôn, hay một bản tin."}),
            (
                OnceForm(MONDAY, time(16), script_id=one.script_id),
                {"day": "Lúc ấy đã qua. Hãy chọn ngày giờ sắp tới, hoặc dùng Phát khẩn cấp nếu phải phát ngay."},
            ),
        ]
        for form, problems in asked:
            with pytest.raises(Invalid) as refused:
                slot_form(session, scene.operator, form, now=at(16))
            assert refused.value.problems == problems
        with pytest.raises(NotAllowed):
            air_once(session, scene.auditor, OnceForm(MONDAY, time(17), script_id=one.script_id), now=at(16))
        with pytest.raises(Conflict) as gone:
            slot_form(session, scene.operator, OnceForm(MONDAY, time(17), script_id=999), now=at(16))
        assert gone.value.message == "Bản tin này chưa được duyệt, đã rút hoặc hết hiệu lực vào ngày ấy."


def test_one_bulletin_is_a_slot_of_one_day_as_long_as_it_needs_for_its_own_zones(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.equip(session, scene)
        odd = build.script(session, scene, "Tin lẻ", length_ms=60_001, zones=(scene.zone_ids[1],))
        even = build.script(session, scene, "Tin chẵn", length_ms=60_000, valid_to=MONDAY)
        wanted = slot_form(session, scene.operator, OnceForm(MONDAY + DAY, time(17, 30), script_id=odd.script_id), now=at(16))
        assert (wanted.name, wanted.starts_at, wanted.length_ms) == ("Phát một lần: Tin lẻ", time(17, 30), 100_000)
        assert (wanted.weekdays, wanted.format_id, wanted.zone_ids) == ("2", None, (scene.zone_ids[1],))
        assert (wanted.valid_from, wanted.valid_to) == (MONDAY + DAY, MONDAY + DAY)
        whole = slot_form(session, scene.operator, OnceForm(MONDAY, time(16, 1), script_id=even.script_id), now=at(16))
        assert (whole.length_ms, whole.zone_ids) == (95_000, ())
        with pytest.raises(Conflict):
            slot_form(session, scene.operator, OnceForm(MONDAY + DAY, time(17), script_id=even.script_id), now=at(16))
        format_id = build.equip(session, scene)
        framed = slot_form(session, scene.operator, OnceForm(MONDAY, time(17), format_id=format_id), now=at(16))
        assert (framed.name, framed.length_ms, framed.format_id) == ("Phát một lần: Chương trình 15 phút", QUARTER, format_id)


def test_airing_once_makes_the_programme_now_with_the_bulletin_after_the_station_call(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.equip(session, scene)
        one = build.script(session, scene, "Tin")
        form = OnceForm(MONDAY + 20 * DAY, time(17), script_id=one.script_id)
        programme = air_once(session, scene.operator, form, now=scene.clock.now())
        assert (programme.day, programme.starts_at) == (form.day, at(17, day=form.day))
        assert [item.kind for item in programme.items] == [ItemKind.SOUND, ItemKind.TEMPLATE, ItemKind.SCRIPT, ItemKind.SOUND]
        assert programme.items[2].revision_id == one.revision_id
        with pytest.raises(Invalid, match="Đè lên khung giờ “Phát một lần: Tin”"):
            air_once(session, scene.operator, form, now=scene.clock.now())
        own = (
            build.script(session, scene, "Họp", zones=(scene.zone_ids[0],)),
            build.script(session, scene, "Lễ", zones=(scene.zone_ids[1],)),
        )
        every, there = frozenset(scene.zone_ids), MONDAY + 22 * DAY
        first, second = (OnceForm(there, time(17), script_id=made.script_id) for made in own)
        air_once(session, scene.operator, first, now=scene.clock.now(), paths=dict.fromkeys(every, every))
        with pytest.raises(Invalid, match="cũng nghe"):
            air_once(session, scene.operator, second, now=scene.clock.now(), paths=dict.fromkeys(every, every))
        framed = OnceForm(MONDAY + 21 * DAY, time(17), format_id=build.equip(session, scene))
        assert ItemKind.SCRIPT not in [item.kind for item in air_once(session, scene.operator, framed, now=at(16)).items]


@pytest.mark.parametrize(
    ("slots", "changes", "found"),
    [
        ([], {}, at(17)),
        ([(time(16), QUARTER)], {}, at(16, 20)),
        ([(time(16), QUARTER - 60_000)], {}, at(16, 15)),
        ([(time(16), QUARTER), (time(16, 19), 120_000)], {}, at(16, 25)),
        ([(time(16), QUARTER), (time(16, 19), 60_000)], {}, at(16, 20)),
        ([(time(16), QUARTER), (time(16, 21, 35), 60_000)], {}, at(16, 20)),
        ([(time(6), QUARTER)], {}, at(17)),
        ([(time(17), QUARTER)], {"valid_from": MONDAY + DAY}, at(17, day=MONDAY + DAY)),
        ([], {"valid_from": MONDAY + 7 * DAY}, at(17, day=MONDAY + 7 * DAY)),
        ([], {"valid_from": MONDAY + 8 * DAY}, None),
        ([(time(17), 14_400_000)], {"valid_to": MONDAY}, None),
        ([(time(17), 14_400_000)], {}, at(17, day=MONDAY + DAY)),
    ],
)
def test_the_hour_offered_follows_a_programme_lies_ahead_and_inside_the_validity(
    scene: Scene, slots: list[tuple[time, int]], changes: dict[str, date], found: datetime | None
) -> None:
    with scene.database.writing() as session:
        for number, (starts_at, length_ms) in enumerate(slots):
            told = {"starts_at": starts_at, "length_ms": length_ms, "weekdays": "1", "name": f"Khung {number}"}
            build.slot(session, scene, **(told | {"valid_from": MONDAY - 7 * DAY}))
        build.script(session, scene, "Tin")
        (one,) = stock_on(session, scene.operator, MONDAY)
        openings = Openings(session, scene.station_id, at(15), None)
        assert openings.first_for(replace(one, **changes)) == found  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            stock_on(session, replace(scene.operator, roles=frozenset()), MONDAY)


def test_the_hour_offered_asks_who_shares_the_output_and_which_days_are_off(scene: Scene) -> None:
    first, second = scene.zone_ids
    every = frozenset(scene.zone_ids)

    def offered(zones: frozenset[int], paths: dict[int, frozenset[int]] | None = None) -> datetime | None:
        return Openings(session, scene.station_id, at(15), paths).first_for(replace(one, zones=zones))

    with scene.database.writing() as session:
        for name, starts_at, zone_id in (("Chiều", time(16), first), ("Họp", time(16, 18), second)):
            told = {"weekdays": "1", "name": name, "starts_at": starts_at, "zone_ids": (zone_id,)}
            build.slot(session, scene, length_ms=QUARTER, **told)
        build.script(session, scene, "Tin")
        (one,) = stock_on(session, scene.operator, MONDAY)
        assert offered(frozenset({first})) == at(16, 20)
        assert offered(frozenset({first}), dict.fromkeys(every, every)) == at(16, 35)
        assert offered(every) == at(16, 35)
        off = DayForm(MONDAY, DayExceptionKind.OFF, "Lễ")
        add_day_exception(session, scene.operator, off, now=scene.clock.now())
        assert offered(every) == at(17)


def test_the_hour_offered_leaves_time_to_prepare(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.script(session, scene, "Tin")
        (one,) = stock_on(session, scene.operator, MONDAY)
        ahead = [Openings(session, scene.station_id, at(16, minute), None).first_for(one) for minute in (0, 29, 30)]
    assert ahead == [at(17), at(17), at(17, day=MONDAY + DAY)]


def test_only_a_programme_already_fixed_and_not_over_is_in_progress(scene: Scene) -> None:
    def found(now: datetime = FOUR, first: date = MONDAY, last: date = MONDAY, series: str | None = None) -> bool:
        return in_progress(session, scene.station_id, now, first=first, last=last, series=series) == [programme]

    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin")
        assert not found()
        for state in (ProgrammeState.LOCKED, ProgrammeState.AIRING):
            programme.state = state
            session.flush()
            assert found()
        assert found(series=programme.slot.series)
        assert not found(series="khác")
        assert (found(at(17, 14)), found(at(17, 15))) == (True, False)
        assert not found(first=MONDAY + DAY, last=MONDAY + DAY)
        assert in_progress(session, scene.station_id + 1, at(16), first=MONDAY, last=MONDAY) == []


def test_a_programme_in_progress_is_asked_about_then_stopped_or_left(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin")
        lock(session, scene.station_id, programme.id, now)
        settle(session, [], stop=None, reason="Lễ", by="Lan", now=now)
        with pytest.raises(Invalid) as asked:
            settle(session, [programme], stop=None, reason="Lễ", by="Lan", now=now)
        assert asked.value.problems == {
            "stop_today": "Buổi “Buổi chiều” 17:00 (đã chốt) không tự dừng nữa. "
            "Hãy chọn: dừng cả buổi này, hay để buổi này phát hết rồi mới áp dụng."
        }
        settle(session, [programme], stop=False, reason="Lễ", by="Lan", now=now)
        assert programme.state is ProgrammeState.LOCKED
        settle(session, [programme], stop=True, reason="Lễ", by="Lan", now=now)
        assert (programme.state, programme.reason, programme.cancelled_by) == (ProgrammeState.CANCELLED, "Lễ (Lan)", "")
        assert {(item.state, item.reason) for item in programme.items} == {(ItemState.SKIPPED, "Lễ (Lan)")}
        told = lines(session, Event.ITEM_SKIPPED)
        assert {(one["reason"], one["note"]) for one in told} == {("cancelled", "Lễ (Lan)")}
        assert len(told) == len(programme.items)
        (cancelled,) = lines(session, Event.PROGRAMME_CANCELLED)
        assert (cancelled["reason"], cancelled["by"]) == ("Lễ (Lan)", "tự động")


def test_a_running_programme_is_stopped_in_the_name_of_who_said_so_and_what_is_on_air_is_left_to_the_player(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin")
        programme.state, programme.items[0].state = ProgrammeState.AIRING, ItemState.ON_AIR
        settle(session, [programme], stop=True, reason="Mất điện", by="Lan", now=now)
        assert (programme.state, programme.cancelled_by) == (ProgrammeState.CANCELLED, "Lan")
        assert [item.state for item in programme.items][:2] == [ItemState.ON_AIR, ItemState.SKIPPED]
        assert len(lines(session, Event.ITEM_SKIPPED)) == len(programme.items) - 1


def test_a_programme_only_planned_is_stopped_without_a_word_for_each_item(scene: Scene) -> None:
    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin")
        stop_programme(session, programme, "Lễ", by="", now=scene.clock.now())
        assert programme.state is ProgrammeState.CANCELLED
        assert lines(session, Event.ITEM_SKIPPED) == []
        with pytest.raises(Conflict):
            stop_programme(session, programme, "Lễ", by="", now=scene.clock.now())


def test_an_empty_programme_is_named_for_a_day_ahead_until_it_is_over(scene: Scene) -> None:
    with scene.database.writing() as session:
        programme = planned(session, scene)
        told = "Buổi “Buổi chiều” lúc 17:00 thứ Hai 02/03 chưa có bản tin nào nên sẽ không phát. "
        told += "Hãy duyệt hoặc thêm một bản tin vào buổi ấy."

        def named(now: datetime) -> dict[int, str]:
            return emptiness.empty_programmes(session, scene.station_id, now)

        assert named(at(16)) == {programme.id: told}
        assert emptiness.empty_alerts(session, scene.station_id, at(16)) == {f"empty:{programme.id}": told}
        assert named(at(17) - DAY) == {programme.id: told}
        assert named(at(17) - DAY - MINUTE) == {}
        assert (named(at(17, 14)) != {}, named(at(17, 15))) == (True, {})
        assert emptiness.empty_programmes(session, scene.station_id + 1, at(16)) == {}
        for state in (ProgrammeState.LOCKED, ProgrammeState.CANCELLED):
            programme.state = state
            session.flush()
            assert bool(named(at(16))) is (state is ProgrammeState.LOCKED)
        programme.state, programme.rehearsal = ProgrammeState.PLANNED, True
        session.flush()
        assert named(at(16)) == {}


def test_an_empty_programme_is_missed_at_its_hour_with_a_line_an_alert_and_its_reason(scene: Scene) -> None:
    with scene.database.writing() as session:
        programme = planned(session, scene)
        assert emptiness.to_miss(session, scene.station_id, at(17) - MINUTE) == []
        assert emptiness.to_miss(session, scene.station_id, at(17)) == [programme.id]
        assert emptiness.miss_empty(session, scene.station_id, [], at(17)) == 0
        assert emptiness.miss_empty(session, scene.station_id, [programme.id], at(17)) == 1
        note = "Buổi không có bản tin nào nên không phát."
        assert (programme.state, programme.reason) == (ProgrammeState.MISSED, note)
        (missed,) = lines(session, Event.PROGRAMME_MISSED)
        assert (missed["reason"], missed["note"]) == ("other", note)
        skipped = lines(session, Event.ITEM_SKIPPED)
        assert {(one["reason"], one["note"]) for one in skipped} == {("other", note)}
        session.expire_all()
        assert {(item.state, item.reason) for item in programme.items} == {(ItemState.SKIPPED, note)}
        assert len(skipped) == len(programme.items)
        (alert,) = [one for one in open_alerts(session, scene.station_id) if one.subject == f"missed:{programme.id}"]
        assert alert.message == "Buổi Buổi chiều ngày 02/03/2026 không phát vì không có bản tin nào."
        assert (alert.level, alert.raised_at) == (AlertLevel.CRITICAL, at(17))
        assert emptiness.miss_empty(session, scene.station_id, [programme.id], at(17)) == 0, "ghi một lần"


def test_a_bulletin_that_came_at_the_last_minute_saves_the_programme(scene: Scene) -> None:
    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin")
        assert emptiness.empty_programmes(session, scene.station_id, at(16)) == {}
        assert emptiness.miss_empty(session, scene.station_id, [programme.id], at(17)) == 0
        assert programme.state is ProgrammeState.PLANNED
        (bulletin,) = [item for item in programme.items if item.kind is ItemKind.SCRIPT]
        for state in (ItemState.DROPPED, ItemState.SKIPPED):
            bulletin.state = state
            session.flush()
            assert emptiness.to_miss(session, scene.station_id, at(17)) == [programme.id]


def test_a_thin_programme_says_how_much_it_has_and_how_early_it_will_end(scene: Scene) -> None:
    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin 1", "Tin 2")

        def thin(now: datetime = FOUR) -> dict[int, str]:
            return emptiness.thin_programmes(session, scene.station_id, now)

        # Nhạc hiệu, lời mẫu 70 giây, hai tin 120 giây, nhạc đệm dài gấp đôi là 240 giây: 430 trên 900 giây.
        told = "Buổi “Buổi chiều” lúc 17:00 thứ Hai 02/03 mới có khoảng 7 phút trên 15 phút, kể cả nhạc: "
        told += "sẽ kết thúc sớm khoảng 8 phút. Hãy thêm bản tin, hoặc rút ngắn khung giờ."
        assert thin() == {programme.id: told}
        assert emptiness.thin(session, scene.station_id, at(16)) == {f"thin:{programme.id}": told}
        assert (bool(thin(at(17) - DAY)), thin(at(17) - DAY - MINUTE), thin(at(17))) == (True, {}, {})
        assert emptiness.thin_programmes(session, scene.station_id + 1, at(16)) == {}
        bulletin = next(item for item in programme.items if item.kind is ItemKind.SCRIPT)
        for missing, is_thin in ((45_000, False), (46_000, True), (20_000, False), (470_000, True)):
            bulletin.planned_ms = 60_000 + 470_000 - missing
            session.flush()
            assert bool(thin()) is is_thin, missing
        programme.state = ProgrammeState.LOCKED
        session.flush()
        assert thin() != {}
        programme.state = ProgrammeState.CANCELLED
        session.flush()
        assert thin() == {}


def test_a_few_seconds_missing_are_told_as_less_than_a_minute_and_a_rehearsal_is_never_thin(scene: Scene) -> None:
    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin 1", "Tin 2")
        bulletin = next(item for item in programme.items if item.kind is ItemKind.SCRIPT)
        bulletin.planned_ms, programme.ends_at = 104_000, programme.starts_at + timedelta(seconds=500)
        session.flush()
        (told,) = emptiness.thin_programmes(session, scene.station_id, at(16)).values()
        assert "mới có khoảng 8 phút trên 8 phút, kể cả nhạc: sẽ kết thúc sớm chưa tới 1 phút. Hãy" in told
        programme.rehearsal = True
        session.flush()
        assert emptiness.thin_programmes(session, scene.station_id, at(16)) == {}


def test_of_two_programmes_the_empty_one_is_empty_and_the_thin_one_is_thin(scene: Scene) -> None:
    with scene.database.writing() as session:
        thin = planned(session, scene, "Tin 1", "Tin 2")
        build.slot(session, scene, weekdays="1", name="Trưa", starts_at=time(16, 30))
        plan_days(session, scene.station_id, scene.clock.now())
        empty = session.scalars(select(Programme).where(Programme.day == MONDAY, Programme.id != thin.id)).one()
        for item in empty.items:
            item.state = ItemState.DROPPED if item.kind is ItemKind.SCRIPT else item.state
        session.flush()
        assert list(emptiness.empty_programmes(session, scene.station_id, at(16))) == [empty.id]
        assert list(emptiness.thin_programmes(session, scene.station_id, at(16))) == [thin.id]
        assert emptiness.to_miss(session, scene.station_id, at(16, 40)) == [empty.id]
        for one in (thin, empty):
            one.state = ProgrammeState.LOCKED
        session.flush()
        assert in_progress(session, scene.station_id, at(16), first=MONDAY, last=MONDAY) == [empty, thin], "theo giờ phát"


def test_an_item_queued_again_is_the_same_item_waiting_below_the_first(scene: Scene) -> None:
    with scene.database.writing() as session:
        programme = planned(session, scene, "Tin")
        item = next(one for one in programme.items if one.kind is ItemKind.SCRIPT)
        item.state, item.placed_by, item.placed_name, item.text = ItemState.CUT, PlacedBy.PERSON, "Lan", "lời"
        item.zones = [session.get_one(Zone, scene.zone_ids[1])]
        lock(session, scene.station_id, programme.id, scene.clock.now())
        before = len(lines(session, Event.ITEM_PLANNED))
        again = repeat(session, item, why="Đọc lại từ đầu", now=scene.clock.now())
        same = ("programme_id", "segment_id", "rank", "kind", "revision_id", "recording_id", "text", "planned_ms")
        assert [getattr(again, name) for name in same] == [getattr(item, name) for name in same]
        assert (again.placed_by, again.placed_name, [zone.id for zone in again.zones]) == (
            PlacedBy.PERSON,
            "Lan",
            [scene.zone_ids[1]],
        )
        assert (again.state, again.why, again.repeat_of_id) == (ItemState.WAITING, "Đọc lại từ đầu", item.id)
        assert [one.id for one in programme.items if one.kind is ItemKind.SCRIPT] == [item.id, again.id]
        told = lines(session, Event.ITEM_PLANNED)
        assert (len(told), told[-1]["item"]["id"], told[-1]["item"]["title"]) == (before + 1, again.id, "Tin")
        assert session.get_one(Item, item.id).state is ItemState.CUT
