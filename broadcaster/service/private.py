"""Dữ liệu của đài chỉ chủ máy đọc được: bản tin chưa duyệt, băm mật khẩu, khoá nội bộ không cho tài khoản khác trên máy xem.

Tệp mới nhờ ``umask``; tệp có từ trước được siết lại mỗi lần bật đài. Windows giữ quyền theo hồ sơ người dùng nên bỏ qua.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from broadcaster.config import Config
from broadcaster.service.backup import copies

UMASK = 0o077
_PRIVATE_AUDIO = ("recordings", "capture", "uploads")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def from_now_on() -> None:
    """Mọi tệp tiến trình này tạo ra chỉ chủ máy đọc được."""
    os.umask(UMASK)


def tighten(config: Config) -> int:
    """Siết quyền mọi thứ đang có; ổ đĩa không giữ quyền (USB, NAS) thì để yên. Trả về số tệp đã đổi."""
    changed = 0
    for path in open_to_others(config):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
            changed += 1
    return changed


def open_to_others(config: Config) -> list[Path]:
    """Tệp và thư mục của đài mà tài khoản khác trên máy đọc được."""
    return [path for path in _ours(config) if os.name != "nt" and path.lstat().st_mode & _OTHERS]


def _ours(config: Config) -> Iterator[Path]:
    """Thư mục dữ liệu, các phần riêng của kho âm thanh, và từng bản sao lưu (thư mục chứa chúng có thể là của người khác)."""
    for folder in (config.data_folder, *(config.audio_folder / name for name in _PRIVATE_AUDIO)):
        if folder.is_dir():
            yield from (path for path in (folder, *folder.rglob("*")) if not path.is_symlink())
    yield from copies(config)
