"""Đè nhau là chuyện của đường ra: hai TDP chung một tăng âm thì hai buổi cho hai TDP ấy không thể cùng lúc."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from broadcaster.accounts.audit import open_alerts
from broadcaster.errors import Invalid
from broadcaster.playout.tables import Cluster
from broadcaster.service.hearing import heard_with
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.editing import cancel_programme, restore_programme
from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.exceptions import DayForm, add_day_exception, remove_day_exception
from broadcaster.traffic.keeper import Memory
from broadcaster.traffic.once import OnceForm, air_once
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.slots import create_slot, dates, edit_slot, end_slot, resume_slot
from broadcaster.traffic.tables import Programme, Slot
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import MONDAY, settle

SUNDAY = MONDAY + timedelta(days=6)
HEARD = "phát cho Tổ dân phố số 2 thì Tổ dân phố số 1 cũng nghe"


def shared(scene: Scene) -> Paths:
    """Một tăng âm nuôi loa của cả hai TDP."""
    every = frozenset(scene.zone_ids)
    return dict.fromkeys(every, every)


def first(scene: Scene, **changes: object) -> Slot:
    """Khung giờ 17:00 chỉ cho TDP 1."""
    with scene.database.writing() as session:
        return build.slot(session, scene, name="Chiều TDP 1", zone_ids=(scene.zone_ids[0],), **changes)


def second(scene: Scene, slot: Slot, paths: Paths | None, **changes: object) -> int:
    """Khung giờ nửa phút sau, chỉ cho TDP 2."""
    near = {"name": "Chiều TDP 2", "starts_at": time(17, 0, 30), "zone_ids": (scene.zone_ids[1],)}
    with scene.database.writing() as session:
        wanted = build.form(slot.format_id, **(near | changes))
        return create_slot(session, scene.operator, wanted, now=scene.clock.now(), paths=paths).id


def test_two_slots_for_two_zones_on_one_output_are_refused_and_it_says_who_else_hears(scene: Scene) -> None:
    slot = first(scene)
    with pytest.raises(Invalid, match=HEARD):
        second(scene, slot, shared(scene))
    wanted = build.form(slot.format_id, name="Chiều TDP 2", zone_ids=(scene.zone_ids[1],))
    with scene.database.reading() as session, pytest.raises(Invalid, match=HEARD):
        dates(session, scene.operator, wanted, now=scene.clock.now(), paths=shared(scene))
    assert second(scene, slot, shared(scene), starts_at=time(17, 15))


def test_two_slots_for_two_zones_with_outputs_of_their_own_stand_together(scene: Scene) -> None:
    with scene.database.reading() as session:
        paths = heard_with(session, scene.station_id)
    assert second(scene, first(scene), paths)


def test_every_way_to_wake_a_programme_asks_about_the_outputs(scene: Scene) -> None:
    paths, now = shared(scene), scene.clock.now()
    slot = first(scene, weekdays="123456")
    other = second(scene, slot, paths, weekdays="7")
    wanted = build.form(slot.format_id, name="Chiều TDP 2", zone_ids=(scene.zone_ids[1],), weekdays="67")
    extra = DayForm(SUNDAY, DayExceptionKind.EXTRA, "Bầu cử", slot_id=slot.id)
    once = OnceForm(MONDAY, time(17, 5), format_id=slot.format_id)
    with pytest.raises(Invalid, match=HEARD), scene.database.writing() as session:
        edit_slot(session, scene.operator, other, wanted, now=now, paths=paths)
    with pytest.raises(Invalid, match="cũng nghe"), scene.database.writing() as session:
        add_day_exception(session, scene.operator, extra, now=now, paths=paths)
    with pytest.raises(Invalid, match="cùng TDP"), scene.database.writing() as session:
        air_once(session, scene.operator, once, now=now, paths=paths)


def test_what_comes_back_asks_too(scene: Scene) -> None:
    paths, now = shared(scene), scene.clock.now()
    slot = first(scene)
    with scene.database.writing() as session:
        end_slot(session, scene.operator, slot.id, now=now)
    other = second(scene, slot, paths)
    with pytest.raises(Invalid, match="cũng nghe"), scene.database.writing() as session:
        resume_slot(session, scene.operator, slot.id, now=now, paths=paths)
    with scene.database.writing() as session:
        end_slot(session, scene.operator, other, now=now)
        resume_slot(session, scene.operator, slot.id, now=now, paths=paths)


def test_a_cancelled_programme_and_a_removed_day_off_do_not_come_back_over_another(scene: Scene) -> None:
    paths, now = shared(scene), scene.clock.now()
    slot = first(scene)
    with scene.database.writing() as session:
        plan_days(session, scene.station_id, now)
        programme_id = session.scalars(select(Programme.id).where(Programme.day == MONDAY)).one()
        cancel_programme(session, scene.operator, programme_id, reason="Mất điện", now=now)
        tuesday = DayForm(MONDAY + timedelta(days=1), DayExceptionKind.OFF, "Quốc tang", slot_id=slot.id)
        off = add_day_exception(session, scene.operator, tuesday, now=now, paths=paths).id
        clashing = build.form(slot.format_id, name="Chiều TDP 2", zone_ids=(scene.zone_ids[1],), weekdays="12")
        create_slot(session, scene.operator, clashing, now=now)
    with pytest.raises(Invalid, match="cũng nghe"), scene.database.writing() as session:
        restore_programme(session, scene.operator, programme_id, now=now, paths=paths)
    with pytest.raises(Invalid, match="cũng nghe"), scene.database.writing() as session:
        remove_day_exception(session, scene.operator, off, now=now, paths=paths)


def test_a_cluster_moved_to_a_shared_output_is_told_while_there_is_time(scene: Scene) -> None:
    memory, slot = Memory(), first(scene)
    second(scene, slot, None)
    settle(scene, memory=memory, network=heard_with)
    assert not told(scene)
    with scene.database.writing() as session:
        moved = session.scalars(select(Cluster).where(Cluster.zone_id == scene.zone_ids[1])).one()
        moved.output_id = scene.output_ids[0]
    settle(scene, memory=memory, network=heard_with)
    assert "đè lên nhau trên cùng đường ra" in told(scene)[0]
    with scene.database.writing() as session:
        end_slot(session, scene.operator, slot.id, now=scene.clock.now())
    settle(scene, memory=memory, network=heard_with)
    settle(scene, memory=memory, network=heard_with)
    assert not told(scene)


def told(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return [one.message for one in open_alerts(session, scene.station_id) if one.subject.startswith("overlap:")]
