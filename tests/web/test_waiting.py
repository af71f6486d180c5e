"""Trang Chờ phát và lời *sẽ phát, chưa có chỗ, vì sao không* trên trang thật."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import event, select
from starlette.testclient import TestClient

from broadcaster.newsroom.enums import Genre
from broadcaster.playout.tables import Cluster
from broadcaster.service.hearing import heard_with
from broadcaster.traffic.loading import Loaded
from broadcaster.traffic.tables import Programme
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter
from tests.web.test_programmes import settle


def stocked(scene: Scene) -> tuple[build.Texted, build.Texted]:
    """Một buổi, một bản tin có chỗ, một bản tin khuôn không nhận."""
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        placed = build.script(session, scene, "Tin có chỗ")
        lost = build.script(session, scene, "Ca khúc <b>quê hương</b>", genre=Genre.MUSIC)
    settle(scene)
    return placed, lost


def test_an_empty_stock_says_what_to_do(enter: Enter, scene: Scene) -> None:
    page = enter(scene.writer).get("/cho-phat").text
    assert "Chưa có bản tin nào đã duyệt" in page
    assert 'href="/ban-tin/moi"' in page


def test_the_page_says_when_or_why_not_and_escapes_titles(enter: Enter, scene: Scene) -> None:
    stocked(scene)
    page = enter(scene.writer).get("/cho-phat").text
    assert "1 bản tin đã duyệt chưa phát lần nào và chưa có chỗ" in page
    assert "Ca khúc &lt;b&gt;quê hương&lt;/b&gt;" in page
    assert "không có đoạn nào nhận thể loại “Nhạc”" in page
    assert page.index("Ca khúc") < page.index("Tin có chỗ")
    assert re.search(r"Sẽ phát</strong> <a href=\"/chuong-trinh/\d+\">02/03/2026 17:00", page)
    assert "Bốn tuần tới" in page


def test_each_bulletin_tells_its_own_prospect(enter: Enter, scene: Scene) -> None:
    placed, lost = stocked(scene)
    browser = enter(scene.writer)
    assert "Sẽ phát" in browser.get(f"/ban-tin/bai/{placed.script_id}").text
    assert "Chưa có chỗ" in browser.get(f"/ban-tin/bai/{lost.script_id}").text


def test_the_programme_tells_why_not_and_one_press_adds_with_a_warning(enter: Enter, scene: Scene) -> None:
    _, lost = stocked(scene)
    browser = enter(scene.operator)
    with scene.database.reading() as session:
        programme_id = session.scalars(select(Programme.id).order_by(Programme.starts_at)).first()
    assert "Bản tin không có trong buổi này, và vì sao (1)" in browser.get(f"/chuong-trinh/{programme_id}").text
    answer = browser.post(f"/cho-phat/{lost.script_id}/them", data={"buoi": str(programme_id)})
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"]).text
    assert "Đã thêm bản tin vào buổi." in page
    assert "Trần Văn Hùng thêm" in page


def test_only_the_operator_may_press(enter: Enter, scene: Scene) -> None:
    _, lost = stocked(scene)
    with scene.database.reading() as session:
        programme_id = session.scalars(select(Programme.id).order_by(Programme.starts_at)).first()
    assert enter(scene.writer).post(f"/cho-phat/{lost.script_id}/them", data={"buoi": str(programme_id)}).status_code == 403
    assert enter(scene.stranger).post(f"/cho-phat/{lost.script_id}/them", data={"buoi": str(programme_id)}).status_code == 404


def test_one_press_makes_a_programme_only_for_the_zone_of_the_bulletin(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        slot = build.slot(session, scene, weekdays="1", zone_ids=(scene.zone_ids[0],))
        lost = build.script(session, scene, "Họp TDP 2", zones=(scene.zone_ids[1],))
        build.script(session, scene, "Ca khúc", genre=Genre.MUSIC)
        build.script(session, scene, "Tin", zones=(scene.zone_ids[0],))
    settle(scene)
    browser = enter(scene.operator)
    page = browser.get("/cho-phat").text
    assert f'href="/khuon/{slot.format_id}">Sửa khuôn<span class="only-read">: Ca khúc' in page
    assert "Buổi sắp phát chưa đủ tin bài" in page
    key = r'<input type="hidden" name="khoa_gui" value="\w+">'
    button = rf'action="(/cho-phat/{lost.script_id}/phat-mot-lan)">{key}<input type="hidden" name="luc" value="([^"]+)"'
    press = re.search(button, page)
    assert press is not None
    assert press[2] == "02/03/2026 17:20"
    assert enter(scene.writer).post(press[1], data={"luc": press[2]}).status_code == 403
    assert enter(scene.stranger).post(press[1], data={"luc": press[2]}).status_code in (403, 404, 409)
    browser = enter(scene.operator)
    made = browser.post(press[1], data={"luc": press[2]})
    assert made.status_code == 303
    assert "Tổ dân phố số 2" in browser.get(made.headers["location"]).text
    again = browser.post(press[1], data={"luc": press[2]})
    assert again.status_code == 409
    assert "sẽ đè lên nhau" in again.text or "Đè lên khung giờ" in again.text
    assert f'value="bai:{lost.script_id}" selected' in again.text


def test_the_slot_form_opens_with_the_zone_and_the_bulletin_filled_in(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.equip(session, scene)
        lost = build.script(session, scene, "Họp TDP 2", zones=(scene.zone_ids[1],))
    page = enter(scene.operator).get(f"/khung-gio?bai={lost.script_id}").text
    assert f'value="bai:{lost.script_id}" selected' in page
    assert re.findall(r'name="tdp" value="(\d+)" checked', page) == [str(scene.zone_ids[1])]
    assert "Để “Họp TDP 2” có chỗ" in page


def test_a_shared_output_is_refused_with_who_else_hears_and_shown_in_the_list(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1", zone_ids=(scene.zone_ids[0],))
        moved = session.scalars(select(Cluster).where(Cluster.zone_id == scene.zone_ids[1])).one()
        moved.output_id = scene.output_ids[0]
    browser = enter(scene.operator)
    assert "Tổ dân phố số 2 cũng nghe vì chung đường ra" in browser.get("/khung-gio").text
    other = {"ten": "Tối", "gio": "17:00", "phut": "15", "ngay": ["1"], "tdp": [str(scene.zone_ids[1])]}
    refused = browser.post("/khung-gio", data=other)
    assert refused.status_code == 422
    assert "phát cho Tổ dân phố số 2 thì Tổ dân phố số 1 cũng nghe" in refused.text
    shown = browser.post("/khung-gio", data={**other, "gio": "18:00"})
    assert "<strong>TDP1 · Tổ dân phố số 1</strong> cũng nghe" in shown.text


def test_a_longer_life_is_a_draft_that_only_waits_to_be_sent(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene, weekdays="1")
        one = build.script(session, scene, "Tin cũ", valid_to=date(2026, 3, 1))
    browser = enter(scene.writer)
    made = browser.post(f"/ban-tin/bai/{one.script_id}/noi-han")
    assert made.status_code == 303
    page = browser.get(made.headers["location"]).text
    assert "Bản mới phát tới hết 14/03/2026" in page or "Bản mới phát tới hết 15/03/2026" in page
    assert enter(scene.auditor).post(f"/ban-tin/bai/{one.script_id}/noi-han").status_code == 403
    assert enter(scene.stranger).post(f"/ban-tin/bai/{one.script_id}/noi-han").status_code == 404


def test_pages_share_one_plan_until_something_it_reads_moves(enter: Enter, scene: Scene, services: Services) -> None:
    placed, _ = stocked(scene)
    browser = enter(scene.operator)
    with scene.database.reading() as session:
        programme_id = session.scalars(select(Programme.id).order_by(Programme.starts_at)).first()
    pages = ("/cho-phat", f"/ban-tin/bai/{placed.script_id}", f"/chuong-trinh/{programme_id}")
    first = _queries(scene, browser, pages[0])
    assert all(browser.get(page).status_code == 200 for page in pages)
    kept = _kept(scene, services)
    again = _queries(scene, browser, pages[0])
    assert again <= first - 10, "lần xem sau không đọc và xếp lại"
    assert _kept(scene, services) is kept
    with scene.database.writing() as session:
        build.script(session, scene, "Tin vừa duyệt")
    assert "Tin vừa duyệt" in browser.get(pages[0]).text
    assert _kept(scene, services) is not kept


def _kept(scene: Scene, services: Services) -> Loaded:
    with scene.database.reading() as session:
        paths = heard_with(session, scene.station_id)
        return services.book.loaded(session, scene.station_id, scene.clock.now(), paths=paths)


def _queries(scene: Scene, browser: TestClient, page: str) -> int:
    count = 0

    def heard(*_args: object) -> None:
        nonlocal count
        count += 1

    event.listen(scene.database.engine, "before_cursor_execute", heard)
    assert browser.get(page).status_code == 200
    event.remove(scene.database.engine, "before_cursor_execute", heard)
    return count
