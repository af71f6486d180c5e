"""Chữ gõ hoặc dán vào được làm sạch một lần, ngay trước khi lưu, để mọi phòng sau chỉ gặp một dạng chữ.

Làm sạch không đổi lời: chỉ bỏ những gì không ai nhìn thấy và không giọng nào đọc được.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_TITLE = 300
MAX_TEXT = 200_000
"""Chừng bốn giờ đọc: quá mức này là cả tập tài liệu chứ không phải một bản tin."""

_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_TRAILING = re.compile(r" +$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")
_UNSEEN = {"Cc", "Cf", "Cs"}


def clean_text(raw: str) -> str:
    """Chữ đúng như sẽ lưu: NFC, xuống dòng là ``\\n``, không ký tự điều khiển hay vô hình, không quá một dòng trống liền nhau."""
    from broadcaster.newsroom.importing.lookalikes import as_latin  # nạp muộn: nơi ấy dùng các giới hạn ở đây

    text = _BLANKS.sub(" ", _LINE_ENDS.sub("\n", raw))
    text = "".join(char for char in text if _is_seen(char))
    text = as_latin(unicodedata.normalize("NFC", text))
    text = _TRAILING.sub("", text)
    return _EMPTY_LINES.sub("\n\n", text).strip("\n")


def clean_title(raw: str) -> str:
    """Tiêu đề là một dòng: như ``clean_text``, mọi khoảng trắng và xuống dòng thành một dấu cách."""
    return " ".join(clean_text(raw).split())


def text_problems(title: str, text: str) -> dict[str, str]:
    """Tên ô → điều phải sửa trước khi lưu một bản tin; rỗng là được."""
    problems = {"title": _title_problem(title), "text": _text_problem(text)}
    return {field: problem for field, problem in problems.items() if problem}


def is_spoken(text: str) -> bool:
    """Lời đọc chỉ gồm chữ, dấu cách, dấu phẩy, gạch nối: không còn chữ số hay ký hiệu nào phải đoán."""
    return bool(text) and all(char.isalpha() or char in " ,-'" for char in text)


def choice_problems(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Cách đọc chọn riêng phải là lời, và vừa với chữ nó thay."""
    for surface, reading in choices:
        if not surface or not is_spoken(reading):
            return {"choices": f"Cách đọc chọn cho “{surface}” phải là chữ, không có số hay ký hiệu."}
        if spoken_words(reading) > most_words(surface):
            return {"choices": too_long(surface)}
    return {}


def spoken_words(reading: str) -> int:
    """Số tiếng của một lời đọc."""
    return len(re.split(r"[\s,-]+", reading.strip(" ,-"))) if reading.strip(" ,-") else 0


def most_words(surface: str) -> int:
    """Lời đọc của ``surface`` dài nhất bao nhiêu tiếng thì còn là cách đọc chứ không phải lời chèn thêm.

    Chữ số và chữ viết hoa liền nhau đọc từng chữ, mỗi chữ tới hai tiếng (X là “ích xì”, 2.000 là “hai nghìn”); từ thường
    đọc theo số vần.
    """
    units = 0
    for token in re.findall(r"\d+|[^\W\d_]+", surface):
        plain = "".join(char for char in unicodedata.normalize("NFD", token.casefold()) if not unicodedata.combining(char))
        spelled = token.isdigit() or token.isupper()
        units += len(token) if spelled else max(1, len(re.findall(r"[aeiouy]+", plain)))
    return 2 * units + 2


def too_long(surface: str) -> str:
    """Lời nhắn khi lời đọc dài quá so với chữ."""
    return f"Lời đọc của “{surface}” nhiều nhất {most_words(surface)} tiếng. Cả câu thì hãy viết vào bản tin, nơi lãnh đạo duyệt."


def has_letters(text: str) -> bool:
    """Có ít nhất một chữ cái để đọc hay không."""
    return any(char.isalpha() for char in text)


def _is_seen(char: str) -> bool:
    code = ord(char)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return char == "\n" or not (is_noncharacter or unicodedata.category(char) in _UNSEEN)


def _title_problem(title: str) -> str:
    if not title.strip():
        return "Chưa có tiêu đề. Hãy ghi một câu ngắn nói bản tin về việc gì."
    if len(title) > MAX_TITLE:
        return f"Tiêu đề dài {len(title)} ký tự. Hãy rút xuống tối đa {MAX_TITLE} ký tự."
    if not has_letters(title):
        return "Tiêu đề chưa có chữ nào. Hãy ghi một câu ngắn nói bản tin về việc gì."
    return ""


def _text_problem(text: str) -> str:
    if not text.strip():
        return "Chưa có nội dung. Hãy gõ, dán hoặc tải tệp bản tin lên."
    if len(text) > MAX_TEXT:
        return f"Nội dung dài {dotted(len(text))} ký tự, tối đa là {dotted(MAX_TEXT)}. Hãy chia thành nhiều bản tin."
    if not has_letters(text):
        return "Nội dung chưa có chữ nào để đọc. Hãy kiểm tra lại phần vừa dán."
    return _coding_problem(text)


def _coding_problem(text: str) -> str:
    """Chữ dán từ tệp phông cũ trông như vô nghĩa nhưng vẫn là chữ: phải chặn trước khi một giọng đọc cả phường nghe."""
    from broadcaster.newsroom.importing.legacy import detect  # nạp muộn: nơi ấy dùng các giới hạn ở đây

    coding = detect(text.split("\n"))
    return f"Chữ đang ở dạng {coding}, không phải Unicode. Bấm “Đổi sang chữ có dấu” rồi xem lại." if coding else ""


def dotted(number: int) -> str:
    """Số viết kiểu Việt Nam: 200.000."""
    return f"{number:,}".replace(",", ".")
