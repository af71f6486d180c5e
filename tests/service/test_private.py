"""Dữ liệu của đài chỉ chủ máy đọc được, kể cả điều có từ trước; bản sao lưu khoá được bằng khoá công khai."""

from __future__ import annotations

import importlib.util
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.config import Config, load
from broadcaster.errors import Conflict, Invalid
from broadcaster.service.backup import back_up, backups, made_at, restore
from broadcaster.service.private import open_to_others
from broadcaster.service.sealing import new_key
from broadcaster.service.setup import prepare_data
from tests.conftest import leave_out

SAMPLE = Path(__file__).parent.parent.parent / "config.toml"
posix = pytest.mark.skipif(os.name == "nt", reason="Windows giữ quyền theo hồ sơ người dùng")


@pytest.fixture
def everybody() -> Iterator[None]:
    """Máy có umask thường gặp: tệp mới ai cũng đọc được."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def need_pyrage() -> None:
    if importlib.util.find_spec("pyrage") is None:
        leave_out("gói pyrage (khoá bản sao lưu)")


def machine(folder: Path, recipients: str = "") -> Config:
    folder.mkdir(parents=True, exist_ok=True)
    text = SAMPLE.read_text("utf-8").replace("recipients = []", f"recipients = [{recipients}]")
    (folder / "config.toml").write_text(text, "utf-8")
    return load(folder / "config.toml")


def readable_by_others(folder: Path) -> list[Path]:
    return [path for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]


@posix
@pytest.mark.usefixtures("everybody")
def test_a_new_station_and_its_backup_are_private(tmp_path: Path) -> None:
    config = machine(tmp_path / "dai")
    for command in ("init", "backup"):
        argv = [sys.executable, "-m", "broadcaster", command, "--config", str(config.file)]
        assert subprocess.run(argv, check=False, capture_output=True).returncode == 0
    assert len(backups(config.backup_folder, config.station.code)) == 1
    assert readable_by_others(config.data_folder) == readable_by_others(config.audio_folder / "recordings") == []


@posix
@pytest.mark.usefixtures("everybody")
def test_what_was_open_before_is_closed_at_the_next_start(tmp_path: Path) -> None:
    config = machine(tmp_path / "dai")
    prepare_data(config, SystemClock())
    kept = back_up(config, SystemClock(), config.backup_folder).path
    opened = {config.data_folder, config.data_folder / "broadcaster.db", kept, kept.parent}
    for path in opened:
        path.chmod(0o755)
    assert opened <= set(open_to_others(config))
    prepare_data(config, SystemClock())
    assert readable_by_others(config.data_folder) == []


def test_a_sealed_backup_opens_only_with_its_key(tmp_path: Path) -> None:
    need_pyrage()
    public = new_key(tmp_path / "khoa.txt")
    with pytest.raises(Conflict):
        new_key(tmp_path / "khoa.txt")
    other = tmp_path / "khac.txt"
    new_key(other)
    config = machine(tmp_path / "dai", f'"{public}"')
    clock = ManualClock(SystemClock().now())
    prepare_data(config, clock)
    kept = back_up(config, clock, tmp_path / "dong-bo").path
    assert (kept.suffixes, list((tmp_path / "dong-bo").iterdir())) == ([".tar", ".age"], [kept])
    assert b"rows.jsonl" not in kept.read_bytes()
    assert made_at(kept) == clock.now().replace(microsecond=0)
    new = machine(tmp_path / "moi")
    for key in (None, other, SAMPLE):
        with pytest.raises(Invalid):
            restore(new, clock, kept, login="quantri", why="Hỏng ổ", key=key)
    assert "Đã phục hồi" in restore(new, clock, kept, login="quantri", why="Hỏng ổ", key=tmp_path / "khoa.txt")[0]


def test_no_plain_backup_is_left_when_it_cannot_be_sealed(tmp_path: Path) -> None:
    """Khoá công khai đúng dạng mà sai: thà không có bản sao còn hơn có bản sao ai cũng đọc được."""
    need_pyrage()
    config = machine(tmp_path / "dai", '"age1' + "q" * 58 + '"')
    prepare_data(machine(tmp_path / "dai"), SystemClock())
    with pytest.raises(Conflict):
        back_up(config, SystemClock(), tmp_path / "dong-bo")
    assert list((tmp_path / "dong-bo").iterdir()) == []
