"""Sửa tiếng: đúng đoạn đã chọn, không tiếng tách, tiếng gốc không đổi, hoàn tác là bớt việc cuối."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.errors import Invalid
from broadcaster.sound.editing import MOST_EDITS, Edit, EditKind, apply, outline, read_edit
from broadcaster.sound.pcm import RATE, Samples, frame_levels, frames, length_ms, to_samples


def tone(ms: int, hertz: float = 440.0) -> Samples:
    return to_samples(0.2 * np.sin(2 * np.pi * hertz * np.arange(frames(ms)) / RATE).astype(np.float32))


THREE = np.concatenate([tone(1000, 300), tone(1000, 600), tone(1000, 900)])


def pitch(samples: Samples) -> float:
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[np.abs(np.fft.rfft(samples)).argmax()])


def test_keeping_a_part_leaves_just_that_part() -> None:
    kept = apply(THREE, [Edit(EditKind.KEEP, 1000, 2000)], {}.get)
    assert length_ms(kept) == 1000
    assert np.array_equal(kept, THREE[RATE : 2 * RATE])


def test_cutting_out_joins_the_two_sides_without_a_click() -> None:
    whole = apply(THREE, [Edit(EditKind.CUT, 1003, 2003)], {}.get)
    assert length_ms(whole) == pytest.approx(2000, abs=12)
    assert pitch(whole[: RATE // 2]) == pytest.approx(300, abs=3)
    assert pitch(whole[-RATE // 2 :]) == pytest.approx(900, abs=3)
    steps = np.abs(np.diff(whole.astype(int)))
    assert steps[RATE - 2000 : RATE + 2000].max() <= 1.2 * np.abs(np.diff(THREE.astype(int))).max()


@pytest.mark.parametrize(("start", "end", "length"), [(0, 1000, 2000), (2000, 9_000, 2000)])
def test_cutting_an_end_cuts_just_that_end(start: int, end: int, length: int) -> None:
    assert length_ms(apply(THREE, [Edit(EditKind.CUT, start, end)], {}.get)) == length


def test_fades_rise_and_fall_inside_their_part_only() -> None:
    faded = apply(THREE, [Edit(EditKind.FADE_IN, 0, 400), Edit(EditKind.FADE_OUT, 2600, 3000)], {}.get)
    levels = frame_levels(faded, 50)
    assert np.all(np.diff(levels[:8]) > 0)
    assert np.all(np.diff(levels[-8:]) < 0)
    assert np.array_equal(faded[frames(401) : frames(2599)], THREE[frames(401) : frames(2599)])


def test_gain_changes_its_part_by_so_many_decibels() -> None:
    louder = apply(THREE, [Edit(EditKind.GAIN, 1000, 2000, 6.0)], {}.get)
    rise = frame_levels(louder, 1000) - frame_levels(THREE, 1000)
    assert rise == pytest.approx([0, 6, 0], abs=0.1)


def test_another_recording_is_joined_at_the_end() -> None:
    joined = apply(tone(500), [Edit(EditKind.JOIN, other=7)], {7: tone(700, 900)}.get)
    assert length_ms(joined) == 500 + 300 + 700
    with pytest.raises(Invalid, match="Không còn bản thu"):
        apply(tone(500), [Edit(EditKind.JOIN, other=8)], {}.get)


def test_joining_never_holds_more_than_the_longest_recording_that_is_taken() -> None:
    asked = list[int]()

    def other(number: int) -> Samples:
        asked.append(number)
        return np.zeros(9 * 60 * RATE, np.int16)

    with pytest.raises(Invalid, match="quá 20 phút"):
        apply(tone(500), [Edit(EditKind.JOIN, other=number) for number in range(50)], other)
    assert asked == [0, 1, 2], "tiếng chưa tới lượt nối thì chưa nạp"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            Edit,
            st.sampled_from([EditKind.KEEP, EditKind.CUT, EditKind.FADE_IN, EditKind.FADE_OUT, EditKind.GAIN]),
            st.integers(0, 4000),
            st.integers(0, 4000),
            st.sampled_from([-3.0, 3.0, 0.0]),
        ),
        max_size=5,
    )
)
def test_the_original_never_changes_and_undoing_is_dropping_the_last(edits: list[Edit]) -> None:
    original = THREE.copy()
    done = [THREE]
    with suppress(Invalid):
        for count in range(1, len(edits) + 1):
            done.append(apply(THREE, edits[:count], {}.get))
    assert np.array_equal(THREE, original)
    again = [apply(THREE, edits[:count], {}.get) for count in range(len(done))]
    assert all(np.array_equal(first, second) for first, second in zip(done, again, strict=True))


@given(
    st.builds(Edit, st.sampled_from(EditKind), st.integers(0, 99_999), st.integers(0, 99_999), st.integers(-20, 20).map(float))
)
def test_an_edit_survives_the_form(edit: Edit) -> None:
    assert read_edit(str(edit)) == edit
    assert edit.told


@pytest.mark.parametrize("text", ["", "xoa:0-1:0:0", "bo:1:0:0", "bo:0-1:1e9:0", "bo:-5-1:0:0", "to:0-10:99.999:0"])
def test_other_text_is_no_edit(text: str) -> None:
    with pytest.raises(Invalid):
        read_edit(text)


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(EditKind.KEEP, 500, 500)],
        [Edit(EditKind.KEEP, 9_000, 9_999)],
        [Edit(EditKind.CUT, 0, 9_999)],
        [Edit(EditKind.GAIN, 0, 100, 40.0)],
        [Edit(EditKind.GAIN, 0, 3000, 1.0)] * (MOST_EDITS + 1),
    ],
)
def test_what_cannot_be_done_is_said(edits: list[Edit]) -> None:
    with pytest.raises(Invalid):
        apply(THREE, edits, {}.get)


def test_the_outline_shows_where_it_is_loud() -> None:
    columns = outline(np.concatenate([np.zeros(RATE, np.int16), tone(1000)]), 100)
    assert len(columns) == 100
    assert max(high - low for low, high in columns[:49]) == 0
    assert min(high - low for low, high in columns[51:]) > 0.3
