"""Khẩn cấp chiếm đường ra: mục đang phát nhường đúng khung, vang nốt đúng mẫu, kênh khác không mất gì."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.clock import ManualClock
from broadcaster.sound.events import Ended, EndReason, Held, PumpEvent, Resumed
from broadcaster.sound.frames import FRAME, RATE, Samples
from broadcaster.sound.outputs.simulated import ManualPump, RecordingSink
from broadcaster.sound.sources import ArraySource, ChainSource, FileSource, LoopSource, SilenceSource, Source

FIVE = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)


class Bench:
    """Bộ bơm quay tay, các kênh ghi vào bộ nhớ."""

    def __init__(self, *keys: int) -> None:
        self.clock = ManualClock(FIVE)
        self.events: list[PumpEvent] = []
        self.pump = ManualPump(self.clock, self.events.append)
        self.sinks = {key: RecordingSink() for key in keys}
        for key, sink in self.sinks.items():
            self.pump.add_channel(key, [sink])
            self.pump.open_channel(key)
        self.first = self.pump.frame_now()

    def run(self, frames: int) -> None:
        self.pump.run_until(self.clock.now() + timedelta(milliseconds=20 * frames))

    def heard(self, key: int) -> Samples:
        return self.sinks[key].samples()

    def ends(self, item: object) -> list[Ended]:
        return [event for event in self.events if isinstance(event, Ended) and event.item_id == item]


def noise(frames: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).integers(1, 20_000, frames * FRAME, dtype=np.int16)


def cut(samples: Samples, first: int, frames: int) -> Samples:
    return samples[first * FRAME : (first + frames) * FRAME]


def test_the_item_gives_way_at_the_next_frame_and_goes_on_at_the_very_sample() -> None:
    bench, item, urgent = Bench(1), noise(20), noise(5, 2)
    bench.pump.schedule(1, "tin", ArraySource(item), bench.first)
    bench.pump.schedule(1, "sau", ArraySource(noise(3, 3)), bench.first + 20)
    bench.run(8)
    frame = bench.pump.preempt([1], "khẩn", ArraySource(urgent))
    assert frame == bench.first + 8
    bench.run(30)
    heard = bench.heard(1)
    assert np.array_equal(cut(heard, 0, 8), cut(item, 0, 8))
    assert np.array_equal(cut(heard, 8, 5), urgent)
    assert np.array_equal(heard[13 * FRAME + RATE // 100 : 25 * FRAME], item[8 * FRAME + RATE // 100 :])
    assert np.array_equal(cut(heard, 25, 3), noise(3, 3))
    (end,) = bench.ends("tin")
    assert (end.complete, end.reason, end.heard_ms) == (True, EndReason.FINISHED, 400)
    held = next(event for event in bench.events if isinstance(event, Held))
    resumed = next(event for event in bench.events if isinstance(event, Resumed))
    assert (held.item_id, held.frame, held.heard_ms) == ("tin", frame, 160)
    assert (resumed.item_id, resumed.frame, resumed.paused_frames) == ("tin", frame + 5, 5)


def test_elsewhere_the_item_goes_on_untouched() -> None:
    bench, item, urgent = Bench(1, 2, 3), noise(20), noise(5, 2)
    bench.pump.schedule([1, 2, 3], "tin", ArraySource(item), bench.first)
    bench.run(8)
    bench.pump.preempt([2], "khẩn", ArraySource(urgent))
    bench.run(30)
    for key in (1, 3):
        assert np.array_equal(cut(bench.heard(key), 0, 20), item)
    assert np.array_equal(cut(bench.heard(2), 8, 5), urgent)
    assert np.array_equal(bench.heard(2)[13 * FRAME + RATE // 100 : 25 * FRAME], item[8 * FRAME + RATE // 100 :])
    assert [end.complete for end in bench.ends("tin")] == [True, True, True]


def test_an_urgent_bulletin_that_is_stopped_lets_the_item_go_on() -> None:
    bench = Bench(1)
    bench.pump.schedule(1, "tin", ArraySource(noise(20)), bench.first)
    bench.run(4)
    bench.pump.preempt([1], "khẩn", ArraySource(noise(500, 2)))
    bench.run(10)
    bench.pump.cut("khẩn", fade_ms=0)
    bench.run(30)
    assert bench.ends("tin")[0].complete
    assert bench.ends("khẩn")[0].reason is EndReason.CUT


def test_it_sounds_at_once_on_a_path_that_is_still_warming_up() -> None:
    bench = Bench()
    sink = RecordingSink()
    bench.pump.add_channel(9, [sink])
    bench.pump.open_channel(9, lead_ms=5000, holder="khẩn")
    bench.pump.preempt([9], "khẩn", ArraySource(noise(3)))
    bench.run(3)
    assert np.array_equal(sink.samples(), noise(3))


def test_a_programme_that_lets_go_does_not_close_the_path_under_an_urgent_bulletin() -> None:
    bench = Bench(1)
    bench.pump.open_channel(1, holder="khẩn")
    bench.pump.preempt([1], "khẩn", ArraySource(noise(10)))
    bench.run(3)
    bench.pump.close_channel(1)
    bench.run(10)
    assert bench.pump.is_open(1)
    assert bench.ends("khẩn")[0].complete
    bench.pump.close_channel(1, holder="khẩn")
    assert not bench.pump.is_open(1)


def test_the_path_tells_when_it_will_be_free_and_not_while_it_gives_way() -> None:
    bench = Bench(1)
    assert bench.pump.busy_until(1) == bench.first
    bench.pump.schedule(1, "tin", ArraySource(noise(20)), bench.first + 5)
    assert bench.pump.busy_until(1) == bench.first + 25
    bench.run(10)
    bench.pump.preempt([1], "khẩn", ArraySource(noise(5)))
    assert bench.pump.busy_until(1) is None
    bench.run(6)
    assert bench.pump.busy_until(1) == bench.first + 30


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_taken_when_every_path_hears_the_whole_item_once(data: st.DataObject) -> None:
    """Luật: mỗi kênh nghe trọn mục theo thứ tự, mọi lần nhường chỉ chen vào giữa; mỗi kênh một kết thúc."""
    keys = [1, 2, 3]
    bench, item = Bench(*keys), np.full(FRAME * 12, 7, np.int16)
    item[:] = np.arange(1, len(item) + 1)
    bench.pump.schedule(keys, "tin", ArraySource(item), bench.first + 2)
    for number in range(data.draw(st.integers(1, 4))):
        bench.run(data.draw(st.integers(0, 6)))
        taken = data.draw(st.sets(st.sampled_from(keys), min_size=1))
        frames = data.draw(st.integers(1, 6))
        bench.pump.preempt(taken, f"khẩn-{number}", ArraySource(np.full(FRAME * frames, -1, np.int16)))
        if data.draw(st.booleans()):
            bench.run(data.draw(st.integers(0, 3)))
            bench.pump.cut(f"khẩn-{number}", fade_ms=0)
    bench.run(60)
    for key in keys:
        frames = bench.heard(key).reshape(-1, FRAME)
        assert int((frames > 0).any(axis=1).sum()) == 12
        tail = [frame for frame in frames if (frame > 0).any()][-1]
        assert tail[-1] == item[-1]
    assert sorted(end.channel for end in bench.ends("tin")) == keys
    assert all(end.complete and end.heard_ms == 240 for end in bench.ends("tin"))


def test_every_source_forks_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, noise(30), RATE, subtype="PCM_16")
    sources: list[Source] = [
        ArraySource(noise(30)),
        ArraySource(noise(4), loop=True),
        SilenceSource(600),
        FileSource(path),
        LoopSource(FileSource(path, loop=True), length_ms=900),
        ChainSource([ArraySource(noise(3)), SilenceSource(100), FileSource(path)]),
    ]
    for source in sources:
        source.read(FRAME * 7 + 11, wait=True)
        twin = source.fork()
        rest, again = source.read(FRAME * 20, wait=True), twin.read(FRAME * 20, wait=True)
        assert rest is not None
        assert again is not None
        assert np.array_equal(rest, again)
        assert source.samples == twin.samples
        source.close()
        twin.close()


def test_a_chain_joins_its_parts_without_a_gap() -> None:
    parts = [noise(2)[:1500], noise(1, 2)[:3], noise(3, 3)]
    chain = ChainSource([ArraySource(part) for part in parts])
    assert chain.samples == sum(map(len, parts))
    read: list[Samples] = []
    while (block := chain.read(FRAME)) is not None and len(block):
        read.append(block)
    assert np.array_equal(np.concatenate(read), np.concatenate(parts))


def test_an_item_whose_file_is_gone_when_it_must_be_split_fails_alone_and_every_channel_gets_its_end(tmp_path: Path) -> None:
    """Lỗi đã gặp: tách mục mở lại tệp dưới khoá bộ bơm; tệp mất thì mục không có kết thúc, buổi không bao giờ khép."""
    bench, path = Bench(1, 2), tmp_path / "tin.flac"
    soundfile.write(path, noise(500), RATE, subtype="PCM_16")
    bench.pump.schedule([1, 2], "tin", FileSource(path), bench.first)
    bench.run(20)
    path.unlink()
    bench.pump.preempt([2], "khẩn", ArraySource(noise(5, 2)))
    bench.run(600)
    ends = {end.channel: (end.reason, end.complete) for end in bench.ends("tin")}
    assert ends == {1: (EndReason.FINISHED, True), 2: (EndReason.FAILED, False)}
    assert [end.complete for end in bench.ends("khẩn")] == [True]
