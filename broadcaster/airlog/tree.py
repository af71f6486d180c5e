"""Cây băm của RFC 9162 trên các dòng: gốc 32 byte thay cho cả nhật ký, và chừng hai mươi băm chứng minh một dòng nằm trong đó.

Lá là băm đã có của từng dòng, nên cây không cần chỗ riêng: nó tính lại được từ cột ``digest``. Thuần, không đụng dữ liệu.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
"""Gốc của cây không lá (RFC 9162, mục 2.1.1)."""


def leaf(digest: str) -> bytes:
    """Lá của một dòng: SHA-256(0x00 ‖ băm của dòng)."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(digest)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Nút của hai nhánh: SHA-256(0x01 ‖ trái ‖ phải)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Peaks:
    """Những đỉnh của cây đang lớn: bộ nhớ log₂ của số dòng, nên triệu dòng cũng đi một lượt."""

    def __init__(self) -> None:
        """Cây không lá."""
        self.size = 0
        self._stack: list[tuple[int, bytes]] = []

    def add(self, digest: str) -> None:
        """Thêm một dòng ở cuối."""
        height, value = 0, leaf(digest)
        while self._stack and self._stack[-1][0] == height:
            value = node(self._stack.pop()[1], value)
            height += 1
        self._stack.append((height, value))
        self.size += 1

    def root(self) -> bytes:
        """Gốc của cây lúc này."""
        if not self._stack:
            return EMPTY
        value = self._stack[-1][1]
        for _, left in reversed(self._stack[:-1]):
            value = node(left, value)
        return value


def root_of(digests: Iterable[str]) -> str:
    """Gốc (hex) của mọi dòng."""
    peaks = Peaks()
    for digest in digests:
        peaks.add(digest)
    return peaks.root().hex()


def inclusion(leaves: Sequence[bytes], index: int) -> list[str]:
    """Đường băm (hex, từ lá lên gốc) của lá thứ ``index``, đếm từ 0 (RFC 9162, mục 2.1.3.1)."""
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if index < half:
        return [*inclusion(leaves[:half], index), _root(leaves[half:]).hex()]
    return [*inclusion(leaves[half:], index - half), _root(leaves[:half]).hex()]


def is_included(digest: str, index: int, size: int, path: Sequence[str], root: str) -> bool:
    """Dòng có băm ``digest`` đúng là lá thứ ``index`` của cây ``size`` lá mang gốc ``root`` (RFC 9162, mục 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, value = index, size - 1, leaf(digest)
    for step in path:
        if sn == 0:
            return False
        other = bytes.fromhex(step)
        if fn & 1 or fn == sn:
            value = node(other, value)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = node(value, other)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and value.hex() == root


def consistency(leaves: Sequence[bytes], first: int) -> list[str]:
    """Chứng cứ (hex) rằng cây ``len(leaves)`` lá chỉ thêm vào sau cây ``first`` lá (RFC 9162, mục 2.1.4.1)."""
    return [] if first in (0, len(leaves)) else _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[str]:
    if first == len(leaves):
        return [] if whole else [_root(leaves).hex()]
    half = _half(len(leaves))
    if first <= half:
        return [*_subproof(leaves[:half], first, whole=whole), _root(leaves[half:]).hex()]
    return [*_subproof(leaves[half:], first - half, whole=False), _root(leaves[:half]).hex()]


def only_grew(first: int, first_root: str, second: int, second_root: str, proof: Sequence[str]) -> bool:
    """Cây thứ hai chỉ thêm lá vào sau cây thứ nhất (RFC 9162, mục 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof
    if first > second or not proof:
        return False
    steps = [bytes.fromhex(one) for one in proof]
    if first & (first - 1) == 0:
        steps.insert(0, bytes.fromhex(first_root))
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node(step, old), node(step, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old.hex() == first_root and new.hex() == second_root


def _half(size: int) -> int:
    """Luỹ thừa của hai lớn nhất còn nhỏ hơn ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = _half(len(leaves))
    return node(_root(leaves[:half]), _root(leaves[half:]))
