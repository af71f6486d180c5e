"""Khẩn cấp qua các tiến trình thật: giữa mục, giờ yên tĩnh, khoá ghi, đĩa đầy, hai lệnh cùng lúc; tiếng thu làm chứng."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from broadcaster.airlog.enums import DeliveryState, Event, Mode, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.database import Database
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.segments import read_capture
from broadcaster.sound.pcm import RATE, Samples
from tests.conftest import leave_out
from tests.end_to_end.browser import Person, first, option
from tests.end_to_end.filling import fill
from tests.end_to_end.house import OWN_MOUNTS, House, house
from tests.end_to_end.test_browser import sign_in
from tests.end_to_end.test_walk import VIETNAM, Team, add_slot, decide, programme, team, write
from tests.support.cards import CardMissing, alsa, received
from tests.support.chromium import ChromiumMissing, chromium
from tests.support.databases import open_database
from tests.support.hearing import likeness
from tests.support.waiting import eventually, slowness

ZONES = ("Tổ dân phố số 1", "Tổ dân phố số 2", "Tổ dân phố số 3")
TITLE = "Tin dài"
BODY = (
    "Tin dài. Ủy ban nhân dân phường mời bà con tới nhà văn hoá tối thứ Sáu để nghe giải đáp thủ tục hành chính. "
    "Bộ phận một cửa hướng dẫn nộp hồ sơ trên môi trường điện tử, mang theo căn cước công dân và điện thoại đã đăng ký. "
    "Tổ công nghệ số cộng đồng tới từng nhà giúp người cao tuổi cài đặt và nộp hồ sơ đầu tiên. "
    "Bà con có ý kiến thì gửi về hòm thư của phường, phường trả lời trong ba ngày làm việc."
)
FLOOD = "Nước sông đang lên. Bà con tổ hai đưa người già và trẻ nhỏ tới nhà văn hoá ngay."


@contextmanager
def records(place: House) -> Iterator[Database]:
    """Bản chép cơ sở dữ liệu lúc này: SQLite không mở được tệp sau ``/proc``, và đọc không bao giờ đụng tới đài đang chạy."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("broadcaster.db", "broadcaster.db-wal"):
            shutil.copyfile(place.disk / "data" / name, Path(folder) / name)
        with closing(open_database(f"sqlite:///{folder}/broadcaster.db")) as database:
            yield database


def airings(place: House) -> list[Airing]:
    with records(place) as database, database.reading() as session:
        found = list(session.scalars(select(Airing).order_by(Airing.planned_at, Airing.id)))
        for airing in found:
            assert airing.deliveries is not None
        return found


def lines(place: House) -> list[tuple[Event, datetime, dict[str, Any]]]:
    """Dòng nhật ký theo thứ tự chuỗi."""
    with records(place) as database, database.reading() as session:
        found = session.scalars(select(LogEntry).order_by(LogEntry.seq))
        return [(line.event, line.happened_at, json.loads(line.body)) for line in found]


def sound(place: House, output_id: int, start: datetime, seconds: float) -> Samples:
    """Tiếng một đường ra thật sự đã gửi, dài đúng chừng ấy."""
    samples, begins = read_capture(place.disk / "audio" / "capture", output_id, start, start + timedelta(seconds=seconds))
    whole = np.zeros(round(seconds * RATE), np.int16)
    at = round((begins - start).total_seconds() * RATE)
    whole[at : at + len(samples)] = samples[: len(whole) - at]
    return whole


def loud(samples: Samples) -> bool:
    return bool(np.abs(samples.astype(np.int32)).max(initial=0) > 200)


def order(person: Person, text: str, *zone_ids: str, signal: bool = False) -> str:
    """Ra lệnh qua hai bước của trang; trả về trang sau khi bấm."""
    form: dict[str, object] = {"key": uuid.uuid4().hex, "kieu": "loi", "noi_dung": text, "nhac": "0", "cap": "4"}
    form |= {"noi": "tdp", "tdp": list(zone_ids)} if zone_ids else {"noi": "tat_ca"}
    form |= {"hieu_lenh": "1"} if signal else {}
    assert "Loa sẽ nói" in person.post("/khan-cap/xem", form)
    return person.post("/khan-cap", form)


