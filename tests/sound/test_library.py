"""Kho: tên là mã băm của tệp, không bao giờ có nửa tệp, dấu giọng nhân tạo đi cùng tiếng."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen.id3 import ID3

from broadcaster.errors import BadRecording, NotFound
from broadcaster.sound.decoding import read_any
from broadcaster.sound.library import Library
from broadcaster.sound.loudness import measure
from broadcaster.sound.pcm import RATE, Samples
from broadcaster.sound.tagging import ai_tags
from broadcaster.sound.voices.tone import ToneVoice

TAGS = {
    "TITLE": "Bản tin số một",
    **ai_tags(engine="tone", model="1", made_on="2025-01-21", revision="a" * 64, reading="b" * 64),
}


@pytest.fixture(scope="module")
def sound() -> Samples:
    return ToneVoice().speak(["Xin chào bà con.", "Hết."]).samples


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "kho")


def test_the_name_is_the_hash_of_the_file(library: Library, sound: Samples) -> None:
    stored = library.put(sound, tags=TAGS)
    file = library.root / stored.path
    assert hashlib.sha256(file.read_bytes()).hexdigest() == stored.sha256
    assert file == library.path(stored.sha256)


def test_the_sound_comes_back_bit_for_bit(library: Library, sound: Samples) -> None:
    stored = library.put(sound, tags=TAGS)
    assert np.array_equal(library.samples(stored.sha256), sound)
    with library.open(stored.sha256) as file:
        assert (file.samplerate, file.channels, file.subtype) == (RATE, 1, "PCM_16")
        assert np.array_equal(file.read(1000, dtype="int16"), sound[:1000])


def test_what_is_told_about_it_is_measured(library: Library, sound: Samples) -> None:
    stored = library.put(sound, tags=TAGS)
    assert stored.duration_ms == round(len(sound) * 1000 / RATE)
    assert (stored.lufs, stored.true_peak_db) == (measure(sound).lufs, measure(sound).true_peak_db)


def test_the_ai_mark_is_in_both_files(library: Library, sound: Samples) -> None:
    sha256 = library.put(sound, tags=TAGS).sha256
    assert library.tags(sha256) == TAGS
    id3 = ID3(library.mp3(sha256))
    assert id3["COMM::vie"].text == ["Giọng đọc nhân tạo"]
    assert id3["TXXX:AI_GENERATED"].text == ["true"]
    assert id3["TXXX:READING_SHA256"].text == ["b" * 64]
    assert id3["TIT2"].text == ["Bản tin số một"]


def test_other_tags_are_another_file(library: Library, sound: Samples) -> None:
    assert library.put(sound, tags=TAGS).sha256 != library.put(sound, tags={}).sha256


def test_many_writers_of_the_same_sound_leave_one_whole_file(library: Library, sound: Samples) -> None:
    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(lambda _: library.put(sound, tags=TAGS), range(16)))
    (only,) = stored
    assert library.verify(only.sha256)
    assert [path.name for path in library.root.rglob("*") if path.is_file()] == [f"{only.sha256}.flac"]


def test_storing_again_leaves_the_whole_file_alone_and_mends_a_broken_one(library: Library, sound: Samples) -> None:
    file = library.root / library.put(sound, tags=TAGS).path
    made = file.stat().st_mtime_ns
    library.put(sound, tags=TAGS)
    assert file.stat().st_mtime_ns == made
    file.write_bytes(b"fLaC")
    assert library.verify(library.put(sound, tags=TAGS).sha256)


def test_a_changed_byte_is_found(library: Library, sound: Samples) -> None:
    stored = library.put(sound, tags=TAGS)
    assert library.verify(stored.sha256)
    file = library.root / stored.path
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    assert not library.verify(stored.sha256)


def test_a_broken_file_is_refused_not_played(library: Library, sound: Samples) -> None:
    stored = library.put(sound, tags=TAGS)
    (library.root / stored.path).write_bytes(b"fLaC")
    with pytest.raises(BadRecording, match="bị hỏng"):
        library.samples(stored.sha256)


def test_the_preview_is_playable_and_made_once(library: Library, sound: Samples) -> None:
    sha256 = library.put(sound, tags=TAGS).sha256
    preview = library.mp3(sha256)
    made = preview.stat().st_mtime_ns
    assert library.mp3(sha256).stat().st_mtime_ns == made
    assert len(read_any(preview)) == pytest.approx(len(sound), abs=RATE // 10)


def test_deleting_takes_the_preview_along_and_twice_is_harmless(library: Library, sound: Samples) -> None:
    sha256 = library.put(sound, tags=TAGS).sha256
    library.mp3(sha256)
    library.delete(sha256)
    library.delete(sha256)
    assert not [path for path in library.root.rglob("*") if path.is_file()]
    assert not library.verify(sha256)
    with pytest.raises(NotFound):
        library.path(sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_a_hash_is_a_name(library: Library, name: str) -> None:
    with pytest.raises(NotFound):
        library.path(name)


def test_nothing_is_not_stored(library: Library) -> None:
    with pytest.raises(BadRecording):
        library.put(np.empty(0, dtype=np.int16), tags=TAGS)


def test_a_failed_write_leaves_nothing(library: Library, sound: Samples) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError)):
        library.put(sound, tags={"TITLE": 5})  # type: ignore[dict-item]
    assert not [path for path in library.root.rglob("*") if path.is_file()]


def test_an_mp3_is_made_even_beside_a_dead_attempt(library: Library, sound: Samples) -> None:
    sha256 = library.put(sound, tags=TAGS).sha256
    (library.path(sha256).parent / ".dead.part.mp3").write_bytes(b"half")
    assert soundfile.info(library.mp3(sha256)).samplerate == RATE
