"""Không ai phải đoán: sẽ phát lúc nào, chưa có chỗ vì sao, hết hạn mà chưa phát thì có lời, thêm tay quá giới hạn thì biết."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.writing import append
from broadcaster.errors import NotFound
from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.tables import PlanTopic
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.editing import give_place
from broadcaster.traffic.enums import PlacedBy
from broadcaster.traffic.loading import PlanBook
from broadcaster.traffic.once import OnceForm, Openings, air_once, stock_on
from broadcaster.traffic.prospects import Prospect, cautions, left_out_of, prospect_of, waiting
from broadcaster.traffic.slots import create_slot
from broadcaster.traffic.tables import Item, Programme
from broadcaster.traffic.why_not import Mend
from tests.airlog.bodies import armed, ended
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.keeping import MONDAY, VIETNAM, settle, today


def prospect(scene: Scene, made: build.Texted, paths: Paths | None = None) -> Prospect:
    with scene.database.reading() as session:
        found = prospect_of(session, scene.writer, made.script_id, scene.clock.now(), book=PlanBook(), paths=paths)
    assert found is not None
    return found


def moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=VIETNAM)


def air(session: Session, scene: Scene, script_id: int, days_ago: int, item_id: int) -> None:
    """Bản tin đã phát đủ một lần, bấy nhiêu ngày trước, ở cả hai TDP."""
    at = scene.clock.now() - timedelta(days=days_ago)
    body = armed(item_id, at)
    body["programme"]["zones"] = ["TDP1", "TDP2"]
    body["item"]["script_id"] = script_id
    for event, content in ((Event.ITEM_ARMED, body), (Event.ITEM_ENDED, ended(at))):
        append(session, scene.station_id, event, content, happened_at=at, now=scene.clock.now(), run_id=1, item_id=item_id)


def test_an_airing_of_long_ago_is_never_forgotten(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        old = build.script(session, scene, "Tin đã phát tháng trước")
        new = build.script(session, scene, "Tin chưa phát")
        air(session, scene, old.script_id, days_ago=40, item_id=501)
    settle(scene)
    with scene.database.reading() as session:
        whys = {item.revision_id: item.why for item in today(session).items if item.revision_id}
    assert whys[new.revision_id] == "Chưa phát lần nào"
    assert whys[old.revision_id] == "Đã phát 1 lần, gần nhất ngày 21/01"
    assert prospect(scene, old).aired == 1


def test_a_reason_is_reworded_when_the_past_changes_and_the_form_stays_fresh(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        one = build.script(session, scene, "Tin")
    settle(scene)
    with scene.database.writing() as session:
        version = today(session).version
        air(session, scene, one.script_id, days_ago=3, item_id=501)
    settle(scene)
    with scene.database.reading() as session:
        item = session.scalars(select(Item).where(Item.revision_id == one.revision_id)).one()
        assert item.why == "Đã phát 1 lần, gần nhất ngày 27/02"
        assert today(session).version == version


def test_what_will_air_says_when_and_where(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        one = build.script(session, scene, "Tin")
    settle(scene)
    found = prospect(scene, one)
    with scene.database.reading() as session:
        assert (found.plays_at, found.programme_id) == (today(session).starts_at, today(session).id)
    assert found.refusal is None


def test_a_genre_without_a_segment_says_so(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        one = build.script(session, scene, "Ca khúc", genre=Genre.MUSIC)
    settle(scene)
    found = prospect(scene, one)
    assert found.refusal is not None
    assert found.refusal.text == "Khuôn của buổi không có đoạn nào nhận thể loại “Nhạc”."
    assert found.refusal.mend is Mend.FORMAT


def test_no_programme_at_all_says_so(scene: Scene) -> None:
    with scene.database.writing() as session:
        one = build.script(session, scene, "Tin")
    found = prospect(scene, one)
    assert found.refusal is not None
    assert (found.refusal.mend, found.programme_id) == (Mend.SLOT, None)


def test_one_press_gives_a_place_after_the_last_bulletin(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        for number in range(3):
            build.script(session, scene, f"Tin {number}")
        one = build.script(session, scene, "Ca khúc", genre=Genre.MUSIC)
    settle(scene)
    found = prospect(scene, one)
    assert found.programme_id is not None
    with scene.database.writing() as session:
        give_place(session, scene.operator, found.programme_id, one.script_id, now=scene.clock.now())
    settle(scene)
    with scene.database.reading() as session:
        last = [item for item in today(session).items if item.revision_id][-1]
        assert (last.revision_id, last.placed_by) == (one.revision_id, PlacedBy.PERSON)
    assert prospect(scene, one).plays_at is not None


def test_an_item_for_one_zone_airs_there_and_names_who_also_hears(scene: Scene) -> None:
    first, second = scene.zone_ids
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        one = build.script(session, scene, "Họp TDP 1", zones=(first,))
    settle(scene)
    shared: Paths = {first: frozenset(scene.zone_ids), second: frozenset(scene.zone_ids)}
    assert prospect(scene, one, {first: frozenset({first})}).plays_at is not None
    assert prospect(scene, one, {}).refusal.text == "Tổ dân phố số 1 chưa có cụm loa nào đang dùng."  # type: ignore[union-attr]
    settle(scene, network=lambda _session, _station: shared)
    with scene.database.reading() as session:
        item = session.scalars(select(Item).where(Item.revision_id == one.revision_id)).one()
        assert item.why == ("Chưa phát lần nào; chỉ vang ở Tổ dân phố số 1; Tổ dân phố số 2 cũng nghe vì chung đường ra")
        assert [zone.id for zone in item.zones] == [first]


def test_a_programme_tells_why_not_for_each_bulletin(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        placed = [build.script(session, scene, f"Tin {number}", length_ms=200_000) for number in range(3)]
        late = build.script(session, scene, "Tin dài", length_ms=400_000)
        music = build.script(session, scene, "Ca khúc", genre=Genre.MUSIC)
    settle(scene)
    with scene.database.reading() as session:
        found = left_out_of(session, scene.operator, today(session).id, scene.clock.now(), book=PlanBook(), paths=None)
    told = {one.script_id: refusal.text for one, refusal in found}
    assert told.keys() == {late.script_id, music.script_id}
    assert told[late.script_id].startswith("Hết chỗ: đã xếp “Tin 0”; “Tin 1”; “Tin 2”")
    assert placed[0].script_id not in told


def test_adding_by_hand_beyond_the_limits_says_which(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        one = build.script(session, scene, "Tin")
        for number in range(10):
            air(session, scene, one.script_id, days_ago=10 + number, item_id=501 + number)
    settle(scene)
    with scene.database.reading() as session:
        programme = today(session)
        found = cautions(session, scene.operator, programme.id, scene.clock.now(), book=PlanBook(), paths=None)
        assert found == {one.script_id: ("đã phát hoặc đã xếp đủ 10 lần, giới hạn là 10",)}
        told = prospect_of(session, scene.operator, one.script_id, scene.clock.now(), book=PlanBook(), paths=None)
    assert told is not None
    assert told.refusal is not None
    assert told.refusal.text == "Đã phát hoặc đã xếp đủ 10 lần, giới hạn là 10."
    with scene.database.writing() as session:
        item = give_place(
            session, scene.operator, programme.id, one.script_id, now=scene.clock.now(), beyond=found[one.script_id]
        )
        assert item.why == "Trần Văn Hùng thêm; vượt giới hạn: đã phát hoặc đã xếp đủ 10 lần, giới hạn là 10"


def test_two_days_before_the_end_someone_is_told_and_the_end_is_a_line(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="12")
        lost = build.script(session, scene, "Ca khúc hội làng", genre=Genre.MUSIC, valid_to=MONDAY + timedelta(days=3))
        build.script(session, scene, "Tin có chỗ", valid_to=MONDAY + timedelta(days=1))
    settle(scene)
    assert _alerts(scene) == set()
    scene.clock.advance(timedelta(days=1).total_seconds())
    settle(scene)
    assert _alerts(scene) == {f"expiry:{MONDAY + timedelta(days=3)}"}
    with scene.database.reading() as session:
        message = next(one.message for one in open_alerts(session, scene.station_id) if one.subject.startswith("expiry:"))
    assert "Ca khúc hội làng" in message
    assert "Nguyễn Thị Lan" in message
    scene.clock.advance(timedelta(days=3).total_seconds())
    settle(scene)
    with scene.database.reading() as session:
        lines = session.scalars(select(LogEntry).where(LogEntry.event == Event.SCRIPT_EXPIRED)).all()
        told = {json.loads(line.body)["title"] for line in lines}
    assert "Ca khúc hội làng" in told
    assert f"expired:{lost.script_id}" in _alerts(scene)
    settle(scene)
    with scene.database.reading() as session:
        assert len(session.scalars(select(LogEntry).where(LogEntry.event == Event.SCRIPT_EXPIRED)).all()) == len(lines)


def test_many_that_expire_on_one_day_are_one_notice_that_names_them(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        for number in range(50):
            build.script(session, scene, f"Ca khúc {number:02}", genre=Genre.MUSIC, valid_to=MONDAY + timedelta(days=1))
    settle(scene)
    assert _alerts(scene) == {f"expiry:{MONDAY + timedelta(days=1)}"}
    with scene.database.reading() as session:
        told = next(one.message for one in open_alerts(session, scene.station_id) if one.subject.startswith("expiry:"))
    assert "50 bản tin" in told
    assert "“Ca khúc 09” (người viết: Nguyễn Thị Lan) và 40 bản tin khác" in told
    scene.clock.advance(timedelta(days=2).total_seconds())
    settle(scene)
    assert len(_alerts(scene)) == 1
    with scene.database.reading() as session:
        assert len(session.scalars(select(LogEntry).where(LogEntry.event == Event.SCRIPT_EXPIRED)).all()) == 50


def test_what_must_be_done_is_one_press_with_the_right_hour_format_and_zone(scene: Scene) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene, weekdays="1", zone_ids=(scene.zone_ids[0],))
        elsewhere = build.script(session, scene, "Họp TDP 2", zones=(scene.zone_ids[1],))
        unplaced = build.script(session, scene, "Ca khúc", genre=Genre.MUSIC)
        build.script(session, scene, "Tin của TDP 1", zones=(scene.zone_ids[0],))
    settle(scene)
    told = prospect(scene, elsewhere)
    assert told.refusal is not None
    assert (told.refusal.mend, told.once_at) == (Mend.SLOT, moment(MONDAY, time(17, 20)))
    found = prospect(scene, unplaced)
    assert found.refusal is not None
    assert (found.refusal.mend, found.format_id) == (Mend.FORMAT, slot.format_id)
    now = scene.clock.now()
    with scene.database.writing() as session:
        wanted = OnceForm(MONDAY, time(17, 20), script_id=elsewhere.script_id)
        programme = air_once(session, scene.operator, wanted, now=now, paths=None)
        assert [zone.id for zone in programme.slot.zones] == [scene.zone_ids[1]]
    settle(scene)
    assert prospect(scene, elsewhere).plays_at == moment(MONDAY, time(17, 20))


def test_the_hour_offered_is_after_a_programme_free_on_the_output_and_never_quiet(scene: Scene) -> None:
    every = frozenset(scene.zone_ids)
    with scene.database.writing() as session:
        slot = build.slot(session, scene, weekdays="1", zone_ids=(scene.zone_ids[0],))
        late = {"name": "Tối TDP 1", "starts_at": time(17, 16), "length_ms": 13_200_000, "weekdays": "1"}
        create_slot(session, scene.operator, build.form(slot.format_id, **late), now=scene.clock.now())
        build.script(session, scene, "Họp TDP 2", zones=(scene.zone_ids[1],))
    alone, together = {zone: frozenset({zone}) for zone in every}, dict.fromkeys(every, every)
    with scene.database.reading() as session:
        (one,) = stock_on(session, scene.operator, MONDAY)
        hours = [Openings(session, scene.station_id, scene.clock.now(), paths).first_for(one) for paths in (alone, together)]
    assert hours == [moment(MONDAY, time(17)), moment(MONDAY + timedelta(days=1), time(17))]


def test_an_aired_bulletin_expires_without_a_word(scene: Scene) -> None:
    with scene.database.writing() as session:
        one = build.script(session, scene, "Tin", valid_to=MONDAY)
        air(session, scene, one.script_id, days_ago=1, item_id=501)
    scene.clock.advance(timedelta(days=1).total_seconds())
    settle(scene)
    with scene.database.reading() as session:
        assert session.scalars(select(LogEntry).where(LogEntry.event == Event.SCRIPT_EXPIRED)).all() == []
    assert _alerts(scene) == set()


def test_the_waiting_page_lists_the_lost_first_and_foresees_four_weeks(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        for number in range(30):
            build.script(session, scene, f"Tin {number}")
        lost = build.script(session, scene, "Ca khúc", genre=Genre.MUSIC)
    settle(scene)
    with scene.database.reading() as session:
        asked = session, scene.writer, scene.clock.now()
        found, second = (waiting(*asked, book=PlanBook(), paths=None, page=page) for page in (1, 2))
    assert found.total == 31 == len(found.prospects) + len(second.prospects)
    assert found.without_place == 31 - sum(one.plays_at is not None for one in [*found.prospects, *second.prospects])
    assert found.prospects[0].refusal is not None
    assert lost.script_id in {one.candidate.script_id for one in found.prospects[: found.without_place]}
    news = next(one for one in found.outlooks if one.stock == 30)
    assert news.places < 30
    assert news.waiting[0] == 30 + news.arriving - news.places
    assert "mỗi tuần" in news.advice or "chưa có chỗ" in news.advice


def test_another_station_sees_nothing(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        one = build.script(session, scene, "Tin")
    settle(scene)
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme)).first()
        assert programme is not None
        for ask in (left_out_of, cautions):
            with pytest.raises(NotFound):
                ask(session, scene.stranger, programme.id, scene.clock.now(), book=PlanBook(), paths=None)
        with pytest.raises(NotFound):
            prospect_of(session, scene.stranger, one.script_id, scene.clock.now(), book=PlanBook(), paths=None)


def test_topics_count_in_the_year_of_their_plan(scene: Scene) -> None:
    """Ngày 15/12/2026 đã là năm kế hoạch 2027: chỉ tiêu năm 2026 thôi kéo bản tin lên."""
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="2")
        one = build.script(session, scene, "Bài C1", topics=(scene.topic_ids[0],))
        session.execute(update(PlanTopic).where(PlanTopic.id == scene.topic_ids[0]).values(target=24))
    scene.clock.advance((date(2026, 12, 14) - MONDAY).days * 86_400)
    settle(scene)
    with scene.database.reading() as session:
        why = session.scalars(select(Item.why).where(Item.revision_id == one.revision_id)).one()
    assert why == "Chưa phát lần nào"


def _alerts(scene: Scene) -> set[str]:
    with scene.database.reading() as session:
        found = open_alerts(session, scene.station_id)
    return {one.subject for one in found if one.subject.startswith(("expiry:", "expired:"))}
