"""Ô CSV: điều bảng tính sẽ chạy thì thành chữ, điều người gõ thì giữ nguyên, đọc lại thì như cũ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.csv_text import GUARD, csv_text, typed_text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "@SUM(1)",
        " =1+1",
        "\xa0=1+1",
        "\n=1+1",
        "\t=1+1",
        "-1+1",
        "+1+cmd|'/C calc'!A0",
        '-HYPERLINK("http://a")',
        '- HYPERLINK("http://a")',
        "+ sum(1)",
        "- a!b",
        "-a",
        "--1",
        "=",
        "+84912345678*1",
    ],
)
def test_what_a_spreadsheet_would_run_becomes_text(text: str) -> None:
    assert csv_text(text) == f"{GUARD}{text}"


@pytest.mark.parametrize(
    "text",
    [
        *("- Thông báo", "- Thông báo (số 3)", "+ Hai là", "1=1", "a@b.vn", "", "'", "16/KH-UBND", "5 điều cần biết"),
        "Ngày 20/11: lễ lớn của cả nước",
    ],
)
def test_what_people_type_stays_as_typed(text: str) -> None:
    assert csv_text(text) == text


@pytest.mark.parametrize(
    "text", ["3.1", "3,1", "28/1", "123e45", "-3", "+84912345678", "06:00", "1 Mar", "10 tháng 3", "TRUE", "01, 02"]
)
def test_what_a_spreadsheet_would_take_for_a_number_or_a_day_stays_text(text: str) -> None:
    assert csv_text(text) == f"{GUARD}{text}"


def test_a_file_of_the_software_before_is_still_read() -> None:
    assert typed_text("'=1+1") == "=1+1"
    assert typed_text("'a") == "'a"


@given(st.text(st.sampled_from("'=-+@ a1(\n")) | st.text())
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    assert typed_text(csv_text(text)) == text
