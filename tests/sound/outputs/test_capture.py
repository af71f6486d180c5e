"""Ghi lưu: nối các đoạn lại phải ra đúng từng mẫu đã gửi, kể cả sau khi bị tắt ngang."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.errors import Invalid
from broadcaster.sound.frames import FRAME, frame_at, wall_of
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.segments import leftovers, prune, read_capture, rescue, segments
from broadcaster.sound.outputs.simulated import DirectSink, ManualPump
from broadcaster.sound.sources import ArraySource

FIVE = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def recover(folder: Path) -> list[Path]:
    return [saved for path in leftovers(folder) if (saved := rescue(path))]


def noise(samples: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-20_000, 20_000, samples, dtype=np.int16)


def write(folder: Path, first: int, samples: np.ndarray, *, tidy: bool = True) -> None:
    """Ghi ``samples`` thành khung kể từ ``first``; ``tidy`` sai: bỏ ngang như bị giết."""
    store = CaptureStore(folder, SystemClock())
    writer = store.writer(7)
    writer.open()
    for index in range(len(samples) // FRAME):
        writer.write(first + index, samples[index * FRAME : (index + 1) * FRAME])
    if tidy:
        writer.close()
    else:
        assert writer._file is not None
        writer._file.close()
    store.close()


def test_segments_break_at_the_minute_and_concatenate_exactly(tmp_path: Path) -> None:
    tune = noise(FRAME * 3200)
    start = FIVE + timedelta(seconds=58)
    write(tmp_path, frame_at(start), tune)
    found = segments(tmp_path, "7")
    assert [one.path.name for one in found] == [
        "7_20260801T050058.000Z.flac",
        "7_20260801T050100.000Z.flac",
        "7_20260801T050200.000Z.flac",
    ]
    assert np.array_equal(np.concatenate([soundfile.read(one.path, dtype="int16")[0] for one in found]), tune)
    assert not list(tmp_path.glob("*/*.wav"))


def test_what_the_pump_sent_is_what_the_capture_says_with_its_instant(tmp_path: Path) -> None:
    clock = ManualClock(FIVE)
    store = CaptureStore(tmp_path, clock)
    pump = ManualPump(clock, lambda event: None)
    pump.add_channel(7, [DirectSink(store.writer(7))])
    tune = noise(FRAME * 60 + 17)
    pump.open_channel(7)
    pump.schedule(7, "tin", ArraySource(tune), frame_at(FIVE + timedelta(seconds=1)))
    pump.run_until(FIVE + timedelta(seconds=4))
    pump.close_channel(7)
    pump.run_until(FIVE + timedelta(seconds=60))
    store.close()
    samples, start = store.read(7, FIVE, FIVE + MINUTE)
    assert start == FIVE
    assert len(samples) == 4 * 48_000
    assert np.array_equal(samples[48_000 : 48_000 + len(tune)], tune)
    half, start = store.read(7, FIVE + timedelta(seconds=1), FIVE + timedelta(seconds=2))
    assert start == FIVE + timedelta(seconds=1)
    assert np.array_equal(half, tune[:48_000])


@settings(max_examples=25, deadline=None)
@given(
    runs=st.lists(st.tuples(st.integers(1, 200), st.integers(1, 40)), min_size=1, max_size=5),
    offset=st.integers(-100, 100),
)
def test_any_pattern_of_open_and_closed_reads_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[int, int]], offset: int
) -> None:
    folder = tmp_path_factory.mktemp("capture")
    first = frame_at(FIVE + MINUTE) + offset
    timeline = np.zeros(sum(rest + length for rest, length in runs) * FRAME, np.int16)
    store = CaptureStore(folder, SystemClock())
    writer = store.writer(7)
    writer.open()
    at = 0
    for rest, length in runs:
        at += rest
        for frame in range(at, at + length):
            timeline[frame * FRAME : (frame + 1) * FRAME] = noise(FRAME, frame)
            writer.write(first + frame, timeline[frame * FRAME : (frame + 1) * FRAME])
        at += length
    writer.close()
    store.close()
    samples, start = read_capture(folder, 7, wall_of(first), wall_of(first + at))
    assert start == wall_of(first + runs[0][0])
    assert np.array_equal(samples, timeline[runs[0][0] * FRAME :])


@pytest.mark.parametrize("cut_bytes", [0, 1, 777, FRAME * 2])
def test_a_killed_capture_is_repaired_to_the_last_whole_sample(tmp_path: Path, cut_bytes: int) -> None:
    tune = noise(FRAME * 20)
    first = frame_at(FIVE)
    write(tmp_path, first, tune, tidy=False)
    (wav,) = tmp_path.glob("7/*.wav")
    with wav.open("r+b") as file:
        file.truncate(wav.stat().st_size - cut_bytes)
    (tmp_path / "7" / "7_20260801T045900.000Z.tmp").write_bytes(b"fLaC")
    (flac,) = recover(tmp_path)
    whole = tune[: (len(tune) * 2 - cut_bytes) // 2]
    assert np.array_equal(soundfile.read(flac, dtype="int16")[0], whole)
    assert np.array_equal(read_capture(tmp_path, 7, FIVE, FIVE + MINUTE)[0], whole)
    assert [path.name for path in (tmp_path / "7").iterdir()] == ["7_20260801T050000.000Z.flac"]


CHILD = """
import sys
import threading
from pathlib import Path
from broadcaster.clock import SystemClock
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import ArraySource
import numpy as np

