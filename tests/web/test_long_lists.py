"""Hộp chờ duyệt, từ điển, báo cáo đã lập dài: từng trang, tìm được, trang cuối không giấu dòng nào."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import delete

from broadcaster.newsroom.dictionary import EntryForm, teach
from broadcaster.newsroom.listing import PAGE
from broadcaster.reports import making
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.tables import Report
from broadcaster.web.routes import dictionary
from tests.support.scene import Scene
from tests.web.conftest import Enter
from tests.web.test_home import sent


def test_a_long_inbox_is_paged_oldest_first_and_searched(enter: Enter, scene: Scene) -> None:
    for number in range(PAGE + 2):
        sent(scene, f"Tin số {number}")
    sent(scene, "Lịch phun thuốc muỗi")
    leader = enter(scene.leader)
    first, last = leader.get("/duyet").text, leader.get("/duyet?trang=2").text
    assert f"{PAGE + 3} bản chờ duyệt, trang 1 trên 2" in first
    titles = re.findall(r'<a href="/duyet/\d+">([^<]+)</a>', first + last)
    assert titles == [*(f"Tin số {number}" for number in range(PAGE + 2)), "Lịch phun thuốc muỗi"]
    found = leader.get("/duyet", params={"tim": "muoi thuoc"}).text
    assert "1 bản chờ duyệt khớp" in found
    assert "Lịch phun thuốc muỗi" in found
    assert "Không có bản chờ duyệt nào khớp" in leader.get("/duyet", params={"tim": "zzz"}).text
    assert "Về trang đầu" in leader.get("/duyet?trang=9").text


def test_a_long_dictionary_is_paged_and_searched(enter: Enter, scene: Scene) -> None:
    count = dictionary.PAGE + 5
    with scene.database.writing() as session:
        forms = [EntryForm(f"CK{number:03}", "chùa keo chín") for number in range(count)]
        teach(session, scene.writer, forms, now=scene.clock.now())
    writer = enter(scene.writer)
    pages = [writer.get("/tu-dien", params={"trang": number}).text for number in (1, 2)]
    shown = [word for page in pages for word in re.findall(r'<td data-ten="Chữ"><strong>(\w+)</strong>', page)]
    assert shown == [f"CK{number:03}" for number in range(count)]
    assert f"{count} mục, trang 1 trên 2" in pages[0]
    found = writer.get("/tu-dien", params={"tim": "ck054"}).text
    assert "1 mục khớp" in found
    assert "CK054" in found
    assert "Không có mục nào khớp" in writer.get("/tu-dien", params={"tim": "zzz"}).text


def test_many_reports_are_paged_newest_first_and_the_last_page_is_the_last(enter: Enter, scene: Scene) -> None:
    today = scene.clock.now().date()
    common = {"kind": ReportKind.AIRLOG, "file": "a", "figures_sha256": "c" * 64, "made_by": "Hà"}
    clerk = enter(scene.clerk)
    for count in (making.PAGE, making.PAGE + 3):
        with scene.database.writing() as session:
            session.execute(delete(Report))
            for number in range(count):
                day, at = today - timedelta(days=number), scene.clock.now() - timedelta(days=number)
                named = {"period_from": day, "period_to": day, "period_name": f"Kỳ {number}"}
                session.add(Report(station_id=scene.station_id, made_at=at, **common, **named))
        pages = [clerk.get("/bao-cao", params={"trang": number}).text for number in (1, 2)]
        shown = [found for page in pages for found in re.findall(r'<td data-ten="Kỳ">(Kỳ \d+)</td>', page)]
        assert shown == [f"Kỳ {number}" for number in range(count)]
        assert ("trang=2" in pages[0]) == (count > making.PAGE), "không mời sang một trang trống"
    assert f"{count} báo cáo, trang 1 trên 2" in pages[0]
    assert "Về trang đầu" in clerk.get("/bao-cao?trang=9").text
