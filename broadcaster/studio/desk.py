"""Quầy của phòng thu cho phòng lịch: lấy mẫu, điền mẫu, đọc chữ, xin bản ghi; khớp cổng ``traffic.preparing.Studio``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from broadcaster.studio import render_queue, templates


class StudioDesk:
    """Ghép các hàm của phòng thu thành một cổng."""

    latest = staticmethod(templates.latest)
    render = staticmethod(templates.render)
    want_recording = staticmethod(render_queue.want_recording)

    def __init__(self, reader: Callable[[str], Sequence[str]]) -> None:
        """``reader``: chữ viết → các câu nói; chậm, chỉ gọi ngoài giao dịch ghi."""
        self.read = reader
