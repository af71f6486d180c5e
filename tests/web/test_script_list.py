"""Trang Bản tin: điều kiện nằm trong địa chỉ, trang có số, chữ ác chỉ là chữ, ba nghìn bản tin vẫn một trang vừa tay."""

from __future__ import annotations

import re

from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.listing import PAGE
from tests.support.scene import Scene
from tests.web.conftest import Enter


def fill(scene: Scene, count: int) -> None:
    with scene.database.writing() as session:
        for number in range(count):
            create(session, scene.writer, Draft(f"Tin số {number}", "Họp tổ dân phố."), now=scene.clock.now())


def test_filters_stay_in_the_address_from_page_to_page(enter: Enter, scene: Scene) -> None:
    fill(scene, PAGE * 4 + 1)
    browser = enter(scene.writer)
    page = browser.get("/ban-tin", params={"tim": "to dan pho hop", "trang_thai": "draft", "nguoi": scene.writer.user_id}).text
    assert f"{PAGE * 4 + 1} bản tin khớp" in page
    assert "<details open><summary>Lọc và xếp" in page
    links = re.findall(r'aria-label="Trang (\d+) trên 5"', page)
    assert links == ["1", "2", "5"]
    onward = re.search(r'rel="next" href="([^"]+)"', page)
    assert onward is not None
    second = browser.get(onward[1].replace("&amp;", "&")).text
    assert re.search(r'aria-current="page" aria-label="Trang 2 ', second)
    assert "khớp" in second
    assert len(re.findall(r"<li>", second.split('class="plain-list card found"')[1])) == PAGE
    beyond = browser.get("/ban-tin?trang=99").text
    assert "Về trang đầu" in beyond


def test_what_cannot_be_understood_filters_nothing_and_is_shown_as_text(enter: Enter, scene: Scene) -> None:
    fill(scene, 1)
    browser = enter(scene.auditor)
    nasty = "\"'><script>alert(1)</script>"
    names = ("trang_thai", "the_loai", "nguoi", "chuyen_muc", "noi_dung_kh", "tu", "den", "xep")
    answer = browser.get("/ban-tin", params=dict.fromkeys(names, nasty))
    assert (answer.status_code, "Tin số 0" in answer.text, "<script>alert" in answer.text) == (200, True, False)
    for number in ("-1", "0", "99999999999999999999", "1e9"):
        assert browser.get("/ban-tin", params={"nguoi": number}).status_code == 200
    assert "Không có bản tin nào khớp" in browser.get("/ban-tin", params={"tim": nasty}).text
    assert browser.get("/ban-tin", params={"den": "31/12/9999", "tu": "01/01/0001"}).status_code == 200


def test_a_reader_opens_a_draft_to_read_not_to_write(enter: Enter, scene: Scene) -> None:
    fill(scene, 1)
    assert re.search(r'href="/ban-tin/\d+/sua"', enter(scene.writer).get("/ban-tin").text)
    assert not re.search(r'href="/ban-tin/\d+/sua"', enter(scene.auditor).get("/ban-tin").text)
