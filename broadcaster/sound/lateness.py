"""Biểu đồ dậy trễ của luồng bơm: ô đếm 0,1 ms, ghi một lần tốn dưới một micro giây nên đo được cả khi đang phát thật."""

from __future__ import annotations

from dataclasses import dataclass

_CELL_MS = 0.1
_CELLS = 20_000
_FRAME_MS = 20


@dataclass(frozen=True)
class Lateness:
    """Số lần dậy và độ trễ (ms): trung vị, 99 %, lớn nhất. Các phần trăm làm tròn lên 0,1 ms."""

    ticks: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    late: int
    """Số lần dậy trễ quá một khung (20 ms): quá mức ấy thì đầu ra chỉ còn phần đệm để dựa."""


class LatenessLog:
    """Gom độ trễ; một luồng ghi, luồng khác đọc được."""

    def __init__(self) -> None:
        """Chưa có lần nào."""
        self._cells = [0] * (_CELLS + 1)
        self._max_ms = 0.0

    def note(self, seconds: float) -> None:
        """Ghi một lần dậy trễ ``seconds`` giây (âm tính là 0)."""
        late_ms = max(0.0, seconds * 1000)
        self._cells[min(_CELLS, int(late_ms / _CELL_MS))] += 1
        self._max_ms = max(self._max_ms, late_ms)

    def summary(self) -> Lateness:
        """Tóm tắt tới lúc này."""
        cells = list(self._cells)
        ticks = sum(cells)
        late = sum(cells[int(_FRAME_MS / _CELL_MS) :])
        return Lateness(ticks, _quantile(cells, ticks * 0.50), _quantile(cells, ticks * 0.99), self._max_ms, late)


def _quantile(cells: list[int], rank: float) -> float:
    seen = 0
    for cell, count in enumerate(cells):
        seen += count
        if seen and seen >= rank:
            return (cell + 1) * _CELL_MS
    return 0.0
