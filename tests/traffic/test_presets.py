"""Khuôn có sẵn: đúng thời lượng mọi ngày trong tuần, mọi thể loại có chỗ, chuyên mục CCHC đúng hai ngày."""

from __future__ import annotations

import pytest

from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.enums import SegmentKind
from broadcaster.traffic.format_presets import ONCE, PRESETS, QUARTER_HOUR, QUARTER_RERUN, REHEARSAL, STORM, Preset

WRITTEN = frozenset({Genre.NEWS, Genre.FEATURE, Genre.NOTICE, Genre.QA, Genre.COMPLAINT_ANSWER})
LENGTHS = {
    "five": 300,
    "quarter": 900,
    "quarter_rerun": 900,
    "half": 1_800,
    "hour": 3_600,
    "relay": 1_800,
    "rural": 3_600,
    "storm": 300,
    "once": 155,
    "rehearsal": 130,
}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.code)
def test_every_weekday_fills_the_preset_to_the_second(preset: Preset) -> None:
    for weekday in "1234567":
        assert sum(one.seconds for one in preset.segments if one.on(weekday)) == LENGTHS[preset.code]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.code)
def test_every_genre_has_a_place_in_the_week(preset: Preset) -> None:
    if preset in (STORM, ONCE, REHEARSAL):
        return
    scripts = [one for one in preset.segments if one.kind is SegmentKind.SCRIPTS and not one.reform]
    assert {genre for one in scripts for genre in one.genres or WRITTEN} == WRITTEN


def test_the_reform_column_is_on_tuesday_and_thursday_and_again_the_next_morning() -> None:
    column = [one for one in QUARTER_HOUR.segments if one.reform and one.seconds == 270]
    again = [one for one in QUARTER_RERUN.segments if one.rerun]
    assert [one.weekdays for one in column] == ["24"]
    assert [(one.weekdays, one.seconds) for one in again] == [("35", 270)]
    for preset in PRESETS.values():
        for weekday in "1234567":
            if preset not in (STORM, ONCE):
                assert any(one.reform for one in preset.segments if one.on(weekday))
