"""Môi trường Python riêng: thiếu pip thì được thêm pip, và môi trường đang chạy không bao giờ bị xoá."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"
PYTHON = "Scripts/python.exe" if os.name == "nt" else "bin/python"


def _bare(folder: Path) -> Path:
    """Python của một môi trường không có pip, như ``uv venv`` lập ra."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / PYTHON


def _asked(python: str | Path, code: str, *told: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, sys.argv[1]); import environment; from pathlib import Path; {code}"
    command = [str(python), "-c", code, str(SCRIPTS), *told]
    env = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, check=False)


def test_an_environment_without_pip_is_given_pip_and_kept(tmp_path: Path) -> None:
    python = _bare(tmp_path / "env")
    mark = tmp_path / "env" / "của tôi"
    mark.touch()
    found = _asked(sys.executable, "print(environment._works(Path(sys.argv[2])))", str(python))
    assert (found.stdout.strip(), mark.exists()) == ("True", True), found.stderr
    assert _asked(sys.executable, "print(environment._works(Path(sys.argv[2])))", str(tmp_path / "không có")).stdout == "False\n"


def test_the_environment_that_is_running_is_never_deleted(tmp_path: Path) -> None:
    python = _bare(tmp_path / "env")
    told = _asked(python, "environment._create(Path(sys.prefix), Path(sys.executable))")
    assert told.returncode == 1
    assert "đang chạy chính lệnh này mà thiếu pip. Hãy gọi lệnh bằng Python của máy" in told.stderr
    assert python.exists()
