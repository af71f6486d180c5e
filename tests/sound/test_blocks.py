"""Lúc yên bộ bơm làm từng khối: mọi mẫu, mọi số khung và mọi sự kiện vẫn y như làm từng khung."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.clock import ManualClock
from broadcaster.sound.events import Position, PumpEvent
from broadcaster.sound.frames import FRAME, Samples, frame_at, reaches, wall_of
from broadcaster.sound.outputs.simulated import ManualPump, RecordingSink
from broadcaster.sound.pump import BLOCK_FRAMES
from broadcaster.sound.sources import ArraySource, SilenceSource, Source

FIVE = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
BLOCKS = 24
CHANNELS = (1, 2)

Deed = tuple[int, str, int, int, int]
"""(khối lúc làm, việc, kênh: 1, 2, hay 3 là cả hai, số khung, số mẫu hoặc ms)."""
deeds = st.lists(
    st.tuples(
        st.integers(0, BLOCKS - 1),
        st.sampled_from(["hẹn", "hẹn tới hạn", "khẩn", "cắt", "lặng", "vang", "nhỏ", "đóng", "mở"]),
        st.integers(1, 3),
        st.integers(0, 40),
        st.integers(0, 30 * FRAME),
    ),
    max_size=12,
)


class House:
    """Một bộ bơm quay tay làm ``block_frames`` khung một lượt, hai kênh ghi vào bộ nhớ."""

    def __init__(self, block_frames: int) -> None:
        self.clock, self.events = ManualClock(FIVE), list[PumpEvent]()
        self.beats: list[int] = []
        self.pump = ManualPump(self.clock, self.events.append, self._beat, block_frames=block_frames)
        self.sinks = {key: RecordingSink(wants_idle=True) for key in CHANNELS}
        for key, sink in self.sinks.items():
            self.pump.add_channel(key, [sink])
        self.pump.open_channel(1)
        self.pump.open_channel(2, holder="giữ cho bộ bơm không rỗi")
        self.first = frame_at(FIVE)

    def live(self, plan: list[Deed]) -> None:
        """Làm mọi việc của ``plan`` ở đầu khối của nó."""
        for name, deed in enumerate(sorted(plan, key=lambda one: one[0])):
            self.pump.run_until(wall_of(self.first + deed[0] * BLOCK_FRAMES))
            self._do(f"mục {name}", *deed)
        self.pump.run_until(wall_of(self.first + BLOCKS * BLOCK_FRAMES))

    def _do(self, name: str, block: int, deed: str, which: int, frames: int, amount: int) -> None:
        keys = [key for key in CHANNELS if which & key]
        ready = [key for key in keys if self.pump.is_open(key)]
        if deed in ("hẹn", "hẹn tới hạn") and ready:
            at = self.pump.frame_now() + frames
            until = at + amount // FRAME if deed == "hẹn tới hạn" else None
            self.pump.schedule(ready, name, sound(amount, block), at, fade_in_ms=frames, until_frame=until)
        elif deed == "khẩn" and ready:
            self.pump.preempt(ready, name, sound(amount, block))
        elif deed == "cắt":
            self.pump.cut(f"mục {frames // 4}", keys=keys, fade_ms=amount // FRAME * 10)
        elif deed == "nhỏ":
            self.pump.set_volume(keys[0], frames / 40)
        elif deed in ("lặng", "vang"):
            self.pump.silence(keys[0], on=deed == "lặng")
        elif deed == "mở":
            self.pump.open_channel(keys[0], lead_ms=amount // FRAME * 20)
        elif deed == "đóng":
            self.pump.close_channel(keys[0])

    def _beat(self, frame: int, positions: Iterable[Position]) -> None:
        self.beats.append(frame)
        self.positions = list(positions)


def sound(samples: int, seed: int) -> Source:
    return ArraySource(noise(samples, seed)) if samples % 3 else SilenceSource(samples * 1000 // (FRAME * 50))


def noise(samples: int, seed: int) -> Samples:
    return np.random.default_rng(seed).integers(1, 20_000, samples, dtype=np.int16)


@given(deeds)
def test_blocks_and_single_frames_make_the_same_sound_and_tell_the_same(plan: list[Deed]) -> None:
    single, blocks = House(1), House(BLOCK_FRAMES)
    single.live(plan)
    blocks.live(plan)
    assert blocks.events == single.events
    for key in CHANNELS:
        assert blocks.sinks[key].numbers() == single.sinks[key].numbers()
        assert np.array_equal(blocks.sinks[key].samples(), single.sinks[key].samples())


def test_a_calm_pump_works_once_a_block_and_turns_on_the_very_frame() -> None:
    house = House(BLOCK_FRAMES)
    house.pump.schedule(1, "tin", ArraySource(noise(FRAME * 12 + 7, 1)), house.first + 7)
    house.pump.run_until(wall_of(house.first + 25))
    assert [frame - house.first for frame in house.beats] == [5, 7, 10, 15, 19, 25]


def test_what_the_card_has_not_taken_is_not_yet_heard() -> None:
    house = House(BLOCK_FRAMES)
    house.pump.schedule(1, "tin", ArraySource(noise(FRAME * 60, 1)), house.first)
    house.pump.run_until(wall_of(house.first + 20))
    house.sinks[1].waiting_frames = 7
    house.pump.run_until(wall_of(house.first + 25))
    assert house.positions == [Position("tin", 1, 18 * 20, 18 * 20, house.first, 7)]
    house.sinks[1].waiting_frames = 50
    house.pump.run_until(wall_of(house.first + 30))
    assert house.positions == [Position("tin", 1, 0, 0, house.first, 50)]


@given(st.integers(1, 4 * BLOCK_FRAMES))
def test_a_press_waits_for_the_rest_of_a_block_and_no_longer(pressed: int) -> None:
    house = House(BLOCK_FRAMES)
    house.pump.schedule(1, "nhạc", ArraySource(noise(FRAME * 60, 1)), house.first)
    now = house.first + pressed
    house.pump.run_until(wall_of(now))
    frame = house.pump.preempt([1], "khẩn", ArraySource(noise(FRAME * 3, 2)))
    assert now <= frame < now + BLOCK_FRAMES
    house.pump.run_until(wall_of(now + 20))
    assert np.array_equal(house.sinks[1].samples(frame, 3), noise(FRAME * 3, 2))


@given(st.integers(1, 4 * BLOCK_FRAMES))
def test_while_someone_may_press_a_press_waits_for_one_frame_and_later_for_a_block_again(pressed: int) -> None:
    house = House(BLOCK_FRAMES)
    house.pump.stay_alert(1.0)
    house.pump.schedule(1, "nhạc", ArraySource(noise(FRAME * 120, 1)), house.first)
    house.pump.run_until(wall_of(house.first + pressed))
    assert house.pump.frame_now() == house.first + pressed
    house.pump.run_until(wall_of(house.first + 60 + pressed))
    assert house.beats[-1] % BLOCK_FRAMES == 0
    assert house.pump.frame_now() - (house.first + 60 + pressed) < BLOCK_FRAMES
    assert all(frame % BLOCK_FRAMES == 0 for frame in house.beats if frame > house.first + 55)


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 30))
def test_reaches_finds_a_multiple_in_a_stretch(first: int, length: int, every: int) -> None:
    assert reaches(first, first + length, every) is any(frame % every == 0 for frame in range(first, first + length))
