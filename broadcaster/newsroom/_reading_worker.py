"""Tiến trình con đọc chữ dài: nhường CPU cho mọi người, nên chữ dài của ai cũng không làm nút đỏ chờ.

Nhận chữ và cách đọc qua ống, trả ``ReadText`` hoặc lỗi đã gặp; ống đóng, hay rỗi lâu, thì tự thoát.
"""

from __future__ import annotations

import signal
from contextlib import suppress
from multiprocessing.connection import Connection

from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.sound.priority import yield_to_pump

_IDLE_S = 60.0
"""Rỗi chừng này thì trả lại bộ nhớ."""


def serve(pipe: Connection) -> None:
    """Vòng đời của tiến trình con."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C là việc của tiến trình cha: nó đóng ống
    yield_to_pump()
    with suppress(EOFError, OSError):
        while pipe.poll(_IDLE_S):
            body, manner = pipe.recv()
            try:
                answer = read_text(body, manner)
            except Exception as error:  # lỗi nào cũng là của người gọi, như khi đọc tại chỗ
                pipe.send(error)
            else:
                pipe.send(answer)
