"""Hai lần chạy trên một thư mục dữ liệu: lần sau nói rõ và không đụng gì tới lần trước."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from broadcaster.cli import EXIT_CODES
from broadcaster.errors import AlreadyRunning
from tests.end_to_end.house import SAMPLE


def test_a_second_serve_on_the_same_data_says_so_and_touches_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(SAMPLE.read_text("utf-8"), "utf-8")
    (tmp_path / "data").mkdir()
    argv = [sys.executable, "-m", "broadcaster", "serve", "--config", str(config)]
    with FileLock(tmp_path / "data" / "serve.lock"):
        ended = subprocess.run(argv, check=False, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert ended.returncode == EXIT_CODES[AlreadyRunning]
    assert "Hãy tắt lần chạy kia trước" in ended.stderr
    assert [path.name for path in (tmp_path / "data").iterdir() if path.suffix != ".lock"] == []
