"""Trang Chờ phát và lời *sẽ phát, chưa có chỗ, vì sao không* trên trang thật."""

from __future__ import annotations

import re

from sqlalchemy import select

from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.tables import Programme
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
