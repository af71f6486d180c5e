"""Chữ của một bản sửa thành các từ để tìm: theo thứ tự nào cũng gặp, gõ có dấu hay không dấu cũng gặp. Thuần."""

from __future__ import annotations

from functools import lru_cache

from broadcaster.search_text import fold, spaced, tokens


@lru_cache(maxsize=8)
def indexed(title: str, body: str) -> dict[str, str]:
    """Các cột của ``RevisionWords``, mỗi cột là ``search_text.spaced``.

    Nhớ vài bản gần nhất: bản nháp tính trước ở ngoài khoá ghi, lúc lưu thì đã có sẵn.
    """
    titled = tokens(title)
    every = {*titled, *tokens(body)}
    return {
        "title_lower": spaced(titled),
        "title_plain": spaced(map(fold, titled)),
        "words": spaced(sorted(every | {fold(word) for word in every})),
    }
