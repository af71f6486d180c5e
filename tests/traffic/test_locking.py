"""Từ lúc chốt trở đi: mỗi mục một dòng dự kiến, không xếp lại, điều bị rút thì bỏ qua và nói ra."""

from __future__ import annotations

import json
from datetime import time

from sqlalchemy import func, select

from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.newsroom.enums import Priority, RevisionState
from broadcaster.newsroom.tables import ReadingSnapshot, Revision
from broadcaster.studio.tables import Recording
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, ProgrammeState
from broadcaster.traffic.exceptions import DayForm, add_day_exception
from broadcaster.traffic.tables import Item
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import MONDAY, at, settle, stocked, titles, today
from tests.traffic.studio import PlainStudio


def test_locking_logs_every_planned_item_once(scene: Scene) -> None:
    stocked(scene)
    at(scene, 16, 50)
    settle(scene)
    assert not settle(scene)
    with scene.database.reading() as session:
        programme = today(session)
        assert (programme.state, programme.locked_at) == (ProgrammeState.LOCKED, scene.clock.now())
        lines = session.scalars(select(LogEntry).where(LogEntry.event == Event.ITEM_PLANNED).order_by(LogEntry.seq)).all()
        bodies = [json.loads(line.body) for line in lines]
        assert [body["item"]["position"] for body in bodies] == list(range(1, 10))
        script = next(body["item"] for body in bodies if body["item"]["title"] == "Bài CCHC")
        assert script["approval"]["name"] == "Đặng Thị Minh Trang"
        assert script["topics"] == ["C1"]
        assert script["credits"] == [{"role": "author", "name": "Nguyễn Thị Lan"}]
        assert script["voice"]["engine"] == "espeak:vi"
        assert script["text_sha256"] == build.sha("Bài CCHC")
        assert script["reading_sha256"] == build.sha("readingBài CCHC")
        assert session.scalar(select(func.count()).where(LogEntry.event == Event.PROGRAMME_LOCKED)) == 1


def test_a_locked_programme_is_not_refilled_but_still_gets_its_recordings(scene: Scene) -> None:
    stocked(scene)
    studio = PlainStudio(scene)
    at(scene, 16, 50)
    settle(scene, studio)
    with scene.database.writing() as session:
        build.script(session, scene, "Tin muộn", priority=Priority.PREFERRED)
    studio.make_all()
    settle(scene, studio)
    assert "Tin muộn" not in titles(scene)
    with scene.database.reading() as session:
        assert all(item.recording_id for item in today(session).items if item.kind is ItemKind.TEMPLATE)


def test_a_script_withdrawn_after_the_lock_is_skipped_and_said(scene: Scene) -> None:
    made = stocked(scene)
    at(scene, 16, 50)
    settle(scene)
    with scene.database.writing() as session:
        session.get_one(Revision, made["tin"].revision_id).state = RevisionState.WITHDRAWN
        build.script(session, scene, "Hỏi đáp bản mới", script_id=made["hỏi"].script_id)
    settle(scene)
    # Bản tin đã rút không phát; bản đã có bản thay vẫn giữ chữ cũ cho tới khi người đổi.
    assert titles(scene) == ["Bài CCHC", "Hỏi đáp hộ tịch"]
    with scene.database.reading() as session:
        (line,) = session.scalars(select(LogEntry).where(LogEntry.event == Event.ITEM_SKIPPED)).all()
        assert json.loads(line.body)["reason"] == "not_approved"


def test_a_reapproved_reading_silences_the_sound_of_the_old_reading(scene: Scene) -> None:
    made = stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        revision = session.get_one(Revision, made["tin"].revision_id)
        reading = ReadingSnapshot(
            revision_id=revision.id,
            sentences=["Đọc khác."],
            detail={},
            syllables=2,
            engine_version="2",
            lexicon_version="1",
            sha256=build.sha("khác"),
            created_at=scene.clock.now(),
        )
        session.add(reading)
        session.flush()
        build.approve(session, scene, revision, reading)
    settle(scene)
    with scene.database.reading() as session:
        item = session.scalars(select(Item).where(Item.revision_id == made["tin"].revision_id)).first()
        assert item is not None
        assert item.recording_id is None


def test_a_slot_seconds_ahead_is_planned_filled_prepared_and_locked_at_once(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, starts_at=time(8, 0, 5))
        build.script(session, scene, "Bài CCHC", reform=True)
    studio = PlainStudio(scene)
    settle(scene, studio)
    with scene.database.reading() as session:
        programme = today(session)
        assert programme.state is ProgrammeState.LOCKED
        assert all(item.text for item in programme.items if item.template_code)
        assert session.scalar(select(func.count()).select_from(Recording)) == 4


def test_a_day_off_after_filling_cancels_the_programme(scene: Scene) -> None:
    stocked(scene)
    settle(scene)
    with scene.database.writing() as session:
        add_day_exception(session, scene.operator, DayForm(MONDAY, DayExceptionKind.OFF, "Nghỉ"), now=scene.clock.now())
    assert settle(scene)
    with scene.database.reading() as session:
        assert today(session).state is ProgrammeState.CANCELLED
