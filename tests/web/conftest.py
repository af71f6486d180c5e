"""Trang web thật trên cơ sở dữ liệu thật; chỉ phòng phát sóng là cổng đứng yên."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.signing_in import sign_in
from broadcaster.accounts.tables import User
from broadcaster.database import Database
from broadcaster.errors import NotFound, OutputFailed
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.playout.enums import UrgentState
from broadcaster.playout.urgent.active_order import warning
from broadcaster.playout.urgent.orders import Order
from broadcaster.reports.jobs import LONG
from broadcaster.sound.frames import Samples
from broadcaster.sound.library import Library, encode_mp3
from broadcaster.sound.parts import PartStore
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.announcing import Announcer
from broadcaster.web.app import create_app
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.support.secrets import used
from tests.support.served import served
from tests.support.windows import Desk, Windows, lane_windows, windows

__all__ = ["lane_windows", "windows"]
HOST = "http://127.0.0.1:8000"


class StillPlayout:
    """Phòng phát sóng không phát gì: mọi đường ra đều rỗi."""

    def __init__(self) -> None:
        self.stations: list[str] = []
        self.alerts = 0
        self.silenced: list[tuple[int | None, bool]] = []
        self.orders: dict[str, Order] = {}
        self.deeds: list[tuple[str, ...]] = []
        self.pcm: Samples | None = None
        self.muted: set[int] = set()
        """Các đường ra (1, 2) đang im lặng."""
        self.states: dict[str, UrgentState] = {}
        self.heard_ms = 1200
        self.away = False
        self.rehearsing = False

    def of(self, actor: Actor) -> StillPlayout:
        self.stations.append(actor.station_code)
        return self

    def state(self, *, alert: bool = False) -> dict[str, Any]:
        self.alerts += alert
        if self.away:
            raise OutputFailed("Phòng phát sóng chưa chạy.")
        outputs: dict[str, dict[str, Any]] = {str(key): {"name": f"Đường {key}", "silenced": True} for key in sorted(self.muted)}
        if self.rehearsing:
            item = {"title": "Tin thử", "heard_ms": 1200, "planned_ms": 60_000, "rehearsal": True}
            outputs["1"] = {"name": "Đường 1", "silenced": False, "on_air": item}
        return {"outputs": outputs, "urgent": [self._view(order) for order in self.orders.values()]}

    def silence(self, output_id: int | None, *, on: bool, by: Actor) -> None:
        self.silenced.append((output_id, on))

    def devices(self) -> dict[str, Any]:
        return {"devices": [{"name": "loa1", "label": "Cạc số một", "default": True, "muted": False}], "none": ""}

    def test(self, output_id: int, sound: Samples, *, spoken: str, by: Actor) -> None:
        self.deeds.append(("test", str(output_id), str(len(sound)), spoken))

    def audience(self, zone_ids: Collection[int]) -> dict[str, Any]:
        names = {1: "Đường 1", 2: "Đường 2"}
        paths = [{"id": key, "name": name, "silenced": key in self.muted, "failed": False} for key, name in names.items()]
        return {"paths": paths, "warning": warning(paths)}

    def order_urgent(self, order: Order, pcm: Samples | None = None, *, lift: bool = False) -> dict[str, Any]:
        if lift:
            self.muted.clear()
        self.orders.setdefault(order.key, order)
        self.pcm = pcm
        return self._view(order)

    def stop_urgent(self, key: str, *, by: Actor) -> None:
        if key not in self.orders:
            raise NotFound
        self.deeds.append(("stop", key, by.name))

    def choose_urgent(self, key: str, choice: str, *, by: Actor) -> None:
        self.deeds.append((choice, key, by.name))

    def _view(self, order: Order) -> dict[str, Any]:
        paths = self.audience(order.zone_ids)["paths"]
        return {
            "key": order.key,
            "state": self.states.get(order.key, UrgentState.SOUNDING).value,
            "number": 1,
            "heard_times": 0 if self.muted else 1,
            "paths": paths,
            "warning": warning(paths),
            "unheard": all(path["silenced"] for path in paths),
            "next_at": None,
            "closed_at": None,
            "against": [],
            "outputs": [path["name"] for path in paths],
            "output_ids": [path["id"] for path in paths],
            "heard_ms": self.heard_ms,
            "planned_ms": 60_000,
            "order": order.as_json(),
        }

    def monitor(self, output_id: int) -> Iterator[bytes]:
        yield b"mp3"


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """Trang và biểu mẫu chạy trên SQLite; phép thử cuộc đua xin ``BOTH``, tệp thử SQL thì tự mở lại cả hai."""
    found = request.getfixturevalue(getattr(request, "param", "sqlite"))
    assert isinstance(found, Database)
    return found


@pytest.fixture(scope="session")
def gate() -> Iterator[socket.socket]:
    """Cổng của mọi trang thật trong làn: cùng một địa chỉ thì cửa sổ dùng lại được."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def desk(windows: Windows, gate: socket.socket, services: Services, enter: Enter) -> Iterator[Desk]:
    """Trang thật trên một cổng thật, và cửa sổ của từng người."""
    with served(create_app(services), gate) as address:
        desk = Desk(windows, address, enter)
        yield desk
        desk.close()


@pytest.fixture
def long_log() -> int:
    """Tệp nhật ký dài từ đâu; phép thử đổi bằng ``parametrize``."""
    return LONG


@pytest.fixture
def services(scene: Scene, tmp_path: Path, long_log: int) -> Services:
    return Services(
        database=scene.database,
        clock=scene.clock,
        library=Library(tmp_path / "recordings"),
        playout=StillPlayout(),
        reader=read_text,
        speak=lambda text: encode_mp3(ToneVoice().speak([text]).samples),
        announcer=Announcer(ToneVoice(), Library(tmp_path / "recordings")),
        parts=PartStore(tmp_path / "uploads"),
        exports=tmp_path,
        captures=tmp_path / "capture",
        beats=tmp_path / "beats",
        packs=tmp_path / "goi",
        amplifiers=("Rơ-le 1",),
        long_log=long_log,
    )


Enter = Callable[[Actor | None], TestClient]


@pytest.fixture
def enter(scene: Scene, services: Services) -> Enter:
    """Trình duyệt của một người (hoặc của khách)."""
    app = create_app(services)

    def browser(actor: Actor | None = None) -> TestClient:
        client = TestClient(app, base_url=HOST, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
        if actor is not None:
            with scene.database.writing() as session:
                user = session.get_one(User, actor.user_id)
                token = sign_in(session, user.login, device="", hours=12, now=scene.clock.now())
            client.cookies.set("phien", used(token or "không có"))
        return client

    return browser


def forgiving(browser: TestClient) -> TestClient:
    """Cùng người ấy; lỗi chưa lường thành trang 500 như thật, không ném ra phép thử."""
    return TestClient(
        browser.app,
        base_url=browser.base_url,
        headers=browser.headers,
        cookies=browser.cookies,
        follow_redirects=False,
        raise_server_exceptions=False,
    )
