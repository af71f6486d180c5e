"""Đọc chữ dài ở tiến trình riêng: một giây đọc giữ khoá của Python thì cả trang, và nút đỏ, đứng theo."""

from __future__ import annotations

from broadcaster.child import Child, ChildLost
from broadcaster.errors import TooBusy
from broadcaster.newsroom import _reading_worker
from broadcaster.newsroom.reading_aloud import PLAIN, Manner, read_text
from broadcaster.newsroom.submitting import ReadText

LONG = 6_000
"""Chữ dài từ chừng này ký tự thì đọc ở tiến trình riêng; ngắn hơn thì đọc tại chỗ chỉ hai chục mili giây."""
_PATIENCE_S = 60.0


class ReaderApart:
    """Như ``read_text``, gọi từ luồng nào cũng được; tiến trình con chỉ sống khi có chữ dài để đọc."""

    def __init__(self, *, patience_s: float = _PATIENCE_S) -> None:
        """``patience_s``: một văn bản lâu hơn thế là treo."""
        self._child = Child(_reading_worker.serve, "đọc chữ dài", patience_s=patience_s)

    @property
    def pid(self) -> int | None:
        """Tiến trình con, nếu có."""
        return self._child.pid

    def __call__(self, body: str, manner: Manner = PLAIN) -> ReadText:
        """Cách đọc của ``body``. Lỗi: ``TooBusy`` khi tiến trình con treo hay chết hai lần liền."""
        if len(body) < LONG:
            return read_text(body, manner)
        try:
            answer = self._child.ask((body, manner))
        except ChildLost as lost:
            raise TooBusy from lost
        if isinstance(answer, ReadText):
            return answer
        raise answer

    def close(self) -> None:
        """Tắt tiến trình con; lần đọc sau tự dựng lại."""
        self._child.close()
