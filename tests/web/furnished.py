"""Một đài đã làm việc: mọi loại dòng đều có, mỗi trạng thái của bản tin một bản, nhật ký, phản ánh, báo cáo, từ điển."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta

from starlette.testclient import TestClient

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import raise_alert
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.studio import templates
from broadcaster.traffic.planning import plan_days
from tests.reports.airings import Sounded, sound
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.test_home import returned, sent
from tests.web.test_programmes import settle

LONG_TITLE = (
    "Thông báo về việc tiếp nhận hồ sơ và trả kết quả giải quyết thủ tục hành chính theo cơ chế một cửa, một cửa liên thông"
)
TEXT = "Ngày 15/3/2026, phường có 12 thủ tục hành chính. Mời bà con tới."


def furnish(scene: Scene, enter: Callable[[Actor], TestClient]) -> None:
    """Bày mọi thứ; những việc có trang thì làm qua trang của đúng người."""
    now = scene.clock.now()
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.slot(session, scene, name="Buổi sáng", starts_at=time(9, 0))
        templates.install_defaults(session, scene.station_id, approved_by="mẫu", now=now)
        for number in range(3):
            build.script(session, scene, f"{LONG_TITLE} {number}", reform=number == 0, topics=scene.topic_ids[:1])
        create(session, scene.writer, Draft("Bản nháp", TEXT), now=now)
        raise_alert(session, scene.station_id, "dia", "Đĩa sắp đầy: còn 2 GB.", now=now)
    sent(scene, "Lịch tiếp dân tháng ba")
    returned(scene, "Bài bị trả")
    for number in range(4):
        at = now - timedelta(hours=1, minutes=4 - number)
        sound(scene, Sounded(11 + number, at, title=LONG_TITLE, more={"revision_id": 1}))
    for path, form in (
        ("/tu-dien", {"chu": "CK9", "doc": "Chùa Keo chín", "viec": "luu"}),
        ("/tu-dien", {"chu": "QL4H", "doc": "quốc lộ bốn hát", "ngu_canh": "_ phường", "viec": "luu"}),
    ):
        assert enter(scene.writer).post(path, data=form).status_code == 303
    complaint = {"nguoi": "Bà Năm", "luc": "7 giờ", "ngay": "2/3/2026", "noi_dung": "Loa to quá"}
    assert enter(scene.clerk).post("/phan-anh", data=complaint).status_code == 303
    clerk = enter(scene.clerk)
    report = dict(re.findall(r'<input type="hidden" name="(mau|ky|ngay)" value="([^"]+)"', clerk.get("/bao-cao").text)[:3])
    assert clerk.post("/bao-cao", data=report).status_code == 303
    with scene.database.writing() as session:
        plan_days(session, scene.station_id, now)
    settle(scene)
