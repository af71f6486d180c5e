"""*Vì sao không*: một bản tin không có mặt ở một buổi vì lý do nào, bằng lời, và người ở đài bấm gì để sửa; thuần."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten

from broadcaster.enums import Word
from broadcaster.traffic.autofill import Candidate, Limits, within_week
from broadcaster.traffic.board import NARROW_TOTAL, Board, Place
from broadcaster.traffic.wording import SOON


class Mend(Word):
    """Một lần bấm để bản tin có chỗ."""

    ADD = "add", "Thêm vào buổi"
    SLOT = "slot", "Lập khung giờ"
    WIDEN = "widen", "Nới hạn"
    FORMAT = "format", "Sửa khuôn"
    SPEAKERS = "speakers", "Khai cụm loa"
    NONE = "none", ""


@dataclass(frozen=True)
class Refusal:
    """Vì sao không ở buổi này; ``rank`` càng lớn càng gần được phát, để nêu buổi đáng sửa nhất."""

    rank: int
    text: str
    mend: Mend


def why_not(board: Board, one: Candidate, place: Place, names: Mapping[int, str]) -> Refusal:
    """Lý do đầu tiên đúng, từ điều không đổi được tới chuyện nhường chỗ."""
    for test in (_validity, _zones, _segment, _excluded, _length, _later, _limits, _room):
        found = test(board, one, place, names)
        if found is not None:
            return found
    return Refusal(9, "Còn bản tin khác tới lượt hơn.", Mend.ADD)


def broken_limits(board: Board, one: Candidate, place: Place) -> list[str]:
    """Giới hạn nào bị vượt nếu người đặt bản tin vào buổi này; rỗng là không vượt gì."""
    found = [_used_up(board.heard(one, board.reach(one, place) or place.broadcast.zones), board.limits.total)]
    found.append("" if board.apart(one, place) else _too_near(board.limits))
    times, zones = board.airtimes[one.script_id], board.hearing(one, place)
    found.append("" if within_week(times, place.broadcast.at, zones, board.limits) else _too_often(board.limits))
    return [one for one in found if one]


def _validity(_board: Board, one: Candidate, place: Place, _names: Mapping[int, str]) -> Refusal | None:
    day = place.broadcast.day
    if one.valid_from is not None and day < one.valid_from:
        return Refusal(1, f"Chưa tới ngày hiệu lực ({one.valid_from:%d/%m/%Y}).", Mend.NONE)
    if one.valid_to is not None and day > one.valid_to:
        return Refusal(0, f"Hết hiệu lực từ sau ngày {one.valid_to:%d/%m/%Y}.", Mend.WIDEN)
    return None


def _zones(board: Board, one: Candidate, place: Place, names: Mapping[int, str]) -> Refusal | None:
    if board.reach(one, place):
        return None
    common = one.zones & place.broadcast.zones
    if not common:
        return Refusal(2, "Buổi này không phát tới TDP của bản tin.", Mend.SLOT)
    paths = board.paths or {}
    silent = sorted(zone for zone in common if zone not in paths)
    if silent:
        return Refusal(2, f"{_list(silent, names)} chưa có cụm loa nào đang dùng.", Mend.SPEAKERS)
    also = sorted(frozenset().union(*(paths[zone] for zone in common)) - one.zones)
    return Refusal(3, f"Chung đường ra với {_list(also, names)}: phát thì các TDP ấy cũng nghe.", Mend.ADD)


def _segment(_board: Board, one: Candidate, place: Place, _names: Mapping[int, str]) -> Refusal | None:
    if place.taking(one) is not None:
        return None
    return Refusal(4, f"Khuôn của buổi không có đoạn nào nhận thể loại “{one.genre.label}”.", Mend.FORMAT)


def _excluded(_board: Board, one: Candidate, place: Place, _names: Mapping[int, str]) -> Refusal | None:
    return Refusal(5, "Người vận hành đã gỡ khỏi buổi này.", Mend.ADD) if one.script_id in place.broadcast.excluded else None


def _length(_board: Board, one: Candidate, place: Place, _names: Mapping[int, str]) -> Refusal | None:
    if one.length_ms <= place.broadcast.room_ms:
        return None
    room, length = place.broadcast.room_ms // 1000, one.length_ms // 1000
    return Refusal(5, f"Dài {length} giây, hơn cả chỗ cho tin bài của buổi ({room} giây).", Mend.SLOT)


def _later(board: Board, one: Candidate, place: Place, _names: Mapping[int, str]) -> Refusal | None:
    """Lần phát đầu đã có chỗ ở một buổi sau: ở đây chỉ là hết chỗ."""
    at = place.broadcast.at
    if board.heard_before(one, board.reach(one, place), at)[0]:
        return None
    ahead = [time for time in board.airtimes[one.script_id] if time.ahead and time.at > at]
    later = min(ahead, key=lambda time: time.at, default=None)
    if later is None or later.day is None:
        return None
    return Refusal(8, f"Hết chỗ ở đây: được xếp phát lần đầu ngày {later.day:%d/%m}.", Mend.ADD)


def _limits(board: Board, one: Candidate, place: Place, _names: Mapping[int, str]) -> Refusal | None:
    zones = board.reach(one, place)
    narrow = zones != place.broadcast.zones
    told = _used_up(board.heard(one, zones), NARROW_TOTAL if narrow else board.limits.total)
    if told:
        return Refusal(6, _sentence(told), Mend.ADD)
    if board.stale(one, place.broadcast.day) and board.heard(one, zones):
        days = board.limits.stale_after.days
        return Refusal(6, f"Bản tin không hạn đã duyệt quá {days} ngày: không phát lại nữa.", Mend.WIDEN)
    if not board.apart(one, place):
        return Refusal(7, _sentence(_too_near(board.limits)), Mend.ADD)
    if not board.spaced(one, place):
        return Refusal(7, _sentence(_too_often(board.limits)), Mend.ADD)
    return None


_MOST_TITLE = 45


def _room(board: Board, one: Candidate, place: Place, _names: Mapping[int, str]) -> Refusal | None:
    if board.reach(one, place) != place.broadcast.zones and one.length_ms > place.narrow:
        return Refusal(8, "Buổi đã đủ phần dành cho tin riêng từng TDP.", Mend.ADD)
    if one.length_ms <= place.room_to(one):
        return None
    before = [pick.candidate for pick in place.in_order() if pick.candidate.script_id != one.script_id]
    if not before:
        return Refusal(8, "Hết chỗ: người vận hành đã xếp kín buổi.", Mend.SLOT)
    told = "; ".join(f"“{shorten(other.title, _MOST_TITLE, placeholder='…')}”{_because(one, other)}" for other in before[:3])
    more = f" và {len(before) - 3} mục khác" if len(before) > 3 else ""
    return Refusal(8, f"Hết chỗ: đã xếp {told}{more}.", Mend.ADD)


def _because(one: Candidate, other: Candidate) -> str:
    if other.valid_to is not None and (one.valid_to is None or other.valid_to < one.valid_to - SOON):
        return f" (hạn {other.valid_to:%d/%m})"
    return ""


def _used_up(heard: int, total: int) -> str:
    return f"đã phát hoặc đã xếp đủ {heard} lần, giới hạn là {total}" if heard >= total else ""


def _too_near(limits: Limits) -> str:
    return f"cách một lần phát khác dưới {limits.spacing.total_seconds() / 3600:.0f} giờ"


def _too_often(limits: Limits) -> str:
    return f"đã đủ {limits.per_week} lần trong bảy ngày, kể cả những buổi đã xếp"


def _list(zones: list[int], names: Mapping[int, str]) -> str:
    return ", ".join(names.get(zone, "?") for zone in zones)


def _sentence(told: str) -> str:
    return f"{told[0].upper()}{told[1:]}."
