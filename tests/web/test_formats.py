"""Trang Khuôn chương trình: lấy khuôn có sẵn, sửa cả khuôn trong một biểu mẫu không cần script, tổng thời lượng, hoàn tác."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from broadcaster.traffic.tables import Format
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter

Fields = dict[str, list[str]]


@pytest.fixture
def operator(enter: Enter, scene: Scene) -> TestClient:
    with scene.database.writing() as session:
        build.slot(session, scene)
    return enter(scene.operator)


def path(scene: Scene) -> str:
    with scene.database.reading() as session:
        return f"/khuon/{session.scalars(select(Format.id).order_by(Format.id)).first()}"


def fields(page: str) -> Fields:
    """Mọi ô của biểu mẫu khuôn, như trình duyệt gửi."""
    form = re.search(r'(?s)<form method="post" action="/khuon/\d+" data-tong.*?</form>', page)
    assert form is not None
    found: Fields = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, body in re.findall(r'(?s)<select[^>]*name="(\w+)">(.*?)</select>', form[0]):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = [chosen[1] if chosen else ""]
    return found


def names(page: str) -> list[str]:
    found = fields(page)
    return [found[f"ten_{number}"][0] for number in range(len(found)) if f"ten_{number}" in found]


def test_a_whole_format_is_edited_in_one_form(operator: TestClient, scene: Scene) -> None:
    page = operator.get(path(scene)).text
    assert "Mọi ngày: 15:00" in page
    assert "Buổi chiều 17:00 dài 15:00: vừa khít" in page
    first = names(page)
    moved = operator.post(path(scene), data={**fields(page), "viec": "xuong:0"}).text
    assert names(moved) == [first[1], first[0], *first[2:]]
    shorter = operator.post(path(scene), data={**fields(moved), "viec": "bo:1"}).text
    longer = operator.post(path(scene), data={**fields(shorter), "viec": "them:scripts"}).text
    assert names(operator.get(path(scene)).text) == first, "chưa lưu thì chưa đổi"
    typed = {
        **fields(longer),
        "ten_9": ["Tin nhắc lại"],
        "dai_9": ["2:30"],
        "the_loai_9": ["news", "notice"],
        "ngay_9": ["1", "3"],
    }
    saved = operator.post(path(scene), data={**typed, "viec": "luu"})
    assert saved.status_code == 303
    page = operator.get(saved.headers["location"]).text
    assert "Tin nhắc lại" in page
    assert "Tin, Thông báo" in page
    assert "thứ Hai, thứ Tư: 17:15" in page
    undone = operator.post(f"{path(scene)}/lui", data={"version": "2"})
    assert names(operator.get(undone.headers["location"]).text) == first


def test_the_live_total_follows_what_is_typed_and_saves_nothing(operator: TestClient, scene: Scene) -> None:
    typed = {**fields(operator.get(path(scene)).text), "dai_3": ["33:20"]}
    part = operator.post(f"{path(scene)}/tong", data=typed).text
    assert "Mọi ngày: 45:00" in part
    assert "tin bài và nhạc co lại 30:00" in part
    assert "45:00" not in operator.get(path(scene)).text


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("dai_3", "ba phút", "phút:giây"),
        ("dai_3", "0:00", "từ 1 giây"),
        ("ten_3", " ", "đặt tên cho đoạn"),
        ("am_0", "", "chọn âm thanh"),
    ],
)
def test_a_mistake_is_told_in_its_row_and_everything_typed_stays(
    operator: TestClient, scene: Scene, name: str, wrong: str, said: str
) -> None:
    typed = {**fields(operator.get(path(scene)).text), "ten_4": ["<i>Chữ đã gõ</i>"], name: [wrong], "viec": "luu"}
    refused = operator.post(path(scene), data=typed)
    assert refused.status_code == 422
    assert said in refused.text
    assert "&lt;i&gt;Chữ đã gõ&lt;/i&gt;" in refused.text


def test_two_windows_do_not_overwrite_each_other(operator: TestClient, scene: Scene) -> None:
    typed = {**fields(operator.get(path(scene)).text), "viec": "luu"}
    assert operator.post(path(scene), data={**typed, "ten": ["Của người trước"]}).status_code == 303
    late = operator.post(path(scene), data={**typed, "ten": ["Của người sau"]})
    assert late.status_code == 409
    assert "Của người sau" in late.text


def test_presets_are_offered_copied_and_put_away(operator: TestClient, scene: Scene) -> None:
    page = operator.get("/khuon").text
    assert "Nông thôn 60 phút" in page
    taken = operator.post("/khuon/co-san/rural")
    assert "Máy phát chưa phát được phần này" in operator.get(taken.headers["location"]).text
    assert 'action="/khuon/co-san/rural"' not in operator.get("/khuon").text
    rural = taken.headers["location"].partition("?")[0]
    assert operator.post(f"{rural}/chep").status_code == 303
    assert operator.post(f"{rural}/cat").status_code == 303
    assert "Khuôn đã cất (1)" in operator.get("/khuon").text
    assert operator.post(f"{rural}/dua-lai").status_code == 303
    used = operator.post(f"{path(scene)}/cat")
    assert (used.status_code, "Buổi chiều" in used.text) == (409, True)


def test_who_may_and_whose(operator: TestClient, enter: Enter, scene: Scene) -> None:
    typed = {**fields(operator.get(path(scene)).text), "viec": "luu"}
    assert enter(scene.writer).post(path(scene), data=typed).status_code == 403
    assert enter(scene.stranger).post(path(scene), data=typed).status_code == 404
    assert "Lưu khuôn</button><a" not in enter(scene.auditor).get(path(scene)).text
    assert enter(scene.stranger).get(path(scene)).status_code == 404
