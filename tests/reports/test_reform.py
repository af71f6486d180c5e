"""Phụ lục CCHC (F3) qua những ngày lạ của một năm: quý III, nội dung thôi sau kỳ, chuyên mục đổi tên, khẩn cấp, kỳ chưa hết."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from broadcaster.airlog.enums import Mode, Result
from broadcaster.newsroom.plan_admin import edit_column
from broadcaster.newsroom.tables import Plan, PlanTopic
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.figures import aired, figures_of, spoken
from broadcaster.reports.forms.reform import ReformResult, ready_paragraph, reform_form, reform_result
from broadcaster.reports.making import differences, report_of
from broadcaster.reports.periods import NamedPeriod, PeriodKind, reform_period
from broadcaster.reports.stored import as_json
from tests.reports.airings import Sounded, naive_counts, sound
from tests.reports.made import make_report
from tests.support.scene import Scene
from tests.traffic import build

QUARTER_1 = reform_period(PeriodKind.QUARTER_1, 2026)
QUARTER_3 = reform_period(PeriodKind.QUARTER_3, 2026)
SPRING, SUMMER = (datetime(2026, month, 20, 1, 0, tzinfo=UTC) for month in (2, 7))


@pytest.fixture
def year(scene: Scene) -> Scene:
    """C1 giao 2 lượt, C2 giao 1 lượt: mùa xuân phát C1 hai lần, mùa hè phát C2 một lần và C1 một lần dở."""
    with scene.database.writing() as session:
        for topic_id, target in zip(scene.topic_ids, (2, 1), strict=True):
            session.get_one(PlanTopic, topic_id).target = target
        first = build.script(session, scene, "Bản C1", topics=scene.topic_ids[:1], reform=True).revision_id
        second = build.script(session, scene, "Bản C2", topics=scene.topic_ids[1:], reform=True).revision_id
    one, two = Sounded(50, SPRING, script=first, programme=50), Sounded(53, SUMMER, script=second, topics=("C2",), programme=53)
    for row in (one, replace(one, item=51, programme=51).on(1), two, replace(two, item=54, script=first, topics=("C1",))):
        sound(scene, replace(row, result=Result.PARTIAL) if row.item == 54 else row)
    scene.clock.advance((datetime(2026, 9, 20, tzinfo=UTC) - scene.clock.now()).total_seconds())
    return scene


def result(scene: Scene, period: NamedPeriod = QUARTER_3) -> ReformResult:
    with scene.database.reading() as session:
        return reform_result(session, scene.clerk, period)


def counted(scene: Scene, period: NamedPeriod = QUARTER_3) -> ReformResult:
    """Chỉ con số: hai lần đọc cho hai dòng ``Plan`` khác nhau."""
    return replace(result(scene, period), plan=None)


def test_the_third_quarter_tells_how_far_the_year_has_come(year: Scene) -> None:
    """Quý III chỉ đếm từ 15/6, nhưng kế hoạch là của cả năm: nội dung xong từ mùa xuân không thể trở lại là chưa xong."""
    found = result(year)
    assert [(one.code, one.figures.airings, one.so_far, one.share, one.done) for one in found.topics] == [
        ("C1", 0, 2, 1.0, True),
        ("C2", 1, 1, 1.0, True),
    ]
    for one in found.topics:
        assert one.so_far == naive_counts(year, date(2025, 12, 15), QUARTER_3.span.last, one.code)["airings"]
    assert "1 tin, 0 bài tuyên truyền cải cách hành chính với 1 lượt phát" in ready_paragraph(found, QUARTER_3)
    assert "hoàn thành 2/2 nội dung, đạt 100%" in ready_paragraph(found, QUARTER_3)
    with year.database.reading() as session:
        document = reform_form(session, year.clerk, QUARTER_3, day=date(2026, 9, 20), now=year.clock.now())
    (table,) = document.tables()
    headings = [one.heading for one in table.columns]
    assert [(row[headings.index("Lượt phát")], row[headings.index("Từ đầu năm")]) for row in table.rows] == [(0, 2), (1, 1)]
    assert "15/12/2025" in document.footnotes[0], "nói rõ cột nào đếm từ đâu"


def test_a_topic_dropped_after_the_period_was_still_owed_in_it(year: Scene) -> None:
    """Lập lại quý I vào tháng Chín: nội dung thôi từ tháng Bảy lúc ấy vẫn là việc phải làm."""
    before = counted(year, QUARTER_1)
    with year.database.writing() as session:
        session.get_one(PlanTopic, year.topic_ids[1]).retired_on = date(2026, 7, 1)
    assert counted(year, QUARTER_1) == before
    assert (before.finished, len(before.live)) == (1, 2)
    assert [one.code for one in result(year).live] == ["C1"], "quý III thì đã thôi"


def test_a_plan_issued_after_the_period_is_not_owed_in_it(year: Scene) -> None:
    before = counted(year, QUARTER_1)
    with year.database.writing() as session:
        plan = Plan(station_id=year.station_id, number="9/KH-UBND", issued_on=date(2026, 7, 2), year=2026, title="Phường mới")
        session.add(plan)
        session.flush()
        session.add(PlanTopic(station_id=year.station_id, plan_id=plan.id, code="C1", title="Việc mới", target=3))
    assert counted(year, QUARTER_1) == before
    assert len(result(year).topics) == 3


def test_a_column_renamed_in_mid_year_loses_no_airing(year: Scene) -> None:
    for row in (Sounded(60, SPRING, topics=(), programme=60), Sounded(61, SUMMER, topics=(), programme=61)):
        with year.database.writing() as session:
            made = build.script(session, year, f"Không nội dung {row.item}", reform=True).revision_id
        sound(year, replace(row, script=made))
    before = counted(year, QUARTER_1), counted(year)
    assert before[0].total.airings == 3
    with year.database.writing() as session:
        edit_column(session, year.admin, year.column_id, "Chuyển đổi số và CCHC", is_reform=True, now=year.clock.now())
    assert (counted(year, QUARTER_1), counted(year)) == before


def test_an_emergency_is_not_a_programme(year: Scene) -> None:
    """Lần vang khẩn cấp của một bản tin đã duyệt có lượt phát, có phút; nhưng nó không phải một buổi."""
    urgent = Sounded(-50_001, SUMMER, programme=0, mode=Mode.URGENT, script=1, topics=(), column=None)
    before = _programmes(year)
    sound(year, urgent)
    assert _programmes(year) == before


def _programmes(scene: Scene) -> int:
    with scene.database.reading() as session:
        return figures_of(spoken(aired(session, scene.clerk, QUARTER_3.span)), {}).programmes


def test_a_period_still_running_counts_only_the_weeks_that_passed_and_says_so(year: Scene) -> None:
    now = datetime(2026, 2, 21, 5, 0, tzinfo=UTC)
    with year.database.writing() as session:
        report_id = make_report(session, year.clerk, ReportKind.REFORM, QUARTER_1, now=now).id
    with year.database.reading() as session:
        document = report_of(session, year.clerk, report_id)[1]
        assert differences(session, year.clerk, report_id, now=year.clock.now()) == []
    told = json.dumps(as_json(document), ensure_ascii=False)
    assert "0,2 buổi/tuần" in told, "2 buổi trong 69 ngày đã qua"
    assert ready_paragraph(result(year, QUARTER_1), QUARTER_1, date(2025, 12, 20)).count("2 buổi/tuần") == 1
    assert "Số liệu tạm từ ngày 15/12/2025 đến lúc lập (ngày 21/02/2026); kỳ này chốt hết ngày 14/03/2026." in told
