"""Phần và tỷ số: 1/2 số hộ, 15/18 chỉ tiêu, ½ lượng, 2-0, 24/24, 10^6, căn."""

from __future__ import annotations

import re
import unicodedata

from broadcaster.reading.claims import Said
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal, identifier, number_words
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import NUM, Job, after, before, rule
from broadcaster.reading.rules.calendar import date_words, in_range
from broadcaster.reading.rules.numeric import num
from broadcaster.reading.words.units import ALL_UNITS, COUNTED, PARTS

_ADDRESS = Pattern(r"(?:số|nhà|ngõ|ngách|hẻm|kiệt|lô|thửa|tờ) *(?:nhà|số)? *$")
_RESULT = Pattern(
    r"(?:xếp|hạng|đạt|được|có mặt|vị trí|phiếu|thương binh|bệnh binh|mất sức|thị lực|loại|điểm|mắt|lớp|khối|tổ|bàn) *$"
)
_GAME = Pattern(
    r"(?:tỷ số|tỉ số|thắng(?: (?!lợi)[^\W\d]+(?: \d{1,2})?){0,3}|thua(?: [^\W\d]+(?: \d{1,2})?){0,3}|hòa(?: [^\W\d]+(?: \d{1,2})?){0,3}|hoà(?: [^\W\d]+(?: \d{1,2})?){0,3}|dẫn|kết quả|hiệp (?:\d|phụ)|đội \w+|\d-\d{1,2}[,;])"
    r"(?: với)?(?: tỷ số| tỉ số| là)?:?(?: \d{1,2}-\d{1,2})? \(?$"
)
_MATCH = Pattern(r"(?:thắng|thua|hòa|hoà|gặp|đấu|trận|bóng đá|chung kết|bán kết|tỷ số|vô địch)")
_LASTING = frozenset("ngày giờ buổi tháng năm tuần".split())
_GLYPHS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"


def _fraction(match: re.Match[str], job: Job) -> str | Said | None:
    first, last = num(match["a"]), num(match["b"])
    if last.whole == 0 and not last.frac:
        return None
    following, earlier = re.match(r" *([^\W\d_]+)", after(match)), before(match)
    noun = following[1] if following else ""
    if _ADDRESS.search(earlier):
        return f"{identifier(match['a'], job.style)} trên {identifier(match['b'], job.style)}"
    whole = not (first.frac or last.frac or first.leading_zero or last.leading_zero)
    small = whole and 0 < first.whole < last.whole <= 10
    counted = noun in COUNTED and not (noun in _LASTING and last.whole <= 5)
    is_part = small and not counted and (noun in PARTS or not _RESULT.search(earlier))
    unit = f" {ALL_UNITS[match['u']]}" if match["u"] else ""
    joint, other = ("phần", "trên") if is_part else ("trên", "phần")
    left, right = number_words(first, job.style), number_words(last, job.style)
    others = (f"{left} {other} {right}{unit}",) if small else ()
    return Said(f"{left} {joint} {right}{unit}", others)


def _glyph(match: re.Match[str], job: Job) -> str:
    """½ là một nửa; 2½ giờ là hai và một phần hai giờ."""
    top, bottom = map(int, re.split("[⁄/]", unicodedata.normalize("NFKC", match["f"])))
    part = f"{cardinal(top, job.style)} phần {cardinal(bottom, job.style)}"
    if match["n"]:
        return f"{cardinal(int(match['n']), job.style)} và {part}"
    return "nửa" if match["f"] == "½" else part


def _mixed(match: re.Match[str], job: Job) -> str | None:
    """1 1/2 bát: hỗn số viết cách."""
    top, bottom = int(match["a"]), int(match["b"])
    if not top < bottom <= 10 or not re.match(r" [a-zà-ỹđ]", after(match, 2)):
        return None
    return f"{cardinal(int(match['n']), job.style)} và {cardinal(top, job.style)} phần {cardinal(bottom, job.style)}"


