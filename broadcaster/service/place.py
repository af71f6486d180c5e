"""Phần của cấu hình mà tiến trình phát cần, đi qua dòng lệnh của người canh: bộ kiểm cấu hình nặng hơn cả việc sống lại.

Người canh (hoặc dòng lệnh) đã đọc và kiểm config.toml; tiến trình phát nhận điều đã kiểm, nên không nạp pydantic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from broadcaster.config import Config


@dataclass(frozen=True)
class LogPlace:
    """Như ``[log]`` của config.toml."""

    level: str
    file_mb: int
    files: int


@dataclass(frozen=True)
class Place:
    """Thư mục, cổng, mã đài; ``amplifiers``: tên → (lệnh bật, lệnh tắt)."""

    data_folder: Path
    audio_folder: Path
    port: int
    station: str
    log: LogPlace
    amplifiers: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, config: Config) -> Self:
        """Từ cấu hình đã kiểm."""
        amplifiers = {name: (one.on, one.off) for name, one in config.amplifiers.items()}
        log = LogPlace(config.log.level, config.log.file_mb, config.log.files)
        return cls(config.data_folder, config.audio_folder, config.playout.port, config.station.code, log, amplifiers)

    def as_text(self) -> str:
        """Một tham số dòng lệnh."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Lỗi: ``KeyError``, ``ValueError`` khi không phải chữ của ``as_text``."""
        told: dict[str, Any] = json.loads(text)
        amplifiers = {name: (on, off) for name, (on, off) in told["amplifiers"].items()}
        folders = {name: Path(told[name]) for name in ("data_folder", "audio_folder")}
        return cls(**{**told, **folders, "log": LogPlace(**told["log"]), "amplifiers": amplifiers})
