"""Xếp cho vừa khung giờ: cắt nhạc đệm trước, rồi nói mục nào không còn chỗ; giờ dự kiến của từng mục là tổng chính xác."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.newsroom.enums import Priority
from broadcaster.traffic.enums import ItemKind

MIN_FILLER_MS = 5_000
"""Nhạc đệm ngắn hơn chừng này nghe như lỗi: bỏ hẳn."""
_ORDER = {Priority.URGENT: 0, Priority.PREFERRED: 1, Priority.NORMAL: 2}


@dataclass(frozen=True)
class Piece:
    """Một mục cần xếp; ``by_person``: người vận hành đặt thì được giữ trước."""

    item_id: int
    kind: ItemKind
    planned_ms: int
    priority: Priority = Priority.NORMAL
    by_person: bool = False


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

    Nhạc hiệu và lời mẫu luôn được giữ; tin bài được giữ theo mức ưu tiên, người đặt trước máy đặt, rồi theo thứ tự;
    nhạc đệm nhận phần còn lại. Gọi lại với phần thời gian còn lại khi buổi bắt đầu trễ.
    """
    room = budget_ms - sum(piece.planned_ms for piece in pieces if _fixed(piece))
    kept: dict[int, int] = {piece.item_id: piece.planned_ms for piece in pieces if _fixed(piece)}
    for piece in sorted((one for one in pieces if not _fixed(one) and one.kind is not ItemKind.FILLER), key=_keep_order):
        if piece.planned_ms <= room:
            kept[piece.item_id] = piece.planned_ms
            room -= piece.planned_ms
    for piece in pieces:
        share = min(piece.planned_ms, room)
        if piece.kind is ItemKind.FILLER and share >= min(MIN_FILLER_MS, piece.planned_ms):
            kept[piece.item_id] = share
            room -= share
    return _laid(pieces, kept)


def share_out(stretches: Sequence[tuple[bool, int]], length_ms: int) -> list[int]:
    """Thời lượng thật của từng đoạn khi khuôn phát trong ``length_ms``: tổng luôn đúng bằng nó, nếu có đoạn co giãn.

    ``stretches``: theo thứ tự, (đoạn co giãn được không, thời lượng trong khuôn, mili giây). Nhạc hiệu và lời mẫu giữ nguyên;
    tin bài và nhạc đệm chia phần còn lại theo tỷ lệ; không còn phần nào thì 0.
    """
    elastic = sum(target for stretches_too, target in stretches if stretches_too)
    room = max(0, length_ms - sum(target for stretches_too, target in stretches if not stretches_too))
    given: list[int] = []
    passed = 0
    for stretches_too, target in stretches:
        if not stretches_too:
            given.append(target)
            continue
        before = room * passed // elastic
        passed += target
        given.append(room * passed // elastic - before)
    return given


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


def _fixed(piece: Piece) -> bool:
    return piece.kind in (ItemKind.SOUND, ItemKind.TEMPLATE)


def _keep_order(piece: Piece) -> tuple[int, bool]:
    return _ORDER[piece.priority], not piece.by_person


def _why(piece: Piece) -> str:
    if piece.kind is ItemKind.FILLER:
        return "Nhạc đệm được cắt để nhường chỗ cho tin bài."
    return f"Không còn đủ thời lượng: mục dài {piece.planned_ms // 1000} giây."
