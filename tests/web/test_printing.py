"""Tờ in: tên đơn vị, chỗ ký, không menu, không nút làm việc; không lộ của đài khác."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from broadcaster.newsroom.tables import Revision
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.tables import Programme
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter


@pytest.fixture
def furnished(scene: Scene) -> Scene:
    """Một bản tin đã duyệt và các buổi của bảy ngày."""
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.script(session, scene, "Lịch tiếp dân")
        plan_days(session, scene.station_id, scene.clock.now())
    return scene


def paths(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme.id).order_by(Programme.starts_at)).first()
        revision = session.scalars(select(Revision.id)).first()
    return [
        f"/in/buoi/{programme}",
        "/in/tuan",
        "/in/nhat-ky",
        f"/in/loi-doc/{revision}",
        f"/in/phieu-duyet/{revision}",
    ]


def test_every_sheet_names_the_unit_has_a_place_to_sign_and_no_menu(enter: Enter, furnished: Scene) -> None:
    browser = enter(furnished.leader)
    for path in paths(furnished):
        page = browser.get(path).text
        assert "ỦY BAN NHÂN DÂN" in page, path
        assert "Ký, ghi rõ họ tên" in page, path
        assert "Mục chính" not in page, path
        assert "<form" not in page, path
        assert "</html>" in page, path


def test_the_sheets_say_what_they_are_for(enter: Enter, furnished: Scene) -> None:
    browser = enter(furnished.operator)
    order, week, log, words, slip = (browser.get(path).text for path in paths(furnished))
    assert "17:00" in order
    assert week.count("Buổi chiều") == 5, "bảy ngày, thứ Hai tới thứ Sáu"
    assert "không có lượt phát nào" in log
    assert 'class="reader"' in words
    assert "Đặng Thị Minh Trang" in slip
    assert "Dấu niêm phong" in slip


def test_a_sheet_of_another_station_is_not_found_and_a_wrong_day_is_told(enter: Enter, furnished: Scene) -> None:
    stranger = enter(furnished.stranger)
    order, _, _, words, slip = paths(furnished)
    assert [stranger.get(path).status_code for path in (order, words, slip)] == [404, 404, 404]
    assert enter(furnished.operator).get("/in/tuan?ngay=31/31/2026").status_code == 422
