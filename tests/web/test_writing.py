"""Đỡ tay người viết: cách đọc hiện ngay, nghe trước khi gửi, chữ đang gõ được giữ, mẫu, nhân bản, so sánh, độ dài."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcaster.errors import Invalid, NotAllowed
from broadcaster.newsroom import unsaved
from broadcaster.newsroom.drafting import Draft, create, revise, save
from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.tables import Revision, UnsavedText
from broadcaster.newsroom.text import MAX_TEXT
from broadcaster.traffic.length_fit import Piece, rooms
from broadcaster.web.routes.recordings import CUT, LONGEST_WHOLE, whole
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter
from tests.web.test_home import sent
from tests.web.test_scripts import FORM

TEXT = "Phường có 12 thủ tục. Bà con gọi số 5."
PLACE = "moi-0123456789ab"


def draft(scene: Scene, title: str = "Bản nháp", body: str = TEXT, **more: object) -> Revision:
    with scene.database.writing() as session:
        return create(session, scene.writer, Draft(title, body, **more), now=scene.clock.now())  # type: ignore[arg-type]


def test_the_reading_stands_there_at_once_for_drafts_and_files(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    page = browser.get(f"/ban-tin/{draft(scene).id}/sua").text
    assert '<span class="spoken">Phường có mười hai thủ tục.</span>' in page
    upload = browser.post("/ban-tin/tai-len", data={"viec": ""}, files={"tep": ("tb.txt", TEXT.encode())}).text
    assert '<span class="spoken">Phường có mười hai thủ tục.</span>' in upload
    assert re.findall(r'class="reads" tabindex="(-?\d)"', page) == ["0", "-1"], "chỗ gạch chân là một chặng Tab"
    assert re.findall(r'data-cau tabindex="(-?\d)"', page) == ["0", "-1"]
    assert "Sẽ đọc thế này" in browser.post("/ban-tin/moi", data={**FORM, "tieu_de": "", "viec": "luu"}).text


def test_each_sentence_and_the_whole_are_heard_before_submitting(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    page = browser.get(f"/ban-tin/{draft(scene).id}/sua").text
    links = re.findall(r'href="(/ban-tin/nghe-cau\.mp3[^"]*)" data-cau', page)
    assert len(links) == 2
    heard = browser.get(links[0])
    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/mpeg")
    whole = browser.post("/ban-tin/nghe-thu.mp3", data={"noi_dung": TEXT, "chon": "12→một hai"})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/mpeg")
    assert len(whole.content) > len(heard.content)
    assert browser.post("/ban-tin/nghe-thu.mp3", data={"noi_dung": " "}).status_code == 422
    assert enter(scene.auditor).post("/ban-tin/nghe-thu.mp3", data={"noi_dung": TEXT}).status_code == 403


@pytest.mark.parametrize(
    ("count", "cut"), [(0, False), (1, False), (LONGEST_WHOLE // 20, False), (LONGEST_WHOLE // 20 + 1, True)]
)
def test_a_long_text_heard_whole_says_where_it_stops(count: int, cut: bool) -> None:
    words = whole(["a" * 19] * count)
    assert words.endswith(CUT) is cut
    assert words.count("a" * 19) == min(count, LONGEST_WHOLE // 20)


def test_typed_text_is_kept_for_its_writer_and_gone_when_saved(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    kept = browser.post("/ban-tin/giu", data={**FORM, "cho": PLACE, "tieu_de": "Gõ dở <b>"})
    assert kept.json() == {"luc": "08:00"}
    fresh = browser.get("/ban-tin/moi").text
    assert "Gõ dở &lt;b&gt;" in fresh
    assert f'href="/ban-tin/moi?cho={PLACE}"' in fresh
    again = browser.get(f"/ban-tin/moi?cho={PLACE}").text
    assert 'value="Gõ dở &lt;b&gt;"' in again
    assert f'name="cho" value="{PLACE}"' in again
    for other in (scene.operator, scene.stranger):
        assert "Gõ dở" not in enter(other).get("/ban-tin/moi").text
        assert "Gõ dở" not in enter(other).get(f"/ban-tin/moi?cho={PLACE}").text
    assert browser.post("/ban-tin/moi", data={**FORM, "cho": PLACE, "viec": "luu"}).status_code == 303
    assert "Gõ dở" not in browser.get("/ban-tin/moi").text
    assert enter(scene.auditor).post("/ban-tin/giu", data={**FORM, "cho": PLACE}).status_code == 403


def test_a_draft_opens_with_what_was_typed_since_and_the_stored_one_comes_back(enter: Enter, scene: Scene) -> None:
    revision, browser = draft(scene), enter(scene.writer)
    place = f"ban-{revision.id}"
    browser.post("/ban-tin/giu", data={**FORM, "cho": place, "version": "1", "noi_dung": "Câu mới chưa lưu."})
    page = browser.get(f"/ban-tin/{revision.id}/sua").text
    assert "Câu mới chưa lưu." in page
    assert "gõ dở lúc 02/03/2026 08:00" in page
    assert "Câu mới chưa lưu." not in enter(scene.operator).get(f"/ban-tin/{revision.id}/sua").text
    back = browser.post("/ban-tin/giu/bo", data={"cho": place}).headers["location"]
    assert back.startswith(f"/ban-tin/{revision.id}/sua")
    assert TEXT in browser.get(back).text


def test_what_is_kept_has_a_bound(scene: Scene) -> None:
    with scene.database.writing() as session:
        for number in range(unsaved.MOST + 3):
            now = scene.clock.now() + timedelta(seconds=number)
            unsaved.keep(session, scene.writer, f"moi-{number:012x}", {"noi_dung": "Chữ"}, now=now)
        assert [row.place for row in unsaved.kept(session, scene.writer)][-1] == f"moi-{3:012x}"
        later = scene.clock.now() + unsaved.KEPT_FOR + timedelta(days=1)
        unsaved.keep(session, scene.operator, PLACE, {"noi_dung": "Chữ"}, now=later)
        assert session.scalars(select(UnsavedText.place)).all() == [PLACE]
        for place, text in (("../x", ""), ("ban-0", ""), (PLACE, "x" * (2 * MAX_TEXT + 1))):
            with pytest.raises(Invalid):
                unsaved.keep(session, scene.writer, place, {"noi_dung": text}, now=later)
        with pytest.raises(NotAllowed):
            unsaved.kept(session, scene.auditor)


def test_back_and_submit_again_is_one_bulletin_though_the_form_has_a_new_place(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    form = {**FORM, "viec": "luu"}
    first = browser.post("/ban-tin/moi", data={"khoa_gui": "1" * 32, "cho": "moi-" + "1" * 12, **form})
    second = browser.post("/ban-tin/moi", data={"khoa_gui": "2" * 32, "cho": "moi-" + "2" * 12, **form})
    assert first.headers["location"] == second.headers["location"]


def test_a_template_asks_its_blanks_and_opens_a_written_bulletin(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    assert 'href="/ban-tin/mau/mat-dien"' in browser.get("/ban-tin/moi").text
    given = {"gi": "điện", "don_vi": "Điện lực", "ngay": "05/03/2026", "tu": "7:30", "den": "11:00", "noi": "tổ dân phố số 3"}
    page = browser.post("/ban-tin/mau/mat-dien", data=given).text
    assert "ngừng cấp điện từ 7 giờ 30 đến 11 giờ, ngày 05/03/2026, tại tổ dân phố số 3." in page
    assert 'value="Ngừng cấp điện ngày 05/03/2026"' in page
    assert re.search(r'id="den_ngay"[^>]*value="05/03/2026"', page)
    assert '<option value="preferred" selected>' in page
    assert 'action="/ban-tin/moi"' in page
    wrong = browser.post("/ban-tin/mau/mat-dien", data={**given, "tu": "nửa buổi", "noi": ""})
    assert wrong.status_code == 422
    assert "dạng 06:00" in wrong.text
    assert "Ở đâu: chưa điền." in wrong.text
    assert 'value="điện"' in wrong.text
    assert browser.get("/ban-tin/mau/khong-co").status_code == 404
    assert enter(scene.auditor).get("/ban-tin/mau/mat-dien").status_code == 403


def test_a_copy_is_a_new_draft_that_names_who_wrote_its_words(enter: Enter, scene: Scene) -> None:
    script_id = draft(scene, genre=Genre.NOTICE, zone_ids=(scene.zone_ids[0],)).script_id
    browser = enter(scene.operator)
    assert f'action="/ban-tin/bai/{script_id}/nhan-ban"' in browser.get(f"/ban-tin/bai/{script_id}").text
    there = browser.post(f"/ban-tin/bai/{script_id}/nhan-ban").headers["location"].split("?")[0]
    assert TEXT in browser.get(there).text
    with scene.database.reading() as session:
        copy = session.scalars(select(Revision).where(Revision.script_id != script_id)).one()
        assert (copy.number, copy.state.value, len(copy.zones)) == (1, "draft", 1)
        assert {hand.name for hand in copy.hands} == {scene.writer.name, scene.operator.name}
        assert copy.valid_to is not None
    assert enter(scene.stranger).post(f"/ban-tin/bai/{script_id}/nhan-ban").status_code == 404
    assert enter(scene.auditor).post(f"/ban-tin/bai/{script_id}/nhan-ban").status_code == 403


def test_two_revisions_stand_side_by_side(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        script_id = build.script(session, scene, "Bản cũ").script_id
        second = revise(session, scene.writer, script_id, now=scene.clock.now())
        save(session, scene.writer, second.id, Draft("Bản <mới>", "Bản cũ. Nội dung khác."), version=1, now=scene.clock.now())
    browser = enter(scene.auditor)
    assert f'href="/ban-tin/bai/{script_id}/so-sanh"' in browser.get(f"/ban-tin/bai/{script_id}").text
    page = browser.get(f"/ban-tin/bai/{script_id}/so-sanh").text
    assert "<ins>Bản &lt;mới&gt;</ins>" in page
    assert re.search(r"Nội dung<ins>[^<]*khác</ins>", page)
    assert "giống hệt" in browser.get(f"/ban-tin/bai/{script_id}/so-sanh?cu=1&moi=1").text
    assert browser.get(f"/ban-tin/bai/{script_id}/so-sanh?cu=7").status_code == 404
    assert enter(scene.stranger).get(f"/ban-tin/bai/{script_id}/so-sanh").status_code == 404


def test_the_length_is_told_against_the_slots_that_would_take_it(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        build.slot(session, scene)
        build.slot(session, scene, name="Riêng tổ hai", starts_at=build.time(9, 0), zone_ids=(scene.zone_ids[1],))
    today = scene.clock.now().date()
    with scene.database.reading() as session:

        def told(genre: Genre, zones: tuple[int, ...], minutes: int) -> list[tuple[str, bool]]:
            piece = Piece(genre, None, frozenset(zones), minutes * 60_000)
            return [(one.slot, one.over_ms > 0) for one in rooms(session, scene.writer, piece, today)]

        short, long = told(Genre.NEWS, (), 1), told(Genre.NEWS, (), 60)
        assert {name for name, _ in short} == {"Buổi chiều", "Riêng tổ hai"}
        assert not any(over for _, over in short)
        assert all(over for _, over in long)
        assert {name for name, _ in told(Genre.NEWS, (scene.zone_ids[1],), 1)} == {"Riêng tổ hai"}, (
            "cả phường không nghe tin riêng"
        )
    body = " ".join(["Phường thông báo lịch họp."] * 400)
    page = enter(scene.writer).post("/ban-tin/cach-doc", data={"noi_dung": body, "the_loai": "news"}).text
    assert "Dài hơn mọi đoạn" in page
    assert "thừa" in page
    assert "chờ người vận hành xếp tay" in enter(scene.stranger).post("/ban-tin/cach-doc", data={"noi_dung": TEXT}).text


def test_topics_are_behind_a_fold_that_opens_for_a_proposal(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    folded = browser.get("/ban-tin/moi").text
    assert '<details class="topics"><summary>' in folded
    chosen = browser.get(f"/ban-tin/{draft(scene, topic_ids=(scene.topic_ids[1],)).id}/sua").text
    assert "<span data-da-chon>C2</span>" in chosen


def test_a_leader_hears_each_sentence_and_sees_what_changed(enter: Enter, scene: Scene) -> None:
    page = enter(scene.leader).get(f"/duyet/{sent(scene, 'Tin chờ')}").text
    assert re.search(r'href="/ban-tin/nghe-cau\.mp3[^"]*" data-cau', page)
