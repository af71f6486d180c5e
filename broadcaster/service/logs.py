"""Nhật ký máy có cấu trúc: mỗi dòng một JSON ra stderr, không bao giờ có mật khẩu, thẻ hay khoá."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

_SECRET_WORDS = ("password", "passwd", "token", "secret", "cookie", "authorization", "mat_khau")


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Che giá trị của mọi khoá có tên giống bí mật, dù ai lỡ tay đưa vào."""
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "***"
    return event


class _Forgiving:
    """Nơi ghi không bao giờ ném lỗi: cửa sổ đã đóng, ống đã đứt hay đĩa đầy không được làm một vòng của đài chết."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Ghi nếu còn ghi được."""
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Đẩy nếu còn đẩy được."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure_command() -> None:
    """Lệnh chạy một lần: chỉ điều đáng lo, ra stderr, để stdout của ``--json`` luôn sạch."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # hỏi lại sys.stderr mỗi lần
        cache_logger_on_first_use=False,
    )


def configure(level: str, process: str) -> None:
    """Đặt nhật ký cho tiến trình ``process``; gọi một lần lúc khởi động."""
    number = logging.getLevelNamesMapping()[level.upper()]
    stream = cast(TextIO, _Forgiving(sys.stderr))
    pretty = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            hide_secrets,
            structlog.processors.dict_tracebacks,
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=max(number, logging.WARNING), stream=stream, format="%(name)s: %(message)s")
