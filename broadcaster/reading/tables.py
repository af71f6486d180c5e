"""Bảng dán vào bài (cột ngăn bằng dấu nhảy cột hay gạch đứng): đọc từng dòng kèm tên cột, và hỏi."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from broadcaster.reading.claims import Claims
from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job

_LINE = Pattern(r"[^\n]+")
_RULE_LINE = Pattern(r"[ |:+=-]*-{2,}[ |:+=-]*")
_LETTERHEAD = Pattern(
    r"cộng hòa xã hội|cộng hoà xã hội|độc lập|đảng cộng sản|nơi nhận|\b(?:tm|kt|tl|tuq)\.|số ?:|ngày .{0,12}tháng|chủ tịch$"
    r"|người (?:lập|viết|ghi)|thư ký$|chủ tọa|trưởng thôn$",
    re.IGNORECASE,
)
_NUMBERING = frozenset({"tt", "stt", "số tt", "số thứ tự", "thứ tự", "#", "no"})
_EMPTY = frozenset({"", "-", "–", "x", "//", "0"})
_LONGEST_HEADING = 40
_SELF_NAMED = frozenset({"ngày", "giờ", "thời gian", "ngày giờ", "ngày tháng", "thứ ngày"})
_DAYS = _SELF_NAMED | {"ngày tiêm", "ngày họp", "ngày thi", "ngày khám", "ngày sinh", "ngày phát"}
_STAMP = Pattern(r"\d{1,2} ?[/h:.-]")


@dataclass(frozen=True)
class _Row:
    start: int
    end: int
    cells: tuple[tuple[int, int], ...]

    def texts(self, source: str) -> list[str]:
        return [source[start:end].strip(" *_") for start, end in self.cells]


def claim(source: str, claims: Claims, job: Job, say: Callable[[str], str]) -> None:
    """Nhận dòng tên cột và mọi chỗ ngăn ô của các bảng; ``say`` đọc một tên cột."""
    if "\t" not in source and "|" not in source:
        return
    for rows in _grids(source):
        headings = rows[0].texts(source)
        if any(_LETTERHEAD.search(cell) for row in rows for cell in row.texts(source)):
            continue
        if all(_is_heading(cell) for cell in headings):
            names = [_named(cell, say) for cell in headings]
            job.day_cells.update(cell[0] for row in rows for cell, name in zip(row.cells, names, strict=True) if name in _DAYS)
            _with_headings(source, claims, rows, names)
            _ask(job, rows, "Bảng đang được đọc từng dòng kèm tên cột. Hãy nghe lại, hoặc viết thành câu.")
        elif len(headings) > 2 and any(map(str.isdigit, source[rows[0].start : rows[-1].end])):
            _ask(job, rows, "Có bảng không có tên cột: người nghe không biết số nào là của cột nào. Hãy viết thành câu.")


def _grids(source: str) -> Iterator[list[_Row]]:
    """Các nhóm dòng liền nhau có cùng số ô; dòng kẻ của bảng không tính."""
    group: list[_Row] = []
    last = -1
    for line in _LINE.finditer(source):
        row = _row(line)
        if group and (line.start() != last + 1 or (row is not None and len(row.cells) != len(group[0].cells)) or row is None):
            if row is None and line.start() == last + 1 and _RULE_LINE.fullmatch(line[0]):
                last = line.end()
                continue
            yield from [group] if _is_grid(group) else []
            group = []
        if row is not None:
            group.append(row)
        last = line.end()
    if _is_grid(group):
        yield group


def _is_grid(group: list[_Row]) -> bool:
    return len(group) > 1 and (len(group) > 2 or len(group[0].cells) > 2)


def _row(line: re.Match[str]) -> _Row | None:
    text, start = line[0], line.start()
    if ("\t" not in text and "|" not in text) or _RULE_LINE.fullmatch(text):
        return None
    bars = "|" in text
    lead = len(text) - len(text.lstrip(" |")) if bars else 0
    body = text.rstrip(" |") if bars else text
    cells, at = [], lead
    for match in re.finditer(r" ?\| ?|\t" if bars else r"\t", body[lead:]):
        cells.append((start + at, start + lead + match.start()))
        at = lead + match.end()
    cells.append((start + at, start + len(body)))
    return _Row(start, line.end(), tuple(cells)) if len(cells) > 1 else None


def _is_heading(cell: str) -> bool:
    return 0 < len(cell) <= _LONGEST_HEADING and not any(map(str.isdigit, cell)) and cell[-1] not in ":.;"


def _named(cell: str, say: Callable[[str], str]) -> str:
    """Lời của một tên cột; cột số thứ tự không cần tên."""
    if cell.lower().strip(". ") in _NUMBERING:
        return ""
    said = say(cell).rstrip(".")
    return said.lower() if said.isupper() else said[:1].lower() + said[1:]


def _with_headings(source: str, claims: Claims, rows: list[_Row], names: list[str]) -> None:
    at = rows[0].start
    for row in rows[1:]:
        claims.add(at, row.cells[0][0], Kind.MARKER, f"\n{names[0]}", "table_row")
        for number, ((_, left), (start, end)) in enumerate(zip(row.cells, row.cells[1:], strict=False), start=1):
            if source[start:end].strip() in _EMPTY:
                claims.add(left, max(end, left + 1), Kind.SILENT, ",", "table_empty")
            else:
                name = _heading(names[number], source[start:end])
                claims.add(left, start, Kind.MARKER, f", {name}", "table_cell")
        at = row.cells[-1][1]


def _heading(name: str, cell: str) -> str:
    """Cột “ngày”, “giờ”: ô viết 5/11 hay 7h30 tự nói ra chữ ấy."""
    return "" if name in _SELF_NAMED and _STAMP.match(cell) else name


def _ask(job: Job, rows: list[_Row], message: str) -> None:
    job.ask_at("table", rows[0].start, rows[-1].end, message)
