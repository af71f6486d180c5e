"""Tay người vận hành: dời, gỡ, đưa lại, thêm, huỷ — cho tới khi mục được chuẩn bị phát; và những gì trang đọc."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import AuditEntry
from broadcaster.airlog.enums import Event, Mode
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.writing import append
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound, StaleForm
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import PlanTopic, Revision
from broadcaster.reports.coverage import year_coverage
from broadcaster.traffic.editing import add_script, cancel_programme, drop, move, restore
from broadcaster.traffic.enums import ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.queries import (
    addable,
    formats,
    next_programme,
    programme_view,
    programmes_between,
    slots,
)
from broadcaster.traffic.tables import Item, Programme
from tests.airlog.bodies import armed, ended
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import at, settle, stocked, titles, today

MONDAY = date(2026, 3, 2)


@pytest.fixture
def made(scene: Scene) -> dict[str, build.Texted]:
    """Buổi thứ Hai đã xếp ba bản tin."""
    found = stocked(scene)
    settle(scene)
    return found


def item_of(session: Session, made: build.Texted) -> Item:
    return next(item for item in today(session).items if item.revision_id == made.revision_id)


def edit(scene: Scene, verb: Callable[..., object], made: build.Texted, **more: object) -> None:
    """Một lần sửa của người vận hành trên màn hình mới nhất."""
    with scene.database.writing() as session:
        programme, item = today(session), item_of(session, made)
        verb(session, scene.operator, programme.id, item.id, version=programme.version, now=scene.clock.now(), **more)


def lines(scene: Scene, what: Event) -> list[str]:
    """Tên mục trong các dòng nhật ký loại này."""
    with scene.database.reading() as session:
        rows = session.scalars(select(LogEntry.body).where(LogEntry.event == what).order_by(LogEntry.seq))
        return [json.loads(body)["item"]["title"] for body in rows]


def test_a_moved_item_stays_although_rules_run_again(scene: Scene, made: dict[str, build.Texted]) -> None:
    with scene.database.reading() as session:
        filler = today(session).items[6].id
    edit(scene, move, made["tin"], after_id=filler)
    settle(scene)
    assert titles(scene) == ["Bài CCHC", "Hỏi đáp hộ tịch", "Tin thường"]
    with scene.database.reading() as session:
        item = item_of(session, made["tin"])
        assert (item.placed_by, item.placed_name) == (PlacedBy.PERSON, "Trần Văn Hùng")
        note = session.scalars(select(AuditEntry).where(AuditEntry.action == "item_moved")).one()
        assert note.detail["title"] == "Tin thường"


def test_moving_again_and_again_between_two_neighbours_never_runs_out(scene: Scene, made: dict[str, build.Texted]) -> None:
    for n in range(30):
        one, other = (made["tin"], made["cchc"]) if n % 2 == 0 else (made["cchc"], made["tin"])
        with scene.database.reading() as session:
            after = item_of(session, other).id
        edit(scene, move, one, after_id=after)
        expected = ["Bài CCHC", "Tin thường"] if n % 2 == 0 else ["Tin thường", "Bài CCHC"]
        assert titles(scene)[:2] == expected


def test_an_old_screen_is_told_so(scene: Scene, made: dict[str, build.Texted]) -> None:
    edit(scene, move, made["tin"], after_id=None)
    with scene.database.writing() as session:
        programme, item = today(session), item_of(session, made["tin"])
        with pytest.raises(StaleForm):
            drop(session, scene.operator, programme.id, item.id, version=programme.version - 1, now=scene.clock.now())


def test_a_dropped_script_stays_out_until_it_is_restored(scene: Scene, made: dict[str, build.Texted]) -> None:
    edit(scene, drop, made["tin"])
    settle(scene)
    assert titles(scene) == ["Bài CCHC", "Hỏi đáp hộ tịch"]
    edit(scene, restore, made["tin"])
    settle(scene)
    assert titles(scene) == ["Tin thường", "Bài CCHC", "Hỏi đáp hộ tịch"]
    with pytest.raises(Conflict):
        edit(scene, restore, made["tin"])


def test_a_withdrawn_script_is_not_restored(scene: Scene, made: dict[str, build.Texted]) -> None:
    edit(scene, drop, made["tin"])
    with scene.database.writing() as session:
        session.get_one(Revision, made["tin"].revision_id).state = RevisionState.WITHDRAWN
    with pytest.raises(Conflict, match="rút"):
        edit(scene, restore, made["tin"])


def test_adding_places_an_approved_script_after_the_chosen_item(scene: Scene, made: dict[str, build.Texted]) -> None:
    with scene.database.writing() as session:
        programme = today(session)
        new = build.script(session, scene, "Tin thêm", zones=(scene.zone_ids[0],))
        assert [one.title for one in addable(session, scene.operator, programme.id)] == ["Tin thêm"]
        item = add_script(
            session,
            scene.operator,
            programme.id,
            new.script_id,
            after_id=item_of(session, made["cchc"]).id,
            version=programme.version,
            now=scene.clock.now(),
        )
        # Bản tin chỉ dành cho một TDP: vang ở TDP ấy, nơi khác nghe nhạc đệm.
        assert [zone.id for zone in item.zones] == [scene.zone_ids[0]]
        assert item.recording_id == new.recording_id
    settle(scene)
    assert titles(scene) == ["Tin thường", "Bài CCHC", "Tin thêm", "Hỏi đáp hộ tịch"]


def test_what_may_not_be_added(scene: Scene, made: dict[str, build.Texted]) -> None:
    with scene.database.writing() as session:
        programme = today(session)
        late = build.script(session, scene, "Từ mai", valid_from=MONDAY + timedelta(days=1))
        one_zone = build.script(session, scene, "TDP 1", zones=(scene.zone_ids[0],))
        programme_id, version = programme.id, programme.version
    cases: tuple[tuple[int, tuple[int, ...], type[Exception]], ...] = (
        (made["tin"].script_id, (), Conflict),
        (late.script_id, (), Conflict),
        (one_zone.script_id, (scene.zone_ids[1],), Invalid),
        (99_999, (), NotFound),
    )
    for script_id, zone_ids, error in cases:
        with pytest.raises(error), scene.database.writing() as session:
            add_script(
                session,
                scene.operator,
                programme_id,
                script_id,
                after_id=None,
                zone_ids=zone_ids,
                version=version,
                now=scene.clock.now(),
            )


def test_after_the_lock_each_edit_is_logged(scene: Scene, made: dict[str, build.Texted]) -> None:
    at(scene, 16, 50)
    settle(scene)
    before = len(lines(scene, Event.ITEM_PLANNED))
    edit(scene, move, made["hỏi"], after_id=None)
    assert lines(scene, Event.ITEM_PLANNED)[before:] == ["Hỏi đáp hộ tịch"]
    edit(scene, drop, made["tin"])
    assert lines(scene, Event.ITEM_SKIPPED) == ["Tin thường"]
    edit(scene, restore, made["tin"])
    assert lines(scene, Event.ITEM_PLANNED)[before:] == ["Hỏi đáp hộ tịch", "Tin thường"]


def test_an_armed_item_is_out_of_reach_and_nothing_goes_before_it(scene: Scene, made: dict[str, build.Texted]) -> None:
    at(scene, 16, 50)
    settle(scene)
    with scene.database.writing() as session:
        programme = today(session)
        programme.state = ProgrammeState.AIRING
        for item in programme.items[:4]:
            item.state = ItemState.ARMED if item.revision else ItemState.AIRED
    for verb in (drop, restore):
        with pytest.raises(Conflict):
            edit(scene, verb, made["tin"])
    with pytest.raises(Conflict):
        edit(scene, move, made["tin"], after_id=None)
    with pytest.raises(Conflict, match="đã phát"):
        edit(scene, move, made["hỏi"], after_id=None)
    with scene.database.reading() as session:
        after = item_of(session, made["tin"]).id
    edit(scene, move, made["hỏi"], after_id=after)
    assert titles(scene) == ["Tin thường", "Hỏi đáp hộ tịch", "Bài CCHC"]


def test_a_cancelled_programme_stays_cancelled_and_says_why(scene: Scene, made: dict[str, build.Texted]) -> None:
    at(scene, 16, 50)
    settle(scene)
    with scene.database.writing() as session:
        with pytest.raises(Invalid):
            cancel_programme(session, scene.operator, today(session).id, reason=" ", now=scene.clock.now())
        cancel_programme(session, scene.operator, today(session).id, reason="Mất điện cả phường", now=scene.clock.now())
    settle(scene)
    with scene.database.reading() as session:
        programme = today(session)
        assert (programme.state, programme.reason) == (ProgrammeState.CANCELLED, "Mất điện cả phường")
        assert {item.state for item in programme.items} == {ItemState.SKIPPED}
    assert len(lines(scene, Event.ITEM_SKIPPED)) == 9
    with pytest.raises(Conflict):
        edit(scene, move, made["tin"], after_id=None)


@pytest.mark.parametrize(("who", "error"), [("writer", NotAllowed), ("auditor", NotAllowed), ("stranger", NotFound)])
def test_only_the_operator_of_this_station_edits(
    scene: Scene, made: dict[str, build.Texted], who: str, error: type[Exception]
) -> None:
    with scene.database.writing() as session:
        programme, item = today(session), item_of(session, made["tin"])
        actor, now = getattr(scene, who), scene.clock.now()
        with pytest.raises(error):
            move(session, actor, programme.id, item.id, after_id=None, version=programme.version, now=now)
        with pytest.raises(error):
            cancel_programme(session, actor, programme.id, reason="x", now=now)


def test_the_pages_see_totals_to_the_second(scene: Scene, made: dict[str, build.Texted]) -> None:
    edit(scene, drop, made["tin"])
    with scene.database.reading() as session:
        view = programme_view(session, scene.writer, today(session).id)
        assert (view.total_ms, view.slot_ms, view.spare_ms) == (190_000 + 2 * 120_000, 900_000, 710_000), "nhạc đệm có trần"
        assert [item.revision.title for item in view.left if item.revision] == ["Tin thường"]
        week = programmes_between(session, scene.writer, MONDAY, MONDAY + timedelta(days=6))
        assert [one.programme.day for one in week] == [MONDAY + timedelta(days=n) for n in range(2)]
        found = next_programme(session, scene.writer, scene.clock.now())
        assert found is not None
        assert found.programme.day == MONDAY
        assert [slot.name for slot in slots(session, scene.writer, MONDAY)] == ["Buổi chiều"]
        assert [len(one.segments) for one in formats(session, scene.writer)] == [12]
        assert programmes_between(session, scene.stranger, MONDAY, MONDAY) == []
        with pytest.raises(NotFound):
            programme_view(session, scene.stranger, view.programme.id)


def test_coverage_counts_full_airings_and_what_is_scheduled(scene: Scene, made: dict[str, build.Texted]) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        session.get_one(PlanTopic, scene.topic_ids[0]).target = 12
        for n, (mode, heard) in enumerate(((Mode.AUTOMATIC, True), (Mode.AUTOMATIC, False), (Mode.REHEARSAL, True))):
            body = armed(900 + n, now, mode=mode)
            body["item"]["revision_id"] = made["cchc"].revision_id
            append(
                session, scene.station_id, Event.ITEM_ARMED, body,
                happened_at=now, now=now, run_id=1, item_id=900 + n,
            )  # fmt: skip
            if heard:
                append(
                    session, scene.station_id, Event.ITEM_ENDED, ended(now),
                    happened_at=now, now=now, run_id=1, item_id=900 + n,
                )  # fmt: skip
    with scene.database.reading() as session:
        programmes = session.scalars(select(Programme)).all()
        scheduled = sum(item.revision_id == made["cchc"].revision_id for one in programmes for item in one.items)
        found = year_coverage(session, scene.writer, 2026, now).live
        assert [(one.code, one.target, one.done) for one in found] == [("C1", 12, 1), ("C2", None, 0)]
        assert (found[0].scheduled, found[0].missing) == (scheduled, 12 - 1 - scheduled)
        assert scheduled == 2
        assert found[1].missing is None
