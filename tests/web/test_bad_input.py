"""Dữ liệu xấu tới trang thật: lời nhắn tiếng Việt nói việc cần làm, không trang nào sập, chữ đã gõ luôn còn."""

from __future__ import annotations

import sqlite3
import unicodedata
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, select

from broadcaster.newsroom.tables import Revision
from tests.conftest import database  # noqa: F401  SQL và kiểu cột mỗi nơi một khác: chạy trên cả hai
from tests.support.scene import Scene
from tests.web.conftest import Enter
from tests.web.test_scripts import FORM

TOO_BIG = 10**30
PATHS = ("/ban-tin/bai/{}", "/ban-tin/{}/sua", "/duyet/{}", "/chuong-trinh/{}", "/nhat-ky/{}", "/ban-ghi/{}.mp3")
DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "hôm qua", "2026-03-01T00:00:00")


def test_no_id_breaks_a_page(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.leader)
    for path, number in product(PATHS, (0, -1, 2**31, 2**63, TOO_BIG, "x")):
        answer = browser.get(path.format(number))
        assert answer.status_code in (404, 422), (path, number, answer.text)
        assert 'role="alert"' in answer.text, (path, number)


@pytest.mark.parametrize("day", DAYS)
def test_no_day_breaks_a_page(enter: Enter, scene: Scene, day: str) -> None:
    browser = enter(scene.operator)
    answers = [browser.get("/lich-phat", params={"ngay": day}), browser.get("/nhat-ky", params={"tu": day})]
    answers.append(browser.get("/nhat-ky/xuat.csv", params={"tu": day}))
    form = {**FORM, "tu_ngay": day, "viec": "luu"}
    answers.append(browser.post("/ban-tin/moi", data=form))
    assert [one.status_code for one in answers] == [422] * 4
    assert FORM["noi_dung"] in answers[-1].text


@pytest.mark.parametrize(
    "changes",
    [
        {"chuyen_muc": str(TOO_BIG)},
        {"noi_dung_kh": ["1", str(2**31)]},
        {"tdp": ["x"]},
        {"the_loai": "bomb"},
        {"noi_dung": "\0\x01\u202e\ufeff"},
        {"noi_dung": "a" * 300_000},
        {"tieu_de": "Tin " * 400},
        {"tu_ngay": "2026-03-02", "den_ngay": "2026-03-01"},
    ],
)
def test_every_wrong_box_is_told_and_the_rest_comes_back(enter: Enter, scene: Scene, changes: dict[str, Any]) -> None:
    answer = enter(scene.writer).post("/ban-tin/moi", data={**FORM, "viec": "luu", **changes})
    assert answer.status_code in (404, 422), answer.text[:2000]
    kept = FORM["tieu_de"] if "noi_dung" in changes else FORM["noi_dung"]
    assert kept in answer.text


NOT_NUMBERS = ("²", "9" * 5000, "99999999999", "٣")


@pytest.mark.parametrize("number", NOT_NUMBERS)
def test_no_digits_that_are_not_a_number_break_a_form(enter: Enter, scene: Scene, number: str) -> None:
    browser = enter(scene.operator)
    once = {"mot_ngay": "2026-03-20", "mot_gio": "09:00"}
    rate = {"the_loai": "news", "vai_tro": "author", "so_tien": number, "tu_ngay": "2026-03-01"}
    answers = [
        browser.get("/lich-phat", params={"duong": number}),
        *(browser.post("/ban-tin/cach-doc", data={**FORM, name: number}) for name in ("tdp", "chuyen_muc")),
        *(browser.post("/ban-tin/moi", data={**FORM, "viec": "xem", name: number}) for name in ("tdp", "noi_dung_kh")),
        browser.post("/ban-tin/giu/bo", data={"cho": f"ban-{number}"}),
        *(browser.post("/khung-gio/phat-mot-lan/them", data={**once, "mot_gi": f"{what}:{number}"}) for what in ("khuon", "bai")),
        browser.post("/ke-hoach/lap", data={"nam": number}),
        browser.post("/bao-cao/nhuan-but/muc", data=rate),
    ]
    assert [one.status_code for one in answers if one.status_code >= 500] == []


def test_a_choice_ticked_twice_counts_once(enter: Enter, scene: Scene) -> None:
    twice = {"tdp": [scene.zone_ids[0]] * 2, "noi_dung_kh": [scene.topic_ids[0]] * 2}
    answer = enter(scene.writer).post("/ban-tin/moi", data={**FORM, "viec": "luu", **twice})
    assert answer.status_code == 303, answer.text


def test_decomposed_and_hidden_characters_are_cleaned_once(enter: Enter, scene: Scene) -> None:
    messy = unicodedata.normalize("NFD", "Tổ dân phố số 2 họp lúc 19 giờ.") + "\u200b\x07"
    answer = enter(scene.writer).post("/ban-tin/moi", data={**FORM, "noi_dung": messy, "viec": "luu"})
    assert answer.status_code == 303
    with scene.database.reading() as session:
        assert session.scalars(select(Revision.body)).one() == "Tổ dân phố số 2 họp lúc 19 giờ."


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_locked_database_gives_the_text_back_with_a_button(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    blocker = sqlite3.connect(str(scene.database.url.database), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    answer = browser.post("/ban-tin/moi", data={**FORM, "viec": "gui"})
    blocker.execute("ROLLBACK")
    blocker.close()
    _given_back(answer)
    assert browser.post("/ban-tin/moi", data={**FORM, "viec": "gui"}).status_code == 303


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_gives_the_text_back_and_keeps_what_was_there(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    assert browser.post("/ban-tin/moi", data={**FORM, "viec": "luu"}).status_code == 303
    engine = scene.database.engine
    engine.dispose()
    event.listen(engine, "connect", _fill_disk)
    long = FORM["noi_dung"] + " Thông báo dài." * 5_000
    answer = browser.post("/ban-tin/moi", data={**FORM, "noi_dung": long, "viec": "gui"})
    _given_back(answer)
    event.remove(engine, "connect", _fill_disk)
    engine.dispose()
    with scene.database.reading() as session:
        assert session.scalars(select(Revision.body)).all() == [FORM["noi_dung"]]


def _given_back(answer: Any) -> None:
    assert answer.status_code == 503
    assert "Cơ sở dữ liệu đang bận hoặc không ghi được" in answer.text
    assert FORM["noi_dung"] in answer.text
    assert 'name="viec" value="gui"' in answer.text
    assert "Gửi lại" in answer.text


def _fill_disk(raw: sqlite3.Connection, _record: Any) -> None:
    """Đĩa đầy: SQLite không được thêm trang nào nữa."""
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count={pages}")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"chu_viet,loi_doc\nCK9," + "chín ".encode() * 40_000 + b"\n", "Dòng 2"),
        (b'chu_viet,loi_doc\n"CK9,a\n', "Dòng 2"),
        (b"chu_viet,loi_doc,tu_ngay\nCK9,a,0001-01-01\n", "2026-03-01"),
        (b"chu_viet,loi_doc\n" + b"CK,a\n" * 5001, "từ 1 tới 5000"),
        (b"chu_viet,loi_doc\n", "từ 1 tới 5000"),
        (b"\0\0\0", "dòng đầu"),
    ],
)
def test_no_dictionary_file_breaks_the_page(enter: Enter, scene: Scene, file: bytes, said: str) -> None:
    answer = enter(scene.writer).post("/tu-dien/nhap", files={"tep": ("tu-dien.csv", file)})
    assert answer.status_code == 422, answer.text[:500]
    assert said in answer.text
