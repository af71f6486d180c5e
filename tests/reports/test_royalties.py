"""Bảng nhuận bút (F4) qua những ngày lạ: chưa ghi ai hưởng, vang khẩn cấp trước, sửa người sau khi phát, mức đổi, cả năm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from broadcaster.airlog.enums import Mode, Result
from broadcaster.newsroom.credits import set_credits
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.reports.document import Document, Table
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.making import differences, draft_report, period_of
from broadcaster.reports.periods import PeriodKind
from broadcaster.reports.rates import set_rate
from tests.reports.airings import Sounded, sound
from tests.reports.made import make_report
from tests.support.scene import Scene
from tests.traffic import build

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BASE = Sounded(11, AT)


@pytest.fixture
def paid(scene: Scene) -> Scene:
    """Bản 1 có tác giả, bản 2 chưa ghi ai; mức 40.000 rồi 50.000 từ 5/3."""
    now = scene.clock.now()
    with scene.database.writing() as session:
        for title in ("Có tác giả", "Chưa ghi ai"):
            build.script(session, scene, title)
        set_credits(session, scene.writer, 1, {CreditRole.AUTHOR: "Lan; Mai"}, now=now)
        set_credits(session, scene.writer, 2, {}, now=now)
        for amount, since in (("40.000", date(2026, 1, 1)), ("50.000", date(2026, 3, 5))):
            set_rate(session, scene.clerk, Genre.NEWS, CreditRole.AUTHOR, amount=amount, valid_from=since, now=now)
    return scene


def document(scene: Scene, kind: PeriodKind = PeriodKind.MONTH, day: date = date(2026, 3, 2)) -> Document:
    with scene.database.reading() as session:
        now = scene.clock.now() + timedelta(days=60)
        return draft_report(session, scene.clerk, ReportKind.ROYALTY, period_of(kind, day), now=now).document


def sheet(scene: Scene, kind: PeriodKind = PeriodKind.MONTH, day: date = date(2026, 3, 2)) -> Table:
    (table,) = document(scene, kind, day).tables()
    return table


def shares(table: Table) -> list[tuple[object, ...]]:
    return [(row[1], row[5], row[6]) for row in table.rows]


def test_a_bulletin_nobody_is_named_for_is_told(paid: Scene) -> None:
    """Tiền của một người không được mất im lặng: bản tin đã phát lần đầu mà chưa ghi ai hưởng thì tờ kê nêu tên nó."""
    sound(paid, replace(BASE, script=1, title="Có tác giả"))
    sound(paid, replace(BASE, item=12, script=2, title="Chưa ghi ai"))
    table = sheet(paid)
    assert shares(table) == [("Lan", date(2026, 3, 2), 40_000), ("Mai", date(2026, 3, 2), 40_000)]
    assert "1 bản tin phát lần đầu trong kỳ chưa ghi người hưởng nhuận bút: “Chưa ghi ai” (số 2)." in table.note
    assert "“Có tác giả”" not in table.note


def test_an_urgent_or_cut_airing_first_takes_nothing_away(paid: Scene) -> None:
    urgent = replace(BASE, item=-50_001, script=1, genre=None, topics=(), programme=0, mode=Mode.URGENT)
    for one in (
        urgent.on(-40),
        replace(BASE, item=12, script=1, result=Result.PARTIAL).on(1),
        replace(BASE, item=13, script=1).on(3),
    ):
        sound(paid, one)
    sound(paid, replace(BASE, item=14, script=1).on(9))
    assert shares(sheet(paid)) == [("Lan", date(2026, 3, 5), 50_000), ("Mai", date(2026, 3, 5), 50_000)], (
        "mức của ngày phát đủ đầu tiên"
    )
    assert sheet(paid, day=date(2026, 4, 2)).rows == [], "phát lại không hưởng lần hai"


def test_names_changed_after_airing_show_when_made_again(paid: Scene) -> None:
    sound(paid, replace(BASE, script=1))
    period = period_of(PeriodKind.MONTH, date(2026, 3, 2))
    with paid.database.writing() as session:
        report_id = make_report(session, paid.clerk, ReportKind.ROYALTY, period, now=paid.clock.now()).id
        set_credits(session, paid.writer, 1, {CreditRole.AUTHOR: "Lan"}, now=paid.clock.now())
    with paid.database.reading() as session:
        told = differences(session, paid.clerk, report_id, now=paid.clock.now())
    assert len(told) == 1
    assert "không còn dòng" in told[0]
    assert "Mai" in told[0]


def test_a_whole_year_can_be_settled_at_once(paid: Scene) -> None:
    sound(paid, replace(BASE, script=1).on(-70))
    assert shares(sheet(paid, PeriodKind.YEAR)) == [("Lan", date(2025, 12, 22), None), ("Mai", date(2025, 12, 22), None)]
    assert "Còn 2 phần chưa có mức" in sheet(paid, PeriodKind.YEAR).note
