"""Lời báo việc đã làm (``?da=``): chỉ hiện ở trang mà chính việc ấy vừa dẫn tới; đường dẫn ai bịa ra thì không nói được gì.

Nhớ trong tiến trình trang web, ít lâu: đủ cho mạng chậm và lần bấm thứ hai, không đủ để đường dẫn cũ nói lại chuyện cũ.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

_MOST, _FOR_S = 2_000, 120.0


class Told:
    """Những lời vừa nói, mới nhất ở cuối."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic``: giây không lùi."""
        self._monotonic = monotonic
        self._until: OrderedDict[tuple[str, str], float] = OrderedDict()

    def say(self, path: str, said: str) -> None:
        """Việc vừa xong dẫn tới ``path`` (có thể kèm ``?…``, ``#…``) với lời ``said``."""
        key = (urlsplit(path).path, said)
        self._until[key] = self._monotonic() + _FOR_S
        self._until.move_to_end(key)
        if len(self._until) > _MOST:
            self._until.popitem(last=False)

    def heard(self, path: str, said: str) -> str:
        """``said`` nếu trang ``path`` vừa được dẫn tới với đúng lời ấy, không thì rỗng."""
        return said if self._monotonic() < self._until.get((path, said), 0.0) else ""


TOLD = Told()
"""Của tiến trình trang web."""
