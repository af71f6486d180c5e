"""Số bước của việc hằng ngày: duyệt 2, xếp bản tin 2, khẩn cấp theo mẫu 4, in thứ tự phát tuần 2, báo cáo quý 2."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from broadcaster.accounts.actor import Actor
from broadcaster.database import Database
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.studio import templates
from broadcaster.studio.render_queue import send_for_approval
from broadcaster.traffic.planning import plan_days
from broadcaster.traffic.tables import Programme
from tests.end_to_end.daily_steps import BARS, JOBS, counted
from tests.end_to_end.hands import WAYS
from tests.support.scene import Scene, lay_scene
from tests.support.windows import Desk
from tests.traffic import build

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(sqlite: Database, clock: object) -> Scene:
    """Đài có buổi đã lập, hai bản đã duyệt, một bản chờ duyệt."""
    scene = lay_scene(sqlite, clock)  # type: ignore[arg-type]
    now = scene.clock.now()
    with sqlite.writing() as session:
        build.slot(session, scene)
        templates.install_defaults(session, scene.station_id, approved_by="mẫu", now=now)
        for number in (1, 2):
            build.script(session, scene, f"Tin {number}")
        plan_days(session, scene.station_id, now)
        draft = Draft(title="Lịch tiếp dân", body="Uỷ ban tiếp dân sáng thứ hai.")
        revision = create(session, scene.writer, draft, now=now)
        send_for_approval(session, scene.writer, revision.id, version=1, read=read_text(revision.body), now=now)
    return scene


def people(scene: Scene) -> dict[str, Actor]:
    return {"leader": scene.leader, "operator": scene.operator, "clerk": scene.clerk}


@pytest.mark.parametrize("job", list(JOBS))
@pytest.mark.parametrize("way", list(WAYS))
def test_a_daily_job_takes_no_more_steps_than_its_bar(desk: Desk, scene: Scene, job: str, way: str) -> None:
    with scene.database.reading() as session:
        programme = session.scalars(select(Programme.id).order_by(Programme.starts_at)).first()
    hand, window = WAYS[way]
    page = desk.window(people(scene)[JOBS[job][0]], **window).new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    assert counted(page, job, f"/chuong-trinh/{programme}" if job == "place" else "/", hand) <= BARS[job]
