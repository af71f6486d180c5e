"""Vỏ của mọi trang: menu theo vai, tệp tĩnh mang dấu, lời báo chỉ sau việc của nó, trang không mạng, từ của các trang."""

from __future__ import annotations

import gzip
import re

import pytest

from broadcaster.accounts import settings
from broadcaster.accounts.actor import ALLOWED
from broadcaster.accounts.enums import Role
from broadcaster.studio import templates
from broadcaster.web.assets import FOLDER, VERSION
from broadcaster.web.glossary import BLANKS, blanks_told, person_name, subject_name, told, value_text, voice_name
from broadcaster.web.menu import MENU, QUICK
from broadcaster.web.permissions import SEE
from broadcaster.web.routes.offline import phones
from broadcaster.web.told import Told
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter


@pytest.mark.parametrize("role", list(Role))
def test_the_bar_of_a_phone_has_four_pages_the_role_can_open(role: Role) -> None:
    opened = {path for path, actions in SEE.items() if not actions or ALLOWED[role] & set(actions)}
    assert set(SEE) == {place.path for place in MENU}
    assert len(QUICK[role]) == 4
    assert set(QUICK[role]) <= opened


def test_the_deepest_place_of_the_menu_is_the_current_one(enter: Enter, scene: Scene) -> None:
    page = enter(scene.leader).get("/dai/mau-loi").text
    top = page[page.index('class="top"') : page.index("</header>")]
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', top) == ["/dai/mau-loi"]


def test_a_message_is_shown_only_after_its_own_deed(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.leader)
    forged = browser.get("/", params={"da": "Đã phát khẩn cấp tới cả phường."}).text
    assert "Đã phát khẩn cấp" not in forged
    answer = browser.post("/im-lang", data={"bat": "1"})
    told_by = browser.get(answer.headers["location"]).text
    assert '<p class="said" role="status">Đã cho im lặng.</p>' in told_by
    elsewhere = answer.headers["location"].replace("/truc-tiep", "/lich-phat")
    assert "Đã cho im lặng." not in browser.get(elsewhere).text


def test_a_message_grows_old() -> None:
    now = [0.0]
    memory = Told(lambda: now[0])
    memory.say("/ban-tin?trang=2#dau", "Đã lưu.")
    assert memory.heard("/ban-tin", "Đã lưu.") == "Đã lưu."
    now[0] = 121
    assert memory.heard("/ban-tin", "Đã lưu.") == ""


def test_files_are_kept_a_year_under_their_own_mark_and_asked_again_without_it(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    page = browser.get("/").text
    files = re.findall(r'"(/tinh/[^"#]+)', page)
    assert {path.split("/")[2] for path in files} == {VERSION}
    for path in files:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["cache-control"]
    assert browser.get("/tinh/broadcaster.css").headers["cache-control"] == "no-cache"
    assert browser.get("/tinh/broadcaster.css").content == (FOLDER / "broadcaster.css").read_bytes()
    assert browser.get(f"/tinh/{VERSION}/../../pages.py").status_code == 404


def test_a_page_travels_compressed_to_who_takes_it(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    with browser.stream("GET", "/", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert "Đài truyền thanh" in gzip.decompress(raw).decode()
    plain = browser.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "Đài truyền thanh" in plain.text


def test_the_door_names_the_station_and_the_icon_is_there(enter: Enter, scene: Scene) -> None:
    guest = enter(None)
    assert "Đài Truyền thanh" in guest.get("/dang-nhap").text
    assert guest.get("/favicon.ico").headers["content-type"] == "image/svg+xml"
    worker = guest.get("/ngoai-tuyen.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"


def test_the_kept_page_holds_todays_order_and_the_numbers_to_call(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        value = "Ông Hùng 0912.345.678; Trực ban"
        settings.put(session, scene.station_id, "urgent_phones", value, changed_by="a", now=scene.clock.now())
    page = enter(scene.writer).get("/ngoai-tuyen").text
    assert 'href="tel:0912345678"' in page
    assert "Trực ban" in page
    assert "Bản lưu trên máy này lúc" in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Ông Hùng 0912 345 678", [("Ông Hùng 0912 345 678", "0912345678")]),
        ("Công an 113; +84 24 3826 1234;", [("Công an 113", "113"), ("+84 24 3826 1234", "+842438261234")]),
    ],
)
def test_a_number_is_found_in_what_people_type(text: str, found: list[tuple[str, str]]) -> None:
    assert phones(text) == found


def test_the_words_of_the_machine_never_reach_a_reader() -> None:
    assert voice_name("espeak:vi-bac") == "Giọng máy (không cần mạng), miền Bắc"
    assert voice_name("gtts:vi") == "Giọng Google (cần mạng)"
    assert voice_name("Giọng Lan") == "Giọng Lan"
    assert subject_name("slot:12") == "khung giờ số 12"
    assert subject_name("reform:1") == "báo cáo “Kết quả tuyên truyền CCHC” số 1"
    assert subject_name("lan") == "lan"
    assert person_name("config.toml") == "Tệp cấu hình lúc lập đài"
    assert blanks_told("Đây là {dai}. {thong_bao_ai} {tên cầu}") == "Đây là ‹tên đài›. ‹câu báo giọng máy› ‹tên cầu›"
    assert value_text("2026-03-02T23:00:05.250000+00:00") == "06:00:05 ngày 03/03/2026"
    assert value_text(95_400, "heard_ms") == "1:35"
    assert value_text("automatic", "mode") == "Tự động"
    assert told({"codes": ["TDP5"], "item": {"kind": "script", "title": "Tin"}}) == [
        ("mã", "TDP5"),
        ("mục loại", "Tin bài"),
        ("mục tiêu đề", "Tin"),
    ]


def test_every_blank_of_a_template_has_a_name() -> None:
    assert set(BLANKS) == set(templates.BLANKS)


@pytest.mark.parametrize("who", ["writer", "leader", "operator", "clerk", "auditor", "admin"])
def test_help_begins_with_ones_own_work_and_every_link_of_it_opens(enter: Enter, scene: Scene, who: str) -> None:
    with scene.database.writing() as session:
        templates.install_defaults(session, scene.station_id, approved_by="config.toml", now=scene.clock.now())
    actor = getattr(scene, who)
    browser = enter(actor)
    page = browser.get("/tro-giup").text
    role = next(iter(actor.roles)).label
    own = page[page.index(f"<h2>{role}: việc của bạn</h2>") :]
    own = own[: own.index("</section>")]
    links = re.findall(r'href="([^"#]+)"', own)
    assert links
    for link in links:
        assert browser.get(link).status_code == 200, link


def test_every_piece_of_the_look_is_on_one_page(enter: Enter, scene: Scene) -> None:
    page = enter(scene.admin).get("/he-thong/giao-dien").text
    drawn = set(re.findall(r'<symbol id="(\w+)"', (FOLDER / "hinh.svg").read_text("utf-8")))
    assert set(re.findall(r"hinh\.svg#(\w+)", page)) == drawn
    assert {place.icon for place in MENU} <= drawn


def test_the_first_steps_know_themselves_what_is_done(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.admin)
    before = browser.get("/bat-dau").text
    assert "Còn 3 bước" in before
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.script(session, scene, "Tin đầu tiên")
    after = browser.get("/bat-dau").text
    assert "Còn 1 bước" in after
    assert "1 bản đã duyệt" in after
    assert enter(scene.writer).get("/bat-dau").status_code == 403
