"""Khung giờ và thứ tự phát qua trang thật: người vận hành sửa, máy tôn trọng, người khác chỉ xem."""

from __future__ import annotations

import re

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.tables import Sound
from broadcaster.traffic.enums import ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.keeper import upkeep
from broadcaster.traffic.tables import Format, Item, Programme, Slot
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.traffic import build
from tests.traffic.studio import PlainStudio
from tests.web.conftest import Enter


@pytest.fixture
def slot(scene: Scene) -> dict[str, object]:
    """Biểu mẫu khung giờ 17:00, thứ Hai."""
    with scene.database.writing() as session:
        build.equip(session, scene)
        format_id = session.scalars(select(Format.id)).one()
    return {"ten": "Buổi chiều", "gio": "17:00", "phut": "15", "ngay": ["1"], "khuon": format_id}


def save(browser: TestClient, path: str, data: dict[str, object]) -> Response:
    """Xem những ngày sẽ phát rồi lưu, như người bấm hai nút."""
    shown = browser.post(path, data=data)
    seal = re.search(r'name="da_xem" value="(\w+)"', shown.text)
    assert seal is not None, shown.text
    saved = browser.post(path, data={**data, "da_xem": seal[1]})
    assert saved.status_code == 303, saved.text
    return saved


def settle(scene: Scene) -> None:
    studio = PlainStudio(scene)
    for _ in range(4):
        upkeep(scene.database, scene.clock, scene.station_id, studio=studio)
        studio.make_all()


def programme(scene: Scene, browser: TestClient, slot: dict[str, object]) -> str:
    """Buổi có hai bản tin; trả về đường dẫn của nó."""
    with scene.database.writing() as session:
        build.script(session, scene, "Tin một")
        build.script(session, scene, "Tin hai", reform=True)
    save(browser, "/khung-gio", slot)
    settle(scene)
    with scene.database.reading() as session:
        return f"/chuong-trinh/{session.scalars(select(Programme.id).order_by(Programme.starts_at)).first()}"


def test_a_rehearsal_never_looks_like_air(scene: Scene, enter: Enter, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    pages = ("/", programme(scene, browser, slot), "/lich-phat", "/khung-gio")
    assert [path for path in pages if "DIỄN TẬP" in browser.get(path).text] == []
    with scene.database.writing() as session:
        session.scalars(select(Slot)).one().rehearsal = True
        for one in session.scalars(select(Programme)):
            one.rehearsal = True
    assert [path for path in pages if "DIỄN TẬP: không ra loa" not in browser.get(path).text] == []


def form_of(page: str, action: str, title: str) -> dict[str, str]:
    """Các ô ẩn của biểu mẫu ``action`` ở dòng có ``title``."""
    row = next(part for part in re.findall(r"(?s)<tr>.*?</tr>|<li.*?</li>", page) if title in part)
    form = re.search(rf'(?s)action="[^"]*/{action}">(.*?)</form>', row)
    assert form is not None, row
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))


def order(page: str) -> list[str]:
    return re.findall(r">(Tin \w+)</a>", page.partition("Bản tin không có trong buổi này")[0])


