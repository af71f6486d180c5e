"""Từ cấu hình tới các phần thật: cơ sở dữ liệu, thư viện, giọng đọc, khoá bí mật; tiến trình nào cần gì lấy nấy."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import ConfigWrong
from broadcaster.sound.files import temporary_beside
from broadcaster.sound.library import Library
from broadcaster.sound.parts import PartStore
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker, Region
from broadcaster.sound.voices.google import GoogleVoice, Patience
from broadcaster.sound.voices.port import Voice
from broadcaster.sound.voices.tone import ToneVoice


def open_database(config: Config) -> Database:
    """Cơ sở dữ liệu của cấu hình; chưa nâng cấp lược đồ."""
    config.data_folder.mkdir(parents=True, exist_ok=True)
    return Database(config.database_url)


def open_library(config: Config) -> Library:
    """Thư viện bản ghi."""
    return Library(config.audio_folder / "recordings")


def open_parts(config: Config) -> PartStore:
    """Chỗ nhận giọng người đang thu và tệp đang tải lên."""
    return PartStore(config.audio_folder / "uploads")


def capture_folder(config: Config) -> Path:
    """Nơi giữ bản thu những gì đã phát."""
    return config.audio_folder / "capture"


def idents_folder() -> Path:
    """Nhạc hiệu do mã của ta soạn: bản đóng trong gói trước, rồi tới cạnh mã nguồn."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_idents"
    return packaged if packaged.is_dir() else package.parent / "audio" / "idents"


def open_voices(config: Config, clock: Clock) -> dict[str, Voice]:
    """Tên → giọng, theo thứ tự ``studio.voices``. Lỗi: ``ConfigWrong`` khi có tên lạ, kể các tên dùng được."""
    worker = EspeakWorker()
    online = GoogleVoice(
        cache=config.audio_folder / "recordings" / "cache",
        clock=clock,
        tld=config.studio.google_tld,
        patience=Patience(answer=config.studio.online_timeout_s),
        authority=config.authority,
    )
    every: list[Voice] = [online, *(EspeakVoice(worker, region) for region in Region), ToneVoice()]
    known = {voice.name: voice for voice in every}
    strange = [name for name in config.studio.voices if name not in known]
    if strange:
        raise ConfigWrong(f"[studio.voices] không có giọng tên “{strange[0]}”. Tên dùng được: {', '.join(known)}.")
    return {name: known[name] for name in config.studio.voices}


def instance_secret(config: Config) -> str:
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
