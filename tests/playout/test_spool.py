"""Sổ tạm: bền khi đĩa đầy, nửa bản ghi không được tin, thứ tự giữ nguyên qua mọi lần mất điện."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.errors import OutputFailed
from broadcaster.playout.spool import SIZE, Spool


@contextmanager
def opened(path: Path, *, after: int = 0) -> Iterator[Spool]:
    spool = Spool(path, after=after)
    try:
        yield spool
    finally:
        spool.close()


def reopened(path: Path, *, after: int = 0) -> list[int]:
    with opened(path, after=after) as spool:
        return bodies(spool)


def bodies(spool: Spool) -> list[int]:
    return [record.body["n"] for record in spool.pending()]


def test_what_was_written_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
    with opened(tmp_path / "so") as spool:
        spool.append([{"n": 1}, {"n": 2}])
        spool.append([{"n": 3}])
    with opened(tmp_path / "so") as again:
        assert bodies(again) == [1, 2, 3]
        assert [record.number for record in again.pending()] == [1, 2, 3]


def test_what_entered_the_log_is_forgotten_even_if_forgetting_was_not_written(tmp_path: Path) -> None:
    path = tmp_path / "so"
    with opened(path) as spool:
        spool.append([{"n": 1}, {"n": 2}])
    assert reopened(path, after=1) == [2]
    with opened(path, after=2) as again:
        assert bodies(again) == []
        again.append([{"n": 3}])
        assert [record.number for record in again.pending()] == [3]
    assert reopened(path, after=2) == [3]


def test_an_old_record_behind_the_new_ones_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "so"
    with opened(path) as spool:
        spool.append([{"n": number} for number in range(6)])
        spool.forget(6)
        spool.append([{"n": 10}])
    assert reopened(path, after=6) == [10]


@given(st.integers(0, 120))
def test_half_a_record_is_never_believed(cut: int) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"so-{os.getpid()}"
    path.unlink(missing_ok=True)
    with opened(path) as spool:
        spool.append([{"n": 1}])
        spool.append([{"n": 2, "chu": "ă" * 20}])
    data = bytearray(path.read_bytes())
    end = len(bytes(data).rstrip(b"\0"))
    for place in range(max(0, end - cut), end):
        data[place] = 0
    path.write_bytes(data)
    left = reopened(path)
    assert left == [1, 2][: len(left)]
    path.unlink()


def test_it_refuses_when_full_and_keeps_what_it_has(tmp_path: Path) -> None:
    big = {"n": 0, "chu": "x" * (SIZE // 3)}
    with opened(tmp_path / "so") as spool:
        spool.append([big, big])
        with pytest.raises(OutputFailed):
            spool.append([big, big])
        assert len(spool.pending()) == 2


_FULL = """
import resource, sys
from pathlib import Path
from broadcaster.playout.spool import Spool
spool = Spool(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (4_100_000, 4_100_000))
for n in range(50):
    spool.append([{"n": n}])
print(len(spool.pending()))
spool.close()
"""


def test_it_needs_no_new_room_on_the_disk(tmp_path: Path) -> None:
    """Tệp không dài thêm khi ghi: giới hạn cỡ tệp của hệ điều hành thay cho đĩa đầy."""
    done = subprocess.run([sys.executable, "-c", _FULL, str(tmp_path / "so")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "50"
    before = (tmp_path / "so").stat()
    with opened(tmp_path / "so") as spool:
        spool.append([{"n": 51}])
    assert (tmp_path / "so").stat().st_blocks == before.st_blocks
