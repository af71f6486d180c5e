"""Nhật ký máy có cấu trúc: mỗi dòng một JSON vào tệp xoay vòng, không bao giờ có mật khẩu, thẻ hay khoá.

Người ngồi trước màn hình chỉ thấy điều phải biết, mỗi việc một câu; stderr không phải màn hình thì nhận đủ JSON như tệp.

Vết lỗi chỉ kể chỗ hỏng, không kể biến: biến của một yêu cầu web mang cả bánh quy lẫn chữ đã gõ.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TextIO, cast

import structlog
from structlog.typing import Processor

from broadcaster.service.log_volume import RollingFile, Share

_SECRET_WORDS = ("password", "passwd", "token", "secret", "cookie", "authorization", "mat_khau")
_SECRETS = re.compile(r"dtt_[\w-]{16,}|(?<=phien=)[\w-]{16,}|(?<=Bearer )\S+|(?<=/xac-nhan/)[\w-]+|\$argon2\S+")
"""Thẻ, bánh quy, liên kết một chạm, băm mật khẩu lẫn trong một câu lỗi hay một đường dẫn."""
_TRACEBACK = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Che giá trị của mọi khoá có tên giống bí mật, và mọi bí mật lẫn trong lời, dù ai lỡ tay đưa vào."""
    for key, value in event.items():
        event[key] = "***" if any(word in key.lower() for word in _SECRET_WORDS) else _hidden(value)
    return event


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRETS.sub("***", value)
    if isinstance(value, dict):
        return {key: _hidden(one) for key, one in value.items()}
    return [_hidden(one) for one in value] if isinstance(value, list | tuple) else value


class _Forgiving:
    """Nơi ghi không bao giờ ném lỗi: cửa sổ đã đóng, ống đã đứt hay đĩa đầy không được làm một vòng của đài chết."""

    def __init__(self, stream: TextIO | None, file: RollingFile | None = None) -> None:
        self._stream = stream
        self._file = file

    def write(self, text: str) -> int:
        """Ghi nếu còn ghi được, ra stderr (khi không phải màn hình) và vào tệp."""
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
        if self._file is not None:
            with suppress(OSError, ValueError):
                self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Đẩy nếu còn đẩy được."""
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.flush()


class Screen:
    """Bước của structlog: điều người trước màn hình phải biết thành một câu; việc riêng của máy thì chỉ nằm trong tệp."""

    _TOLD = frozenset({"warning", "error", "critical"})
    _OWN = ("giữ khoá ghi",)
    """Số đo cho người sửa máy: người mới không làm gì được với nó."""
    _HIDDEN = frozenset({"event", "level", "timestamp", "process", "exception", "exc_info", "pid"})

    def __init__(self, stream: TextIO) -> None:
        """``stream``: màn hình."""
        self._stream = stream

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """In nếu đáng in; trả lại nguyên dòng cho tệp."""
        said = str(event.get("event", ""))
        if event.get("level") in self._TOLD and not said.startswith(self._OWN):
            more = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in event.items() if key not in self._HIDDEN)
            with suppress(OSError, ValueError):
                print(f"{datetime.now():%H:%M:%S}  {said}{f' ({more})' if more else ''}", file=self._stream, flush=True)  # noqa: DTZ005  giờ của máy, màn hình
        return event


def configure_command() -> None:
    """Lệnh chạy một lần: chỉ điều đáng lo, ra stderr, để stdout của ``--json`` luôn sạch."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, *_written(pretty=True)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # hỏi lại sys.stderr mỗi lần
        cache_logger_on_first_use=False,
    )


def configure(level: str, process: str, file: RollingFile | None = None, *, errors: TextIO | None = None) -> None:
    """Đặt nhật ký cho tiến trình ``process``, ra ``errors`` (trống: stderr) và vào ``file``; gọi một lần lúc khởi động."""
    number, share = logging.getLevelNamesMapping()[level.upper()], Share()
    errors = errors or sys.stderr
    screen = errors.isatty()
    stream = cast(TextIO, _Forgiving(None if screen else errors, file))
    structlog.configure(
        processors=[
            partial(_of_process, process),
            share.of_ours,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_written(pretty=False, screen=[Screen(errors)] if screen else []),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.addFilter(share.of_libraries)
    handler.setFormatter(_Hiding("%(name)s: %(message)s"))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler])


class _Hiding(logging.Formatter):
    """Dòng và vết lỗi của thư viện cũng không mang bí mật."""

    def format(self, record: logging.LogRecord) -> str:
        return str(_hidden(super().format(record)))


def _of_process(process: str, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Dòng nào cũng nói tiến trình nào viết, ở luồng nào cũng vậy."""
    return {**event, "process": process}


def _written(*, pretty: bool, screen: Sequence[Processor] = ()) -> list[Processor]:
    """Vết lỗi thành chữ trước, che bí mật sau, rồi mới ra dòng."""
    if pretty:
        return [structlog.processors.format_exc_info, hide_secrets, structlog.dev.ConsoleRenderer()]
    return [_TRACEBACK, hide_secrets, *screen, structlog.processors.JSONRenderer(ensure_ascii=False)]
