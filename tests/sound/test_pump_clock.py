"""Bộ bơm và giờ máy: đứng hình, đồng hồ nhảy, máy ngủ, khung và giờ là hai cách nói một điều."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.sound.events import ClockJumped, Ended, EndReason, Gap, Started
from broadcaster.sound.frames import FRAME, frame_at, wall_of
from broadcaster.sound.sources import ArraySource, SilenceSource
from tests.sound.test_pump import FIVE, SECOND, Bench, noise


def test_a_stall_over_two_seconds_is_a_gap_and_what_follows_is_on_time() -> None:
    bench = Bench(1)
    tune = noise(SECOND * FRAME * 10)
    bench.pump.schedule(1, "tin", ArraySource(tune), bench.first)
    bench.pump.schedule(1, "sau", ArraySource(noise(FRAME)), bench.first + 500)
    bench.pump.schedule(1, "trong", ArraySource(noise(FRAME)), bench.first + 200)
    bench.pump.schedule(1, "cắt", SilenceSource(60_000), bench.first, until_frame=bench.first + 300)
    bench.run(frames=100)
    bench.clock.advance(5.0)
    bench.run(frames=200)
    assert bench.pump.gaps() == (Gap(bench.first + 100, 250, wall_of(bench.first + 100)),)
    numbers = bench.sinks[1].numbers()
    assert numbers[100] - numbers[99] == 251
    assert np.array_equal(bench.heard()[100 * FRAME : 250 * FRAME], tune[350 * FRAME :])
    ends = {event.item_id: event for event in bench.only(Ended)}
    assert (ends["trong"].heard_ms, ends["trong"].first_frame, ends["trong"].complete) == (0, None, False)
    assert (ends["cắt"].last_frame, ends["cắt"].reason) == (bench.first + 99, EndReason.UNTIL)
    assert (ends["tin"].last_frame, ends["tin"].heard_ms, ends["tin"].complete) == (bench.first + 499, 5000, False)
    assert ends["sau"].first_frame == bench.first + 500


def test_a_short_stall_is_caught_up_without_losing_a_sample() -> None:
    bench = Bench(1)
    tune = noise(SECOND * FRAME * 4)
    bench.pump.schedule(1, "tin", ArraySource(tune), bench.first)
    bench.run(frames=50)
    bench.clock.advance(1.5)
    bench.run(frames=100)
    assert np.array_equal(bench.heard()[: len(tune)], tune)
    assert bench.pump.gaps() == ()


@pytest.mark.parametrize("step", [-1.9, -0.5, 0.5, 1.9])
def test_a_small_clock_step_while_open_moves_nothing_and_is_followed_when_idle(step: float) -> None:
    bench = Bench(1)
    bench.run(frames=10)
    bench.clock.step(step)
    bench.pump.tick()
    assert bench.pump.frame_now() == bench.first + 11
    assert bench.pump.skew_ms() == pytest.approx(step * 1000, abs=1)
    bench.pump.close_channel(1)
    assert wall_of(bench.pump.frame_now()) == bench.clock.now()
    assert bench.pump.skew_ms() == 0
    assert bench.pump.open_channel(1) == frame_at(bench.clock.now())


@pytest.mark.parametrize("step", [-3600.0, -2.5, 2.5, 420.0])
def test_a_clock_that_jumps_while_open_renumbers_the_next_frame_and_loses_no_sample(step: float) -> None:
    bench = Bench(1)
    tune, after = noise(FRAME * 40), noise(FRAME * 5, 2)
    bench.pump.schedule(1, "tin", ArraySource(tune), bench.first)
    bench.pump.schedule(1, "sau", ArraySource(after), bench.first + 40)
    bench.run(frames=10)
    before = bench.clock.now()
    bench.clock.step(step)
    bench.run(frames=60)
    (jump,) = bench.only(ClockJumped)
    assert (jump.before, jump.after) == (before, before + timedelta(seconds=step))
    assert np.array_equal(bench.heard()[: 45 * FRAME], np.concatenate([tune, after])), "tiếng nối khít qua chỗ giờ nhảy"
    ends = {event.item_id: event for event in bench.only(Ended)}
    assert ends["tin"].wall == wall_of(bench.first + 40) + timedelta(seconds=step)
    starts = {event.item_id: event for event in bench.only(Started)}
    assert starts["sau"].wall == ends["tin"].wall, "mục kế tiếp mang giờ mới"
    assert (ends["tin"].complete, ends["sau"].complete) == (True, True)


def test_after_a_jump_the_hard_stop_is_asked_again_and_obeyed_at_the_next_frame() -> None:
    """Giờ yên tĩnh từ giây thứ 300: đồng hồ nhảy qua mốc ấy thì không một khung nào nữa; nhảy lùi thì mốc ở yên theo giờ."""
    for step, heard in ((420.0, 10), (100.0, 200 * SECOND), (-100.0, 400 * SECOND)):
        bench = Bench(1)
        stop = bench.first + 300 * SECOND
        ask = lambda frame, stop=stop: max(frame, stop)  # noqa: E731
        bench.pump.schedule(1, "tin", SilenceSource(500_000), bench.first, ask_until=ask)
        bench.run(frames=10)
        bench.clock.step(step)
        bench.run(frames=450 * SECOND)
        (end,) = bench.only(Ended)
        assert end.reason is EndReason.UNTIL
        assert end.heard_ms // 20 == heard


def test_a_machine_that_wakes_while_nothing_is_open_says_how_long_it_was_away() -> None:
    bench = Bench(1)
    bench.pump.close_channel(1)
    bench.run(frames=10)
    bench.clock.advance(240)
    first = bench.pump.open_channel(1)
    assert [gap.frames for gap in bench.pump.gaps()] == [240 * SECOND]
    assert wall_of(first) == bench.clock.now()


def test_idle_days_are_jumped_over() -> None:
    bench = Bench(1)
    bench.pump.close_channel(1)
    bench.pump.run_until(FIVE + timedelta(days=3650))
    assert bench.clock.now() == FIVE + timedelta(days=3650)
    assert bench.pump.frame_now() == frame_at(bench.clock.now())


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)).map(lambda when: when.replace(tzinfo=UTC)))
def test_frame_and_wall_are_inverse_and_never_early(wall: datetime) -> None:
    frame = frame_at(wall)
    assert wall_of(frame - 1) < wall <= wall_of(frame)
    assert frame_at(wall_of(frame)) == frame
