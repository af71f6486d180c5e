"""Phản ánh của người dân: giờ họ nói, ngày không rõ giờ, bản tin trả lời nào chọn được, lời cũ, lượt nào mới là trả lời."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import AuditEntry
from broadcaster.airlog.enums import Mode
from broadcaster.newsroom.tables import Revision
from broadcaster.reports.document import Document
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.making import draft_report, period_of
from broadcaster.reports.periods import PeriodKind
from broadcaster.reports.tables import Complaint
from broadcaster.web.typed_minute import read_minute
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter

pytestmark = pytest.mark.usefixtures("services")
AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
"""05:00 ngày 2/3 ở Việt Nam; đồng hồ của sân khấu là 08:00 ngày ấy."""
TOLD = {"nguoi": "Bà Năm", "noi_dung": "Loa to quá", "ngay": "2/3/2026", "luc": "5 giờ"}


def form_of(scene: Scene) -> Document:
    with scene.database.reading() as session:
        period = period_of(PeriodKind.MONTH, date(2026, 3, 2))
        return draft_report(session, scene.clerk, ReportKind.COMPLAINTS, period, now=scene.clock.now()).document


def cells(scene: Scene) -> dict[str, object]:
    """Dòng duy nhất của F8, theo tên cột."""
    (table,) = form_of(scene).tables()
    (row,) = table.rows
    return {column.heading: value for column, value in zip(table.columns, row, strict=True)}


def complaint(scene: Scene) -> Complaint:
    with scene.database.reading() as session:
        return session.scalars(select(Complaint)).one()


def answered(enter: Enter, scene: Scene, text: str, script: object = "") -> int:
    clerk, address = enter(scene.clerk), f"/phan-anh/{complaint(scene).id}"
    stamp = re.search(r'name="truoc" value="([^"]+)"', clerk.get(address).text)
    assert stamp is not None
    return clerk.post(address, data={"tra_loi": text, "bai": str(script), "truoc": stamp[1]}).status_code


@pytest.mark.parametrize(
    ("typed", "minute"), [("12 giờ đêm", time(0, 0)), ("12 rưỡi đêm", time(0, 30)), ("11 giờ đêm", time(23, 0))]
)
def test_midnight_is_not_noon(typed: str, minute: time) -> None:
    assert read_minute(typed) == minute


def test_what_sounded_at_that_minute_is_in_the_form(enter: Enter, scene: Scene) -> None:
    sound(scene, Sounded(11, AT, title="Phòng cháy"))
    sound(scene, Sounded(12, AT, title="Tập dượt", mode=Mode.REHEARSAL, programme=9))
    assert enter(scene.clerk).post("/phan-anh", data=TOLD).status_code == 303
    assert (cells(scene)["Về lúc"], cells(scene)["Lúc ấy loa phát"]) == (datetime(2026, 3, 2, 5, 0), "Phòng cháy")
    assert "diễn tập, không ra loa" in enter(scene.clerk).get("/nhat-ky/phut?ngay=2/3/2026&luc=5h").text


def test_a_minute_in_which_nothing_sounded_is_told(enter: Enter, scene: Scene) -> None:
    sound(scene, Sounded(11, AT, title="Phòng cháy"))
    assert enter(scene.clerk).post("/phan-anh", data=TOLD | {"luc": "4 giờ 45"}).status_code == 303
    assert cells(scene)["Lúc ấy loa phát"] == "Không phát gì"


def test_a_page_beyond_the_last_does_not_say_that_nobody_complained(enter: Enter, scene: Scene) -> None:
    assert enter(scene.clerk).post("/phan-anh", data=TOLD).status_code == 303
    page = enter(scene.clerk).get("/phan-anh?trang=9").text
    assert "Không có trang ấy" in page
    assert "Chưa có phản ánh nào" not in page


def test_a_day_without_an_hour_is_no_midnight(enter: Enter, scene: Scene) -> None:
    clerk = enter(scene.clerk)
    assert clerk.post("/phan-anh", data=TOLD | {"luc": "", "ngay": "1/3/2026", "nhan_ngay": "1/3/2026"}).status_code == 303
    row = cells(scene)
    assert (row["Nhận lúc"], row["Về lúc"], row["Lúc ấy loa phát"]) == (date(2026, 3, 1), date(2026, 3, 1), None)
    page = clerk.get(f"/phan-anh/{complaint(scene).id}").text
    assert "00:00" not in page
    assert "/nhat-ky?ngay=2026-03-01" in page, "không có phút để mở thì mở ngày ấy"
    assert "00:00" not in clerk.get("/phan-anh").text


def test_a_complaint_is_about_what_was_before_it(enter: Enter, scene: Scene) -> None:
    clerk = enter(scene.clerk)
    wrong = clerk.post("/phan-anh", data=TOLD | {"nhan_ngay": "28/2/2026"})
    assert wrong.status_code == 422
    assert "sau ngày nhận" in wrong.text
    assert clerk.post("/phan-anh", data=TOLD | {"nhan_ngay": "2/3/2026"}).status_code == 303, "cùng ngày thì được"


@pytest.mark.parametrize("day", ["1/1/0001", "31/12/9999", "29/2/2027", "0/0/0"])
def test_a_day_that_cannot_be_is_told(enter: Enter, scene: Scene, day: str) -> None:
    for box in ("ngay", "nhan_ngay"):
        assert enter(scene.clerk).post("/phan-anh", data=TOLD | {box: day}).status_code == 422


def test_an_airing_before_the_complaint_answers_nothing(enter: Enter, scene: Scene) -> None:
    """Bản tin cũ được chọn làm lời đáp: lượt phát trước khi người dân nói không phải là trả lời."""
    with scene.database.writing() as session:
        script = build.script(session, scene, "Giờ phát thanh").script_id
    sound(scene, Sounded(11, AT - timedelta(days=3), script=script))
    assert enter(scene.clerk).post("/phan-anh", data=TOLD).status_code == 303
    assert answered(enter, scene, "Sẽ phát lại", script) == 303
    assert cells(scene)["Đã phát trả lời"] is None
    assert "chưa phát" in enter(scene.clerk).get("/phan-anh").text
    sound(scene, Sounded(12, AT + timedelta(days=1), script=script, programme=8))
    assert cells(scene)["Đã phát trả lời"] == date(2026, 3, 2)
    assert "đã phát" in enter(scene.clerk).get("/phan-anh").text


def test_every_approved_bulletin_can_be_the_answer_and_the_chosen_one_stays(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        first = build.script(session, scene, "Bản thứ nhất").script_id
        for number in range(35):
            build.script(session, scene, f"Bản mới {number}")
        old = build.script(session, scene, "Đã duyệt, đang sửa tiếp")
        draft = Revision(
            **{
                name: getattr(session.get_one(Revision, old.revision_id), name)
                for name in ("script_id", "title", "body", "genre", "author_id", "created_at", "updated_at")
            },
            number=2,
        )
        session.add(draft)
    clerk = enter(scene.clerk)
    assert clerk.post("/phan-anh", data=TOLD).status_code == 303
    page = clerk.get(f"/phan-anh/{complaint(scene).id}").text
    for title in ("Bản thứ nhất", "Đã duyệt, đang sửa tiếp"):
        assert f">{title}<" in page
    assert answered(enter, scene, "Đã phát", first) == 303
    with scene.database.writing() as session:
        for one in session.scalars(select(Revision).where(Revision.script_id == first)):
            one.state = "superseded"  # type: ignore[assignment]
    assert f'<option value="{first}" selected>' in clerk.get(f"/phan-anh/{complaint(scene).id}").text, (
        "sửa lời không gỡ mất bản tin"
    )


def test_the_book_keeps_the_answer_that_was_replaced(enter: Enter, scene: Scene) -> None:
    assert enter(scene.clerk).post("/phan-anh", data=TOLD).status_code == 303
    assert answered(enter, scene, "Không sao cả") == 303
    assert answered(enter, scene, "Đã vặn nhỏ") == 303
    with scene.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "complaint_answered").order_by(AuditEntry.id)
        told = [(one.detail["old"], one.detail["new"]) for one in session.scalars(query)]
    assert told == [("", "Không sao cả"), ("Không sao cả", "Đã vặn nhỏ")]
