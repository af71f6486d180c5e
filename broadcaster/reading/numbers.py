"""Số thành chữ: số đếm, số thứ tự, từng chữ số, số thập phân và cách viết số của người Việt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from broadcaster.reading.model import Style
from broadcaster.reading.patterns import Pattern

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
BILLION = 10**9
DEFAULT = Style()


def digits(text: str) -> str:
    """Đọc từng chữ số, bỏ qua mọi dấu ngăn."""
    return " ".join(DIGITS[int(c)] for c in text if c in "0123456789")


def _below_hundred(n: int) -> str:
    tens, unit = divmod(n, 10)
    if tens == 0:
        return DIGITS[unit]
    head = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    if unit == 0:
        return head
    if unit == 5:
        return f"{head} lăm"
    if tens > 1 and unit in (1, 4):
        return f"{head} {'mốt' if unit == 1 else 'tư'}"
    return f"{head} {DIGITS[unit]}"


def _below_thousand(n: int, style: Style, *, padded: bool) -> str:
    hundreds, rest = divmod(n, 100)
    if not hundreds and not padded:
        return _below_hundred(rest)
    head = f"{DIGITS[hundreds]} trăm"
    if rest == 0:
        return head
    return f"{head} {style.zero_tens} {DIGITS[rest]}" if rest < 10 else f"{head} {_below_hundred(rest)}"


def cardinal(n: int, style: Style = DEFAULT, *, padded: bool = False) -> str:
    """Số đếm không âm, không giới hạn độ dài; ``padded``: nhóm đứng sau một nhóm khác nên có "không trăm"."""
    if n >= BILLION:
        head, rest = divmod(n, BILLION)
        words = f"{cardinal(head, style, padded=padded)} tỷ"
        return f"{words} {cardinal(rest, style, padded=True)}" if rest else words
    words_list: list[str] = []
    for size, name in ((10**6, "triệu"), (10**3, style.thousand), (1, "")):
        group, n = divmod(n, size)
        if group or (size == 1 and not words_list):
            words_list.append(f"{_below_thousand(group, style, padded=padded or bool(words_list))} {name}".strip())
    return " ".join(words_list)


def ordinal(n: int, style: Style = DEFAULT) -> str:
    """Lời đọc sau chữ "thứ": nhất, tư, còn lại như số đếm."""
    return {1: "nhất", 4: "tư"}.get(n) or cardinal(n, style)


def identifier(text: str, style: Style = DEFAULT) -> str:
    """Số hiệu: giữ số không đứng đầu ("06" là "không sáu"); quá 4 chữ số hoặc nhiều số không đứng đầu thì đọc từng số."""
    if len(text) > 2 and text.startswith("0"):
        return digits(text)
    if text.startswith("0") and len(text) == 2:
        return digits(text)
    return cardinal(int(text), style) if len(text) <= 6 else digits(text)


def fraction_digits(text: str, style: Style = DEFAULT) -> str:
    """Phần sau dấu phẩy: hai chữ số đọc như số, có số không đứng đầu hoặc từ ba chữ số thì đọc từng số."""
    if len(text) == 2 and text[0] != "0":
        return cardinal(int(text), style)
    return digits(text)


@dataclass(frozen=True, slots=True)
class Num:
    """Một số viết trong văn bản: ``whole`` và phần lẻ (chữ số sau dấu phẩy, "" nếu không có)."""

    end: int
    raw: str
    whole: int
    frac: str = ""
    grouped: bool = False
    point: str = ","  # dấu thập phân đã viết
    doubt: str = ""  # mã câu hỏi, "" nếu viết rõ ràng

    @property
    def value(self) -> float:
        """Giá trị để so sánh đầu và cuối của một khoảng."""
        return self.whole + (int(self.frac) / 10 ** len(self.frac) if self.frac else 0.0)

    @property
    def leading_zero(self) -> bool:
        """Viết có số không đứng đầu ("05")."""
        return len(self.raw) > 1 and self.raw[0] == "0" and self.raw.isdigit()


_GROUPED = Pattern(r"(\d{1,3}(?:\.\d{3}){1,6})(?:,(\d{1,6}))?(?![\d]|[.,]\d)")
_SPACED = Pattern(r"([1-9]\d{0,2}(?: \d{3}){1,4})(?:,(\d{1,3}))?(?![\d]|[.,]\d| \d)")
_ENGLISH = Pattern(r"(\d{1,3}(?:,\d{3}){2,5})(?:\.(\d{1,3}))?(?![\d]|[.,]\d)|(\d{1,3}(?:,\d{3})+)\.(\d{1,2})(?![\d]|[.,]\d)")
_DECIMAL = Pattern(r"(\d{1,15}),(\d{1,9})(?![\d]|,\d|\.\d{3})")
_POINT = Pattern(r"(\d{1,6})\.(\d{1,9})(?![\d]|[.]\d)")
_PLAIN = Pattern(r"\d{1,40}")
_ODD = Pattern(r"\d{1,4}(?:[.,]\d{1,6}){2,6}(?!\d)")


def parse_number(text: str, pos: int) -> Num | None:
    """Đọc một số ở ``pos``; các cách viết mâu thuẫn trả về ``doubt`` để hỏi lại, không đoán im lặng."""
    if (m := _GROUPED.match(text, pos)) and (m[1][0] != "0"):
        return Num(m.end(), m[0], int(m[1].replace(".", "")), m[2] or "", grouped=True)
    if m := _ENGLISH.match(text, pos):
        whole, frac = (m[1], m[2]) if m[1] else (m[3], m[4])
        return Num(m.end(), m[0], int(whole.replace(",", "")), frac or "", grouped=True, doubt="number_format")
    if m := _SPACED.match(text, pos):
        return Num(m.end(), m[0], int(m[1].replace(" ", "")), m[2] or "", grouped=True)
    if m := _DECIMAL.match(text, pos):
        return Num(m.end(), m[0], int(m[1]), m[2])
    if m := _POINT.match(text, pos):
        return Num(m.end(), m[0], int(m[1]), m[2], point=".")
    if m := _ODD.match(text, pos):
        return Num(m.end(), m[0], int(re.sub(r"\D", "", m[0])), grouped=True, doubt="number_format")
    if m := _PLAIN.match(text, pos):
        return Num(m.end(), m[0], int(m[0]))
    return None


def number_words(num: Num, style: Style = DEFAULT, *, point: str = "phẩy") -> str:
    """Lời đọc của một số đã phân tích."""
    words = cardinal(num.whole, style)
    return f"{words} {point} {fraction_digits(num.frac, style)}" if num.frac else words


_UNITS = {**{word: value for value, word in enumerate(DIGITS)}, "mốt": 1, "tư": 4, "lăm": 5, "bẩy": 7}
_SCALES = {"nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tỷ": BILLION, "tỉ": BILLION}


def value_of_words(words: list[str]) -> int | None:
    """Giá trị của một số viết bằng chữ (“một trăm hai mươi lăm”); ``None`` khi không phải một số nguyên viết đúng."""
    total = group = last = 0
    fresh = True
    if not words:
        return None
    for word in words:
        if word in _UNITS:
            if not fresh:
                return None
            last, fresh = _UNITS[word], False
            group += last
        elif word == "mười":
            group, last, fresh = group + 10, 10, True
        elif word in ("mươi", "trăm"):
            group, fresh = group + last * (9 if word == "mươi" else 99), True
        elif word in _SCALES:
            scale = _SCALES[word]
            total, group, fresh = ((total + group) * scale, 0, True) if scale == BILLION else (total + group * scale, 0, True)
        elif word in ("linh", "lẻ"):
            fresh = True
        else:
            return None
    return total + group
