"""Tệp nhạc của đài đi kèm chương trình: tên, chỗ nằm, cách đọc; soạn chúng là việc của ``idents``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import soundfile

from broadcaster.errors import NotFound
from broadcaster.sound.frames import Samples

_PACKAGED = Path(__file__).parent.parent / "_idents"
_CHECKOUT = Path(__file__).parents[2] / "audio" / "idents"


class Ident(StrEnum):
    """Tên bản nhạc, cũng là tên tệp."""

    OPENING = "nhac-hieu-mo"
    CLOSING = "nhac-hieu-ket"
    COLUMN = "nhac-chuyen-muc"
    FILLER = "nhac-nen"
    URGENT = "hieu-lenh-khan-cap"


TITLES = {
    Ident.OPENING: "Nhạc hiệu mở đầu (15 giây)",
    Ident.CLOSING: "Nhạc hiệu kết thúc (10 giây)",
    Ident.COLUMN: "Nhạc cắt chuyên mục (5 giây)",
    Ident.FILLER: "Nhạc nền êm, lặp liền mạch (2 phút)",
    Ident.URGENT: "Hiệu lệnh bản tin khẩn cấp (6 giây)",
}


def load(ident: Ident) -> Samples:
    """Tiếng của một bản nhạc đi kèm chương trình; ``NotFound`` khi bản cài thiếu tệp."""
    samples: Samples = soundfile.read(path_of(ident), dtype="int16")[0]
    return samples


def path_of(ident: Ident) -> Path:
    """Tệp FLAC của một bản nhạc: trong gói đã cài, hoặc trong thư mục mã nguồn."""
    for folder in (_PACKAGED, _CHECKOUT):
        path = folder / f"{ident}.flac"
        if path.is_file():
            return path
    raise NotFound(f"Bản cài đặt thiếu tệp nhạc {ident}.flac. Hãy cài lại chương trình hoặc chạy scripts/idents.py.")
