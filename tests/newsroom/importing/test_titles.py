"""Tiêu đề gợi ý nói về việc gì, không phải quốc hiệu; tên tệp từ máy Mac được ghép dấu lại."""

from __future__ import annotations

import unicodedata

import pytest

from broadcaster.newsroom.importing import import_file
from broadcaster.newsroom.importing.titles import MAX_SUGGESTION, suggest_title
from tests.newsroom.importing.build import p, word

LETTERHEAD = (
    "ỦY BAN NHÂN DÂN PHƯỜNG PHÙNG CHÍ KIÊN\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
    "Số: 16/KH-UBND\nPhùng Chí Kiên, ngày 21 tháng 01 năm 2025\n"
)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (LETTERHEAD + "KẾ HOẠCH\nTuyên truyền cải cách\nCăn cứ…", "Kế hoạch tuyên truyền cải cách"),
        (LETTERHEAD + "THÔNG BÁO\nV/v tiêm phòng dại", "Thông báo về việc tiêm phòng dại"),
        ("THÔNG BÁO\nVỀ VIỆC CẮT ĐIỆN", "THÔNG BÁO VỀ VIỆC CẮT ĐIỆN"),
        ("Kính thưa bà con!\nPhường tổ chức dọn vệ sinh.", "Phường tổ chức dọn vệ sinh"),
        ("12/5\n1. Mục đầu", "Mục đầu"),
        ("Kính thưa bà con!", "ban tin to 5"),
    ],
)
def test_suggestions(text: str, title: str) -> None:
    assert suggest_title(text, "ban_tin_to_5") == title


def test_a_long_first_line_is_cut_at_a_word() -> None:
    title = suggest_title("dài " * 100, "x")
    assert len(title) <= MAX_SUGGESTION
    assert title.endswith("dài…")


def test_a_title_style_wins() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="Title"/></w:style>'
    assert import_file(word(p("Đầu") + p("Tên thật", style="a3"), styles=styles), "x.docx").title == "Tên thật"


def test_a_mac_file_name_is_composed_and_freed_of_folders() -> None:
    name = unicodedata.normalize("NFD", "C:\\Tin\\Bản tin số 5.txt")
    assert import_file(b"Tin", name).filename == "Bản tin số 5.txt"
