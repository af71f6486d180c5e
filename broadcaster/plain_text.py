"""Chữ từ bên ngoài: NUL và nửa ký tự (surrogate lẻ) không lưu, không băm được ở đâu; mọi cửa vào hỏi cùng một chỗ này."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_UNSOUND = re.compile("[\0\ud800-\udfff]")


def is_unsound(text: str) -> bool:
    """Có ký tự không lưu được."""
    return _UNSOUND.search(text) is not None


def mended(text: str) -> str:
    """Chữ đã bỏ những ký tự ấy."""
    return _UNSOUND.sub("", text)


def any_unsound(value: Any) -> bool:
    """Trong một giá trị JSON, kể cả tên trường, có chữ nào hỏng không."""
    return any(is_unsound(text) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    """Không đệ quy: JSON lồng sâu tuỳ ý."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
