"""Đọc mọi tệp âm thanh người ta đưa tới thành âm chuẩn của nhà; giải mã từng khúc và có trần, để tệp bẫy không ăn hết máy."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile
import soxr

from broadcaster.errors import BadRecording
from broadcaster.sound.pcm import RATE, Floats, Samples, to_samples

MAX_BYTES = 200_000_000
MAX_MINUTES = 60
_BLOCK = 65_536


def read_any(source: bytes | Path, *, max_bytes: int = MAX_BYTES, max_minutes: int = MAX_MINUTES) -> Samples:
    """Giải mã wav, flac, ogg, opus hay mp3 thành 48 kHz một kênh; nhiều kênh thì trộn đều.

    ``BadRecording`` khi quá nặng, quá dài, rỗng hoặc không phải âm thanh.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > max_bytes:
        raise BadRecording(f"Tệp nặng quá {max_bytes // 1_000_000} MB. Hãy xuất lại dạng MP3 hoặc cắt ngắn rồi tải lên.")
    try:
        with soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else source) as file:
            return _decode(file, max_minutes)
    except soundfile.LibsndfileError as error:
        raise BadRecording("Không mở được tệp âm thanh này. Hãy xuất lại dạng WAV, MP3, FLAC, OGG hoặc OPUS.") from error


def _decode(file: soundfile.SoundFile, max_minutes: int) -> Samples:
    limit = max_minutes * 60 * file.samplerate
    stream = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32", quality="HQ")
    parts: list[Samples] = []
    seen = 0
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        seen += len(block)
        if seen > limit:
            raise BadRecording(f"Tệp dài quá {max_minutes} phút. Hãy cắt thành nhiều tệp ngắn hơn.")
        parts.append(to_samples(stream.resample_chunk(_mono(block))))
    parts.append(to_samples(stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)))
    if not seen:
        raise BadRecording("Tệp âm thanh rỗng. Hãy kiểm tra và tải lại tệp khác.")
    return np.concatenate(parts)


def _mono(block: Floats) -> Floats:
    return np.ascontiguousarray(block.mean(axis=1, dtype=np.float32))
