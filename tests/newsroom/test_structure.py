"""Chuyên mục và kế hoạch: thêm, sửa, thôi dùng; nhiệm vụ CCHC hằng ngày luôn còn chuyên mục của nó."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import AuditEntry
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound
from broadcaster.newsroom.plan_admin import (
    PlanForm,
    TopicForm,
    add_column,
    add_plan,
    add_topic,
    columns,
    edit_column,
    edit_plan,
    edit_topic,
    plans,
    retire_column,
    retire_topic,
)
from tests.support.scene import Scene

PLAN = PlanForm("18/KH-UBND", date(2027, 1, 15), 2027, "Tuyên truyền cải cách hành chính năm 2027")


def test_columns_are_added_renamed_and_retired(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        column = add_column(session, scene.operator, "Đời sống / khu dân cư", is_reform=False, now=now)
        assert column.code == "doi-song-khu-dan-cu"
        edit_column(session, scene.operator, column.id, "Chuyện phường", is_reform=False, now=now)
        assert [one.name for one in columns(session, scene.operator)] == ["Cải cách hành chính", "Chuyện phường"]
        retire_column(session, scene.operator, column.id, now=now)
        assert [one.name for one in columns(session, scene.operator)] == ["Cải cách hành chính"]


def test_a_name_is_taken_once(scene: Scene) -> None:
    for name in ("Cchc", " "):
        with pytest.raises(Invalid), scene.database.writing() as session:
            add_column(session, scene.operator, name, is_reform=False, now=scene.clock.now())


def test_the_last_reform_column_stays(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        with pytest.raises(Conflict, match="duy nhất"):
            retire_column(session, scene.operator, scene.column_id, now=now)
        with pytest.raises(Conflict, match="duy nhất"):
            edit_column(session, scene.operator, scene.column_id, "CCHC", is_reform=False, now=now)
        add_column(session, scene.operator, "Một cửa", is_reform=True, now=now)
        assert retire_column(session, scene.operator, scene.column_id, now=now).retired_on is not None


def test_a_plan_and_its_topics(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        plan = add_plan(session, scene.operator, PLAN, now=now)
        one = add_topic(session, scene.operator, plan.id, TopicForm("C1", "Tầm quan trọng", 24), now=now)
        two = add_topic(session, scene.operator, plan.id, TopicForm("C2", "Tổ chức bộ máy"), now=now)
        edit_topic(session, scene.operator, one.id, TopicForm("C1", "Tầm quan trọng, ý nghĩa", 30), now=now)
        retire_topic(session, scene.operator, two.id, now=now)
        newest, topics = plans(session, scene.operator)[0]
        assert (newest.year, [(topic.code, topic.target) for topic in topics]) == (2027, [("C1", 30)])
        note = session.scalars(select(AuditEntry).where(AuditEntry.action == "topic_edited")).one()
        assert (note.detail["old_target"], note.detail["target"]) == (24, 30)


def test_a_plan_is_corrected_without_losing_its_topics(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        plan = add_plan(session, scene.operator, PLAN, now=now)
        add_topic(session, scene.operator, plan.id, TopicForm("C1", "Tầm quan trọng"), now=now)
        edit_plan(session, scene.operator, plan.id, replace(PLAN, number="19/KH-UBND"), now=now)
        newest, topics = plans(session, scene.operator)[0]
        assert (newest.number, [topic.code for topic in topics]) == ("19/KH-UBND", ["C1"])
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "plan_edited")).one().detail["old"] == PLAN.number
    for actor, error in ((scene.clerk, NotAllowed), (scene.stranger, NotFound)):
        with scene.database.writing() as session, pytest.raises(error):
            edit_plan(session, actor, plan.id, PLAN, now=now)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"number": " "}, "so"),
        ({"number": "1" * 65}, "so"),
        ({"year": 26}, "nam"),
        ({"title": ""}, "ten_ke_hoach"),
        ({"issued_on": None}, "ban_hanh"),
    ],
)
def test_a_plan_says_what_is_missing(scene: Scene, change: dict[str, object], wrong: str) -> None:
    with pytest.raises(Invalid) as caught, scene.database.writing() as session:
        add_plan(session, scene.operator, replace(PLAN, **change), now=scene.clock.now())  # type: ignore[arg-type]
    assert list(caught.value.problems) == [wrong]


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        (TopicForm("C1", "Trùng mã"), "ma"),
        (TopicForm("", "Thiếu mã"), "ma"),
        (TopicForm("C9", " "), "ten_noi_dung"),
        (TopicForm("C9", "Âm", -1), "chi_tieu"),
    ],
)
def test_a_topic_says_what_is_wrong(scene: Scene, form: TopicForm, wrong: str) -> None:
    with scene.database.reading() as session:
        plan, _ = plans(session, scene.operator)[0]
    with pytest.raises(Invalid) as caught, scene.database.writing() as session:
        add_topic(session, scene.operator, plan.id, form, now=scene.clock.now())
    assert list(caught.value.problems) == [wrong]


def test_names_carry_nothing_that_nobody_sees(scene: Scene) -> None:
    """“6/KH” kèm một ký tự vô hình không phải kế hoạch khác; tên xuống dòng, dài vô tận không vào báo cáo."""
    form = PlanForm("6/KH", date(2027, 1, 2), 2027, "Kế\x07 hoạch\u200b\nnăm 2027")
    with scene.database.writing() as session:
        plan = add_plan(session, scene.admin, form, now=scene.clock.now())
        assert plan.title == "Kế hoạch năm 2027"
        topic = add_topic(session, scene.admin, plan.id, TopicForm("C\u200b1", "Hai\ndòng\x0b nữa"), now=scene.clock.now())
        assert (topic.code, topic.title) == ("C1", "Hai dòng nữa")
        column = add_column(session, scene.admin, "Người tốt\u200b\nviệc tốt", is_reform=False, now=scene.clock.now())
        assert column.name == "Người tốt việc tốt"
        plan_id = plan.id
    for refused in (
        lambda session: add_plan(session, scene.admin, replace(form, number="6/KH\u200b\x07"), now=scene.clock.now()),
        lambda session: add_topic(session, scene.admin, plan_id, TopicForm("\u200b", "Mã vô hình"), now=scene.clock.now()),
        lambda session: add_topic(session, scene.admin, plan_id, TopicForm("C2", "\u200b\x07"), now=scene.clock.now()),
        lambda session: add_topic(session, scene.admin, plan_id, TopicForm("C2", "dài " * 300), now=scene.clock.now()),
        lambda session: add_column(session, scene.admin, "dài " * 60, is_reform=False, now=scene.clock.now()),
    ):
        with pytest.raises(Invalid), scene.database.writing() as session:
            refused(session)


def test_what_is_retired_is_not_edited_again(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        retire_topic(session, scene.operator, scene.topic_ids[0], now=now)
        other = add_column(session, scene.operator, "Đời sống", is_reform=False, now=now).id
        retire_column(session, scene.operator, other, now=now)
    with pytest.raises(Conflict), scene.database.writing() as session:
        edit_topic(session, scene.operator, scene.topic_ids[0], TopicForm("C1", "Sống lại"), now=now)
    with pytest.raises(Conflict), scene.database.writing() as session:
        retire_column(session, scene.operator, other, now=now)


def test_permission_and_tenancy(scene: Scene) -> None:
    with pytest.raises(NotAllowed), scene.database.writing() as session:
        add_column(session, scene.writer, "Của tôi", is_reform=False, now=scene.clock.now())
    with pytest.raises(NotFound), scene.database.writing() as session:
        edit_topic(session, scene.stranger, scene.topic_ids[0], TopicForm("C1", "Của ai"), now=scene.clock.now())
