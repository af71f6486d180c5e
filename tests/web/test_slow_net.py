"""Mạng chậm, mạng đứt: bấm là nút nói ngay, bấm hai lần là một việc, mất mạng thì chữ còn đó, script chưa tới vẫn bấm được."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import func, select

from broadcaster.accounts.tables import Station
from broadcaster.newsroom.tables import Revision
from broadcaster.reports.tables import Complaint, Report
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.support.windows import Desk
from tests.web.conftest import StillPlayout
from tests.web.test_home import sent

pytestmark = pytest.mark.browser
TEXT = "Phường tổ chức tiếp công dân sáng thứ hai. Mời bà con tới đúng giờ."


def write(page: Page) -> None:
    page.goto("/ban-tin/moi")
    page.get_by_label("Tiêu đề").fill("Lịch tiếp dân")
    page.locator("textarea[name=noi_dung]").fill(TEXT)


def decide(page: Page) -> None:
    page.goto("/duyet")
    page.locator('main a[href^="/duyet/"]').first.click()
    page.wait_for_load_state()


def report(page: Page) -> None:
    page.goto("/bao-cao")


def complain(page: Page) -> None:
    page.goto("/phan-anh")
    page.get_by_label(re.compile("^Người")).first.fill("Bà Năm")
    page.locator("textarea").first.fill("Loa ở ngõ ba kêu to quá.")


def rename(page: Page) -> None:
    page.goto("/dai")


PRESSED_THRICE = """(button) => {
  button.click();
  const said = button.textContent;
  button.click();
  button.click();
  return said;
}"""
Job = tuple[str, Callable[[Page], None], str, Any, int]
JOBS: dict[str, Job] = {
    "viết": ("writer", write, "Lưu nháp", select(func.count()).select_from(Revision), 1),
    "duyệt": ("leader", decide, "Duyệt đúng bản này", None, 0),
    "lập báo cáo": ("clerk", report, "Làm báo cáo", select(func.count()).select_from(Report), 1),
    "ghi phản ánh": ("clerk", complain, "Ghi phản ánh", select(func.count()).select_from(Complaint), 1),
    "đổi tên đài": ("admin", rename, "Lưu tên", select(func.count()).select_from(Station), 0),
}
"""Việc → ai, mở trang và gõ gì, nút nào, đếm gì, thêm mấy dòng."""


def opened(desk: Desk, scene: Scene, job: str) -> tuple[Page, list[str]]:
    sent(scene, "Tin chờ duyệt")
    who, ready, _, _, _ = JOBS[job]
    page, posts = desk.window(getattr(scene, who), width=390).new_page(), list[str]()

    def heard(request: Request) -> None:
        if request.is_navigation_request() and request.method == "POST":
            posts.append(request.url)

    page.on("request", heard)
    ready(page)
    return page, posts


def counted(scene: Scene, job: str) -> int:
    with scene.database.reading() as session:
        return int(session.scalar(JOBS[job][3]) or 0) if JOBS[job][3] is not None else 0


@pytest.mark.parametrize("job", JOBS)
def test_a_press_is_answered_at_once_and_pressed_again_it_sends_nothing_more(desk: Desk, scene: Scene, job: str) -> None:
    page, posts = opened(desk, scene, job)
    held: list[Route] = []
    page.route(lambda _url: True, lambda route, request: held.append(route) if sends(request) else route.continue_())
    before = counted(scene, job)
    button = page.get_by_role("button", name=re.compile(f"^{JOBS[job][2]}")).first.element_handle()
    said = page.evaluate(PRESSED_THRICE, button)
    assert said == "Đang gửi…", "ngay trong lần bấm, chưa đợi mạng"
    wait_for(page, lambda: bool(held))
    assert (len(held), counted(scene, job)) == (1, before)
    with page.expect_navigation():
        held[0].continue_()
    assert len(posts) == 1
    assert counted(scene, job) == before + JOBS[job][4]


def sends(request: Request) -> bool:
    return request.is_navigation_request() and request.method == "POST"


def wait_for(page: Page, done: Callable[[], bool]) -> None:
    for _ in range(600):
        if done():
            return
        page.wait_for_timeout(50)
    raise AssertionError("biểu mẫu không được gửi")


@pytest.mark.parametrize("job", ["viết", "ghi phản ánh"])
def test_a_lost_connection_keeps_what_was_typed_and_says_so(desk: Desk, scene: Scene, job: str) -> None:
    page, posts = opened(desk, scene, job)
    before, path = counted(scene, job), page.url
    text = page.locator("textarea").first.input_value()
    button = page.get_by_role("button", name=re.compile(f"^{JOBS[job][2]}")).first
    page.context.set_offline(True)
    button.click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Mất kết nối")
    expect(told).to_be_in_viewport()
    assert (page.url, page.locator("textarea").first.input_value(), posts) == (path, text, [])
    expect(button).not_to_have_attribute("aria-disabled", "true")
    page.context.set_offline(False)
    with page.expect_navigation():
        button.click()
    assert (len(posts), counted(scene, job)) == (1, before + 1)


def test_a_page_whose_script_has_not_come_yet_is_pressed_all_the_same(desk: Desk, scene: Scene) -> None:
    sent(scene, "Tin chờ duyệt")
    page = desk.window(scene.leader, width=390).new_page()
    page.route("**/*.js", lambda _route: None)
    page.goto("/duyet", wait_until="commit")
    page.locator('main a[href^="/duyet/"]').first.click(no_wait_after=True)
    button = page.get_by_role("button", name="Duyệt đúng bản này")
    expect(button).to_be_visible()
    button.click(no_wait_after=True)
    expect(page.get_by_role("status").first).to_contain_text("Đã duyệt")


def test_the_red_button_asks_nobody_and_may_be_pressed_again(desk: Desk, scene: Scene, services: Services) -> None:
    playout = services.playout
    assert isinstance(playout, StillPlayout)
    page = desk.open(scene.leader, "/khan-cap", width=390)
    for path in ("**/suc-khoe", "**/bang"):
        page.route(path, lambda route: route.abort())
    expect(page.locator("#mat-mang")).to_be_visible(timeout=30_000)
    page.locator("textarea[name=noi_dung]").fill("Cháy ở chợ. Bà con tránh xa.")
    page.locator("input[name=noi][value=tat_ca]").check()
    page.get_by_role("button", name="Xem lại lệnh").last.click()
    press = page.get_by_role("button", name=re.compile("^Phát ngay")).first
    expect(press).to_be_visible()
    twice = "(button) => { let sent = 0; addEventListener('submit', (one) => { sent += !one.defaultPrevented; }); "
    assert page.evaluate(twice + "button.click(); button.click(); return sent; }", press.element_handle()) == 2
    expect(page.locator(".said")).to_contain_text("Lệnh đã nhận")
    assert len(playout.orders) == 1
