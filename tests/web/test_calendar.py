"""Trang Lịch phát: danh sách, tuần, tháng, theo đường ra; dời, chép, lấy lại; chuột, ngón tay, bàn phím và không script."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.exceptions import DayForm, add_day_exception
from broadcaster.traffic.slots import create_slot
from broadcaster.traffic.tables import DayException, Programme
from tests.support.chromium import WIDTHS, drag_by_touch, faults
from tests.support.scene import Scene
from tests.support.windows import Desk
from tests.traffic import build
from tests.web.conftest import Enter
from tests.web.test_programmes import settle

MONDAY = date(2026, 3, 2)
TUESDAY, SATURDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=5)


@pytest.fixture
def slot_id(scene: Scene) -> int:
    """Buổi chiều thứ Ba của cả phường, buổi tối thứ Ba chỉ của TDP 1."""
    with scene.database.writing() as session:
        slot = build.slot(session, scene, weekdays="2")
        own = {"name": "Tối <TDP 1>", "starts_at": build.form(None).starts_at.replace(hour=19), "zone_ids": (scene.zone_ids[0],)}
        create_slot(session, scene.operator, build.form(slot.format_id, weekdays="2", **own), now=scene.clock.now())
        found = slot.id
    settle(scene)
    return found


def days(scene: Scene) -> set[tuple[date, str]]:
    with scene.database.reading() as session:
        rows = session.scalars(select(Programme).where(Programme.state == "planned"))
        return {(row.day, f"{row.starts_at + timedelta(hours=7):%H:%M}") for row in rows}


def test_the_week_is_by_path_with_exceptions_and_the_month_has_holidays(enter: Enter, scene: Scene, slot_id: int) -> None:
    with scene.database.writing() as session:
        off = DayForm(SATURDAY, DayExceptionKind.OFF, "Quốc <tang>")
        add_day_exception(session, scene.operator, off, now=scene.clock.now())
    browser = enter(scene.auditor)
    week = browser.get("/lich-phat?kieu=tuan&ngay=2026-03-04").text
    assert re.findall(r'<th scope="row">([^<]+)', week) == ["Mọi đường ra", "Đường 1"]
    assert "Tối &lt;TDP 1&gt;" in week
    assert "Nghỉ phát: Quốc &lt;tang&gt;" in week
    assert "Dời buổi này" not in week, "người xem không thấy nút sửa"
    second = browser.get(f"/lich-phat?kieu=tuan&ngay=2026-03-04&duong={scene.output_ids[1]}").text
    assert ("Buổi chiều" in second, "Tối &lt;TDP 1&gt;" in second) == (True, False)
    month = browser.get("/lich-phat?kieu=thang&ngay=2026-04-10").text
    assert "Ngày Chiến thắng" in month
    assert month.count("Buổi chiều") >= 4
    assert browser.get("/lich-phat?kieu=la&ngay=2026-04-10&duong=9x").status_code == 200


def test_a_programme_is_moved_and_taken_back_without_script(enter: Enter, scene: Scene, slot_id: int) -> None:
    browser = enter(scene.operator)
    wanted = {"kieu": "tuan", "khung": str(slot_id), "ngay": "2026-03-03", "sang": "07/03/2026", "gio": "18h30"}
    assert enter(scene.writer).post("/lich-phat/doi", data=wanted).status_code == 403
    assert enter(scene.stranger).post("/lich-phat/doi", data=wanted).status_code == 404
    browser = enter(scene.operator)
    done = browser.post("/lich-phat/doi", data=wanted)
    assert done.status_code == 303
    assert (SATURDAY, "18:30") in days(scene)
    page = browser.get(done.headers["location"]).text
    assert "Đã dời buổi." in page
    undo = dict(re.findall(r'name="(buoi|ngoai_le)" value="(\d+)"', page))
    assert browser.post("/lich-phat/doi/hoan-tac", data={**undo, "ngay": "2026-03-07", "kieu": "tuan"}).status_code == 303
    assert (TUESDAY, "17:00") in days(scene)
    assert browser.post("/lich-phat/doi/hoan-tac", data={**undo, "ngay": "2026-03-07"}).status_code == 404


def test_what_cannot_be_moved_says_why_and_changes_nothing(enter: Enter, scene: Scene, slot_id: int) -> None:
    browser = enter(scene.operator)
    before = days(scene)
    form = {"kieu": "tuan", "khung": str(slot_id), "ngay": "2026-03-03"}
    for more, told in (
        ({"sang": "07/03/2026", "gio": "22:00"}, "giờ yên tĩnh"),
        ({"sang": "03/03/2026", "gio": "19:05"}, "Tối &lt;TDP 1&gt;"),
        ({"sang": "01/03/2026", "gio": ""}, ""),
        ({"sang": "", "gio": ""}, "Hãy nhập ngày"),
    ):
        answer = browser.post("/lich-phat/doi", data={**form, **more})
        assert answer.status_code in (409, 422)
        assert told in answer.text
    assert days(scene) == before
    with scene.database.reading() as session:
        assert session.scalars(select(DayException)).all() == []


def test_a_day_is_copied_and_taken_back(enter: Enter, scene: Scene, slot_id: int) -> None:
    browser = enter(scene.operator)
    form = {"kieu": "tuan", "ngay": "03/03/2026", "sang": "07/03/2026"}
    assert enter(scene.writer).post("/lich-phat/chep", data=form).status_code == 403
    browser = enter(scene.operator)
    done = browser.post("/lich-phat/chep", data=form)
    assert done.status_code == 303
    settle(scene)
    assert {(SATURDAY, "17:00"), (SATURDAY, "19:00")} <= days(scene)
    page = browser.get(done.headers["location"]).text
    assert "Đã chép 2 buổi" in page
    undo = {"ngay": "2026-03-07", "e": re.findall(r'name="e" value="(\d+)"', page)}
    assert browser.post("/lich-phat/chep", data=form).status_code == 409
    assert enter(scene.stranger).post("/lich-phat/chep/hoan-tac", data=undo).status_code == 404
    assert enter(scene.operator).post("/lich-phat/chep/hoan-tac", data=undo).status_code == 303
    settle(scene)
    assert not {day for day, _ in days(scene)} & {SATURDAY}
    assert slot_id


@pytest.fixture
def page(desk: Desk, scene: Scene, slot_id: int) -> Page:
    """Lịch tuần, màn hình máy tính bảng có chạm, người vận hành đã đăng nhập."""
    assert slot_id
    return desk.open(scene.operator, "/lich-phat?kieu=tuan&ngay=2026-03-03", has_touch=True, locale="en-US")


def spots(page: Page) -> tuple[tuple[float, float], tuple[float, float]]:
    """Tay kéo của buổi chiều thứ Ba, và ô thứ Bảy cùng hàng."""
    grip = page.locator(".entry", has_text="Buổi chiều").first.locator(".handle").bounding_box()
    cell = page.locator('tbody tr:first-child td[data-ngay="2026-03-07"]').bounding_box()
    assert grip is not None
    assert cell is not None
    return (grip["x"] + 6, grip["y"] + 6), (cell["x"] + cell["width"] / 2, cell["y"] + 12)


@pytest.mark.browser
def test_the_mouse_and_a_finger_drag_a_programme_to_another_day(page: Page, scene: Scene) -> None:
    start, end = spots(page)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()
    expect(page.locator(".said")).to_contain_text("Đã dời buổi")
    assert (SATURDAY, "17:00") in days(scene)
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator(".said")).to_contain_text("Đã trả buổi")
    drag_by_touch(page, *spots(page))
    expect(page.locator(".said")).to_contain_text("Đã dời buổi")
    assert (SATURDAY, "17:00") in days(scene)


@pytest.mark.browser
def test_the_keyboard_moves_a_programme_and_is_spoken(page: Page, scene: Scene) -> None:
    handle = page.locator(".entry", has_text="Buổi chiều").first.locator(".handle")
    handle.focus()
    page.keyboard.press(" ")
    expect(page.locator("#noi")).to_contain_text("Đã nhấc “Buổi chiều, 17:00”")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#noi")).to_have_text("Tư 04/03")
    page.keyboard.press("Escape")
    expect(page.locator("#noi")).to_contain_text("nguyên ngày cũ")
    for key in (" ", "ArrowRight", " "):
        page.keyboard.press(key)
    expect(page.locator(".said")).to_contain_text("Đã dời buổi")
    assert (MONDAY + timedelta(days=2), "17:00") in days(scene)


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["danh-sach", "tuan", "thang"])
def test_the_calendar_fits_both_screens_and_prints_with_its_signatures(page: Page, kind: str) -> None:
    page.goto(f"/lich-phat?kieu={kind}&ngay=2026-03-03")
    assert [fault for width in WIDTHS for fault in faults(page, width)] == []
    page.emulate_media(media="print")
    assert page.get_by_text("Người phụ trách đài").is_visible()
    assert not page.get_by_role("heading", name="Chép một ngày").is_visible()
