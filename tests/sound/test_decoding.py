"""Tệp người ta mang tới: dạng nào cũng về âm chuẩn, tệp bẫy bị chặn bằng lời nói được."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from broadcaster.errors import BadRecording
from broadcaster.sound.decoding import read_any
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.pcm import RATE, to_float, to_samples


def chirp(rate: int, channels: int, seconds: float = 1.0) -> bytes:
    time = np.arange(round(rate * seconds)) / rate
    mono = 0.5 * np.sin(2 * np.pi * 500 * time)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.column_stack([mono] * channels), rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_becomes_the_house_rate(rate: int, channels: int) -> None:
    samples = read_any(chirp(rate, channels))
    assert len(samples) == pytest.approx(RATE, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(samples[:RATE], RATE))) == 500
    assert np.abs(to_float(samples)).max() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("kind", "subtype"), [("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")])
def test_any_format_is_read(kind: str, subtype: str, tmp_path: Path) -> None:
    samples = read_any(chirp(RATE, 1))
    path = tmp_path / "tep.bin"
    soundfile.write(path, samples, RATE, format=kind, subtype=subtype)
    assert len(read_any(path)) == pytest.approx(RATE, abs=RATE // 10)


def test_two_opposite_channels_cancel_as_in_a_mono_loudspeaker() -> None:
    buffer = io.BytesIO()
    noise = np.random.default_rng(3).normal(0, 0.1, RATE)
    soundfile.write(buffer, np.column_stack([noise, -noise]), RATE, format="WAV", subtype="FLOAT")
    assert np.abs(read_any(buffer.getvalue())).max() <= 1


def test_over_full_scale_is_clipped_not_wrapped() -> None:
    assert to_samples(np.array([1.5, -1.5], dtype=np.float32)).tolist() == [32_767, -32_768]


@pytest.mark.parametrize("junk", [b"", b"<html>429</html>", b"\x00" * 5000, encode_mp3(np.zeros(0, dtype=np.int16))])
def test_what_is_not_sound_is_refused(junk: bytes) -> None:
    with pytest.raises(BadRecording):
        read_any(junk)


def test_an_empty_wav_is_refused() -> None:
    with pytest.raises(BadRecording, match="rỗng"):
        read_any(chirp(RATE, 1, 0.0))


def test_a_file_that_unfolds_beyond_the_limit_is_stopped() -> None:
    with pytest.raises(BadRecording, match="quá 1 phút"):
        read_any(chirp(8_000, 1, 61.0), max_minutes=1)


def test_a_heavy_file_is_not_even_opened() -> None:
    with pytest.raises(BadRecording, match="nặng quá"):
        read_any(chirp(RATE, 1), max_bytes=1000)
