"""Báo cáo đã lập: sửa lén bản lưu thì trang không đưa ra, phép kiểm nhật ký nói ra; bản cũ không mã băm thì không bị ngờ oan."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from broadcaster.airlog.verifying import verify
from broadcaster.errors import Conflict
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.making import differences, report_of
from broadcaster.reports.periods import PeriodKind, calendar_period
from broadcaster.reports.stored import stored_figures_digest
from broadcaster.reports.tables import Report
from broadcaster.reports.witness import StoredReports
from tests.reports.airings import Sounded, sound
from tests.reports.made import make_report
from tests.support.scene import Scene

MONTH = calendar_period(PeriodKind.MONTH, date(2026, 3, 2))


@pytest.fixture
def report_id(scene: Scene) -> int:
    sound(scene, Sounded(11, scene.clock.now()))
    with scene.database.writing() as session:
        return make_report(session, scene.clerk, ReportKind.MONTHLY, MONTH, now=scene.clock.now()).id


def faults(scene: Scene) -> list[str]:
    return [one for one in verify(scene.database, scene.station_id, witnesses=(StoredReports(),)).faults if "báo cáo" in one]


def rewrite(scene: Scene, report_id: int, **values: Any) -> None:
    """Như chủ máy: SQL trần, không qua cửa nào."""
    with scene.database.writing() as session:
        session.execute(update(Report).where(Report.id == report_id).values(**values))


def stored(scene: Scene, report_id: int) -> dict[str, Any]:
    with scene.database.reading() as session:
        return copy.deepcopy(session.get_one(Report, report_id).document)


def test_an_untouched_report_is_whole(scene: Scene, report_id: int) -> None:
    assert faults(scene) == []


def test_a_form_of_older_software_is_compared_by_the_columns_both_have(scene: Scene, report_id: int) -> None:
    """Phần mềm mới thêm, đổi cột: không được đổ cho nhật ký rằng mọi dòng đều khác."""
    document = stored(scene, report_id)
    table = next(block for block in document["blocks"] if block.get("caption") == "Theo tổ dân phố")
    dropped = [one["heading"] for one in table["columns"]].index("Cụm loa")
    table["columns"][1]["heading"] = "Lượt phát đủ"
    for row in (table["columns"], *table["rows"]):
        del row[dropped]
    rewrite(scene, report_id, document=document, figures_sha256=stored_figures_digest(document))
    with scene.database.reading() as session:
        (told,) = differences(session, scene.auditor, report_id, now=scene.clock.now())
    assert told == "Theo tổ dân phố: phần mềm nay có cột khác (Cụm loa, Lượt phát đủ, Lượt đã tới); chỉ so cột chung."


def test_figures_changed_in_the_store_are_not_given_out_and_are_found(scene: Scene, report_id: int) -> None:
    document = stored(scene, report_id)
    forged = json.loads(json.dumps(document, ensure_ascii=False).replace("1 lượt tin bài", "900 lượt tin bài"))
    assert forged != document
    rewrite(scene, report_id, document=forged)
    with scene.database.reading() as session:
        for look in (report_of, lambda *told: differences(*told, now=scene.clock.now())):
            with pytest.raises(Conflict, match="đã bị sửa"):
                look(session, scene.auditor, report_id)
    (fault,) = faults(scene)
    assert f"báo cáo số {report_id}" in fault


def test_figures_changed_together_with_their_digest_are_found(scene: Scene, report_id: int) -> None:
    rewrite(scene, report_id, figures_sha256="c" * 64)
    (fault,) = faults(scene)
    assert "sổ kiểm tra" in fault


def test_a_signature_or_a_day_changed_is_found(scene: Scene, report_id: int) -> None:
    document = stored(scene, report_id)
    document["letterhead"]["day"]["v"] = "2026-01-01"
    rewrite(scene, report_id, document=document)
    (fault,) = faults(scene)
    assert f"báo cáo số {report_id}" in fault


def test_a_report_taken_away_is_found(scene: Scene, report_id: int) -> None:
    with scene.database.writing() as session:
        session.execute(delete(Report).where(Report.id == report_id))
    (fault,) = faults(scene)
    assert "không còn" in fault


def test_a_report_slipped_in_is_found(scene: Scene, report_id: int) -> None:
    with scene.database.writing() as session:
        row = session.get_one(Report, report_id)
        names = [one.name for one in Report.__table__.columns if one.name != "id"]
        session.add(Report(**{name: getattr(row, name) for name in names}))
    (fault,) = faults(scene)
    assert "không dòng sổ nào" in fault


def test_a_report_of_the_old_software_is_not_suspected(scene: Scene) -> None:
    with scene.database.writing() as session:
        session.add(
            Report(
                station_id=scene.station_id,
                kind=ReportKind.AIRLOG,
                period_from=MONTH.span.first,
                period_to=MONTH.span.last,
                file="cu.xlsx",
                figures_sha256="c" * 64,
                made_by="Hà",
                made_at=scene.clock.now(),
            )
        )
    with scene.database.reading() as session:
        assert session.scalars(select(Report)).one().document is None
    assert faults(scene) == []
