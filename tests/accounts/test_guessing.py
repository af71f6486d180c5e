"""Dò mật khẩu và mã điện thoại: đếm những lần nào, ở chỗ nào, đợi bao lâu, và nói gì với người đang đợi."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.passwords import MIN_LENGTH, hash_password, is_easy, is_password
from broadcaster.accounts.tables import SignIn, SignInAttempt, User
from broadcaster.accounts.throttle import (
    ADDRESS,
    CODE,
    KNOWN,
    LONGEST,
    PAIR,
    REMEMBERED,
    Attempt,
    CodeGuesses,
    Patience,
    begin,
    check,
    is_known,
    matched,
)
from broadcaster.errors import Invalid, TooManyAttempts
from tests.support.memory import memory_session

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def session() -> Iterator[Session]:
    with memory_session() as opened:
        opened.add(User(id=1, login="trang", full_name="Trang", password_hash="", created_at=NOW))
        yield opened


def _sign_in(session: Session, token: str, at: datetime) -> None:
    session.add(SignIn(token_sha256=token, user_id=1, station_id=1, created_at=at, seen_at=at, expires_at=at))
    session.flush()


def _told(session: Session, login: str = "trang", address: str = "máy lạ", *, device: str = "", now: datetime = NOW) -> str:
    """Thử một lần; trả về lời nhắn khi phải đợi, rỗng là được thử."""
    try:
        begin(session, login, address, device=device, now=now)
    except TooManyAttempts as waits:
        return waits.message
    return ""


def _tried(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SignInAttempt)) or 0


def test_each_try_is_written_as_wrong_and_says_how_many_are_left(session: Session) -> None:
    found = [begin(session, "trang", "máy lạ", now=NOW) for _ in range(PAIR.free)]
    assert found == [Attempt(number, PAIR.free - number) for number in range(1, PAIR.free + 1)]
    row = session.get_one(SignInAttempt, 1)
    assert (row.login, row.address, row.at, row.succeeded) == ("trang", "máy lạ", NOW, False)
    with pytest.raises(TooManyAttempts, match="30 giây"):
        check(session, "trang", "máy lạ", now=NOW)
    assert _told(session) == "Đăng nhập sai quá nhiều lần. Hãy đợi 30 giây rồi thử lại."
    assert _told(session, now=NOW + 30 * SECOND - SECOND / 2) == "Đăng nhập sai quá nhiều lần. Hãy đợi 1 giây rồi thử lại."
    assert _tried(session) == PAIR.free, "đang phải đợi thì không ghi thêm"
    check(session, "trang", "máy lạ", now=NOW + 30 * SECOND)
    assert begin(session, "trang", "máy lạ", now=NOW + 30 * SECOND) == Attempt(6, 0)
    assert _told(session, now=NOW + 30 * SECOND) == "Đăng nhập sai quá nhiều lần. Hãy đợi 1 phút rồi thử lại."
    begin(session, "trang", "máy lạ", now=NOW + 90 * SECOND)
    assert _told(session, now=NOW + 91 * SECOND) == "Đăng nhập sai quá nhiều lần. Hãy đợi 2 phút rồi thử lại."


def test_only_wrong_tries_of_the_last_hours_after_the_last_right_one_are_counted(session: Session) -> None:
    for at in (NOW - PAIR.window, NOW + SECOND):
        for _ in range(PAIR.free):
            session.add(SignInAttempt(login="trang", address="máy lạ", at=at, succeeded=False))
    session.flush()
    assert begin(session, "trang", "máy lạ", now=NOW).left == PAIR.free - 1, "quá cũ, hay ghi lúc đồng hồ chạy trước"
    matched(session, begin(session, "trang", "máy lạ", now=NOW))
    session.expire_all()
    assert session.scalars(select(SignInAttempt.id).where(SignInAttempt.succeeded)).all() == [2 * PAIR.free + 2]
    assert begin(session, "trang", "máy lạ", now=NOW).left == PAIR.free - 1, "vừa đúng thì đếm lại từ đầu"
    assert begin(session, "hung", "máy lạ", now=NOW).left == PAIR.free - 1, "tên khác đếm riêng"
    assert begin(session, "trang", "máy khác", now=NOW).left == PAIR.free - 1, "máy khác đếm riêng"


def test_one_machine_that_tries_many_names_waits_and_a_right_one_does_not_help_it(session: Session) -> None:
    told = [_told(session, f"người {number}") for number in range(ADDRESS.free + 1)]
    assert told == [""] * ADDRESS.free + ["Đăng nhập sai quá nhiều lần. Hãy đợi 30 giây rồi thử lại."]
    assert not _told(session, "người 1", "máy khác")
    assert not _told(session, "người mới", now=NOW + ADDRESS.window), "chỉ đếm trong một giờ"


def test_right_ones_never_make_a_machine_wait_and_one_of_the_thiefs_own_does_not_clear_his_guesses(session: Session) -> None:
    for number in range(ADDRESS.free):
        matched(session, begin(session, f"người {number}", "máy chung", now=NOW))
    assert not _told(session, "người mới", "máy chung"), "cả cơ quan đăng nhập đúng từ một máy"
    for _ in range(PAIR.free):
        begin(session, "trang", "máy lạ", now=NOW)
    matched(session, begin(session, "kẻ dò", "máy lạ", now=NOW))
    assert _told(session, "trang", "máy lạ")


def test_a_long_name_or_address_is_still_counted(session: Session) -> None:
    long, place = "a" * (LONGEST + 1), "m" * (LONGEST + 1)
    for number in range(PAIR.free):
        assert not _told(session, f"{long}{number}", f"{place}{number}")
    assert _told(session, long, place)
    with pytest.raises(TooManyAttempts):
        check(session, long, place, now=NOW)
    row = session.scalars(select(SignInAttempt)).first()
    assert row is not None
    assert (row.login, row.address) == ("a" * LONGEST, "m" * LONGEST)


def test_a_machine_is_known_for_half_a_year_by_the_one_who_signed_in_there(session: Session) -> None:
    _sign_in(session, "x" * 64, NOW - REMEMBERED)
    _sign_in(session, "y" * 64, NOW - REMEMBERED + SECOND)
    _sign_in(session, "", NOW)
    assert not is_known(session, "x" * 64, now=NOW)
    assert is_known(session, "y" * 64, now=NOW)
    assert is_known(session, "y" * 64, login="trang", now=NOW)
    assert not is_known(session, "y" * 64, login="hung", now=NOW)
    assert not is_known(session, "", now=NOW), "không đưa dấu nào thì không phải máy quen"


def test_a_known_machine_has_its_own_count_wherever_it_is_and_waits_seconds(session: Session) -> None:
    device = "y" * 64
    _sign_in(session, device, NOW)
    for number in range(ADDRESS.free):
        _told(session, f"người {number}")
    check(session, "trang", "máy lạ", device=device, now=NOW)
    with pytest.raises(TooManyAttempts):
        check(session, "hung", "máy lạ", device=device, now=NOW)
    for number in range(KNOWN.free):
        assert not _told(session, address=f"nơi {number}", device=device)
    assert _told(session, device=device) == "Đăng nhập sai quá nhiều lần. Hãy đợi 2 giây rồi thử lại."
    places = set(session.scalars(select(SignInAttempt.address).where(SignInAttempt.login == "trang")))
    assert places == {f"quen-{'y' * 40}"}


def _code_told(guesses: CodeGuesses, now: datetime, place: str = "phiên", user_id: int = 1) -> str:
    try:
        guesses.begin(user_id, place, now=now)
    except TooManyAttempts as waits:
        return waits.message
    return ""


def test_wrong_codes_wait_longer_and_longer_until_one_is_right() -> None:
    guesses = CodeGuesses()
    assert [_code_told(guesses, NOW) for _ in range(CODE.free)] == [""] * CODE.free
    told = "Gõ sai mã điện thoại quá nhiều lần. Hãy đợi {}, hoặc đăng nhập lại, rồi gõ mã."
    assert _code_told(guesses, NOW) == told.format("30 giây")
    assert _code_told(guesses, NOW + 29 * SECOND) == told.format("1 giây"), "thử trong lúc đợi không kéo dài lúc đợi"
    assert _code_told(guesses, NOW + 30 * SECOND) == ""
    assert _code_told(guesses, NOW + 30 * SECOND) == told.format("1 phút")
    assert _code_told(guesses, NOW + 30 * SECOND, "máy khác") == ""
    assert _code_told(guesses, NOW + 30 * SECOND, user_id=2) == ""
    guesses.matched(1, "phiên")
    guesses.matched(9, "chưa ai thử")
    later = NOW + 30 * SECOND
    assert [_code_told(guesses, later) for _ in range(CODE.free + 1)] == [""] * CODE.free + [told.format("30 giây")]
    slow = CodeGuesses(Patience(1, 121 * SECOND, CODE.most, CODE.window))
    assert [_code_told(slow, NOW) for _ in range(2)] == ["", told.format("3 phút")]


@pytest.mark.parametrize(("after", "waits"), [(-SECOND, False), (timedelta(), True), (CODE.window, False)])
def test_a_clock_set_back_or_a_long_while_forgets_the_wrong_codes(after: timedelta, waits: bool) -> None:
    guesses = CodeGuesses()
    for _ in range(CODE.free):
        guesses.begin(1, "phiên", now=NOW)
    assert bool(_code_told(guesses, NOW + after)) is waits
    if not waits:
        assert [bool(_code_told(guesses, NOW + after)) for _ in range(CODE.free)] == [False] * (CODE.free - 1) + [True]


def test_the_oldest_place_is_forgotten_when_too_many_are_remembered() -> None:
    guesses = CodeGuesses()
    for _ in range(CODE.free):
        guesses.begin(0, "phiên", now=NOW)
    for number in range(1, CodeGuesses._MOST):
        guesses.begin(number, "phiên", now=NOW)
    with suppress(TooManyAttempts):
        guesses.begin(0, "phiên", now=NOW)
    guesses.begin(-1, "phiên", now=NOW)
    assert _code_told(guesses, NOW, user_id=0), "vừa thử thì chưa phải cũ nhất"
    for number in range(CodeGuesses._MOST):
        guesses.begin(-2 - number, "phiên", now=NOW)
    assert not _code_told(guesses, NOW, user_id=0)


def test_a_password_is_long_and_hard_to_guess_and_then_only_itself_opens() -> None:
    with pytest.raises(Invalid) as short:
        hash_password("cá kho vũ"[: MIN_LENGTH - 1])
    assert short.value.problems == {"moi": "Mật khẩu cần ít nhất 10 ký tự; nên ghép vài từ dễ nhớ."}
    with pytest.raises(Invalid) as easy:
        hash_password("trang trang 1990", about=["trang"])
    assert easy.value.problems == {
        "moi": "Mật khẩu này dễ đoán. Hãy ghép bốn từ không liên quan tới nhau, ví dụ tên món ăn và đồ vật."
    }
    stored = hash_password("cá kho vũx")
    assert is_password("cá kho vũx", stored) is True
    assert is_password("cá kho vũy", stored) is False
    assert is_password("cá kho vũx", None) is False
    assert is_password("cá kho vũx", "khong-phai-bam") is False


@pytest.mark.parametrize(
    ("password", "about", "easy"),
    [
        ("qmxkvqvmkx", [], False),
        ("matkhauqmx1", [], True),
        ("12matkhauqmx", [], True),
        ("matkhauqmxk", [], False),
        ("đăngnhập12qmx", [], True),
        ("administrator99", [], True),
        ("vuqvuqvuqxm1", ["vuq"], True),
        ("vumvukvux12", ["vu"], False),
        ("lanmlanklanx1", ["Nguyễn Lan"], False),
        ("tuanmtuanktuanx", ["Trần_Tuấn"], True),
        ("aphuongmnk12", ["aphuongmnk"], True),
        ("asdfqmx123", [], True),
        ("asdqmx12345", [], False),
        ("fdsaqmx123", [], True),
        ("wxyzqmk123", [], True),
        ("zxcvqmk123", [], True),
        ("qmx1qmx1qmx12", [], True),
        ("pzlmnaqzlp", [], False),
        ("xyzqmk12345", [], False),
        ("qmxkvqmxkvqmxkv", [], False),
    ],
)
def test_what_is_easy_is_what_everybody_would_try_first(password: str, about: list[str], easy: bool) -> None:
    assert is_easy(password, about) is easy
