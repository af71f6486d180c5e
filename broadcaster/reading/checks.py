"""Soát sau khi đọc: tiếng lặp, địa danh gần giống địa danh của đài, số và chữ trong ngoặc không khớp; chỉ hỏi, không sửa."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Claims
from broadcaster.reading.model import Kind, Question
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job
from broadcaster.reading.words.phrases import heads, misspelled

_REPEATED = Pattern(r"(?<![\w-])([^\W\d_]+) (?i:\1)(?![\w-])")
_DOUBLED = frozenset(
    """
    luôn ngày đêm người nhà nơi ai đâu đời năm tháng dần từ thường khăng mãi lâu rất càng song xanh hay vừa lần xa gần chầm
    rầm ào đùng đều đừng chung riêng tầng lớp hàng nho nhỏ to đông vui nhanh chậm rì sáng chiều tối ba đôi chuồn châu bươm
    cào khe hơ đi ngành cấp xóm thôn xã việc từng mọi khắp mỗi ầm thi nguồn sâu cuồn thoang thấp cao đo đủ đằng thênh lâng
    phơi hây hiu ngoan
    """.split()
)

_BRACKET = Pattern(
    r"(?:\s*(?:đồng|người|hộ|ngày|tháng|năm|suất))?\s*"
    r"\((?:[Bb]ằng chữ:?\s*|[Vv]iết bằng chữ:?\s*)?(?P<words>[^()\d]{3,120}?)[./]*\)"
)
_FIGURE_BRACKET = Pattern(r"(?<!\w)(?P<word>[^\W\d_]+)\s?(?P<bracket>\((?P<n>\d{1,2})\))")
_WORD = Pattern(r"\w+")
_FIGURES = frozenset({Kind.MONEY, Kind.NUMBER, Kind.QUANTITY})
_NUMBER_WORDS = frozenset(
    """
    không một hai ba bốn tư năm lăm sáu bảy tám chín mười mươi mốt trăm nghìn ngàn triệu tỷ tỉ linh lẻ phẩy
    """.split()
)
_FREE = {"ngàn": "nghìn", "lẻ": "linh", "tỉ": "tỷ", "tư": "bốn", "bẩy": "bảy"}


def ask(source: str, claims: Claims, job: Job) -> None:
    """Gom mọi chỗ ngờ; ngoặc chỉ viết lại con số bằng chữ thì im lặng."""
    _figures_in_words(source, claims, job)
    _words_in_figures(source, claims, job)
    for match in _REPEATED.finditer(source):
        if match[1].lower() not in _DOUBLED and match[1].islower():
            job.ask("repeated", match, f"Tiếng “{match[1]}” lặp hai lần liền nhau. Có thừa không?")
    _misspelled(source, job)
    for place in job.style.places:
        _places(source, place, job)


def _misspelled(source: str, job: Job) -> None:
    """“hình tức tuyên truyền”: tiếng sau của một cụm quen bị sót một chữ cái."""
    first, wrong = "", misspelled()
    for match in _WORD.finditer(source):
        word = match[0].lower()
        right = wrong.get((first, word)) if first else None
        if right is not None and source[match.start() - 1] == " ":
            start = match.start() - len(first) - 1
            message = f"“{source[start : match.end()]}” có lẽ gõ sót chữ của “{right}”. Hãy sửa lại bản viết."
            job.doubts.append(Question("slip", start, match.end(), message, suggestions=(right,)))
        first = word if word in heads() else ""


def _figures_in_words(source: str, claims: Claims, job: Job) -> None:
    """“500.000 đồng (năm trăm nghìn đồng)”: giống thì ngoặc im, khác thì hỏi."""
    for span in list(claims.in_order()):
        match = _BRACKET.match(source, span.end) if span.kind in _FIGURES else None
        if match is None or not claims.free(match.start(), match.end()) or not _is_number_words(match["words"]):
            continue
        if _same(match["words"], span.spoken):
            claims.add(match.start(), match.end(), Kind.SILENT, "", "in_words")
        else:
            message = f"“{source[span.start : span.end]}” nhưng trong ngoặc viết “{match['words']}”. Hãy sửa cho khớp."
            job.doubts.append(Question("figures_differ", span.start, match.end(), message, dangerous=True))


def _words_in_figures(source: str, claims: Claims, job: Job) -> None:
    """“Năm (5) ngày”: số trong ngoặc chỉ viết lại chữ đứng trước thì im; khác thì hỏi."""
    for match in _FIGURE_BRACKET.finditer(source):
        if match["word"].lower() not in _NUMBER_WORDS:
            continue
        if _bare(match["word"]) == _bare(cardinal(int(match["n"]), job.style)):
            claims.replace(match.start("bracket"), match.end("bracket"), Kind.SILENT, "", "in_figures")
        else:
            message = f"Viết chữ “{match['word']}” nhưng trong ngoặc là {match['n']}. Hãy sửa cho khớp."
            job.doubts.append(Question("figures_differ", *match.span(), message, dangerous=True))


def _is_number_words(text: str) -> bool:
    words = re.findall(r"\w+", text.lower())
    return bool(words) and sum(word in _NUMBER_WORDS for word in words) * 2 > len(words)


def _same(written: str, spoken: str) -> bool:
    """So hai lời, bỏ qua cách viết tự do (linh/lẻ, nghìn/ngàn, chữ “chẵn”, tên tiền)."""
    return _bare(written) == _bare(spoken)


def _bare(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return [_FREE.get(word, word) for word in words if word not in ("chẵn", "đồng", "vnđ")]


def _places(source: str, place: str, job: Job) -> None:
    """“thị xã Mỹ Hòa” khi đài ở “thị xã Mỹ Hào”: cùng cấp, cùng tiếng đầu, chữ cuối khác dấu."""
    level, _, name = place.partition("|")
    first = name.split()[0] if name else ""
    if not first:
        return
    pattern = re.compile(rf"(?i:{re.escape(level)}) ({re.escape(first)}(?: [A-ZĐÂÊÔƠƯ]\w+)+)")
    for match in pattern.finditer(source):
        if match[1] != name and len(match[1].split()) == len(name.split()):
            message = f"“{match[1]}” hay “{name}”? Địa danh này gần giống địa danh của đài."
            job.doubts.append(Question("place", *match.span(1), message, suggestions=(name,)))
