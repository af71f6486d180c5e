"""Tiến trình con giải mã tệp người ta đưa tới: tệp nào cũng coi là bẫy, nên bộ nhớ, giờ máy và dung lượng ghi đều có trần.

Nhận ``Ask`` qua ống, trả ``Answer`` hoặc một câu từ chối; tiếng đã làm chủ nằm ở tệp ``Ask.target``.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import soundfile
import soxr

from broadcaster.errors import BadRecording
from broadcaster.sound import mastering, quality
from broadcaster.sound.containers import Container, ends_early, recognise, with_true_header
from broadcaster.sound.pcm import RATE, Floats, Samples, frames, to_samples
from broadcaster.sound.quality import SYLLABLE_MS

MAX_MINUTES = 20
"""Bản tin đọc dài nhất: gấp đôi thời lượng của một buổi phát thanh phường."""
_SHORTEST_LIMIT_S = 20
_RATES = range(8_000, 192_001)
_CHANNELS = 2
_BLOCK = 65_536
_BROKEN_SHARE = 0.001
_CANCELLING = 0.1
_MEMORY = 2 << 30
"""Thêm chừng này trên phần thư viện đã giữ lúc nạp; máy nhiều lõi thì riêng phần ấy đã vài GB địa chỉ."""
_CPU_SECONDS = 120
_WRITTEN = 512 << 20

UNFINISHED = "Đầu tệp ghi sai độ dài; đã đọc đến hết phần có thật."
BROKEN_SAMPLES = "Tệp có vài mẫu hỏng (không phải số); đã thay bằng khoảng lặng."
TOO_HOT = "Tệp vượt thang âm lượng; đã hạ xuống trước khi kiểm."
ONE_SIDE = "Hai kênh trái phải triệt tiêu nhau; đã dùng một kênh."
_CUT = "Tệp bị cụt: đầu tệp ghi dài hơn phần có thật. Hãy chép lại tệp từ máy thu rồi tải lên lần nữa."
_UNREADABLE = "Không giải mã được tệp này. Hãy mở nghe thử trên máy, xuất lại dạng WAV hoặc MP3 rồi tải lên."


@dataclass(frozen=True)
class Ask:
    """Các tệp nối tiếp nhau (phần của một lần thu, hoặc đúng một tệp), nơi ghi kết quả, số âm tiết của lời."""

    parts: tuple[Path, ...]
    target: Path
    syllables: int


@dataclass(frozen=True)
class Answer:
    """Tiếng đã làm chủ ở ``target`` (mảng 16 bit, ``numpy``), và những chỗ đã sửa giúp."""

    notes: tuple[str, ...]
    container: str


@dataclass(frozen=True)
class _Sound:
    signal: Floats
    rate: int
    notes: tuple[str, ...]


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
    sounds = [_decoded(part, container, longest) for part in ask.parts]
    if len({one.rate for one in sounds}) != 1:
        raise BadRecording("Các phần của lần thu không cùng tần số. Hãy thu lại.")
    samples = _at_house_rate(np.concatenate([one.signal for one in sounds]), sounds[0].rate, longest)
    faults = [fault.message for fault in (quality.clipped(samples),) if fault]
    if faults:
        raise BadRecording(f"{faults[0]} Hãy thu lại, nói xa micrô hơn hoặc vặn nhỏ mức thu.")
    mastered = mastering.master(samples).samples
    quality.require_good(mastered, syllables=ask.syllables)
    with ask.target.open("wb") as file:
        np.save(file, mastered, allow_pickle=False)
    notes = dict.fromkeys(note for one in sounds for note in one.notes)
    return Answer(tuple(notes), container.value)


def longest_seconds(syllables: int) -> float:
    """Bản đọc dài nhất còn hợp với lời; quá chừng ấy thì thôi giải mã, không cần biết tệp còn bao nhiêu."""
    return min(MAX_MINUTES * 60, max(_SHORTEST_LIMIT_S, syllables * SYLLABLE_MS[1] / 1000 * 2))


def _same_container(parts: Sequence[Path]) -> Container:
    kinds = {recognise(part) for part in parts}
    if len(kinds) != 1:
        raise BadRecording("Các phần của lần thu không cùng loại tệp. Hãy thu lại.")
    return kinds.pop()


def _decoded(part: Path, container: Container, longest: float) -> _Sound:
    mended = with_true_header(part) if container is Container.WAV else None
    if mended is None and ends_early(part, container):
        raise BadRecording(_CUT)
    try:
        with soundfile.SoundFile(io.BytesIO(mended) if mended else part) as file:
            return _read(file, longest, (UNFINISHED,) if mended else ())
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError) as error:
        raise BadRecording(_UNREADABLE) from error


def _read(file: soundfile.SoundFile, longest: float, notes: tuple[str, ...]) -> _Sound:
    if file.channels > _CHANNELS:
        raise BadRecording(f"Tệp có {file.channels} kênh. Hãy xuất lại một kênh (mono) hoặc hai kênh (stereo) rồi tải lên.")
    if file.samplerate not in _RATES:
        raise BadRecording(f"Tệp ghi tần số {file.samplerate} Hz, không phải tệp tiếng nói. Hãy xuất lại ở 48 000 Hz.")
    blocks: list[Floats] = []
    left = longest * file.samplerate
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        blocks.append(block)
        left -= len(block)
        if left < 0:
            raise BadRecording(
                f"Tệp dài quá {_spoken_length(longest)}, không thể là bản đọc của lời này. Hãy cắt đúng bản tin rồi tải lên."
            )
    if not blocks:
        raise BadRecording("Tệp không có tiếng nào. Hãy thu lại hoặc chọn tệp khác.")
    read = sum(map(len, blocks))
    if read < file.frames - _BLOCK:
        raise BadRecording(_CUT)
    signal, more = _one_channel(np.concatenate(blocks))
    return _Sound(signal, file.samplerate, notes + more)


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


def _at_house_rate(signal: Floats, rate: int, longest: float) -> Samples:
    if len(signal) > longest * rate:
        raise BadRecording(f"Lần thu dài quá {_spoken_length(longest)}, không thể là bản đọc của lời này. Hãy thu lại.")
    samples = to_samples(signal if rate == RATE else soxr.resample(signal, rate, RATE, quality="HQ"))
    if len(samples) < frames(200):
        raise BadRecording("Tệp rỗng hoặc ngắn hơn 0,2 giây. Hãy thu lại hoặc chọn tệp khác.")
    return samples


def _spoken_length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return " ".join(part for part in (f"{minutes} phút" if minutes else "", f"{rest} giây" if rest else "") if part)
