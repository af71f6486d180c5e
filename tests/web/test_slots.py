"""Trang Khung giờ: xem ngày rồi mới lưu, phát một lần, thôi phát lấy lại được, điều phút chót được hỏi, ngày giờ gõ kiểu Việt."""

from __future__ import annotations

import re
from datetime import time

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.tables import DayException, Item, Programme, Slot
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter
from tests.web.test_programmes import save

FORM: dict[str, object] = {"ten": "Buổi chiều", "gio": "17:00", "phut": "15", "ngay": ["1", "2"]}


@pytest.fixture
def operator(enter: Enter, scene: Scene) -> TestClient:
    with scene.database.writing() as session:
        build.equip(session, scene)
    return enter(scene.operator)


def plan(scene: Scene) -> None:
    with scene.database.writing() as session:
        plan_days(session, scene.station_id, scene.clock.now())


def test_the_days_are_shown_before_anything_is_saved(operator: TestClient, scene: Scene) -> None:
    shown = operator.post("/khung-gio", data={**FORM, "den_ngay": "10/3/2026"})
    assert shown.status_code == 200
    lines = re.findall(r"<li>(\w+ \w+, [\d/]+|hết.*?)</li>", shown.text)
    assert lines == [
        "Thứ Hai, 02/03/2026",
        "Thứ Ba, 03/03/2026",
        "Thứ Hai, 09/03/2026",
        "Thứ Ba, 10/03/2026",
        "hết ngày 10/03/2026 thì thôi",
    ]
    assert "11/03/2026" not in shown.text
    seal = re.search(r'name="da_xem" value="(\w+)"', shown.text)
    assert seal is not None
    with scene.database.reading() as session:
        assert session.scalars(select(Slot)).all() == []
    changed = operator.post("/khung-gio", data={**FORM, "den_ngay": "11/3/2026", "ngay": ["3"], "da_xem": seal[1]})
    assert (changed.status_code, "Thứ Tư, 04/03/2026" in changed.text) == (200, True)
    assert operator.post("/khung-gio", data={**FORM, "den_ngay": "10/3/2026", "da_xem": seal[1]}).status_code == 303
    with scene.database.reading() as session:
        assert session.scalars(select(Slot.starts_at)).all() == [time(17)]


def test_a_saturday_left_at_the_weekdays_of_the_default_is_refused(operator: TestClient) -> None:
    refused = operator.post("/khung-gio", data={**FORM, "tu_ngay": "07/03/2026", "den_ngay": "07/03/2026"})
    assert refused.status_code == 422
    assert "Không ngày nào có buổi phát" in refused.text
    assert 'value="07/03/2026"' in refused.text


@pytest.mark.parametrize("typed", ["5:30 PM", "25:00", "17:61", "tối", "17:00+07:00"])
def test_a_wrong_hour_is_told_in_its_place_and_kept(operator: TestClient, typed: str) -> None:
    refused = operator.post("/khung-gio", data={**FORM, "gio": typed})
    assert refused.status_code == 422
    assert "dạng 06:00 hoặc 17:30" in refused.text
    assert f'value="{typed}"' in refused.text


def test_hours_and_days_are_typed_the_vietnamese_way_on_every_page(operator: TestClient) -> None:
    save(operator, "/khung-gio", {**FORM, "gio": "17h30", "den_ngay": "2026-03-31"})
    page = operator.get("/khung-gio").text
    assert "17:30" in page
    assert "31/03/2026" in page
    for path in ("/khung-gio", "/ban-tin/moi", "/nhat-ky", "/tu-dien"):
        assert not re.findall(r'type="(?:date|time|datetime-local)"', operator.get(path).text), path
    filtered = operator.get("/nhat-ky", params={"tu": "1/3/2026", "den": "02/03/2026"})
    assert filtered.status_code == 200
    assert 'value="02/03/2026"' in filtered.text
    assert 'value="01/03/2026"' in operator.get("/nhat-ky", params={"tu": "2026-03-01", "den": "2026-03-02"}).text


