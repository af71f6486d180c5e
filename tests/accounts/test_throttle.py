"""Dò mật khẩu: đếm trước khi so, đợi dài dần theo cặp và theo máy, và chủ ở máy quen không bao giờ bị khoá ngoài."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.accounts.signing_in import digest, sign_in
from broadcaster.accounts.throttle import ADDRESS, CODE, KNOWN, PAIR, CodeGuesses, Patience, begin, matched
from broadcaster.errors import TooManyAttempts
from tests.support.scene import Scene

THIEF, OWNER = "192.168.1.66", "192.168.1.5"


def attempt(scene: Scene, login: str = "trang", address: str = THIEF, *, device: str = "", right: bool = False) -> bool:
    """Một lần thử có được so mật khẩu không."""
    with scene.database.writing() as session:
        try:
            found = begin(session, login, address, device=device, now=scene.clock.now())
        except TooManyAttempts:
            return False
        if right:
            matched(session, found)
        return True


def test_each_wrong_try_waits_longer_and_a_right_one_starts_afresh(scene: Scene) -> None:
    assert [attempt(scene) for _ in range(PAIR.free + 3)] == [True] * PAIR.free + [False] * 3
    for waits in (30, 60, 120, 240):
        scene.clock.advance(waits - 1)
        assert not attempt(scene)
        scene.clock.advance(1)
        assert attempt(scene)
    scene.clock.advance(PAIR.most.total_seconds())
    assert attempt(scene, right=True)
    assert [attempt(scene) for _ in range(PAIR.free + 1)] == [True] * PAIR.free + [False]


def test_a_thief_slows_only_himself(scene: Scene) -> None:
    for _ in range(PAIR.free + 1):
        attempt(scene)
    assert not attempt(scene)
    assert attempt(scene, address=OWNER), "máy khác không phải đợi"


def test_many_names_from_one_machine_wait_too(scene: Scene) -> None:
    tried = [attempt(scene, f"người {number}") for number in range(ADDRESS.free + 5)]
    assert tried == [True] * ADDRESS.free + [False] * 5


def test_the_owner_on_a_known_machine_waits_seconds_even_from_the_thiefs_address(scene: Scene) -> None:
    with scene.database.writing() as session:
        token = sign_in(session, "trang", device="máy của bà Trang", hours=12, now=scene.clock.now())
    device = digest(token or "")
    for number in range(200):
        attempt(scene, f"người {number}")
        attempt(scene)
    assert not attempt(scene)
    assert attempt(scene, device=device)
    for _ in range(50):
        attempt(scene, device=device)
    scene.clock.advance(KNOWN.most.total_seconds())
    assert attempt(scene, device=device), "gõ sai năm mươi lần cũng chỉ đợi hai mươi giây"
    assert not attempt(scene, "hung", device=device), "máy quen của người này không phải máy quen của người khác"


def test_a_clock_set_back_locks_nobody(scene: Scene) -> None:
    scene.clock.step(86_400 * 365)
    for _ in range(PAIR.free):
        attempt(scene)
    scene.clock.step(-86_400 * 365)
    assert attempt(scene)


@given(wrong=st.integers(0, 10**9), free=st.integers(1, 50), first=st.integers(1, 600), most=st.integers(1, 3600))
def test_the_wait_never_shrinks_and_never_passes_its_end(wrong: int, free: int, first: int, most: int) -> None:
    patience = Patience(free, timedelta(seconds=first), timedelta(seconds=most), timedelta(hours=1))
    assert timedelta() <= patience.wait(wrong) <= patience.wait(wrong + 1) <= patience.most
    assert (patience.wait(wrong) == timedelta()) is (wrong < free)


def test_codes_guessed_at_the_same_moment_are_counted_before_any_is_compared() -> None:
    guesses, now = CodeGuesses(), datetime(2026, 3, 2, 6, tzinfo=UTC)

    def let_through(place: str) -> bool:
        with suppress(TooManyAttempts):
            guesses.begin(1, place, now=now)
            return True
        return False

    with ThreadPoolExecutor(20) as together:
        assert sum(together.map(let_through, ["phiên trộm"] * 200)) == CODE.free
    assert let_through("phiên của chủ"), "phần của chỗ khác còn nguyên"
    assert not let_through("phiên trộm")
    now -= timedelta(days=1)
    assert let_through("phiên trộm"), "đồng hồ lùi lại không thành một lần khoá dài"
