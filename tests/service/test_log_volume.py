"""Nhật ký máy không lớn vô hạn: mỗi loại dòng có phần, phần bỏ được đếm, tệp xoay vòng, đĩa hỏng không làm đài chết."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from broadcaster.clock import ManualClock
from broadcaster.service import logs
from broadcaster.service.log_volume import EACH, SKIPPED, RollingFile, Share


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    served = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error")]
    kept = [(one.level, one.propagate, one.disabled, one.handlers[:]) for one in served]
    for one in served:  # máy chủ của phép thử khác cùng luồng có thể đã tắt tiếng hai bộ ghi này
        one.setLevel(logging.NOTSET)
        one.propagate, one.disabled, one.handlers[:] = True, False, []
    yield
    for one, (level, propagate, disabled, handlers) in zip(served, kept, strict=True):
        one.setLevel(level)
        one.propagate, one.disabled, one.handlers[:] = propagate, disabled, handlers
    structlog.reset_defaults()


def test_a_thousand_lines_of_a_kind_are_a_few_and_the_rest_are_counted(clock: ManualClock) -> None:
    share = Share(clock.monotonic)
    kept = [share.skipped("warning", "kết nối hỏng") for _ in range(1000)]
    assert kept == [0] * EACH + [None] * (1000 - EACH)
    assert share.skipped("warning", "chuyện khác") == 0
    clock.advance(60)
    assert share.skipped("warning", "kết nối hỏng") == 1000 - EACH
    assert share.skipped("warning", "kết nối hỏng") == 0


def test_a_million_kinds_are_remembered_within_bounds(clock: ManualClock) -> None:
    share = Share(clock.monotonic)
    for number in range(2000):
        share.skipped("warning", f"loại {number}")
    assert len(share._kinds) <= 500


def test_our_lines_and_those_of_libraries_are_held_and_the_file_turns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, handlers = RollingFile(tmp_path / "logs" / "web.log", mb=1, keep=2), logging.root.handlers[:]
    logging.root.handlers.clear()  # như một tiến trình vừa bật
    logs.configure("info", "web", file)
    for number in range(200):
        structlog.get_logger("x").warning("kết nối hỏng", so=number)
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request from %s", number)
    for number in range(300):
        structlog.get_logger("x").info(f"loại {number}", chu="a" * 20_000)
    said = capsys.readouterr().err
    logging.root.handlers[:] = handlers
    file.close()
    assert said.count("kết nối hỏng") == said.count("Invalid HTTP request") == EACH
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == ["web.log", "web.log.1", "web.log.2"]
    assert all(path.stat().st_size <= 1_000_000 for path in (tmp_path / "logs").iterdir())
    assert SKIPPED not in said


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("một tệp đứng chỗ thư mục", "utf-8")
    logs.configure("info", "web", RollingFile(tmp_path / "logs" / "web.log", mb=1, keep=2))
    structlog.get_logger("x").warning("vẫn chạy")
    said = capsys.readouterr()
    assert "vẫn chạy" in said.out + said.err
    assert (tmp_path / "logs").read_text("utf-8") == "một tệp đứng chỗ thư mục"
