"""Cửa trước: tiến trình giữ cổng của trang và làm việc của nút đỏ, tách từ tiến trình trang khi mã đã nạp xong.

Nghìn kết nối dở dang, tám mươi tệp tải lên làm bận vòng lặp sự kiện và lượt GIL của tiến trình trang; lần bấm không qua đó.
Tách (``fork``) chứ không chạy mới, để chung phần bộ nhớ của mã. Một bên chết thì bên kia chết theo và người canh dựng lại
cả hai: không bao giờ còn nửa trang. Chỉ Linux; nơi khác tiến trình trang làm cả hai việc.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import structlog

from broadcaster.service.process import STOP
from broadcaster.web.handover import Link

log = structlog.get_logger(__name__)

CAN_SPLIT = sys.platform == "linux"
_LEAVE_S, _LOOK_S = 5.0, 0.02
_PAGES_NICER = 5
"""Lần bấm nút đỏ qua ba bốn luồng: giữa đòn tấn công, lượt chạy nào cũng phải đợi các trang thì thành một phần ba giây."""


class Front:
    """Cửa trước nhìn từ tiến trình trang."""

    def __init__(self, link: Link, pid: int) -> None:
        """``pid``: tiến trình con."""
        self.link, self.pid = link, pid

    def open(self, listener: socket.socket) -> None:
        """Tới lượt: trao cổng đã giữ; từ đây chỉ cửa trước nhận khách, và các trang nhường CPU cho nó."""
        with listener:
            self.link.give(listener, b"mo")
        self.link.calm()
        os.nice(_PAGES_NICER)

    def stop(self) -> None:
        """Bảo nó thôi nhận khách và trả lời nốt."""
        with suppress(OSError):  # nó đã mất, hoặc bận tới mức không nhận lời: lúc đóng sẽ biết
            self.link.say(STOP)

    def close(self) -> None:
        """Đợi nó xong; quá hạn thì buộc dừng."""
        self.link.close()
        until = time.monotonic() + _LEAVE_S
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(_LOOK_S)


def split(work: Callable[[Link, socket.socket], None]) -> Front:
    """Tách cửa trước; gọi khi tiến trình chưa có luồng nào. ``work(nối về các trang, cổng)`` là cả đời của tiến trình con."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    gc.collect()
    gc.freeze()  # dọn rác ở bên nào cũng không chạm phần chung
    pid = os.fork()
    if not pid:
        ours.close()
        _live(Link(theirs), work)
    theirs.close()
    return Front(Link(ours), pid)


def _live(link: Link, work: Callable[[Link, socket.socket], None]) -> NoReturn:
    """Đời của tiến trình con: không ai bảo dừng được nó ngoài tiến trình trang."""
    code = 1
    try:
        for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        _words, listener = link.take()
        if listener is not None:
            link.calm()
            work(link, listener)
        code = 0
    except BaseException:
        log.exception("cửa trước hỏng")
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)
