"""Khẩn cấp nói đúng sự thật: ai không nghe được thì nói trước, nói sau, và trang nào cũng thấy loa đang im lặng hay đang vang."""

from __future__ import annotations

import re
from html import unescape

import pytest

from broadcaster.playout.enums import UrgentState
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.web.conftest import Enter
from tests.web.test_urgent import TEXT, WISH, playout

PAGES = ("/", "/ban-tin", "/lich-phat", "/nhat-ky", "/truc-tiep", "/khan-cap", "/doi-mat-khau")


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def _button(page: str, label: str) -> str:
    """Biểu mẫu của nút mang nhãn ấy: đường dẫn gửi tới."""
    form = next(one for one in re.findall(r"(?s)<form[^>]*>.*?</form>", page) if f">{label}</button>" in one)
    found = re.search(r'action="([^"]+)"', form)
    assert found is not None
    return found[1]


def test_before_pressing_the_page_says_who_cannot_hear_and_offers_to_lift_and_send(
    enter: Enter, scene: Scene, services: Services
) -> None:
    client = enter(scene.leader)
    assert "Bỏ im lặng và phát" not in client.post("/khan-cap/xem", data=WISH).text
    playout(services).muted = {1, 2}
    page = client.post("/khan-cap/xem", data=WISH).text
    assert "2/2 đường ra đang im lặng: Đường 1, Đường 2." in _text(page)
    assert "Bỏ im lặng và phát" in page
    assert playout(services).orders == {}


@pytest.mark.parametrize(("lift", "muted", "said"), [("1", set(), "đang phát"), ("", {1, 2}, "chưa ai nghe được")])
def test_lifting_is_the_choice_of_whoever_presses(
    enter: Enter, scene: Scene, services: Services, lift: str, muted: set[int], said: str
) -> None:
    playout(services).muted = {1, 2}
    answer = enter(scene.leader).post("/khan-cap", data={**WISH, **({"go": lift} if lift else {})}, follow_redirects=True)
    assert playout(services).muted == muted
    assert said in _text(answer.text)


def test_an_order_nobody_hears_says_so_while_it_sounds_and_ends_as_not_reached(
    enter: Enter, scene: Scene, services: Services
) -> None:
    client, port = enter(scene.leader), playout(services)
    port.muted = {1, 2}
    client.post("/khan-cap", data=WISH)
    page = _text(client.get("/khan-cap/trang-thai").text)
    assert "Không tới loa: Đường 1 đang im lặng, Đường 2 đang im lặng." in page
    assert "chưa tới loa 0/1 lần" in page
    port.states[WISH["key"]] = UrgentState.UNREACHED
    page = _text(client.get("/khan-cap/trang-thai").text)
    assert UrgentState.UNREACHED.label in page
    assert "Đã xong" not in page
    assert "Dừng tin này" not in page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_silence_and_a_sounding_order_with_their_own_lift_and_stop(
    enter: Enter, scene: Scene, services: Services, path: str
) -> None:
    client, port = enter(scene.operator), playout(services)
    assert 'class="band' not in client.get(path).text
    port.muted = {2}
    client.post("/khan-cap", data=WISH)
    page = client.get(path).text
    band = page[page.index('id="bang"') : page.index("<main")]
    assert "1/1 đường ra đang im lặng: Đường 2." in _text(band)
    assert "Đang phát" in _text(band)
    assert _button(band, "Bỏ im lặng") == "/im-lang"
    assert _button(band, "Dừng tin này") == f"/khan-cap/{WISH['key']}/dung"


def test_whoever_may_not_lift_or_stop_sees_without_a_button(enter: Enter, scene: Scene, services: Services) -> None:
    playout(services).muted = {1}
    enter(scene.leader).post("/khan-cap", data=WISH)
    page = enter(scene.writer).get("/").text
    band = page[page.index('id="bang"') : page.index("<main")]
    assert "đang im lặng" in band
    assert "<button" not in band
    assert 'class="band' not in enter(None).get("/dang-nhap").text


def test_a_playout_that_does_not_answer_is_told_on_every_page(enter: Enter, scene: Scene, services: Services) -> None:
    playout(services).away = True
    assert "Phòng phát sóng chưa chạy." in enter(scene.clerk).get("/ban-tin").text


def test_the_text_to_be_spoken_stands_before_everything_else_of_the_review(enter: Enter, scene: Scene) -> None:
    page = enter(scene.leader).post("/khan-cap/xem", data=WISH).text
    body = page[page.index("<h1>") :]
    assert body.index("Bão số chín") < body.index("Phát tới") < body.index("Phát ngay")


def test_the_audience_is_the_whole_ward_unless_somebody_narrows_it(enter: Enter, scene: Scene) -> None:
    page = enter(scene.leader).get("/khan-cap").text
    assert re.search(r'value="tat_ca" checked', page)
    assert page.index("Lời cần phát") < page.index("Ai nghe")


def test_the_band_alone_is_a_page_of_its_own_for_refreshing(enter: Enter, scene: Scene, services: Services) -> None:
    playout(services).muted = {1}
    answer = enter(scene.operator).get("/bang")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "đang im lặng" in answer.text
    assert TEXT not in answer.text
