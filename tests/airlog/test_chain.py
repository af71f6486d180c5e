"""Chuỗi băm, thuần: giờ băm luôn một dạng, băm là của đúng JSON chuẩn, mỗi kiểu đứt được gọi đúng tên ở đúng dòng."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from broadcaster.airlog.chain import GENESIS, Break, Link, breaks, digest, stamp

AT = datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC)
LOOSE, EDITED = "không nối với dòng trước", "nội dung đã bị sửa sau khi ghi"


def _chain(count: int) -> list[tuple[Link, str]]:
    links, prev = [], GENESIS
    for seq in range(1, count + 1):
        link = Link(7, seq, stamp(AT), stamp(AT + timedelta(seconds=seq)), "silenced", 1, None, seq, b"{}", prev)
        prev = digest(link)
        links.append((link, prev))
    return links


def test_a_moment_is_stamped_in_utc_to_the_microsecond_always_equally_long() -> None:
    assert stamp(AT) == "2026-03-02T01:02:03.000004+00:00"
    assert stamp(AT.astimezone(timezone(timedelta(hours=7)))) == stamp(AT)
    assert stamp(AT.replace(microsecond=0)) == "2026-03-02T01:02:03.000000+00:00"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows không đổi được múi giờ của một tiến trình")
def test_a_machine_in_another_zone_stamps_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    try:
        assert stamp(AT) == "2026-03-02T01:02:03.000004+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_digest_is_of_every_field_then_the_body() -> None:
    link = Link(7, 3, "a", "b", "Lặng", 1, None, 5, "nội dung".encode(), "c")
    head = '[7,3,"a","b","Lặng",1,null,5,"c"]\n'
    assert digest(link) == hashlib.sha256((head + "nội dung").encode()).hexdigest()
    assert (
        digest(link._replace(run_id=9, item_id=None))
        == hashlib.sha256(('[7,3,"a","b","Lặng",1,9,null,"c"]\n' + "nội dung").encode()).hexdigest()
    )


@pytest.mark.parametrize(("prev", "written"), [('"', '\\"'), ("\\", "\\\\"), ("\n", "\\n"), ("ộ\x7f", "ộ\x7f")])
def test_a_strange_character_is_digested_as_canonical_json_writes_it(prev: str, written: str) -> None:
    link = Link(7, 3, prev, prev, "Lặng", 1, None, 5, b"{}", prev)
    head = f'[7,3,"{written}","{written}","Lặng",1,null,5,"{written}"]\n'
    assert digest(link) == hashlib.sha256((head + "{}").encode()).hexdigest()


def test_a_whole_chain_has_no_break() -> None:
    assert list(breaks(_chain(4))) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda links: links.pop(0), [(2, "thiếu hoặc đảo dòng: đáng lẽ là dòng 1"), (2, LOOSE)]),
        (lambda links: links.pop(1), [(3, "thiếu hoặc đảo dòng: đáng lẽ là dòng 2"), (3, LOOSE)]),
        (
            lambda links: links.__setitem__(1, (links[1][0]._replace(body=b"[]"), links[1][1])),
            [(2, EDITED)],
        ),
        (
            lambda links: links.__setitem__(1, (links[1][0], "x")),
            [(2, EDITED), (3, LOOSE)],
        ),
    ],
)
def test_each_break_is_named_at_its_line(change: object, found: list[tuple[int, str]]) -> None:
    links = _chain(4)
    assert callable(change)
    change(links)
    told = list(breaks(links))
    assert [(one.seq, one.why) for one in told] == found


def test_the_time_of_recording_may_stand_still_but_never_go_back() -> None:
    links = _chain(1)
    still = Link(7, 2, stamp(AT), links[0][0].recorded_at, "silenced", 1, None, None, b"", links[0][1])
    assert list(breaks([*links, (still, digest(still))])) == []
    back = still._replace(recorded_at=stamp(AT))
    assert list(breaks([*links, (back, digest(back))])) == [Break(2, "giờ ghi lùi so với dòng trước")]


def test_a_chain_cut_short_is_told_at_the_first_missing_line() -> None:
    links = _chain(3)
    assert list(breaks(links, last=3)) == []
    assert list(breaks(links, last=5)) == [Break(4, "thiếu dòng: đáng lẽ còn tới dòng 5")]
    assert list(breaks([], last=1)) == [Break(1, "thiếu dòng: đáng lẽ còn tới dòng 1")]
    assert list(breaks(links[1:], first=2, last=3, after=(links[0][1], links[0][0].recorded_at))) == []
