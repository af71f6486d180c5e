"""Các bảng mã chữ Việt có trước Unicode, viết thành bảng đổi thẳng sang chữ dựng sẵn (NFC).

TCVN3 (ABC, phông .VnTime) theo TCVN 5712:1993: mỗi byte một chữ. VNI (phông VNI-Times): chữ cái rồi tới byte dấu.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from broadcaster.newsroom.importing.syllables import TONES, is_syllable


class Coding(StrEnum):
    """Bảng mã cũ; giá trị là tên để nói với người dùng."""

    TCVN3 = "TCVN3 (.VnTime)"
    TCVN3_CAPS = "TCVN3 chữ hoa (.VnTimeH)"
    VNI = "VNI (VNI-Times)"
    TCVN3_1258 = "TCVN3 bị đọc nhầm bảng mã Windows-1258"
    VNI_1258 = "VNI bị đọc nhầm bảng mã Windows-1258"
    BROKEN = "UTF-8 bị đọc nhầm bảng mã Tây Âu"
    BROKEN_1258 = "UTF-8 bị đọc nhầm bảng mã Windows-1258"


MAX_BREAKS = 4
"""Tệp bị đọc nhầm rồi lưu lại quá bốn lần thì chữ đã mất thật."""


_TCVN3 = (  # từ byte 0xA1 tới 0xFF
    "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_VNI_TONES = {
    "ù": "\u0301",
    "ø": "\u0300",
    "û": "\u0309",
    "õ": "\u0303",
    "ï": "\u0323",
    "â": "\u0302",
    "á": "\u0302\u0301",
    "à": "\u0302\u0300",
    "å": "\u0302\u0309",
    "ã": "\u0302\u0303",
    "ä": "\u0302\u0323",
    "ê": "\u0306",
    "é": "\u0306\u0301",
    "è": "\u0306\u0300",
    "ú": "\u0306\u0309",
    "ü": "\u0306\u0303",
    "ë": "\u0306\u0323",
}
_VNI_SINGLE = {"ñ": "đ", "ö": "ư", "ô": "ơ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì"}
_OLD_WORD = re.compile(r"(?<!\S)[^\s\u0102-\u01b0\u0300-\u036f\u1ea0-\u1ef9]+(?!\S)")
"""Chữ không có ký tự nào chỉ Unicode mới có: trong dòng lẫn lộn, chữ Unicode đúng phải được để yên."""
_VNI_PAIR = re.compile(r"([aeoôuöy])([ùøûõïâáàåãäêéèúüë])|([ñöôæóòîíì])", re.IGNORECASE)


def _byte_table(*codecs: str) -> dict[str, int]:
    """Ký tự → byte; bảng mã đứng trước được ưu tiên, chỗ trống của Windows thành ký tự C1 cùng số."""
    table: dict[str, int] = {}
    for byte in range(0x80, 0x100):
        for codec in codecs:
            table.setdefault(bytes([byte]).decode(codec, "ignore") or chr(byte), byte)
        table.setdefault(chr(byte), byte)
    return table


LATIN_BYTES = _byte_table("cp1252")
VIETNAMESE_BYTES = _byte_table("cp1258")
LATIN_CHARS = {byte: char for char, byte in reversed(LATIN_BYTES.items())}
_TCVN3_MAP = {char: _TCVN3[byte - 0xA1] for char, byte in LATIN_BYTES.items() if byte >= 0xA1}
_TCVN3_MAP |= {chr(0xF000 + byte): _TCVN3[byte - 0xA1] for byte in range(0xA1, 0x100)}  # Word xếp phông cũ vào vùng riêng


def convert(text: str, coding: Coding) -> str:
    """``text`` (ký tự như Windows-1252 hiểu) sang Unicode NFC; ký tự không thuộc bảng mã giữ nguyên."""
    if coding in (Coding.TCVN3_1258, Coding.VNI_1258):
        text = _as_latin(text)
    if coding in (Coding.VNI, Coding.VNI_1258):
        return _from_vni(text)
    if coding in _BROKEN_TABLES:
        return _unbreak(text, coding)
    return _from_tcvn3(text, caps=coding is Coding.TCVN3_CAPS)


def _as_latin(text: str) -> str:
    """Ký tự mà Windows tiếng Việt (1258) hiện ra, trở lại ký tự Windows-1252 của cùng byte."""
    chars = "".join(char if char in VIETNAMESE_BYTES else _apart(char) for char in text)
    return "".join(LATIN_CHARS[VIETNAMESE_BYTES[char]] if char in VIETNAMESE_BYTES else char for char in chars)


def _apart(char: str) -> str:
    """Tách dấu thanh khỏi nguyên âm như Windows-1258: "ệ" là "ê" và dấu nặng."""
    parts = unicodedata.normalize("NFD", char)
    tones = "".join(mark for mark in parts if mark in TONES)
    return unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES)) + tones


def _from_tcvn3(text: str, *, caps: bool) -> str:
    all_caps = caps or _is_typed_in_caps(text)

    def word(found: re.Match[str]) -> str:
        plain = "".join(_TCVN3_MAP.get(char, char) for char in found.group())
        return plain.upper() if all_caps or _is_typed_in_caps(found.group()) else plain

    return unicodedata.normalize("NFC", _OLD_WORD.sub(word, text))


def _is_typed_in_caps(text: str) -> bool:
    """TCVN3 không có chữ hoa mang dấu thanh: "CéNG" là chữ CỘNG, còn "Hµ" là chữ Hà."""
    letters = [char for char in text if char.isascii() and char.isalpha()]
    return len(letters) > 1 and all(char.isupper() for char in letters)


def _from_vni(text: str) -> str:
    latin = "".join(chr(ord(char) - 0xF000) if 0xF020 <= ord(char) <= 0xF0FF else char for char in text)
    return unicodedata.normalize(
        "NFC", _OLD_WORD.sub(lambda found: _VNI_PAIR.sub(_vni_letter, found.group()), unicodedata.normalize("NFC", latin))
    )


def _vni_letter(found: re.Match[str]) -> str:
    base, mark, single = found.groups()
    if single:
        return _same_case(_VNI_SINGLE[single.lower()], single)
    return _same_case(_VNI_SINGLE.get(base.lower(), base.lower()), base) + _VNI_TONES[mark.lower()]


def _same_case(letter: str, like: str) -> str:
    return letter.upper() if like.isupper() else letter


def _sequences(table: dict[str, int]) -> re.Pattern[str]:
    """Mẫu bắt mọi chuỗi ký tự mà byte của chúng có dạng một chữ UTF-8 hai hoặc ba byte."""

    def chars(low: int, high: int) -> str:
        return "[" + "".join(re.escape(char) for char, byte in table.items() if low <= byte <= high) + "]"

    tail = chars(0x80, 0xBF)
    return re.compile(f"{chars(0xC2, 0xDF)}{tail}|{chars(0xE0, 0xEF)}{tail}{tail}")


_BROKEN_TABLES = {
    coding: (table, _sequences(table)) for coding, table in ((Coding.BROKEN, LATIN_BYTES), (Coding.BROKEN_1258, VIETNAMESE_BYTES))
}


def _unbreak(text: str, coding: Coding) -> str:
    """Ghép lại từng chuỗi byte UTF-8, lặp lại vì có tệp bị đọc nhầm hai ba lần; hỏng một phần vẫn cứu được phần ấy."""
    table, sequences = _BROKEN_TABLES[coding]
    original = text
    for _ in range(MAX_BREAKS):
        mended = sequences.sub(lambda found: _decoded(found.group(), table), text)
        if mended == text:
            break
        text = mended
    if text == original:
        return original
    return unicodedata.normalize("NFC", _mend_lost(text))


def _decoded(chars: str, table: dict[str, int]) -> str:
    try:
        letter = bytes(table[char] for char in chars).decode("utf-8")
    except UnicodeDecodeError:
        return chars
    return letter if letter in LATIN_BYTES or is_latin(ord(letter)) else chars


def is_latin(code: int) -> bool:
    """Chữ Latin, dấu kết hợp hoặc dấu câu chung: chữ khác trong một bản tin là do giải mã nhầm."""
    return code < 0x250 or 0x300 <= code <= 0x36F or 0x1E00 <= code <= 0x1EFF or 0x2000 <= code <= 0x22FF


def _mend_lost(text: str) -> str:
    """Chỗ byte sau đã bị phần mềm khác thay: dấu nháy thẳng (đ), dấu cách thường (à), byte trống (Đ), gạch nối mềm (í)."""
    text = text.replace("Ä'", "đ")
    text = re.sub(r"\bÄ(?=[^\W\d_])", "Đ", text)
    text = re.sub(r"([^\W\d_]{0,7})Ã (\w{0,7})", _lost_grave, text)
    return re.sub(r"([^\W\d_]{0,7})Ã([^\W\d_]{0,7})", _lost_acute, text)


def _lost_grave(found: re.Match[str]) -> str:
    before, after = found.groups()
    whole = f"{before}à{after}"
    return whole if not after or is_syllable(whole.lower()) else f"{before}à {after}"


def _lost_acute(found: re.Match[str]) -> str:
    whole = f"{found.group(1)}í{found.group(2)}"
    return whole if is_syllable(whole.lower()) else found.group()