def _chain(match: re.Match[str], job: Job) -> str:
    """12/5/7 là số nhà; 30/8/219 là ngày gõ sót, 03/5/2023.2 là ngày dính số mục."""
    parts = re.findall(r"\d+", match[0])
    if len(parts) == 3 and len(parts[2]) in (3, 4) and in_range(int(parts[0]), int(parts[1])):
        if len(parts[2]) == 3:
            job.ask("impossible_date", match, f"Ngày “{match[0]}” thiếu một chữ số của năm. Hãy xem lại.", dangerous=True)
        word = "" if before(match, 8).rstrip(" (").endswith("ngày") else "ngày "
        return word + date_words(int(parts[0]), int(parts[1]), int(parts[2]), job)
    return " trên ".join(identifier(part, job.style) for part in parts)


def _ratio(match: re.Match[str], job: Job) -> str:
    return f"{cardinal(int(match['a']), job.style)} trên {number_words(num(match['b']), job.style)}"


def _score(match: re.Match[str], job: Job) -> str | None:
    earlier = before(match, 60)
    if not _GAME.search(earlier) and not (_MATCH.search(earlier) and re.search(r"(?:\w:|[,;]|\() ?$", earlier)):
        return None
    return f"{cardinal(int(match['a']), job.style)} {cardinal(int(match['b']), job.style)}"


def _power(match: re.Match[str], job: Job) -> str:
    """10^6, 2^3; năm 2020 mang số chú thích thì chú thích im."""
    if len(match["a"]) == 4:
        return number_words(num(match["a"]), job.style)
    minus = "trừ " if match["minus"] else ""
    return f"{number_words(num(match['a']), job.style)} mũ {minus}{cardinal(int(match['b']), job.style)}"


RULES = (
    rule("glyph", Kind.FRACTION, rf"(?<![\d.,])(?:(?P<n>\d{{1,3}}) ?)?(?P<f>[{_GLYPHS}])", _glyph, needs=tuple(_GLYPHS)),
    rule(
        "power", Kind.NUMBER, r"(?<![\w.,])(?P<a>\d{1,4})\^\(?(?P<minus>[-−])?(?P<b>\d{1,2})\)?(?!\w)", _power, at="0", follow="^"
    ),
    rule(
        "root",
        Kind.SYMBOL,
        r"√(?= ?\d)",
        lambda _match, _job: "căn bậc hai của",
        at="!√",
    ),
    rule(
        "score",
        Kind.NUMBER,
        r"(?<![\d/.,-])(?P<a>\d{1,2})(?: ?[-–] ?|:)(?P<b>\d{1,2})(?![\w/%]|[.,]\d)",
        _score,
        at="0",
        follow="-–: ",
    ),
    rule(
        "ratio",
        Kind.FRACTION,
        r"(?<![\w.,/:])(?P<a>\d{1,3}):(?P<b>\d{1,3}(?:\.\d{3}){1,3}|\d{1,6})(?![\w:]|[.,]\d)",
        _ratio,
        at="0",
        follow=":",
    ),
    rule(
        "round_the_clock",
        Kind.TIME,
        r"(?<![\d/.,])24/24 ?(?:h|giờ)?(?!\w)",
        lambda _match, _job: "hai mươi tư trên hai mươi tư giờ",
        at="0",
        follow="/",
    ),
    rule("chain", Kind.FRACTION, r"(?<![\d/.,])\d{1,4}(?:/\d{1,4}){2,4}(?![\d/])", _chain, at="0", follow="/"),
    rule(
        "mixed_number",
        Kind.FRACTION,
        r"(?<![\w/.,-])(?P<n>\d{1,2}) (?P<a>\d)/(?P<b>\d{1,2})(?![\d/.,])",
        _mixed,
        at="0",
        follow=" ",
    ),
    rule(
        "fraction",
        Kind.FRACTION,
        rf"(?<![\d/.,-])(?P<a>{NUM}) ?/ ?(?P<b>{NUM})(?![\d/])(?: ?(?P<u>mmHg|kV|%|km|kg|ha|m2)(?!\w))?",
        _fraction,
        at="0",
        follow="/ .,",
    ),
)
