"""Bị từ chối thì biết ngay: tóm tắt ở trên, con trỏ ở ô sai đầu tiên, trình đọc màn hình biết ô nào; bắt buộc nói từ trước."""

from __future__ import annotations

import re

import pytest

from broadcaster.newsroom.drafting import Draft, create
from broadcaster.web.refused import marked
from tests.support.scene import Scene
from tests.web.conftest import Enter
from tests.web.test_home import sent

SUMMARY = '<a href="#{0}" data-o>lời</a>'


@pytest.mark.parametrize(
    ("name", "tag", "link"),
    [
        ("ten", '<input id="o-1" name="ten" value="a &gt; b">', "#o-1"),
        ("tdp", '<input type="checkbox" name="tdp" value="1">', "#tdp"),
        ("noi_dung", '<textarea name="noi_dung" required>', "#noi_dung"),
        ("so[0]", '<select name="so[0]">', "#so[0]"),
    ],
)
def test_the_summary_leads_to_the_box_and_the_box_says_it_is_wrong(name: str, tag: str, link: str) -> None:
    page = marked(SUMMARY.format(name) + f'<input type="hidden" name="{name}" value="x">' + tag + f'<p id="{name}-ghi">', [name])
    box = re.search(r"<(?:input(?! type=.hidden)|select|textarea)[^>]*aria-invalid[^>]*>", page)
    assert box is not None
    assert ' aria-invalid="true" autofocus' in box[0]
    assert f'aria-describedby="{name}-ghi"' in box[0]
    assert f'href="{link}" data-o' in page
    assert page.count("aria-invalid") == 1


def test_what_has_no_box_stays_words() -> None:
    assert marked(SUMMARY.format("chung") + SUMMARY.format("lạ"), ["chung", "lạ"]) == "<a data-o>lời</a>" * 2


def test_a_refused_form_is_told_on_top_and_in_place(enter: Enter, scene: Scene) -> None:
    browser = enter(scene.writer)
    form = {"tieu_de": " ", "noi_dung": "Tin.", "tu_ngay": "05/03/2026", "den_ngay": "01/03/2026", "viec": "luu"}
    page = browser.post("/ban-tin/moi", data=form).text
    assert page.count('role="alert"') == 1
    assert "2 chỗ phải sửa" in page
    assert page.index('id="tom-tat"') < page.index("<h1>")
    for name in ("tieu_de", "den_ngay"):
        assert re.search(rf'<input id="{name}"[^>]*aria-describedby="{name}-ghi"[^>]*aria-invalid="true"', page)
        assert f'href="#{name}" data-o' in page
    fresh = browser.get("/ban-tin/moi").text
    assert "aria-invalid" not in fresh
    assert "Tiêu đề <small>(bắt buộc)" in fresh


def test_a_refusal_without_a_reason_takes_the_leader_to_the_reason(enter: Enter, scene: Scene) -> None:
    revision_id = sent(scene, "Tin cần trả")
    browser = enter(scene.leader)
    page = browser.get(f"/duyet/{revision_id}").text
    assert "trả lại thì bắt buộc" in page
    brief = page[page.index('<dl class="brief">') : page.index("</dl>")]
    for told in (f"{scene.writer.name} (viết, gửi duyệt)", "02/03/2026 08:00", "không hạn", "Chưa có buổi phát nào", "Cả phường"):
        assert told in brief
    assert page.index('class="pinned"') < page.index("Bản viết")
    back = browser.post(f"/duyet/{revision_id}", data={"viec": "tra_lai", "ghi_chu": " "})
    assert back.status_code == 422
    assert re.search(r'<textarea class="short" id="ghi_chu"[^>]*autofocus', back.text)
    assert 'href="#ghi_chu" data-o>Hãy ghi vì sao trả lại' in back.text


def test_a_draft_opened_by_address_says_it_was_not_submitted(enter: Enter, scene: Scene) -> None:
    with scene.database.writing() as session:
        draft = create(session, scene.writer, Draft("Nháp", "Chữ."), now=scene.clock.now()).id
    page = enter(scene.leader).get(f"/duyet/{draft}")
    assert (page.status_code, "chưa gửi" in page.text, "Duyệt đúng bản này" in page.text) == (200, True, False)


def test_a_refusal_gives_back_what_a_person_typed_and_no_code_of_the_machine(enter: Enter, scene: Scene) -> None:
    form = {"tdp": "Tổ dân phố số 9, mới lập\nTổ dân phố số 10", "khoa_gui": "c8ccb4f6e44f4ef28928f8be7e52bacd"}
    page = enter(scene.writer).post("/dai/tdp", data=form).text
    assert "Tổ dân phố số 10</textarea>" in page
    assert page.count("<textarea") == 1


def test_a_message_is_told_also_where_the_way_ends_at_an_anchor(enter: Enter, scene: Scene) -> None:
    clerk = enter(scene.clerk)
    form = {"the_loai": "news", "vai_tro": "author", "so_tien": "50000", "tu_ngay": "01/01/2026"}
    onward = clerk.post("/bao-cao/nhuan-but/muc", data=form).headers["location"]
    assert onward.endswith("#nhuan-but")
    assert "Đã đặt mức nhuận bút" in clerk.get(onward).text
