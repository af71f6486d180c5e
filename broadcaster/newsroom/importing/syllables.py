"""Một chữ có phải âm tiết tiếng Việt viết đúng không: thước đo duy nhất để biết văn bản đang ở bảng mã nào.

Chữ đúng mã cho ra âm tiết thật; chữ sai mã gần như không bao giờ.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

_ONSET = re.compile(r"ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|[bcdđghklmnpqrstvx]|")
_RHYMES_TEXT = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu "
    "i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot "
    "ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyp uyt uyu "
    "ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu yn ynh yt ych "
)
_RHYMES = frozenset(_RHYMES_TEXT.split())
_BARE_RHYMES = frozenset(
    "".join(char for char in unicodedata.normalize("NFD", rhyme) if not unicodedata.combining(char)) for rhyme in _RHYMES
)
TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_STOPS = ("c", "ch", "p", "t")
_STOP_TONES = {"\u0301", "\u0323"}
_LONGEST = 10  # "nghiêng" là 7; chuỗi dài hơn nhiều không được vào bộ nhớ đệm
_EDGES = re.compile(r"[\s!-/:-@\[-`{-~0-9–—‘’“”…]+")


def score(text: str) -> int:
    """Số chữ có dấu là âm tiết đúng trừ số chữ có dấu không đọc nổi.

    Không tính chữ toàn ASCII (bảng mã nào cũng như nhau) và chữ một ký tự ("·", "×" cũng là chữ của TCVN3).
    """
    words = Counter(_marked(text))
    return sum(count if _reads_well(word) else -count for word, count in words.items())


def has_unreadable(text: str) -> bool:
    """Có chữ nào có dấu mà không phải âm tiết đúng hay không."""
    return not text.isascii() and not all(map(_reads_well, set(_marked(unicodedata.normalize("NFC", text)))))


def _marked(text: str) -> list[str]:
    return [word for word in _EDGES.split(text) if len(word) > 1 and not word.isascii()]


def _reads_well(word: str) -> bool:
    """Âm tiết đúng, viết hoa đúng kiểu: chữ hoa lọt giữa chữ thường là dấu hiệu đổi nhầm bảng mã."""
    is_cased = word.islower() or word.isupper() or word == word.capitalize()
    return len(word) <= _LONGEST and is_cased and is_syllable(word.lower())


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """``word`` viết thường có phải một âm tiết đúng chính tả: phụ âm đầu, vần, và nhiều nhất một dấu thanh."""
    letters, tones = _split_tone(word)
    if len(tones) > 1 or len(letters) > 7:
        return False
    return any(_fits(onset, letters[len(onset) :], tones) for onset in _onsets(letters))


@lru_cache(maxsize=20_000)
def is_unmarked_syllable(word: str) -> bool:
    """``word`` viết thường, toàn ASCII, có phải một âm tiết bị bỏ hết dấu không (“phuong”, “viet”)."""
    if not word.isascii() or len(word) > 7:
        return False
    plain = "đ" if word == "d" else word
    return any(plain[len(onset) :] in _BARE_RHYMES for onset in _onsets(plain))


def _split_tone(word: str) -> tuple[str, str]:
    parts = unicodedata.normalize("NFD", word)
    tones = "".join(char for char in parts if char in TONES)
    rest = "".join(char for char in parts if char not in TONES)
    return unicodedata.normalize("NFC", rest), tones


def _onsets(letters: str) -> tuple[str, ...]:
    """ "gi" và "qu" có hai cách tách: "giêng" là gi + êng hoặc g + iêng, "quốc" là q + uôc."""
    found = _ONSET.match(letters)
    onset = found.group() if found else ""
    return (onset, onset[0]) if onset in ("gi", "qu") else (onset,)


def _fits(onset: str, rhyme: str, tones: str) -> bool:
    if rhyme not in _RHYMES or not _spelled(onset, rhyme):
        return False
    return not rhyme.endswith(_STOPS) or tones in _STOP_TONES


def _spelled(onset: str, rhyme: str) -> bool:
    front = rhyme[0] in "eêiy"
    if onset in ("c", "ng"):
        return not front
    if onset == "g":
        return not front or rhyme[0] == "i"
    return front if onset in ("gh", "k", "ngh") else True
