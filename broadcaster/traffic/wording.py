"""Vì sao một mục được xếp, bằng lời và đúng sự thật: đếm mọi lần phát trước nó, cả lần đã xếp mà chưa vang."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from broadcaster.newsroom.enums import Priority
from broadcaster.traffic.board import Board, Pick, Place

SOON = timedelta(days=3)
"""Hạn trong chừng này thì lời giải thích nêu hạn."""
_WORTH_TELLING = 1.0


def why(board: Board, place: Place, pick: Pick) -> str:
    """Một câu cho người vận hành và cho nhật ký."""
    one, broadcast = pick.candidate, place.broadcast
    before, last = board.heard_before(one, pick.zones, broadcast.at)
    parts = [part for part in (_forced(pick), _rerun(pick), _favoured(board, pick, before), _topic(board, place, pick)) if part]
    parts.append(aired(before, last))
    if one.valid_to is not None and one.valid_to - broadcast.day <= SOON:
        parts.append(f"hết hiệu lực ngày {one.valid_to:%d/%m}")
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:]


def where_heard(zones: Collection[int], also: Collection[int], names: Mapping[int, str]) -> str:
    """Chỉ vang ở TDP nào, và TDP nào cũng nghe vì chung đường ra."""
    told = f"chỉ vang ở {', '.join(names.get(zone, '?') for zone in sorted(zones))}"
    if not also:
        return told
    return f"{told}; {', '.join(names.get(zone, '?') for zone in sorted(also))} cũng nghe vì chung đường ra"


def aired(count: int, last: date | None) -> str:
    """Đã phát mấy lần, lần gần nhất ngày nào."""
    if not count:
        return "chưa phát lần nào"
    return f"đã phát {count} lần" + (f", gần nhất ngày {last:%d/%m}" if last else "")


def _forced(pick: Pick) -> str:
    if not pick.forced:
        return ""
    told = "mỗi ngày phải có ít nhất một mục CCHC"
    return f"{told}; chưa có bản tin CCHC khác nên nới {pick.relaxed}" if pick.relaxed else told


def _rerun(pick: Pick) -> str:
    return "phát lại chuyên mục của buổi trước" if pick.segment.rerun_of is not None else ""


def _favoured(board: Board, pick: Pick, before: int) -> str:
    one = pick.candidate
    return one.priority.label if one.priority is not Priority.NORMAL and before < board.limits.preferred else ""


def _topic(board: Board, place: Place, pick: Pick) -> str:
    percent, code = board.behind(pick.candidate, place)
    return f"nội dung {code} chậm {percent:.0f} % so với kế hoạch" if percent >= _WORTH_TELLING else ""
