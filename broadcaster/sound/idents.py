"""Nhạc của đài, do mã này soạn: nhạc hiệu mở và kết, nhạc cắt chuyên mục, nhạc nền lặp, hiệu lệnh khẩn cấp.

Tệp FLAC nằm sẵn trong ``audio/idents`` để chạy ngay; ``scripts/idents.py`` soạn lại khi đổi bản nhạc.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from broadcaster.sound.ident_files import Ident
from broadcaster.sound.mastering import Mastered, level
from broadcaster.sound.music import Stage, bell, drum, flute, hertz, horn, strings, zither
from broadcaster.sound.pcm import Floats, to_samples

Phrase = tuple[tuple[int | None, float], ...]

_CHORD_RE = (-5, -2, 0, 3)
_CHORD_SOL = (-3, 0, 2, 4)
_CHORD_LA = (-7, -4, -2, 1)
_CHORD_SI = (-6, -1, 0, 3)


def compose(ident: Ident) -> Mastered:
    """Soạn lại một bản nhạc, cùng độ to với mọi mục khác; lần nào cũng ra cùng một bản."""
    return level(to_samples(_SCORES[ident]()))


def _opening() -> Floats:
    """Đàn tranh vuốt lên, sáo ngân câu chính, chuông và trống điểm, kết ở bậc Hò cao."""
    stage, beat = Stage(15.0), 0.6
    _sweep(stage, at=0.0, degrees=range(-10, 6), seconds=2 * beat)
    tune: Phrase = (
        *((5, 1.5), (4, 0.5), (3, 1), (4, 1)),
        *((5, 1), (6, 1), (3, 2)),
        *((2, 1.5), (3, 0.5), (4, 1), (5, 1)),
        *((3, 0.5), (4, 0.5), (5, 0.5), (6, 0.5), (8, 2)),
        *((7, 0.5), (6, 0.5), (5, 3)),
    )
    stage.melody(flute, tune, at=2 * beat, beat=beat, strength=0.8)
    for bar, chord in enumerate((_CHORD_RE, _CHORD_LA, _CHORD_SOL, _CHORD_SI, _CHORD_RE)):
        _broken_chord(stage, chord, at=(2 + 4 * bar) * beat, beat=beat)
        stage.note(drum(82.0, 0.9), (2 + 4 * bar) * beat, 0.55)
    for at, degree in ((2, 5), (16, 8), (19, 5)):
        stage.note(bell(hertz(degree), 3.0), at * beat, 0.4)
    _sweep(stage, at=18.6 * beat, degrees=range(11), seconds=0.7)
    return stage.finish(wet=0.3)


def _closing() -> Floats:
    """Câu chính đi xuống, thưa dần, một tiếng chuông khép lại."""
    stage, beat = Stage(10.0), 0.68
    tune: Phrase = ((6, 1), (5, 1), (4, 0.5), (3, 1.5), (2, 0.5), (3, 0.5), (4, 1), (3, 0.5), (1, 0.5), (0, 3))
    stage.melody(flute, tune, at=0.0, beat=beat, strength=0.7)
    for bar, chord in enumerate((_CHORD_LA, _CHORD_SOL, _CHORD_RE)):
        _broken_chord(stage, chord, at=4 * bar * beat, beat=beat)
    for degree in (-5, 0, 3):
        stage.note(strings(hertz(degree), 3.0), 7 * beat, 0.35)
    stage.note(bell(hertz(5), 3.5), 8 * beat, 0.5)
    return stage.finish(wet=0.35)


def _column() -> Floats:
    """Năm nốt đàn tranh sáng, chuông đáp lại."""
    stage, beat = Stage(5.0), 0.36
    stage.melody(zither, ((3, 1), (5, 1), (4, 1), (6, 1), (8, 3)), at=0.0, beat=beat, strength=1.0)
    stage.melody(zither, ((-2, 2), (-3, 2), (0, 3)), at=0.0, beat=beat, strength=0.7)
    stage.melody(flute, ((None, 4), (8, 1.5), (7, 0.5), (5, 3)), at=0.0, beat=beat, strength=0.5)
    stage.note(bell(hertz(8), 2.5), 4 * beat, 0.45)
    return stage.finish(wet=0.3)


def _filler() -> Floats:
    """Ba mươi nhịp chậm: nền dây đổi màu, đàn tranh đi dạo trong ngũ cung, sáo thỉnh thoảng ngân."""
    stage, beat = Stage(120.0, loop=True), 1.0
    chords = (_CHORD_RE, _CHORD_SOL, _CHORD_SI, _CHORD_LA, _CHORD_RE)
    for bar in range(30):
        chord = chords[bar % len(chords)]
        for degree in chord[:3]:
            stage.note(strings(hertz(degree), 4.0), 4.0 * bar, 0.3)
    stage.melody(zither, _walk(120.0), at=0.0, beat=beat, strength=0.75)
    call: Phrase = ((3, 2), (4, 1), (5, 3), (4, 1), (3, 3))
    answer: Phrase = ((5, 2), (3, 1), (2, 2), (1, 1), (0, 4))
    for bar, phrase in ((4, call), (9, answer), (16, call), (19, answer), (25, answer)):
        stage.melody(flute, phrase, at=4.0 * bar, beat=beat, strength=0.4)
    return stage.finish(wet=0.5, room_seconds=2.4)


def _urgent() -> Floats:
    """Ba hồi hai tiếng cao thấp, cách nhau một nhịp nghỉ: nghe là biết không phải nhạc."""
    stage = Stage(6.0)
    for start in (0.0, 1.8, 3.6):
        for index, pitch in enumerate((740.0, 988.0, 740.0, 988.0)):
            stage.note(horn(pitch, 0.36), start + 0.38 * index)
    return stage.finish(wet=0.03)


def _sweep(stage: Stage, *, at: float, degrees: range, seconds: float) -> None:
    """Ngón á: vuốt nhanh dần qua các dây."""
    for index, degree in enumerate(degrees):
        place = (index / len(degrees)) ** 0.8
        stage.note(zither(hertz(degree), 0.6), at + seconds * place, 0.45 + 0.35 * place)


def _broken_chord(stage: Stage, chord: tuple[int, ...], *, at: float, beat: float) -> None:
    """Rải hợp âm mỗi nửa phách, lên rồi xuống."""
    low, second, third, top = chord
    for index, degree in enumerate((low, second, third, top, third, second, third, second)):
        stage.note(zither(hertz(degree), beat), at + index * beat / 2, 0.55 if index else 0.8)


def _walk(beats: float) -> Phrase:
    """Câu đàn tự đi: bước nhỏ, ở lại vùng giữa, chỗ nghỉ nhiều; hạt giống cố định."""
    chance = random.Random(1975)  # noqa: S311 - soạn nhạc, không phải bí mật
    notes: list[tuple[int | None, float]] = []
    degree, left = 3, beats
    while left > 0:
        length = min(left, chance.choice((0.5, 0.5, 1.0, 1.0, 1.5, 2.0)))
        degree = max(-2, min(8, degree + chance.choice((-2, -1, -1, 1, 1, 2))))
        notes.append((None if chance.random() < 0.2 else degree, length))
        left -= length
    return tuple(notes)


_SCORES: dict[Ident, Callable[[], Floats]] = {
    Ident.OPENING: _opening,
    Ident.CLOSING: _closing,
    Ident.COLUMN: _column,
    Ident.FILLER: _filler,
    Ident.URGENT: _urgent,
}
