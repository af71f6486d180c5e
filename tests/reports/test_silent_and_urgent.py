"""Buổi không phát và tin khẩn cấp gõ tại chỗ: nhật ký ngày, tổng hợp và bản giao ca đều phải kể; bản giao ca in muộn vẫn đúng."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from broadcaster.airlog.enums import Event, Mode, Result
from broadcaster.airlog.writing import append
from broadcaster.playout.enums import UrgentLevel
from broadcaster.reports.document import Document, Heading, Paragraph, Table
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.making import draft_report, period_of
from broadcaster.reports.periods import PeriodKind
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.tables import Item, Programme
from tests.airlog.bodies import armed
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.traffic import build

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
PERIODS = {ReportKind.AIRLOG: PeriodKind.DAY, ReportKind.MONTHLY: PeriodKind.MONTH, ReportKind.HANDOVER: PeriodKind.DAY}
_EVERY = PERIODS | {ReportKind.EMERGENCIES: PeriodKind.MONTH}


def made(scene: Scene, kind: ReportKind, day: date = DAY) -> Document:
    with scene.database.reading() as session:
        now = scene.clock.now() + timedelta(hours=12)
        return draft_report(session, scene.clerk, kind, period_of(_EVERY[kind], day), now=now).document


def told(document: Document) -> list[str]:
    """Mọi chữ của thân văn bản, từng đề mục, đoạn, dòng bảng."""
    found: list[str] = []
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            found.append(block.text)
        elif isinstance(block, Table):
            found += [" | ".join(str(value) for value in row if value is not None) for row in block.rows] or [block.empty]
    return found


def silence(scene: Scene, event: Event, more: Mapping[str, Any], *, programme: int = 90) -> None:
    body = {"programme": {**armed(1, AT)["programme"], "id": programme, "slot": "Buổi chiều"}, **more}
    with scene.database.writing() as session:
        append(session, scene.station_id, event, body, happened_at=AT, now=AT)


@pytest.mark.parametrize("kind", PERIODS)
@pytest.mark.parametrize(
    ("event", "more", "words"),
    [
        (Event.PROGRAMME_MISSED, {"reason": "other", "note": "Không có bản tin nào."}, "bỏ lỡ: Không có bản tin nào."),
        (Event.PROGRAMME_CANCELLED, {"reason": "Mất điện cả phường", "by": "Hùng"}, "huỷ: Mất điện cả phường (Hùng)"),
    ],
)
def test_a_programme_that_never_sounded_is_told(
    scene: Scene, kind: ReportKind, event: Event, more: Mapping[str, Any], words: str
) -> None:
    silence(scene, event, more)
    lines = told(made(scene, kind))
    assert sum(words in line for line in lines) == 1, lines
    assert any("1 buổi không phát" in line for line in lines), "đoạn tóm tắt cũng nói"
    assert not any("Không có sự cố" in line or "không có mục nào" in line or "Chưa phát gì" in line for line in lines)


def test_a_silent_programme_with_items_is_told_once(scene: Scene) -> None:
    """Mục bị bỏ đã có dòng; buổi của nó không thành hai buổi trong nhật ký ngày."""
    sound(scene, Sounded(11, AT, programme=90, heard_ms=0, result=Result.NONE))
    silence(scene, Event.PROGRAMME_MISSED, {"reason": "power", "note": "Máy tắt."})
    lines = told(made(scene, ReportKind.AIRLOG))
    assert sum("ngày 02/03/2026" in line for line in lines) == 1
    assert sum("bỏ lỡ: Máy tắt." in line for line in lines) == 1


def test_an_emergency_typed_on_the_spot_is_in_the_handover(scene: Scene) -> None:
    """Không có bản tin nào đứng sau nó, nên không phải lượt tin bài; nhưng người nhận ca phải biết loa đã kêu."""
    urgent = Sounded(-50_001, AT, script=None, genre=None, topics=(), column=None, programme=0, mode=Mode.URGENT)
    sound(scene, replace(urgent, title="Bão số 3"))
    sound(scene, replace(urgent, item=-50_002, title="Vỡ đê", heard_ms=9_000, result=Result.PARTIAL))
    lines = told(made(scene, ReportKind.HANDOVER))
    assert any("0 buổi, 0/0 lượt" in line and "2 lần vang khẩn cấp" in line for line in lines), lines
    assert any("1/2" in line and "Vỡ đê" in line for line in lines), lines


def test_an_order_that_never_sounded_is_in_the_form(scene: Scene) -> None:
    """Ai đã ra lệnh mà loa không kêu (mọi đường im lặng, dừng ngay) là điều người giám sát cần thấy nhất."""
    for key, run_id, title in (("a", -5, "Bão số 3"), ("b", -6, "Vỡ đê")):
        order = {"by": "Trần Văn Hùng", "job_title": "Chủ tịch", "title": title, "zones": ["TDP1", "TDP2"]}
        with scene.database.writing() as session:
            body = {"order": order | {"level": UrgentLevel.FOUR.value}, "key": key}
            append(session, scene.station_id, Event.URGENT_ORDERED, body, happened_at=AT, now=AT, run_id=run_id)
    sound(
        scene,
        Sounded(-50_001, AT, script=None, genre=None, topics=(), column=None, programme=-5, mode=Mode.URGENT, title="Bão số 3"),
    )
    document = made(scene, ReportKind.EMERGENCIES)
    (table,) = document.tables()
    assert [(row[2], row[3], row[5], row[-1]) for row in table.rows] == [
        ("Bão số 3", "Trần Văn Hùng, Chủ tịch", 60.0, "Đã phát đủ"),
        ("Vỡ đê", "Trần Văn Hùng, Chủ tịch", 0.0, "Không vang"),
    ]
    assert "1 lần vang khẩn cấp trong kỳ, 1 lệnh không vang" in told(document)[0]
    with scene.database.reading() as session:
        later = period_of(PeriodKind.MONTH, date(2026, 2, 2))
        empty = draft_report(session, scene.clerk, ReportKind.EMERGENCIES, later, now=scene.clock.now()).document
    assert empty.tables()[0].rows == []


def test_tomorrow_is_what_will_sound_even_when_the_sheet_is_printed_late(scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1234567")
        kept, dropped = (build.script(session, scene, title) for title in ("Còn trong buổi", "Đã gỡ"))
        plan_days(session, scene.station_id, scene.clock.now())
        programme = session.scalars(select(Programme).where(Programme.day == DAY + timedelta(days=1))).one()
        for number, one in enumerate((kept, dropped)):
            session.add(
                Item(
                    programme_id=programme.id,
                    rank=900.0 + number,
                    placed_by=PlacedBy.PERSON,
                    kind=ItemKind.SCRIPT,
                    revision_id=one.revision_id,
                    planned_ms=60_000,
                    state=ItemState.WAITING if one is kept else ItemState.DROPPED,
                )
            )
        programme_id = programme.id
    before = made(scene, ReportKind.HANDOVER).tables()[1].rows
    assert [row[2] for row in before] == ["Còn trong buổi"]
    with scene.database.writing() as session:
        session.get_one(Programme, programme_id).state = ProgrammeState.CLOSED
    assert made(scene, ReportKind.HANDOVER).tables()[1].rows == before, "in lại hôm sau: buổi ấy đã phát rồi"
    with scene.database.writing() as session:
        session.get_one(Programme, programme_id).rehearsal = True
    assert made(scene, ReportKind.HANDOVER).tables()[1].rows == [], "diễn tập không ra loa"
