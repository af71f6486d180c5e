"""Mẫu số sau một số đo: “/hộ/tháng” là “một hộ một tháng”, “km/giờ” là “trên giờ”, “vụ/5 đối tượng” là “với”."""

from __future__ import annotations

import re

from broadcaster.reading.letters import LETTERS
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, after, before, rule
from broadcaster.reading.words.units import ALL_UNITS, PER, PER_SHORT, SYMBOLIC

_PART = Pattern(
    r" ?/ ?(?P<n>\d{1,4}(?:\.\d{3})?(?P<months>T(?!\w))? ?)?(?P<w>[^\W\d_]+(?:(?<=[mM])[23])?)?(?P<more>(?: [a-zà-ỹđ]+){1,3}(?= ?/ ?[^\W\d_]))?(?!\w)"
)


_FOREIGN = Pattern(f"[^{LETTERS}23]")
_VOWEL = Pattern("[^bcdđfghjklmnpqrstvwxzBCDĐFGHJKLMNPQRSTVWXZ]")
_SHORT = Pattern(r"(?<!\w)[đabvô]$")
_COMRADE = Pattern(r" ?/ ?[đĐ]/[cC](?!\w)")


def per_words(text: str, job: Job, *, symbolic: bool) -> tuple[str, int]:
    """Mẫu số đứng ngay sau một số đo, và số ký tự đã dùng; sau gạch chéo là danh từ nào cũng được, trừ tên riêng."""
    comrade = _COMRADE.match(text)
    if comrade is not None:
        return " một đồng chí", comrade.end()
    said, at = "", 0
    while (part := _PART.match(text, at)) is not None:
        word, count = part["w"] or "", (part["n"] or "").strip().rstrip("T")
        if part["months"]:
            said, at = f"{said} một {cardinal(int(count), job.style)} tháng", part.end("months")
            continue
        unit = ALL_UNITS.get(word) or PER_SHORT.get(word) or (job.lexicon.meaning(word) if word.isupper() else None)
        if (
            not word
            or _FOREIGN.search(word)
            or (unit is None and not _VOWEL.search(word))
            or (unit is None and word.lower() not in PER and not word.islower())
        ):
            break
        is_rate = symbolic and ((unit and word in SYMBOLIC) or word in ("giờ", "phút", "giây"))
        joint = "trên" if is_rate and not count else "một"
        if count not in ("", "1", "01"):
            joint = f"trên {cardinal(int(count.replace('.', '')), job.style)}"
        said += f" {joint} {unit or word.lower()}{part['more'] or ''}"
        at = part.end()
    return said, at


def _per_count(match: re.Match[str], _job: Job) -> str | None:
    """3 vụ/5 đối tượng: “với”; 112 nam/100 nữ và cùng một danh từ hai bên: “trên”; 2 viên/1 lần: “một”."""
    earlier, later = _COUNTED_BEFORE.search(before(match, 32)), re.match(r" ?([\d.,]+) ([^\W\d_]+)", after(match))
    if earlier is None or later is None:
        return None
    noun = earlier["noun"].split()[0]
    if noun == later[2] or {noun, later[2]} == {"nam", "nữ"} or later[2] in _TIMES:
        return "trên"
    return "với"


def _per_one(match: re.Match[str], _job: Job) -> str | None:
    """2 viên/1 lần, 3 suất/01 hộ."""
    return "một" if _COUNTED_BEFORE.search(before(match, 32)) else None


def _per_noun(match: re.Match[str], _job: Job) -> str | None:
    """2 bình/sào, 15 người/ngày: gạch chéo sau một danh từ được đếm là “một”."""
    word = match["w"]
    if len(word) == 1 and _SHORT.search(before(match, 3)):
        return None  # “3/7 đ/c”: đồng chí, không phải một mẫu số
    if _FOREIGN.search(word) or not _COUNTED_BEFORE.search(before(match, 32)) or (word not in ALL_UNITS and not word.islower()):
        return None
    if word.lower() not in PER and word not in ALL_UNITS and after(match).startswith("/"):
        return None
    return f"một {ALL_UNITS.get(word, word)}"


_TIMES = frozenset("ngày tháng năm tuần giờ phút buổi".split())
_COUNTED_BEFORE = Pattern(r"\d ?(?P<noun>[^\W\d_]+(?: [^\W\d_]+){0,2})$")

RULES = (
    rule("per_dong", Kind.SYMBOL, r"(?<=đồng) ?/ ?(?=[^\W\d_])", lambda _match, _job: "một", at="!/"),
    rule("per_one", Kind.SYMBOL, r"(?<=[^\W\d_]) ?/ ?0?1(?= [^\W\d_])", _per_one, at="!/"),
    rule("per_count", Kind.SYMBOL, r"(?<=[^\W\d_]) ?/ ?(?=\d{1,4}(?:[.,]\d{1,3}){0,3} [^\W\d_])", _per_count, at="!/"),
    rule("per_noun", Kind.SYMBOL, r"(?<=[^\W\d_]) ?/ ?(?P<w>[^\W\d_]+(?:(?<=[mM])[23])?)(?!\w)", _per_noun, at="!/"),
)
