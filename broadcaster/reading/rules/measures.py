"""Đơn vị, phần trăm, tuổi, tháng, nhiệt độ, tọa độ: một số hay một khoảng, dấu mang giá trị, rồi đơn vị."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Said
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal, number_words
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, JOINTS, NUM, YEAR, Job, after, before, rule
from broadcaster.reading.rules.numeric import PAIR, SIGN, SIGNS, alternation, check_order, num, numbers_of, parsed
from broadcaster.reading.words.units import ALL_UNITS, NEEDS_GLUE

_LOOSE_UNIT = alternation(unit for unit in ALL_UNITS if unit not in NEEDS_GLUE or unit == "0C")
_GLUED_UNIT = alternation(ALL_UNITS)
_FOLLOW = JOINTS + ".,đt" + "".join(sorted({unit[0] for unit in ALL_UNITS}))
_END = r"(?!\w)"


def _measured(match: re.Match[str], job: Job) -> str | Said | None:
    """Một số hay khoảng số và đơn vị; 1,250 tấn (phần lẻ kết bằng số không) có thể là hàng nghìn kiểu Anh: hỏi."""
    words, unit = numbers_of(match, job), ALL_UNITS[match["u"] or match["u2"]]
    if words is None:
        return None
    if match["b"] is None and re.fullmatch(r"[1-9]\d{0,2},\d\d0", match["a"]):
        return job.choose(match, f"{words} {unit}", f"{cardinal(int(match['a'].replace(',', '')), job.style)} {unit}")
    return f"{words} {unit}"


def _unit_range(match: re.Match[str], job: Job) -> str | None:
    """95%-98%, 5kg - 7kg: dấu gạch sau đơn vị là “đến”, không bao giờ là “âm”."""
    first, last = parsed(match, match["a"], job), parsed(match, match["b"], job)
    if first is None or last is None:
        return None
    check_order(match, job, first, last)
    sign = f"{SIGNS[match['sign']]} " if match["sign"] else ""
    said = [f"{number_words(number, job.style)} {ALL_UNITS[match[unit]]}" for number, unit in ((first, "u"), (last, "u2"))]
    return f"{sign}{said[0]} đến {said[1]}"


def _meters(match: re.Match[str], job: Job) -> str | Said | None:
    """1m65, 2m5: phần lẻ sau đơn vị; “sâu 1m2” là một mét hai hơn là mét vuông: hỏi."""
    words = f"{cardinal(int(match['a']), job.style)} mét {cardinal(int(match['b']), job.style)}"
    if match["b"] not in ("2", "3"):
        return words
    if not _LONG.search(before(match, 20)):
        return None
    return job.choose(match, words, f"{cardinal(int(match['a']), job.style)} {ALL_UNITS['m' + match['b']]}")


def _age(match: re.Match[str], job: Job) -> str | Said | None:
    """Trẻ 3-5t, NCT ≥75t, từ 60t trở lên là tuổi; xe 5t, thóc 3t là tấn; còn lại hỏi."""
    earlier = before(match, 24)
    if int(match["b"] or match["a"]) > 120:
        return None
    numbers = cardinal(int(match["a"]), job.style) + (f" đến {cardinal(int(match['b']), job.style)}" if match["b"] else "")
    sign = _AGE_SIGNS.get(match["sign"] or "", SIGNS.get(match["sign"] or "", ""))
    words, tail = (
        f"{sign} {numbers}".strip(),
        " trở lên" if match["sign"] in ("≥", ">=") and not after(match).startswith(" trở") else "",
    )
    if after(match).startswith("/ha"):
        return f"{words} tấn"
    if _OLD.search(earlier) or _PERSON.search(before(match, 48)):
        return f"{words} tuổi{tail}"
    if _LOADED.search(earlier):
        return f"{words} tấn"
    return job.choose(match, f"{words} tuổi{tail}", f"{words} tấn")


def _months_count(match: re.Match[str], job: Job) -> str | Said | None:
    """9T/2025, 6T đầu năm, nghỉ 6T, 6T lương: tháng; xe 6T, tải trọng 10T: tấn; còn lại hỏi."""
    if match.string[max(0, match.start() - 2) : match.start()] in ("%/", "đ/", "g/"):
        return None
    words = cardinal(int(match["n"]), job.style)
    if match["y"]:
        return f"{words} tháng năm {cardinal(int(match['y']), job.style)}"
    earlier, later = before(match, 30), after(match, 16)
    if _LOADED.search(earlier) or re.match(r" ?(?:hàng|thóc|gạo|phân|rác|xi măng|trở)", later):
        return f"{words} tấn"
    if int(match["n"]) <= 36 and (_LASTING.search(earlier) or re.match(r" (?:đầu|cuối|năm|lương|tuổi|liền|liên)", later)):
        return f"{words} tháng"
    return job.choose(match, f"{words} tấn", f"{words} tháng")


def _position(match: re.Match[str], job: Job) -> str | None:
    """17,5N - 108,2E trong tin bão: vĩ bắc, kinh đông."""
    if not _STORM.search(before(match, 80)):
        return None
    return f"{number_words(num(match['n']), job.style)} độ {'vĩ bắc' if match['c'] == 'N' else 'kinh đông'}"


def _times(match: re.Match[str], job: Job) -> str:
    """3x4 m, 2m x 3m, 3x50MVA: mỗi thừa số một số và có thể một đơn vị."""
    parts = []
    for part in _FACTOR.finditer(match[0]):
        unit = f" {ALL_UNITS[part['u']]}" if part["u"] else ""
        parts.append(number_words(num(part["n"]), job.style) + unit)
    return " nhân ".join(parts)


def _compass(match: re.Match[str], job: Job) -> str:
    minutes = f" {cardinal(int(match['min']), job.style)} phút" if match["min"] else ""
    return f"{number_words(num(match['n']), job.style)} độ{minutes} {_COMPASS[match['c']]}"


_LONG = Pattern(r"(?:cao|sâu|dài|rộng|ngang|ngập|dày|đường kính)(?: [^\W\d_]+)? $")
_COMPASS = {"B": "bắc", "N": "nam", "Đ": "đông", "T": "tây"}
_AGE_SIGNS = {"≥": "từ", ">=": "từ", ">": "trên", "<": "dưới"}
_OLD = Pattern(
    r"(?:từ|trên|dưới|đủ|tuổi|khoảng|trẻ(?: em)?|te|nct|cụ|ông|bà|cháu|bé|em|người|nam|nữ|ps|học sinh|hs|phụ nữ|lứa|sinh|bn)[ (:]*(?:từ |trên |dưới )?(?:\d{1,3} ?-)? ?$"
)
_PERSON = Pattern(
    r"(?:tuổi|ông|bà|cụ|cháu|anh|chị|nguyễn|trần|phạm|lê|vũ|hoàng|đỗ|sinh năm|sn|người cao tuổi|nkt)(?!\w)[^.;\n]*$"
)
_LOADED = Pattern(
    r"(?:xe|tải|tải trọng|trọng tải|cầu|hàng|thóc|lúa|gạo|phân|nặng|chở|cẩu|container|sản lượng)[^\W\d_ ]*(?: [^\W\d_]+){0,2} ?[<>≤≥]? ?$"
)
_LASTING = Pattern(
    r"(?:nghỉ|hạn|thai sản|kết quả|nsnn|ngân sách|thu|ước|báo cáo|bc|sơ kết|trong|sau|hết|qua|trước|tổng kết|nhiệm vụ|/|thử việc|bảo hành|gửi|đóng|thời gian|học|lương|mỗi|tù|treo|vay|trẻ|tròn|đủ)(?: [^\W\d_]+)? ?$"
)
_STORM = Pattern(r"(?:bão|áp thấp|vĩ|kinh độ|tọa độ|tâm)[^.\n]*$")
_FACTOR = Pattern(rf"(?P<n>{NUM}) ?(?P<u>{_GLUED_UNIT})?")
_FACTORS = rf"{NUM} ?(?:{_GLUED_UNIT})?"
_AGE = rf"{SIGN}(?<![\w.,/])(?P<a>\d{{1,3}})(?: ?{DASH} ?(?P<b>\d{{1,3}}))?t(?!\w)"
_MEASURED = rf"{PAIR}(?:(?P<u>{_GLUED_UNIT})| (?P<u2>{_LOOSE_UNIT})){_END}"
_UNIT_RANGE = rf"{SIGN}(?<![\d/.,])(?P<a>{NUM}) ?(?P<u>%|‰|[^\W\d_]{{1,4}}[23]?|°C?|oC)(?: ?{DASH} ?| (?:đến|tới) )(?P<b>{NUM}) ?(?P<u2>%|‰|[^\W\d_]{{1,4}}[23]?|°C?|oC)(?!\w)"


def _known(match: re.Match[str], job: Job) -> str | None:
    """Hai đầu cùng đơn vị mới là khoảng; 220V-50Hz là hai số đo."""
    first, last = ALL_UNITS.get(match["u"]), ALL_UNITS.get(match["u2"])
    return _unit_range(match, job) if first is not None and first == last else None


RULES = (
    rule("meters", Kind.QUANTITY, r"(?<![\w.,/])(?P<a>\d{1,2})m(?P<b>[1-9]|\d{2})(?!\w|[.,]\d)", _meters, at="0", follow="m"),
    rule(
        "kilometers",
        Kind.QUANTITY,
        r"(?<![\w.,/])(?P<a>\d{1,3})[kK]m(?P<b>\d{3})(?!\w|[.,]\d)",
        lambda match, job: f"{cardinal(int(match['a']), job.style)} ki lô mét {cardinal(int(match['b']), job.style)} mét",
        at="0",
        follow="kK",
    ),
    rule("age_signed", Kind.QUANTITY, _AGE, _age, at="±"),
    rule("age", Kind.QUANTITY, _AGE, _age, at="0", follow=JOINTS + "t"),
    rule(
        "months_old",
        Kind.QUANTITY,
        r"(?<![\w.,/])(?P<a>\d{1,2})(?: ?[-–] ?(?P<b>\d{1,2}))? ?th(?!\w)",
        lambda match, job: " đến ".join(cardinal(int(n), job.style) for n in (match["a"], match["b"]) if n) + " tháng",
        at="0",
        follow=" -–t",
    ),
    rule(
        "tonnes",
        Kind.QUANTITY,
        r"(?<![\w.,/])(?P<n>\d{1,4},\d{1,3})t(?!\w)",
        lambda match, job: f"{number_words(num(match['n']), job.style)} tấn",
        at="0",
        follow=",",
    ),
    rule(
        "months_count",
        Kind.QUANTITY,
        rf"(?<![\w.,])(?P<n>\d{{1,3}})T(?:/(?P<y>{YEAR}))?(?!\w)",
        _months_count,
        at="0",
        follow="T",
    ),
    rule("position", Kind.QUANTITY, rf"(?<![\w.,/])(?P<n>{NUM}) ?°?(?P<c>[NE])(?!\w)", _position, at="0", follow=" .,°NE"),
    rule("diameter", Kind.SYMBOL, r"[ΦφØ](?= ?\d)", lambda _match, _job: "phi", at="!ΦφØ"),
    rule(
        "compass",
        Kind.QUANTITY,
        rf"(?<![\w.,/])(?P<n>{NUM}) ?[°ºo] ?(?:(?P<min>\d{{1,2}})['’′] ?)?(?P<c>[BNĐT])(?!\w)",
        _compass,
        at="0",
        follow=" .,°ºo",
    ),
    rule("by", Kind.SYMBOL, r"(?<=[\w)] )[x×](?= ?\d| hệ số)", lambda _match, _job: "nhân", needs=(" x", " ×")),
    rule(
        "times",
        Kind.QUANTITY,
        rf"(?<![\w.,/]){_FACTORS}(?: ?[x×*] ?{_FACTORS}){{1,5}}(?!\w)",
        _times,
        needs=("x", "×", "*"),
        at="0",
    ),
    rule("unit_range_signed", Kind.RANGE, _UNIT_RANGE, _known, at="±"),
    rule("unit_range", Kind.QUANTITY, _UNIT_RANGE, _known, at="0", follow=_FOLLOW),
    rule("measured_signed", Kind.QUANTITY, _MEASURED, _measured, at="±"),
    rule("measured", Kind.QUANTITY, _MEASURED, _measured, at="0", follow=_FOLLOW),
)