def three_neighbourhoods(hung: Person) -> list[str]:
    """Ba TDP, mỗi TDP một đường ra và một cụm loa; trả về mã các TDP."""
    hung.post("/dai/tdp", {"tdp": "\n".join(ZONES)})
    outputs = ["Đường ra chính", "Đường ra hai", "Đường ra ba"]
    for name in outputs[1:]:
        hung.post("/dai/loa/duong-ra", {"ten": name, "mo_truoc": "3"})
    page = hung.get("/dai/loa")
    zones = [option("tdp_moi", name, page) for name in ZONES]
    for number, (zone, output) in enumerate(zip(zones, outputs, strict=True), start=1):
        form = {"ma": f"CL0{number}", "ten": f"Cụm {number}", "tdp": zone, "duong": option("duong_moi", output, page)}
        hung.post("/dai/loa/cum", {f"{name}_moi": value for name, value in form.items()})
    return zones


@pytest.fixture
def browser_page() -> Iterator[Page]:
    try:
        with chromium() as browser:
            page = browser.new_context(locale="vi-VN", viewport={"width": 390, "height": 844}, has_touch=True).new_page()
            yield page
    except ChromiumMissing as missing:
        leave_out(str(missing))


@pytest.mark.browser
@pytest.mark.timeout(1200)
def test_a_leader_breaks_in_and_the_programme_goes_on_where_it_may(tmp_path: Path, browser_page: Page) -> None:
    with house(tmp_path) as place:
        people = team(place)
        zones = three_neighbourhoods(people.hung)
        write(people.lan, TITLE, noi_dung=BODY)
        decide(people.trang, TITLE, approve=True)
        add_slot(people.hung, seconds_ahead=25 * slowness(), phut="3")
        programme(people.hung)
        _prepared(browser_page, place)
        started = eventually(lambda: _started(place), seconds=90, what="tin dài đang vang")
        eventually(lambda: datetime.now(UTC) > started + timedelta(seconds=4), what="giữa mục")
        browser_page.get_by_role("button", name="Phát ngay").tap()
        expect(browser_page.locator(".said")).to_contain_text("đang phát")
        item = eventually(lambda: _ended(place, TITLE), seconds=120, what="tin dài phát xong")
        _only_the_second_gave_way(place, item)
        _while_the_database_is_held(place, people, zones)
        eventually(lambda: verify_sound(place), seconds=30, what="chuỗi nguyên vẹn")


def _prepared(page: Page, place: House) -> None:
    """Lãnh đạo gõ lời, chọn tổ hai, đang đứng ở bước xem lại trên điện thoại."""
    sign_in(page, place, "trang")
    page.goto(f"{place.address}/khan-cap")
    page.get_by_label("Chỉ các tổ dân phố:").check()
    page.get_by_label(ZONES[1]).check()
    page.get_by_label("Lời cần phát").fill(FLOOD)
    page.get_by_role("button", name="Xem lại lệnh").click()
    expect(page.locator(".said-aloud")).to_contain_text("tổ hai")


def _started(place: House) -> datetime | None:
    return next((airing.started_at for airing in airings(place) if airing.title == TITLE and airing.started_at), None)


def _ended(place: House, title: str) -> Airing | None:
    return next((airing for airing in airings(place) if airing.title == title and airing.result), None)


def verify_sound(place: House) -> bool:
    with records(place) as database:
        return verify(database, 1).sound


