"""Dòng hỏng của lịch hỏng một mình: qua vòng giữ lịch thật, với bộ điền mẫu thật, lịch vẫn lập, xếp, chuẩn bị và chốt."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import open_alerts
from broadcaster.errors import DatabaseAway, Invalid
from broadcaster.loop import Loop
from broadcaster.studio import templates
from broadcaster.studio.desk import StudioDesk
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Template
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.keeper import Memory, upkeep
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.tables import Item, Programme
from tests.support.scene import Scene
from tests.traffic import build

_ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""Hỏng ở bộ điền mẫu, ở người đọc: không câu SQL nào khác nhau."""
BLANK_WITH_SPACES = "Chương trình đến đây là hết. { thong_bao_ai } Xin chào."


def _read(text: str) -> Sequence[str]:
    return [part.strip() + "." for part in text.split(".") if part.strip()]


def _keep(scene: Scene, *, turns: int, reader: object = _read) -> None:
    """Vòng giữ lịch thật, ``turns`` lượt cách nhau một phút."""
    memory, left = Memory(), [turns]
    assert callable(reader)
    desk = StudioDesk(reader)

    def step() -> None:
        upkeep(scene.database, scene.clock, scene.station_id, studio=desk, memory=memory)
        left[0] -= 1
        if not left[0]:
            loop.stop()

    loop = Loop("giữ lịch", step, scene.clock, pulse_s=60, known=(DatabaseAway,))
    loop.run()


def _stocked(scene: Scene, **texts: str) -> None:
    """Hai buổi hôm nay; mẫu lời kết đã nằm trong dữ liệu như ``texts``, từ thời biểu mẫu còn cho qua."""
    local = scene.clock.now() + timedelta(hours=7, minutes=15)
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1234567", starts_at=local.time())
        build.script(session, scene, "Tin thường")
        for code, text in texts.items():
            session.execute(update(Template).where(Template.code == TemplateCode(code)).values(text=text))


def _programmes(session: Session) -> list[Programme]:
    return list(session.scalars(select(Programme).order_by(Programme.starts_at)))


def _alerts(scene: Scene, family: str = "poison:") -> dict[str, str]:
    with scene.database.reading() as session:
        found = open_alerts(session, scene.station_id)
        return {alert.subject: alert.message for alert in found if alert.subject.startswith(family)}


@_ON_SQLITE
def test_a_blank_with_spaces_inside_its_braces_is_filled_like_any_other(scene: Scene) -> None:
    _stocked(scene, closing=BLANK_WITH_SPACES)
    _keep(scene, turns=8)
    with scene.database.reading() as session:
        first = _programmes(session)[0]
        texts = {item.template_code: item.text for item in first.items if item.template_code}
        assert first.state is ProgrammeState.LOCKED
    assert texts[TemplateCode.CLOSING] == "Chương trình đến đây là hết. Xin chào."
    assert _alerts(scene) == {}


@_ON_SQLITE
@pytest.mark.parametrize("text", ["Chào {khong_biet}.", "{"])
def test_a_poison_template_fails_alone_with_an_alert_and_the_schedule_goes_on(scene: Scene, text: str) -> None:
    _stocked(scene, opening=text)
    _keep(scene, turns=8)
    with scene.database.reading() as session:
        programmes = _programmes(session)
        first = programmes[0]
        texts = {item.template_code for item in first.items if item.template_code and item.wanted_id}
        assert first.state is ProgrammeState.LOCKED, "chốt vẫn chạy"
        assert len(programmes) >= 7, "lên lịch vẫn chạy"
        assert any(item.revision_id for item in first.items), "xếp vẫn chạy"
    if text != "{":
        assert texts == {TemplateCode.STATION_CALL, TemplateCode.CLOSING}, "mẫu lành vẫn được chuẩn bị"
        [told] = _alerts(scene).values()
        assert "Lời chào" in told
        assert "khong_biet" in told


@_ON_SQLITE
def test_the_alert_closes_by_itself_when_the_template_is_mended(scene: Scene) -> None:
    _stocked(scene, opening="Chào {khong_biet}.")
    _keep(scene, turns=2)
    assert len(_alerts(scene)) == 1
    with scene.database.writing() as session:
        templates.save(session, scene.leader, TemplateCode.OPENING, "Chào bà con.", now=scene.clock.now())
    _keep(scene, turns=2)
    assert _alerts(scene) == {}


@_ON_SQLITE
def test_a_text_the_reader_chokes_on_fails_alone(scene: Scene) -> None:
    _stocked(scene)

    def choke(text: str) -> Sequence[str]:
        if text.startswith("Đây là"):
            raise IndexError
        return _read(text)

    _keep(scene, turns=8, reader=choke)
    with scene.database.reading() as session:
        first = _programmes(session)[0]
        texts = {item.template_code for item in first.items if item.template_code and item.wanted_id}
        assert first.state is ProgrammeState.LOCKED
    assert texts == {TemplateCode.OPENING, TemplateCode.CLOSING}
    [told] = _alerts(scene).values()
    assert "IndexError" in told


