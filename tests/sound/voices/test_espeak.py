"""Giọng ngoại tuyến thật, trong tiến trình con thật: đọc đủ chữ, sống lại sau khi bị giết, không kéo cả nhà sập theo."""

from __future__ import annotations

import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.errors import VoiceFailed
from broadcaster.sound.pcm import frames, to_float
from broadcaster.sound.quality import check
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker, Region
from broadcaster.sound.voices.text import syllables
from tests.support.waiting import eventually

SENTENCES = [
    "Kính thưa toàn thể nhân dân phường Phùng Chí Kiên.",
    "Sau đây là bản tin cải cách hành chính, gồm ba nội dung: một là, hai là, ba là.\n",
    "Ủy ban nhân dân phường xin trân trọng thông báo.",
]
COUNT = sum(map(syllables, SENTENCES))


@pytest.fixture
def own_worker() -> Iterator[EspeakWorker]:
    owner = EspeakWorker()
    yield owner
    owner.close()


@pytest.mark.parametrize("region", Region)
def test_each_region_reads_speech_that_passes_the_gate(worker: EspeakWorker, region: Region) -> None:
    speech = EspeakVoice(worker, region).speak(SENTENCES)
    assert check(speech.samples, syllables=COUNT) == []


def test_sentences_start_where_they_say(worker: EspeakWorker) -> None:
    speech = EspeakVoice(worker).speak(SENTENCES)
    signal = to_float(speech.samples)
    assert len(speech.starts_ms) == 3
    for start in speech.starts_ms[1:]:
        before = signal[frames(start - 300) : frames(start)]
        after = signal[frames(start) : frames(start + 120)]
        assert np.abs(before).max() < 0.01 < np.abs(after).max()


def test_the_pace_is_that_of_an_announcer(worker: EspeakWorker) -> None:
    speech = EspeakVoice(worker).speak(SENTENCES)
    assert 150 < COUNT * 60_000 / speech.duration_ms < 215


def test_a_faster_rate_is_shorter_and_another_version(worker: EspeakWorker) -> None:
    slow, fast = EspeakVoice(worker, rate=120), EspeakVoice(worker, rate=200)
    assert fast.speak(SENTENCES).duration_ms < 0.75 * slow.speak(SENTENCES).duration_ms
    assert slow.version != fast.version


def test_decomposed_text_takes_as_long_as_composed(worker: EspeakWorker) -> None:
    voice = EspeakVoice(worker)
    decomposed = [unicodedata.normalize("NFD", sentence) for sentence in SENTENCES]
    assert voice.speak(decomposed).duration_ms == pytest.approx(voice.speak(SENTENCES).duration_ms, rel=0.02)


def test_markup_is_read_as_text_and_kills_nothing(worker: EspeakWorker) -> None:
    EspeakVoice(worker).speak(["Một."])
    pid = worker.pid
    assert pid is not None
    EspeakVoice(worker).speak(['<speak><sub alias="ủy ban">UBND</sub></speak> xin chào'])
    assert worker.pid == pid


def test_a_killed_worker_comes_back_by_itself(own_worker: EspeakWorker) -> None:
    voice = EspeakVoice(own_worker)
    voice.speak(["Một."])
    assert own_worker.pid is not None
    first = psutil.Process(own_worker.pid)
    first.kill()
    assert voice.speak(SENTENCES).duration_ms > 5_000
    assert own_worker.pid != first.pid


def test_a_worker_killed_between_sentences_loses_no_sentence(own_worker: EspeakWorker) -> None:
    whole = EspeakVoice(own_worker).speak(SENTENCES).duration_ms

    def kill(done: int, _total: int) -> None:
        if done == 1 and own_worker.pid is not None:
            psutil.Process(own_worker.pid).kill()

    assert EspeakVoice(own_worker).speak(SENTENCES, on_progress=kill).duration_ms == pytest.approx(whole, rel=0.02)


def test_a_frozen_worker_is_replaced_and_the_bulletin_is_completed() -> None:
    owner = EspeakWorker(timeout_seconds=2.5)
    EspeakVoice(owner).speak(["Một."])
    assert owner.pid is not None
    frozen = psutil.Process(owner.pid)
    frozen.suspend()
    assert EspeakVoice(owner).speak(SENTENCES).duration_ms > 5_000
    assert not frozen.is_running()
    owner.close()


def test_the_worker_does_not_outlive_a_killed_parent() -> None:
    script = (
        "import os\n"
        "from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker\n"
        "if __name__ == '__main__':\n"
        "    owner = EspeakWorker()\n"
        "    EspeakVoice(owner).speak(['Một.'])\n"
        "    print(owner.pid, flush=True)\n"
        "    os._exit(1)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=False, timeout=120)
    worker = int(parent.stdout)
    eventually(lambda: not psutil.pid_exists(worker), seconds=60, what="tiến trình đọc dừng theo cha")
    assert parent.returncode == 1, "cha phải chết ngang, không phải dừng êm"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=120))
def test_no_text_breaks_the_worker(worker: EspeakWorker, text: str) -> None:
    pid = worker.pid
    with suppress(VoiceFailed):  # chữ lạ có thể bị chê là đọc sót, miễn không làm sập
        EspeakVoice(worker).speak([text, "Hết."])
    assert worker.pid == pid


def test_a_hanging_worker_is_replaced_and_then_reported() -> None:
    owner = EspeakWorker(timeout_seconds=0.0)  # không lần nào kịp trả lời: như treo
    with pytest.raises(VoiceFailed, match="dừng đột ngột"):
        EspeakVoice(owner).speak(["Một hai ba."])
    assert owner.pid is None
    owner.close()


def test_a_missing_package_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError\n")
    monkeypatch.syspath_prepend(str(tmp_path))  # tiến trình con thừa hưởng đường tìm gói
    owner = EspeakWorker()
    with pytest.raises(VoiceFailed, match=r"pip install 'broadcaster\[offline\]'"):
        EspeakVoice(owner).speak(["Một."])
    owner.close()


def test_the_worker_recovers_once_the_package_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "espeakng_loader.py"
    broken.write_text("raise ImportError\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    owner = EspeakWorker()
    with pytest.raises(VoiceFailed):
        EspeakVoice(owner).speak(["Một."])
    broken.unlink()
    assert EspeakVoice(owner).speak(["Một."]).duration_ms > 100
    owner.close()


def test_many_threads_share_one_worker(worker: EspeakWorker) -> None:
    voices = [EspeakVoice(worker, region) for region in Region] * 4
    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(lambda voice: voice.speak(SENTENCES), voices))
    assert all(check(speech.samples, syllables=COUNT) == [] for speech in spoken)


def test_a_stop_is_obeyed(worker: EspeakWorker) -> None:
    stop = threading.Event()
    with pytest.raises(VoiceFailed, match="dừng đọc"):
        EspeakVoice(worker).speak(SENTENCES, on_progress=lambda *_: stop.set(), cancelled=stop)


def test_nothing_of_the_gpl_package_is_loaded_here(worker: EspeakWorker) -> None:
    EspeakVoice(worker).speak(["Một."])
    assert "espeakng_loader" not in sys.modules
