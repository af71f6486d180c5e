"""Cả ngày của sáu vai trong Chromium thật, bốn cách: chuột, chỉ bàn phím, ngón tay ở 390 px, không script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("way", list(WAYS))
def test_the_whole_day_of_every_role(desk: Desk, house: Scene, way: str) -> None:
    hand_of, window = WAYS[way]
    page = desk.window(None, reduced_motion="reduce", service_workers="block", **window).new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    for login in DAYS:
        live(hand_of(page), login)
