"""Số mẫu có thật của một tệp FLAC, lấy từ khung cuối cùng: STREAMINFO ở đầu tệp có thể khai dối (RFC 9639, 9.1)."""

from __future__ import annotations

_SYNC = (0xF8, 0xF9)
_LONGEST_HEADER = 16


def true_samples(content: bytes) -> int:
    """Số mẫu tới hết khung cuối cùng có đầu khung đúng mã kiểm; không tìm ra thì 0."""
    nominal = int.from_bytes(content[10:12], "big")
    at = content.rfind(b"\xff", 0, len(content) - 5)
    while at > 42:
        if content[at + 1] in _SYNC and (end := _ends_at(content[at : at + _LONGEST_HEADER], nominal)):
            return end
        at = content.rfind(b"\xff", 0, at)
    return 0


def _ends_at(header: bytes, nominal: int) -> int:
    """Mẫu cuối của khung có đầu khung này; mã kiểm sai thì 0 (đó chỉ là byte giống dấu đồng bộ)."""
    number, at = _coded_number(header, 4)
    code, rate = header[2] >> 4, header[2] & 15
    if at == 0 or code == 0 or rate == 15 or header[3] & 1:
        return 0
    size = {1: 192, 6: 0, 7: 0}.get(code) or (576 << (code - 2) if code < 6 else 256 << (code - 8) if code > 7 else 0)
    if code in (6, 7):
        size = int.from_bytes(header[at : at + code - 5], "big") + 1
        at += code - 5
    at += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if at >= len(header) or _crc8(header[:at]) != header[at]:
        return 0
    return number + size if header[1] & 1 else number * nominal + size


def _coded_number(header: bytes, at: int) -> tuple[int, int]:
    """Số viết kiểu UTF-8 kéo dài và chỗ nó hết; viết sai thì chỗ hết là 0."""
    first = header[at]
    more = 0
    while first & 0x80 >> more and more < 8:
        more += 1
    if more in (1, 8) or at + max(more, 1) > len(header):
        return 0, 0
    number = first & (0x7F >> more)
    for byte in header[at + 1 : at + max(more, 1)]:
        if byte & 0xC0 != 0x80:
            return 0, 0
        number = number << 6 | byte & 0x3F
    return number, at + max(more, 1)


def _crc8(content: bytes) -> int:
    value = 0
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value
