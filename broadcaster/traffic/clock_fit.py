"""Xếp cho vừa khung giờ tới từng mili giây: nhạc hiệu và lời mẫu trước, rồi tin bài, nhạc đệm co giãn lấp đúng phần còn lại.

Giờ dự kiến của từng mục là tổng chính xác. Thuần: giá trị vào, giá trị ra.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from broadcaster.newsroom.enums import Priority
from broadcaster.traffic.enums import ItemKind

MIN_FILLER_MS = 5_000
"""Nhạc đệm ngắn hơn chừng này nghe như lỗi: bỏ hẳn."""
FILLER_STRETCH = 2
"""Nhạc đệm dài nhất gấp chừng này chỗ của nó trong khuôn: thiếu tin bài thì buổi kết thúc sớm, không lặp nhạc cho hết giờ."""
_ORDER = {Priority.URGENT: 0, Priority.PREFERRED: 1, Priority.NORMAL: 2}


@dataclass(frozen=True)
class Piece:
    """Một mục cần xếp; ``by_person``: người vận hành đặt thì được giữ trước.

    ``hard_ms``: mục giờ cứng bắt đầu sau chừng này kể từ đầu khoảng; ``None`` là nối theo mục trước.
    """

    item_id: int
    kind: ItemKind
    planned_ms: int
    priority: Priority = Priority.NORMAL
    by_person: bool = False
    hard_ms: int | None = None
    reform: bool = False
    """Cải cách hành chính: thiếu giờ thì bỏ sau cùng."""


@dataclass(frozen=True)
class Placed:
    """Mục có chỗ, bắt đầu sau ``offset_ms`` kể từ đầu khung giờ (hay từ lúc bắt đầu trễ)."""

    item_id: int
    offset_ms: int
    planned_ms: int


@dataclass(frozen=True)
class LeftOut:
    """Mục không có chỗ; ``offset_ms`` là nơi đáng ra nó bắt đầu."""

    item_id: int
    offset_ms: int
    reason: str


@dataclass(frozen=True)
class Fitted:
    """Kết quả: mục có chỗ theo thứ tự phát, mục không có chỗ, tổng thời lượng."""

    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]
    total_ms: int


def fit(pieces: Sequence[Piece], budget_ms: int) -> Fitted:
    """Xếp ``pieces`` (theo thứ tự phát) vào ``budget_ms``.

    Nhạc hiệu và lời mẫu luôn được giữ; tin bài được giữ theo: khẩn, CCHC, mức ưu tiên, người đặt trước máy đặt, rồi theo thứ tự;
    nhạc đệm dài ra (nhiều nhất ``FILLER_STRETCH`` lần) hay ngắn lại để lấp phần còn lại. Trước mỗi mục giờ cứng là một khoảng
    riêng: tin bài không kịp thì nhường, nhạc đệm trong khoảng ấy kéo tới đúng mốc dù dài bao nhiêu; không có nhạc đệm thì mục
    giờ cứng nối theo mục trước.
    Gọi lại với phần thời gian còn lại khi buổi bắt đầu trễ.
    """
    kept: dict[int, int] = {}
    passed = 0
    *before, last = _blocks(pieces, budget_ms)
    for block, until_ms in (*before, last):
        kept |= _kept(block, until_ms - passed, stretch=FILLER_STRETCH if block is last[0] else None)
        passed += sum(kept.get(piece.item_id, 0) for piece in block)
    return _laid(pieces, kept)


def share_out(stretches: Sequence[tuple[bool, int]], length_ms: int) -> list[int]:
    """Thời lượng thật của từng đoạn khi khuôn phát trong ``length_ms``: tổng luôn đúng bằng nó, nếu có đoạn co giãn.

    ``stretches``: theo thứ tự, (đoạn co giãn được không, thời lượng trong khuôn, mili giây). Nhạc hiệu và lời mẫu giữ nguyên;
    tin bài và nhạc đệm chia phần còn lại theo tỷ lệ; không còn phần nào thì 0.
    """
    room = length_ms - sum(target for elastic, target in stretches if not elastic)
    shares = iter(_shares([target for elastic, target in stretches if elastic], max(0, room)))
    return [next(shares) if elastic else target for elastic, target in stretches]


def _shares(weights: Sequence[int], room: int) -> list[int]:
    """Chia ``room`` theo ``weights``, tổng đúng bằng ``room``."""
    whole = sum(weights)
    edges = [room * sum(weights[:number]) // whole for number in range(len(weights) + 1)] if whole else []
    return [after - before for before, after in pairwise(edges)]


def _blocks(pieces: Sequence[Piece], budget_ms: int) -> list[tuple[list[Piece], int]]:
    """Cắt ở mỗi mục giờ cứng: (các mục, mốc cuối của khoảng kể từ đầu)."""
    found: list[tuple[list[Piece], int]] = []
    block: list[Piece] = []
    for piece in pieces:
        if piece.hard_ms is not None and block:
            found.append((block, min(piece.hard_ms, budget_ms)))
            block = []
        block.append(piece)
    return [*found, (block, budget_ms)]


def _kept(block: Sequence[Piece], budget_ms: int, *, stretch: int | None) -> dict[int, int]:
    """Mục được giữ của một khoảng → thời lượng; ``stretch``: nhạc đệm dài nhất mấy lần chỗ của nó (``None``: mấy cũng được)."""
    kept = _framed(block, budget_ms)
    room = budget_ms - sum(kept.values())
    for piece in sorted((one for one in block if not _fixed(one) and one.kind is not ItemKind.FILLER), key=_keep_order):
        if piece.planned_ms <= room:
            kept[piece.item_id] = piece.planned_ms
            room -= piece.planned_ms
    fillers = [piece for piece in block if piece.kind is ItemKind.FILLER][: max(0, room) // MIN_FILLER_MS]
    if stretch is not None:
        room = min(room, sum(max(MIN_FILLER_MS, stretch * piece.planned_ms) for piece in fillers))
    shares = _shares([piece.planned_ms for piece in fillers], room - MIN_FILLER_MS * len(fillers))
    return kept | {piece.item_id: MIN_FILLER_MS + share for piece, share in zip(fillers, shares, strict=True)}


def _laid(pieces: Sequence[Piece], kept: dict[int, int]) -> Fitted:
    placed: list[Placed] = []
    left_out: list[LeftOut] = []
    offset = 0
    for piece in pieces:
        if piece.item_id in kept:
            placed.append(Placed(piece.item_id, offset, kept[piece.item_id]))
            offset += kept[piece.item_id]
        else:
            left_out.append(LeftOut(piece.item_id, offset, _why(piece)))
    return Fitted(tuple(placed), tuple(left_out), offset)


def _framed(block: Sequence[Piece], budget_ms: int) -> dict[int, int]:
    """Nhạc hiệu và lời mẫu được giữ; chúng chỉ nhường, từ cuối lên, khi không thế thì tin CCHC không còn chỗ."""
    frame, wanted = [piece for piece in block if _fixed(piece)], 0
    for piece in block:
        wanted += piece.planned_ms if piece.reform and wanted + piece.planned_ms <= budget_ms else 0
    while wanted and frame and sum(piece.planned_ms for piece in frame) + wanted > budget_ms:
        frame.pop()
    return {piece.item_id: piece.planned_ms for piece in frame}


def _fixed(piece: Piece) -> bool:
    return piece.kind in (ItemKind.SOUND, ItemKind.TEMPLATE)


def _keep_order(piece: Piece) -> tuple[bool, bool, int, bool]:
    return piece.priority is not Priority.URGENT, not piece.reform, _ORDER[piece.priority], not piece.by_person


def _why(piece: Piece) -> str:
    if piece.kind is ItemKind.FILLER:
        return "Nhạc đệm được cắt để nhường chỗ cho tin bài."
    return f"Không còn đủ thời lượng: mục dài {piece.planned_ms // 1000} giây."
