"""Đo việc nhận chữ và tiếng: tìm chữ hỏng, đi qua khung MP3, so bản thu với giọng máy, dựng lại bản đang sửa.

Chạy: python scripts/bench/intake.py [--runs 5]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from broadcaster.newsroom.importing.damage import questions
from broadcaster.newsroom.importing.lookalikes import as_latin
from broadcaster.sound.editing import Edit, EditKind, apply
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.mp3_frames import frames_of
from broadcaster.sound.pcm import RATE
from broadcaster.sound.reading_fit import doubts
from broadcaster.sound.voices.tone import ToneVoice

PLAN = Path(__file__).resolve().parents[2] / "tests" / "reading" / "ke-hoach.md"
SENTENCES = ["Ủy ban nhân dân phường thông báo lịch tiêm chủng mở rộng tháng này."] * 60


def seconds(work: Callable[[], object], runs: int) -> list[float]:
    """Giờ máy của mỗi lần chạy."""
    found = []
    for _ in range(runs):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return sorted(found)


def main() -> None:
    """In trung vị, nhỏ nhất, lớn nhất của mỗi việc."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    text = PLAN.read_text("utf-8") * 8
    speech = ToneVoice().speak(SENTENCES).samples
    mp3 = encode_mp3(np.tile(speech, 4))
    cut = [Edit(EditKind.CUT, 1000, 2000), Edit(EditKind.GAIN, 0, 5000, 3.0)]
    minutes = len(speech) / RATE / 60
    works: dict[str, tuple[Callable[[], object], float, str]] = {
        "tìm chữ hỏng": (lambda: questions(text), len(text), "ký tự/s"),
        "chữ đội lốt": (lambda: as_latin(text), len(text), "ký tự/s"),
        "khung MP3": (lambda: frames_of(mp3), len(mp3) / 1e6, "MB/s"),
        "so với giọng máy": (lambda: doubts(speech, sentences=SENTENCES, made=speech, pace=190), minutes, "phút tiếng/s"),
        "dựng lại bản đang sửa": (lambda: apply(speech, cut, {}), minutes, "phút tiếng/s"),
        "nén để nghe thử": (lambda: encode_mp3(speech), minutes, "phút tiếng/s"),
    }
    for name, (work, amount, unit) in works.items():
        took = seconds(work, runs)
        low, middle, high = (amount / one for one in (took[-1], median(took), took[0]))
        print(f"{name}: {middle:,.0f} {unit}  (chậm nhất {low:,.0f}, nhanh nhất {high:,.0f})")


if __name__ == "__main__":
    main()
