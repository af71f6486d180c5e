"""Đài đã dựng sẵn: mỗi tệp phép thử dựng một lần (lược đồ, nhạc hiệu, quản trị), mỗi phép thử nhận bản chép của cả thư mục."""

from __future__ import annotations

import shutil
from pathlib import Path

from broadcaster.config import Config, load

SAMPLE = Path(__file__).parent.parent.parent / "config.toml"


def copied(station: Config, folder: Path) -> Config:
    """Chép đài ``station`` (không tiến trình nào đang chạy) vào ``folder``: cấu hình, dữ liệu, âm thanh."""
    shutil.copytree(station.file.parent, folder, dirs_exist_ok=True)
    return load(folder / station.file.name)
