"""Mọi trang của mọi vai trong Chromium thật: axe không thấy gì, không cuộn ngang, nút nào cũng mang tên mục của nó."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import pytest
from httpx2 import Response
from playwright.sync_api import Page, expect

from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.support.windows import Desk
from tests.web.conftest import Enter, StillPlayout
from tests.web.every_route import every_page
from tests.web.furnished import furnish
from tests.web.looking import BY_SIZE, axe_findings, same_names, too_wide, too_wide_for_big_letters
from tests.web.test_log_pages import air

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
FORBIDDEN = 403
ROLES = ("writer", "leader", "operator", "clerk", "auditor", "admin")
WIDTHS = (768, 640, 320, 390)
"""Máy tính bảng; chữ to gấp đôi ở máy bàn (mọi kích thước của trang theo cỡ chữ nên là nửa màn hình); gấp bốn; điện thoại."""
IDS = ("1", "2", "4", "mat-dien")
"""Mã thử lần lượt vào chỗ trống của đường dẫn: bản tin nào cũng có, bản nháp, bản đang chờ, mẫu tin."""
_TAG = re.compile(r"<[^>]+>")
_OWN = re.compile(r'(href|action|value|id|for|src)="[^"]*"|\d+')


def pages(enter: Enter, scene: Scene, roles: Sequence[str] = ROLES, ids: Sequence[str] = IDS) -> Iterator[tuple[str, str]]:
    """(vai, đường dẫn) của mọi trang mở được, mỗi bộ khung một lần: vai khác thấy y khung ấy thì không nhìn lại."""
    seen: set[tuple[str, str]] = set()
    for who in roles:
        client = enter(getattr(scene, who))
        for place in every_page():
            for value in ids if "{" in place.path else ids[:1]:
                if place.method != "GET" or (answer := client.get(place.at(value))).status_code == FORBIDDEN:
                    break  # quyền hỏi theo đường, không theo mã
                if not (text := whole_page(answer)):
                    continue
                bones = place.path, _OWN.sub("", "".join(_TAG.findall(text.partition("<main")[2])))
                if bones not in seen:
                    seen.add(bones)
                    yield who, place.at(value)


def whole_page(answer: Response) -> str:
    """Chữ của trang; rỗng khi bị từ chối, là tệp, hay chỉ là mảnh của trang."""
    return answer.text if answer.status_code == 200 and answer.text.startswith(("<!doctype", "\n<!doctype")) else ""


def look(page: Page) -> list[str]:
    """Mọi cách nhìn một trang đã mở: máy bàn, rồi mở hết mọi phần gấp, màu tối, các bề rộng."""
    page.set_viewport_size({"width": 1280, "height": 844})
    found = [*axe_findings(page), *same_names(page)]
    page.evaluate("() => document.querySelectorAll('details:not([open])').forEach((one) => { one.open = one.dataset.mo = true })")
    page.emulate_media(color_scheme="dark")
    found += [one for width in WIDTHS for one in too_wide(page, width)]
    found += too_wide_for_big_letters(page, 390)
    found += [f"390 px, tối, mở hết: {one}" for one in axe_findings(page, BY_SIZE)]
    page.evaluate("() => document.querySelectorAll('details[data-mo]').forEach((one) => { one.open = false })")
    page.emulate_media(color_scheme="light")
    return found


def test_every_page_of_every_role(desk: Desk, enter: Enter, scene: Scene) -> None:
    furnish(scene, enter)
    window = desk.window(None, bypass_csp=True)
    page, found = window.new_page(), list[str]()
    for who, seen in groupby(pages(enter, scene), key=itemgetter(0)):
        desk.become(window, getattr(scene, who))
        for _, path in seen:
            page.goto(path)
            found += [f"{who} {path}: {one}" for one in look(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("state", ["silenced", "rehearsing", "urgent", "away"])
def test_the_band_over_every_page(desk: Desk, scene: Scene, services: Services, state: str) -> None:
    port = services.playout
    assert isinstance(port, StillPlayout)
    if state == "silenced":
        port.muted = {1}
    elif state == "rehearsing":
        port.rehearsing = True
    elif state == "away":
        port.away = True
    page = desk.open(scene.operator, "/khan-cap", bypass_csp=True)
    if state == "urgent":
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_label("Lời cần phát").fill("Bão đang tới. Bà con ở nhà.")
        page.locator("form.card button.urgent").click()
        found = look(page)
        assert not found, found
        page.get_by_role("button", name="Phát ngay").click()
        expect(page.locator(".band.sounding")).to_be_visible()
    for path in ("/", "/truc-tiep"):
        page.goto(path)
        expect(page.locator(".band")).to_have_count(1)
        found = look(page)
        assert not found, found


def test_the_one_tap_page_of_a_head_of_a_neighbourhood(desk: Desk, enter: Enter, scene: Scene) -> None:
    made = enter(scene.operator).post("/nhat-ky/lien-ket", data={"tdp": str(scene.zone_ids[0]), "nguoi_nhan": "Ông Tư"})
    path = re.search(r'value="[^"]*(/xac-nhan/[^"]+)"', made.text)
    assert path is not None
    found: list[str] = []
    page = desk.window(None, width=390, bypass_csp=True).new_page()
    for state, shown in (
        ("chưa buổi nào", ".empty"),
        ("chờ bấm", "button.wide"),
        ("đã bấm", "main .said"),
        ("hết hạn", "[role=alert]"),
    ):
        if state == "chờ bấm":
            air(scene, 11)
        if state == "hết hạn":
            scene.clock.advance(24 * 3600)
        if state == "đã bấm":
            page.set_viewport_size({"width": 390, "height": 844})
            page.locator("button.wide").first.click()
        else:
            page.goto(path[1])
        expect(page.locator(shown).first).to_be_visible()
        found += [f"{state}: {one}" for one in look(page)]
    assert not found, "\n".join(found)


EMPTY_FORMS = (
    ("writer", "/ban-tin/moi", "viec"),
    ("writer", "/tu-dien", "viec"),
    ("operator", "/khung-gio", "ten"),
    ("operator", "/khan-cap", "noi_dung"),
    ("clerk", "/phan-anh", "nguoi"),
    ("clerk", "/bao-cao", "so_tien"),
    ("admin", "/nguoi-dung", "ten"),
    ("admin", "/dai/loa", "ten_moi"),
    ("admin", "/dai/chuyen-muc", "ten_chuyen_muc"),
    ("admin", "/doi-mat-khau", "cu"),
)
"""(vai, trang, một ô của biểu mẫu): gửi đi trống trơn."""


def test_pages_that_refuse_an_empty_form_and_pages_with_nothing_yet(desk: Desk, scene: Scene) -> None:
    window = desk.window(None, bypass_csp=True)
    page, found = window.new_page(), list[str]()
    for who, path, box in EMPTY_FORMS:
        desk.become(window, getattr(scene, who))
        page.goto(path)
        found += [f"{who} {path}, trống: {one}" for one in look(page)]
        with page.expect_navigation():
            page.evaluate(_SEND_EMPTY, box)
        assert page.get_by_role("alert").count(), (path, page.url)
        found += [f"{who} {path}, bị từ chối: {one}" for one in look(page)]
    assert not found, "\n".join(found)


_SEND_EMPTY = """(box) => {
  const form = document.querySelector(`main form [name="${box}"]`).form;
  for (const one of form.querySelectorAll("input:not([type=hidden]), textarea")) one.value = "";
  form.noValidate = true;
  const [button] = [...form.querySelectorAll("button:not([type=button])")].filter((one) => !one.formAction.includes("nghe"));
  form.requestSubmit(form.querySelector("[value=gui], [value=luu]") ?? button);
}"""
