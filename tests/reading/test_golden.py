"""Tệp vàng: mỗi câu viết có đúng một lời đọc đã được đọc to và soát; đổi lời nào là thấy ngay lời ấy."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from broadcaster.reading import spoken

LINES = (Path(__file__).parent / "golden.txt").read_text("utf-8").splitlines()
PAIRS = [
    (written, said.strip())
    for written, said in pairwise(LINES)
    if written and not written.startswith((" ", "#")) and said.startswith("  ")
]


@pytest.mark.parametrize(("written", "said"), PAIRS)
def test_as_an_announcer_would(written: str, said: str) -> None:
    assert spoken(written) == said
