"""Dự báo bốn tuần: kho chờ phát lần đầu so với chỗ trong lịch, theo từng loại đoạn; thuần."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from broadcaster.traffic.autofill import Candidate, SegmentRule

WEEKS = 4
TYPICAL_MS = 75_000
"""Một bản tin dài chừng này khi kho chưa có bản nào để lấy trung bình."""


@dataclass(frozen=True)
class Outlook:
    """Một loại đoạn: đang chờ mấy mục, mỗi tuần thêm mấy, lịch chứa mấy; ``waiting``: còn chờ ở cuối mỗi tuần tới."""

    label: str
    stock: int
    arriving: int
    places: int
    waiting: tuple[int, ...]

    @property
    def short(self) -> bool:
        """Lịch không chứa hết."""
        return self.arriving > self.places or bool(self.waiting and self.waiting[-1])

    @property
    def advice(self) -> str:
        """Lời khuyên; rỗng khi cân."""
        surplus = self.arriving - self.places
        if surplus > 0:
            return f"Dư {surplus} mục {self.label} mỗi tuần: thêm một buổi, nới đoạn, hay duyệt ít hơn."
        if self.waiting and self.waiting[-1]:
            return (
                f"Còn {self.waiting[-1]} mục {self.label} chưa có chỗ sau {len(self.waiting)} tuần: thêm một buổi hay nới đoạn."
            )
        if self.places and not self.stock and not self.arriving:
            return f"Không có mục {self.label} nào đang chờ: hãy soạn thêm, nếu không chỗ này chỉ phát lại."
        return ""


def forecast(
    week: Iterable[Sequence[tuple[SegmentRule, str]]], unaired: Sequence[Candidate], lately: Sequence[Candidate], weeks_seen: int
) -> list[Outlook]:
    """Bốn tuần tới.

    ``week``: các đoạn tin bài (kèm tên) của từng buổi trong một tuần; ``unaired``: kho chưa phát lần nào;
    ``lately``: bản tin được duyệt trong ``weeks_seen`` tuần vừa qua.
    """
    room: dict[str, int] = {}
    rules: dict[str, list[SegmentRule]] = {}
    for segments in week:
        for rule, label in segments:
            if rule.rerun_of is None:
                room[label] = room.get(label, 0) + rule.target_ms
                rules.setdefault(label, []).append(rule)
    stock, arriving = _shared(unaired, rules), _shared(lately, rules)
    return [_outlook(label, room[label], stock[label], arriving[label], weeks_seen) for label in room]


def _shared(many: Iterable[Candidate], rules: Mapping[str, Sequence[SegmentRule]]) -> dict[str, list[Candidate]]:
    """Mỗi bản tin về đoạn hẹp nghĩa nhất nhận nó, như phép xếp làm."""
    order = sorted(rules, key=lambda label: all(rule.column_id is None for rule in rules[label]))
    found: dict[str, list[Candidate]] = {label: [] for label in rules}
    for one in many:
        label = next((label for label in order if any(rule.takes(one) for rule in rules[label])), None)
        if label is not None:
            found[label].append(one)
    return found


def _outlook(label: str, room_ms: int, stock: Sequence[Candidate], lately: Sequence[Candidate], weeks: int) -> Outlook:
    known = [one.length_ms for one in (*stock, *lately)]
    places = room_ms // (sum(known) // len(known) if known else TYPICAL_MS)
    arriving = -(-len(lately) // max(1, weeks))
    waiting: list[int] = []
    left = len(stock)
    for _ in range(WEEKS):
        left = max(0, left + arriving - places)
        waiting.append(left)
    return Outlook(label, len(stock), arriving, places, tuple(waiting))
