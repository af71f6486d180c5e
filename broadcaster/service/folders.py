"""Chỗ trên đĩa của đài và khoá bí mật giữa các tiến trình; không nạp cơ sở dữ liệu, tiến trình phát dùng được."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.errors import FolderClosed
from broadcaster.sound.files import temporary_beside
from broadcaster.sound.library import Library

if TYPE_CHECKING:
    from broadcaster.config import Config
    from broadcaster.service.place import Place


def must_be_writable(folder: Path) -> None:
    """Tạo ``folder`` nếu chưa có và thử ghi một tệp vào đó. Lỗi: ``FolderClosed`` nói thư mục nào, vì sao, làm gì."""
    probe = folder / f".thu-ghi-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        why = error.strerror or str(error)
        raise FolderClosed(
            f"Không ghi được vào thư mục {folder} ({why}). Hãy cho người chạy đài quyền ghi vào đó "
            "(ổ còn chỗ, không phải ổ chỉ đọc), hoặc chọn thư mục khác ở [data] trong config.toml, rồi chạy lại."
        ) from error


def open_library(config: Config | Place) -> Library:
    """Thư viện bản ghi."""
    return Library(config.audio_folder / "recordings")


def capture_folder(config: Config | Place) -> Path:
    """Nơi giữ bản thu những gì đã phát."""
    return config.audio_folder / "capture"


def packs_folder(config: Config | Place) -> Path:
    """Các gói minh chứng đã làm."""
    return config.data_folder / "goi"


def rundown_folder(config: Config | Place) -> Path:
    """Giá bản phát."""
    return config.data_folder / "rundown"


def journal_folder(config: Config | Place) -> Path:
    """Sổ trực; tên thư mục là của bản phần mềm trước, nên sổ tạm cũ nằm đúng chỗ được đọc."""
    return config.data_folder / "spool"


def ring_file(config: Config | Place, player_id: int) -> Path:
    """Vòng đã nghe của một trạm phát."""
    return journal_folder(config) / f"da-nghe-{player_id}"


def stamp_file(config: Config, code: str) -> Path:
    """Tệp giữ các dấu của một đài: mỗi dòng là đầu chuỗi và dấu của nó."""
    return config.data_folder / f"dau-thoi-gian-{code}.jsonl"


def instance_secret(config: Config | Place) -> str:
    """Khoá bí mật giữa các tiến trình của máy này; tạo một lần, chỉ chủ máy đọc được, không bao giờ vào git hay nhật ký."""
    path = config.data_folder / "secret"
    if not path.exists():
        config.data_folder.mkdir(parents=True, exist_ok=True)
        _create_secret(path)
    return path.read_text("ascii")


def _create_secret(path: Path) -> None:
    """Tệp xuất hiện trọn vẹn, và ai tới trước thì người ấy đặt: hai tiến trình không bao giờ cầm hai khoá."""
    temporary = temporary_beside(path)
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
