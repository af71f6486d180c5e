"""Trang Hôm nay: việc của đúng người đang xem, con số ở mục lục và thẻ trình duyệt, ngày phát thanh theo đường ra."""

from __future__ import annotations

import re
from datetime import time

import pytest
from sqlalchemy import delete, select, update

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import Membership, User
from broadcaster.newsroom.deciding import send_back
from broadcaster.newsroom.drafting import Draft, create, revise
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.submitting import submit
from broadcaster.playout.tables import Cluster
from broadcaster.service.todo import counts, todo_of
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.tables import Programme
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter
from tests.web.test_programmes import settle

WHY = "Số liệu lệ phí <chưa> đúng."


def sent(scene: Scene, title: str) -> int:
    """Một bản của Lan đang chờ duyệt; trả về mã bản sửa."""
    with scene.database.writing() as session:
        revision = create(session, scene.writer, Draft(title, "UBND phường thông báo."), now=scene.clock.now())
        submit(session, scene.writer, revision.id, version=1, read=read_text(revision.body), now=scene.clock.now())
        return revision.id


def returned(scene: Scene, title: str) -> int:
    revision_id = sent(scene, title)
    with scene.database.writing() as session:
        return send_back(session, scene.leader, revision_id, note=WHY, now=scene.clock.now()).revision.script_id


def badge(page: str, path: str) -> str:
    found = re.search(rf'<a href="{path}"[^>]*>[^<]*<span class="count" data-dem="{path}"( hidden)?>(\d+)', page)
    return "" if found is None or found[1] else found[2]


def test_a_returned_bulletin_waits_on_its_authors_home_with_the_reason(enter: Enter, scene: Scene) -> None:
    script_id = returned(scene, "Bài bị trả")
    page = enter(scene.writer).get("/").text
    assert "Bị trả lại (1)" in page
    assert "Số liệu lệ phí &lt;chưa&gt; đúng." in page
    assert f'action="/ban-tin/bai/{script_id}/sua-moi"' in page
    assert (badge(page, "/"), "<title>(1) Hôm nay" in page) == ("1", True)
    assert "Bị trả lại" not in enter(scene.operator).get("/").text, "không phải bài của người vận hành"
    assert "Bài bị trả" not in enter(scene.stranger).get("/").text
    with scene.database.writing() as session:
        revise(session, scene.writer, script_id, now=scene.clock.now())
    page = enter(scene.writer).get("/").text
    assert "Bị trả lại" not in page
    assert "Nháp của bạn (1)" in page
    assert (badge(page, "/"), "<title>Hôm nay" in page) == ("", True), "nháp thì kể mà không đếm"


def test_a_leader_counts_what_waits_and_the_count_is_on_every_page(enter: Enter, scene: Scene) -> None:
    for title in ("Tin chờ một", "Tin chờ hai"):
        sent(scene, title)
    browser = enter(scene.leader)
    page = browser.get("/").text
    assert "Chờ bạn duyệt (2)" in page
    log = browser.get("/nhat-ky").text
    assert badge(log, "/duyet") == "2"
    assert int(badge(log, "/")) >= 2
    assert "<title>(" in log
    assert re.search(r'data-muc="/duyet" value="2"', browser.get("/bang").text), "thẻ đang mở cũng được đếm lại"
    own = enter(scene.writer).get("/").text
    assert "đang chờ lãnh đạo (2)" in own
    assert badge(own, "/duyet") == ""


