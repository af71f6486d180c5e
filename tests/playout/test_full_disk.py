"""Đĩa đầy tới byte cuối: buổi thường lệ vẫn vang trọn trên mọi đường ra; dòng nhật ký chờ trong sổ trực, có chỗ là vào đủ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from broadcaster.airlog.enums import Result
from tests.end_to_end.house import OWN_MOUNTS

ROOT = Path(__file__).parent.parent.parent


def test_a_routine_programme_airs_whole_on_a_full_disk_and_its_lines_follow(tmp_path: Path) -> None:
    if not OWN_MOUNTS:
        pytest.skip("nhân máy này không cho một tiến trình ổ đĩa riêng; không gói nào cài thêm được điều đó")
    disk = tmp_path / "o-dia"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=96m tmpfs "$0" && exec "$@"'
    inside = [sys.executable, "-m", "tests.playout.full_disk", str(disk)]
    command = [*OWN_MOUNTS[0], "sh", "-c", mount, str(disk), *inside]
    run = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["free"] == 0
    assert found["held_back"], "đĩa đầy thì chưa dòng nào vào cơ sở dữ liệu được: phép thử phải thật sự đầy"
    assert len(found["told"]) == 6
    assert {result for _, result, _ in found["told"]} == {Result.FULL}
    told_ms = sum(heard_ms for *_, heard_ms in found["told"])
    assert len(found["heard_ms"]) == 2
    for heard_ms in found["heard_ms"].values():
        assert heard_ms > told_ms * 0.6, "trừ quãng lặng trong tiếng nói thì nghe gần hết"
