"""Đài thật trong tiến trình thật: thư mục rỗng, một khung giờ vài chục giây nữa, rồi so tiếng đã thu với nhật ký."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import select

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.people import first_admin
from broadcaster.accounts.tables import Membership, Station, User
from broadcaster.accounts.words import Role
from broadcaster.airlog.tables import Airing
from broadcaster.airlog.verifying import verify
from broadcaster.airlog.words import Result
from broadcaster.clock import SystemClock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.newsroom.deciding import approve, send_back
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.submitting import submit
from broadcaster.newsroom.tables import Column
from broadcaster.newsroom.words import Genre
from broadcaster.playout.tables import Output
from broadcaster.service.assembly import capture_folder, open_database
from broadcaster.sound.outputs.segments import read_capture
from broadcaster.studio.wanting import want_preview
from broadcaster.traffic.formats import REHEARSAL, default_format
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Programme
from broadcaster.traffic.words import ProgrammeState
from tests.end_to_end.house import house
from tests.support.waiting import eventually

CLOCK = SystemClock()


def _people(database: Database) -> tuple[int, Actor, Actor, Actor]:
    now = CLOCK.now()
    with database.writing() as session:
        station_id = session.scalars(select(Station.id)).one()
        assert not first_admin(session, station_id, password_hash="!", now=now)
        actors = []
        for login, role in (("lan", Role.CONTRIBUTOR), ("trang", Role.APPROVER), ("hung", Role.OPERATOR)):
            user = User(login=login, full_name=login.title(), password_hash="!", created_at=now)
            session.add(user)
            session.flush()
            session.add(Membership(user_id=user.id, station_id=station_id, job_title="", roles=frozenset({role})))
            actors.append(Actor(user.id, station_id, login.title(), "", frozenset({role})))
    writer, leader, operator = actors
    return station_id, writer, leader, operator


def _script(database: Database, writer: Actor, leader: Actor, title: str, *, approved: bool) -> int:
    now = CLOCK.now()
    with database.writing() as session:
        column_id = session.scalars(select(Column.id).where(Column.is_reform)).one()
        draft = Draft(
            title=title, body=f"{title}. Ủy ban nhân dân phường mời bà con theo dõi.", genre=Genre.NEWS, column_id=column_id
        )
        revision = create(session, writer, draft, now=now)
        snapshot = submit(session, writer, revision.id, version=1, read=read_text(revision.body), now=now)
        want_preview(session, snapshot, station_id=writer.station_id, now=now)
        if approved:
            hashes = {"revision_sha256": revision.frozen_sha256 or "", "reading_sha256": snapshot.sha256}
            approve(session, leader, revision.id, **hashes, now=now)
        else:
            send_back(session, leader, revision.id, note="Thiếu số liệu", now=now)
        return revision.script_id


@pytest.mark.timeout(400)
def test_a_slot_starts_by_itself_and_the_captured_sound_agrees_with_the_log(tmp_path: Path) -> None:
    with house(tmp_path) as place, closing(open_database(place.config)) as database:
        config = place.config
        station_id, writer, leader, operator = _people(database)
        aired = _script(database, writer, leader, "Tin cải cách hành chính", approved=True)
        returned = _script(database, writer, leader, "Tin bị trả lại", approved=False)
        local = (CLOCK.now() + timedelta(seconds=25)).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
        with database.writing() as session:
            form = SlotForm(
                name="Thử",
                starts_at=local.time().replace(microsecond=0),
                length_ms=150_000,
                weekdays="1234567",
                format_id=default_format(session, station_id, REHEARSAL).id,
            )
            slot_id = create_slot(session, operator, form, now=CLOCK.now()).id

        def closed() -> Programme | None:
            with database.reading() as session:
                query = select(Programme).where(Programme.slot_id == slot_id, Programme.state == ProgrammeState.CLOSED)
                return session.scalar(query)

        programme = eventually(closed, seconds=200, what="buổi phát xong")
        assert programme is not None
        with database.reading() as session:
            airings = list(session.scalars(select(Airing).order_by(Airing.planned_at)))
            output_id = session.scalars(select(Output.id)).one()
        assert verify(database, station_id).faults == ()
    assert [airing.result for airing in airings] == [Result.FULL] * len(airings)
    scripts = [airing.script_id for airing in airings if airing.script_id is not None]
    assert scripts == [aired]
    assert returned not in scripts
    assert airings[0].started_at is not None
    assert abs((airings[0].started_at - programme.starts_at).total_seconds()) < 0.25
    for airing in airings:
        _check_onset(config, output_id, airing)


def _check_onset(config: Config, output_id: int, airing: Airing) -> None:
    """Tiếng bắt đầu trong bản thu cách giờ trong nhật ký không quá 100 ms."""
    assert airing.started_at is not None
    assert airing.ended_at is not None
    samples, first = read_capture(capture_folder(config), output_id, airing.started_at, airing.ended_at)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 200)
    assert len(loud), f"không có tiếng: {airing.title}"
    onset = first + timedelta(seconds=float(loud[0]) / 48_000)
    assert abs((onset - airing.started_at).total_seconds()) <= 0.1, airing.title
