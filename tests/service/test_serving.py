"""Hai lần chạy trên một thư mục dữ liệu: lần sau nói rõ và không đụng gì tới lần trước."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from broadcaster.cli import EXIT_CODES, main
from broadcaster.errors import AlreadyRunning
from tests.end_to_end.house import SAMPLE


def test_a_second_serve_on_the_same_data_says_so_and_touches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text(SAMPLE.read_text("utf-8"), "utf-8")
    (tmp_path / "data").mkdir()
    with FileLock(tmp_path / "data" / "serve.lock"), pytest.raises(SystemExit) as ended:
        main(["serve", "--config", str(config)])
    assert ended.value.code == EXIT_CODES[AlreadyRunning]
    assert "Hãy tắt lần chạy kia trước" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "data").iterdir() if path.suffix != ".lock"] == []
