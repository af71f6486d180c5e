"""Một biểu mẫu, một lần: mỗi biểu mẫu trên trang mang một khoá, bấm lại đúng như thế thì được kết quả của lần đầu.

Ba lần bấm trong nửa giây, Enter rồi bấm, Quay lại rồi gửi: lần sau chờ lần đầu rồi tới cùng một trang. Chỉ nhớ việc đã xong
(chuyển trang), trong mười phút; việc bị từ chối thì sửa rồi gửi lại, việc khác chữ là việc khác. Nút đỏ có khoá riêng của nó,
không qua đây.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.responses import RedirectResponse
from starlette.types import Message, Send

FIELD = "khoa_gui"
_KEY = re.compile(rb'(?:^|&)khoa_gui=([0-9a-f]{32})(?=&|$)|name="khoa_gui"\r\n\r\n([0-9a-f]{32})\r\n')
_PLACE = re.compile(rb"(?:^|&)cho=moi-[0-9a-f]{12}(?=&|$)")
_FILE = re.compile(rb'filename="[^"\r\n]*"')
_NEW_SCRIPT = re.compile(r"/ban-tin/(moi|tai-len)")
"""Quay lại thì trình duyệt tải trang mới (khoá mới) mà điền lại chữ cũ: bản tin mới giống hệt bản vừa gửi cũng là bấm lại."""
_MOST, _FOR_S = 4_000, 600.0


@dataclass(frozen=True)
class Press:
    """Một lần bấm: ai, đường nào, khoá nào, chữ nào."""

    who: str
    path: str
    key: bytes
    content: bytes


def press_of(who: str, path: str, start: bytes, size: int) -> Press | None:
    """Lần bấm đọc từ khúc đầu của thân; thân không mang khoá thì ``None``.

    Tệp gửi lên: trình duyệt đổi chữ ngăn cách mỗi lần gửi nên so tên tệp và cỡ.
    """
    found = _KEY.search(start[:4_096])
    if found is None:
        return None
    name, key = _FILE.search(start), b"" if _NEW_SCRIPT.fullmatch(path) else found[1] or found[2]
    content = name[0] if found[2] and name else hashlib.sha256(_PLACE.sub(b"", _KEY.sub(b"", start))).digest()
    return Press(who, path, key, content + str(size).encode())


class Once:
    """Việc đã xong của các khoá gần đây; của một vòng lặp sự kiện."""

    def __init__(self) -> None:
        self._going: dict[Press, asyncio.Event] = {}
        self._done: OrderedDict[Press, tuple[str, float]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, press: Press | None) -> AsyncIterator[Turn]:
        """Lần đầu thì được làm (``result`` rỗng); lần sau chờ lần đầu, và nhận nơi nó đã chuyển tới."""
        if press is None:
            yield Turn()
            return
        while (going := self._going.get(press)) is not None:
            await going.wait()
        location, until = self._done.get(press, ("", 0.0))
        turn = Turn(location if time.monotonic() < until else "")
        if turn.result:
            yield turn
            return
        ended = self._going[press] = asyncio.Event()
        try:
            yield turn
        finally:
            del self._going[press]
            ended.set()
            if turn.location:
                self._done[press] = (turn.location, time.monotonic() + _FOR_S)
                self._done.move_to_end(press)
                if len(self._done) > _MOST:
                    self._done.popitem(last=False)


class Turn:
    """Lượt của một lần bấm."""

    def __init__(self, result: str = "") -> None:
        """``result``: nơi lần đầu đã chuyển tới."""
        self.result = result
        self.location = ""

    def answer(self) -> RedirectResponse:
        """Như lần đầu đã trả lời."""
        return RedirectResponse(self.result, 303)

    def listening(self, send: Send) -> Send:
        """``send`` nghe xem việc có xong không."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 303:
                headers = {name.lower(): value for name, value in message["headers"]}
                # Mật khẩu dùng một lần, bánh quy chỉ trao một lần: không nhớ.
                self.location = "" if b"set-cookie" in headers else headers[b"location"].decode("latin-1")
            await send(message)

        return sending
