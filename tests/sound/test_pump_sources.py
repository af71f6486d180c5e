"""Nguồn tiếng: đọc đúng từng mẫu, đọc trước không chạm đĩa ở luồng bơm, cắt và lặp đúng độ dài."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.errors import BadRecording, Invalid
from broadcaster.sound.frames import FRAME, RATE
from broadcaster.sound.sources import ArraySource, FileSource, LoopSource, SilenceSource, Source


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(3).integers(-20_000, 20_000, samples, dtype=np.int16)


def saved(folder: Path, samples: np.ndarray, *, rate: int = RATE) -> Path:
    path = folder / ("tin.flac" if len(samples) else "rong.wav")  # libsndfile không mở lại FLAC rỗng
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return path


def drained(source: Source, limit: int = 10**9) -> np.ndarray:
    pieces: list[np.ndarray] = []
    while sum(map(len, pieces)) < limit:
        piece = source.read(FRAME, wait=True)
        assert piece is not None
        pieces.append(piece)
        if len(piece) < FRAME:
            break
    return np.concatenate(pieces)


@pytest.mark.parametrize("samples", [0, 1, FRAME, RATE // 2, RATE * 5 + 77])
def test_a_file_reads_back_exactly_and_knows_its_length(tmp_path: Path, samples: int) -> None:
    tune = noise(samples)
    source = FileSource(saved(tmp_path, tune))
    assert (source.samples, source.frames, source.duration_ms) == (samples, -(-samples // FRAME), samples * 1000 // RATE)
    assert np.array_equal(drained(source), tune)
    source.close()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40_000)), max_size=8))
def test_skipping_is_the_same_for_a_file_as_for_an_array(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int]]
) -> None:
    tune = noise(RATE * 2 + 5)
    file, array = FileSource(saved(tmp_path_factory.mktemp("s"), tune)), ArraySource(tune)
    for skips, count in steps:
        if skips:
            file.skip(count)
            array.skip(count)
        else:
            assert np.array_equal(file.read(count, wait=True), array.read(count))
    assert np.array_equal(drained(file), drained(array))
    file.close()


@pytest.mark.parametrize("samples", [FRAME * 3 + 5, RATE // 2, RATE])
def test_looping_repeats_without_a_seam(tmp_path: Path, samples: int) -> None:
    tune = noise(samples)
    want = np.resize(tune, FRAME * 400)
    file = FileSource(saved(tmp_path, tune), loop=True)
    assert file.samples is None
    assert np.array_equal(drained(file, FRAME * 400), want)
    assert np.array_equal(drained(ArraySource(tune, loop=True), FRAME * 400), want)
    file.close()


def test_a_loop_shorter_than_a_frame_still_fills_it() -> None:
    source = ArraySource(np.array([1, 2, 3], np.int16), loop=True)
    assert list(source.read(8)) == [1, 2, 3, 1, 2, 3, 1, 2]
    assert list(source.read(2)) == [3, 1]


def test_a_file_never_waits_unless_asked(tmp_path: Path) -> None:
    source = FileSource(saved(tmp_path, noise(RATE * 10)))
    while source.read(RATE) is not None:  # nhanh hơn đĩa đọc trước: sớm muộn cũng phải hụt
        pass
    assert len(source.read(RATE, wait=True)) in (0, RATE)
    source.close()


@pytest.mark.parametrize("content", [b"", b"<html>captcha</html>"])
def test_a_file_that_is_not_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tin.flac"
    path.write_bytes(content)
    with pytest.raises(BadRecording):
        FileSource(path)
    with pytest.raises(BadRecording):
        FileSource(tmp_path / "khong-co.flac")


def test_a_file_of_another_rate_or_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecording):
        FileSource(saved(tmp_path, noise(RATE), rate=44_100))
    with pytest.raises(BadRecording):
        FileSource(saved(tmp_path, noise(RATE * 2).reshape(-1, 2)))
    with pytest.raises(BadRecording):
        ArraySource(noise(RATE * 2).reshape(-1, 2))
    with pytest.raises(Invalid):
        ArraySource(noise(0), loop=True)
    with pytest.raises(BadRecording):
        FileSource(saved(tmp_path, noise(0)), loop=True)


def test_filler_is_cut_to_length_and_fades_to_nothing() -> None:
    source = LoopSource(ArraySource(np.full(RATE, 10_000, np.int16), loop=True), length_ms=3000, fade_out_ms=1000)
    assert (source.duration_ms, source.frames) == (3000, 150)
    samples = drained(source)
    assert len(samples) == 3 * RATE
    assert (samples[: 2 * RATE] == 10_000).all()
    assert samples[int(2.5 * RATE)] == pytest.approx(5000, abs=2)
    assert (np.diff(samples[2 * RATE :].astype(int)) <= 0).all()
    assert samples[-1] < 5


def test_filler_too_short_for_its_place_is_refused() -> None:
    with pytest.raises(Invalid):
        LoopSource(SilenceSource(1000), length_ms=2000)


def test_silence_has_its_length() -> None:
    source = SilenceSource(50)
    source.skip(480)
    assert source.duration_ms == 50
    assert len(drained(source)) == 2400 - 480