def _only_the_second_gave_way(place: House, item: Airing) -> None:
    """Tổ một và ba nghe trọn mục không đứt; tổ hai nghe đầu mục, tin khẩn, rồi phần còn lại: một lượt, không phải hai."""
    urgent = next(airing for airing in airings(place) if airing.mode is Mode.URGENT)
    assert [airing.title for airing in airings(place)].count(TITLE) == 1
    assert item.started_at is not None
    assert urgent.started_at is not None
    assert (urgent.result, {one.zone_code for one in urgent.deliveries}) == (Result.FULL, {item.deliveries[1].zone_code})
    recording = Library(place.disk / "audio" / "recordings").samples(_audio(place, item.id))
    length, gap = len(recording) / RATE, urgent.heard_ms / 1000
    for output_id in (1, 3):
        match, at = likeness(recording, sound(place, output_id, item.started_at, length + 1))
        assert match > 0.99
        assert at < 0.1
    before = (urgent.started_at - item.started_at).total_seconds()
    second = sound(place, 2, item.started_at, length + gap + 3)
    match, at = likeness(recording[: round((before - 0.1) * RATE)], second[: round(before * RATE)])
    assert match > 0.99
    assert at < 0.1
    rest = recording[round((before + 0.5) * RATE) :]
    match, at = likeness(rest, second)
    assert match > 0.99
    assert at == pytest.approx(before + 0.5 + gap, abs=0.3)
    spoken = Library(place.disk / "audio" / "recordings").samples(_audio(place, urgent.id))
    assert likeness(spoken, sound(place, 2, urgent.started_at, gap + 0.5))[0] > 0.99
    assert {one.cluster_code: one.state for one in item.deliveries} == dict.fromkeys(("CL01", "CL02", "CL03"), DeliveryState.SENT)
    _ordered_before_the_sound(place)


def _audio(place: House, airing_id: int) -> str:
    armed = {body["item"]["id"]: body["item"]["audio_sha256"] for event, _, body in lines(place) if event is Event.ITEM_ARMED}
    item_id = next(airing.item_id for airing in airings(place) if airing.id == airing_id)
    found: str = armed[item_id]
    return found


def _ordered_before_the_sound(place: House) -> None:
    """Ai ra lệnh nằm trong chuỗi trước dòng hẹn vang và dòng đã vang của chính lệnh ấy."""
    events = [(event, body) for event, _, body in lines(place)]
    for number, (event, body) in enumerate(events):
        if event is Event.ITEM_ARMED and body["mode"] == Mode.URGENT.value:
            ordered = [known for known in events[:number] if known[0] is Event.URGENT_ORDERED]
            assert body["item"]["title"] in {known[1]["title"] for known in ordered}


def _while_the_database_is_held(place: House, people: Team, zones: list[str]) -> None:
    """Một phần mềm khác giữ khoá ghi cả phút: lệnh vẫn vang ngay, hai lệnh một đường vẫn chờ người chọn; rồi vào chuỗi."""
    held, release = threading.Event(), threading.Event()
    holder = threading.Thread(target=_hold, args=(place.disk / "data" / "broadcaster.db", held, release))
    holder.start()
    held.wait()
    locked_at = datetime.now(UTC)
    try:
        assert "đang phát" in order(people.trang, "Cháy nhà kho cuối phố. Bà con tránh xa khu vực cầu đông.")
        answered_at = datetime.now(UTC)
        _sounded(people.trang, 2)
        _two_at_once(people, zones)
        assert len(_full(place, 1) or []) == 1, "chưa dòng nào vào được chuỗi"
        eventually(lambda: datetime.now(UTC) > locked_at + timedelta(seconds=60), seconds=70, what="hết một phút")
    finally:
        release.set()
        holder.join()
    _, fire, first, second = eventually(lambda: _full(place, 4), seconds=60, what="dòng nhật ký vào chuỗi")
    assert fire.started_at is not None
    assert locked_at < fire.started_at < answered_at + timedelta(seconds=2), "vang ngay lúc bấm, khoá còn đó"
    assert len(fire.deliveries) == 3
    assert first.ended_at is not None
    assert second.started_at is not None
    assert fire.ended_at is not None
    assert fire.ended_at <= first.ended_at <= second.started_at
    assert {event for event, _, _ in lines(place)} >= {Event.URGENT_WAITING, Event.URGENT_CHOSEN}
    start, seconds = fire.started_at, fire.heard_ms / 1000
    for output_id in (1, 2, 3):
        eventually(lambda at=output_id: loud(sound(place, at, start, seconds)), seconds=90, what="tiếng đã thu trong lúc bị khoá")


