"""Trang Kế hoạch: thanh tiến độ, danh sách sau mỗi thanh, công thức; ai được làm gì, chữ lạ không thành mã."""

from __future__ import annotations

from pathlib import Path

from broadcaster.newsroom.tables import PlanTopic
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter


def test_a_press_on_a_bar_lists_the_airings(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        row = session.get_one(PlanTopic, scene.topic_ids[0])
        row.target, row.title = 12, "<b>Nội dung</b>" + "dài" * 95
        made = build.script(session, scene, "Bản tin", topics=scene.topic_ids[:1])
    sound(scene, Sounded(11, scene.clock.now(), script=made.revision_id, title="<i>Tin đã phát</i>"))
    auditor = enter(scene.auditor)
    page = auditor.get("/ke-hoach").text
    assert "C1, cả năm: đã phát 1, đã xếp 0, còn thiếu 11 trên 12" in page
    assert "&lt;b&gt;Nội dung" in page
    assert "Đổi công thức" not in page
    for path in (f"/ke-hoach/noi-dung/{scene.topic_ids[0]}", f"/ke-hoach/noi-dung/{scene.topic_ids[0]}?quy=1"):
        assert "&lt;i&gt;Tin đã phát" in auditor.get(path).text
    assert "Tin đã phát" not in auditor.get(f"/ke-hoach/noi-dung/{scene.topic_ids[0]}?quy=2").text
    assert enter(scene.stranger).get(f"/ke-hoach/noi-dung/{scene.topic_ids[0]}").status_code == 404
    assert "chưa có kế hoạch" in enter(scene.operator).get("/ke-hoach?nam=2031").text
    assert auditor.get("/ke-hoach?nam=1").status_code in (404, 422)


def test_a_late_topic_without_stock_leads_to_writing(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        session.get_one(PlanTopic, scene.topic_ids[1]).target = 100
    writer = enter(scene.writer)
    path = f"/ban-tin/moi?noi_dung_kh={scene.topic_ids[1]}"
    assert path in writer.get("/ke-hoach").text
    assert f'value="{scene.topic_ids[1]}" checked' in writer.get(path).text


def test_the_formula_is_the_stations_own(enter: Enter, scene: Scene) -> None:
    operator = enter(scene.operator)
    assert operator.post("/ke-hoach/cong-thuc", data={"cong_thuc": "2 * hoan_thanh / noi_dung"}).status_code == 303
    assert "2 * hoan_thanh / noi_dung" in operator.get("/ke-hoach").text
    wrong = operator.post("/ke-hoach/cong-thuc", data={"cong_thuc": "<u>().__class__</u>"})
    assert wrong.status_code == 422
    assert "&lt;u&gt;().__class__" in wrong.text
    assert "<code>2 * hoan_thanh" in wrong.text
    assert enter(scene.clerk).post("/ke-hoach/cong-thuc", data={"cong_thuc": "1"}).status_code == 403


def test_a_formula_that_breaks_on_the_years_own_numbers_can_still_be_mended(enter: Enter, scene: Scene) -> None:
    """Lúc đặt, mọi tên là 1: công thức ra một con số; với con số thật thì quá lớn. Trang phải còn mở được để sửa."""
    admin = enter(scene.admin)
    assert admin.post("/ke-hoach/cong-thuc", data={"cong_thuc": "noi_dung * 6e8"}).status_code == 303
    page = admin.get("/ke-hoach")
    assert page.status_code == 200
    assert "không tính được" in page.text
    assert admin.post("/ke-hoach/cong-thuc", data={"cong_thuc": "1 * hoan_thanh / noi_dung"}).status_code == 303
    assert "không tính được" not in admin.get("/ke-hoach").text


def test_last_years_plan_becomes_this_years_and_nothing_is_lost_on_an_error(enter: Enter, scene: Scene) -> None:
    operator = enter(scene.operator)
    page = operator.get("/ke-hoach/lap").text
    assert "Điền sẵn từ kế hoạch 16/KH-UBND năm 2026" in page
    form = {
        "so": "5/KH-UBND",
        "ban_hanh": "04/01/2027",
        "nam": "2027",
        "ten_ke_hoach": "<b>Năm 2027</b>",
        "viec": "luu",
        "chon_0": "1",
        "ma_0": "C1",
        "ten_noi_dung_0": "Một",
        "chi_tieu_0": "12",
        "noi_tiep_0": str(scene.topic_ids[0]),
        "ma_1": "C2",
        "ten_noi_dung_1": "Không đánh dấu",
        "noi_tiep_1": "",
        "nguyen_van_1": "Nguyên văn <i>",
        "chon_2": "1",
        "ma_2": "C1",
        "ten_noi_dung_2": "Trùng mã",
        "noi_tiep_2": "",
    }
    wrong = operator.post("/ke-hoach/lap", data=form)
    assert wrong.status_code == 422
    for text in ("Hai nội dung cùng một mã", "&lt;b&gt;Năm 2027", "Không đánh dấu", "Nguyên văn &lt;i&gt;", "04/01/2027"):
        assert text in wrong.text
    made = operator.post("/ke-hoach/lap", data={**form, "ma_2": "C3"})
    assert made.status_code == 303
    shown = operator.get("/ke-hoach?nam=2027").text
    assert "0/12" in shown
    assert "Không đánh dấu" not in shown
    assert enter(scene.clerk).get("/ke-hoach/lap").status_code == 403


def test_a_plan_document_becomes_rows_a_person_ticks(enter: Enter, scene: Scene) -> None:
    operator = enter(scene.operator)
    file = {"tep": ("ke-hoach.md", (Path(__file__).parents[1] / "reading" / "ke-hoach.md").read_bytes())}
    page = operator.post("/ke-hoach/lap/tep", files=file).text
    assert page.count("Có trong kế hoạch") == 9
    assert 'value="16/KH-UBND"' in page
    assert 'type="checkbox" name="chon_0" value="1">' in page, "máy chỉ đề nghị, người đánh dấu"
    typed = {"so": "9/KH-UBND", "ten_noi_dung_0": "Đang gõ dở", "ma_0": "X"}
    refused = operator.post("/ke-hoach/lap/tep", data=typed, files={"tep": ("a.pdf", b"%PDF-1.4")})
    assert refused.status_code == 422
    assert "Đang gõ dở" in refused.text


def test_a_slot_of_the_document_is_added_only_when_ticked(enter: Enter, scene: Scene) -> None:
    operator = enter(scene.operator)
    with scene.database.writing() as session:
        build.equip(session, scene)
    form = {
        "so": "5/KH-UBND",
        "ban_hanh": "04/01/2027",
        "nam": "2027",
        "ten_ke_hoach": "Năm 2027",
        "viec": "luu",
        "chon_0": "1",
        "ma_0": "C1",
        "ten_noi_dung_0": "Một",
        "noi_tiep_0": "",
        "gio_ten_0": "Buổi sáng",
        "gio_bat_dau_0": "03:00",
        "gio_phut_0": "15",
        "gio_thu_0": "12345",
    }
    night = operator.post("/ke-hoach/lap", data={**form, "gio_chon_0": "1"})
    assert night.status_code == 422, "giờ yên tĩnh vẫn là giờ yên tĩnh"
    assert "chưa có kế hoạch" in operator.get("/ke-hoach?nam=2027").text, "được cả hoặc không gì"
    assert operator.post("/ke-hoach/lap", data={**form, "gio_chon_0": "1", "gio_bat_dau_0": "06:00"}).status_code == 303
    assert "Buổi sáng" in operator.get("/khung-gio").text


def test_the_writing_page_suggests_and_ticks_nothing(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        session.get_one(PlanTopic, scene.topic_ids[0]).title = "Mô hình, sáng kiến, giải pháp"
    form = {"tieu_de": "Mô hình hay", "noi_dung": "Phường có mô hình hay và sáng kiến mới.", "viec": "xem"}
    page = enter(scene.writer).post("/ban-tin/moi", data=form).text
    assert "gợi ý, vì bài có “mô hình”, “sáng kiến”" in page
    assert f'value="{scene.topic_ids[0]}" checked' not in page
