"""Trang nhật ký gộp theo buổi, một phút với tiếng đã thu, xác nhận tại loa, liên kết của tổ trưởng, phản ánh của người dân."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import Airing
from broadcaster.airlog.writing import append
from broadcaster.errors import Invalid
from broadcaster.playout.network_admin import report_fault
from broadcaster.reports.tables import Complaint
from broadcaster.sound.frames import RATE
from broadcaster.studio.witness import file_sha256
from broadcaster.web.services import Services
from broadcaster.web.typed_minute import read_minute
from tests.airlog.test_airlog import air
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.web.conftest import Enter

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "minute"),
    [
        ("4 giờ 45", time(4, 45)),
        ("lúc 4 giờ 45 phút", time(4, 45)),
        ("4h45", time(4, 45)),
        ("16:30", time(16, 30)),
        ("16g", time(16, 0)),
        ("5 giờ kém 15", time(4, 45)),
        ("4 rưỡi chiều", time(16, 30)),
        ("4 gio 45 chieu", time(16, 45)),
        ("12 giờ trưa", time(12, 0)),
        ("08:00:30", time(8, 0)),
    ],
)
def test_a_minute_as_people_say_it(typed: str, minute: time) -> None:
    assert read_minute(typed) == minute


@pytest.mark.parametrize("typed", ["", "sáng sớm", "25 giờ", "4 giờ 75", "0 giờ kém 15", "4" * 50])
def test_what_is_no_minute_is_told(typed: str) -> None:
    with pytest.raises(Invalid):
        read_minute(typed)


def test_the_log_is_grouped_by_programme_with_its_clusters(enter: Enter, scene: Scene) -> None:
    for number in range(4):
        sound(scene, Sounded(11 + number, AT + timedelta(minutes=number)))
    page = enter(scene.clerk).get("/nhat-ky").text
    assert page.count('<details class="card log"') == 1
    assert "3/3 cụm đã gửi" in page
    assert "1 buổi, 4 lượt trên trang này" in page
    assert "4 mục, nghe 4:00" in page
    assert "60,0 / 60,0" in page
    with scene.database.writing() as session:
        report_fault(session, scene.operator, scene.cluster_ids[0], "Câm hẳn", now=AT - timedelta(days=1))
    page = enter(scene.clerk).get("/nhat-ky").text
    assert "2/3 cụm đã gửi" in page
    assert "1 cụm đang báo hỏng" in page
    assert "Câm hẳn, nên không kể là đã gửi" in page


def test_filters_keep_what_was_typed_and_the_files_carry_them(enter: Enter, scene: Scene) -> None:
    sound(scene, Sounded(11, AT, title="Phòng cháy"))
    sound(scene, Sounded(12, AT + timedelta(minutes=1), title="Tiêm chủng"))
    browser = enter(scene.clerk)
    page = browser.get("/nhat-ky?tim=phong+chay&cum=CL01&tu=2026-03-01&den=2026-03-31").text
    assert "1 mục khớp bộ lọc trong 2 mục của buổi" in page
    assert "Tiêm chủng" not in page
    assert 'value="phong chay"' in page
    link = re.search(r'href="(/nhat-ky/xuat\.csv\?[^"]+)"', page)
    assert link is not None
    told = browser.get(link[1].replace("&amp;", "&")).content.decode("utf-8-sig")
    assert "Phòng cháy" in told
    assert "Tiêm chủng" not in told
    assert "tiêu đề có “phong chay”; cụm loa “CL01”" in told
    assert "chưa có lượt phát nào khớp" in browser.get("/nhat-ky?tim=khong+co").text
    wrong = browser.get("/nhat-ky?ket_qua=la&tim=" + "x" * 300)
    assert wrong.status_code == 422
    assert wrong.text.count('class="problem"') == 2


def test_a_day_far_back_is_jumped_to(enter: Enter, scene: Scene) -> None:
    sound(scene, Sounded(11, AT - timedelta(days=40), title="Bài cũ"))
    sound(scene, Sounded(12, AT, title="Bài mới", programme=8))
    page = enter(scene.clerk).get("/nhat-ky?ngay=21/01/2026").text
    assert "Bài cũ" in page
    assert "Bài mới" not in page
    wrong = enter(scene.clerk).get("/nhat-ky?ngay=31/02/2026")
    assert (wrong.status_code, wrong.text.count('class="problem"')) == (422, 1), "ô đỏ mà không nói vì sao"
    assert "Từ đây về trước, kỳ này không còn lượt phát nào" in enter(scene.clerk).get("/nhat-ky?ngay=2/1/2026").text


def test_a_minute_opens_with_what_sounded_and_plays_it(enter: Enter, scene: Scene, services: Services) -> None:
    sound(scene, Sounded(11, AT, title="Phòng cháy"))
    output = scene.output_ids[0]
    place = services.captures / str(output)
    place.mkdir(parents=True)
    soundfile.write(place / f"{output}_20260302T010000.000Z.flac", np.zeros(RATE * 60, np.int16), RATE)
    browser = enter(scene.clerk)
    page = browser.get("/nhat-ky/phut?ngay=2/3/2026&luc=8+gi%E1%BB%9D").text
    assert "Phòng cháy" in page
    link = re.search(r'<audio controls preload="none" src="([^"]+)"', page)
    assert link is not None
    heard = browser.get(link[1])
    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/mpeg")
    assert len(heard.content) > 100_000
    assert browser.get(f"/nhat-ky/thu/{output}.mp3?tu=20260302T020000Z").status_code == 404
    assert browser.get(f"/nhat-ky/thu/{output}.mp3?tu=hom-nay").status_code == 422
    assert enter(scene.stranger).get(link[1]).status_code == 404
    for sha256, words in ((file_sha256(next(place.iterdir())), "đúng mã băm đã khoá"), ("0" * 64, "KHÔNG phải tiếng đã thu")):
        sealed = {f"{output}/{output}_20260302T010000.000Z.flac": sha256}
        with scene.database.writing() as session:
            later = AT + timedelta(minutes=5)
            append(session, scene.station_id, Event.CAPTURES_SEALED, {"files": sealed}, happened_at=later, now=later)
        assert words in browser.get("/nhat-ky/phut?ngay=2/3/2026&luc=8+gi%E1%BB%9D").text
    assert "Không có bản thu" in browser.get("/nhat-ky/phut?ngay=2/3/2026&luc=9h").text
    assert browser.get("/nhat-ky/phut?ngay=2/3/2026&luc=toi").status_code == 422


def test_somebody_heard_it(enter: Enter, scene: Scene) -> None:
    air(scene, 11)
    with scene.database.reading() as session:
        airing_id = session.scalars(select(Airing.id)).one()
    operator = enter(scene.operator)
    wrong = operator.post(f"/nhat-ky/{airing_id}/xac-nhan", data={"nguoi_nghe": "", "ghi_nghe": "rõ tiếng"})
    assert wrong.status_code == 422
    assert "rõ tiếng" in wrong.text
    told = operator.post(f"/nhat-ky/{airing_id}/xac-nhan", data={"cum": "1", "nguoi_nghe": "Bà Năm", "ca_buoi": "1"})
    assert told.status_code == 303
    assert "1 cụm đã xác nhận" in operator.get("/nhat-ky").text
    assert "Bà Năm" in operator.get(f"/nhat-ky/{airing_id}").text
    assert 'id="xac-nhan"' not in enter(scene.clerk).get(f"/nhat-ky/{airing_id}").text


def test_a_head_of_a_neighbourhood_taps_once_without_an_account(enter: Enter, scene: Scene) -> None:
    air(scene, 11)
    operator, guest = enter(scene.operator), enter(None)
    made = operator.post("/nhat-ky/lien-ket", data={"tdp": str(scene.zone_ids[0]), "nguoi_nhan": "Ông Tư"})
    path = re.search(r'value="[^"]*(/xac-nhan/[^"]+)"', made.text)
    assert path is not None
    assert path[1] not in operator.get("/nhat-ky/lien-ket").text
    page = guest.get(path[1])
    assert "Kính chào <strong>Ông Tư</strong>" in page.text
    fields = dict(re.findall(r'name="(luot|cum)" value="(\d+)"', page.text))
    assert guest.post(path[1], data=fields).status_code == 303
    assert "đã có người xác nhận" in guest.get(path[1]).text
    assert "Ông Tư" in operator.get("/nhat-ky/1").text
    scene.clock.advance(24 * 3600)
    for answer in (guest.get(path[1]), guest.post(path[1], data=fields), guest.get("/xac-nhan/khong-co")):
        assert answer.status_code == 404
        assert "chỉ có hiệu lực trong ngày" in answer.text
    assert enter(scene.clerk).get("/nhat-ky/lien-ket").status_code == 403


def test_a_complaint_is_tied_to_its_minute_and_to_the_aired_answer(enter: Enter, scene: Scene) -> None:
    sound(scene, Sounded(11, AT, title="Phòng cháy"))
    clerk = enter(scene.clerk)
    wrong = clerk.post("/phan-anh", data={"nguoi": "Bà Năm", "luc": "sớm lắm", "ngay": "2/3/2026", "noi_dung": "Loa to quá"})
    assert wrong.status_code == 422
    assert "Loa to quá" in wrong.text
    form = {"nguoi": "Bà Năm", "luc": "8 giờ", "ngay": "1/3/2026", "noi_dung": "Loa to <b>quá</b>"}
    assert clerk.post("/phan-anh", data=form).status_code == 303
    with scene.database.reading() as session:
        row = session.scalars(select(Complaint)).one()
    assert row.about_at == datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    assert "Bà Năm" in clerk.get("/nhat-ky/phut?ngay=1/3/2026&luc=8h").text
    page = clerk.get(f"/phan-anh/{row.id}").text
    assert "Loa to &lt;b&gt;quá&lt;/b&gt;" in page
    stamp = re.search(r'name="truoc" value="([^"]+)"', page)
    assert stamp is not None
    assert clerk.post(f"/phan-anh/{row.id}", data={"tra_loi": "Đã vặn nhỏ", "bai": "", "truoc": stamp[1]}).status_code == 303
    assert clerk.post(f"/phan-anh/{row.id}", data={"tra_loi": "Lần hai", "bai": "", "truoc": stamp[1]}).status_code == 409
    assert "Đã vặn nhỏ" in clerk.get("/phan-anh").text
    assert enter(scene.stranger).get(f"/phan-anh/{row.id}").status_code == 404
    assert enter(scene.auditor).post("/phan-anh", data=form).status_code == 403


@pytest.mark.parametrize("long_log", [0])
@pytest.mark.usefixtures("long_log")
def test_a_long_file_is_made_in_the_studio(enter: Enter, scene: Scene) -> None:
    air(scene, 11)
    clerk = enter(scene.clerk)
    page = clerk.get("/nhat-ky/xuat.xlsx?tim=tin")
    assert "khớp <strong>1</strong> lượt phát" in page.text
    action = re.search(r'action="(/nhat-ky/tep[^"]+)"', page.text)
    assert action is not None
    made = clerk.post(action[1].replace("&amp;", "&"))
    assert made.status_code == 303
    assert "Tệp nhật ký XLSX" in clerk.get(made.headers["location"].partition("?")[0]).text
