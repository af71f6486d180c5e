"""Gợi ý nội dung kế hoạch cho một bài, kèm đúng những cụm từ làm nên gợi ý; người soạn đánh dấu. Thuần, không học, không mạng.

Một nội dung được nhận ra bởi những cặp chữ liền nhau của chính câu văn kế hoạch mà ít nội dung khác có; cặp chữ ai cũng dùng thì
không nói gì. Các cặp khớp nối tiếp nhau trong bài thành cụm từ để người soạn thấy vì sao.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

Term = tuple[str, ...]
Part = tuple[list[str], list[Term | None]]
"""Một vế câu: các chữ, và cặp chữ bắt đầu ở từng vị trí."""

MOST, MOST_WORDS = 3, 5
"""Gợi ý nhiều nhất mấy nội dung, mỗi nội dung nêu nhiều nhất mấy cụm từ."""
ENOUGH = 1.3
"""Tổng trọng số tối thiểu; một cặp chữ chỉ một nội dung có thì nặng 1."""
_SAME = 0.25
"""Hai câu kế hoạch chung chừng này phần cặp chữ là cùng một nội dung."""
_STRONG = 2.5
"""Nội dung từ chừng này trở lên luôn được gợi ý, dù nội dung khác nặng hơn nhiều."""
_NUMBER_WEIGHT = 2.0
"""Một số hiệu văn bản hay chữ viết tắt riêng (SIPAS) nói nhiều hơn một cặp chữ."""
_TOKEN = re.compile(r"[^\W_]+(?:[/-][^\W_]+)*")
_BREAK = re.compile(r"[.,;:!?()“”\"\n]+|\s[-–]\s")
_STOP = frozenset(
    "và của các về trong cho được với là những trên theo đối tại có đến này để một việc do từ ra không khi nhằm sự như ở vào "
    "đã đang sẽ cùng hay hoặc mà thì vì nên gồm bằng qua thông mọi mỗi nhiều ngày tháng năm góp phần nhất".split()
)
_COMMON = frozenset(
    tuple(pair.split())
    for pair in (
        "cải cách|cách hành|hành chính|công tác|tác cải|thực hiện|tuyên truyền|địa bàn|nhà nước|chính nhà|người dân|tổ chức|"
        "cơ quan|phát triển|triển khai|nhiệm vụ|kế hoạch|nâng cao|chính sách|pháp luật|kinh tế|xã hội|phục vụ|ủy ban|uỷ ban|"
        "ban nhân|nhân dân|thị xã|phổ biến|kết quả|bàn phường|hiện nhiệm|tác cchc|vụ cchc|thủ tục|tục hành"
    ).split("|")
)
_KNOWN = frozenset("CCHC UBND TTHC HĐND MTTQ VHXH TDP".split())


@dataclass(frozen=True)
class Suggestion:
    """Một nội dung đáng đánh dấu; ``words``: cụm từ của bài đã khớp, theo thứ tự gặp."""

    topic_id: int
    words: tuple[str, ...]
    weight: float


def suggest(text: str, topics: Mapping[int, str]) -> list[Suggestion]:
    """Nội dung hợp với bài nhất trước; ``topics``: mã nội dung → câu văn của nó. Bài trống hay không khớp thì rỗng."""
    known = {key: terms_of(words) for key, words in topics.items()}
    shared = Counter(term for terms in known.values() for term in terms)
    weights = {term: _weight(term, count, len(topics)) for term, count in shared.items()}
    parts = [(words, _pairs(words)) for words in _parts(text)]
    found = [_suggestion(key, parts, {term for term in terms if weights[term] > 0}, weights) for key, terms in known.items()]
    best = sorted((one for one in found if one.weight >= ENOUGH), key=lambda one: (-one.weight, one.topic_id))
    return [one for one in best if one.weight >= min(_STRONG, best[0].weight / 3)][:MOST]


def closest(text: str, topics: Mapping[int, str]) -> int | None:
    """Nội dung giống ``text`` nhất (phần cặp chữ chung trên phần gộp); không nội dung nào đủ giống thì ``None``."""
    mine = terms_of(text)
    scores = {key: _overlap(mine, terms_of(words)) for key, words in topics.items()}
    best = max(scores, key=lambda key: scores[key], default=None)
    return best if best is not None and scores[best] >= _SAME else None


def terms_of(text: str) -> frozenset[Term]:
    """Các cặp chữ liền nhau trong từng vế câu, trừ cặp có hư từ và cặp quá thường; cùng số hiệu văn bản."""
    parts = list(_parts(text))
    numbers = {(word,) for words in parts for word in words if _is_mark(word)}
    return frozenset(numbers | {pair for words in parts for pair in _pairs(words) if pair})


def _suggestion(topic_id: int, parts: Sequence[Part], wanted: set[Term], weights: Mapping[Term, float]) -> Suggestion:
    phrases: dict[str, None] = {}
    seen: set[Term] = set()
    for words, pairs in parts:
        matched = [pair is not None and pair in wanted for pair in pairs]
        seen |= {pair for pair, hit in zip(pairs, matched, strict=True) if pair and hit}
        for hit, run in groupby(range(len(matched)), key=matched.__getitem__):
            if hit:
                places = list(run)
                phrases[_whole(words, places[0], places[-1] + 1)] = None
        numbers = [word for word in words if (word,) in wanted]
        seen |= {(word,) for word in numbers}
        phrases |= dict.fromkeys(numbers)
    return Suggestion(topic_id, tuple(phrases)[:MOST_WORDS], sum(weights[term] for term in seen))


def _whole(words: list[str], first: int, last: int) -> str:
    """Cụm từ ``first``..``last``, nới cho trọn từ: “triển kinh” thành “phát triển kinh tế”."""
    if first and (words[first - 1], words[first]) in _COMMON:
        first -= 1
    if last + 1 < len(words) and (words[last], words[last + 1]) in _COMMON:
        last += 1
    return " ".join(words[first : last + 1])


def _parts(text: str) -> Iterator[list[str]]:
    """Từng vế câu thành dãy chữ thường."""
    for part in _BREAK.split(unicodedata.normalize("NFC", text)):
        yield [word if _is_mark(word) else word.casefold() for word in _TOKEN.findall(part)]


def _pairs(words: list[str]) -> list[Term | None]:
    """Cặp chữ bắt đầu ở từng vị trí; cặp không nói gì, hay chỉ bắc cầu giữa hai từ quá thường, là ``None``."""
    pairs = list(pairwise(words))
    common = {at + side for at, pair in enumerate(pairs) if pair in _COMMON for side in (0, 1)}
    return [pair if _telling(pair) and not {at, at + 1} <= common else None for at, pair in enumerate(pairs)]


def _telling(pair: tuple[str, str]) -> bool:
    return pair not in _COMMON and not any(word in _STOP or word.isdigit() or _is_mark(word) for word in pair)


def _is_mark(word: str) -> bool:
    """Tự nó đã nói: số hiệu văn bản “76/NQ-CP” (ngày tháng thì không), chữ viết tắt riêng “SIPAS”."""
    if "/" in word:
        return any(char.isdigit() for char in word) and any(char.isalpha() for char in word)
    return len(word) >= 4 and word.isupper() and word.isalpha() and word not in _KNOWN


def _weight(term: Term, shared: int, topics: int) -> float:
    """Chỉ một nội dung có thì nặng nhất; quá nửa số nội dung có thì không nói gì."""
    if topics > 2 and shared * 2 > topics:
        return 0.0
    rare = math.log((1 + topics) / shared) / math.log(1 + topics)
    return rare * (_NUMBER_WEIGHT if len(term) == 1 else 1.0)


def _overlap(left: frozenset[Term], right: frozenset[Term]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0