clock = SystemClock()
store = CaptureStore(Path(sys.argv[1]), clock)
pump = Pump(clock, lambda event: None)
pump.add_channel(7, [store.sink(7)])
pump.open_channel(7)
tune = np.random.default_rng(5).integers(1, 20_000, 48_000 * 60, dtype=np.int16)
pump.schedule(7, "tin", ArraySource(tune), pump.frame_now())
pump.start()
while pump.progress("tin").heard_ms < 1300:
    clock.wait(threading.Event(), 0.05)
print("on air", flush=True)
sys.stdin.read()
"""


def test_a_real_kill_in_the_middle_loses_less_than_half_a_second(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"on air\n"
        child.kill()
    saved = recover(tmp_path)
    assert saved
    samples = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in saved])
    tune = np.random.default_rng(5).integers(1, 20_000, 48_000 * 60, dtype=np.int16)
    assert len(samples) > 0.8 * 48_000
    assert np.array_equal(samples, tune[: len(samples)])


def test_the_store_rescues_what_was_left_beside_what_it_writes(tmp_path: Path) -> None:
    write(tmp_path, frame_at(FIVE), noise(FRAME * 5), tidy=False)
    store = CaptureStore(tmp_path, SystemClock())
    writer = store.writer(7)
    writer.open()
    writer.write(frame_at(FIVE + MINUTE), noise(FRAME))
    store.close()
    writer.close()
    names = sorted(path.name for path in (tmp_path / "7").iterdir())
    assert names == ["7_20260801T050000.000Z.flac", "7_20260801T050100.000Z.wav"], "đoạn đang ghi không bị coi là đoạn sót"


def test_a_capture_killed_before_its_first_sample_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "7_20260801T050000.000Z.wav").write_bytes(b"RIFF")
    (tmp_path / "7" / "ghi-chu.wav").write_bytes(b"cua nguoi khac")
    assert recover(tmp_path) == []
    assert [path.name for path in (tmp_path / "7").iterdir()] == ["ghi-chu.wav"]


def test_one_segment_that_cannot_be_saved_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, frame_at(FIVE), noise(FRAME * 5), tidy=False)
    (tmp_path / "7" / "7_20260801T045900.000Z.wav").mkdir()
    assert [path.name for path in recover(tmp_path)] == ["7_20260801T050000.000Z.flac"]


def test_a_kill_between_flac_and_wav_is_read_once(tmp_path: Path) -> None:
    tune = noise(FRAME * 5)
    write(tmp_path, frame_at(FIVE), tune, tidy=False)
    (wav,) = tmp_path.glob("7/*.wav")
    soundfile.write(wav.with_suffix(".flac"), tune, 48_000)
    assert np.array_equal(read_capture(tmp_path, 7, FIVE, FIVE + MINUTE)[0], tune)
    recover(tmp_path)
    assert not wav.exists()


def test_a_clock_set_back_never_overwrites_a_segment(tmp_path: Path) -> None:
    for seed in (1, 2):
        write(tmp_path, frame_at(FIVE), noise(FRAME * 3, seed))
    found = segments(tmp_path, "7")
    assert [one.start for one in found] == [FIVE, FIVE]
    assert np.array_equal(soundfile.read(found[0].path, dtype="int16")[0], noise(FRAME * 3, 1))
    assert np.array_equal(soundfile.read(found[1].path, dtype="int16")[0], noise(FRAME * 3, 2))


def test_prune_takes_only_what_ended_before_the_limit(tmp_path: Path) -> None:
    for minutes in (0, 1, 2):
        write(tmp_path, frame_at(FIVE + minutes * MINUTE), noise(FRAME))
    assert prune(tmp_path, FIVE + 2 * MINUTE) == 2
    assert [one.start for one in segments(tmp_path)] == [FIVE + 2 * MINUTE]


def test_nothing_captured_is_an_empty_answer(tmp_path: Path) -> None:
    samples, start = read_capture(tmp_path, 7, FIVE, FIVE + MINUTE)
    assert (len(samples), start) == (0, FIVE)


def test_a_channel_key_must_fit_a_file_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        read_capture(tmp_path, "../etc", FIVE, FIVE + MINUTE)
