"""Luật của bản sửa: bảng chuyển trạng thái, và ai được duyệt; thuần."""

from __future__ import annotations

from collections.abc import Collection

from broadcaster.newsroom.enums import RevisionState as S
from broadcaster.states import Transitions

REVISION = Transitions(
    {
        S.DRAFT: [S.SUBMITTED],
        S.SUBMITTED: [S.APPROVED, S.RETURNED, S.DRAFT],
        S.APPROVED: [S.SUPERSEDED, S.WITHDRAWN, S.EXPIRED],
    }
)
"""Bị trả lại, đã rút, hết hiệu lực là điểm cuối: sửa tiếp là một bản sửa mới, phải duyệt lại từ đầu."""


def may_decide(*, hands: Collection[int], decider_id: int, own_approval: bool) -> bool:
    """Ai có phần trong bài (``hands``: viết, sửa, gửi) không tự duyệt, trừ đài một người đã bật cài đặt ấy."""
    return decider_id not in hands or own_approval
