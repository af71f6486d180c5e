"""Buổi theo khuôn: nhạc hiệu, lời mẫu, nhạc đệm đúng như khuôn, mỗi thứ đúng một lần; gọi lúc nào, mấy lần cũng được.

Tay người được giữ: mục đã dời ở nguyên chỗ, mục đã gỡ không trở lại, tin bài người thêm ở lại dù đoạn của nó không còn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, SegmentKind
from broadcaster.traffic.formats import segments_of, takes_scripts
from broadcaster.traffic.rules import numbered
from broadcaster.traffic.tables import Item, Programme, Segment

_FRAME = {
    SegmentKind.SOUND: ItemKind.SOUND,
    SegmentKind.TEMPLATE: ItemKind.TEMPLATE,
    SegmentKind.FILLER: ItemKind.FILLER,
}
_OPEN = (ItemState.WAITING, ItemState.DROPPED)


def follow_format(session: Session, programme: Programme) -> None:
    """Đưa các mục của một buổi chưa chốt về đúng khuôn hiện hành của khung giờ; tin bài còn thiếu do xếp tự động thêm."""
    session.flush()
    session.expire(programme, ["items", "slot"])
    places = segments_of(programme)
    frame = [(segment, ms) for segment, ms in places if segment.kind in _FRAME]
    old = [item for item in programme.items if item.state in _OPEN]
    claimed = _claim([segment for segment, _ in frame], old)
    order = [item for item in old if _stays(item, claimed, [segment for segment, _ in places])]
    for item in old:
        if item not in order:
            session.delete(item)
    for segment, target_ms in frame:
        place = claimed.get(segment.id)
        if place is None:
            place = Item(programme_id=programme.id, rank=0, placed_by=PlacedBy.RULE, state=ItemState.WAITING)
            order.append(place)
        _shape(place, segment, target_ms)
        session.add(place)
    for item, rank in zip(_ordered(order), numbered(len(order)), strict=True):
        item.rank = rank
    session.flush()
    session.expire(programme, ["items"])


def _claim(segments: Sequence[Segment], items: Sequence[Item]) -> dict[int, Item]:
    """Đoạn → mục đã có của nó: đúng đoạn ấy, hoặc mục cùng nội dung của khuôn trước (kể cả mục người đã dời, đã gỡ)."""
    found: dict[int, Item] = {}
    for same_segment in (True, False):
        for segment in segments:
            free = [one for one in items if one not in found.values() and _content(one) == _asked(segment)]
            match = next((one for one in free if not same_segment or one.segment_id == segment.id), None)
            if match is not None and segment.id not in found:
                found[segment.id] = match
    return found


def _stays(item: Item, claimed: Mapping[int, Item], segments: Sequence[Segment]) -> bool:
    """Mục ở lại buổi không; điều người đặt mà đoạn không còn thì ở lại, không thuộc đoạn nào."""
    if item in claimed.values():
        return True
    places = {one.id: takes_scripts(one) for one in segments}
    if item.kind in _FRAME.values() and item.placed_by is PlacedBy.RULE:
        return False
    if item.placed_by is PlacedBy.RULE and item.state is ItemState.WAITING:
        return item.segment_id is not None and places.get(item.segment_id, False)
    if item.segment_id not in places:
        item.segment = None
    return True


def _shape(item: Item, segment: Segment, target_ms: int) -> None:
    """Mục mang đúng nội dung của đoạn; lời mẫu đã có tiếng giữ thời lượng thật."""
    item.segment, item.kind, item.why = segment, _FRAME[segment.kind], "Theo khuôn chương trình"
    item.template_code = segment.template_code if item.kind is ItemKind.TEMPLATE else None
    item.sound_id = None if item.kind is ItemKind.TEMPLATE else segment.sound_id
    if item.kind is ItemKind.SOUND and segment.sound is not None:
        target_ms = segment.sound.duration_ms
    if item.recording_id is None:
        item.planned_ms = target_ms


def _ordered(items: Sequence[Item]) -> list[Item]:
    """Theo thứ tự đoạn; mục người đặt đi theo mục đứng ngay trước nó như cũ."""
    by_rule = [one for one in items if one.placed_by is PlacedBy.RULE and one.segment is not None]
    order = sorted(by_rule, key=lambda one: one.segment.position if one.segment else 0)
    for number, item in enumerate(items):
        if item not in by_rule:
            order.insert(order.index(items[number - 1]) + 1 if number else 0, item)
    return order


def _content(item: Item) -> tuple[object, ...]:
    return item.kind, item.template_code, item.sound_id if item.kind is ItemKind.SOUND else None


def _asked(segment: Segment) -> tuple[object, ...]:
    kind = _FRAME[segment.kind]
    template = segment.template_code if kind is ItemKind.TEMPLATE else None
    return kind, template, segment.sound_id if kind is ItemKind.SOUND else None
