"""Tìm trong nhật ký: mọi bộ lọc bằng đúng phép lọc ngây thơ, trang nối trang không sót không lặp, ngân sách hết thì nói."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.dialects import postgresql, sqlite

from broadcaster.airlog.enums import Event, Mode, Reason, Result
from broadcaster.airlog.programmes import programmes_of
from broadcaster.airlog.queries import Period
from broadcaster.airlog.searching import (
    EFFORT,
    AiringFilter,
    Cursor,
    Effort,
    airings,
    choices,
    first_programmes,
    matched,
    matching,
    search,
)
from broadcaster.airlog.subjects import Known, listed
from broadcaster.airlog.tables import Airing, AiringSubject, title_words, unindexed
from broadcaster.database import Database
from broadcaster.errors import Invalid, NotAllowed
from tests.airlog.bodies import armed
from tests.airlog.test_airlog import line
from tests.reports.airings import Sounded, sound
from tests.support.machine_steps import step_counter
from tests.support.scene import Scene, lay_scene

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MARCH = AiringFilter(Period(date(2026, 3, 1), date(2026, 3, 31)))
TITLES = ("Cải cách thủ tục", "Cái cạch thử tục", "Phòng cháy chữa cháy", "Đường sá", "100% hộ dân _x")


def lay(scene: Scene, count: int = 30) -> None:
    for number in range(count):
        sound(
            scene,
            Sounded(
                item=100 + number,
                at=AT + timedelta(hours=7 * number),
                programme=50 + number // 3,
                title=TITLES[number % 5],
                script=number % 6 or None,
                topics=("C1",) if number % 2 else ("C11", "C2"),
                column="Cải cách hành chính" if number % 3 else "Tin",
                result=(Result.FULL, Result.PARTIAL, Result.FULL)[number % 3],
                reason=Reason.POWER if number % 3 == 1 else None,
                mode=Mode.MANUAL if number % 7 == 0 else Mode.AUTOMATIC,
                clusters=1 + number % 3,
            ),
        )


def rows(scene: Scene) -> list[Airing]:
    with scene.database.reading() as session:
        return list(session.scalars(select(Airing).order_by(Airing.planned_at.desc(), Airing.id.desc())))


def clusters(number: int) -> int:
    return 1 + (number - 100) % 3


CASES: dict[str, tuple[dict[str, Any], Callable[[Airing], bool]]] = {
    "tất cả": ({}, lambda row: True),
    "không dấu": ({"text": "cai cach"}, lambda row: row.title in TITLES[:2]),
    "có dấu": ({"text": "cải cách"}, lambda row: row.title == TITLES[0]),
    "hoa thường": ({"text": "CẢI thủ"}, lambda row: row.title == TITLES[0]),
    "chữ đ": ({"text": "duong sa"}, lambda row: row.title == TITLES[3]),
    "ký tự của LIKE": ({"text": "100% _x"}, lambda row: row.title == TITLES[4]),
    "chữ không có": ({"text": "zz"}, lambda row: False),
    "đầu từ": ({"text": "ca"}, lambda row: row.title in TITLES[:2]),
    "giữa từ": ({"text": "ay"}, lambda row: False),
    "chỉ dấu câu": ({"text": "% _"}, lambda row: False),
    "từ quá dài": ({"text": "phong" * 40}, lambda row: False),
    "nội dung": ({"topic": "C1"}, lambda row: "C1" in row.topics),
    "chuyên mục": ({"column": "Tin"}, lambda row: row.column_name == "Tin"),
    "cụm loa": ({"cluster": "CL03"}, lambda row: clusters(row.item_id) == 3),
    "TDP": ({"zone": "TDP2"}, lambda row: clusters(row.item_id) == 3),
    "kết quả": ({"result": Result.PARTIAL}, lambda row: row.result is Result.PARTIAL),
    "lý do": ({"reason": Reason.POWER}, lambda row: row.reason is Reason.POWER),
    "chế độ": ({"mode": Mode.MANUAL}, lambda row: row.mode is Mode.MANUAL),
    "người": ({"person": "tự động"}, lambda row: True),
    "bản tin": ({"script_id": 5}, lambda row: row.script_id == 5),
    "nhiều điều": (
        {"text": "cai", "result": Result.FULL, "cluster": "CL02"},
        lambda row: row.title in TITLES[:2] and row.result is Result.FULL and clusters(row.item_id) >= 2,
    ),
}


@pytest.mark.parametrize("walk", [False, True])
def test_every_filter_is_the_naive_one_whatever_way_it_is_walked(scene: Scene, walk: bool) -> None:
    lay(scene)
    # như khi không điều nào hiếm: đi ngược thời gian
    effort = Effort(few=-1, few_subjects=0, few_labels=0, few_scopes=0) if walk else EFFORT
    everything = rows(scene)
    with scene.database.reading() as session:
        for name, (more, keep) in CASES.items():
            wanted = replace(MARCH, **more)
            found, page = airings(session, scene.clerk, wanted, limit=100, effort=effort)
            assert [row.id for row in found] == [row.id for row in everything if keep(row)], name
            assert page.next is None, name
            whole = select(Airing.id).where(matching(scene.station_id, wanted)).order_by(Airing.planned_at, Airing.id)
            assert list(session.scalars(whole)) == [row.id for row in reversed(found)], name


def test_pages_follow_each_other_without_a_gap_or_a_repeat(scene: Scene) -> None:
    lay(scene)
    seen: list[int] = []
    before = None
    with scene.database.reading() as session:
        while True:
            found = search(session, scene.clerk, MARCH, before=before, limit=7)
            seen += found.ids
            before = Cursor.parse(str(found.next)) if found.next else None
            if before is None:
                break
    assert seen == [row.id for row in rows(scene)]


def test_a_spent_budget_says_how_far_it_looked_and_goes_on_from_there(scene: Scene) -> None:
    lay(scene)
    effort = Effort(steps=(2, 4), few=-1)
    wanted, seen, before, pages = replace(MARCH, text="phòng cháy"), [], None, 0
    with scene.database.reading() as session:
        for _ in range(20):
            found = search(session, scene.clerk, wanted, before=before, limit=50, effort=effort)
            seen += found.ids
            before = found.next
            if before is None:
                break
            assert not found.full
            pages += 1
    assert pages > 1
    assert seen == [row.id for row in rows(scene) if row.title == TITLES[2]]


@pytest.mark.parametrize("analysed", [False, True])
def test_a_page_costs_the_same_however_long_the_log_is(sqlite: Database, clock: Any, analysed: bool) -> None:
    """Một ngày của nhật ký: cùng ngày ấy, nhật ký dài gấp mười thì trang vẫn bấy nhiêu bước, đã đếm chỉ mục hay chưa."""
    scene, steps_of = lay_scene(sqlite, clock), step_counter(sqlite)
    day = AiringFilter(Period(AT.date(), AT.date()))

    def page() -> None:
        with sqlite.reading() as session:
            found, _ = matched(session, scene.clerk, day, limit=100)
            assert len(programmes_of(session, scene.clerk, found, {})) == 1

    for number in range(12):
        sound(scene, Sounded(100 + number, AT + timedelta(minutes=number), programme=50))
    small = steps_of(page)
    for number in range(12, 120):
        sound(scene, Sounded(100 + number, AT + timedelta(days=number), programme=50 + number))
    if analysed:
        sqlite.refresh_statistics()
    assert steps_of(page) < 1.5 * small


@pytest.mark.parametrize("analysed", [False, True])
def test_what_is_rare_is_found_without_walking_the_whole_log(sqlite: Database, clock: Any, analysed: bool) -> None:
    """Hai lượt phát thiếu vì mất điện: nhật ký dài gấp mười thì tìm chúng vẫn bấy nhiêu bước."""
    scene, steps_of = lay_scene(sqlite, clock), step_counter(sqlite)
    year = AiringFilter(Period(AT.date(), AT.date() + timedelta(days=365)))
    wanted = [replace(year, reason=Reason.POWER), replace(year, result=Result.PARTIAL), replace(year, text="mot hai ba")]

    def page() -> None:
        with sqlite.reading() as session:
            for one in wanted:
                assert len(matched(session, scene.clerk, one, limit=100)[0]) == 2

    for number in range(2):
        rare = Sounded(100 + number, AT + timedelta(minutes=number), title="Một hai ba")
        sound(scene, replace(rare, result=Result.PARTIAL, reason=Reason.POWER, heard_ms=20_000))
    for number in range(10):
        sound(scene, Sounded(200 + number, AT + timedelta(hours=number)))
    small = steps_of(page)
    for number in range(10, 110):
        sound(scene, Sounded(200 + number, AT + timedelta(hours=number)))
    if analysed:
        sqlite.refresh_statistics()
    assert steps_of(page) < 1.5 * small


@pytest.mark.parametrize("analysed", [False, True])
def test_looking_for_words_and_choices_opens_no_wide_row(sqlite: Database, clock: Any, analysed: bool) -> None:
    """Điều được phát là một dòng rộng; ba vạn dòng ấy mở từng dòng một thì trang chậm gấp ba."""
    scene, told = lay_scene(sqlite, clock), list[tuple[str, Any]]()
    lay(scene, 12)
    if analysed:
        sqlite.refresh_statistics()
    event.listen(sqlite.engine, "before_cursor_execute", lambda *call: told.append((call[2], call[3])))
    year = AiringFilter(Period(AT.date(), AT.date() + timedelta(days=365)))
    with sqlite.reading() as session:
        for wanted in (
            {"text": "hop mot"},
            {"text": "họp"},
            {"person": "lan"},
            {"column": "Tin"},
            {"topic": "C1", "genre": "news"},
        ):
            airings(session, scene.clerk, replace(year, **wanted))
        choices(session, scene.clerk)
        asked = [one for one in told if "FROM airing_subjects" in one[0] and "EXISTS" not in one[0]]
        plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in asked]
    assert len(plans) == 5
    assert all("COVERING INDEX" in str(plan) for plan in plans), plans


def test_a_programme_is_shown_whole_with_its_clusters(scene: Scene) -> None:
    lay(scene, 9)
    with scene.database.reading() as session:
        found, page = matched(session, scene.clerk, replace(MARCH, text="phòng cháy"), limit=100)
        [second, first] = programmes_of(session, scene.clerk, found, {})
        assert (len(first.items), first.matched) == (3, 1)
        assert [(one.code, one.aired, one.sent) for one in first.clusters] == [("CL01", 3, 3), ("CL02", 2, 2), ("CL03", 1, 1)]
        assert (first.sent, first.confirmed, first.faulty, second.matched) == (3, 0, (), 1)
        kept, cut = first_programmes(found, page, 1)
        assert len(kept) == 1
        assert cut.next is not None
        again, _ = matched(session, scene.clerk, replace(MARCH, text="phòng cháy"), before=cut.next)
    assert [row.id for row in kept + again] == [row.id for row in found]


def test_what_to_choose_from_comes_from_the_log_itself(scene: Scene) -> None:
    lay(scene, 6)
    with scene.database.reading() as session:
        assert choices(session, scene.clerk) == {
            "zone": ["TDP1", "TDP2"],
            "cluster": ["CL01", "CL02", "CL03"],
            "column": ["Cải cách hành chính", "Tin"],
            "topic": ["C1", "C11", "C2"],
        }
        assert choices(session, scene.stranger)["zone"] == []


def test_only_who_may_read_searches_and_a_wrong_address_is_told(scene: Scene) -> None:
    nobody = type(scene.clerk)(**{**vars(scene.clerk), "roles": frozenset()})
    with scene.database.reading() as session, pytest.raises(NotAllowed):
        search(session, nobody, MARCH)
    for told in ("x", "20260302T010000.000000-y", "2026-1"):
        with pytest.raises(Invalid):
            Cursor.parse(told)


def test_the_same_said_twice_is_one_subject_and_another_station_has_its_own() -> None:
    body: Any = armed(11, AT)
    other: Any = armed(12, AT + timedelta(days=1))
    assert Known(1).subject(body).id == Known(1).subject(other).id != Known(2).subject(body).id
    other["item"]["title"] = "Khác"
    assert Known(1).subject(other).id != Known(1).subject(body).id
    assert listed(["C1", "C11"]) == "\nC1\nC11\n"


def test_a_subject_changed_by_hand_is_found_by_the_check(scene: Scene) -> None:
    from broadcaster.airlog.verifying import verify

    line(scene, Event.ITEM_ARMED, armed(11, AT), 11)
    assert verify(scene.database, scene.station_id).sound
    for sql in (
        "UPDATE airing_subjects SET title_plain = 'khac'",
        "UPDATE airing_subjects SET facts = '{}'",
        "UPDATE airing_subjects SET label_id = label_id + 1",
        "UPDATE airing_labels SET people_plain = ' ai do '",
        "DELETE FROM airing_labels",
        "UPDATE airing_scopes SET clusters = ''",
        "DELETE FROM airing_subjects",
    ):
        with scene.database.engine.connect() as connection, connection.begin() as turn:
            connection.exec_driver_sql(sql)
            turn.commit()
        assert not verify(scene.database, scene.station_id).sound, sql


def test_what_is_rare_but_fills_more_than_a_step_is_walked_to_its_end(scene: Scene) -> None:
    """Điều hiếm nhất cũng hơn một bước: hết bước đầu chưa đủ trang thì đi tiếp, kể đủ, không trùng."""
    lay(scene)
    wanted = replace(MARCH, column="Tin", result=Result.FULL, text="đường")
    expected = [row.id for row in rows(scene) if (row.column_name, row.result, row.title) == ("Tin", Result.FULL, TITLES[3])]
    assert expected
    with scene.database.reading() as session:
        for step in (1, 2, 5):
            found = search(session, scene.clerk, wanted, effort=Effort(steps=(step,)))
            assert (list(found.ids), found.next) == (expected, None), step


def test_words_of_a_title_lead_postgresql_straight_to_it(postgres: Database, clock: Any) -> None:
    """SQLite đi trên chỉ mục hẹp; PostgreSQL không có chỉ mục ấy thì mở từng điều được phát."""
    scene = lay_scene(postgres, clock)
    lay(scene, 6)
    asked: list[str] = []
    event.listen(postgres.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    with postgres.reading() as session:
        search(session, scene.clerk, replace(MARCH, text="phòng cháy"))
        session.execute(text("SET LOCAL enable_seqscan = off"))
        query = select(AiringSubject.id).where(title_words(["phong"]))
        plan = session.execute(text(f"EXPLAIN {query.compile(postgres.engine, compile_kwargs={'literal_binds': True})}")).all()
    assert [sql for sql in asked if "FROM airing_subjects" in sql and "tsquery" in sql]
    assert "ix_airing_subjects_words" in str(plan)


def test_a_column_is_hidden_from_its_index_only_where_the_database_guesses() -> None:
    """PostgreSQL có số liệu thống kê: giấu cột đi là nó đoán kỳ chỉ có vài dòng, rồi đọc và xếp cả nhật ký cho một trang."""
    asked = select(Airing.id).where(unindexed(Airing.local_day) == date(2026, 3, 2))
    assert "coalesce(airings.local_day, airings.local_day) = " in str(asked.compile(dialect=sqlite.dialect()))
    assert "WHERE airings.local_day = " in str(asked.compile(dialect=postgresql.dialect()))
