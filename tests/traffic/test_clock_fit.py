"""Khuôn co giãn theo khung giờ: đúng tới mili giây, nhạc hiệu và lời mẫu không đổi."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.traffic.clock_fit import share_out

STRETCHES = st.lists(st.tuples(st.booleans(), st.integers(1, 3_600_000)), min_size=1, max_size=12)


@given(STRETCHES, st.integers(10_000, 14_400_000))
def test_a_format_stretches_to_the_slot_to_the_millisecond(stretches: list[tuple[bool, int]], length_ms: int) -> None:
    given_ms = share_out(stretches, length_ms)
    fixed = sum(target for elastic, target in stretches if not elastic)
    assert [ms for (elastic, _), ms in zip(stretches, given_ms, strict=True) if not elastic] == [
        target for elastic, target in stretches if not elastic
    ]
    assert min(given_ms) >= 0
    if any(elastic for elastic, _ in stretches):
        assert sum(given_ms) == max(fixed, length_ms)


def test_the_quarter_hour_in_an_hour_gives_every_segment_its_share() -> None:
    assert share_out([(False, 70_000), (True, 200_000), (True, 510_000), (True, 120_000)], 3_600_000) == [
        70_000,
        850_602,
        2_169_036,
        510_362,
    ]
