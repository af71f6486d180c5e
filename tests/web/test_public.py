"""Chương trình cho mọi người: đóng khi chưa bật; mở thì chỉ có giờ và tiêu đề; lịch đúng chuẩn, chữ dài không cắt giữa chữ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.accounts import settings
from broadcaster.traffic.keeper import upkeep
from broadcaster.web.calendar_text import escaped, folded
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.studio import PlainStudio
from tests.web.conftest import Enter

PATHS = ("hom-nay", "hom-nay.json", "chuong-trinh.ics")
HOUSE = "/cong-khai/phung-chi-kien"


def switch(scene: Scene, *, on: bool) -> None:
    with scene.database.writing() as session:
        settings.put(session, scene.station_id, "public_programme", on, changed_by="a", now=scene.clock.now())


@pytest.fixture
def planned(scene: Scene) -> Scene:
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.script(session, scene, "Tin <b>; hay, dài " + "ạ" * 120)
    studio = PlainStudio(scene)
    for _ in range(2):
        upkeep(scene.database, scene.clock, scene.station_id, studio=studio)
        studio.make_all()
    return scene


def test_closed_until_the_station_opens_it(enter: Enter, planned: Scene) -> None:
    visitor = enter(None)
    for path in PATHS:
        assert visitor.get(f"{HOUSE}/{path}").status_code == 404
    switch(planned, on=True)
    for path in PATHS:
        assert visitor.get(f"{HOUSE}/{path}").status_code == 200
        assert visitor.get(f"/cong-khai/bach-sam/{path}").status_code == 404, "đài khác chưa mở"
        assert visitor.get(f"/cong-khai/la/{path}").status_code == 404


def test_times_and_titles_and_nothing_private(enter: Enter, planned: Scene) -> None:
    switch(planned, on=True)
    visitor = enter(None)
    answers = {path: visitor.get(f"{HOUSE}/{path}") for path in PATHS}
    page, calendar = answers["hom-nay"].text, answers["chuong-trinh.ics"].text
    (programme,) = answers["hom-nay.json"].json()["buoi"]
    assert programme["bat_dau"] == "2026-03-02T17:00:00+07:00"
    assert programme["ban_tin"][0].startswith("Tin <b>; hay, dài")
    assert "Tin &lt;b&gt;; hay" in page
    assert "17:00 – 17:15" in page
    assert calendar.startswith("BEGIN:VCALENDAR\r\n")
    assert calendar.endswith("END:VCALENDAR\r\n")
    assert "DTSTART:20260302T100000Z" in calendar
    assert calendar.count("BEGIN:VEVENT") > 1, "lịch có cả những ngày tới"
    assert "Tin <b>\\; hay\\, dài" in calendar.replace("\r\n ", "")
    for answer in answers.values():
        assert not any(name in answer.text for name in ("Nguyễn Thị Lan", "Đặng Thị Minh Trang", "chưa phát lần nào"))


@given(st.text(max_size=300))
def test_any_title_survives_folding(text: str) -> None:
    line = f"SUMMARY:{escaped(text)}"
    parts = folded(line).split("\r\n")
    assert all(len(part.encode()) <= 75 for part in parts)
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line
    assert "\n" not in line
