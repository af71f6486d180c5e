"""Trông nom lịch trước lúc chốt, trên hai cơ sở dữ liệu: đúng, lặp lại vô hại, và không ghi khi không có việc."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import event, func, select, update

from broadcaster.accounts.audit import dismiss_alert, open_alerts
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.writing import append
from broadcaster.newsroom.enums import Priority, RevisionState
from broadcaster.newsroom.tables import PlanTopic, ReadingSnapshot, Revision
from broadcaster.studio.enums import TemplateCode
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy
from broadcaster.traffic.filling import apply_changes, filling_gap
from broadcaster.traffic.keeper import Memory, alarms, upkeep
from broadcaster.traffic.loading import PlanBook
from broadcaster.traffic.snapshots import item_body
from broadcaster.traffic.tables import Exclusion, Item, Programme
from tests.airlog.bodies import armed, ended
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import MONDAY, VIETNAM, at, settle, stocked, titles, today, writes
from tests.traffic.studio import PlainStudio


def test_scripts_come_in_the_order_of_the_format(scene: Scene) -> None:
    stocked(scene)
    assert settle(scene)
    assert titles(scene) == ["Tin thường", "Bài CCHC", "Hỏi đáp hộ tịch"]
    with scene.database.reading() as session:
        kinds = [item.kind for item in today(session).items]
        assert kinds == [
            ItemKind.SOUND,
            ItemKind.TEMPLATE,
            ItemKind.TEMPLATE,
            *[ItemKind.SCRIPT] * 3,
            ItemKind.FILLER,
            ItemKind.TEMPLATE,
            ItemKind.SOUND,
        ]


def test_nothing_to_do_means_no_write_at_all(scene: Scene) -> None:
    stocked(scene)
    settle(scene)
    found = writes(scene)
    assert not settle(scene)
    assert found == []


def test_with_memory_a_quiet_round_is_a_few_queries(scene: Scene) -> None:
    stocked(scene)
    memory = Memory()
    settle(scene, memory=memory)
    settle(scene, memory=memory)
    count = 0

    def heard(*_args: object) -> None:
        nonlocal count
        count += 1

    event.listen(scene.database.engine, "before_cursor_execute", heard)
    assert not settle(scene, memory=memory)
    assert count <= 19
    scene.clock.advance(61)
    assert not settle(scene, memory=memory)
    assert count <= 38, "sang phút khác mà không gì đổi thì không xếp lại"


def test_memory_never_hides_a_new_approval(scene: Scene) -> None:
    stocked(scene)
    memory = Memory()
    settle(scene, memory=memory)
    with scene.database.writing() as session:
        build.script(session, scene, "Tin mới", priority=Priority.PREFERRED)
    assert settle(scene, memory=memory)
    assert titles(scene)[:2] == ["Tin mới", "Tin thường"]


def test_the_plan_is_made_anew_when_a_programme_starts_and_when_a_day_begins(scene: Scene) -> None:
    stocked(scene)
    memory = Memory()
    settle(scene, memory=memory)
    settle(scene, memory=memory)
    before = dict(memory.seen)
    scene.clock.advance(24 * 3600)
    settle(scene, memory=memory)
    assert memory.seen != before
    with scene.database.reading() as session:
        first = session.scalars(select(Programme.starts_at).where(Programme.starts_at > scene.clock.now())).first()
    assert first is not None
    scene.clock.advance((first - scene.clock.now()).total_seconds() - 1)
    settle(scene, memory=memory)
    settle(scene, memory=memory)
    before = dict(memory.seen)
    scene.clock.advance(1)
    settle(scene, memory=memory)
    assert memory.seen != before


def test_what_a_person_excluded_never_returns(scene: Scene) -> None:
    made = stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        programme = today(session)
        item = next(one for one in programme.items if one.revision_id == made["tin"].revision_id)
        item.state = ItemState.DROPPED
        session.add(
            Exclusion(
                programme_id=programme.id,
                script_id=made["tin"].script_id,
                excluded_by="Trần Văn Hùng",
                excluded_at=scene.clock.now(),
            )
        )
    settle(scene)
    assert "Tin thường" not in titles(scene)


def test_a_persons_item_stays_where_it_was_put(scene: Scene) -> None:
    made = stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        item = next(one for one in today(session).items if one.revision_id == made["hỏi"].revision_id)
        item.rank, item.placed_by, item.placed_name = 1.0, PlacedBy.PERSON, "Trần Văn Hùng"
        build.script(session, scene, "Tin khẩn", priority=Priority.PREFERRED)
    settle(scene)
    assert titles(scene) == ["Hỏi đáp hộ tịch", "Tin khẩn", "Tin thường", "Bài CCHC"]


def test_a_new_revision_takes_the_place_and_drops_the_old_sound(scene: Scene) -> None:
    made = stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        new = build.script(session, scene, "Tin đã sửa", script_id=made["tin"].script_id, length_ms=None)
    settle(scene)
    assert titles(scene)[0] == "Tin đã sửa"
    with scene.database.reading() as session:
        item = session.scalars(select(Item).where(Item.revision_id == new.revision_id)).first()
        assert item is not None
        assert item.recording_id is None


def test_a_withdrawn_script_goes_out_even_where_a_person_put_it(scene: Scene) -> None:
    made = stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        item = next(one for one in today(session).items if one.revision_id == made["tin"].revision_id)
        item.placed_by, item.placed_name = PlacedBy.PERSON, "Trần Văn Hùng"
        for key in ("tin", "hỏi"):
            session.get_one(Revision, made[key].revision_id).state = RevisionState.WITHDRAWN
    settle(scene)
    assert titles(scene) == ["Bài CCHC"]


def test_a_script_is_placed_only_within_its_dates_and_zones(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="12")
        build.script(session, scene, "Chỉ TDP 1", zones=(scene.zone_ids[0],))
        build.script(session, scene, "Từ mai", valid_from=MONDAY + timedelta(days=1))
        build.script(session, scene, "Hôm nay", valid_to=MONDAY)
    settle(scene)
    assert titles(scene) == ["Hôm nay", "Chỉ TDP 1"]
    with scene.database.reading() as session:
        own = next(item for item in today(session).items if item.revision and item.revision.title == "Chỉ TDP 1")
        assert [zone.id for zone in own.zones] == [scene.zone_ids[0]]


def test_the_why_names_the_topic_behind_its_target(scene: Scene) -> None:
    stocked(scene)
    with scene.database.writing() as session:
        session.execute(update(PlanTopic).where(PlanTopic.code == "C1").values(target=24))
    settle(scene)
    with scene.database.reading() as session:
        query = select(Item.why).where(Item.kind == ItemKind.SCRIPT, Item.why.contains("C1"))
        why = session.scalars(query.order_by(Item.id)).first()
    assert why == "Nội dung C1 chậm 21 % so với kế hoạch; chưa phát lần nào"


def test_a_change_computed_before_a_persons_edit_is_not_applied(scene: Scene) -> None:
    stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        build.script(session, scene, "Tin mới", priority=Priority.PREFERRED)
    with scene.database.reading() as session:
        change = filling_gap(session, scene.station_id, scene.clock.now(), book=PlanBook(), paths=None).changes[0]
    with scene.database.writing() as session:
        session.execute(update(Programme).where(Programme.id == change.programme_id).values(version=Programme.version + 1))
    with scene.database.writing() as session:
        assert apply_changes(session, [change]) == 0


def test_preparing_renders_todays_contents_and_attaches_real_lengths(scene: Scene) -> None:
    stocked(scene)
    studio = PlainStudio(scene)
    settle(scene, studio)
    assert studio.reads == 0
    at(scene, 16, 30)
    settle(scene, studio)
    assert studio.reads == 6, "ba mẫu, và ba tiêu đề chưa có cách đọc đã duyệt"
    with scene.database.reading() as session:
        opening = next(item for item in today(session).items if item.template_code is TemplateCode.OPENING)
        assert opening.text == (
            "Kính chào bà con. Hôm nay, thứ Hai, ngày 2 tháng 3 năm 2026, có các nội dung: Tin thường; Bài CCHC; Hỏi đáp hộ tịch."
        )
        assert opening.recording_id is None
    studio.make_all(seconds=18)
    assert settle(scene, studio)
    assert not settle(scene, studio)
    assert studio.reads == 6, "ba mẫu, và ba tiêu đề chưa có cách đọc đã duyệt"
    with scene.database.reading() as session:
        items = [item for item in today(session).items if item.kind in (ItemKind.TEMPLATE, ItemKind.SCRIPT)]
        assert all(item.recording_id for item in items)
        assert [item.planned_ms for item in items] == [18_000, 18_000, 60_000, 60_000, 60_000, 18_000]


def test_a_changed_order_is_announced_anew_and_the_old_opening_waits(scene: Scene) -> None:
    made = stocked(scene)
    studio = PlainStudio(scene)
    at(scene, 16, 30)
    settle(scene, studio)
    studio.make_all()
    settle(scene, studio)
    with scene.database.writing() as session:
        programme = today(session)
        old = next(item.recording_id for item in programme.items if item.template_code is TemplateCode.OPENING)
        moved = next(item for item in programme.items if item.revision_id == made["hỏi"].revision_id)
        moved.rank, moved.placed_by = 2500.0, PlacedBy.PERSON
        programme.version += 1
    settle(scene, studio)
    with scene.database.reading() as session:
        opening = next(item for item in today(session).items if item.template_code is TemplateCode.OPENING)
        assert "Hỏi đáp hộ tịch; Tin thường; Bài CCHC" in opening.text
        assert opening.recording_id == old
    studio.make_all()
    settle(scene, studio)
    with scene.database.reading() as session:
        opening = next(item for item in today(session).items if item.template_code is TemplateCode.OPENING)
        assert opening.recording_id not in (None, old)


def test_a_missing_recording_raises_one_alert_that_closes_itself(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="12")
        late = build.script(session, scene, "Bài CCHC chưa có tiếng", reform=True, length_ms=None)
    studio = PlainStudio(scene)
    at(scene, 16, 40)
    settle(scene, studio)
    studio.make_all()
    settle(scene, studio)
    assert not settle(scene, studio)
    with scene.database.reading() as session:
        (alert,) = (one for one in open_alerts(session, scene.station_id) if not one.subject.startswith("thin:"))
        assert "Bài CCHC chưa có tiếng" in alert.message
        assert (alert.count, "17:00 ngày 02/03" in alert.message) == (1, True)
    with scene.database.writing() as session:
        revision = session.get_one(Revision, late.revision_id)
        build.record(session, scene, revision, session.get_one(ReadingSnapshot, late.reading_id), 70_000)
    settle(scene, studio)
    with scene.database.reading() as session:
        assert [one.subject for one in open_alerts(session, scene.station_id)] == ["thin:1"]


def test_an_alert_a_person_dismissed_does_not_come_back(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="12")
    settle(scene)
    with scene.database.writing() as session:
        found = open_alerts(session, scene.station_id)
        assert {alert.subject for alert in found} == {"reform:2026-03-02", "reform:2026-03-03", "empty:1"}
        for alert in found:
            dismiss_alert(session, scene.operator, alert.id, now=scene.clock.now())
    assert not settle(scene)


def test_a_rerun_is_said_in_the_snapshot(scene: Scene) -> None:
    made = stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        body = armed(999, scene.clock.now())
        body["item"]["script_id"] = made["tin"].script_id
        now = scene.clock.now()
        for one, what in ((Event.ITEM_ARMED, body), (Event.ITEM_ENDED, ended(now))):
            append(session, scene.station_id, one, what, happened_at=now, now=now, run_id=1, item_id=999)
    with scene.database.reading() as session:
        for item in today(session).items:
            if item.revision:
                body_ = item_body(session, item, position=1, planned_at=scene.clock.now())
                assert body_["is_rerun"] is (item.revision_id == made["tin"].revision_id)


def test_alarms_are_ahead_and_one_for_each_moment(scene: Scene) -> None:
    stocked(scene)
    settle(scene)
    with scene.database.reading() as session:
        found = alarms(session, scene.station_id, scene.clock.now())
        programme_id = today(session).id
    assert len({one.key for one in found}) == len(found)
    local = {one.key: one.at.astimezone(VIETNAM).strftime("%d %H:%M:%S") for one in found}
    assert local[f"prepare:{programme_id}"] == "02 16:30:00"
    assert local[f"lock:{programme_id}"] == "02 16:50:00"
    assert local[f"wake:{programme_id}"] == "02 16:58:55"
    assert local["nightly"] == "03 02:30:00"
    at(scene, 16, 55)
    with scene.database.reading() as session:
        later = alarms(session, scene.station_id, scene.clock.now())
    assert f"wake:{programme_id}" in {one.key for one in later}
    assert all(one.at > scene.clock.now() for one in later)


def test_two_stations_never_mix(scene: Scene) -> None:
    stocked(scene)
    settle(scene)
    assert not upkeep(scene.database, scene.clock, scene.stranger.station_id, studio=PlainStudio(scene)).changed
    with scene.database.reading() as session:
        assert session.scalar(select(func.count()).where(Programme.station_id == scene.stranger.station_id)) == 0


def test_an_expired_script_is_marked_so_on_the_local_day_after_its_last(scene: Scene) -> None:
    with scene.database.writing() as session:
        revision_id = build.script(session, scene, "Chỉ hôm nay", valid_to=MONDAY).revision_id
    at(scene, 23, 59)
    settle(scene)
    with scene.database.reading() as session:
        assert session.get_one(Revision, revision_id).state is RevisionState.APPROVED
    scene.clock.advance(60)
    assert settle(scene)
    with scene.database.reading() as session:
        assert session.get_one(Revision, revision_id).state is RevisionState.EXPIRED


def test_two_processes_at_once_plan_and_lock_each_programme_once(scene: Scene) -> None:
    stocked(scene)
    at(scene, 16, 55)
    threads = [threading.Thread(target=settle, args=(scene,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(scene)
    with scene.database.reading() as session:
        events = [row for row in session.scalars(select(LogEntry.event)) if row is not Event.ITEM_PLANNED]
        assert sorted(events) == sorted([Event.PROGRAMME_PLANNED] * 2 + [Event.PROGRAMME_LOCKED])
        scripts = [item.revision_id for item in today(session).items if item.revision_id]
        assert len(scripts) == len(set(scripts)) == 3
