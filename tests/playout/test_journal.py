"""Sổ trực: bền khi đĩa đầy, nửa bản ghi không được tin, chỗ hỏng không che bản ghi sau, hai tiến trình đọc ghi cùng lúc."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.clock import ManualClock
from broadcaster.errors import OutputFailed
from broadcaster.playout.journal import SEGMENT, Journal, JournalTail, read, segments

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@contextmanager
def opened(folder: Path, *, after: int = 0) -> Iterator[Journal]:
    journal = Journal(folder, 1, ManualClock(NOW), after=after)
    try:
        yield journal
    finally:
        journal.close()


def told(folder: Path) -> list[int]:
    return [record.body["n"] for record in read(folder, 1)]


def test_what_was_written_is_there_after_the_process_is_gone_with_its_three_clocks(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.append([{"n": 1}, {"n": 2}])
        journal.append([{"n": 3}])
    assert told(tmp_path) == [1, 2, 3]
    with opened(tmp_path) as again:
        assert [record.body["n"] for record in again.known] == [1, 2, 3]
        again.append([{"n": 4}])
    numbers = [record.number for record in read(tmp_path, 1)]
    assert numbers == sorted(set(numbers)), "số tăng mãi, không dùng lại"
    assert set(next(read(tmp_path, 1)).body["stamp"]) == {"wall", "mono", "boot"}


def test_a_number_known_elsewhere_is_never_used_again(tmp_path: Path) -> None:
    with opened(tmp_path, after=5000) as journal:
        journal.append([{"n": 1}])
    assert next(read(tmp_path, 1)).number > 5000


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 260), st.integers(0, 200))
def test_half_a_record_is_never_believed_and_hides_nothing_behind_it(
    tmp_path_factory: pytest.TempPathFactory, at: int, length: int
) -> None:
    folder = tmp_path_factory.mktemp("so")
    with opened(folder) as journal:
        for number in range(1, 4):
            journal.append([{"n": number, "chu": "ă" * 20}])
    path = segments(folder, 1)[0]
    data = bytearray(path.read_bytes())
    data[at : at + length] = bytes(length)
    path.write_bytes(data)
    left = told(folder)
    assert set(left) <= {1, 2, 3}
    assert left == sorted(left)
    with opened(folder) as journal:
        journal.append([{"n": 9}])
    assert told(folder)[-1] == 9, "ghi tiếp được sau chỗ hỏng"
    assert set(left) <= set(told(folder)), "không ghi đè lên điều đã tin"


def test_it_turns_to_the_spare_segment_and_keeps_the_order(tmp_path: Path) -> None:
    big = "x" * (SEGMENT // 3)
    with opened(tmp_path) as journal:
        for number in range(7):
            journal.append([{"n": number, "chu": big}])
    assert told(tmp_path) == list(range(7))
    assert len(segments(tmp_path, 1)) >= 4, "lúc nào cũng có sẵn một đoạn trống"


def test_another_process_reads_on_and_never_twice(tmp_path: Path) -> None:
    tail = JournalTail(tmp_path, 1)
    assert tail.pending(0) == []
    big = "x" * (SEGMENT // 3)
    with opened(tmp_path) as journal:
        seen: list[int] = []
        done = 0
        for number in range(8):
            journal.append([{"n": number, "chu": big}])
            records = tail.pending(done)
            seen += [record.body["n"] for record in records]
            done = records[-1].number
        assert seen == list(range(8))
        assert tail.pending(done) == []
        tail.forget(upto=done, before=NOW.timestamp() * 2)
    assert len(segments(tmp_path, 1)) == 2


def test_many_threads_share_one_flush_and_lose_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        threads = [
            threading.Thread(target=lambda n=n: [journal.append([{"n": n * 100 + k}]) for k in range(20)]) for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(told(tmp_path)) == sorted(n * 100 + k for n in range(8) for k in range(20))


def _write_twenty(journal: Journal, n: int) -> None:
    for k in range(20):
        journal.append([{"n": n * 100 + k}])


def test_the_spool_of_the_software_before_is_still_entered(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.append([{"n": 1}])
    segments(tmp_path, 1)[0].rename(tmp_path / "so-tam-1")
    with opened(tmp_path) as journal:
        journal.append([{"n": 2}])
    assert told(tmp_path) == [1, 2]
    assert [record.body["n"] for record in JournalTail(tmp_path, 1).pending(0)] == [1, 2]


_FULL = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from broadcaster.clock import ManualClock
from broadcaster.playout.journal import Journal, SEGMENT
journal = Journal(Path(sys.argv[1]), 1, ManualClock(datetime(2026, 3, 2, tzinfo=UTC)))
resource.setrlimit(resource.RLIMIT_FSIZE, (SEGMENT, SEGMENT))
for n in range(50):
    journal.append([{"n": n}])
"""


def test_it_needs_no_new_room_on_the_disk(tmp_path: Path) -> None:
    """Tệp không dài thêm khi ghi: giới hạn cỡ tệp của hệ điều hành thay cho đĩa đầy."""
    subprocess.run([sys.executable, "-c", _FULL, str(tmp_path)], check=True)
    assert told(tmp_path) == list(range(50))
    before = [path.stat().st_blocks for path in segments(tmp_path, 1)]
    with opened(tmp_path) as journal:
        journal.append([{"n": 51}])
    assert [path.stat().st_blocks for path in segments(tmp_path, 1)] == before


def test_a_record_that_fits_nowhere_is_refused_and_the_rest_stands(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.append([{"n": 1}])
        with pytest.raises(OutputFailed):
            journal.append([{"n": 2, "chu": "x" * (SEGMENT + 1)}])
        journal.append([{"n": 3}])
    assert told(tmp_path) == [1, 3]
