"""Luật thuần của phòng tài khoản: mã điện thoại, tên người, thời gian đợi, mật khẩu dễ đoán."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.accounts.names import LONGEST, clean_name, name_problem, readable, same_name, signature
from broadcaster.accounts.passwords import is_easy, one_time_password
from broadcaster.accounts.throttle import Patience
from broadcaster.accounts.totp import address, code_at, new_secret, step_of

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
STEP = 1_000_000
NOW = datetime.fromtimestamp(STEP * 30 + 7, UTC)


@pytest.mark.parametrize(("shift", "found"), [(-2, None), (-1, STEP - 1), (0, STEP), (1, STEP + 1), (2, None)])
def test_a_phone_that_is_one_step_off_is_still_right(shift: int, found: int | None) -> None:
    assert step_of(SECRET, code_at(SECRET, STEP + shift), NOW) == found


def test_a_code_is_used_once_and_may_be_typed_with_blanks() -> None:
    code = code_at(SECRET, STEP)
    assert step_of(SECRET, f" {code[:3]} {code[3:]} ", NOW, after=STEP - 1) == STEP
    assert step_of(SECRET, code, NOW, after=STEP) is None
    assert step_of(SECRET, "chữ có dấu", NOW) is None
    assert step_of(SECRET, "", NOW) is None


def test_the_address_for_the_phone_names_the_station_and_the_person() -> None:
    told = address(SECRET, login="lan", station="Đài A")
    assert told == f"otpauth://totp/%C4%90%C3%A0i%20A:lan?secret={SECRET}&issuer=%C4%90%C3%A0i%20A&digits=6&period=30"
    assert len(new_secret()) == 32
    assert new_secret() != new_secret()


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("  Lê\u200b Thị \t Mai ", "Lê Thị Mai"), ("e\u0302", "ê"), ("A\x00B", "AB"), ("Lê\nMai", "Lê Mai")],
)
def test_a_name_is_kept_as_it_is_seen(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("Lê Thị Mai", True),
        ("Lê", True),
        ("L", False),
        ("Lê 2", True),
        ("O’Neill (Jr.), Anne-Marie 'x'", True),
        ("Ли Мэй", False),
        ("ㅤㅤ", False),
        ("Lê @ Mai", False),
        ("Lê \ue000 Mai", False),
        ("", False),
        ("12", False),
    ],
)
def test_a_name_is_latin_letters_one_can_read(name: str, good: bool) -> None:
    assert (name_problem(name) == "") is good
    if not good:
        assert name_problem(name) == "Hãy nhập họ và tên bằng chữ cái đọc được: nhật ký phát thanh sẽ ghi tên này."


def test_a_name_has_an_end() -> None:
    assert name_problem("a" * LONGEST) == ""
    assert str(LONGEST) in name_problem("a" * (LONGEST + 1))


def test_two_names_that_read_alike_are_one_name() -> None:
    assert same_name("Lê Thị Mai", "lê  thị-mai.")
    assert not same_name("Lê Thị Mai", "Lê Thị Mái")


def test_a_deed_is_signed_by_the_name_or_by_the_login_when_nobody_can_read_it() -> None:
    assert signature(" Lê  Mai ", "mai") == "Lê Mai"
    assert signature("ㅤㅤ", "mai") == "mai"


@pytest.mark.parametrize(
    ("text", "seen"), [("a", True), ("7", True), ("ㅤ", False), ("…", False), ("Я", False), ("\U00017000", False), ("", False)]
)
def test_what_can_be_read_has_a_letter_or_a_figure(text: str, seen: bool) -> None:
    assert readable(text) is seen


def test_the_wait_doubles_from_its_first_to_its_longest() -> None:
    patience = Patience(3, timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))
    assert [patience.wait(wrong).total_seconds() for wrong in range(9)] == [0, 0, 0, 30, 60, 120, 240, 300, 300]
    slow = Patience(0, timedelta(microseconds=1), timedelta(days=1), timedelta(hours=1))
    assert slow.wait(10**6) == timedelta(microseconds=1 << 20)


@pytest.mark.parametrize(
    ("password", "easy"),
    [
        ("aaaabbbbcccc", True),
        ("abcdefghijkl", True),
        ("lkjhgfdsazxc", True),
        ("matkhau2026!", True),
        ("hunghunghung1990", True),
        ("xyxyxyxyxyxyxy", True),
        ("cá kho làng vũ đại", False),
        ("bún ốc xe đạp", False),
    ],
)
def test_what_is_left_after_what_everybody_knows_must_be_guessed(password: str, easy: bool) -> None:
    assert is_easy(password, ["hung", "Trần Văn Hùng"]) is easy


def test_a_one_time_password_is_three_groups_without_look_alikes() -> None:
    groups = one_time_password().split("-")
    assert [len(group) for group in groups] == [5, 5, 5]
    assert not set("ilo01-") & set("".join(groups))
