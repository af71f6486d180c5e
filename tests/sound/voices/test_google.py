"""Giọng trực tuyến: khách gTTS thật, qua TLS thật, tới một máy chủ giả biết hỏng đủ kiểu."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.errors import Invalid, VoiceFailed
from broadcaster.sound.pcm import frames, to_float
from broadcaster.sound.quality import check
from broadcaster.sound.voices.breaker import FIRST_REST_SECONDS, LONGEST_REST_SECONDS
from broadcaster.sound.voices.cache import ChunkCache
from broadcaster.sound.voices.espeak import EspeakWorker
from broadcaster.sound.voices.google import GoogleVoice, Patience
from broadcaster.sound.voices.text import syllables
from tests.support.google_standin import CERTIFICATE, Fault, GoogleStandIn

SENTENCES = [
    "Kính thưa toàn thể nhân dân.",
    "Nâng cao nhận thức của tập thể lãnh đạo, người đứng đầu cơ quan, của cán bộ, công chức trong cơ quan, và của nhân dân.\n",
    "...",
    "Xin trân trọng cảm ơn.",
]
CHUNKS = 4
PERSISTENT = [fault for fault in Fault if fault not in {Fault.NONE, Fault.HANG}]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2025, 1, 21, tzinfo=UTC))


@pytest.fixture
def stand_in(worker: EspeakWorker, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleStandIn]:
    with GoogleStandIn(worker) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def voice(tmp_path: Path, clock: ManualClock) -> GoogleVoice:
    return GoogleVoice(cache=tmp_path, authority=CERTIFICATE, clock=clock)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_every_chunk_is_asked_once_and_heard(stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    speech = voice.speak(SENTENCES)
    assert len(stand_in.chunks) == CHUNKS
    assert all(len(chunk) <= 100 for chunk in stand_in.chunks)
    assert check(speech.samples, syllables=sum(map(syllables, SENTENCES))) == []


def test_sentences_start_where_they_say(stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    speech = voice.speak(SENTENCES)
    signal = to_float(speech.samples)
    assert len(speech.starts_ms) == len(SENTENCES)
    for start in (speech.starts_ms[1], speech.starts_ms[3]):
        assert np.abs(signal[frames(start - 300) : frames(start)]).max() < 0.01
        assert np.abs(signal[frames(start) : frames(start + 120)]).max() > 0.01


def test_what_was_once_heard_needs_no_network(stand_in: GoogleStandIn, voice: GoogleVoice, tmp_path: Path) -> None:
    first = voice.speak(SENTENCES)
    stand_in.misbehave(Fault.AWAY)
    again = GoogleVoice(cache=tmp_path, authority=CERTIFICATE, clock=SystemClock()).speak(SENTENCES)
    assert np.array_equal(first.samples, again.samples)
    assert len(stand_in.chunks) == CHUNKS


def test_a_changed_sentence_asks_only_for_itself(stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    voice.speak(SENTENCES)
    voice.speak([*SENTENCES[:-1], "Xin chào tạm biệt."])
    assert stand_in.chunks[CHUNKS:] == ["Xin chào tạm biệt."]


@pytest.mark.parametrize("fault", PERSISTENT)
def test_a_lasting_fault_in_the_middle_fails_the_bulletin(
    fault: Fault, stand_in: GoogleStandIn, voice: GoogleVoice, tmp_path: Path
) -> None:
    stand_in.misbehave(fault, from_request=3)
    with pytest.raises(VoiceFailed, match="hỏng ở đoạn 3/4"):
        voice.speak(SENTENCES)
    assert len(files(tmp_path)) == 2  # chỉ hai đoạn lành được nhớ, không có nửa tệp nào


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.AWAY, Fault.DROP])
def test_a_passing_fault_is_waited_out(fault: Fault, stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    stand_in.misbehave(fault, from_request=3, times=2)
    assert voice.speak(SENTENCES).duration_ms > 5_000
    assert len(stand_in.chunks) == CHUNKS + 2


@pytest.mark.parametrize("fault", [Fault.PAGE, Fault.FORBIDDEN, Fault.NO_AUDIO, Fault.NOT_MP3])
def test_a_fault_that_waiting_cannot_mend_is_not_retried(fault: Fault, stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    stand_in.misbehave(fault, from_request=2, times=1)
    with pytest.raises(VoiceFailed):
        voice.speak(SENTENCES)
    assert len(stand_in.chunks) == 2


def test_waiting_is_bounded(stand_in: GoogleStandIn, tmp_path: Path, clock: ManualClock) -> None:
    stand_in.misbehave(Fault.TOO_MANY)
    voice = GoogleVoice(cache=tmp_path, authority=CERTIFICATE, clock=clock, patience=Patience(tries=50))
    with pytest.raises(VoiceFailed):
        voice.speak(SENTENCES)
    assert clock.monotonic() <= Patience().waits_in_all


def test_the_next_bulletin_does_not_wait(stand_in: GoogleStandIn, voice: GoogleVoice, clock: ManualClock) -> None:
    stand_in.misbehave(Fault.PAGE, times=1)
    with pytest.raises(VoiceFailed):
        voice.speak(["Một."])
    with pytest.raises(VoiceFailed, match="sẽ thử lại sau"):
        voice.speak(["Hai."])
    assert stand_in.chunks == ["Một."]
    clock.advance(FIRST_REST_SECONDS)
    assert voice.speak(["Hai."]).duration_ms > 100


def test_the_rest_grows_and_is_forgotten_on_success(stand_in: GoogleStandIn, voice: GoogleVoice, clock: ManualClock) -> None:
    stand_in.misbehave(Fault.PAGE)
    for _ in range(8):
        with pytest.raises(VoiceFailed):
            voice.speak(["Một."])
        clock.advance(LONGEST_REST_SECONDS)
    assert len(stand_in.chunks) == 8
    stand_in.behave()
    voice.speak(["Một."])
    stand_in.misbehave(Fault.PAGE)
    with pytest.raises(VoiceFailed):
        voice.speak(["Hai."])
    clock.advance(FIRST_REST_SECONDS)
    stand_in.behave()
    assert voice.speak(["Hai."]).duration_ms > 100


def test_one_odd_chunk_does_not_rest_the_voice(stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    stand_in.misbehave(Fault.NO_AUDIO, times=1)
    with pytest.raises(VoiceFailed):
        voice.speak(["Một."])
    assert voice.speak(["Hai."]).duration_ms > 100


def test_no_network_is_known_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    voice = GoogleVoice(cache=tmp_path, authority=CERTIFICATE, clock=SystemClock())
    started = time.monotonic()
    with pytest.raises(VoiceFailed, match="không nối được"):
        voice.speak(SENTENCES)
    assert time.monotonic() - started < Patience().answer


def test_a_server_that_never_answers_is_left(stand_in: GoogleStandIn, tmp_path: Path) -> None:
    stand_in.misbehave(Fault.HANG)
    voice = GoogleVoice(cache=tmp_path, authority=CERTIFICATE, clock=SystemClock(), patience=Patience(answer=0.5))
    started = time.monotonic()
    with pytest.raises(VoiceFailed, match="không trả lời kịp"):
        voice.speak(SENTENCES)
    assert time.monotonic() - started < Patience().answer


def test_a_stop_is_obeyed_before_the_next_request(stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    stop = threading.Event()
    with pytest.raises(VoiceFailed, match="dừng đọc"):
        voice.speak(SENTENCES, on_progress=lambda *_: stop.set(), cancelled=stop)
    assert len(stand_in.chunks) == 1


def test_a_spoiled_memory_is_asked_again(stand_in: GoogleStandIn, voice: GoogleVoice, tmp_path: Path) -> None:
    voice.speak(["Xin chào."])
    (only,) = files(tmp_path)
    only.write_bytes(b"\0" * 3000)
    assert voice.speak(["Xin chào."]).duration_ms > 100
    assert len(stand_in.chunks) == 2


def test_progress_counts_chunks(stand_in: GoogleStandIn, voice: GoogleVoice) -> None:
    seen: list[tuple[int, int]] = []
    voice.speak(SENTENCES, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, CHUNKS) for number in range(1, CHUNKS + 1)]


def test_a_stranger_in_the_middle_gets_no_text_and_gives_no_sound(stand_in: GoogleStandIn, tmp_path: Path) -> None:
    voice = GoogleVoice(cache=tmp_path, clock=SystemClock())
    with pytest.raises(VoiceFailed, match="chứng thư"):
        voice.speak(SENTENCES)
    assert stand_in.chunks == []
    assert files(tmp_path) == []


@pytest.mark.parametrize("tld", ["", "com@127.0.0.1:9", "com/", "COM", "com.evil.vn", "localhost", "com\n"])
def test_the_domain_cannot_be_bent_to_another_server(tld: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="tên miền"):
        GoogleVoice(cache=tmp_path, authority=CERTIFICATE, clock=SystemClock(), tld=tld)


@pytest.mark.parametrize("tld", ["com", "vn", "com.vn"])
def test_real_domains_are_welcome_and_are_another_version(tld: str, tmp_path: Path) -> None:
    assert tld in GoogleVoice(cache=tmp_path, authority=CERTIFICATE, clock=SystemClock(), tld=tld).version


def test_the_memory_forgets_what_was_not_used_longest(tmp_path: Path) -> None:
    cache = ChunkCache(tmp_path, max_bytes=2500)
    for name in ("một", "hai", "ba"):
        cache.put(name, b"x" * 1000)
    cache.get("một")
    cache.trim()
    assert [cache.get(name) is not None for name in ("một", "hai", "ba")] == [True, False, True]
