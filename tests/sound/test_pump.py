"""Bộ bơm quay tay: hẹn, cắt, nút đỏ, máy đứng hình, đồng hồ bị chỉnh; không luồng, không ngủ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.clock import ManualClock
from broadcaster.errors import Conflict, Invalid, NotFound
from broadcaster.sound.events import Ended, EndReason, PumpEvent, SinkChanged, Started
from broadcaster.sound.frames import FRAME, SILENCE, wall_of
from broadcaster.sound.outputs.simulated import ManualPump, RecordingSink
from broadcaster.sound.sources import ArraySource, SilenceSource, Source

FIVE = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
SECOND = 50


class Bench:
    """Một bộ bơm quay tay với các kênh ghi vào bộ nhớ."""

    def __init__(self, *keys: int | str) -> None:
        self.clock = ManualClock(FIVE)
        self.events: list[PumpEvent] = []
        self.pump = ManualPump(self.clock, self.events.append)
        self.sinks = {key: RecordingSink() for key in keys}
        for key, sink in self.sinks.items():
            self.pump.add_channel(key, [sink])
            self.pump.open_channel(key)
        self.first = self.pump.frame_now()

    def run(self, *, frames: int) -> None:
        self.pump.run_until(self.clock.now() + timedelta(milliseconds=20 * frames))

    def heard(self, key: int | str = 1) -> np.ndarray:
        return self.sinks[key].samples()

    def only(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


def noise(samples: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 20_000, samples, dtype=np.int16)


def test_an_item_starts_on_its_first_sample_and_reports_what_was_measured() -> None:
    bench = Bench(1)
    tune = noise(FRAME * 3 + 100)
    bench.pump.schedule(1, "tin", ArraySource(tune), bench.first + 10)
    bench.run(frames=20)
    start = 10 * FRAME
    assert np.array_equal(bench.heard()[start : start + len(tune)], tune)
    assert not bench.heard()[:start].any()
    assert not bench.heard()[start + len(tune) :].any()
    assert bench.events == [
        Started("tin", 1, bench.first + 10, wall_of(bench.first + 10)),
        Ended("tin", 1, bench.first + 13, 62, True, EndReason.FINISHED, bench.first + 10, wall_of(bench.first + 14)),
    ]


def test_items_scheduled_back_to_back_leave_no_gap() -> None:
    bench = Bench(1)
    first, second = ArraySource(noise(FRAME * 4, 1)), ArraySource(noise(FRAME * 2, 2))
    bench.pump.schedule(1, "a", first, bench.first + 1)
    bench.pump.schedule(1, "b", second, bench.first + 1 + first.frames)
    bench.run(frames=8)
    assert np.array_equal(bench.heard()[FRAME : FRAME * 7], np.concatenate([noise(FRAME * 4, 1), noise(FRAME * 2, 2)]))


def test_a_frame_already_past_starts_with_the_next_one() -> None:
    bench = Bench(1)
    bench.run(frames=10)
    bench.pump.schedule(1, "muon", ArraySource(noise(FRAME)), bench.first + 3)
    bench.run(frames=3)
    assert bench.only(Started)[0].first_frame == bench.first + 10
    assert bench.only(Ended)[0].complete


def test_one_source_on_two_channels_starts_on_the_same_frame() -> None:
    bench = Bench(1, "tdp-2")
    bench.pump.schedule([1, "tdp-2"], "chung", ArraySource(noise(FRAME * 5)), bench.first + 2)
    bench.run(frames=10)
    assert {event.first_frame for event in bench.only(Started)} == {bench.first + 2}
    assert np.array_equal(bench.heard(1), bench.heard("tdp-2"))
    assert [event.heard_ms for event in bench.only(Ended)] == [100, 100]


def test_the_amplifier_gets_its_lead_before_anything_sounds() -> None:
    bench = Bench(1)
    bench.pump.add_channel(2, [sink := RecordingSink()])
    ready = bench.pump.open_channel(2, lead_ms=500)
    assert ready == bench.first + 25
    bench.pump.schedule([1, 2], "khẩn", ArraySource(noise(FRAME)), bench.first)
    bench.run(frames=30)
    assert {event.first_frame for event in bench.only(Started)} == {ready}
    assert sink.numbers()[0] == bench.first


def test_a_closed_channel_takes_nothing_and_ends_what_was_on_it() -> None:
    bench = Bench(1)
    bench.pump.schedule(1, "đang", ArraySource(noise(FRAME * 10)), bench.first)
    bench.pump.schedule(1, "chờ", ArraySource(noise(FRAME)), bench.first + 50)
    bench.run(frames=4)
    bench.pump.close_channel(1)
    bench.run(frames=4)
    assert len(bench.heard()) == 4 * FRAME
    assert bench.sinks[1].rests == 1
    ends = {event.item_id: event for event in bench.only(Ended)}
    assert (ends["đang"].heard_ms, ends["đang"].complete, ends["đang"].reason) == (80, False, EndReason.CLOSED)
    assert (ends["chờ"].heard_ms, ends["chờ"].first_frame) == (0, None)
    with pytest.raises(Conflict):
        bench.pump.schedule(1, "nữa", ArraySource(noise(FRAME)), bench.first)


def test_idle_silence_reaches_only_the_sinks_that_want_it() -> None:
    clock = ManualClock(FIVE)
    pump = ManualPump(clock, lambda event: None)
    monitor, capture = RecordingSink("monitor", wants_idle=True), RecordingSink("capture")
    pump.add_channel(1, [monitor, capture])
    pump.run_until(FIVE + timedelta(milliseconds=40))
    pump.run_until(FIVE + timedelta(milliseconds=80))
    assert monitor.frames
    assert not monitor.samples().any()
    assert not capture.frames


def test_cut_fades_out_from_the_next_frame_and_counts_only_what_was_sent() -> None:
    bench = Bench(1)
    bench.pump.schedule(1, "dài", ArraySource(np.full(FRAME * 50, 10_000, np.int16)), bench.first)
    bench.run(frames=5)
    bench.pump.cut("dài", fade_ms=60)
    bench.run(frames=10)
    fade = bench.heard()[5 * FRAME : 8 * FRAME]
    assert fade[0] == 10_000
    assert (np.diff(fade.astype(int)) <= 0).all()
    assert fade[-1] < 10
    assert not bench.heard()[8 * FRAME :].any()
    end = bench.only(Ended)[0]
    assert (end.last_frame, end.heard_ms, end.complete, end.reason) == (bench.first + 7, 160, False, EndReason.CUT)


def test_cut_can_take_one_channel_from_an_item_and_leave_the_other() -> None:
    bench = Bench(1, 2)
    bench.pump.schedule([1, 2], "chung", ArraySource(noise(FRAME * 10)), bench.first)
    bench.run(frames=3)
    bench.pump.cut("chung", fade_ms=0, keys=[2])
    bench.run(frames=10)
    ends = {event.channel: event for event in bench.only(Ended)}
    assert (ends[1].heard_ms, ends[1].complete) == (200, True)
    assert (ends[2].heard_ms, ends[2].complete) == (60, False)
    assert not bench.heard(2)[3 * FRAME :].any()


def test_nothing_sounds_from_the_hard_stop_on() -> None:
    bench = Bench(1)
    bench.pump.schedule(1, "tiếp âm", ArraySource(noise(FRAME), loop=True), bench.first, until_frame=bench.first + 20)
    bench.pump.schedule(1, "muộn", ArraySource(noise(FRAME)), bench.first + 30, until_frame=bench.first + 25)
    bench.run(frames=40)
    assert bench.heard()[20 * FRAME - 500]
    assert not bench.heard()[20 * FRAME :].any()
    assert [(event.item_id, event.reason, event.heard_ms) for event in bench.only(Ended)] == [
        ("tiếp âm", EndReason.UNTIL, 400),
        ("muộn", EndReason.UNTIL, 0),
    ]


def test_the_red_button_sends_silence_while_the_item_runs_on_unheard() -> None:
    bench = Bench(1, 2)
    bench.pump.schedule([1, 2], "tin", ArraySource(noise(FRAME * 10)), bench.first)
    bench.run(frames=2)
    bench.pump.silence(1, on=True)
    bench.run(frames=3)
    bench.pump.silence(1, on=False)
    bench.run(frames=10)
    assert not bench.heard(1)[2 * FRAME : 5 * FRAME].any()
    assert np.array_equal(bench.heard(1)[5 * FRAME : 10 * FRAME], noise(FRAME * 10)[5 * FRAME :])
    ends = {event.channel: event for event in bench.only(Ended)}
    assert (ends[1].heard_ms, ends[1].complete, ends[1].reason) == (140, False, EndReason.FINISHED)
    assert ends[2].complete


def test_the_red_button_for_all_holds_for_a_channel_added_later() -> None:
    bench = Bench(1)
    bench.pump.silence(None, on=True)
    bench.pump.add_channel(9, [sink := RecordingSink()])
    bench.pump.open_channel(9)
    bench.pump.schedule([1, 9], "tin", ArraySource(noise(FRAME * 10)), bench.first)
    bench.run(frames=4)
    assert not bench.heard(1).any()
    assert not sink.samples().any()
    bench.pump.silence(None, on=False)
    bench.run(frames=4)
    assert sink.samples().any()
    assert not bench.pump.is_silenced(9)


def test_fade_in_and_gain_shape_the_sound_and_mixing_saturates() -> None:
    bench = Bench(1)
    full = np.full(FRAME * 4, 30_000, np.int16)
    bench.pump.schedule(1, "nhỏ", ArraySource(full), bench.first, fade_in_ms=20, gain_db=-6.0206)
    bench.run(frames=4)
    assert bench.heard()[0] == 0
    assert bench.heard()[FRAME // 2] == pytest.approx(7_500, abs=20)
    assert bench.heard()[FRAME * 2] == pytest.approx(15_000, abs=2)
    bench.pump.schedule(1, "x", ArraySource(full), bench.first)
    bench.pump.schedule(1, "y", ArraySource(full), bench.first)
    bench.run(frames=1)
    assert bench.heard()[-1] == 32_767


def test_heard_counts_nothing_while_every_sink_refuses() -> None:
    bench = Bench(1)
    bench.pump.schedule(1, "tin", ArraySource(noise(FRAME * 100)), bench.first)
    bench.run(frames=2)
    bench.sinks[1].fail("máy tăng âm mất điện")
    bench.run(frames=60)
    assert bench.pump.progress("tin").heard_ms == 40
    changed = bench.only(SinkChanged)[0]
    assert (changed.channel, changed.health.error) == (1, "máy tăng âm mất điện")


def test_progress_follows_an_item_and_forgets_it_afterwards() -> None:
    bench = Bench(1)
    bench.pump.schedule(1, "tin", ArraySource(noise(FRAME * 4)), bench.first + 2)
    assert bench.pump.progress("tin").first_frame is None
    bench.run(frames=4)
    assert bench.pump.progress("tin").first_frame == bench.first + 2
    assert bench.pump.progress("tin").by_channel == {1: 40}
    bench.run(frames=4)
    assert bench.pump.progress("tin") is None


@pytest.mark.parametrize(("takes", "complete"), [(0.25, False), (0.97, False), (0.985, True), (1.0, True)])
def test_frames_the_card_drops_are_not_heard_and_over_two_per_cent_is_not_whole(takes: float, complete: bool) -> None:
    """Một cạc chỉ lấy một phần tư số khung từng được tính là đã phát trọn."""
    bench = Bench(1)
    bench.sinks[1].takes = takes
    bench.pump.schedule(1, "tin", ArraySource(noise(FRAME * 400)), bench.first)
    bench.run(frames=420)
    (end,) = bench.only(Ended)
    assert end.heard_ms == pytest.approx(8000 * takes, abs=40)
    assert end.heard_ms + end.lost_ms == 8000
    assert end.complete is complete


def test_a_broken_source_ends_its_item_and_nothing_else() -> None:
    class Broken(ArraySource):
        def read(self, count: int, *, wait: bool = False) -> np.ndarray:
            raise OSError("đĩa hỏng")

    bench = Bench(1)
    bench.pump.schedule(1, "hỏng", Broken(noise(FRAME)), bench.first)
    bench.pump.schedule(1, "lành", ArraySource(noise(FRAME)), bench.first)
    bench.run(frames=3)
    assert {event.item_id: event.reason for event in bench.only(Ended)} == {
        "hỏng": EndReason.FAILED,
        "lành": EndReason.FINISHED,
    }


def test_a_throwing_sink_and_a_throwing_listener_stop_nobody() -> None:
    class Rude(RecordingSink):
        def push(self, frame_number: int, frame: np.ndarray) -> bool:
            raise RuntimeError("đầu ra viết sai")

    clock = ManualClock(FIVE)

    def listener(event: PumpEvent) -> None:
        raise RuntimeError("người nghe viết sai")

    pump = ManualPump(clock, listener)
    pump.add_channel(1, [Rude(), good := RecordingSink()])
    pump.open_channel(1)
    pump.schedule(1, "tin", ArraySource(noise(FRAME)), pump.frame_now())
    pump.run_until(FIVE + timedelta(milliseconds=100))
    assert len(good.frames) == 5


def test_unknown_and_doubled_keys_are_refused() -> None:
    bench = Bench(1)
    bench.pump.schedule(1, "tin", SilenceSource(1000), bench.first)
    with pytest.raises(Conflict):
        bench.pump.schedule(1, "tin", SilenceSource(1000), bench.first)
    with pytest.raises(NotFound):
        bench.pump.schedule([1, 7], "khác", SilenceSource(1000), bench.first)
    with pytest.raises(Conflict):
        bench.pump.add_channel(1, [])
    with pytest.raises(Invalid):
        bench.pump.schedule([], "khác", SilenceSource(1000), bench.first)
    bench.pump.schedule([1, 1], "đôi", ArraySource(noise(FRAME)), bench.first)
    bench.run(frames=2)
    assert [event.item_id for event in bench.only(Ended)] == ["đôi"]


def test_levels_are_those_of_the_last_second() -> None:
    bench = Bench(1)
    assert bench.pump.levels(1).peak_dbfs == -120.0
    bench.pump.schedule(1, "to", ArraySource(np.full(SECOND * FRAME, 16_384, np.int16)), bench.first)
    bench.run(frames=SECOND)
    assert bench.pump.levels(1).rms_dbfs == pytest.approx(-6.02, abs=0.01)
    bench.run(frames=SECOND)
    assert bench.pump.levels(1).rms_dbfs == -120.0


def test_stopping_ends_every_item_and_closes_every_sink() -> None:
    bench = Bench(1, 2)
    bench.pump.schedule([1, 2], "tin", SilenceSource(9000), bench.first)
    bench.run(frames=2)
    bench.pump.stop()
    assert [event.reason for event in bench.only(Ended)] == [EndReason.CLOSED] * 2
    assert bench.pump.channels() == ()


def _sources(lengths: list[int]) -> list[Source]:
    return [ArraySource(np.full(length, 1000, np.int16)) for length in lengths]


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.integers(0, 30), st.sampled_from([(1,), (2,), (1, 2)]), st.integers(-1, 40)),
        max_size=6,
    )
)
def test_every_scheduled_leg_ends_once_and_heard_is_what_the_sinks_got(
    plan: list[tuple[int, int, tuple[int, ...], int]],
) -> None:
    bench = Bench(1, 2)
    sources = _sources([length for length, *_ in plan])
    for number, ((_, at, keys, _), source) in enumerate(zip(plan, sources, strict=True)):
        bench.pump.schedule(keys, number, source, bench.first + at)
    for frame in range(45):
        for number, (*_, cut_at) in enumerate(plan):
            if cut_at == frame:
                bench.pump.cut(number, fade_ms=0)
        bench.run(frames=1)
    ends = {(event.item_id, event.channel): event for event in bench.only(Ended)}
    assert len(bench.only(Ended)) == len(ends) == sum(len(keys) for _, _, keys, _ in plan)
    assert all(event.complete == (event.reason is EndReason.FINISHED) for event in ends.values())
    for key in (1, 2):
        sent = int(bench.heard(key).astype(int).sum()) // 1000
        heard = sum(event.heard_ms for event in ends.values() if event.channel == key)
        assert sent // 48 - len(plan) <= heard <= sent / 48


def test_silence_frames_are_shared_not_copied() -> None:
    bench = Bench(1)
    bench.run(frames=3)
    assert all(frame is SILENCE for _, frame in bench.sinks[1].frames)


class Hung(ArraySource):
    """Ổ đĩa treo: sau ``left`` khung thì không bao giờ có thêm mẫu nào."""

    def __init__(self, samples: np.ndarray, left: int) -> None:
        super().__init__(samples)
        self.left, self.closed = left, False

    def read(self, count: int, *, wait: bool = False) -> np.ndarray | None:
        self.left -= 1
        return super().read(count) if self.left >= 0 else None

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("left", "frames"), [(0, 5 * SECOND + 2), (25, 2 * SECOND + 2)])
def test_a_source_on_a_hung_disk_ends_as_failed_and_what_follows_sounds(left: int, frames: int) -> None:
    """Chưa có mẫu nào thì chờ năm giây rồi thôi; treo giữa chừng thì mục hết đúng lúc đáng lẽ hết. Buổi không bao giờ đứng."""
    bench = Bench(1)
    hung = Hung(noise(FRAME * 2 * SECOND), left)
    bench.pump.schedule(1, "treo", hung, bench.first)
    bench.run(frames=frames)
    (ended,) = bench.only(Ended)
    assert (ended.reason, ended.complete, ended.heard_ms) == (EndReason.FAILED, False, left * 20)
    assert hung.closed
    bench.pump.schedule(1, "tin", ArraySource(noise(FRAME)), bench.pump.frame_now())
    bench.run(frames=3)
    assert bench.only(Ended)[-1].reason is EndReason.FINISHED
