"""Ô CSV: điều bảng tính sẽ chạy thì thành chữ, điều người gõ thì giữ nguyên, đọc lại thì như cũ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.csv_text import csv_text, typed_text


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
    assert csv_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["- Thông báo", "- Thông báo (số 3)", "+ Hai là", "-3", "+84912345678", "1=1", "a@b.vn", "", "'"]
)
def test_what_people_type_stays_as_typed(text: str) -> None:
    assert csv_text(text) == text


@given(st.text(st.sampled_from("'=-+@ a1(\n")) | st.text())
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    assert typed_text(csv_text(text)) == text
