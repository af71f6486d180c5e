"""Trang Đài: sửa được, sai thì chữ đã gõ trở về đúng dòng, người không có quyền và đài khác không vào được."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import Station, Zone
from broadcaster.newsroom.tables import Column, PlanTopic
from broadcaster.playout.tables import Player
from broadcaster.studio.templates import install_defaults
from broadcaster.web import pages
from tests.support.scene import Scene
from tests.web.conftest import Enter


def test_zones_are_pasted_renamed_and_ended(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.operator)
    assert browser.post("/dai/tdp", data={"tdp": "Tổ dân phố số 7\nKhu tập thể"}).status_code == 303
    assert browser.post(f"/dai/tdp/{scene.zone_ids[0]}", data={f"ten_tdp_{scene.zone_ids[0]}": "Phố Nối"}).status_code == 303
    kept = browser.post(f"/dai/tdp/{scene.zone_ids[0]}/thoi")
    assert (kept.status_code, "CL01" in kept.text) == (409, True)
    with scene.database.reading() as session:
        names = session.scalars(select(Zone.name).order_by(Zone.id)).all()
    assert names == ["Phố Nối", "Tổ dân phố số 2", "Tổ dân phố số 7", "Khu tập thể"]


def test_a_wrong_list_comes_back_as_typed(scene: Scene, enter: Enter) -> None:
    answer = enter(scene.operator).post("/dai/tdp", data={"tdp": "TDP1: <b>Trùng</b>\nMới"})
    assert answer.status_code == 422
    assert "Dòng 1: đã có TDP mã “TDP1”" in answer.text
    assert "&lt;b&gt;Trùng&lt;/b&gt;\nMới" in answer.text


def test_a_wrong_topic_opens_its_own_row_with_what_was_typed(scene: Scene, enter: Enter) -> None:
    one, two = scene.topic_ids
    form = {f"ma_{one}": "C1", f"ten_noi_dung_{one}": "", f"chi_tieu_{one}": "24"}
    answer = enter(scene.operator).post(f"/dai/noi-dung/{one}", data=form)
    assert answer.status_code == 422
    assert f'id="ten_noi_dung_{one}-ghi">Hãy ghi nội dung tuyên truyền,' in answer.text
    assert f'name="chi_tieu_{one}" type="number" value="24"' in answer.text
    assert f'id="ten_noi_dung_{two}-ghi"' not in answer.text


def test_columns_plans_and_topics(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.operator)
    plan = {"so": "18/KH-UBND", "ban_hanh": "2027-01-15", "nam": "2027", "ten_ke_hoach": "Tuyên truyền năm 2027"}
    assert browser.post("/dai/chuyen-muc", data={"ten_chuyen_muc": "Đời sống"}).status_code == 303
    assert browser.post("/dai/ke-hoach", data=plan).status_code == 303
    page = browser.get("/dai/chuyen-muc").text
    assert "Kế hoạch 18/KH-UBND năm 2027" in page
    edited = {f"{name}_p2": value for name, value in {**plan, "ten_ke_hoach": "Tuyên truyền CCHC năm 2027"}.items()}
    assert browser.post("/dai/ke-hoach/2", data=edited).status_code == 303
    assert "Tuyên truyền CCHC năm 2027" in browser.get("/dai/chuyen-muc").text
    wrong = browser.post("/dai/ke-hoach/2", data={**edited, "so_p2": " "})
    assert (wrong.status_code, "Hãy ghi số kế hoạch" in wrong.text) == (422, True)
    assert browser.post("/dai/ke-hoach/2/noi-dung", data={"ma_k2": "C1", "ten_noi_dung_k2": "Mới"}).status_code == 303
    assert browser.post("/dai/noi-dung/3/thoi").status_code == 303
    assert browser.post(f"/dai/chuyen-muc/{scene.column_id}/thoi").status_code == 409
    with scene.database.reading() as session:
        assert session.scalars(select(Column.name).order_by(Column.id)).all()[-1] == "Đời sống"
        assert session.get_one(PlanTopic, 3).retired_on is not None


def test_settings_keep_their_history_on_the_page(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.operator)
    assert browser.post("/dai/cai-dat/lock_before_min", data={"lock_before_min": "20"}).status_code == 303
    assert "Trần Văn Hùng" in browser.get("/dai").text
    wrong = browser.post("/dai/cai-dat/lock_before_min", data={"lock_before_min": "rất lâu"})
    assert (wrong.status_code, 'value="rất lâu"' in wrong.text) == (422, True)
    assert browser.post("/dai/cai-dat/quiet_from", data={"quiet_from": "23:00"}).status_code == 403


def test_what_the_leader_decides_asks_for_a_document_and_keeps_what_was_typed(scene: Scene, enter: Enter) -> None:
    with scene.database.writing() as session:
        install_defaults(session, scene.station_id, approved_by="config.toml", now=scene.clock.now())
    leader, form = enter(scene.leader), {"quiet_from": "22:00", "quiet_to": "05:00"}
    empty = leader.post("/dai/mau-loi/lanh-dao", data={**form, "van_ban": " "})
    assert (empty.status_code, 'value="22:00"' in empty.text, "Hãy ghi số văn bản" in empty.text) == (422, True, True)
    assert leader.post("/dai/mau-loi/lanh-dao", data={**form, "van_ban": "25/QĐ-UBND"}).status_code == 303
    assert "22:00 (Đặng Thị Minh Trang" in leader.get("/dai/mau-loi").text
    assert enter(scene.operator).post("/dai/mau-loi/lanh-dao", data={**form, "van_ban": "1"}).status_code == 403


def test_the_station_and_its_ward_are_renamed(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.operator)
    assert browser.post("/dai/ten", data={"ten": "Đài Mỹ Hào"}).status_code == 303
    form = {"cap": "ward", "ten_don_vi": "phường Mỹ Hào", "tu_ngay": "2026-07-01"}
    assert browser.post("/dai/don-vi", data=form).status_code == 303
    assert "phường Mỹ Hào" in browser.get("/dai").text
    with scene.database.reading() as session:
        assert session.get_one(Station, scene.station_id).name == "Đài Mỹ Hào"


@pytest.mark.parametrize("path", ["/dai", "/dai/chuyen-muc"])
def test_only_those_who_keep_the_station_enter(scene: Scene, enter: Enter, path: str) -> None:
    assert enter(scene.writer).get(path).status_code == 403
    assert enter(None).get(path).status_code == 303


def test_another_station_cannot_touch_this_one(scene: Scene, enter: Enter) -> None:
    browser, zone_id = enter(scene.stranger), scene.zone_ids[0]
    assert browser.post(f"/dai/tdp/{zone_id}", data={f"ten_tdp_{zone_id}": "Của tôi"}).status_code == 404
    assert browser.post(f"/dai/noi-dung/{scene.topic_ids[0]}/thoi").status_code == 404


@pytest.mark.parametrize(
    ("page", "action", "field"),
    [
        ("/dai", "/dai/tdp/1", "ten_tdp_1"),
        ("/dai/chuyen-muc", "/dai/chuyen-muc/1", "ten_chuyen_muc_1"),
        ("/dai/chuyen-muc", "/dai/noi-dung/1", "ten_noi_dung_1"),
        ("/dai/chuyen-muc", "/dai/ke-hoach/1", "ten_ke_hoach_p1"),
        ("/dai/loa", "/dai/loa/duong-ra/1", "ten_r1"),
        ("/dai/loa", "/dai/loa/cum/1", "ten_1"),
    ],
)
def test_two_windows_do_not_silently_overwrite_each_other(enter: Enter, scene: Scene, page: str, action: str, field: str) -> None:
    mine, other = enter(scene.operator), enter(scene.operator)
    shown = mine.get(page).text
    first = other.post(action, data={**fields(shown, action), field: "Tên người kia đặt"})
    assert first.status_code == 303, first.text
    second = mine.post(action, data={**fields(shown, action), field: "Tên tôi đặt"})
    assert (second.status_code, "Người khác vừa sửa" in second.text, "Tên tôi đặt" in second.text) == (409, True, True)
    again = mine.post(action, data={**fields(second.text, action), field: "Tên tôi đặt"})
    assert again.status_code == 303, again.text
    assert "Tên tôi đặt" in mine.get(page).text


def fields(page: str, action: str) -> dict[str, str]:
    """Mọi ô của một biểu mẫu như trình duyệt sẽ gửi."""
    form = re.search(rf'(?s)<form[^>]*action="{action}".*?</form>', page)
    assert form is not None
    found = dict(re.findall(r'<input[^>]*name="([^"]+)"(?![^>]*type="checkbox")[^>]*value="([^"]*)"', form[0]))
    for name, choices in re.findall(r'(?s)<select[^>]*name="([^"]+)".*?>(.*?)</select>', form[0]):
        chosen = re.search(r'value="([^"]*)" selected', choices) or re.search(r'value="([^"]*)"', choices)
        found[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in found.items()}


def test_the_stopped_clock_is_told_on_the_first_page_and_a_person_restarts_it(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        session.get_one(Player, scene.player_id).gate_closed_at = scene.clock.now()
    action = f"/dong-ho/{scene.player_id}"
    seen = enter(scene.clerk).get("/").text
    assert "ngừng phát thường lệ vì chưa tin được đồng hồ" in seen
    assert action not in seen
    assert enter(scene.clerk).post(action).status_code == 403
    operator = enter(scene.operator)
    assert action in operator.get("/").text
    assert operator.post(action).status_code == 303
    assert "ngừng phát thường lệ" not in operator.get("/").text
    assert operator.post(action).status_code == 409


def test_no_page_of_the_station_names_a_zone_by_half() -> None:
    """Mã và tên luôn đi cùng nhau (``Zone.label``); ô sửa tên và trang của người dân thì chỉ tên."""
    half = re.compile(r"zone\.(name|code)\b|zones\|(map|pairs)\((attribute=)?[\"'](name|code)")
    folder = Path(pages.__file__).parent / "templates"
    told = {path.name for path in folder.glob("*.html") for line in path.read_text("utf-8").splitlines() if half.search(line)}
    assert told == {"dai.html"}
