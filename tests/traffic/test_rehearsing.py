"""Diễn tập bấm một cái: chỗ trống gần nhất, không đè buổi thật, bấm lại vẫn một buổi, không có quyền thì không."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcaster.errors import NotAllowed
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.rehearsing import LENGTH_MS, SOON, rehearse
from broadcaster.traffic.tables import Programme
from tests.support.scene import Scene
from tests.traffic import build


def test_a_rehearsal_begins_half_a_minute_after_the_press(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        build.equip(session, scene)
        programme = rehearse(session, scene.operator, now=now)
        assert programme.rehearsal
        assert timedelta() <= now + SOON - programme.starts_at < timedelta(seconds=1)
        assert (programme.ends_at - programme.starts_at) == timedelta(milliseconds=LENGTH_MS)


def test_a_second_press_finds_the_first_rehearsal(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.equip(session, scene)
        first = rehearse(session, scene.operator, now=scene.clock.now()).id
        assert rehearse(session, scene.admin, now=scene.clock.now()).id == first


def test_a_rehearsal_waits_for_a_free_gap(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        plan_days(session, scene.station_id, scene.clock.now())
        real = session.scalars(select(Programme).order_by(Programme.starts_at)).first()
        assert real is not None
        now = real.starts_at + timedelta(minutes=1)
        assert rehearse(session, scene.operator, now=now).starts_at >= real.ends_at


def test_who_may_not_edit_slots_may_not_rehearse(scene: Scene) -> None:
    with scene.database.writing() as session, pytest.raises(NotAllowed):
        rehearse(session, scene.writer, now=scene.clock.now())
