"""Từ điển của đài và câu hỏi nguy hiểm qua trang thật: dạy một chữ đổi cách đọc, bản đã duyệt không đổi lén."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select

from broadcaster.accounts import settings
from broadcaster.csv_text import GUARD
from broadcaster.database import Database
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Decision, LexiconRow, ReadingSnapshot, Revision
from tests.support.scene import Scene
from tests.web.conftest import Enter
from tests.web.test_scripts import FORM, hashes, write

BRIDGE = "Cấm xe qua cầu CK9 từ ngày mai."
TEACH = {"chu": "CK9", "doc": "Chùa Keo chín", "viec": "luu"}


def approved(enter: Enter, scene: Scene, body: str) -> str:
    """Trang của một bản tin đã duyệt."""
    page = write(enter(scene.writer), "gui", noi_dung=body)
    leader = enter(scene.leader)
    link = re.search(r'href="(/duyet/\d+)"', leader.get("/duyet").text)
    assert link is not None
    shown = leader.get(link[1]).text
    assert leader.post(link[1], data={"viec": "duyet", **hashes(shown)}).status_code == 303
    return page


def test_teaching_a_word_sends_only_the_scripts_it_changes_back_for_approval(enter: Enter, scene: Scene) -> None:
    approved(enter, scene, BRIDGE)
    approved(enter, scene, "Họp dân tối nay.")
    writer = enter(scene.writer)
    seen = writer.post("/tu-dien", data={**TEACH, "viec": "xem"}).text
    assert "1 bản tin đã duyệt sẽ đọc khác" in seen
    assert "Sẽ đọc: Cấm xe qua cầu Chùa Keo chín từ ngày mai." in seen
    with scene.database.reading() as session:
        assert session.scalars(select(LexiconRow)).all() == []

    said = writer.post("/tu-dien", data=TEACH)
    assert said.status_code == 303
    with scene.database.reading() as session:
        states = [(one.body, one.state) for one in session.scalars(select(Revision).order_by(Revision.id))]
        newest = session.scalars(select(ReadingSnapshot).order_by(ReadingSnapshot.id.desc())).first()
        decisions = len(session.scalars(select(Decision)).all())
    assert states == [
        (BRIDGE, RevisionState.APPROVED),
        ("Họp dân tối nay.", RevisionState.APPROVED),
        (BRIDGE, RevisionState.SUBMITTED),
    ]
    assert decisions == 2, "không ai duyệt hộ ai"
    assert newest is not None
    assert newest.sentences == ["Cấm xe qua cầu Chùa Keo chín từ ngày mai.\n"]

    page = writer.get("/tu-dien").text
    assert scene.writer.name in page
    row = re.search(r'action="(/tu-dien/\d+/thoi)"', page)
    assert row is not None
    assert enter(scene.stranger).post(row[1]).status_code == 404
    assert writer.post(row[1]).status_code == 303
    assert "Đài chưa dạy chữ nào" in writer.get("/tu-dien").text


def test_a_wrong_word_keeps_what_was_typed_and_readers_only_read(enter: Enter, scene: Scene) -> None:
    answer = enter(scene.writer).post("/tu-dien", data={**TEACH, "doc": "quốc lộ 4H"})
    assert answer.status_code == 422
    assert "viết số và ký hiệu thành chữ" in answer.text
    assert 'value="quốc lộ 4H"' in answer.text
    assert enter(scene.clerk).post("/tu-dien", data=TEACH).status_code == 403
    assert "Dạy một chữ" not in enter(scene.clerk).get("/tu-dien").text


def test_csv_goes_out_and_comes_back(enter: Enter, scene: Scene) -> None:
    writer = enter(scene.writer)
    writer.post("/tu-dien", data={**TEACH, "ngu_canh": "trên _; đường"})
    csv = writer.get("/tu-dien/xuat.csv").content
    assert csv.decode("utf-8-sig").splitlines()[1] == "CK9,Chùa Keo chín,trên _; đường,,,"
    more = csv + "TTVH,nhà văn hóa,,any,2026-01-01,2026-12-31\n".encode()
    assert writer.post("/tu-dien/nhap", files={"tep": ("tu-dien.csv", more)}).status_code == 303
    with scene.database.reading() as session:
        live = session.scalars(select(LexiconRow).where(LexiconRow.ended_at.is_(None))).all()
    assert sorted((one.surface, one.reading) for one in live) == [("CK9", "Chùa Keo chín"), ("TTVH", "nhà văn hóa")]
    broken = writer.post("/tu-dien/nhap", files={"tep": ("x.csv", b"chu_viet,loi_doc\nA1,ba 4\n")})
    assert broken.status_code == 422
    assert "Dòng 2" in broken.text


def test_a_dangerous_doubt_must_be_answered_and_the_answer_stays(enter: Enter, scene: Scene) -> None:
    writer = enter(scene.writer)
    form = {**FORM, "noi_dung": "Họp vào ngày 31/02/2026 tại nhà văn hóa.", "viec": "gui"}
    refused = writer.post("/ban-tin/moi", data=form)
    assert refused.status_code == 422
    assert "Không có ngày 31/02/2026" in refused.text
    assert "31/02/2026 tại nhà văn hóa" in refused.text
    key = re.search(r'name="tra_loi" value="(\w+)"', refused.text)
    assert key is not None
    with scene.database.reading() as session:
        assert session.scalars(select(Revision)).all() == [], "gửi bị từ chối thì không để lại bản dở"
    assert writer.post("/ban-tin/moi", data={**form, "tra_loi": key[1]}).status_code == 303
    with scene.database.reading() as session:
        answers = session.scalars(select(ReadingSnapshot)).one().detail["answers"]
    assert [(one["by"], one["key"]) for one in answers] == [(scene.writer.name, key[1])]
    link = re.search(r'href="(/duyet/\d+)"', enter(scene.leader).get("/duyet").text)
    assert link is not None
    assert f"{scene.writer.name} đã xem lại và xác nhận" in enter(scene.leader).get(link[1]).text


def test_the_reading_updates_while_typing_and_marks_what_is_read_otherwise(enter: Enter, scene: Scene) -> None:
    part = enter(scene.writer).post("/ban-tin/cach-doc", data={"noi_dung": "UBND phường họp 7h30."})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert re.search(r'class="reads"[^>]*>UBND<span class="as" role="note">ủy ban nhân dân', part.text)
    assert "bảy giờ ba mươi phút" in part.text
    assert enter(scene.clerk).post("/ban-tin/cach-doc", data={"noi_dung": "x"}).status_code == 403


def test_a_choice_for_one_script_is_kept_frozen_and_read(enter: Enter, scene: Scene) -> None:
    writer = enter(scene.writer)
    text = {**FORM, "noi_dung": "BTC mời bà con tới dự."}
    seen = writer.post("/ban-tin/moi", data=text).text
    other = re.search(r'name="chon" value="(BTC→[^"]+)"', seen)
    assert other is not None, "chữ nhiều nghĩa thì cho chọn nghĩa khác"
    chosen = writer.post("/ban-tin/moi", data={**text, "chon": other[1]}).text
    reading = other[1].partition("→")[2]
    assert f"{reading} mời bà con tới dự" in chosen
    assert writer.post("/ban-tin/moi", data={**text, "chon": other[1], "viec": "gui"}).status_code == 303
    with scene.database.reading() as session:
        revision = session.scalars(select(Revision)).one()
        assert revision.frozen["choices"] == {"BTC": reading}
        assert revision.readings[-1].sentences == [f"{reading} mời bà con tới dự.\n"]
    assert writer.post("/ban-tin/moi", data={**text, "chon": "BTC→bộ 4", "viec": "luu"}).status_code == 422


def test_the_list_from_above_is_replaced_whole_and_the_stations_own_words_win(enter: Enter, scene: Scene) -> None:
    operator = enter(scene.operator)
    above = "chu_viet,loi_doc\nCK9,cầu Khê chín\nTTVH,trung tâm văn hóa\n".encode()
    assert operator.post("/tu-dien/nhap", data={"cap_tren": "1"}, files={"tep": ("tren.csv", above)}).status_code == 303
    assert "cầu Khê chín" in operator.post("/ban-tin/cach-doc", data={"noi_dung": BRIDGE}).text
    operator.post("/tu-dien", data=TEACH)
    assert "Chùa Keo chín" in operator.post("/ban-tin/cach-doc", data={"noi_dung": BRIDGE}).text
    page = operator.get("/tu-dien").text
    assert page.count("cấp trên</span>") == 2
    assert "có hai cách đọc" in page
    fewer = "chu_viet,loi_doc\nTTVH,trung tâm văn hóa\n".encode()
    operator.post("/tu-dien/nhap", data={"cap_tren": "1"}, files={"tep": ("tren.csv", fewer)})
    assert operator.get("/tu-dien").text.count("cấp trên</span>") == 1
    refused = enter(scene.writer).post("/tu-dien/nhap", data={"cap_tren": "1"}, files={"tep": ("tren.csv", fewer)})
    assert refused.status_code == 403


def test_the_station_reads_in_its_own_manner(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        for name, value in (("reading_thousand", "ngàn"), ("reading_zero", "lẻ"), ("reading_first_days", False)):
            settings.put(session, scene.station_id, name, value, changed_by="thử", now=scene.clock.now())
    part = enter(scene.writer).post("/ban-tin/cach-doc", data={"noi_dung": "Ngày 5/6 có 2.105 hộ."}).text
    assert "Ngày năm tháng sáu có hai ngàn một trăm lẻ năm hộ." in part


def test_one_place_can_be_heard(enter: Enter, scene: Scene) -> None:
    writer = enter(scene.writer)
    sound = writer.get("/ban-tin/nghe-cau.mp3", params={"loi": "ủy ban nhân dân"})
    assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/mpeg")
    assert len(sound.content) > 1000
    assert writer.get("/ban-tin/nghe-cau.mp3", params={"loi": "<b>4"}).status_code == 422


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("above", [False, True])
def test_two_thousand_words_come_in_with_a_handful_of_statements(enter: Enter, scene: Scene, *, above: bool) -> None:
    words = "chu_viet,loi_doc\n" + "".join(f"CK{n},chùa keo\n" for n in range(2000))
    operator = enter(scene.operator)
    data, files = {"cap_tren": "1"} if above else {}, {"tep": ("tu-dien.csv", words.encode())}
    assert operator.post("/tu-dien/nhap", data=data, files=files).status_code == 303
    with statements(scene.database) as sent:
        assert operator.post("/tu-dien/nhap", data=data, files=files).status_code == 303
    assert len(sent) < 60, "một lần đọc, vài lần ghi: không phải mỗi dòng một lần"
    with scene.database.reading() as session:
        live = select(func.count()).where(LexiconRow.ended_at.is_(None))
        assert session.scalar(live.select_from(LexiconRow)) == 2000


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Mọi câu lệnh tới cơ sở dữ liệu trong khối."""
    sent: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)


