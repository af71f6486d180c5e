"""Nội dung kế hoạch trên biểu mẫu soạn: nhãn để đánh dấu, và gợi ý kèm lý do."""

from __future__ import annotations

from collections.abc import Sequence

from broadcaster.newsroom.tables import Plan, PlanTopic
from broadcaster.newsroom.topic_words import suggest

LONGEST = 30_000
"""Gợi ý chỉ nhìn chừng này chữ đầu: đủ nửa giờ đọc."""
Topics = Sequence[tuple[PlanTopic, Plan]]


def labels(topics: Topics) -> list[tuple[int, str]]:
    """Nhãn của từng nội dung; nhiều kế hoạch cùng hiện thì nói rõ năm."""
    several = len({plan.id for _, plan in topics}) > 1
    return [(topic.id, f"{topic.code} · {topic.title}" + (f" ({plan.year})" if several else "")) for topic, plan in topics]


def suggested(topics: Topics, text: str) -> dict[int, tuple[str, str]]:
    """Nội dung máy gợi ý → (mã, những cụm từ của bài làm nên gợi ý); người soạn tự đánh dấu."""
    found = suggest(text[:LONGEST], {topic.id: f"{topic.title}. {topic.detail}" for topic, _ in topics})
    codes = {topic.id: topic.code for topic, _ in topics}
    return {one.topic_id: (codes[one.topic_id], ", ".join(f"“{words}”" for words in one.words)) for one in found}
