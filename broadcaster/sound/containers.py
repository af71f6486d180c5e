"""Nhận ra loại tệp âm thanh bằng nội dung, không bằng tên; và xem tệp có bị cụt giữa đường không."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from broadcaster.errors import BadRecording

WORKS = "Hãy dùng tệp WAV, MP3, FLAC, OGG hoặc OPUS."
_HEAD = 4_096
_TAIL = 131_072
_ENDLESS = 0x7FFF_0000
"""Máy thu ghi thẳng ra chưa biết độ dài thì để một số cỡ 2 tới 4 GB, hoặc số không."""
_LAST_PAGE = 0x04


class Container(Enum):
    """Loại tệp đọc được; giá trị là tên người dùng biết."""

    WAV = "WAV"
    FLAC = "FLAC"
    OGG = "OGG"
    MP3 = "MP3"


_OTHERS = (
    (0, b"PK\x03\x04", "tệp nén (zip, Word, Excel)"),
    (0, b"%PDF", "tệp PDF"),
    (4, b"ftyp", "tệp M4A hoặc MP4"),
    (0, b"\x30\x26\xb2\x75", "tệp WMA"),
    (0, b"#!AMR", "tệp AMR của điện thoại"),
    (0, b"\x1a\x45\xdf\xa3", "tệp WebM hoặc MKV"),
    (0, b"FORM", "tệp AIFF"),
    (0, b"caff", "tệp CAF"),
    (0, b"\xff\xd8\xff", "tệp ảnh"),
    (0, b"\x89PNG", "tệp ảnh"),
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
            raise BadRecording(f"Đây là {name}, dù tên tệp nói khác. {WORKS}")
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return Container.WAV
    if head[:4] == b"fLaC":
        return Container.FLAC
    if head[:4] == b"OggS":
        return Container.OGG
    if head[:3] == b"ID3" or _is_mp3_frame(head):
        return Container.MP3
    raise BadRecording(f"Đây không phải tệp âm thanh đọc được. {WORKS}")


def with_true_header(path: Path) -> bytes | None:
    """Cả tệp WAV với độ dài thật ghi lại ở đầu tệp, nếu máy thu đã để trống hoặc ghi một số cỡ gigabyte; không thì ``None``."""
    for name, size, at, end in _chunks(path):
        if name == b"data" and end > at and (size == 0 or (size >= _ENDLESS and at + size > end)):
            content = bytearray(path.read_bytes())
            content[4:8] = struct.pack("<I", end - 8)
            content[at - 4 : at] = struct.pack("<I", end - at)
            return bytes(content)
    return None


def ends_early(path: Path, container: Container) -> bool:
    """Tệp hết trước chỗ nó tự khai (WAV), hoặc thiếu trang cuối (OGG); loại khác thì lúc giải mã mới biết."""
    if container is Container.WAV:
        return any(at + size > end for name, size, at, end in _chunks(path) if name == b"data" and size < _ENDLESS)
    if container is Container.OGG:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            tail = file.read()
        last = tail.rfind(b"OggS")
        return last < 0 or last + 6 > len(tail) or not tail[last + 5] & _LAST_PAGE
    return False


def _is_mp3_frame(head: bytes) -> bool:
    """Mười một bit đồng bộ, lớp III, tốc độ bit và tần số có nghĩa."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    layer, bitrate, rate = head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return layer == 1 and bitrate not in (0, 15) and rate != 3


def _chunks(path: Path) -> Iterator[tuple[bytes, int, int, int]]:
    """Từng khối của tệp RIFF tới hết khối ``data``: tên, cỡ tự khai, chỗ bắt đầu, chỗ tệp thật sự hết."""
    end = path.stat().st_size
    with path.open("rb") as file:
        file.seek(12)
        while len(header := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", header)
            yield name, size, file.tell(), end
            if name == b"data":
                return
            file.seek(size + size % 2, os.SEEK_CUR)
