"""Tiến trình con giải mã tệp người ta đưa tới: tệp nào cũng coi là bẫy, nên bộ nhớ, giờ máy và dung lượng ghi đều có trần.

Nhận ``Ask`` qua ống, trả ``Answer`` hoặc một câu từ chối; tiếng đã làm chủ nằm ở tệp ``Ask.target``.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import soundfile
import soxr

from broadcaster.errors import BadRecording
from broadcaster.sound import mastering, phone_files, quality
from broadcaster.sound.containers import CUT, PHONE, UNFINISHED, Container, recognise
from broadcaster.sound.pcm import RATE, Floats, Samples, frames, to_samples
from broadcaster.sound.quality import SYLLABLE_MS
from broadcaster.sound.whole_files import Piece, whole_file_of

MAX_MINUTES = 20
"""Bản tin đọc dài nhất: gấp đôi thời lượng của một buổi phát thanh phường."""
_SHORTEST_LIMIT_S = 20
_RATES = range(8_000, 192_001)
_CHANNELS = 2
_BLOCK = 65_536
_BROKEN_SHARE = 0.001
_CANCELLING = 0.1
_ENDLESS_FRAMES = 1 << 40
_MEMORY = 2 << 30
"""Thêm chừng này trên phần thư viện đã giữ lúc nạp; máy nhiều lõi thì riêng phần ấy đã vài GB địa chỉ."""
_CPU_SECONDS = 120
_WRITTEN = 512 << 20

BROKEN_SAMPLES = "Tệp có vài mẫu hỏng (không phải số); đã thay bằng khoảng lặng."
TOO_HOT = "Tệp vượt thang âm lượng; đã hạ xuống trước khi kiểm."
ONE_SIDE = "Hai kênh trái phải triệt tiêu nhau; đã dùng một kênh."
_UNREADABLE = "Không giải mã được tệp này. Hãy mở nghe thử trên máy, xuất lại dạng WAV hoặc MP3 rồi tải lên."


@dataclass(frozen=True)
class Ask:
    """Các tệp nối tiếp nhau (phần của một lần thu, hoặc đúng một tệp), nơi ghi kết quả, số âm tiết của lời."""

    parts: tuple[Path, ...]
    target: Path
    syllables: int


@dataclass(frozen=True)
class Answer:
    """Tiếng đã làm chủ ở ``target`` (mảng 16 bit, ``numpy``), những chỗ đã sửa giúp, và điều phải hỏi người đưa tệp."""

    notes: tuple[str, ...]
    container: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Sound:
    signal: Floats
    rate: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Decoded:
    """Một tệp: các đoạn tiếng nối nhau, chỗ đã sửa giúp, chỗ phải hỏi."""

    sounds: list[_Sound]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def serve(pipe: Connection, ask: Ask) -> None:
    """Làm đúng một việc rồi thoát."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confine()
    try:
        pipe.send(_take_in(ask))
    except BadRecording as refused:
        pipe.send(refused.message)
    except MemoryError:
        pipe.send("Tệp bung ra quá lớn so với bộ nhớ được dùng. Hãy cắt ngắn hoặc xuất lại dạng MP3 rồi tải lên.")


