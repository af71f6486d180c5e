"""Dấu vết trên vòng đã nghe: mục dở tới đâu, và phần phát tiếp vang lại lúc nào là lúc đo được, không phải lúc đã hẹn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from broadcaster.playout.heard import Heard, HeardRing, heard_of
from broadcaster.playout.on_air import ActiveItem, resumed_when
from broadcaster.playout.recovery import Trace, trace_of
from broadcaster.sound.events import Position, Started
from broadcaster.sound.frames import frame_at, wall_of

CUT = datetime(2026, 3, 2, 6, 0, 10, tzinfo=UTC)
PLANNED = CUT + timedelta(seconds=1)
HEARD = CUT + timedelta(seconds=2)
PART: dict[str, Any] = {
    "ended_at": CUT.isoformat(),
    "resumed_at": PLANNED.isoformat(),
    "heard_ms": 4_000,
    "from_ms": 4_000,
    "outputs": ["loa"],
}


def test_a_part_that_sounded_later_than_planned_is_told_as_it_sounded() -> None:
    first, last = frame_at(HEARD), frame_at(HEARD) + 50
    trace = trace_of([Heard(1, 900, 1_000, first, last)], (PART,))
    assert trace == Trace(4_900, 5_000, wall_of(last), frozenset({1}), ({**PART, "resumed_at": HEARD.isoformat()},))


def test_a_part_that_never_sounded_keeps_what_was_planned() -> None:
    trace = trace_of([], (PART,))
    assert trace == Trace(4_000, 4_000, CUT, parts=(PART,))


def test_no_part_sounds_before_it_was_planned() -> None:
    assert resumed_when((PART,), CUT) == (PART,)
    assert resumed_when((), HEARD) == ()


def test_the_first_sample_of_a_part_sets_its_moment_once() -> None:
    item = ActiveItem("một", "Tin", CUT, 9_000, [], {1: "loa", 2: "sân"}, parts=(PART,))
    for at in (HEARD, HEARD + timedelta(seconds=5)):
        item.begin(Started("một", 1, frame_at(at), at))
    assert [part["resumed_at"] for part in item.parts] == [HEARD.isoformat()]


def test_the_ring_gives_back_each_output_of_an_item_and_nothing_torn(tmp_path: Path) -> None:
    ring = HeardRing(tmp_path / "vong")
    for frame in (102, 104):
        ring.note(frame, [Position("một", 1, 20 * (frame - 100), 20 * (frame - 100), 100), Position("hai", 2, 0, 40, 100)])
    ring.close()
    assert heard_of(tmp_path / "vong", "một") == [Heard(1, 80, 80, 100, 104)]
    assert heard_of(tmp_path / "vong", "hai") == [Heard(2, 0, 40, 100, 104)]
    ring = HeardRing(tmp_path / "vong")
    ring.note(106, [Position("ba", 1, 20, 20, 104, 1), Position("bốn", 1, 0, 0, 104, 50)])
    ring.close()
    assert heard_of(tmp_path / "vong", "ba") == [Heard(1, 20, 20, 104, 105)], "khung loa chưa lấy thì chưa nghe"
    assert heard_of(tmp_path / "vong", "bốn") == [Heard(1, 0, 0, 104, 104)]
    data = bytearray((tmp_path / "vong").read_bytes())
    data[40] ^= 1
    (tmp_path / "vong").write_bytes(data)
    assert heard_of(tmp_path / "vong", "một") == []
