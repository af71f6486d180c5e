"""Chữ của một bản sửa thành các từ để tìm: theo thứ tự nào cũng gặp, gõ có dấu hay không dấu cũng gặp. Thuần."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from broadcaster.search_text import fold, tokens


@lru_cache(maxsize=8)
def indexed(title: str, body: str) -> dict[str, str]:
    """Các cột của ``RevisionWords``; mọi từ đứng giữa hai dấu cách, nên “ hop” gặp “họp” và “hợp đồng” mà không gặp “thop”.

    Nhớ vài bản gần nhất: bản nháp tính trước ở ngoài khoá ghi, lúc lưu thì đã có sẵn.
    """
    titled = tokens(title)
    every = {*titled, *tokens(body)}
    return {
        "title_lower": _spaced(titled),
        "title_plain": _spaced(map(fold, titled)),
        "words": _spaced(sorted(every | {fold(word) for word in every})),
    }


def _spaced(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "
