"""Điều phải hỏi hiện trên trang bản tin: điều chặn nằm trên, mỗi điều một lần; điều nên xem gom lại cho khỏi phiền."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader

import broadcaster
from broadcaster.newsroom.reading_aloud import read_text

FOLDER = f"{broadcaster.__path__[0]}/web/templates"
BODY = "XQZ họp. XQZ lại họp. Ngày 31/2 chia 1/2, vé 150,000đ, NK, TT thế."


def shown(body: str) -> str:
    """Phần câu hỏi của trang, như người soạn thấy."""
    page = Environment(loader=FileSystemLoader(FOLDER), autoescape=True).get_template("danh_dau.html").module
    detail = read_text(body).detail
    return str(page.asked(detail["questions"], [], True, detail["source"]))  # type: ignore[attr-defined]


def test_what_blocks_stands_first_and_the_rest_is_folded() -> None:
    page = shown(BODY)
    assert page.index("Không có ngày 31/2") < page.index("<details") < page.index("XQZ")
    assert page.count("Chưa biết “XQZ”") == 1
    assert "5 chỗ nên xem lại, không bắt buộc" in page
    assert '<details class="asks">' in page


def test_a_few_stay_open_and_none_shows_nothing() -> None:
    assert '<details class="asks" open>' in shown("Vé 150,000đ.")
    assert "Sửa thành “150.000đ”" in shown("Vé 150,000đ.")
    assert shown("Phường họp.").strip() == ""
