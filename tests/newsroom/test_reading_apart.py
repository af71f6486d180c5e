"""Chữ dài đọc ở tiến trình riêng: cùng lời, chết thì dựng lại, không còn thì tự tắt."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from broadcaster.errors import TooBusy
from broadcaster.newsroom.reading_aloud import Manner, read_text
from broadcaster.newsroom.reading_apart import LONG, ReaderApart
from broadcaster.reading.lexicon import Lexicon

SHORT = "UBND phường họp 7h30 ngày 5/6."
LONG_TEXT = f"{SHORT} " * (LONG // len(SHORT) + 1)
MANNER = Manner(Lexicon({"UBND": "uỷ ban ta"}))


@pytest.fixture
def reader() -> Iterator[ReaderApart]:
    found = ReaderApart()
    yield found
    found.close()


def test_a_long_text_is_read_elsewhere_and_the_same(reader: ReaderApart) -> None:
    assert reader(LONG_TEXT, MANNER) == read_text(LONG_TEXT, MANNER)
    assert reader.pid not in (None, os.getpid())


def test_a_short_text_waits_for_nobody(reader: ReaderApart) -> None:
    assert reader(SHORT, MANNER) == read_text(SHORT, MANNER)
    assert reader.pid is None


def test_a_killed_reader_is_made_anew(reader: ReaderApart) -> None:
    expected = reader(LONG_TEXT)
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGTERM)
    assert reader(LONG_TEXT) == expected


def test_a_stuck_reader_is_told_not_waited_for() -> None:
    reader = ReaderApart(patience_s=0)
    with pytest.raises(TooBusy):
        reader(LONG_TEXT)
    assert reader.pid is None