def test_an_operator_sees_tomorrows_thin_programme_once(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        raise_alert(session, scene.station_id, "thin:7", "Buổi “Chiều” mới có 9 phút.", now=scene.clock.now())
        raise_alert(session, scene.station_id, "disk", "Đĩa sắp đầy.", now=scene.clock.now())
    page = enter(scene.operator).get("/").text
    assert page.count("mới có 9 phút") == 1
    assert 'href="/chuong-trinh/7"' in page
    assert "Đĩa sắp đầy." in page
    writer = enter(scene.writer).get("/").text
    assert "mới có 9 phút" in writer, "người không sửa được buổi vẫn đọc cảnh báo"
    assert 'id="viec-buoi"' not in writer


def test_an_administrator_is_led_through_what_the_station_lacks(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.admin)
    assert "Đài chưa có khung giờ nào" in browser.get("/").text
    with scene.database.writing() as session:
        build.slot(session, scene)
        session.get_one(User, scene.clerk.user_id).must_change_password = True
    page = browser.get("/").text
    assert "chưa có khung giờ" not in page
    assert "1 tài khoản chưa đăng nhập" in page
    with scene.database.writing() as session:
        session.execute(delete(Cluster))
        leader = session.scalars(select(Membership).where(Membership.user_id == scene.leader.user_id)).one()
        leader.roles = frozenset({Role.AUDITOR})
    page = browser.get("/").text
    assert "không ai duyệt được" in page
    assert "chưa có cụm loa nào" in page


@pytest.mark.parametrize("name", ["writer", "clerk", "auditor", "admin"])
def test_nobody_meets_an_empty_page(enter: Enter, scene: Scene, name: str) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
    scene.clock.advance(62 * 86_400)
    page = enter(getattr(scene, name)).get("/").text
    assert "Không có việc nào chờ bạn" in page
    tasks = page[page.index("Không có việc nào") :]
    assert re.search(r'class="button quiet" href="/', tasks)
    if name == "clerk":
        assert "Báo cáo kế tiếp: CCHC" in page


def test_the_counts_tell_what_the_page_lists(scene: Scene) -> None:
    returned(scene, "Bài một")
    sent(scene, "Bài hai")
    with scene.database.writing() as session:
        raise_alert(session, scene.station_id, "empty:3", "Buổi rỗng.", now=scene.clock.now())
    for actor in (scene.writer, scene.leader, scene.operator, scene.clerk, scene.auditor, scene.admin, scene.stranger):
        with scene.database.reading() as session:
            todo = todo_of(session, actor, scene.clock.now())
            listed = (todo.returned, todo.deciding, todo.lacking, todo.due, todo.steps)
            wanted = sum(map(len, listed)) + bool(todo.words)
            assert counts(session, actor, scene.clock.now()).total == wanted, actor.name


def test_a_rehearsal_is_never_called_thin(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.script(session, scene, "Tin ngắn", length_ms=20_000)
    settle(scene)
    browser = enter(scene.operator)
    assert "mới đầy" in browser.get("/").text
    with scene.database.writing() as session:
        session.execute(update(Programme).values(rehearsal=True))
    assert "mới đầy" not in browser.get("/").text


def test_the_day_is_told_by_path(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.slot(session, scene, name="Riêng tổ hai", starts_at=time(9, 0), zone_ids=(scene.zone_ids[1],))
        build.script(session, scene, "Tin có tiếng")
        build.script(session, scene, "Tin chưa có tiếng", length_ms=None)
    settle(scene)
    page = enter(scene.operator).get("/").text
    first, second = page.split('class="card track"')[1:]
    assert ("Đường 2" in first, "Riêng tổ hai" in first, "Buổi chiều" in first) == (True, True, True)
    assert ("Đường 1" in second, "Riêng tổ hai" in second) == (True, False)
    assert "1 bản tin chưa có tiếng" in page
    assert page.count("Kế tiếp") == 1, "chỉ buổi gần nhất là kế tiếp"
    with scene.database.writing() as session:
        programme = session.scalars(select(Programme).order_by(Programme.starts_at)).first()
        assert programme is not None
        programme.state = ProgrammeState.AIRING
        item = next(one for one in programme.items if one.revision)
        item.state = ItemState.ON_AIR
        title = item.revision.title if item.revision else ""
    fragment = enter(scene.clerk).get("/hom-nay/ngay").text
    assert f"Đang vang: <strong>{title}</strong>" in fragment
    assert f'href="/nghe/{scene.output_ids[1]}" data-nghe' in fragment
    assert "<html" not in fragment
