"""Tệp người ta đưa tới thành những đoạn mà bộ giải mã đọc trọn: byte nằm sau chỗ tệp tự khai là hết cũng được đọc.

Hai tệp nối đuôi nhau, đầu tệp khai ngắn hơn thật: bộ giải mã dừng ở chỗ tự khai và nửa bản tin mất mà không ai biết.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from broadcaster.errors import BadRecording
from broadcaster.sound.containers import CUT, ENDLESS, UNFINISHED, Container
from broadcaster.sound.flac_frames import true_samples
from broadcaster.sound.mp3_frames import frames_of

GLUED = "Tệp gồm {n} tệp nối đuôi nhau; đã đọc cả {n}. Hãy nghe lại xem có đúng một bản đọc không."
CUT_FRAME = "Tệp MP3 hết giữa một khung tiếng: có thể chép dở."
_LOST_SHARE = 0.01
_JUNK = 4_096
_FLAC = b"fLaC\x00\x00\x00\x22"
_FIRST_PAGE, _LAST_PAGE = 0x02, 0x04
_TOTAL = (1 << 36) - 1


@dataclass(frozen=True)
class Piece:
    """Một đoạn giải mã được riêng; ``samples``: số mẫu đoạn ấy tự khai, 0 khi không khai."""

    content: bytes
    samples: int = 0


@dataclass(frozen=True)
class WholeFile:
    """Các đoạn theo thứ tự, điều đã sửa giúp, và điều phải hỏi người đưa tệp."""

    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def whole_file_of(path: Path, container: Container) -> WholeFile:
    """Mọi đoạn có thật trong tệp. Lỗi: ``BadRecording`` khi tệp cụt, hoặc có phần không đọc được."""
    content = path.read_bytes()
    if container is Container.MP3:
        return _mp3(content)
    if container is Container.WAV:
        return _wav(content)
    if container is Container.FLAC:
        return _glued([_flac(part) for part in _split(content, _starts(content, _FLAC))])
    if container is Container.OGG:
        return _ogg(content)
    return WholeFile((Piece(content),))


def _glued(pieces: list[Piece], notes: tuple[str, ...] = (), doubts: tuple[str, ...] = ()) -> WholeFile:
    told = (GLUED.format(n=len(pieces)),) if len(pieces) > 1 else ()
    return WholeFile(tuple(pieces), notes, (*told, *doubts))


def _mp3(content: bytes) -> WholeFile:
    frames = frames_of(content)
    if frames.missing or frames.lost > max(_JUNK, _LOST_SHARE * len(content)):
        raise BadRecording(CUT if frames.missing else "Trong tệp MP3 có phần không phải tiếng. Hãy xuất lại tệp rồi tải lên.")
    if not frames.runs:
        raise BadRecording("Không giải mã được tệp này. Hãy mở nghe thử trên máy, xuất lại dạng WAV hoặc MP3 rồi tải lên.")
    doubts = (CUT_FRAME,) if frames.cut_frame else ()
    return _glued([Piece(bytes(run)) for run in frames.runs], doubts=doubts)


def _wav(content: bytes) -> WholeFile:
    """Từng tệp RIFF nối nhau; cỡ tự khai bằng không, cỡ gigabyte hay ngắn hơn phần có thật thì lấy tới hết."""
    pieces: list[Piece] = []
    notes: dict[str, None] = {}
    at = 0
    while at < len(content):
        piece, at, mended = _one_wav(content, at)
        if mended:
            notes[UNFINISHED] = None
        pieces.append(Piece(piece))
    return _glued(pieces, tuple(notes))


def _one_wav(content: bytes, start: int) -> tuple[bytes, int, bool]:
    """Một tệp RIFF bắt đầu ở ``start``: byte của nó với độ dài thật, chỗ nó hết, có phải sửa đầu tệp không."""
    at, end = start + 12, len(content)
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", content, at)
        if name != b"data":
            at += 8 + size + size % 2
            continue
        data = at + 8
        if (size == 0 and end > data) or (size >= ENDLESS and data + size > end):
            return _with_length(content, start, data, end), end, True
        if data + size > end:
            raise BadRecording(CUT)
        following = _after(content, data + size + size % 2)
        if following is None:
            return _with_length(content, start, data, end), end, True
        return content[start : data + size], following, False
    return content[start:], end, False


def _after(content: bytes, at: int) -> int | None:
    """Chỗ tệp kế tiếp bắt đầu (hoặc hết); ``None`` khi phía sau là tiếng mà đầu tệp không kể tới."""
    end = len(content)
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", content, at)
        if name == b"RIFF" and content[at + 8 : at + 12] == b"WAVE":
            return at
        if name == b"data" or not name.isascii() or not name.replace(b" ", b"").isalnum() or at + 8 + size > end + 1:
            return None if any(content[at:end]) and end - at > _JUNK else end
        at += 8 + size + size % 2
    return end


def _with_length(content: bytes, start: int, data: int, end: int) -> bytes:
    whole = bytearray(content[start:end])
    whole[4:8] = struct.pack("<I", len(whole) - 8)
    whole[data - start - 4 : data - start] = struct.pack("<I", end - data)
    return bytes(whole)


def _flac(content: bytes) -> Piece:
    """Tổng số mẫu ở STREAMINFO (RFC 9639, 8.2) được thay bằng số có thật, để bộ giải mã đọc tới khung cuối cùng."""
    told = int.from_bytes(content[18:26], "big")
    there = true_samples(content) or told & _TOTAL
    return Piece(content[:18] + (told & ~_TOTAL | there).to_bytes(8, "big") + content[26:], told & _TOTAL)


def _starts(content: bytes, mark: bytes) -> list[int]:
    found, at = [], content.find(mark, 1)
    while at > 0:
        found.append(at)
        at = content.find(mark, at + 1)
    return found


def _ogg(content: bytes) -> WholeFile:
    """Dòng OGG nối nhau (RFC 3533): dòng mới bắt đầu sau khi dòng trước đã khai là hết; dòng cuối phải có trang cuối."""
    found = []
    over = False
    at = content.find(b"OggS")
    while at >= 0 and at + 27 <= len(content):
        flags, count = content[at + 5], content[at + 26]
        if over and flags & _FIRST_PAGE:
            found.append(at)
        over = bool(flags & _LAST_PAGE) or (over and not flags & _FIRST_PAGE)
        end = at + 27 + count + sum(content[at + 27 : at + 27 + count])
        over = over and end <= len(content)
        at = content.find(b"OggS", end)
    if not over:
        raise BadRecording(CUT)
    return _glued([Piece(part) for part in _split(content, found)])


def _split(content: bytes, starts: list[int]) -> list[bytes]:
    return [content[first:last] for first, last in pairwise([0, *starts, len(content)])]
