"""Chữ của máy không tới người đọc: trình duyệt tự khai thành tên máy, địa chỉ thành chỗ, sổ kiểm tra không khoá nào trần."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

import broadcaster
from broadcaster.accounts.audit import note, note_export
from broadcaster.accounts.stations import change_led_settings
from broadcaster.accounts.tables import SignIn
from broadcaster.web.device_names import UNKNOWN, address_name, device_name
from broadcaster.web.glossary import NAMES, told
from broadcaster.web.routes.audit import DEEDS
from tests.support.scene import Scene
from tests.web.conftest import Enter

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS, LINUX = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT}", f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT}"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/120.0.0.0"
GALAXY = f"Mozilla/5.0 (Linux; Android 13; SM-A536E Build/TP1A.220624.014; wv) {WEBKIT} Version/4.0 Chrome/119.0.6045.163"

AGENTS = {
    f"{WINDOWS} Chrome/120.0.0.0 Safari/537.36": "Chrome, máy Windows",
    f"{LINUX} Chrome/120.0.0.0 Safari/537.36": "Chrome, máy Linux",
    f"{MAC} Chrome/120.0.0.0 Safari/537.36": "Chrome, máy Mac",
    f"{LINUX} HeadlessChrome/120.0.6099.28 Safari/537.36": "Chrome chạy không màn hình, máy Linux",
    f"{LINUX.replace('Linux x86_64', 'CrOS x86_64 14541.0.0')} Chrome/120.0.0.0 Safari/537.36": "Chrome, máy Chromebook",
    f"{ANDROID} Mobile Safari/537.36": "Chrome, điện thoại Android",
    f"{ANDROID} Safari/537.36": "Chrome, máy tính bảng Android",
    f"{PHONE} CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1": "Chrome, iPhone",
    f"{PHONE} Version/17.2 Mobile/15E148 Safari/604.1": "Safari, iPhone",
    f"{PHONE.replace('iPhone; CPU iPhone OS', 'iPad; CPU OS')} Version/17.2 Mobile/15E148 Safari/604.1": "Safari, iPad",
    f"{MAC} Version/17.2 Safari/605.1.15": "Safari, máy Mac",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0": "Firefox, máy Windows",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0": "Firefox, máy Linux",
    "Mozilla/5.0 (Android 14; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0": "Firefox, điện thoại Android",
    f"{PHONE} FxiOS/121.0 Mobile/15E148 Safari/605.1.15": "Firefox, iPhone",
    f"{WINDOWS} Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91": "Edge, máy Windows",
    f"{ANDROID} Mobile Safari/537.36 EdgA/119.0.2151.92": "Edge, điện thoại Android",
    f"{WINDOWS} coc_coc_browser/112.0.184 Chrome/106.0.5249.184 Safari/537.36": "Cốc Cốc, máy Windows",
    f"Mozilla/5.0 (Linux; Android 11; M2101K6G) {WEBKIT} coc_coc_browser/117.0.166 Chrome/111.0.5563.166 Mobile Safari/537.36": (
        "Cốc Cốc, điện thoại Android"
    ),
    f"Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) {WEBKIT} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36": (
        "Samsung Internet, điện thoại Android"
    ),
    f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) {WEBKIT} 76.0.3809.146/6.0 TV Safari/537.36": "Safari, tivi",
    f"{PHONE} Mobile/15E148 Zalo iOS/497 ZaloTheme/light ZaloLanguage/vn": "Zalo (trong ứng dụng), iPhone",
    f"{GALAXY} Mobile Safari/537.36 Zalo android/12100662 ZaloTheme/light": "Zalo (trong ứng dụng), điện thoại Android",
    f"{PHONE} Mobile/21C62 [FBAN/FBIOS;FBAV/443.0.0.33.112;FBDV/iPhone14,2]": "Facebook (trong ứng dụng), iPhone",
    f"{GALAXY} Mobile Safari/537.36 [FB_IAB/Orca-Android;FBAV/440.0.0.31]": "Messenger (trong ứng dụng), điện thoại Android",
    f"{GALAXY} Mobile Safari/537.36": "Ứng dụng trên điện thoại, điện thoại Android",
    f"{WINDOWS} Chrome/119.0.0.0 Safari/537.36 OPR/105.0.0.0": "Opera, máy Windows",
    f"Mozilla/5.0 (Linux; U; Android 12; vi-vn; Redmi Note 9S) {WEBKIT} Version/4.0 Chrome/100.0.4896.127 Mobile Safari/537.36 "
    "XiaoMi/MiuiBrowser/13.28.0-gn": "Trình duyệt Xiaomi, điện thoại Android",
    f"Mozilla/5.0 (Linux; U; Android 11; vi; CPH2239) {WEBKIT} Version/4.0 Chrome/100.0 UCBrowser/13.4 Mobile Safari/537.36": (
        "UC Browser, điện thoại Android"
    ),
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko": "Internet Explorer, máy Windows",
    "curl/8.5.0": "Dòng lệnh (curl)",
    "python-requests/2.31.0": "Dòng lệnh (python-requests)",
    "Mozilla/5.0 (Windows NT; Windows NT 10.0; vi-VN) WindowsPowerShell/5.1.19041.3803": "Dòng lệnh (WindowsPowerShell)",
    "": UNKNOWN,
    "đo": UNKNOWN,
    "<script>alert(1)</script>": UNKNOWN,
}


@pytest.mark.parametrize(("agent", "name"), AGENTS.items())
def test_a_machine_is_told_by_what_its_owner_calls_it(agent: str, name: str) -> None:
    assert device_name(agent) == device_name(agent[:200]) == name, "sổ giữ 200 chữ đầu"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1", "chính máy của đài"),
        ("::1", "chính máy của đài"),
        ("192.168.1.20", "mạng nội bộ, 192.168.1.20"),
        ("fd00::5", "mạng nội bộ, fd00::5"),
        ("113.160.0.9", "từ ngoài vào, 113.160.0.9"),
        ("", ""),
        ("máy lạ", "máy lạ"),
    ],
)
def test_an_address_is_told_by_where_it_is(address: str, name: str) -> None:
    assert address_name(address) == name


def test_the_account_page_and_the_book_tell_the_machine_and_not_its_user_agent(enter: Enter, scene: Scene) -> None:
    agent = next(iter(AGENTS))
    with scene.database.writing() as session:
        detail = {"device": agent, "address": "192.168.1.20"}
        note(session, scene.writer, "signed_in", "lan", now=scene.clock.now(), **detail)
    page = enter(scene.auditor).get("/kiem-tra").text
    assert "trình duyệt: Chrome, máy Windows" in page
    assert "từ máy: mạng nội bộ, 192.168.1.20" in page
    browser = enter(scene.writer)
    assert UNKNOWN in browser.get("/tai-khoan").text
    with scene.database.writing() as session:
        session.execute(update(SignIn).values(device=agent, address="192.168.1.20"))
    own = browser.get("/tai-khoan").text
    assert "Chrome, máy Windows<br><small>mạng nội bộ, 192.168.1.20</small>" in own
    assert "Mozilla/5.0" not in page + own


def called(call: ast.Call) -> str:
    return getattr(call.func, "id", "")


def notes() -> Iterator[ast.Call]:
    """Mọi lời gọi ``note…`` của mã nguồn."""
    for path in sorted(Path(str(broadcaster.__file__)).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and called(node) in ("note", "note_export", "note_stranger"):
                yield node


def test_every_deed_and_every_detail_of_the_book_has_a_name() -> None:
    found = list(notes())
    keys = {key.arg for call in found for key in call.keywords if key.arg} - {"now", "named"}
    assert sorted(keys - NAMES.keys()) == []
    deeds = {
        one.value for call in found if called(call) != "note_export" for one in call.args[2:3] if isinstance(one, ast.Constant)
    }
    assert len(deeds) > 60
    assert sorted(deeds - DEEDS.keys()) == []


def test_a_detail_inside_a_detail_has_a_name_too() -> None:
    output = {"name": "Đường", "kind": "sound_card", "device": {"name": "loa1", "amplifier_on": "r1", "amplifier_off": "r1"}}
    lines = told({"new": {**output, "lead_ms": 5000, "gain_db": -3.0}})
    assert ("mới cạc âm thanh tên", "loa1") in lines
    assert ("mới loại", "Cạc âm thanh") in lines
    assert [name for name, _ in lines if re.search(r"[a-z]_[a-z]|trình duyệt", name)] == []


def test_the_book_says_settings_filters_and_alerts_in_words(enter: Enter, scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        change_led_settings(session, scene.leader, {"urgent_code": True}, document="25/QĐ-UBND", now=now)
        note_export(session, scene.clerk, "nhật ký", now=now, filter={"tu": "2026-03-01", "den": "2026-03-02", "tdp": "TDP1"})
        note(session, scene.leader, "alert_closed", "late:12", now=now, message="Buổi sáng trễ ba phút.")
    page = enter(scene.auditor).get("/kiem-tra").text
    assert "cài đặt “Ra lệnh khẩn cấp phải gõ mã điện thoại của người ra lệnh”" in page
    assert "mới: bật" in page
    assert "bộ lọc: từ 01/03/2026 đến hết 02/03/2026" in page
    assert "<summary>Buổi sáng trễ ba phút.</summary>" in page
    assert [word for word in ("urgent_code", "late:12", "tu:", "2026-03-01") if word in page] == []
