"""Nhận ra loại tệp âm thanh bằng nội dung, không bằng tên."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from broadcaster.errors import BadRecording

WORKS = "Hãy dùng tệp WAV, MP3, M4A, 3GP, AAC, WEBM, FLAC, OGG hoặc OPUS."
CUT = "Tệp bị cụt: đầu tệp ghi dài hơn phần có thật. Hãy chép lại tệp từ máy thu rồi tải lên lần nữa."
UNFINISHED = "Đầu tệp ghi sai độ dài; đã đọc đến hết phần có thật."
_HEAD = 4_096
ENDLESS = 0x7FFF_0000
"""Máy thu ghi thẳng ra chưa biết độ dài thì để một số cỡ 2 tới 4 GB, hoặc số không."""
_ADTS = (b"\xff\xf1", b"\xff\xf9")


class Container(Enum):
    """Loại tệp đọc được; giá trị là tên người dùng biết."""

    WAV = "WAV"
    FLAC = "FLAC"
    OGG = "OGG"
    MP3 = "MP3"
    AIFF = "AIFF"
    CAF = "CAF"
    MP4 = "M4A, MP4 hoặc 3GP của điện thoại"
    AAC = "AAC"
    WEBM = "WebM"
    AMR = "AMR của điện thoại"
    WMA = "WMA"


PHONE = frozenset({Container.MP4, Container.AAC, Container.WEBM, Container.AMR, Container.WMA})
"""Loại cần PyAV (``sound.phone_files``)."""

_KNOWN = (
    (0, b"fLaC", Container.FLAC),
    (0, b"OggS", Container.OGG),
    (4, b"ftyp", Container.MP4),
    (0, b"\x1a\x45\xdf\xa3", Container.WEBM),
    (0, b"#!AMR", Container.AMR),
    (0, b"\x30\x26\xb2\x75", Container.WMA),
    (0, b"caff", Container.CAF),
)
_OTHERS = (
    (0, b"PK\x03\x04", "tệp nén (zip, Word, Excel)"),
    (0, b"%PDF", "tệp PDF"),
    (0, b"\xff\xd8\xff", "tệp ảnh"),
    (0, b"\x89PNG", "tệp ảnh"),
    (4, b"ftyphei", "tệp ảnh"),
    (4, b"ftypmif1", "tệp ảnh"),
    (0, b"MZ", "chương trình chạy"),
)


def recognise(path: Path) -> Container:
    """Loại của tệp. Lỗi: ``BadRecording`` nói tệp ấy là gì và loại nào dùng được."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise BadRecording(f"Tệp rỗng, không có byte nào. {WORKS}")
    for offset, magic, name in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            raise BadRecording(f"Đây là {name}, không phải tệp âm thanh. {WORKS}")
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return Container.WAV
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Container.AIFF
    for offset, magic, container in _KNOWN:
        if head[offset : offset + len(magic)] == magic:
            return container
    if head[:2] in _ADTS:
        return Container.AAC
    if head[:3] == b"ID3" or _is_mp3_frame(head):
        return Container.MP3
    raise BadRecording(f"Đây không phải tệp âm thanh đọc được. {WORKS}")


def _is_mp3_frame(head: bytes) -> bool:
    """Mười một bit đồng bộ, lớp III, tốc độ bit và tần số có nghĩa."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    layer, bitrate, rate = head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return layer == 1 and bitrate not in (0, 15) and rate != 3
