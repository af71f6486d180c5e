"""Trang nhật ký: xem, lọc, xuất, đính chính; và trang trực tiếp khi phòng phát có hay vắng."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from broadcaster.airlog.tables import Airing
from broadcaster.errors import OutputFailed
from broadcaster.web.app import create_app
from broadcaster.web.services import Services
from tests.airlog.test_airlog import air
from tests.conftest import database  # noqa: F401  SQL và kiểu cột mỗi nơi một khác: chạy trên cả hai
from tests.support.scene import Scene
from tests.web.conftest import HOST, Enter, StillPlayout


def airing_id(scene: Scene) -> int:
    with scene.database.reading() as session:
        return session.scalars(select(Airing.id)).one()


def test_log_is_listed_filtered_and_read_line_by_line(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.clerk)
    assert "chưa có lượt phát" in browser.get("/nhat-ky").text
    air(scene, 11)
    assert "Tin cải cách hành chính" in browser.get("/nhat-ky").text
    assert "chưa có lượt phát" in browser.get("/nhat-ky?ket_qua=none").text
    one = browser.get(f"/nhat-ky/{airing_id(scene)}")
    assert one.text.count("Dấu niêm phong") == 3
    assert "Đính chính</h2>" not in one.text
    wrong = browser.get("/nhat-ky?tu=2026-03-05&den=2026-03-01")
    assert wrong.status_code == 422
    assert "đứng trước ngày bắt đầu" in wrong.text
    assert 'value="05/03/2026"' in wrong.text


def test_export_downloads_both_kinds(enter: Enter, scene: Scene, services: Services) -> None:
    air(scene, 11)
    browser = enter(scene.clerk)
    for kind in ("csv", "xlsx"):
        answer = browser.get(f"/nhat-ky/xuat.{kind}")
        assert answer.status_code == 200
        assert f".{kind}" in answer.headers["content-disposition"]
    assert "Tin cải cách hành chính" in browser.get("/nhat-ky/xuat.csv").content.decode("utf-8-sig")
    assert browser.get("/nhat-ky/xuat.pdf").status_code == 422
    assert [path.name for path in services.exports.iterdir() if path.suffix in (".csv", ".xlsx")] == []


def test_correction_keeps_typed_text_and_asks_permission(enter: Enter, scene: Scene) -> None:
    air(scene, 11)
    path = f"/nhat-ky/{airing_id(scene)}"
    operator = enter(scene.operator)
    wrong = operator.post(f"{path}/dinh-chinh", data={"ket_qua": "partial", "ly_do": "", "ghi_chu": "<b>câm</b>"})
    assert wrong.status_code == 422
    assert "&lt;b&gt;câm&lt;/b&gt;" in wrong.text
    form = {"ket_qua": "partial", "ly_do": "device", "ghi_chu": "Cụm 1 câm"}
    assert enter(scene.clerk).post(f"{path}/dinh-chinh", data=form).status_code == 403
    assert enter(scene.stranger).post(f"{path}/dinh-chinh", data=form).status_code == 404
    assert operator.post(f"{path}/dinh-chinh", data=form).status_code == 303
    assert "Phát thiếu" in operator.get(path).text


def test_live_page_listens_and_says_when_playout_is_away(enter: Enter, scene: Scene, services: Services) -> None:
    browser = enter(scene.auditor)
    assert "Nghe Đường 1" in browser.get("/truc-tiep").text
    stream = browser.get(f"/nghe/{scene.output_ids[0]}")
    assert (stream.headers["content-type"], stream.content) == ("audio/mpeg", b"mp3")
    assert enter(scene.stranger).get(f"/nghe/{scene.output_ids[0]}").status_code == 404

    class Away(StillPlayout):
        def state(self, *, alert: bool = False) -> dict[str, Any]:
            raise OutputFailed("Phòng phát sóng chưa chạy.")

    away = TestClient(create_app(replace(services, playout=Away())), base_url=HOST, cookies=browser.cookies)
    assert "Phòng phát sóng chưa chạy." in away.get("/truc-tiep").text
