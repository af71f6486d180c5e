"""Dấu trong tệp âm thanh: tiếng máy đọc phải tự khai là giọng nhân tạo, đọc được bằng máy (Luật Trí tuệ nhân tạo 2025)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mutagen.flac import FLAC, VCFLACDict
from mutagen.id3 import COMM, ID3, TIT2, TXXX

AI_STATEMENT = "Giọng đọc nhân tạo"


def ai_tags(*, engine: str, model: str, made_on: str, revision: str, reading: str) -> dict[str, str]:
    """Thẻ bắt buộc của tiếng máy đọc: máy nào, giọng nào, ngày nào, từ bản chữ và bản đọc có mã băm nào."""
    return {
        "COMMENT": AI_STATEMENT,
        "AI_GENERATED": "true",
        "AI_ENGINE": engine,
        "AI_MODEL": model,
        "DATE": made_on,
        "REVISION_SHA256": revision,
        "READING_SHA256": reading,
    }


def human_tags(*, reader: str, recorded_on: str, revision: str, reading: str) -> dict[str, str]:
    """Thẻ của giọng người: ai đọc, ngày nào, cho bản chữ và bản đọc nào; không bao giờ mang dấu nhân tạo."""
    return {
        "COMMENT": "Giọng người",
        "PERFORMER": reader,
        "DATE": recorded_on,
        "REVISION_SHA256": revision,
        "READING_SHA256": reading,
    }


def write_flac(path: Path, tags: Mapping[str, str]) -> None:
    """Ghi thẻ vào tệp FLAC, theo thứ tự tên để cùng nội dung cho cùng mã băm."""
    flac = FLAC(path)
    for name, value in sorted(tags.items()):
        flac[name] = value
    flac.save()


def read_flac(path: Path) -> dict[str, str]:
    """Thẻ của tệp FLAC, tên viết hoa."""
    tags = FLAC(path).tags
    if not isinstance(tags, VCFLACDict):
        return {}
    return {name.upper(): ", ".join(values) for name, values in tags.as_dict().items()}


def write_id3(path: Path, tags: Mapping[str, str]) -> None:
    """Ghi cùng những thẻ ấy vào tệp MP3; tên riêng của ta nằm trong TXXX."""
    header = ID3()
    for name, value in tags.items():
        header.add(_frame(name, value))
    header.save(path)


def _frame(name: str, value: str) -> COMM | TIT2 | TXXX:
    if name == "TITLE":
        return TIT2(encoding=3, text=value)
    if name == "COMMENT":
        return COMM(encoding=3, lang="vie", desc="", text=value)
    return TXXX(encoding=3, desc=name, text=value)
