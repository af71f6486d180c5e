"""Bản thu thiếu câu thì hỏi, đọc trọn thì không hỏi oan, dù người đọc nhanh chậm và nghỉ theo ý mình."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from broadcaster.sound.mastering import master
from broadcaster.sound.pcm import RATE, Samples, silence
from broadcaster.sound.reading_fit import doubts, pauses, sentence_lengths
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker, Region

PACE = 190
SENTENCES = (
    "Ủy ban nhân dân phường thông báo lịch tiêm chủng mở rộng tháng mười một.\n",
    "Trẻ em dưới năm tuổi được tiêm miễn phí tại trạm y tế phường.",
    "Thời gian từ bảy giờ ba mươi phút đến mười một giờ, thứ hai và thứ ba tuần sau.",
    "Gia đình mang theo sổ tiêm chủng và giấy khai sinh của trẻ.\n",
    "Đề nghị bà con đưa trẻ đến đúng giờ, đúng địa điểm.",
)


@pytest.fixture(scope="module")
def worker() -> Iterator[EspeakWorker]:
    found = EspeakWorker()
    yield found
    found.close()


@pytest.fixture(scope="module")
def made(worker: EspeakWorker) -> Samples:
    return master(EspeakVoice(worker).speak(SENTENCES).samples).samples


def person(worker: EspeakWorker, sentences: Sequence[str], *, seed: int, rate: int = 150) -> Samples:
    """Giọng miền khác, mỗi câu một nhịp, mỗi chỗ nghỉ một độ dài, có tiếng phòng."""
    chance = random.Random(seed)
    parts: list[Samples] = []
    for sentence in sentences:
        voice = EspeakVoice(worker, Region.NAM, rate=rate + chance.randrange(-14, 15))
        parts += [voice.speak([sentence]).samples, silence(chance.randrange(150, 800))]
    whole = np.concatenate(parts)
    hiss = np.random.default_rng(seed).integers(-9, 10, len(whole), dtype=np.int16)
    return master(np.asarray(whole + hiss, dtype=np.int16)).samples


@pytest.mark.parametrize("rate", [130, 150, 170])
def test_a_whole_reading_is_not_doubted(worker: EspeakWorker, made: Samples, rate: int) -> None:
    for seed in range(4):
        assert doubts(person(worker, SENTENCES, seed=seed, rate=rate), sentences=SENTENCES, made=made, pace=PACE) == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_reading_without_its_last_sentence_is_doubted_though_long_enough(
    worker: EspeakWorker, made: Samples, seed: int
) -> None:
    found = doubts(person(worker, SENTENCES[:-1], seed=seed, rate=140), sentences=SENTENCES, made=made, pace=PACE)
    assert len(found) == 1
    assert "thiếu" in found[0]


def test_half_a_reading_and_a_reading_done_twice_are_told_with_both_lengths(worker: EspeakWorker, made: Samples) -> None:
    half = doubts(person(worker, SENTENCES[:2], seed=1), sentences=SENTENCES, made=made, pace=PACE)
    assert "có thể thiếu đoạn" in half[0]
    assert f"{len(made) / RATE:.1f}".replace(".", ",") in half[0]
    twice = doubts(person(worker, [*SENTENCES, *SENTENCES], seed=1), sentences=SENTENCES, made=made, pace=PACE)
    assert "đọc hai lần" in twice[0]


def test_without_a_made_voice_the_number_of_syllables_is_the_measure(worker: EspeakWorker) -> None:
    assert doubts(person(worker, SENTENCES, seed=2), sentences=SENTENCES, made=None, pace=PACE) == ()
    assert "thường đọc hết chừng" in doubts(person(worker, SENTENCES[:2], seed=2), sentences=SENTENCES, made=None, pace=PACE)[0]


def test_the_made_voice_tells_where_its_sentences_end(worker: EspeakWorker, made: Samples) -> None:
    speech = EspeakVoice(worker).speak(SENTENCES)
    lengths = sentence_lengths(SENTENCES, made, PACE)
    wanted = np.diff([*speech.starts_ms, speech.duration_ms])
    assert lengths == pytest.approx(list(wanted), abs=450)


def test_silence_is_one_pause_and_nothing_has_none() -> None:
    assert pauses(silence(0), at_least_ms=100) == []
