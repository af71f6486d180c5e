"""Thu âm trong Chromium thật với micrô giả: nói, mất mạng giữa chừng, nghe lại, dùng; được duyệt rồi lên sóng đúng tiếng ấy."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from broadcaster.airlog.words import Result
from broadcaster.service.assembly import capture_folder
from broadcaster.sound.outputs.capture import read_capture
from broadcaster.sound.pcm import RATE, Samples
from tests.conftest import leave_out
from tests.end_to_end.browser import Person
from tests.end_to_end.house import House, house
from tests.end_to_end.test_browser import sign_in
from tests.end_to_end.test_walk import add_slot, exact_starts, log_rows, programme, team, write
from tests.support.chromium import WIDTHS, ChromiumMissing, chromium, faults, microphone
from tests.support.hearing import likeness
from tests.support.voice import person
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser
TITLE = "Tin có người đọc"


def recording_page(lan: Person, title: str) -> tuple[str, list[str]]:
    """Đường dẫn trang thu âm của bản chờ duyệt và lời phải đọc."""
    script = re.search(rf'href="(/ban-tin/bai/\d+)">{title}', lan.get("/ban-tin"))
    assert script is not None
    path = re.search(r'href="(/ban-tin/\d+/thu-am)"', lan.get(script[1]))
    assert path is not None
    prompter = re.search(r'(?s)class="prompter"[^>]*>(.*?)</div>', lan.get(path[1]))
    assert prompter is not None
    return path[1], re.findall(r"<p>(.*?)</p>", prompter[1])


def record(page: Page, seconds: int) -> None:
    """Bắt đầu, nói, dừng."""
    page.get_by_role("button", name="Bắt đầu thu").click()
    expect(page.locator("[data-noi]")).to_contain_text("Đang thu", timeout=15_000)
    said = f"{seconds // 60}:{seconds % 60:02}"
    page.wait_for_function("said => document.querySelector('[data-gio]').textContent >= said", arg=said, timeout=60_000)
    page.get_by_role("button", name="Dừng").click()


@pytest.mark.timeout(400)
def test_a_voice_from_the_browser_is_approved_and_airs(tmp_path: Path) -> None:
    with house(tmp_path / "dai") as place:
        people = team(place)
        write(people.lan, TITLE)
        path, sentences = recording_page(people.lan, TITLE)
        spoken = person(sentences)
        file = tmp_path / "noi.wav"
        soundfile.write(file, np.concatenate([np.zeros(RATE, np.int16), spoken, np.zeros(RATE * 3, np.int16)]), RATE)
        try:
            with chromium(*microphone(file)) as browser:
                context = browser.new_context(locale="vi-VN", permissions=["microphone"])
                page = context.new_page()
                sign_in(page, place, "lan")
                page.goto(f"{place.address}{path}")
                found = [fault for width in WIDTHS for fault in faults(page, width)]
                assert found == []
                _through_a_lost_line(page, seconds=len(spoken) // RATE + 3)
                _approve(browser.new_context(locale="vi-VN").new_page(), place, path)
        except ChromiumMissing as missing:
            leave_out(str(missing))
        _airs(place, people.hung, spoken)


def _through_a_lost_line(page: Page, *, seconds: int) -> None:
    """Mạng mất trong lúc nói: trang nói ra, giữ lại, có mạng thì gửi nốt; rồi nghe lại và dùng."""
    sent = list[str]()
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    page.route(re.compile(r"/lan/\w+/[23]$"), lambda route: route.abort() if len(sent) < 8 else route.continue_())
    record(page, seconds)
    expect(page.locator("[data-noi]")).to_contain_text("Đã gửi đủ", timeout=60_000)
    assert len(sent) > len(set(sent)), "có phần phải gửi lại"
    length = page.evaluate("document.querySelector('[data-nghe-lai]').duration")
    assert length >= seconds
    page.get_by_role("button", name="Dùng bản thu này").click()
    expect(page.locator(".said")).to_contain_text("Đã nhận giọng Nguyễn Thị Lan", timeout=30_000)


def _approve(page: Page, place: House, path: str) -> None:
    sign_in(page, place, "trang")
    page.goto(place.address + path.replace("/ban-tin/", "/duyet/").removesuffix("/thu-am"))
    expect(page.get_by_text("Giọng người: Nguyễn Thị Lan")).to_be_visible()
    page.get_by_role("button", name="Duyệt đúng bản này").click()
    expect(page.locator(".said")).to_contain_text("Đã duyệt")


def _airs(place: House, hung: Person, spoken: Samples) -> None:
    """Loa vang đúng tiếng người ấy (đo ở bản thu luồng), nhật ký nêu tên và không nói là máy."""
    add_slot(hung, seconds_ahead=22)
    programme(hung)
    number, row = eventually(lambda: _mine(log_rows(hung)), seconds=120, what="mục phát xong")
    start = exact_starts(hung)[number]
    assert row["Giọng đọc"] == "Giọng người: Nguyễn Thị Lan"
    assert row["Kết quả"] == Result.FULL.label
    heard = timedelta(seconds=float(row["Đã nghe (giây)"]))
    samples, _ = read_capture(capture_folder(place.config), 1, start, start + heard)
    match, _ = likeness(spoken[RATE : RATE * 4], samples)
    assert match > 0.9


def _mine(rows: list[dict[str, str]]) -> tuple[int, dict[str, str]] | None:
    return next(
        ((number, row) for number, row in enumerate(rows) if row["Tiêu đề"] == TITLE and row["Kết quả"] != "Chưa kết thúc"), None
    )
