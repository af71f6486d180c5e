"""Trang báo cáo: lập bằng một lần bấm, xem, tải ba dạng, so lại, mức nhuận bút; ai được làm gì."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import AuditEntry
from broadcaster.reports.evidence import Places
from broadcaster.reports.tables import Report, RoyaltyRate
from broadcaster.service.report_worker import ReportWorker
from broadcaster.web.services import Services
from tests.conftest import database  # noqa: F401  SQL và kiểu cột mỗi nơi một khác: chạy trên cả hai
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.web.conftest import Enter

pytestmark = pytest.mark.usefixtures("services")


def test_the_quarter_report_is_one_press_and_downloads_three_ways(enter: Enter, scene: Scene, services: Services) -> None:
    sound(scene, Sounded(11, scene.clock.now(), title="<b>=1+1</b>"))
    clerk = enter(scene.clerk)
    page = clerk.get("/bao-cao").text
    assert "Báo cáo CCHC quý I năm 2026: còn 13 ngày" in page
    assert "hạn nộp 15/03/2026" in page
    form = dict(re.findall(r'<input type="hidden" name="(mau|ky|ngay)" value="([^"]+)"', page)[:3])
    made = clerk.post("/bao-cao", data=form)
    assert made.status_code == 303
    address = made.headers["location"].partition("?")[0]
    shown = clerk.get(address).text
    assert "đã biên tập, phát 1 tin" in shown
    assert "giống hệt bản này" in clerk.post(f"{address}/so").text
    for kind in ("docx", "pdf", "xlsx"):
        file = clerk.get(f"{address}/tai.{kind}")
        assert f".{kind}" in file.headers["content-disposition"]
        assert file.content == clerk.get(f"{address}/tai.{kind}").content, "tải lại là y hệt"
    assert clerk.get(f"{address}/tai.exe").status_code == 422
    with scene.database.reading() as session:
        taken = session.scalars(select(AuditEntry).where(AuditEntry.action == "exported").order_by(AuditEntry.id)).all()
    assert [(one.who, one.detail["kind"]) for one in taken] == [
        (scene.clerk.name, kind) for kind in ("docx", "docx", "pdf", "pdf", "xlsx", "xlsx")
    ], "mỗi lần mang ra là một dòng sổ"
    assert [path.name for path in services.exports.iterdir() if path.suffix in (".docx", ".pdf", ".xlsx")] == []


def test_a_later_correction_shows_as_a_difference(enter: Enter, scene: Scene) -> None:
    one = Sounded(11, scene.clock.now())
    sound(scene, one)
    clerk = enter(scene.clerk)
    day = scene.clock.now().date()
    made = clerk.post("/bao-cao", data={"mau": "airlog", "ky": "day", "ngay": str(day)})
    address = made.headers["location"].partition("?")[0]
    sound(scene, replace(one, item=12, title="Mục đến sau"))
    answer = clerk.post(f"{address}/so").text
    assert "chỗ khác" in answer
    assert "Mục đến sau" in answer


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"mau": "reform", "ky": "month", "ngay": "2026-03-01"}, "không lập theo kỳ"),
        ({"mau": "monthly", "ky": "month", "ngay": "2031-03-01"}, "chưa bắt đầu"),
        ({"mau": "monthly", "ky": "month", "ngay": "hôm qua"}, "Hãy nhập ngày"),
        ({"mau": "lạ", "ky": "month", "ngay": "2026-03-01"}, ""),
    ],
)
def test_a_wrong_period_is_told_in_words(enter: Enter, scene: Scene, form: dict[str, str], said: str) -> None:
    answer = enter(scene.clerk).post("/bao-cao", data=form)
    assert answer.status_code == 422
    assert said in answer.text


def test_who_may(enter: Enter, scene: Scene) -> None:
    form = {"mau": "monthly", "ky": "month", "ngay": str(scene.clock.now().date())}
    assert enter(scene.auditor).post("/bao-cao", data=form).status_code == 403
    assert "Lập báo cáo" not in enter(scene.auditor).get("/bao-cao").text
    made = enter(scene.clerk).post("/bao-cao", data=form)
    address = made.headers["location"].partition("?")[0]
    assert enter(scene.auditor).get(address).status_code == 200
    for path in (address, f"{address}/tai.docx"):
        assert enter(scene.stranger).get(path).status_code == 404


def test_a_rate_is_kept_as_history(enter: Enter, scene: Scene) -> None:
    clerk = enter(scene.clerk)
    day = scene.clock.now().date()
    for amount, since in (("40.000", day - timedelta(days=9)), ("50.000", day)):
        form = {"the_loai": "news", "vai_tro": "author", "so_tien": amount, "tu_ngay": str(since)}
        assert clerk.post("/bao-cao/nhuan-but/muc", data=form).status_code == 303
    assert "50.000" in clerk.get("/bao-cao").text
    wrong = clerk.post("/bao-cao/nhuan-but/muc", data={"the_loai": "news", "so_tien": "<i>nhiều</i>", "tu_ngay": ""})
    assert wrong.status_code == 422
    assert "&lt;i&gt;nhiều&lt;/i&gt;" in wrong.text
    with scene.database.reading() as session:
        assert session.scalars(select(RoyaltyRate.amount).order_by(RoyaltyRate.id)).all() == [40_000, 50_000]


def test_a_rate_set_for_later_is_seen_at_once(enter: Enter, scene: Scene) -> None:
    clerk, later = enter(scene.clerk), scene.clock.now().date() + timedelta(days=30)
    form = {"the_loai": "news", "vai_tro": "author", "so_tien": "70.000", "tu_ngay": str(later)}
    assert clerk.post("/bao-cao/nhuan-but/muc", data=form).status_code == 303
    page = clerk.get("/bao-cao").text
    assert "70.000" in page
    assert "chưa tới ngày" in page


def test_a_report_of_the_old_software_says_to_make_it_again(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        old = Report(
            station_id=scene.station_id,
            kind="airlog",
            period_from=date(2026, 3, 1),
            period_to=date(2026, 3, 1),
            file="cu.xlsx",
            figures_sha256="c" * 64,
            made_by="Hà",
            made_at=scene.clock.now(),
        )
        session.add(old)
        session.flush()
        report_id = old.id
    clerk = enter(scene.clerk)
    assert "Phần mềm cũ lập" in clerk.get("/bao-cao").text
    answer = clerk.get(f"/bao-cao/{report_id}")
    assert answer.status_code == 409
    assert "lập lại báo cáo" in answer.text


def test_the_word_file_carries_the_title_as_typed(enter: Enter, scene: Scene, services: Services) -> None:
    sound(scene, Sounded(11, scene.clock.now(), title="=HYPERLINK(1)"))
    clerk = enter(scene.clerk)
    made = clerk.post("/bao-cao", data={"mau": "airlog", "ky": "day", "ngay": str(scene.clock.now().date())})
    file = services.exports / "tai-ve.docx"
    file.write_bytes(clerk.get(made.headers["location"].partition("?")[0] + "/tai.docx").content)
    with zipfile.ZipFile(file) as archive:
        assert "=HYPERLINK(1)" in archive.read("word/document.xml").decode()


def test_the_quarter_report_is_two_steps_from_home(enter: Enter, scene: Scene) -> None:
    clerk = enter(scene.clerk)
    page = clerk.get("/").text
    form = dict(re.findall(r'<input type="hidden" name="(mau|ky|ngay)" value="([^"]+)"', page))
    made = clerk.post("/bao-cao", data=form)
    assert made.status_code == 303
    assert made.headers["location"].startswith("/bao-cao/")
    assert "Làm báo cáo" not in enter(scene.auditor).get("/").text


def test_a_pack_is_asked_watched_and_downloaded(enter: Enter, scene: Scene, services: Services) -> None:
    clerk = enter(scene.clerk)
    made = clerk.post("/bao-cao", data={"mau": "monthly", "ky": "month", "ngay": str(scene.clock.now().date())})
    address = made.headers["location"].partition("?")[0]
    asked = clerk.post(f"{address}/minh-chung", data={"tieng": "1"})
    job = asked.headers["location"]
    assert "Chờ tới lượt" in clerk.get(job).text
    assert clerk.get(f"{job}/goi.zip").status_code == 409
    places = Places(services.library, services.exports / "capture")
    ReportWorker(services.database, services.clock, places, services.packs, name="nha-1").step()
    assert "Minh chứng: Tổng hợp" in clerk.get("/").text
    assert "Tải gói minh chứng" in clerk.get(f"{job}/manh").text
    assert "Minh chứng: Tổng hợp" not in clerk.get("/").text
    file = clerk.get(f"{job}/goi.zip")
    assert file.headers["content-type"] == "application/zip"
    assert file.content[:2] == b"PK"
    assert enter(scene.auditor).post(f"{address}/minh-chung").status_code == 403
    assert enter(scene.stranger).get(f"{job}/goi.zip").status_code == 404
    again = clerk.post(f"{address}/minh-chung", data={}).headers["location"]
    assert clerk.post(f"{again}/thoi").status_code == 303
    assert "Đã thôi" in clerk.get(again).text
