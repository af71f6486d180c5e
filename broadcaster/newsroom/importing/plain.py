"""Đọc tệp chữ thường (.txt, .md) mà không biết trước bảng mã: Notepad, máy cũ và điện thoại mỗi nơi lưu một kiểu.

Kết quả vẫn có thể là chữ TCVN3, VNI hay chữ hỏng mã nằm trong ký tự Latin: ``legacy.repair`` lo phần đó.
"""

from __future__ import annotations

import codecs
import unicodedata
from dataclasses import dataclass

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing.codings import LATIN_CHARS, is_latin
from broadcaster.newsroom.importing.legacy import repair
from broadcaster.newsroom.importing.syllables import score
from broadcaster.newsroom.text import MAX_TEXT, dotted

MAX_TEXT_BYTES = 8 * MAX_TEXT  # mỗi chữ tối đa 4 byte; chữ hỏng mã hai lần dài gấp đôi
UNKNOWN = (
    "Không nhận ra bảng mã của tệp này. Hãy mở tệp bằng Word hoặc Notepad, kiểm tra đọc được chữ, "
    "rồi chọn Lưu thành (Save As) với mã hoá (Encoding) UTF-8 và tải lên lại."
)
BINARY = "Tệp này không phải văn bản. Hãy chọn tệp Word (.docx) hoặc tệp chữ (.txt, .md)."
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALLOWED_CONTROLS = "\t\n\r\x0b\x0c"


@dataclass(frozen=True)
class Decoded:
    """Chữ của tệp; ``seen_as`` là cách một máy Tây Âu thấy nó, khi tệp ở bảng mã Windows-1258."""

    text: str
    seen_as: str | None = None


def decode(data: bytes) -> Decoded:
    """Chữ trong tệp, chưa làm sạch gì; ``Invalid`` khi là tệp nhị phân, quá dài hoặc không nhận ra bảng mã."""
    if len(data) > MAX_TEXT_BYTES:
        raise Invalid(f"Tệp chữ này dài quá {dotted(MAX_TEXT)} ký tự. Hãy chia thành nhiều tệp, mỗi tệp một bản tin.")
    decoded = _decode(data)
    _refuse_binary(decoded.text)
    return decoded


def _decode(data: bytes) -> Decoded:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(codec, "replace"))
    if b"\x00" in data.rstrip(b"\x00\x1a"):
        return Decoded(_wide(data))
    data = data.rstrip(b"\x00\x1a")  # dấu hết tệp của DOS
    text = data.decode("utf-8", "replace")
    if _damage(text) <= 0.1:
        return Decoded(text)
    return _single_byte(data)


def _damage(text: str) -> float:
    """Phần chữ ngoài ASCII không giải mã được: tệp UTF-8 hỏng vài byte vẫn là UTF-8."""
    beyond = sum(char > "\x7f" for char in text)
    return text.count("\ufffd") / beyond if beyond else 0.0


def _wide(data: bytes) -> str:
    """UTF-16 không có dấu đầu tệp: chiều byte nào cho ra chữ Latin thì đúng."""
    texts = [data.decode(codec, "replace") for codec in ("utf-16-le", "utf-16-be")]
    best = max(texts, key=_latin_share)
    if _latin_share(best) < 0.9:
        raise Invalid(BINARY)
    return best


def _latin_share(text: str) -> float:
    return sum(is_latin(ord(char)) and not _is_control(char) for char in text) / max(1, len(text))


def _is_control(char: str) -> bool:
    return char < " " and char not in _ALLOWED_CONTROLS


def _single_byte(data: bytes) -> Decoded:
    latin = "".join(LATIN_CHARS.get(byte) or chr(byte) for byte in data)
    vietnamese = unicodedata.normalize("NFC", data.decode("cp1258", "replace"))
    repaired = "\n".join(repair(latin.split("\n")).lines)
    best = max(score(vietnamese), score(repaired))
    if best < 0:
        raise Invalid(UNKNOWN)
    return Decoded(vietnamese, latin) if score(vietnamese) >= score(repaired) else Decoded(latin)


def _refuse_binary(text: str) -> None:
    controls = sum(map(_is_control, text))
    if controls > len(text) // 100:
        raise Invalid(BINARY)
