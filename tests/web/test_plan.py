"""Trang Kế hoạch: thanh tiến độ, danh sách sau mỗi thanh, công thức; ai được làm gì, chữ lạ không thành mã."""

from __future__ import annotations

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
