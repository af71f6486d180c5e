"""Trễ quá nửa phút thì nói, và nói như người nói; đúng giờ, sớm hay không vang thì không có gì để nói."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.airlog.lateness import late_note

PLANNED = datetime(2026, 3, 2, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-60, ""),
        (0, ""),
        (30, ""),
        (31, "trễ 31 giây"),
        (240, "trễ 4 phút 00 giây"),
        (245, "trễ 4 phút 05 giây"),
        (3720, "trễ 1 giờ 02 phút"),
    ],
)
def test_lateness_is_told_over_half_a_minute(seconds: int, words: str) -> None:
    assert late_note(PLANNED, PLANNED + timedelta(seconds=seconds)) == words


def test_what_never_sounded_is_not_late() -> None:
    assert late_note(PLANNED, None) == ""
