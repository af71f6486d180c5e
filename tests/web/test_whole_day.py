"""Cả ngày của sáu vai trong Chromium thật, ba lượt: nửa số vai bằng chuột và nửa kia bằng ngón tay ở 390 px, chỉ bàn phím,
không script. Chuột và ngón tay gặp cùng một trang, cùng một script; việc hằng ngày thì đi đủ bốn cách (``test_daily_steps``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import update

from broadcaster.accounts.passwords import hash_password
from broadcaster.accounts.tables import User
from broadcaster.config import load
from broadcaster.web.services import ConfiguredAnchors, Services
from tests.end_to_end.browser import PASSWORD
from tests.end_to_end.hands import WAYS
from tests.end_to_end.house import SAMPLE
from tests.end_to_end.whole_day import DAYS, live
from tests.support.scene import Scene
from tests.support.windows import Desk
from tests.web.conftest import Enter
from tests.web.furnished import furnish

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]


@pytest.fixture
def services(services: Services, scene: Scene, tmp_path: Path) -> Services:
    """Có cấu hình máy, nên so được mốc nhật ký."""
    (tmp_path / "config.toml").write_text(SAMPLE.read_text("utf-8"), "utf-8")
    return replace(services, anchors=ConfiguredAnchors(load(tmp_path / "config.toml"), scene.database, scene.clock))


@pytest.fixture
def house(scene: Scene, enter: Enter) -> Scene:
    """Đài đã bày, ai cũng đã đặt mật khẩu riêng."""
    furnish(scene, enter)
    with scene.database.writing() as session:
        session.execute(update(User).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    return scene


ON_A_PHONE = {"trang", "hung", "mttq"}
"""Người hay rời bàn: lãnh đạo duyệt trên điện thoại, người vận hành đứng cạnh loa, Mặt trận đi nghe."""
ROUNDS: dict[str, Callable[[str], str]] = {
    "mouse_and_touch": lambda login: "touch" if login in ON_A_PHONE else "mouse",
    "keyboard": lambda _login: "keyboard",
    "no_script": lambda _login: "no_script",
}
"""Lượt → cách mỗi người dùng trang."""


@pytest.mark.parametrize("way_of", list(ROUNDS.values()), ids=list(ROUNDS))
def test_the_whole_day_of_every_role(desk: Desk, house: Scene, way_of: Callable[[str], str]) -> None:
    pages: dict[str, Page] = {}
    for login in DAYS:
        hand_of, window = WAYS[way_of(login)]
        if way_of(login) not in pages:
            pages[way_of(login)] = desk.window(None, reduced_motion="reduce", service_workers="block", **window).new_page()
            pages[way_of(login)].on("dialog", lambda dialog: dialog.accept())
        live(hand_of(pages[way_of(login)]), login)
