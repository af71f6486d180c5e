"""Markdown thành lời: dấu mất, chữ còn, và không bao giờ chậm vì dấu lặp."""

from __future__ import annotations

import contextlib
import time

import pytest

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing import FileKind, import_file


def read(text: str) -> str:
    return import_file(text.encode(), "tin.md").text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("# Thông báo #", "Thông báo"),
        ("Thông báo\n=====\n\nNội dung", "Thông báo\n\nNội dung"),
        ("**Đậm** và *nghiêng*, __đậm__, _nghiêng_, ***cả hai***", "Đậm và nghiêng, đậm, nghiêng, cả hai"),
        ("Họp lúc ~~7 giờ~~ 19 giờ, <del>mai</del> tối nay", "Họp lúc 19 giờ, tối nay"),
        ("30 m<sup>2</sup>, 10<sup>3</sup> lít, 20.000<sup>2</sup> đồng", "30 m², 10³ lít, 20.000 đồng"),
        ("**đậm *lồng* nhau**", "đậm lồng nhau"),
        ("ten_tep_dai và 2*3*4 và 5 * 6", "ten_tep_dai và 2*3*4 và 5 * 6"),
        ("* một\n+ hai\n- ba\n- [x] bốn", "- một\n- hai\n- ba\n- bốn"),
        ("1. một\n2) hai", "1. một\n2) hai"),
        ("xem [trang tin](https://a.vn/b_c) và [văn bản][1]\n\n[1]: https://x.vn", "xem trang tin và văn bản"),
        ("> lời trích", "lời trích"),
        ("trên\n\n---\n\ndưới", "trên\n\ndưới"),
        ("một<br>hai", "một\nhai"),
        ("chữ <b>đậm</b> &amp; rõ", "chữ đậm & rõ"),
        (r"giá 5\*6 và \# và \_", "giá 5*6 và # và _"),
        ("`mã` và\n```\nnguyên văn *giữ*\n```", "mã và\nnguyên văn *giữ*"),
        ("hai dấu cách  \nxuống dòng", "hai dấu cách\nxuống dòng"),
    ],
)
def test_marks_go_and_words_stay(source: str, text: str) -> None:
    assert read(source) == text


@pytest.mark.parametrize(
    ("source", "text", "note"),
    [
        ("a <!-- đừng đọc --> b", "a b", "ghi chú ẩn"),
        ("a <!-- chưa đóng", "a", "ghi chú ẩn"),
        ("a\n\n![ảnh bìa](x.png)", "a", "ảnh"),
        ("a[^1]\n\n[^1]: chú thích", "a", "chú thích"),
        ("|Tổ|Giờ|\n|---|:-:|\n|1|7 giờ|", "Tổ; Giờ\n1; 7 giờ", "1 bảng"),
        ('---\ntitle: "Tin mới"\n---\nThân', "Thân", "khai báo"),
    ],
)
def test_what_was_dropped_is_said(source: str, text: str, note: str) -> None:
    imported = import_file(source.encode(), "tin.md")
    assert imported.text == text
    assert note in " ".join(imported.notes)


def test_front_matter_gives_the_title() -> None:
    imported = import_file(b'---\ntitle: "Tin m\xe1\xbb\x9bi"\n---\nTh\xc3\xa2n', "a.MD")
    assert imported.title == "Tin mới"
    assert imported.kind is FileKind.MARKDOWN


def test_the_same_marks_in_a_txt_file_are_text() -> None:
    assert import_file(b"# 1 *a*", "a.txt").text == "# 1 *a*"


@pytest.mark.parametrize(
    "mark",
    ["*", "_", "[", "`", "<", "![a](", "[a](", "**a", "<!--", "> ", "| ", "\\", "&", "~", "- ", " ", "# ", "#", "|-", "\xa0"],
)
def test_repeated_marks_take_bounded_time(mark: str) -> None:
    started = time.process_time()
    with contextlib.suppress(Invalid):
        import_file(("tin " + mark * (100_000 // len(mark))).encode(), "a.md")
    assert time.process_time() - started < 5


def test_struck_words_and_boxes_are_told() -> None:
    notes = " ".join(import_file("- [x] Họp ~~7 giờ~~\n- [ ] Dọn vệ sinh".encode(), "tin.md").notes)
    assert "“7 giờ”" in notes
    assert "2 ô đánh dấu" in notes
