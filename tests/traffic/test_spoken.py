"""Điều loa nói ngoài bản tin: mỗi phần có người đã duyệt đúng chữ ấy, chưa duyệt thì loa nói như cũ."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from broadcaster.accounts import wordings
from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import open_alerts
from broadcaster.accounts.enums import Role, WordingKind
from broadcaster.accounts.stations import rename_station
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound
from broadcaster.newsroom.approving_entries import approve_entries, refuse_entries, waiting
from broadcaster.newsroom.dictionary import EntryForm, checked, forget, lexicon_of, teach
from broadcaster.newsroom.reading_aloud import manner_of, read_text
from broadcaster.newsroom.tables import ReadingSnapshot
from broadcaster.studio.desk import StudioDesk
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Recording
from broadcaster.traffic.keeper import upkeep
from broadcaster.traffic.snapshots import item_body
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import MONDAY, at, stocked, today

PLACE = "Phùng Chí Kiên"
SENTENCE = "bà con hãy ra ủy ban đòi lại đất vì cán bộ phường đã bán hết đất công"


@pytest.fixture
def ready(scene: Scene) -> Scene:
    """Nửa giờ trước buổi chiều, lời mẫu đã được chuẩn bị."""
    stocked(scene)
    at(scene, 16, 30)
    prepare(scene)
    return scene


def desk(scene: Scene) -> StudioDesk:
    """Phòng thu thật, đọc bằng đúng từ điển của lời xướng."""

    def read(text: str) -> tuple[str, ...]:
        with scene.database.reading() as session:
            return read_text(text, manner_of(session, scene.station_id, MONDAY, approved=True)).sentences

    return StudioDesk(read)


def prepare(scene: Scene) -> None:
    """Lên lịch, rồi làm lời mẫu."""
    upkeep(scene.database, scene.clock, scene.station_id, studio=desk(scene))


def said(scene: Scene, code: TemplateCode) -> str:
    """Câu của bản ghi đang được làm cho mẫu ấy."""
    with scene.database.reading() as session:
        item = next(item for item in today(session).items if item.template_code is code)
        recording = session.get(Recording, item.wanted_id)
        assert recording is not None
        return " ".join(sentence.strip() for sentence in recording.sentences)


def learn(scene: Scene, reading: str, actor: Actor | None = None) -> None:
    with scene.database.writing() as session:
        form = checked(EntryForm(PLACE, reading))
        teach(session, actor or scene.writer, [form], now=scene.clock.now())


def ids(session: Session, scene: Scene) -> list[int]:
    return [row.id for row in waiting(session, scene.leader)]


def test_a_sentence_is_not_a_reading_of_a_name() -> None:
    for surface in (PLACE, "CK9", "QL4H", "UBND"):
        with pytest.raises(Invalid):
            checked(EntryForm(surface, SENTENCE))
    for surface, reading in ((PLACE, "phùng chí kiên"), ("UBMTTQVN", "ủy ban mặt trận tổ quốc việt nam"), ("2.000", "hai nghìn")):
        assert checked(EntryForm(surface, reading)).reading == reading


def test_a_taught_word_reaches_the_station_call_only_after_a_leader(ready: Scene) -> None:
    before = said(ready, TemplateCode.STATION_CALL)
    learn(ready, "phùng trí kiên")
    prepare(ready)
    assert said(ready, TemplateCode.STATION_CALL) == before
    with ready.database.reading() as session:
        assert lexicon_of(session, ready.station_id, MONDAY).more, "bản tin thì dùng ngay: nó được duyệt cùng cách đọc"
    with ready.database.writing() as session:
        assert approve_entries(session, ready.leader, ids(session, ready), now=ready.clock.now()) == 1
        with pytest.raises(Conflict):
            approve_entries(session, ready.leader, [1], now=ready.clock.now())
    prepare(ready)
    assert "phùng trí kiên" in said(ready, TemplateCode.STATION_CALL)
    with ready.database.reading() as session:
        item = next(item for item in today(session).items if item.template_code is TemplateCode.STATION_CALL)
        body = item_body(session, item, position=1, planned_at=ready.clock.now())
    parts = {part["what"]: part for part in body["ingredients"]}
    assert (parts["lexicon"]["by"], parts["lexicon"]["by_id"]) == (ready.leader.name, ready.leader.user_id)
    assert (parts["template"]["by"], parts["station"]["words"][:4]) == ("Đặng Thị Minh Trang", "Đài ")
    assert all(part["by"] for part in body["ingredients"])
    assert len(body["ingredients_sha256"]) == 64


def test_nobody_approves_the_word_he_taught_and_a_refused_one_is_gone(ready: Scene) -> None:
    both = replace(ready.leader, roles=frozenset({Role.APPROVER, Role.CONTRIBUTOR}))
    learn(ready, "phùng trí kiên", both)
    with ready.database.writing() as session:
        with pytest.raises(NotAllowed):
            approve_entries(session, both, ids(session, ready), now=ready.clock.now())
        with pytest.raises(NotAllowed):
            approve_entries(session, ready.operator, ids(session, ready), now=ready.clock.now())
        with pytest.raises(Conflict):
            approve_entries(session, ready.stranger, ids(session, ready), now=ready.clock.now())
        refuse_entries(session, ready.leader, ids(session, ready), now=ready.clock.now())
        assert waiting(session, ready.leader) == []
        assert lexicon_of(session, ready.station_id, MONDAY).more == ()


def test_a_word_given_up_stays_on_air_until_a_leader_agrees(ready: Scene) -> None:
    learn(ready, "phùng trí kiên")
    with ready.database.writing() as session:
        [entry] = ids(session, ready)
        approve_entries(session, ready.leader, [entry], now=ready.clock.now())
        forget(session, ready.writer, entry, now=ready.clock.now())
    prepare(ready)
    assert "phùng trí kiên" in said(ready, TemplateCode.STATION_CALL)
    learn(ready, "phùng chí kiêng")
    with ready.database.writing() as session:
        approve_entries(session, ready.leader, ids(session, ready), now=ready.clock.now())
    prepare(ready)
    assert "phùng chí kiêng" in said(ready, TemplateCode.STATION_CALL)


def test_a_renamed_station_is_called_by_its_old_name_until_a_leader_agrees(ready: Scene) -> None:
    before = said(ready, TemplateCode.STATION_CALL)
    with ready.database.writing() as session:
        rename_station(session, ready.operator, "Chủ tịch phường ăn hối lộ", now=ready.clock.now())
        assert any("chờ lãnh đạo duyệt" in one.message for one in open_alerts(session, ready.station_id))
    prepare(ready)
    assert said(ready, TemplateCode.STATION_CALL) == before
    with ready.database.writing() as session:
        row = next(one for one in wordings.waiting(session, ready.leader) if one.kind is WordingKind.STATION)
        with pytest.raises(NotFound):
            wordings.approve(session, ready.stranger, row.id, now=ready.clock.now())
        wordings.approve(session, ready.leader, row.id, now=ready.clock.now())
        assert not [one for one in open_alerts(session, ready.station_id) if not one.subject.startswith("thin:")]
    prepare(ready)
    assert "chủ tịch phường" in said(ready, TemplateCode.STATION_CALL).lower()


def test_the_greeting_says_titles_as_they_were_approved(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="12")
        made = build.script(session, scene, "Tin về Chí Kiên", title_spoken=["tin về chí kiên."])
    at(scene, 16, 30)
    prepare(scene)
    assert "tin về chí kiên." in said(scene, TemplateCode.OPENING)
    with scene.database.writing() as session:
        teach(session, scene.writer, [checked(EntryForm("Chí Kiên", "chí kiêng"))], now=scene.clock.now())
        approve_entries(session, scene.leader, ids(session, scene), now=scene.clock.now())
    prepare(scene)
    assert "tin về chí kiên." in said(scene, TemplateCode.OPENING), "tiêu đề đã duyệt thì đọc đúng như đã duyệt"
    with scene.database.reading() as session:
        assert session.get_one(ReadingSnapshot, made.reading_id).title == ["tin về chí kiên."]
