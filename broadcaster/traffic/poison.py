"""Dòng hỏng của lịch: một mẫu lời, một buổi hay một bước hỏng thì chỉ nó hỏng, có cảnh báo, và phần còn lại vẫn chạy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from broadcaster.errors import BroadcasterError, DatabaseAway

log = structlog.get_logger(__name__)

FAMILY = "poison:"
"""Đầu khoá của cảnh báo về dòng hỏng."""
STRANGE = "lỗi lạ, hãy gửi nhật ký máy cho người hỗ trợ"


class Poison:
    """Sổ những dòng đang hỏng của một đài: khoá → lời; bước nào chạy lại thì xoá phần của bước ấy trước."""

    def __init__(self) -> None:
        """Chưa dòng nào hỏng."""
        self.told: dict[str, str] = {}

    def forget(self, step: str) -> None:
        """Quên những dòng hỏng mà ``step`` đã ghi: nó sắp tự xem lại."""
        self.told = {key: told for key, told in self.told.items() if not key.startswith(f"{FAMILY}{step}:")}

    @contextmanager
    def alone(self, step: str, row: str, what: str) -> Iterator[None]:
        """Việc bên trong hỏng thì ghi sổ rồi đi tiếp; chỉ mất cơ sở dữ liệu mới dừng cả lượt. ``what``: điều không làm được."""
        try:
            yield
        except DatabaseAway:
            raise
        except Exception as error:
            log.exception("một dòng của lịch hỏng", buoc=step, dong=row)
            why = error.message if isinstance(error, BroadcasterError) else f"{STRANGE} ({type(error).__name__})."
            self.told[f"{FAMILY}{step}:{row}"] = f"{what}: {why}"