def confine() -> None:
    """Trần bộ nhớ, giờ máy, cỡ tệp ghi ra. Windows không có chỗ đặt: ở đó chỉ còn hạn giờ của tiến trình cha."""
    if os.name != "posix":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, _addressed() + _MEMORY),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _addressed() -> int:
    """Số byte địa chỉ tiến trình đang giữ; hệ điều hành không kể thì 0."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _take_in(ask: Ask) -> Answer:
    longest = longest_seconds(ask.syllables)
    container = _same_container(ask.parts)
    decoded = [_decoded(part, container, longest) for part in ask.parts]
    sounds = [sound for one in decoded for sound in one.sounds]
    samples = _at_house_rate(sounds, longest)
    faults = [fault.message for fault in (quality.clipped(samples),) if fault]
    if faults:
        raise BadRecording(f"{faults[0]} Hãy thu lại, nói xa micrô hơn hoặc vặn nhỏ mức thu.")
    mastered = mastering.master(samples).samples
    quality.require_good(mastered, syllables=ask.syllables)
    with ask.target.open("wb") as file:
        np.save(file, mastered, allow_pickle=False)
    notes = [note for one in decoded for note in one.notes] + [note for one in sounds for note in one.notes]
    doubts = [doubt for one in decoded for doubt in one.doubts]
    return Answer(tuple(dict.fromkeys(notes)), container.value, tuple(dict.fromkeys(doubts)))


def longest_seconds(syllables: int) -> float:
    """Bản đọc dài nhất còn hợp với lời; quá chừng ấy thì thôi giải mã, không cần biết tệp còn bao nhiêu."""
    return min(MAX_MINUTES * 60, max(_SHORTEST_LIMIT_S, syllables * SYLLABLE_MS[1] / 1000 * 2))


def _same_container(parts: Sequence[Path]) -> Container:
    kinds = {recognise(part) for part in parts}
    if len(kinds) != 1:
        raise BadRecording("Các phần của lần thu không cùng loại tệp. Hãy thu lại.")
    return kinds.pop()


def _decoded(part: Path, container: Container, longest: float) -> _Decoded:
    if container in PHONE:
        signal, rate = phone_files.decoded(part, container, longest)
        _check_shape(signal.shape[1], rate)
        return _Decoded([_sound(signal, rate, longest)])
    whole = whole_file_of(part, container)
    try:
        return _Decoded([_opened(piece, longest) for piece in whole.pieces], whole.notes, whole.doubts)
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError) as error:
        raise BadRecording(_UNREADABLE) from error


def _check_shape(channels: int, rate: int) -> None:
    if channels > _CHANNELS:
        raise BadRecording(f"Tệp có {channels} kênh. Hãy xuất lại một kênh (mono) hoặc hai kênh (stereo) rồi tải lên.")
    if rate not in _RATES:
        raise BadRecording(f"Tệp ghi tần số {rate} Hz, không phải tệp tiếng nói. Hãy xuất lại ở 48 000 Hz.")


def _opened(piece: Piece, longest: float) -> _Sound:
    """Đọc tới khung có thật cuối cùng, dù đầu tệp khai bao nhiêu; thiếu so với lời khai thì là tệp cụt."""
    with soundfile.SoundFile(io.BytesIO(piece.content)) as file:
        _check_shape(file.channels, file.samplerate)
        signal = _read(file, longest)
        told = piece.samples or (file.frames if file.frames < _ENDLESS_FRAMES else 0)
        sound = _sound(signal, file.samplerate, longest)
    if len(signal) < told - _BLOCK:
        raise BadRecording(CUT)
    return replace(sound, notes=(UNFINISHED, *sound.notes)) if 0 < piece.samples < len(signal) else sound


def _read(file: soundfile.SoundFile, longest: float) -> Floats:
    blocks: list[Floats] = [np.empty((0, file.channels), dtype=np.float32)]
    left = longest * file.samplerate
    while left >= 0 and len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        blocks.append(block)
        left -= len(block)
    return np.concatenate(blocks)


def _sound(signal: Floats, rate: int, longest: float) -> _Sound:
    if not len(signal):
        raise BadRecording("Tệp không có tiếng nào. Hãy thu lại hoặc chọn tệp khác.")
    if len(signal) > longest * rate:
        raise BadRecording(
            f"Tệp dài quá {_spoken_length(longest)}, không thể là bản đọc của lời này. Hãy cắt đúng bản tin rồi tải lên."
        )
    mixed, notes = _one_channel(signal)
    return _Sound(mixed, rate, notes)


def _one_channel(signal: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Một kênh trong [-1, 1]; kể lại điều đã phải sửa. Lỗi: ``BadRecording`` khi quá nhiều mẫu hỏng."""
    notes: list[str] = []
    broken = ~np.isfinite(signal)
    if broken.any():
        if broken.mean() > _BROKEN_SHARE:
            raise BadRecording("Tệp có quá nhiều mẫu hỏng (không phải số). Hãy xuất lại từ phần mềm thu rồi tải lên.")
        signal = np.where(broken, np.float32(0), signal)
        notes.append(BROKEN_SAMPLES)
    mixed = np.ascontiguousarray(signal.mean(axis=1, dtype=np.float32))
    loudest = signal[:, int(np.argmax(np.square(signal).mean(axis=0)))]
    if np.square(mixed).mean() < _CANCELLING * np.square(loudest).mean() / signal.shape[1]:
        mixed = np.ascontiguousarray(loudest)
        notes.append(ONE_SIDE)
    peak = float(np.abs(mixed).max())
    if peak > 1:
        mixed = mixed * np.float32(0.95 / peak)
        notes.append(TOO_HOT)
    return mixed, tuple(notes)


def _at_house_rate(sounds: Sequence[_Sound], longest: float) -> Samples:
    """Nối lại ở 48 kHz; cùng tần số thì nối trước rồi mới đổi, để chỗ nối không có vết."""
    if sum(len(one.signal) / one.rate for one in sounds) > longest:
        raise BadRecording(f"Lần thu dài quá {_spoken_length(longest)}, không thể là bản đọc của lời này. Hãy thu lại.")
    runs = list(sounds)
    if len({one.rate for one in sounds}) == 1:
        runs = [_Sound(np.concatenate([one.signal for one in sounds]), sounds[0].rate)]
    samples = np.concatenate([_resampled(one) for one in runs])
    if len(samples) < frames(200):
        raise BadRecording("Tệp rỗng hoặc ngắn hơn 0,2 giây. Hãy thu lại hoặc chọn tệp khác.")
    return samples


def _resampled(sound: _Sound) -> Samples:
    return to_samples(sound.signal if sound.rate == RATE else soxr.resample(sound.signal, sound.rate, RATE, quality="HQ"))


def _spoken_length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return " ".join(part for part in (f"{minutes} phút" if minutes else "", f"{rest} giây" if rest else "") if part)
