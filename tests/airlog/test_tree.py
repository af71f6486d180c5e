"""Cây băm RFC 9162: gốc như định nghĩa, chứng cứ đúng thì nhận, sai một điều gì cũng bị từ chối."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.airlog.tree import EMPTY, Peaks, consistency, inclusion, is_included, leaf, only_grew, root_of


def _lines(count: int) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]


def _by_definition(lines: list[str]) -> bytes:
    """RFC 9162, mục 2.1.1, chép thẳng từ công thức."""
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\x00" + bytes.fromhex(lines[0])).digest()
    k = max(1 << power for power in range(20) if 1 << power < len(lines))
    return hashlib.sha256(b"\x01" + _by_definition(lines[:k]) + _by_definition(lines[k:])).digest()


def test_the_root_is_the_one_of_the_definition() -> None:
    for count in range(40):
        assert root_of(_lines(count)) == _by_definition(_lines(count)).hex()
    assert Peaks().root() == EMPTY


@given(st.data())
def test_a_line_is_proved_and_nothing_else_is(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    lines = _lines(size)
    leaves, root = [leaf(one) for one in lines], root_of(lines)
    path = inclusion(leaves, index)
    assert is_included(lines[index], index, size, path, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index) if size > 1 else st.just(99))
    assert not is_included(lines[index], other, size, path, root)
    assert not is_included(hashlib.sha256(b"x").hexdigest(), index, size, path, root)
    assert not is_included(lines[index], index, size, [*path, root], root)
    assert not is_included(lines[index], index, size, path, EMPTY.hex())
    if path:
        assert not is_included(lines[index], index, size, path[:-1], root)


@given(st.integers(0, 60), st.integers(0, 60), st.data())
def test_growth_is_proved_and_a_rewrite_is_not(first: int, more: int, data: st.DataObject) -> None:
    lines = _lines(first + more)
    proof = consistency([leaf(one) for one in lines], first)
    old, new = root_of(lines[:first]), root_of(lines)
    assert only_grew(first, old, first + more, new, proof)
    if first:
        changed = list(lines)
        changed[data.draw(st.integers(0, first - 1))] = "ff" * 32
        forged = root_of(changed)
        assert not only_grew(first, old, first + more, forged, consistency([leaf(one) for one in changed], first))
        assert not only_grew(first + more, new, first, old, proof) or more == 0