def test_the_operators_hand_is_respected(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    page = browser.get(path).text
    first, second = order(page)
    assert browser.post(f"{path}/doi", data=form_of(page, "doi", second)).status_code == 303
    page = browser.get(path).text
    assert order(page) == [second, first]
    dropped = browser.post(f"{path}/go", data=form_of(page, "go", first))
    undo = browser.get(dropped.headers["location"]).text
    assert "Hoàn tác" in undo
    settle(scene)
    page = browser.get(path).text
    assert order(page) == [second]
    assert browser.post(f"{path}/tra-lai", data=form_of(page, "tra-lai", first)).status_code == 303
    assert sorted(order(browser.get(path).text)) == sorted([first, second])


def test_a_stale_screen_is_told_and_shows_the_new_order(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    first, stale = (form_of(browser.get(path).text, "go", "Tin một") for _ in range(2))
    assert first["khoa_gui"] != stale["khoa_gui"], "hai màn hình, không phải một lần bấm hai lần"
    assert browser.post(f"{path}/go", data=first).status_code == 303
    late = browser.post(f"{path}/go", data=stale)
    assert late.status_code == 409
    assert "Người khác đã sửa" in late.text


def test_add_and_cancel(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    with scene.database.writing() as session:
        build.script(session, scene, "Tin ba")
    page = browser.get(path).text
    version = form_of(page, "go", "Tin một")["version"]
    script_id = re.search(r'<option value="(\d+)">Tin ba', page)
    assert script_id is not None
    assert browser.post(f"{path}/them", data={"script": script_id[1], "sau": "", "version": version}).status_code == 303
    assert order(browser.get(path).text)[0] == "Tin ba"
    assert browser.post(f"{path}/huy", data={"ly_do": " "}).status_code == 422
    assert browser.post(f"{path}/huy", data={"ly_do": "Mất điện cả phường"}).status_code == 303
    page = browser.get(path).text
    assert "Mất điện cả phường" in page
    assert "Đưa lại buổi này" in page
    assert "Mất điện cả phường" in browser.get("/nhat-ky").text
    day = {"tu": "02/03/2026", "den": "02/03/2026"}
    assert "Mất điện cả phường" in browser.get("/nhat-ky/xuat.csv", params=day).content.decode("utf-8-sig")
    assert browser.post(f"{path}/dua-lai").status_code == 303
    assert "Mất điện cả phường" not in browser.get(path).text
    assert "Mất điện cả phường" not in browser.get("/nhat-ky").text
    assert browser.post(f"{path}/dua-lai").status_code == 409


def test_a_running_programme_is_stopped_whole_from_its_page(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    with scene.database.writing() as session:
        session.scalars(select(Programme).order_by(Programme.starts_at)).first().state = ProgrammeState.AIRING  # type: ignore[union-attr]
    assert "Dừng ngay</button>" in browser.get(path).text
    assert browser.post(f"{path}/huy", data={"ly_do": "Có tang"}).status_code == 303
    page = browser.get(path).text
    assert "Có tang" in page
    assert page.count("Bỏ qua") >= 2, "mục chưa phát có kết thúc ngay"


def test_who_may_and_whose(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    operator = enter(scene.operator)
    path = programme(scene, operator, slot)
    form = form_of(operator.get(path).text, "go", "Tin một")
    assert enter(scene.writer).post(f"{path}/go", data=form).status_code == 403
    assert enter(scene.stranger).post(f"{path}/go", data=form).status_code == 404
    assert enter(scene.stranger).get(path).status_code == 404
    assert "Gỡ</button>" not in enter(scene.auditor).get(path).text
    assert "Buổi chiều" in enter(scene.auditor).get("/lich-phat").text
    assert enter(scene.clerk).post("/khung-gio", data=slot).status_code == 403
    assert operator.get("/lich-phat?ngay=x").status_code == 422


def test_slot_problems_keep_what_was_typed(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    assert "chưa có khung giờ nào" in browser.get("/khung-gio").text
    save(browser, "/khung-gio", slot)
    clash = browser.post("/khung-gio", data={**slot, "ten": "<b>Trùng</b>", "gio": "17:05"})
    assert clash.status_code == 422
    assert "Buổi chiều" in clash.text
    assert "&lt;b&gt;Trùng&lt;/b&gt;" in clash.text
    quiet = browser.post("/khung-gio", data={**slot, "gio": "05:00"})
    assert (quiet.status_code, "yên tĩnh" in quiet.text) == (422, True)
    assert browser.post("/khung-gio", data={**slot, "phut": "mười"}).status_code == 422
    with scene.database.reading() as session:
        slot_id = session.scalars(select(Slot.id)).one()
    assert 'value="Buổi chiều"' in browser.get(f"/khung-gio/{slot_id}").text
    save(browser, f"/khung-gio/{slot_id}", {**slot, "phut": "20"})
    assert enter(scene.stranger).post(f"/khung-gio/{slot_id}/ket-thuc").status_code == 404


def test_exceptions(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    operator, leader = enter(scene.operator), enter(scene.leader)
    day = {"ngay_le": "2026-03-09", "loai": "off", "khung": "", "ly_do": "Nghỉ lễ"}
    assert operator.post("/khung-gio/ngoai-le/them", data={**day, "ly_do": ""}).status_code == 422
    assert operator.post("/khung-gio/ngoai-le/them", data=day).status_code == 303
    page = operator.get("/khung-gio").text
    assert "Nghỉ lễ" in page
    remove = re.search(r'action="(/khung-gio/ngoai-le/\d+/bo)"', page)
    assert remove is not None
    assert enter(scene.stranger).post(remove[1]).status_code == 404
    assert operator.post(remove[1]).status_code == 303
    quiet = {"tu": "2026-03-09T04:30", "den": "2026-03-09T06:00", "so_van_ban": "12/UBND", "ly_do_yt": "Báo bão"}
    assert operator.post("/khung-gio/yen-tinh/them", data=quiet).status_code == 403
    assert leader.post("/khung-gio/yen-tinh/them", data={**quiet, "so_van_ban": ""}).status_code == 422
    assert leader.post("/khung-gio/yen-tinh/them", data=quiet).status_code == 303
    assert "12/UBND" in leader.get("/khung-gio").text


def rows(page: str) -> list[str]:
    return re.findall(r'<li id="muc-\d+"[^>]*data-ten="([^"]*)"', page)


def test_a_move_is_taken_back_and_the_machine_has_its_item_again(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    page = browser.get(path).text
    before = rows(page)
    moved = browser.post(f"{path}/doi", data=form_of(page, "doi", "Tin hai"))
    page = browser.get(moved.headers["location"]).text
    assert rows(page) != before
    undo = re.search(r'(?s)id="vua-doi".*?</form>', page)
    assert undo is not None
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo[0]))
    assert browser.post(f"{path}/doi", data=form).status_code == 303
    assert rows(browser.get(path).text) == before
    with scene.database.reading() as session:
        assert set(session.scalars(select(Item.placed_by))) == {PlacedBy.RULE}


def test_to_the_top_means_right_after_what_is_on_air(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    with scene.database.writing() as session:
        found = session.scalars(select(Programme).order_by(Programme.starts_at)).first()
        assert found is not None
        found.state = ProgrammeState.AIRING
        found.items[0].state, found.items[1].state = ItemState.AIRED, ItemState.ON_AIR
        second = found.items[1].id
    page = browser.get(path).text
    assert page.count('aria-current="true"') == 1
    row = next(part for part in re.findall(r"(?s)<li.*?</li>", page) if "Tin hai" in part and "muc-" in part)
    top = re.search(r'name="sau" value="(\d+)"><button class="quiet" data-nut="Lên đầu"', row)
    assert top is not None
    assert int(top[1]) == second
    assert "Sau mục đang phát" in row


def test_a_new_bulletin_stands_after_the_bulletins_not_before_the_ident(
    enter: Enter, scene: Scene, slot: dict[str, object]
) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    with scene.database.writing() as session:
        build.script(session, scene, "Tin ba")
    chosen = re.search(r'<option value="\d+" selected>([^<]*)</option>', browser.get(path).text)
    assert chosen is not None
    assert chosen[1].startswith("Tin")
    with scene.database.reading() as session:
        ident = session.scalars(select(Item.id).order_by(Item.programme_id, Item.rank)).first()
    placed = browser.get(f"{path}?sau={ident}").text
    assert re.search(rf'<option value="{ident}" selected>', placed)


def test_the_items_of_a_cancelled_day_say_so_with_the_typed_reason(enter: Enter, scene: Scene, slot: dict[str, object]) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    waiting = re.compile(r'<span class="badge[^"]*">Chờ phát</span>')
    assert waiting.search(browser.get(path).text)
    browser.post(f"{path}/huy", data={"ly_do": "Quốc tang"})
    page = browser.get(path).text
    assert len(rows(page)) >= 6
    assert page.count('<span class="badge none">Không phát</span> <small>Quốc tang</small>') == len(rows(page))
    assert not waiting.search(page)


def test_the_live_part_is_the_order_alone_and_every_item_can_be_heard(
    enter: Enter, scene: Scene, services: Services, slot: dict[str, object]
) -> None:
    browser = enter(scene.operator)
    path = programme(scene, browser, slot)
    part = browser.get(f"{path}/thu-tu").text
    assert "<html" not in part
    assert rows(part) == rows(browser.get(path).text)
    heard = re.findall(r'data-nghe href="([^"]+)"', part)
    assert len(heard) == len(rows(part)) - part.count("đang chờ tiếng") == 5
    with scene.database.writing() as session:
        sound = session.scalars(select(Sound)).first()
        assert sound is not None
        tone = ToneVoice().speak(["xin chào"]).samples
        sound.sha256 = services.library.put(tone, tags={}).sha256
        sound_id = sound.id
    answer = browser.get(f"/chuong-trinh/am/{sound_id}.mp3")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert enter(scene.stranger).get(f"/chuong-trinh/am/{sound_id}.mp3").status_code == 404
