"""Bản tin phát tới hết ngày nào: hỏi lúc gửi, điền sẵn theo thể loại, người duyệt thấy; tin nghe như khẩn thì được hỏi."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from broadcaster.accounts import settings
from broadcaster.errors import Invalid
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.enums import Priority, RevisionState
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.submitting import submit
from broadcaster.newsroom.tables import Revision
from broadcaster.newsroom.urgency import urgent_signs
from broadcaster.traffic.planning import plan_days
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter

FORM = {"tieu_de": "Lịch cắt điện", "noi_dung": "Mời bà con theo dõi lịch cắt điện.", "the_loai": "notice", "viec": "gui"}


def ends(scene: Scene) -> list[tuple[RevisionState, date | None]]:
    with scene.database.reading() as session:
        return [(row.state, row.valid_to) for row in session.scalars(select(Revision).order_by(Revision.id))]


def test_the_end_is_filled_in_by_genre_and_asked_when_left_empty(enter: Enter, scene: Scene) -> None:
    writer = enter(scene.writer)
    page = writer.get("/ban-tin/moi").text
    assert 'value="15/03/2026"' in page, "tin: 14 ngày kể từ hôm nay"
    assert "11/03/2026" in page, "thông báo: 10 ngày, cho trang đổi theo thể loại"
    asked = writer.post("/ban-tin/moi", data={**FORM, "den_ngay": ""})
    assert asked.status_code == 422
    assert "Phát tới hết ngày nào?" in asked.text
    assert 'value="11/03/2026"' in asked.text
    assert writer.post("/ban-tin/moi", data={**FORM, "den_ngay": "11/03/2026"}).status_code == 303
    assert writer.post("/ban-tin/moi", data={**FORM, "den_ngay": "", "khong_han": "1"}).status_code == 303
    assert ends(scene) == [(RevisionState.SUBMITTED, date(2026, 3, 11)), (RevisionState.SUBMITTED, None)]


def test_an_end_and_no_end_at_once_is_asked_and_neither_wins_unseen(enter: Enter, scene: Scene) -> None:
    both = {**FORM, "den_ngay": "11/03/2026", "khong_han": "1"}
    asked = enter(scene.writer).post("/ban-tin/moi", data=both)
    assert asked.status_code == 422
    assert "nên bỏ ngày 11/03/2026" in asked.text
    box = re.search(r'<input id="den_ngay"[^>]*>', asked.text)
    assert box is not None
    assert 'value=""' in box[0]
    assert "required" not in box[0], "không có script thì ô trống vẫn gửi được khi đã đánh dấu Không hạn"
    assert re.search(r'name="khong_han" value="1" checked', asked.text)


def test_a_draft_is_saved_without_an_end(enter: Enter, scene: Scene) -> None:
    assert enter(scene.writer).post("/ban-tin/moi", data={**FORM, "den_ngay": "", "viec": "luu"}).status_code == 303
    assert ends(scene) == [(RevisionState.DRAFT, None)]


def test_a_preferred_bulletin_never_goes_without_an_end(enter: Enter, scene: Scene) -> None:
    wanted = {**FORM, "uu_tien": "preferred", "den_ngay": "", "khong_han": "1"}
    asked = enter(scene.writer).post("/ban-tin/moi", data=wanted)
    assert asked.status_code == 422
    assert "Tin ưu tiên" in asked.text
    assert 'value="08/03/2026"' in asked.text, "bảy ngày"
    with scene.database.writing() as session:
        draft = Draft("Lịch cắt điện", "Mời bà con theo dõi.", priority=Priority.PREFERRED)
        revision = create(session, scene.writer, draft, now=scene.clock.now())
        with pytest.raises(Invalid) as caught:
            submit(session, scene.writer, revision.id, version=1, read=read_text(revision.body), now=scene.clock.now())
        assert set(caught.value.problems) == {"valid_to"}


def test_the_default_is_a_setting(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        settings.put(session, scene.station_id, "valid_days_news", 3, changed_by="x", now=scene.clock.now())
    assert 'value="04/03/2026"' in enter(scene.writer).get("/ban-tin/moi").text


def test_the_approver_sees_the_end_and_the_first_programme(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        plan_days(session, scene.station_id, scene.clock.now())
    enter(scene.writer).post("/ban-tin/moi", data={**FORM, "den_ngay": "11/03/2026"})
    leader = enter(scene.leader)
    link = re.search(r'href="(/duyet/\d+)"', leader.get("/duyet").text)
    assert link is not None
    page = leader.get(link[1]).text
    assert "tới hết 11/03/2026" in page
    assert "Sớm nhất phát lúc 17:00, Thứ Hai, 02/03/2026 (Buổi chiều)" in page
    assert "nghe như tin khẩn" not in page


def test_an_emergency_sent_as_news_is_told_and_offered_the_red_button(enter: Enter, scene: Scene) -> None:
    body = "Nước sông lên nhanh, đề nghị bà con sơ tán ngay trong đêm."
    enter(scene.writer).post("/ban-tin/moi", data={**FORM, "noi_dung": body, "the_loai": "news", "den_ngay": "03/03/2026"})
    leader = enter(scene.leader)
    link = re.search(r'href="(/duyet/\d+)"', leader.get("/duyet").text)
    assert link is not None
    page = leader.get(link[1]).text
    assert "“sơ tán”" in page
    assert "Chưa có buổi phát nào sắp tới" in page
    form = dict(re.findall(r'<input type="hidden" name="(key|kieu|noi_dung)" value="([^"]*)"', page))
    composed = leader.post("/khan-cap/soan", data=form)
    assert composed.status_code == 200
    assert body in composed.text


@pytest.mark.parametrize(
    ("title", "body", "found"),
    [
        ("Tin", "KHẨN CẤP: vỡ đê ở thôn Đông.", ["khẩn cấp", "vỡ đê"]),
        ("Diễn tập sơ tán", "Sáng nay diễn ra buổi diễn tập sơ tán.", []),
        ("Tin", "Phường khen thưởng hộ gia đình văn hoá.", []),
        ("Tin", "Sơ tánh không phải là một từ.", []),
        ("Tìm người", "Cháu bé đi lạc, mặc áo đỏ.", ["đi lạc"]),
    ],
)
def test_what_sounds_urgent(title: str, body: str, found: list[str]) -> None:
    assert urgent_signs(title, body) == found
