"""Trang Kế hoạch: con số bằng đếm ngây thơ trên các dòng sự kiện, bằng F3; kỳ, nối tiếp năm trước, nội dung thôi giữa năm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.accounts import settings
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.queries import Period
from broadcaster.errors import Invalid, NotAllowed, NotFound
from broadcaster.newsroom.plan_year import plan_span
from broadcaster.newsroom.tables import Plan, PlanTopic
from broadcaster.reports.coverage import YearCoverage, quarters, share_until, year_coverage
from broadcaster.reports.deadlines import deadlines
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.forms.reform import reform_result
from broadcaster.reports.periods import PeriodKind, reform_period
from broadcaster.reports.topic_airings import topic_airings
from broadcaster.traffic.candidates import candidates, topics
from broadcaster.traffic.topic_counts import followers
from tests.reports.airings import Sounded, naive_counts, sound
from tests.reports.made import make_report
from tests.support.scene import Scene
from tests.traffic import build

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def aired(scene: Scene) -> Scene:
    """Ba bản tin thật: C1, C1 và C2, C2; phát đủ, thiếu, diễn tập, trước và sau ranh giới năm."""
    with scene.database.writing() as session:
        first, second = scene.topic_ids
        session.get_one(PlanTopic, first).target = 12
        session.get_one(PlanTopic, second).target = 4
        made = [
            build.script(session, scene, f"Bản {n}", topics=tags) for n, tags in enumerate([(first,), (first, second), (second,)])
        ]
    tags = (("C1",), ("C1", "C2"), ("C2",))
    for n, (script, days, result, mode) in enumerate(
        (
            (0, 0, Result.FULL, Mode.AUTOMATIC),
            (0, -60, Result.FULL, Mode.AUTOMATIC),
            (0, -90, Result.FULL, Mode.AUTOMATIC),  # 02/12/2025: thuộc năm trước
            (1, -1, Result.FULL, Mode.AUTOMATIC),
            (1, -2, Result.PARTIAL, Mode.AUTOMATIC),
            (1, -3, Result.FULL, Mode.REHEARSAL),
            (2, -77, Result.FULL, Mode.AUTOMATIC),  # 15/12/2025: ngày đầu của năm kế hoạch 2026
            (2, -78, Result.FULL, Mode.AUTOMATIC),
        )
    ):
        one = Sounded(
            50 + n, NOW, script=made[script].revision_id, topics=tags[script], result=result, mode=mode, programme=50 + n
        )
        sound(scene, replace(one, heard_ms=60_000).on(days))
    return scene


def view_of(scene: Scene, year: int = 2026) -> YearCoverage:
    with scene.database.reading() as session:
        return year_coverage(session, scene.writer, year, NOW)


def test_every_bar_equals_a_naive_count_and_the_cchc_report(aired: Scene) -> None:
    view = view_of(aired)
    assert [(one.code, one.done) for one in view.topics] == [("C1", 3), ("C2", 2)]
    for topic in view.topics:
        for cell in (topic.year, *topic.quarters):
            assert cell.done == naive_counts(aired, cell.period.first, cell.period.last, topic.code)["airings"]
    with aired.database.reading() as session:
        report = reform_result(session, aired.clerk, reform_period(PeriodKind.YEAR, 2026))
    assert [one.figures.airings for one in report.topics] == [one.done for one in view.topics]


def test_the_naive_list_behind_a_bar_is_the_bar(aired: Scene) -> None:
    view = view_of(aired)
    with aired.database.reading() as session:
        for topic in view.topics:
            found = topic_airings(session, aired.auditor, topic.topic_id, topic.year.period, NOW)
            assert sum(one.result is Result.FULL for one in found.aired) == topic.done
            assert {one.mode for one in found.aired} == {Mode.AUTOMATIC}
            assert len(found.stock) == topic.stock == 2
        with pytest.raises(NotFound):
            topic_airings(session, aired.stranger, aired.topic_ids[0], topic.year.period, NOW)


def test_what_is_missing_and_needed_and_projected(aired: Scene) -> None:
    first, second = view_of(aired).topics
    today = date(2026, 3, 2)
    assert (first.missing, second.missing) == (9, 2)
    assert first.needed_a_week(today) == pytest.approx(9 / (288 / 7))
    assert first.behind(today) == share_until(12, first.year.period, today) - 3 == 0
    assert first.projected(today) == 3 + int(2 / 8 * (288 / 7))
    points = view_of(aired).points
    assert (points.now, points.projected) == (0.0, 1.0)


@pytest.mark.parametrize("days", [3, 80])
def test_one_airing_a_day_is_projected_as_one_a_day(scene: Scene, days: int) -> None:
    """Nhịp tám tuần là 56 ngày, kể cả hôm nay; đầu năm thì là những ngày đã qua."""
    with scene.database.writing() as session:
        made = build.script(session, scene, "Mỗi ngày", topics=scene.topic_ids[:1])
    opening = datetime(2025, 12, 15, 3, 0, tzinfo=UTC)
    for number in range(days):
        sound(scene, Sounded(50 + number, opening, script=made.revision_id, programme=50 + number).on(number))
    with scene.database.reading() as session:
        first = year_coverage(session, scene.writer, 2026, opening + timedelta(days=days - 1)).topics[0]
    today = date(2025, 12, 15) + timedelta(days=days - 1)
    assert first.done == days
    assert first.projected(today) == 365


@given(st.integers(0, 10_000), st.integers(2001, 2100), st.data())
def test_shares_of_a_target_add_up_whatever_the_year(target: int, year: int, data: st.DataObject) -> None:
    span = Period(*plan_span(year))
    day = data.draw(st.dates(span.first - timedelta(days=9), span.last + timedelta(days=9)))
    assert 0 <= share_until(target, span, day) <= share_until(target, span, day + timedelta(days=1)) <= target
    assert share_until(target, span, span.last) == target
    parts = quarters(year)
    assert (parts[0].first, parts[-1].last) == (span.first, span.last)
    assert all(one.last + timedelta(days=1) == after.first for one, after in pairwise(parts))


def test_a_leap_day_is_counted_once(scene: Scene) -> None:
    with scene.database.writing() as session:
        plan = Plan(station_id=scene.station_id, number="3/KH-UBND", issued_on=date(2028, 1, 2), year=2028, title="Năm nhuận")
        session.add(plan)
        session.flush()
        topic = PlanTopic(station_id=scene.station_id, plan_id=plan.id, code="C1", title="Nội dung", target=366)
        session.add(topic)
        session.flush()
        made = build.script(session, scene, "Bản tin", topics=(topic.id,))
    sound(scene, Sounded(70, datetime(2028, 2, 29, 3, 0, tzinfo=UTC), script=made.revision_id))
    (one,) = view_of(scene, 2028).topics
    assert [cell.done for cell in one.quarters] == [1, 0, 0, 0]
    assert sum(cell.target or 0 for cell in one.quarters) == 366
    assert one.quarters[0].target == 91


def test_a_code_used_again_counts_only_where_a_person_said_it_goes_on(aired: Scene) -> None:
    with aired.database.writing() as session:
        plan = Plan(station_id=aired.station_id, number="5/KH-UBND", issued_on=date(2027, 1, 2), year=2027, title="Năm sau")
        session.add(plan)
        session.flush()
        same = PlanTopic(station_id=aired.station_id, plan_id=plan.id, code="C1", title="Việc khác hẳn", position=1)
        heir = PlanTopic(
            station_id=aired.station_id, plan_id=plan.id, code="C9", title="Nối tiếp", position=2, follows_id=aired.topic_ids[0]
        )
        session.add_all([same, heir])
        session.flush()
        assert followers(session, aired.station_id)[aired.topic_ids[0]] == {aired.topic_ids[0], heir.id}
        first = build.script(session, aired, "Còn phát", topics=(aired.topic_ids[0],))
    sound(aired, Sounded(90, datetime(2027, 1, 5, 3, 0, tzinfo=UTC), script=first.revision_id, topics=("C1",)))
    found = {one.title: one.done for one in view_of(aired, 2027).topics}
    assert found == {"Việc khác hẳn": 0, "Nối tiếp": 1}
    with aired.database.reading() as session:
        report = reform_result(session, aired.clerk, reform_period(PeriodKind.YEAR, 2027))
    assert {one.title: one.figures.airings for one in report.topics} == found


def test_a_topic_removed_in_mid_year_keeps_its_airings_and_owes_nothing(aired: Scene) -> None:
    with aired.database.writing() as session:
        session.get_one(PlanTopic, aired.topic_ids[1]).retired_on = date(2026, 2, 1)
    view = view_of(aired)
    gone = view.topics[1]
    assert (gone.done, gone.missing, gone.behind(view.today)) == (2, None, 0)
    assert [one.code for one in view.live] == ["C1"]
    with aired.database.reading() as session:
        year = reform_result(session, aired.clerk, reform_period(PeriodKind.YEAR, 2026))
        later = reform_result(session, aired.clerk, reform_period(PeriodKind.QUARTER_3, 2026))
    assert ([one.code for one in year.topics], len(year.live)) == (["C1", "C2"], 1)
    assert [one.code for one in later.topics] == ["C1"]


def test_a_wrong_formula_is_refused_and_the_old_one_stays(aired: Scene) -> None:
    with pytest.raises(Invalid) as refused, aired.database.writing() as session:
        settings.put(session, aired.station_id, "point_formula", "__import__('os')", changed_by="a", now=NOW)
    assert "không hiểu" in refused.value.problems["point_formula"]
    assert view_of(aired).points.formula == settings.POINT_FORMULA.default


def test_deadlines_are_the_cchc_cut_offs_and_stay_until_a_whole_report_is_made(aired: Scene) -> None:
    def names(day: date) -> list[tuple[str, int, bool]]:
        at = datetime(day.year, day.month, day.day, 3, 0, tzinfo=UTC)
        with aired.database.reading() as session:
            return [(one.period.name, one.days, one.pressing) for one in deadlines(session, aired.clerk, at)]

    quarter = reform_period(PeriodKind.QUARTER_1, 2026)
    assert names(date(2026, 3, 14)) == [("quý I năm 2026", 1, True)]
    assert names(date(2026, 3, 15)) == [("quý I năm 2026", 0, True)]
    late = [("quý I năm 2026", -1, True), ("6 tháng đầu năm 2026", 91, False)]
    assert names(date(2026, 3, 16)) == late
    with aired.database.writing() as session:
        make_report(session, aired.clerk, ReportKind.REFORM, quarter, now=NOW)
    assert names(date(2026, 3, 16)) == late, "bản lập trước ngày chốt chỉ là bản tạm"
    with aired.database.writing() as session:
        make_report(session, aired.clerk, ReportKind.REFORM, quarter, now=datetime(2026, 3, 14, 18, 0, tzinfo=UTC))
    assert names(date(2026, 3, 16)) == late[1:], "01:00 ngày 15/03 giờ Việt Nam là sau ngày chốt"
    assert names(date(2027, 1, 10))[0][:2] == ("năm 2026", -26)
    with aired.database.reading() as session, pytest.raises(NotAllowed):
        deadlines(session, replace(aired.clerk, roles=frozenset()), NOW)


def test_a_new_station_owes_nothing_for_a_period_before_it(aired: Scene) -> None:
    """Đài dựng ngày 02/03/2026: năm 2025 đã chốt từ 14/12, không phải “quá hạn” của nó."""

    def names(day: date) -> list[str]:
        with aired.database.reading() as session:
            return [one.period.name for one in deadlines(session, aired.clerk, datetime.combine(day, time(3), UTC))]

    assert names(date(2026, 1, 10)) == ["quý I năm 2026"]
    assert names(date(2026, 3, 16)) == ["quý I năm 2026", "6 tháng đầu năm 2026"], "kỳ đài đã có mặt thì vẫn nợ"


def test_a_merged_ward_reports_both_its_plans_as_the_page_does(aired: Scene) -> None:
    with aired.database.writing() as session:
        plan = Plan(station_id=aired.station_id, number="9/KH-UBND", issued_on=date(2026, 7, 2), year=2026, title="Phường mới")
        session.add(plan)
        session.flush()
        session.add(PlanTopic(station_id=aired.station_id, plan_id=plan.id, code="C1", title="Việc mới", target=3))
    view = view_of(aired)
    with aired.database.reading() as session:
        report = reform_result(session, aired.clerk, reform_period(PeriodKind.YEAR, 2026))
    assert [(one.code, one.figures.airings) for one in report.topics] == [(one.code, one.done) for one in view.topics]
    assert [one.title for one in report.topics] == ["Nội dung 1 (16/KH-UBND)", "Nội dung 2 (16/KH-UBND)", "Việc mới (9/KH-UBND)"]


def test_autofill_counts_last_years_bulletin_for_the_topic_that_goes_on(scene: Scene) -> None:
    with scene.database.writing() as session:
        plan = Plan(station_id=scene.station_id, number="5/KH-UBND", issued_on=date(2027, 1, 2), year=2027, title="Năm sau")
        session.add(plan)
        session.flush()
        heir = PlanTopic(
            station_id=scene.station_id, plan_id=plan.id, code="C1", title="Nối tiếp", target=9, follows_id=scene.topic_ids[0]
        )
        session.add(heir)
        session.flush()
        made = build.script(session, scene, "Còn phát", topics=scene.topic_ids[:1])
        (one,) = candidates(session, scene.station_id, date(2027, 1, 5))
        assert (one.script_id, one.topics) == (made.script_id, (scene.topic_ids[0], heir.id))
        assert [topic.id for topic in topics(session, scene.station_id, [date(2027, 1, 5)])] == [heir.id]
