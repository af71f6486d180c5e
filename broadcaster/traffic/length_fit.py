"""Một bản tin dài chừng này vừa đoạn nào của các khung giờ: người viết biết lúc đang viết, không phải lúc đã duyệt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.formats import shared_out, takes_scripts
from broadcaster.traffic.queries import slots
from broadcaster.traffic.tables import Segment


@dataclass(frozen=True)
class Piece:
    """Bản tin đang viết: thể loại, chuyên mục, TDP (rỗng là cả phường), độ dài ước tính."""

    genre: Genre
    column_id: int | None
    zones: frozenset[int]
    length_ms: int


@dataclass(frozen=True)
class Room:
    """Chỗ của một đoạn trong một khung giờ; ``over_ms``: bản tin thừa bao nhiêu, 0 là vừa."""

    slot: str
    starts_at: str
    segment: str
    target_ms: int
    over_ms: int


def rooms(session: Session, actor: Actor, piece: Piece, day: date) -> list[Room]:
    """Các đoạn nhận bản tin ấy ở những khung giờ phủ đúng TDP của nó, chỗ vừa trước. Lỗi: ``NotAllowed``.

    Đoạn co giãn theo khung giờ từng ngày trong tuần: kể ngày rộng nhất.
    """
    actor.require(Action.PROGRAMME_READ)
    widest: dict[tuple[str, str, str], int] = {}
    for slot in slots(session, actor, day):
        if slot.stopped_on or slot.rehearsal or not _covers({zone.id for zone in slot.zones}, piece.zones):
            continue
        for weekday in slot.weekdays:
            for segment, ms in shared_out(slot.format.segments, weekday, slot.length_ms):
                if _takes(segment, piece):
                    key = (f"{slot.starts_at:%H:%M}", slot.name, segment.name)
                    widest[key] = max(ms, widest.get(key, 0))
    found = [Room(slot, at, segment, ms, max(0, piece.length_ms - ms)) for (at, slot, segment), ms in widest.items()]
    return sorted(found, key=lambda one: (one.over_ms, one.starts_at))


def _takes(segment: Segment, piece: Piece) -> bool:
    fits = takes_scripts(segment) and segment.rerun_of is None and segment.column_id in (None, piece.column_id)
    return fits and (not segment.genres or piece.genre in segment.genres)


def _covers(slot: set[int], chosen: frozenset[int]) -> bool:
    """Như luật xếp tự động: bản tin của vài TDP chỉ vào buổi mà mọi người nghe đều ở trong các TDP ấy."""
    return not chosen or (bool(slot) and slot <= chosen)
