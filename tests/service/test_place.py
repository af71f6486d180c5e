"""Phần cấu hình của tiến trình phát: đi qua dòng lệnh rồi về nguyên vẹn, và tiến trình ấy không nạp thứ nặng nào."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from broadcaster.config import load
from broadcaster.service.place import Place
from tests.end_to_end.house import SAMPLE

HEAVY = ("sqlalchemy", "alembic", "pydantic", "jinja2", "fastapi", "apscheduler", "typer", "rich")
_LOADED = f"""
import importlib, sys
sys.modules.setdefault("rich", None)
for name in ("place", *sys.argv[1:]):
    importlib.import_module(f"broadcaster.service.{{name}}")
print([name for name in {HEAVY!r} if sys.modules.get(name)])
"""


def test_it_goes_through_the_command_line_and_comes_back_whole(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SAMPLE.read_text("utf-8"), "utf-8")
    place = Place.of(load(tmp_path / "config.toml"))
    assert Place.from_text(place.as_text()) == place


@pytest.mark.parametrize("names", [["playout_process"], ["guarding", "process", "supervisor"]])
def test_what_sounds_and_what_guards_load_no_database_web_or_template_engine(names: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED, *names], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