def test_an_exported_cell_never_runs_and_comes_back_as_taught(scene: Scene, enter: Enter) -> None:
    browser = enter(scene.writer)
    browser.post("/tu-dien", data={"chu": "QL4H", "doc": "quốc lộ bốn hát", "ngu_canh": '=hyperlink("http://x")', "viec": "luu"})
    exported = browser.get("/tu-dien/xuat.csv").content
    assert f',"{GUARD}=hyperlink('.encode() in exported
    assert browser.post("/tu-dien/nhap", files={"tep": ("t.csv", exported)}).status_code == 303
    with scene.database.reading() as session:
        assert [row.context for row in session.scalars(select(LexiconRow))] == [['=hyperlink("http://x")']] * 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_list_from_above_waits_and_is_approved_as_a_whole(enter: Enter, scene: Scene) -> None:
    words = "chu_viet,loi_doc\n" + "".join(f"CK{n},chùa keo\n" for n in range(2000))
    form, files = {"cap_tren": "1"}, {"tep": ("tu-dien.csv", words.encode())}
    assert enter(scene.operator).post("/tu-dien/nhap", data=form, files=files).status_code == 303
    leader = enter(scene.leader)
    page = leader.get("/tu-dien").text
    newest = re.search(r'name="den" value="(\d+)"', page)
    assert newest is not None
    assert "Danh mục của cấp trên: 2000 mục" in page
    assert enter(scene.operator).post("/tu-dien/duyet", data={"viec": "duyet_cap_tren", "den": newest[1]}).status_code == 403
    with statements(scene.database) as sent:
        assert leader.post("/tu-dien/duyet", data={"viec": "duyet_cap_tren", "den": newest[1]}).status_code == 303
    assert len(sent) < 60
    with scene.database.reading() as session:
        approved = select(func.count()).where(LexiconRow.approved_by_id == scene.leader.user_id)
        assert session.scalar(approved.select_from(LexiconRow)) == 2000
    assert leader.post("/tu-dien/duyet", data={"viec": "duyet_cap_tren", "den": newest[1]}).status_code == 422
