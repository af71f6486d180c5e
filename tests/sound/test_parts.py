"""Phần của một lần thu: gửi lại là như cũ, sai chủ là không có, thiếu phần thì nói thiếu phần nào, bỏ quên thì dọn."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.errors import BadRecording, Conflict, NotFound
from broadcaster.sound.parts import MAX_PART_BYTES, MAX_PARTS, PartStore
from broadcaster.sound.pcm import silence
from tests.support.voice import wav

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PART = wav(silence(1000))
OTHER = wav(silence(900))


@pytest.fixture
def store(tmp_path: Path) -> PartStore:
    return PartStore(tmp_path / "uploads")


def test_a_part_sent_again_is_the_same_part(store: PartStore) -> None:
    key = store.open("lan", now=NOW).key
    for _ in range(3):
        store.put(key, "lan", 0, PART)
    with pytest.raises(Conflict):
        store.put(key, "lan", 0, OTHER)
    assert [path.read_bytes() for path in store.whole(key, "lan", 1)] == [PART]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), kept=st.integers(0, 6))
def test_parts_in_any_order_are_whole_only_when_all_are_there(store: PartStore, order: list[int], kept: int) -> None:
    key = store.open("lan", now=NOW).key
    sent = order[:kept]
    for number in sent:
        store.put(key, "lan", number, wav(silence(100 + number)))
    unbroken = next(count for count in range(7) if count not in sent)
    assert [one.parts for one in store.unfinished("lan") if one.key == key] == ([unbroken] if unbroken else [])
    if kept == 6:
        assert [path.stem for path in store.whole(key, "lan", 6)] == [f"{number:05d}" for number in range(6)]
    else:
        with pytest.raises(BadRecording, match="còn thiếu phần"):
            store.whole(key, "lan", 6)


def test_another_person_does_not_see_it(store: PartStore) -> None:
    key = store.open("1:2:3", now=NOW).key
    store.put(key, "1:2:3", 0, PART)
    for owner, wanted in (("1:9:3", key), ("1:2:3", "f" * 32), ("1:2:3", "../" + key)):
        with pytest.raises(NotFound):
            store.put(wanted, owner, 1, PART)
        with pytest.raises(NotFound):
            store.whole(wanted, owner, 1)
        with pytest.raises(NotFound):
            store.drop(wanted, owner)
    assert store.unfinished("1:9:3") == []


@pytest.mark.parametrize(
    ("number", "content"), [(-1, PART), (MAX_PARTS, PART), (0, b"chu"), (0, b""), (0, PART + bytes(MAX_PART_BYTES))]
)
def test_a_part_that_is_no_part_is_refused(store: PartStore, number: int, content: bytes) -> None:
    key = store.open("lan", now=NOW).key
    with pytest.raises(BadRecording):
        store.put(key, "lan", number, content)
    assert store.unfinished("lan") == []


def test_what_is_forgotten_is_swept_and_what_is_in_use_is_not(store: PartStore, tmp_path: Path) -> None:
    old, new = store.open("lan", now=NOW).key, store.open("lan", now=NOW).key
    for key in (old, new):
        store.put(key, "lan", 0, PART)
    for path in (*(tmp_path / "uploads" / old).iterdir(), tmp_path / "uploads" / old):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert store.sweep(before=NOW + timedelta(minutes=1)) == 1
    assert [one.key for one in store.unfinished("lan")] == [new]


def test_the_workspace_leaves_nothing_even_when_it_fails(store: PartStore, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), store.workspace() as folder:
        folder.write_bytes(PART)
    assert list((tmp_path / "uploads").iterdir()) == []
    assert PartStore(tmp_path / "chua-co").sweep(before=NOW) == 0
