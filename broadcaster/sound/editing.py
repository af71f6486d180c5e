"""Cắt dán tiếng bằng pydub: cắt đúng độ dài, vuốt đầu đuôi, nối có khoảng lặng, lót nhạc nền. Không dùng pydub để giải mã."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from broadcaster.errors import Invalid
from broadcaster.sound.pcm import RATE, Samples, frames, silence

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub nhắc tìm ffmpeg, thứ ta không cần, và dùng cú pháp cũ
    from pydub import AudioSegment

DEFAULT_FADE_MS = 800


def cut(samples: Samples, length_ms: int, *, fade_ms: int = DEFAULT_FADE_MS) -> Samples:
    """Không dài quá ``length_ms``; phần bị cắt được vuốt nhỏ dần trong ``fade_ms`` cuối, tệp ngắn hơn thì giữ nguyên."""
    if length_ms < 1:
        raise Invalid("Độ dài cần cắt phải lớn hơn 0.")
    if len(samples) <= frames(length_ms):
        return samples
    kept = samples[: frames(length_ms)]
    if fade_ms < 1:
        return kept
    return _samples(_segment(kept).fade_out(min(fade_ms, length_ms)))


def fit_loop(samples: Samples, length_ms: int, *, fade_ms: int = DEFAULT_FADE_MS) -> Samples:
    """Lặp nối liền cho tới đúng ``length_ms`` rồi vuốt đuôi."""
    if not len(samples):
        raise Invalid("Nhạc nền rỗng. Hãy chọn tệp khác.")
    turns = -(-frames(length_ms) // len(samples))
    return cut(np.concatenate([np.tile(samples, turns), silence(1)]), length_ms, fade_ms=fade_ms)


def join(parts: Sequence[Samples], *, gap_ms: int = 0) -> Samples:
    """Nối các phần theo thứ tự, giữa hai phần có ``gap_ms`` lặng."""
    pieces: list[Samples] = []
    for part in parts:
        pieces += [part, silence(gap_ms)]
    return np.concatenate(pieces[:-1]) if pieces else silence(0)


def lay_under(speech: Samples, bed: Samples, *, under_db: float = 18.0, lead_ms: int = 0, fade_ms: int = 1_500) -> Samples:
    """Lời trên nền nhạc nhỏ hơn ``under_db``; nhạc vào trước lời và ra sau lời ``lead_ms``, vuốt hai đầu."""
    whole = _segment(np.concatenate([silence(lead_ms), speech, silence(lead_ms)]))
    music = _segment(fit_loop(bed, len(whole), fade_ms=fade_ms)).fade_in(max(1, min(fade_ms, len(whole))))
    return _samples(whole.overlay(music - under_db))


def _segment(samples: Samples) -> Any:
    return AudioSegment(samples.tobytes(), sample_width=2, frame_rate=RATE, channels=1)


def _samples(segment: Any) -> Samples:
    return np.frombuffer(segment.raw_data, dtype=np.int16)