def _sounded(person: Person, orders: int) -> None:
    """Trang khẩn cấp nói ngần ấy lệnh đã vang xong."""
    eventually(
        lambda: person.get("/khan-cap").count("đã tới loa 1/1 lần") == orders, seconds=40, what="tin khẩn vang trong lúc bị khoá"
    )
    eventually(lambda: "Dừng tin này" not in person.get("/khan-cap"), seconds=40, what="tin khẩn vang hết")


def _two_at_once(people: Team, zones: list[str]) -> None:
    """Hai người cùng bấm cho một tổ: một tin vang, tin kia chờ, cả hai hiện ra, người chọn phát sau."""
    texts = ("Tin khẩn của lãnh đạo: cấm cầu phía đông từ bây giờ.", "Tin khẩn của đài: mất nước tới sáng mai.")
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda pair: order(pair[0], pair[1], zones[0]), ((people.trang, texts[0]), (people.hung, texts[1]))))
    assert sorted("Hãy chọn" in page for page in said) == [False, True]
    page = people.trang.get("/khan-cap")
    assert "Phát ngay, ngắt tin kia" in page
    waiting = first(r'action="/khan-cap/(\w+)/chon"', page)
    people.trang.post(f"/khan-cap/{waiting}/chon", {"chon": "sau"})
    _sounded(people.trang, 4)


def _full(place: House, count: int) -> list[Airing] | None:
    done = [airing for airing in airings(place) if airing.mode is Mode.URGENT and airing.result is Result.FULL]
    return done if len(done) == count else None


def _hold(path: Path, held: threading.Event, release: threading.Event) -> None:
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held.set()
        release.wait(120)
        other.execute("ROLLBACK")


@pytest.mark.timeout(1200)
def test_with_the_disk_full_in_quiet_hours_it_sounds_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        card = alsa(tmp_path / "alsa", monkeypatch.setenv, "loa_dinh", using="aplay")["loa_dinh"]
    except CardMissing as missing:
        leave_out(str(missing))
    if not OWN_MOUNTS:
        pytest.skip("nhân máy này không cho một tiến trình ổ đĩa riêng; không gói nào cài thêm được điều đó")
    with house(tmp_path / "dai", settings=quiet_now(), disk_mb=160) as place:
        people = team(place)
        three_neighbourhoods(people.hung)
        _card(people.hung)
        eventually(card.exists, seconds=30, what="cạc mở")
        fill(place.disk / "day.bin")
        try:
            before = len(received(card))
            pressed_at = datetime.now(UTC)
            assert "đang phát" in order(people.trang, FLOOD, signal=True)
            eventually(lambda: loud(received(card)[before:]), seconds=30, what="tin khẩn ra cạc khi đĩa đầy")
            heard_at = datetime.now(UTC)
            assert shutil.disk_usage(place.disk).free < 100_000, "phép thử phải thật sự đầy"
        finally:
            (place.disk / "day.bin").unlink()
        done = eventually(lambda: _full(place, 1), seconds=90, what="dòng nhật ký vào chuỗi khi đĩa có chỗ")[0]
        assert done.started_at is not None
        assert pressed_at < done.started_at < heard_at
        sounded = np.flatnonzero(np.abs(received(card).astype(np.int32)) > 200)
        assert (sounded[-1] - sounded[0]) * 1000 / RATE == pytest.approx(done.heard_ms, abs=800)
        _ordered_before_the_sound(place)
        assert verify_sound(place)


def quiet_now() -> dict[str, str]:
    """Cấu hình có giờ yên tĩnh quanh lúc này."""
    now = datetime.now(VIETNAM)
    hours = {'quiet_from = "21:00"': -1, 'quiet_to = "06:00"': 1}
    return {old: f'{old.split("=")[0]}= "{now + timedelta(hours=later):%H}:00"' for old, later in hours.items()}


def _card(hung: Person) -> None:
    """Đường ra chính ra cạc ``loa_dinh``."""
    form = {"ten": "Đường ra chính", "mo_truoc": "0", "loai": "sound_card", "cac": "loa_dinh", "khuech_dai": "0"}
    hung.post("/dai/loa/duong-ra/1", {f"{name}_r1": value for name, value in form.items()})
