"""Trang web thật trên cơ sở dữ liệu thật; chỉ phòng phát sóng là cổng đứng yên."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.signing_in import sign_in
from broadcaster.accounts.tables import User
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.sound.library import Library, encode_mp3
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.web.app import create_app
from broadcaster.web.services import Services
from tests.support.scene import Scene

HOST = "http://127.0.0.1:8000"


class StillPlayout:
    """Phòng phát sóng không phát gì: mọi đường ra đều rỗi."""

    def __init__(self) -> None:
        self.silenced: list[tuple[int | None, bool]] = []

    def state(self) -> dict[str, Any]:
        return {"outputs": {}}

    def silence(self, output_id: int | None, *, on: bool) -> None:
        self.silenced.append((output_id, on))

    def monitor(self, output_id: int) -> Iterator[bytes]:
        yield b"mp3"


@pytest.fixture
def services(scene: Scene, tmp_path: Path) -> Services:
    return Services(
        database=scene.database,
        clock=scene.clock,
        library=Library(tmp_path / "recordings"),
        playout=StillPlayout(),
        reader=read_text,
        speak=lambda text: encode_mp3(ToneVoice().speak([text]).samples),
        exports=tmp_path,
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
                token = sign_in(session, user.login, "", matched=True, device="", hours=12, now=scene.clock.now())
            client.cookies.set("phien", token or "")
        return client

    return browser
