"""Luật của bản sửa: bảng chuyển trạng thái, và ai được duyệt; thuần."""

from __future__ import annotations

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


def may_decide(*, author_id: int, decider_id: int, own_approval: bool) -> bool:
    """Người viết không tự duyệt, trừ đài một người đã bật cài đặt ấy."""
    return author_id != decider_id or own_approval