def test_one_programme_on_one_day_with_three_fields(operator: TestClient, scene: Scene) -> None:
    with scene.database.writing() as session:
        made = build.script(session, scene, "Thông báo họp tổ dân phố", length_ms=61_000)
    wanted = {"mot_ngay": "21/3/2026", "mot_gio": "19h30", "mot_gi": f"bai:{made.script_id}"}
    shown = operator.post("/khung-gio/phat-mot-lan/them", data=wanted)
    assert (shown.status_code, "Thứ Bảy, 21/03/2026, lúc 19:30, dài 1 phút 40 giây" in shown.text) == (200, True)
    seal = re.search(r'name="da_xem" value="(\w+)"', shown.text)
    assert seal is not None
    answer = operator.post("/khung-gio/phat-mot-lan/them", data={**wanted, "da_xem": seal[1]})
    assert answer.status_code == 303
    page = operator.get(answer.headers["location"]).text
    assert "Thông báo họp tổ dân phố" in page
    plan(scene)
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme)).one()
        assert programme.state is ProgrammeState.PLANNED
        titles = [item.revision.title for item in programme.items if item.revision]
        assert titles == ["Thông báo họp tổ dân phố"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mot_ngay": ""}, "Hãy nhập ngày phát"),
        ({"mot_ngay": "01/03/2026"}, "Lúc ấy đã qua"),
        ({"mot_gio": "23:00"}, "giờ yên tĩnh"),
        ({"mot_gi": ""}, "Hãy chọn phát gì"),
        ({"mot_gi": "bai:999"}, "chưa được duyệt"),
    ],
)
def test_a_one_off_that_cannot_air_is_refused_with_its_reason(
    operator: TestClient, scene: Scene, changes: dict[str, str], said: str
) -> None:
    with scene.database.reading() as session:
        format_id = build.equip(session, scene)
    wanted = {"mot_ngay": "21/3/2026", "mot_gio": "19:30", "mot_gi": f"khuon:{format_id}"} | changes
    refused = operator.post("/khung-gio/phat-mot-lan/them", data=wanted)
    assert refused.status_code in (409, 422)
    assert said in refused.text


def test_stopping_tells_how_many_go_and_is_taken_back(operator: TestClient, scene: Scene) -> None:
    save(operator, "/khung-gio", {**FORM, "ngay": ["2", "4", "6"], "den_ngay": "30/06/2026"})
    plan(scene)
    with scene.database.reading() as session:
        slot_id = session.scalars(select(Slot.id)).one()
    page = operator.get("/khung-gio").text
    assert f'href="/khung-gio/{slot_id}#sua"' in page
    asked = operator.get(f"/khung-gio/{slot_id}/ket-thuc").text
    assert "<strong>3 buổi đã lập sẽ không phát</strong>" in asked
    later = operator.get(f"/khung-gio/{slot_id}/ket-thuc", params={"ngay_cuoi": "05/03/2026"}).text
    assert "<strong>1 buổi đã lập sẽ không phát</strong>" in later
    stopped = operator.post(f"/khung-gio/{slot_id}/ket-thuc", data={"ngay_cuoi": ""})
    undo = operator.get(stopped.headers["location"]).text
    assert "Hoàn tác" in undo
    assert "Thôi từ 02/03/2026" in undo
    plan(scene)
    assert operator.post(f"/khung-gio/{slot_id}/phat-lai").status_code == 303
    plan(scene)
    with scene.database.reading() as session:
        assert set(session.scalars(select(Programme.state))) == {ProgrammeState.PLANNED}


def test_a_day_off_at_the_last_minute_is_asked_and_the_answer_holds(operator: TestClient, scene: Scene) -> None:
    save(operator, "/khung-gio", {**FORM, "ngay": ["1"]})
    plan(scene)
    with scene.database.writing() as session:
        session.scalars(select(Programme).where(Programme.day == scene.clock.now().date())).one().state = ProgrammeState.AIRING
    form = {"ngay_le": "02/03/2026", "den_le": "04/03/2026", "loai": "off", "khung": "", "ly_do": "Quốc tang"}
    asked = operator.post("/khung-gio/ngoai-le/them", data=form)
    assert asked.status_code == 422
    assert "Dừng cả buổi này" in asked.text
    assert 'value="Quốc tang"' in asked.text
    assert operator.post("/khung-gio/ngoai-le/them", data={**form, "buoi_nay_le": "dung"}).status_code == 303
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme).order_by(Programme.day)).first()
        assert programme is not None
        assert (programme.state, programme.reason) == (ProgrammeState.CANCELLED, "Nghỉ phát: Quốc tang (Trần Văn Hùng)")
        assert session.scalars(select(DayException.last_day)).one() is not None
        programme_id = programme.id
    assert "Nghỉ phát: Quốc tang (Trần Văn Hùng)" in operator.get(f"/chuong-trinh/{programme_id}").text
    assert "Quốc tang" in operator.get("/lich-phat").text


def test_who_may_stop_and_whose(operator: TestClient, enter: Enter, scene: Scene) -> None:
    save(operator, "/khung-gio", FORM)
    with scene.database.reading() as session:
        slot_id = session.scalars(select(Slot.id)).one()
    for path in (f"/khung-gio/{slot_id}/ket-thuc", f"/khung-gio/{slot_id}/phat-lai"):
        assert enter(scene.writer).post(path).status_code == 403
        assert enter(scene.stranger).post(path).status_code == 404
    assert enter(scene.stranger).get(f"/khung-gio/{slot_id}/ket-thuc").status_code == 404
    with scene.database.reading() as session:
        assert session.scalars(select(Item)).all() == []
