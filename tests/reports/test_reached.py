"""Lượt cụm loa ở mọi mẫu là một con số: F2, F6, từng TDP; cụm câm, cụm đổi mã, tin khẩn cấp của một bản tin đã duyệt."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import Zone
from broadcaster.airlog.checking import confirm
from broadcaster.airlog.enums import Event, Mode, Reason, Result
from broadcaster.airlog.searching import AiringFilter
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.playout.network_admin import report_fault
from broadcaster.playout.tables import Cluster
from broadcaster.reports.coverage import year_coverage
from broadcaster.reports.document import Table
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.figures import aired, figures_of, reaches, spoken
from broadcaster.reports.forms.reform import reform_result
from broadcaster.reports.log_files import write_log
from broadcaster.reports.making import draft_report
from broadcaster.reports.periods import PeriodKind, calendar_period, reform_period
from tests.reports.airings import CLUSTERS, Sounded, sound
from tests.support.scene import Scene
from tests.traffic import build

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MONTH = calendar_period(PeriodKind.MONTH, date(2026, 3, 2))
BASE = Sounded(11, AT)


@pytest.fixture
def odd(scene: Scene) -> Scene:
    """Đủ, đủ nhưng cụm 3 câm, thiếu, không phát, nhạc hiệu, diễn tập; cụm 1 báo hỏng từ ngày 4, ngày 5 có người nghe."""
    rows = (
        BASE,
        replace(BASE, item=12, programme=8, dead=("CL03",)).on(1),
        replace(BASE, item=13, result=Result.PARTIAL, reason=Reason.POWER, heard_ms=9_000),
        replace(BASE, item=14, result=Result.NONE, reason=Reason.DEVICE, heard_ms=0),
        replace(BASE, item=15, script=None, genre=None, topics=(), column=None, title="Nhạc hiệu"),
        replace(BASE, item=16, mode=Mode.REHEARSAL, programme=9),
        replace(BASE, item=17, programme=10).on(3),
        replace(BASE, item=18, programme=11).on(4),
    )
    for one in rows:
        sound(scene, one)
    scene.clock.advance(6 * 86_400)
    with scene.database.writing() as session:
        report_fault(session, scene.operator, scene.cluster_ids[0], "Câm", now=AT.replace(day=4))
        heard = session.scalars(select(Airing).where(Airing.item_id == 18)).one()
        confirm(session, scene.operator, heard.id, [scene.cluster_ids[0]], name="Bác Tám", now=scene.clock.now())
    return scene


def naive(scene: Scene) -> dict[str, list[int]]:
    """Cụm → [đã gửi, đã xác nhận, gửi khi báo hỏng, không tới đủ], đếm thẳng từ các dòng."""
    items: dict[tuple[int | None, int | None], dict[str, Any]] = {}
    broken: list[tuple[datetime, str]] = []
    with scene.database.reading() as session:
        for entry in session.scalars(select(LogEntry).order_by(LogEntry.seq)):
            body, key = json.loads(entry.body), (entry.run_id, entry.item_id)
            if entry.event is Event.ITEM_ARMED:
                items[key] = body
            elif entry.event in (Event.ITEM_ENDED, Event.CORRECTION):
                items[key] |= body
            elif entry.event is Event.DELIVERY_CHECKED:
                for place in items[key]["deliveries"]:
                    if place["cluster_id"] == body["cluster_id"]:
                        place["state"] = body["state"]
            elif entry.event is Event.CLUSTER_FAULT:
                broken.append((entry.happened_at, body["code"]))
    found: dict[str, list[int]] = {}
    for body in items.values():
        if body["mode"] == "rehearsal" or not body["item"]["script_id"]:
            continue
        at = datetime.fromisoformat(body["started_at"])
        for place in body["deliveries"]:
            faulty = any(since <= at and code == place["code"] for since, code in broken)
            state = place["state"] if body["result"] == "full" else "none"
            number = {"sent": 2 if faulty else 0, "confirmed": 1}.get(state, 3)
            found.setdefault(place["code"], [0, 0, 0, 0])[number] += 1
    return found


def tables(scene: Scene, kind: ReportKind) -> list[Table]:
    with scene.database.reading() as session:
        return draft_report(session, scene.clerk, kind, MONTH, now=scene.clock.now()).document.tables()


def test_each_cluster_is_the_naive_count_and_their_sum_is_the_months(odd: Scene) -> None:
    rows = {row[0]: [*row[4:8]] for row in tables(odd, ReportKind.CLUSTERS)[0].rows}
    assert rows == naive(odd)
    with odd.database.reading() as session:
        month = figures_of(spoken(aired(session, odd.clerk, MONTH.span)), reaches(session, odd.clerk, MONTH.span))
    sums = [sum(row[number] for row in rows.values()) for number in range(3)]
    assert sums == [month.sent, month.confirmed, month.faulty]
    assert [month.airings, sums] == [4, [9, 1, 1]]


def test_a_neighbourhood_whose_cluster_was_dead_heard_nothing(odd: Scene) -> None:
    """Loa TDP2 câm cả lượt ngày 3: lượt ấy phát đủ ở nơi khác, nhưng không được kể là TDP2 đã nghe."""
    zones = next(table for table in tables(odd, ReportKind.MONTHLY) if table.caption == "Theo tổ dân phố")
    assert [(str(row[0])[:4], *row[1:4]) for row in zones.rows] == [("TDP1", 4, 4 + 9 / 60, 2), ("TDP2", 3, 3 + 9 / 60, 1)]


def test_a_neighbourhood_with_only_a_broken_cluster_is_not_counted_without_saying_so(scene: Scene) -> None:
    sound(scene, replace(BASE, clusters=1))
    with scene.database.writing() as session:
        report_fault(session, scene.operator, scene.cluster_ids[0], "Câm", now=AT)
    zones = next(table for table in tables(scene, ReportKind.MONTHLY) if table.caption == "Theo tổ dân phố")
    assert [(str(row[0])[:4], *row[1:]) for row in zones.rows] == [("TDP1", 0, 0.0, 0, 0, 0, 1)]


def test_a_cluster_given_another_code_is_still_one(odd: Scene) -> None:
    with odd.database.writing() as session:
        session.get_one(Cluster, odd.cluster_ids[1]).code = "LOA-2"
    sound(odd, replace(BASE, item=30, programme=30, places=(CLUSTERS[0], ("LOA-2", "TDP1"), CLUSTERS[2])).on(5))
    with odd.database.reading() as session:
        month = figures_of(spoken(aired(session, odd.clerk, MONTH.span)), reaches(session, odd.clerk, MONTH.span))
    assert month.clusters == 3
    rows = {row[0]: row[4] for row in tables(odd, ReportKind.CLUSTERS)[0].rows}
    assert rows["LOA-2"] == naive(odd)["CL02"][0] + naive(odd)["LOA-2"][0] == 5
    assert "CL02" not in rows


def test_a_code_used_again_after_a_merger_is_another_neighbourhood(scene: Scene, tmp_path: Path) -> None:
    """Tổ cũ thôi từ 4/3, mã TDP1 trao cho tổ của phường mới: lượt trước ngày ấy vẫn là của tổ cũ, ở báo cáo và ở tệp nhật ký."""
    sound(scene, replace(BASE, clusters=1))
    sound(scene, replace(BASE, item=12, clusters=1, programme=8).on(4))
    with scene.database.writing() as session:
        session.get_one(Zone, scene.zone_ids[0]).valid_to = date(2026, 3, 4)
        session.add(Zone(station_id=scene.station_id, code="TDP1", name="Tổ Đường Hào", position=9, valid_from=date(2026, 3, 5)))
    scene.clock.advance(6 * 86_400)
    zones = next(table for table in tables(scene, ReportKind.MONTHLY) if table.caption == "Theo tổ dân phố")
    assert [row[:2] for row in zones.rows] == [["TDP1 · Tổ dân phố số 1", 1], ["TDP1 · Tổ Đường Hào", 1]]
    with scene.database.reading() as session:
        month = figures_of(spoken(aired(session, scene.clerk, MONTH.span)), reaches(session, scene.clerk, MONTH.span))
        write_log(session, scene.clerk, AiringFilter(MONTH.span), tmp_path / "a.csv", kind="csv")
    assert (month.clusters, month.zones) == (1, 2)
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert [sum(name in line for line in lines) for name in ("Tổ dân phố số 1", "Tổ Đường Hào")] == [1, 1]


def test_an_urgent_airing_of_an_approved_bulletin_counts_alike_everywhere(scene: Scene) -> None:
    """Dòng khẩn cấp không kể thể loại và nội dung kế hoạch; bản tin ấy vẫn là một tin, và vẫn thuộc nội dung của nó."""
    with scene.database.writing() as session:
        script = build.script(session, scene, "Bản C1", topics=scene.topic_ids[:1]).revision_id
    sound(scene, replace(BASE, script=script, column=None))
    urgent = replace(BASE, item=-50_001, script=script, genre=None, topics=(), column=None, programme=0, mode=Mode.URGENT)
    sound(scene, urgent.on(1))
    with scene.database.reading() as session:
        report = reform_result(session, scene.clerk, reform_period(PeriodKind.YEAR, 2026))
        page = year_coverage(session, scene.clerk, 2026, AT)
    assert [one.figures.airings for one in report.topics] == [one.done for one in page.topics] == [2, 0]
    assert (report.total.airings, report.total.news, report.total.programmes) == (2, 1, 1)
