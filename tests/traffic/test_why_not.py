"""*Vì sao không*: mỗi lý do một câu đúng, kèm một nút sửa; điều không đổi được nói trước chuyện nhường chỗ."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.autofill import Broadcast, Candidate, History, Kept, Limits, Past, Paths
from broadcaster.traffic.lookahead import plan
from broadcaster.traffic.why_not import Mend, Refusal, broken_limits, why_not
from tests.traffic.test_choosing import LIMITS, NEWS, WARD, broadcast, candidate, reform

NAMES = {1: "Tổ 1", 2: "Tổ 2", 3: "Tổ 3"}
DAY = timedelta(days=1)
NOON = broadcast(4)
"""Sáng thứ Tư: trước và sau nó còn buổi khác."""
EVERYWHERE = frozenset({1, 2, 3})


def refused(
    one: Candidate,
    *others: Candidate,
    at: Broadcast = NOON,
    around: tuple[Broadcast, ...] = (),
    limits: Limits = LIMITS,
    history: History | None = None,
    paths: Paths | None = None,
) -> Refusal:
    made = plan([at, *around], [one, *others], [], limits, history=history, paths=paths)
    place = next(place for place in made.board.places if place.broadcast is at)
    return why_not(made.board, one, place, NAMES)


def heard(count: int, days_ago: int, zones: frozenset[int] = WARD) -> History:
    day = NOON.day - days_ago * DAY
    return {1: {zone: Past(count, NOON.at - days_ago * DAY, day) for zone in zones}}


def aired(number: int, **changes: object) -> Broadcast:
    """Buổi đã phát bản tin số 1."""
    return broadcast(number, open=False, kept=(Kept(1, 1, 60_000, False, ahead=False),), **changes)


def test_the_validity_comes_first_and_its_ends_are_included() -> None:
    early = candidate(1, valid_from=NOON.day + DAY, genre=Genre.QA)
    assert refused(early) == Refusal(1, "Chưa tới ngày hiệu lực (05/03/2026).", Mend.NONE)
    late = candidate(1, valid_to=NOON.day - DAY, genre=Genre.QA)
    assert refused(late) == Refusal(0, "Hết hiệu lực từ sau ngày 03/03/2026.", Mend.WIDEN)
    assert refused(candidate(1, valid_from=NOON.day, valid_to=NOON.day, genre=Genre.QA)).mend is Mend.FORMAT


def test_where_it_cannot_be_heard_says_which_zone_and_why() -> None:
    assert refused(candidate(1, zones=frozenset({3}))) == Refusal(2, "Buổi này không phát tới TDP của bản tin.", Mend.SLOT)
    wide = replace(NOON, zones=EVERYWHERE)
    told = refused(candidate(1, zones=frozenset({2, 1})), at=wide, paths={3: frozenset({3})})
    assert told == Refusal(2, "Tổ 1, Tổ 2 chưa có cụm loa nào đang dùng.", Mend.SPEAKERS)
    unknown = refused(candidate(1, zones=frozenset({9})), at=replace(NOON, zones=frozenset({9, 1})), paths={})
    assert unknown.text == "? chưa có cụm loa nào đang dùng."
    own = candidate(1, zones=frozenset({1}))
    shared = refused(own, at=wide, limits=replace(LIMITS, shared=False), paths=dict.fromkeys(EVERYWHERE, EVERYWHERE))
    assert shared == Refusal(3, "Chung đường ra với Tổ 2, Tổ 3: phát thì các TDP ấy cũng nghe.", Mend.ADD)


def test_what_the_format_or_a_person_left_out_says_so() -> None:
    told = refused(candidate(1, genre=Genre.QA))
    assert told == Refusal(4, "Khuôn của buổi không có đoạn nào nhận thể loại “Hỏi - đáp”.", Mend.FORMAT)
    removed = refused(candidate(1), at=replace(NOON, excluded=frozenset({1})))
    assert removed == Refusal(5, "Người vận hành đã gỡ khỏi buổi này.", Mend.ADD)
    long = refused(candidate(1, length_ms=612_500))
    assert long == Refusal(5, "Dài 612 giây, hơn cả chỗ cho tin bài của buổi (590 giây).", Mend.SLOT)
    full = replace(NOON, kept=(Kept(9, 1, 590_000, False),))
    assert refused(candidate(1, length_ms=590_000), at=full).rank == 8


FULL = replace(NOON, segments=(NEWS,), room_ms=200_000, kept=(Kept(9, 1, 200_000, False),))


def test_a_first_airing_placed_later_is_only_a_lack_of_room_here() -> None:
    later = [broadcast(number, segments=(NEWS,), room_ms=200_000) for number in (9, 7)]
    told = refused(candidate(1), at=FULL, around=tuple(later))
    assert told == Refusal(8, "Hết chỗ ở đây: được xếp phát lần đầu ngày 05/03.", Mend.ADD)
    again = refused(candidate(1), at=FULL, around=tuple(later), history=heard(1, 5))
    assert again == Refusal(8, "Hết chỗ: người vận hành đã xếp kín buổi.", Mend.SLOT), "đã phát rồi thì không phải lần đầu"


def test_each_limit_says_its_own_number() -> None:
    used = refused(candidate(1), history=heard(10, 20))
    assert used == Refusal(6, "Đã phát hoặc đã xếp đủ 10 lần, giới hạn là 10.", Mend.ADD)
    assert refused(candidate(1), at=FULL, history=heard(9, 20)).rank == 8
    own, two = candidate(1, zones=frozenset({1})), heard(2, 20, frozenset({1}))
    assert refused(own, history=two) == Refusal(6, "Đã phát hoặc đã xếp đủ 2 lần, giới hạn là 2.", Mend.ADD)
    old = candidate(1, approved_on=NOON.day - 31 * DAY)
    told = "Bản tin không hạn đã duyệt quá 30 ngày: không phát lại nữa."
    assert refused(old, history=heard(1, 20)) == Refusal(6, told, Mend.WIDEN)
    assert refused(old, at=FULL).rank == 8, "cũ mà chưa phát lần nào thì vẫn được phát"
    assert refused(replace(old, approved_on=NOON.day - 30 * DAY), at=FULL, history=heard(1, 20)).rank == 8
    often = refused(candidate(1), around=(aired(-2), aired(-4), aired(0)), history=heard(3, 2))
    assert often == Refusal(7, "Đã đủ 3 lần trong bảy ngày, kể cả những buổi đã xếp.", Mend.ADD)


def test_an_airing_eleven_hours_before_is_too_near() -> None:
    evening = broadcast(5)
    near = refused(candidate(1), at=evening, around=(aired(4),), history=heard(1, 0))
    assert near == Refusal(7, "Cách một lần phát khác dưới 12 giờ.", Mend.ADD)
    assert refused(candidate(1), at=FULL, around=(aired(3),), history=heard(1, 1)).rank == 8, "mười ba giờ trước thì không"


def test_a_full_programme_names_who_has_the_room_and_who_expires_sooner() -> None:
    small = replace(NOON, segments=(NEWS,), room_ms=200_000)
    stock = [candidate(n, length_ms=40_000, title="Tin " + "dài " * n * 5, valid_to=NOON.day + n * DAY) for n in range(2, 7)]
    told = refused(candidate(1, length_ms=40_000, valid_to=NOON.day + 7 * DAY), *stock, at=small)
    assert told.rank == 8
    assert told.text == (
        "Hết chỗ: đã xếp “Tin dài dài dài dài dài dài dài dài dài dài” (hạn 06/03); "
        "“Tin dài dài dài dài dài dài dài dài dài dài…” (hạn 07/03); "
        "“Tin dài dài dài dài dài dài dài dài dài dài…” và 2 mục khác."
    )
    three = refused(
        candidate(1, length_ms=40_000), *(candidate(n, length_ms=66_000, valid_to=NOON.day) for n in (2, 3, 4)), at=small
    )
    assert three.text == "Hết chỗ: đã xếp “Tin 2” (hạn 04/03); “Tin 3” (hạn 04/03); “Tin 4” (hạn 04/03)."
    assert three.mend is Mend.ADD
    four = refused(candidate(9, length_ms=40_000), *(candidate(n, length_ms=50_000) for n in (2, 3, 4, 5)), at=small)
    assert four.text == "Hết chỗ: đã xếp “Tin 2”; “Tin 3”; “Tin 4” và 1 mục khác."
    own = candidate(1, zones=frozenset({1}), length_ms=40_000)
    assert refused(own, at=FULL).text == "Hết chỗ: người vận hành đã xếp kín buổi.", "vừa đúng phần của tin riêng"
    endless = refused(candidate(9, length_ms=40_000), *(candidate(n, length_ms=66_000) for n in (2, 3, 4)), at=small)
    assert endless.text == "Hết chỗ: đã xếp “Tin 2”; “Tin 3”; “Tin 4”."


def test_the_part_for_single_zones_may_be_full_while_the_programme_is_not() -> None:
    own = [candidate(n, zones=frozenset({1}), length_ms=118_000) for n in (1, 2)]
    wide = replace(NOON, segments=(replace(NEWS, target_ms=590_000),))
    assert refused(own[1], own[0], at=wide) == Refusal(8, "Buổi đã đủ phần dành cho tin riêng từng TDP.", Mend.ADD)
    assert refused(replace(own[1], zones=WARD), own[0], at=wide).rank != 8


def test_nothing_in_the_way_means_others_come_first() -> None:
    assert refused(reform(1), at=replace(NOON, rehearsal=True)) == Refusal(9, "Còn bản tin khác tới lượt hơn.", Mend.ADD)


@pytest.mark.parametrize(
    ("numbers", "count", "told"),
    [
        ((), 0, []),
        ((), 10, ["đã phát hoặc đã xếp đủ 10 lần, giới hạn là 10"]),
        ((5,), 1, ["cách một lần phát khác dưới 12 giờ"]),
        (
            (-2, 0, 5),
            11,
            [
                "đã phát hoặc đã xếp đủ 11 lần, giới hạn là 10",
                "cách một lần phát khác dưới 12 giờ",
                "đã đủ 3 lần trong bảy ngày, kể cả những buổi đã xếp",
            ],
        ),
    ],
)
def test_a_person_who_adds_it_anyway_hears_every_limit_broken(numbers: tuple[int, ...], count: int, told: list[str]) -> None:
    closed = [aired(number) for number in numbers]
    kept = replace(NOON, segments=(), room_ms=0)
    made = plan([kept, *closed], [candidate(1)], [], LIMITS, history=heard(count, 20) if count else None)
    place = next(place for place in made.board.places if place.broadcast is kept)
    assert broken_limits(made.board, candidate(1), place) == told


def test_the_limits_of_a_place_nobody_hears_are_those_of_the_whole_programme() -> None:
    made = plan([NOON], [candidate(1, zones=frozenset({3}))], [], LIMITS, history=heard(10, 20))
    assert broken_limits(made.board, made.board.candidates[0], made.board.places[0])[0].startswith("đã phát")
