"""Âm tiết tiếng Việt hợp lệ: nhận ra tiếng Việt trong dòng viết hoa, lỗi gõ, và tên miền không dấu."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from broadcaster.reading.patterns import Pattern

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIMES = """a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot
ô ôc ôi ôm ôn ông ôp ôt ôông ơ ơi ơm ơn ơp ơt u ua uâc uân uâng uât uây uc uê uêch uên uênh uêt ui um un ung uơ uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uyn uynh uyp uyt uyu
ư ưa ưc ưi ưm ưn ưng ươ ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu ya yn ynh yt yp yu ych oao uao uau uau ươ uêu"""
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_FULL = Pattern(
    f"(?:{'|'.join(sorted(_ONSETS.split(), key=len, reverse=True))})?(?:{'|'.join(sorted(_RIMES.split(), key=len, reverse=True))})"
)
_STOPPED = Pattern("(?:c|ch|p|t)$")


@lru_cache(maxsize=8192)
def is_syllable(word: str) -> bool:
    """``word`` (chữ thường, NFC) có phải một âm tiết tiếng Việt viết đúng không."""
    bare, tones = _split(word)
    if len(tones) > 1 or not _FULL.fullmatch(bare):
        return False
    return not _STOPPED.search(bare) or not tones or tones in "\u0301\u0323"


def _split(word: str) -> tuple[str, str]:
    parts = unicodedata.normalize("NFD", word)
    tones = "".join(c for c in parts if c in _TONES)
    return unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES)), tones


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """Chữ không dấu, chữ thường, đ thành d."""
    parts = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in parts if not unicodedata.combining(c)).replace("đ", "d")


@lru_cache(maxsize=1)
def _plain() -> frozenset[str]:
    rimes = {fold(rime) for rime in _RIMES.split()}
    onsets = {fold(onset) for onset in _ONSETS.split()} | {""}
    return frozenset(onset + rime for onset in onsets for rime in rimes)


def is_plain_syllable(word: str) -> bool:
    """``word`` không dấu có thể là một âm tiết tiếng Việt không."""
    return word in _plain()