def test_a_step_that_breaks_as_a_whole_does_not_stop_the_next_ones(scene: Scene) -> None:
    """Xếp hỏng hẳn (dữ liệu không ai ngờ): buổi đã xếp trước đó vẫn được chuẩn bị và chốt, và có cảnh báo."""
    _stocked(scene)
    _keep(scene, turns=1)

    def refuse(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM exclusions" in statement and "max(" not in statement:
            raise LookupError("dữ liệu lạ")

    event.listen(scene.database.engine, "before_cursor_execute", refuse)
    _keep(scene, turns=8)
    event.remove(scene.database.engine, "before_cursor_execute", refuse)
    with scene.database.reading() as session:
        first = _programmes(session)[0]
        assert first.state is ProgrammeState.LOCKED
        assert all(item.wanted_id for item in first.items if item.template_code)
    assert "Chưa lập và xếp được lịch" in next(iter(_alerts(scene).values()))
    _keep(scene, turns=1)
    assert _alerts(scene) == {}


@_ON_SQLITE
def test_a_programme_that_cannot_be_changed_does_not_hold_back_its_group(scene: Scene) -> None:
    """Các buổi đổi thứ tự theo nhóm trong một giao dịch; buổi hỏng trong nhóm không cản buổi nào."""
    _stocked(scene)
    with scene.database.writing() as session:
        for number in range(3):
            build.script(session, scene, f"Tin {number}")
        plan_days(session, scene.station_id, scene.clock.now())
        bad = _programmes(session)[1].id
        session.execute(
            text(
                f"CREATE TRIGGER hong BEFORE INSERT ON items WHEN NEW.programme_id = {bad} AND NEW.kind = 'script' "
                "BEGIN SELECT RAISE(ABORT, 'hỏng'); END"
            )
        )
    _keep(scene, turns=1)
    with scene.database.reading() as session:
        filled = {one.id for one in _programmes(session) if any(item.revision_id for item in one.items)}
        assert {one.id for one in _programmes(session)[:3]} - filled == {bad}
    assert list(_alerts(scene)) == [f"poison:change:{bad}"]
    with scene.database.writing() as session:
        session.execute(text("DROP TRIGGER hong"))
    _keep(scene, turns=2)
    assert _alerts(scene) == {}


@_ON_SQLITE
def test_the_absence_of_the_database_stops_the_turn_not_the_loop(scene: Scene) -> None:
    _stocked(scene)
    away, turns = threading.Event(), [0]
    away.set()

    def refuse(_connection: object) -> None:
        if away.is_set():
            raise DatabaseAway

    def step() -> None:
        turns[0] += 1
        if turns[0] == 3:
            away.clear()
        if turns[0] == 5:
            loop.stop()
        upkeep(scene.database, scene.clock, scene.station_id, studio=StudioDesk(_read))

    event.listen(scene.database.engine, "begin", refuse)
    loop = Loop("giữ lịch", step, scene.clock, pulse_s=60, known=(DatabaseAway,))
    loop.run()
    event.remove(scene.database.engine, "begin", refuse)
    with scene.database.reading() as session:
        assert _programmes(session)
        assert session.scalars(select(Item).where(Item.state == ItemState.WAITING)).first() is not None
    assert _alerts(scene) == {}


@_ON_SQLITE
@pytest.mark.parametrize("text", ["Chào {Tên}", "{thong_bao_ai}", "{ thong_bao_ai }", "...", "Chào {dai} {  }", "{dai"])
def test_the_form_refuses_whatever_the_renderer_would_choke_on(scene: Scene, text: str) -> None:
    with scene.database.writing() as session, pytest.raises(Invalid):
        templates.save(session, scene.leader, TemplateCode.CLOSING, text, now=scene.clock.now())


@_ON_SQLITE
@pytest.mark.parametrize("text", ["Chào { dai }.", "Xin chào. {thong_bao_ai}", "{ ngay }", BLANK_WITH_SPACES])
def test_the_form_accepts_whatever_the_renderer_can_fill(scene: Scene, text: str) -> None:
    with scene.database.writing() as session:
        templates.save(session, scene.leader, TemplateCode.CLOSING, text, now=scene.clock.now())
    blanks = dict.fromkeys(("dai", "ngay", "thong_bao_ai"), "điều đã điền")
    with scene.database.reading() as session:
        saved = templates.latest(session, scene.station_id, TemplateCode.CLOSING).text
    assert saved == text
    assert "điều đã điền" in templates.render(saved, blanks)
