"""Thời gian tuyến tính: mỗi luật trên 100 kB toàn chỗ khớp của nó, cả bộ đọc trên văn bản thù địch; xét độ tăng, không giây."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from broadcaster.reading import read
from broadcaster.reading.claims import Claims
from broadcaster.reading.engine import try_rule
from broadcaster.reading.lexicon import EMPTY
from broadcaster.reading.model import Style
from broadcaster.reading.rules.base import Job, Rule
from broadcaster.reading.rules.order import NAMES, RULES
from broadcaster.reading.scan import Anchors
from tests.reading.test_golden import PAIRS

LONG = 100_000
TOO_SHORT_TO_JUDGE_S = 0.02
FASTEST_GROWTH = 9.0
"""Dài gấp bốn thì lâu gấp bốn; bình phương là gấp mười sáu. Nửa chừng là chỗ chắc chắn không nhầm vì máy bận."""
GOLDEN = "\n".join(written for written, _ in PAIRS)
OWN = {
    "article": "K1 Đ25 ",
    "capital_marker": "A. x\n",
    "comma_number": "1,250 ",
    "days_of_month": "ngày 5-7/11 ",
    "dollars": "$500 ",
    "empty_date": "ngày … tháng … năm ",
    "empty_percent": "đạt %.\n",
    "empty_slashes": "…/… ",
    "end_mark": "a./.\n",
    "generations": "4G/5G ",
    "hashtag": "#CaiCach ",
    "hidden": "09xx ",
    "hour_day": "6h/10/11 ",
    "line_article": "Đ1. a\n",
    "money_tail_glued": "3tr500 ",
    "minutes_seconds": "25'30'' ",
    "mixed_number": "1 1/2 bát ",
    "no_number": "Số: …/KH-UBND\n",
    "per_dong": "đồng/hộ ",
    "per_one": "2 viên/1 lần ",
    "phone_signed": "(0221) 3942 115 ",
    "power": "10^6 ",
    "root": "√16 ",
    "roman_section": "III.2 ",
    "roman_marker": "II. x\n",
    "score": "thắng 2-0 ",
    "serial": "số BK 123456 ",
    "short_month": "T6/2025 ",
    "short_year": "ngày 5/6/25 ",
    "signed": "(đã ký) ",
    "slash_year": "tháng/2025 ",
    "standard": "QCVN 01:2018/BYT ",
    "test_result": "test (-) ",
    "trace_elements": "16+TE ",
    "ussd": "*101# ",
    "variant": "XBB.1.5 ",
}
HOSTILE = (
    *(
        " ",
        "\t",
        "T2, ",
        "e\u0301\u0301",
        "\u0301",
        "😀",
        "# ",
        "1",
        "1,",
        "1.1",
        "1/",
        "1-1",
        "0 1 ",
        "((",
        "a.",
        "A-",
        "A1",
        "a@",
    ),
    *("UBND/", "ngày 1/", "—", "1h", "/", "...", "…", "_", "*", "| ", "a\t", "TT ", "5/11, ", "12.000đ/", "/tháng"),
    *("Nơi nhận: -\n", "(5) ", "năm (", ">", "~", "“"),
)


def growth(work: Callable[[str], object], piece: str, size: int = LONG) -> float:
    """Lâu gấp mấy khi dài gấp bốn; 0 khi nhanh tới mức không đo được. Máy bận thì đo lại, lấy lần nhanh nhất."""
    short, long = (piece * (length // len(piece) + 1) for length in (size // 4, size))
    fast = slow = float("inf")
    for _ in range(3):
        fast, slow = min(fast, _seconds(work, short)), min(slow, _seconds(work, long))
        if slow < max(TOO_SHORT_TO_JUDGE_S, fast * FASTEST_GROWTH):
            break
    return slow / fast if slow > TOO_SHORT_TO_JUDGE_S else 0.0


def _seconds(work: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    work(text)
    return time.process_time() - began


def trigger(rule: Rule) -> str:
    """Một chỗ khớp của luật, lấy từ tệp vàng hoặc từ bảng trên."""
    if rule.name in OWN:
        return OWN[rule.name]
    match = rule.pattern.search(GOLDEN)
    assert match is not None, f"hãy thêm một chỗ khớp của luật {rule.name} vào OWN"
    return GOLDEN[max(0, match.start() - 1) : match.end() + 1]


@pytest.mark.parametrize("rule", [*NAMES, *RULES], ids=lambda rule: rule.name)
def test_a_rule_is_linear_on_its_own_trigger(rule: Rule) -> None:
    def work(text: str) -> None:
        try_rule(rule, Anchors(text), Claims(text), Job(Style(), EMPTY, []))

    assert growth(work, trigger(rule)) < FASTEST_GROWTH


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_reader_is_linear_on_hostile_text(piece: str) -> None:
    assert growth(read, piece, LONG // 2) < FASTEST_GROWTH
