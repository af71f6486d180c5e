"""Không đường nào, việc nền nào giữ khoá ghi quá 100 ms với dữ liệu lớn thật; bên trong khoá không mở tệp, không gọi ai.

Đo bằng cổng của chính cơ sở dữ liệu. Tính theo đồng hồ, trừ lúc luồng giữ khoá chờ tiến trình khác của máy nhả CPU: máy bận
việc khác không làm phép thử đổi ý, còn chờ đĩa, chờ khoá, chờ mạng trong lúc giữ thì tính đủ.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update
from starlette.testclient import TestClient

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import Membership, User, Zone
from broadcaster.accounts.tokens import create_token, new_token
from broadcaster.airlog.enums import Event
from broadcaster.airlog.verifying import verify
from broadcaster.airlog.writing import append
from broadcaster.config import Config, load
from broadcaster.database import Database
from broadcaster.database.engine import TOO_LONG_HOLD_MS, Hold
from broadcaster.newsroom import dictionary
from broadcaster.newsroom.dictionary import EntryForm
from broadcaster.newsroom.tables import PlanTopic, Revision
from broadcaster.playout.tables import Cluster
from broadcaster.reports.making import FORMS
from broadcaster.service.backup import back_up_by
from broadcaster.service.nightly import Nightly
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.sounds import install_voices
from broadcaster.studio.worker import Worker
from broadcaster.traffic.keeper import upkeep
from broadcaster.web.app import create_app
from broadcaster.web.services import Services
from tests.airlog.bodies import armed, ended
from tests.support.scene import Scene
from tests.support.secrets import used
from tests.traffic import build
from tests.traffic.studio import PlainStudio
from tests.web.conftest import HOST, Enter
from tests.web.every_route import Place, every_page
from tests.web.test_scripts import FORM

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
WORDS, ZONES, TOPICS, SCRIPTS, DAYS = 2_000, 200, 100, 120, 120


@dataclass
class Ear:
    """Nghe mọi lần giữ khoá: nhãn của việc đang làm → các lần giữ, và những gì chậm mà luồng ấy làm trong khoá."""

    doing: str = ""
    holds: list[tuple[str, Hold]] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    def hear(self, hold: Hold) -> None:
        own = max(hold.cpu_ms, hold.ms - (_queued_ms() - _INSIDE.queued_ms))
        self.holds.append((self.doing, replace(hold, ms=own)))

    @property
    def too_long(self) -> list[str]:
        """Việc nào, lần làm nhanh nhất của nó (``việc #lần``), vẫn có một lần giữ khoá quá lâu."""
        runs: dict[str, dict[str, float]] = {}
        for doing, hold in self.holds:
            what, _, number = doing.partition(" #")
            longest = runs.setdefault(what, {})
            longest[number] = max(longest.get(number, 0), hold.ms)
        return [f"{what}: {min(times.values()):.0f} ms" for what, times in runs.items() if min(times.values()) > TOO_LONG_HOLD_MS]


_INSIDE = threading.local()


def _queued_ms() -> float:
    """Tổng thời gian luồng này đã đứng chờ CPU mà việc khác đang dùng; máy không kể được thì 0."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e6
    except OSError:
        return 0.0


def _watch(what_happened: str, arguments: tuple[Any, ...]) -> None:
    ear = getattr(_INSIDE, "ear", None)
    if ear is None or what_happened not in ("open", "subprocess.Popen", "socket.connect", "shutil.copyfile"):
        return
    what = str(arguments[0]) if arguments else ""
    if not what.endswith((".py", ".pyc", ".so")):  # nạp mô-đun lần đầu
        ear.slow.append(f"{ear.doing}: {what_happened} {what}")


sys.addaudithook(_watch)


@contextmanager
def heard(database: Database) -> Iterator[Ear]:
    """Nghe trong khối: thời gian từ cổng của cơ sở dữ liệu, lúc vào ra khoá từ SQLAlchemy.

    Không dọn rác trong lúc nghe: dọn rác của cả nghìn phép thử chạy trước rơi vào luồng nào thì luồng ấy bị tính oan.
    """
    ear, before = Ear(), database.on_hold

    def enter(connection: Connection) -> None:
        if "broadcaster_begin" in connection.get_execution_options():
            _INSIDE.queued_ms = _queued_ms()
            _INSIDE.ear = ear

    def leave(_connection: Connection) -> None:
        _INSIDE.ear = None

    told = (("begin", enter), ("commit", leave), ("rollback", leave))
    for name, listener in told:
        event.listen(database.engine, name, listener)
    database.on_hold = ear.hear
    gc.disable()
    try:
        yield ear
    finally:
        gc.enable()
        database.on_hold = before
        for name, listener in told:
            event.remove(database.engine, name, listener)


@pytest.fixture
def everyone(scene: Scene) -> Actor:
    """Người có mọi vai."""
    with scene.database.writing() as session:
        mine = Membership.user_id == scene.operator.user_id
        session.execute(update(Membership).where(mine).values(roles=frozenset(Role)))
        session.execute(update(User).where(User.id == scene.operator.user_id).values(must_change_password=False))
    return replace(scene.operator, roles=frozenset(Role))


@pytest.fixture
def large(scene: Scene) -> Scene:
    """Một phường lớn sau mấy tháng: từ điển, TDP, cụm loa, kế hoạch, khung giờ, bản tin, nhật ký."""
    now, station = scene.clock.now(), {"station_id": scene.station_id}
    with scene.database.writing() as session:
        valid = now.date() - timedelta(days=900)
        session.execute(
            insert(Zone),
            [{**station, "code": f"Z{n}", "name": f"Tổ dân phố Z{n}", "position": n, "valid_from": valid} for n in range(ZONES)],
        )
        zones = session.scalars(select(Zone.id).where(Zone.code.startswith("Z"))).all()
        session.execute(
            insert(Cluster),
            [
                {**station, "code": f"K{n}", "name": f"Cụm {n}", "zone_id": zone, "output_id": scene.output_ids[n % 2]}
                for n, zone in enumerate(zones)
            ],
        )
        plan_id = session.scalars(select(PlanTopic.plan_id)).first()
        session.execute(
            insert(PlanTopic),
            [{**station, "plan_id": plan_id, "code": f"D{n}", "title": f"Nội dung D{n}", "position": n} for n in range(TOPICS)],
        )
        words = [EntryForm(f"CK{n}", "chùa keo") for n in range(WORDS)]
        dictionary.teach(session, scene.operator, words, now=now)
        install_voices(session, scene.station_id, {ToneVoice.name: ToneVoice.label})
        for number in range(5):
            build.slot(session, scene, name=f"Buổi {number}", starts_at=time(7 + 2 * number), weekdays="1234567")
        for number in range(SCRIPTS):
            text = build.script(session, scene, f"Tin {number}", reform=number % 3 == 0, length_ms=40_000)
            session.execute(update(Revision).where(Revision.id == text.revision_id).values(body=f"Cấm xe qua cầu CK{number}."))

    for number in range(DAYS):
        with scene.database.writing() as session:
            for item in range(5):
                key, at = 100_000 + number * 5 + item, now - timedelta(days=DAYS - number)
                for what, body in ((Event.ITEM_ARMED, armed(key, at)), (Event.ITEM_ENDED, ended(at))):
                    append(session, scene.station_id, what, dict(body), happened_at=at, now=now, run_id=number + 1, item_id=key)
    return scene


LONG = "UBND xã họp 7h30 ngày 5/6 tại QL5. " * 5_140
"""Một trăm tám mươi nghìn chữ."""
GOOD = {
    "so_van_ban": "12/UBND-VX",
    "gio": "04:00",
    "phut": "15",
    "ngay": "1",
    "khuon": "1",
    "tu": "2026-03-05T22:00",
    "den": "2026-03-05T23:00",
    "viec": "luu",
    "version": "1",
    "nam": "2026",
    "vai_tro": "clerk",
    "mo_truoc": "3",
    "ngay_le": "2026-03-20",
    "tdp": "1",
    "bat": "1",
    "noi": "tat_ca",
    "kieu": "loi",
    "noi_dung": "Bà con chú ý.",
    "bai": "1",
    "item": "1",
    "script": "1",
    "loai": "monitor",
    "the_loai": "news",
    "chu": "QL9",
    "doc": "quốc lộ chín",
    "cap": "",
    "tu_ngay": "",
    "den_ngay": "",
    "valid_to": "",
    "sau": "",
    "truoc": "",
    "khoa": "",
    "mat_khau": "x",
    "ngay_cuoi": "",
}

ENDS_THE_SESSION = ("/dang-xuat", "/tai-khoan/phien/")
"""Bấm rồi thì mọi đường sau chỉ còn bị từ chối."""


def decide_by_api(services: Services, scene: Scene, name: str) -> int:
    """Gửi một bài rất dài rồi lãnh đạo quyết, qua API; trả về mã của lần quyết."""
    client = TestClient(create_app(services), base_url=HOST)
    writer, leader = (_token_of(scene, login) for login in ("lan", "trang"))
    draft = {"title": f"Bài dài để {name}", "body": LONG}
    made = client.post("/api/v1/scripts", json=draft, headers=writer).json()
    path = f"/api/v1/revisions/{made['id']}"
    saved = client.put(path, json={**draft, "priority": "normal", "version": made["version"]}, headers=writer).json()
    sent = client.post(f"{path}/submit", json={"version": saved["version"]}, headers=writer).json()
    hashes = {"revision_sha256": sent["frozen_sha256"], "reading_sha256": sent["reading"]["sha256"]}
    body = hashes if name == "approve" else {"note": "Quá dài"}
    return client.post(f"{path}/{name}", json=body, headers=leader).status_code


def config_of(large: Scene, folder: Path) -> Config:
    """Cấu hình của chính đài ấy, cho việc đêm và lệnh của máy."""
    sample = (Path(__file__).parents[2] / "config.toml").read_text("utf-8")
    url = large.database.url.render_as_string(hide_password=False)
    (folder / "config.toml").write_text(sample.replace('database = ""', f'database = "{url}"'), "utf-8")
    return load(folder / "config.toml")


def _token_of(scene: Scene, login: str) -> dict[str, str]:
    token = used(new_token())
    with scene.database.writing() as session:
        create_token(session, scene.admin, login, token, name="thử", days=1, now=scene.clock.now())
    return {"Authorization": f"Bearer {token}"}


def good_form(place: Place) -> dict[str, str]:
    return {name: GOOD.get(name, GOOD.get(name.rsplit("_", 1)[0], f"Chữ {name}")) for name in place.boxes if name != "tep"}


def _until_light(ear: Ear, what: str, *, at_least: int = 1) -> Iterator[int]:
    """Làm lại ``what`` tới khi nó có một lần giữ khoá ngắn, nhiều nhất mười lăm lần: máy bận chỉ làm một lần dài ra."""
    for number in range(15):
        if number >= at_least and not any(told.startswith(f"{what}: ") for told in ear.too_long):
            return
        ear.doing = f"{what} #{number}"
        yield number


def judged(ear: Ear, *worked: str) -> None:
    """Không lần nào quá lâu, không gì chậm ở trong; ``worked``: việc nào cũng đã ghi thật."""
    assert {doing.partition(" #")[0] for doing, _ in ear.holds} >= set(worked)
    assert ear.too_long == []
    assert ear.slow == []


def test_no_route_holds_the_lock_with_a_large_ward(enter: Enter, services: Services, large: Scene, everyone: Actor) -> None:
    browser, studio = enter(everyone), PlainStudio(large)
    words = "chu_viet,loi_doc\n" + "".join(f"CK{n},chùa keo lớn\n" for n in range(WORDS))
    with heard(large.database) as ear:
        for step in range(3):
            ear.doing = f"trông nom lịch, lần {step}"
            upkeep(large.database, large.clock, large.station_id, studio=studio)
            studio.make_all()
        for number in _until_light(ear, "nhập từ điển", at_least=6):
            above = {"cap_tren": "1"} if number % 2 else {}
            answer = browser.post("/tu-dien/nhap", data=above, files={"tep": ("tu-dien.csv", words.encode())})
            assert answer.status_code == 303, answer.text[:500]
        done = 0
        for place in every_page():
            for value in ("1", str(everyone.user_id)) if "user_id" in place.path else ("1",):
                for _ in _until_light(ear, f"{place.method} {place.path}"):
                    if place.method == "GET":
                        browser.get(place.at(value))
                    elif not place.path.startswith(ENDS_THE_SESSION):
                        done += browser.request(place.method, place.at(value), data=good_form(place)).status_code < 400
        ear.doing = "thợ tiếng"
        Worker(large.database, large.clock, {ToneVoice.name: ToneVoice()}, services.library, name="thợ").step()
        ear.doing = "kiểm nhật ký"
        assert verify(large.database, large.station_id).faults == ()
    assert done >= 12, "phải có nhiều đường ghi được thật, không phải chỉ bị từ chối"
    judged(ear, "nhập từ điển", "thợ tiếng", "POST /khung-gio")
    assert not any(doing == "kiểm nhật ký" for doing, _ in ear.holds)
    # Bấm lại thì đường ấy có thể chỉ còn bị từ chối, nhẹ đi; phần tính toán trong khoá thì lần nào cũng phải ít.
    assert [doing for doing, hold in ear.holds if " /" in doing and hold.cpu_ms > TOO_LONG_HOLD_MS] == []


def test_no_very_long_script_holds_the_lock(enter: Enter, services: Services, scene: Scene, everyone: Actor) -> None:
    browser = enter(everyone)
    with heard(scene.database) as ear:
        for number in _until_light(ear, "gửi duyệt một bài rất dài", at_least=3):
            long = {**FORM, "noi_dung": f"Lần {number}. " + LONG, "viec": "gui"}
            assert browser.post("/ban-tin/moi", data=long).status_code == 303
        for name in ("approve", "return"):
            for _ in _until_light(ear, f"API {name} một bài rất dài"):
                assert decide_by_api(services, scene, name) == 200
    judged(ear, "gửi duyệt một bài rất dài", "API approve một bài rất dài", "API return một bài rất dài")


def test_no_report_and_no_night_work_holds_the_lock(enter: Enter, large: Scene, everyone: Actor, tmp_path: Path) -> None:
    browser, config = enter(everyone), config_of(large, tmp_path)
    with heard(large.database) as ear:
        for kind, (_, kinds) in FORMS.items():
            ear.doing = f"báo cáo {kind.value}"
            form = {"mau": kind.value, "ky": kinds[0].value, "ngay": f"{large.clock.now():%d/%m/%Y}"}
            answer = browser.post("/bao-cao", data=form)
            assert answer.status_code == 303, answer.text[-2_000:]
            ear.doing = "tải báo cáo"
            assert browser.get(f"{answer.headers['location'].partition('?')[0]}/tai.xlsx").status_code == 200
        ear.doing = "việc đêm"
        Nightly(config, large.database, large.clock).work()
        ear.doing = "sao lưu bằng tay"
        assert back_up_by(config, large.clock, tmp_path / "usb", login="hung").rows > 5_000
    judged(ear, "báo cáo reform", "tải báo cáo", "việc đêm")
