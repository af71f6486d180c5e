"""Một lần xin tiếng của một đoạn qua gTTS, cùng mọi cách nó có thể hỏng.

gTTS không tự thử lại, chờ vô hạn nếu không dặn, và coi trang web mã 200 là thành công rỗng: ở đây mỗi đoạn phải có đúng
một phần tiếng. gTTS không kiểm chứng thư TLS (``verify=False`` viết cứng); cảnh báo của urllib3 chỉ được tắt trong lúc xin.
"""

from __future__ import annotations

import threading
import warnings
from enum import StrEnum
from typing import Any

MIN_BYTES = 500
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0


class Trouble(StrEnum):
    """Vì sao một đoạn không có tiếng; giá trị là lời cho người đọc."""

    NO_NETWORK = "không nối được tới máy chủ Google (mất mạng hoặc bị chặn)"
    SLOW = "máy chủ Google không trả lời kịp"
    BUSY = "máy chủ Google đang quá tải hoặc chặn vì xin nhiều"
    REFUSED = "máy chủ Google từ chối"
    PAGE = "máy chủ Google trả về trang web thay vì tiếng"
    BAD_AUDIO = "tiếng trả về thiếu hoặc hỏng"


class Refused(Exception):
    """Không xin được; ``trouble`` nói loại để quyết định thử lại hay nghỉ."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def request(chunk: str, *, tld: str, slow: bool, answer_seconds: float) -> bytes:
    """Mp3 của một đoạn không quá 100 ký tự; ``Refused`` khi không xin được trong ``answer_seconds`` giây.

    Hạn chót tính cả tra tên miền, thứ mà hạn chờ của thư viện mạng không bao giờ tính.
    """
    box: list[bytes | Exception] = []
    asking = threading.Thread(target=_into, args=(box, chunk, tld, slow), name="gtts", daemon=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
        asking.start()
        asking.join(answer_seconds)
    if not box:
        raise Refused(Trouble.SLOW)
    (result,) = box
    if isinstance(result, Exception):
        raise result
    return result


def _into(box: list[bytes | Exception], chunk: str, tld: str, slow: bool) -> None:
    try:
        box.append(_ask(chunk, tld, slow))
    except Exception as error:
        box.append(error)


def _ask(chunk: str, tld: str, slow: bool) -> bytes:
    from gtts import gTTS, gTTSError

    engine = gTTS(
        chunk,
        lang="vi",
        tld=tld,
        slow=slow,
        lang_check=False,
        pre_processor_funcs=[],
        tokenizer_func=lambda text: [text],
        timeout=(CONNECT_SECONDS, READ_SECONDS),
    )
    try:
        parts: list[bytes] = list(engine.stream())
    except gTTSError as error:
        raise Refused(_trouble(error)) from error
    except (AssertionError, ValueError) as error:  # chữ gTTS cho là câm; base64 hoặc UTF-8 hỏng
        raise Refused(Trouble.BAD_AUDIO) from error
    if not parts:
        raise Refused(Trouble.PAGE)
    if len(parts) != 1 or len(parts[0]) < MIN_BYTES:
        raise Refused(Trouble.BAD_AUDIO)
    return parts[0]


def _trouble(error: Any) -> Trouble:
    """Phân loại lỗi của gTTS theo mã trả lời, hoặc theo lỗi mạng gốc khi chưa có trả lời nào."""
    if error.rsp is not None:
        return _by_status(int(error.rsp.status_code))
    from requests import ReadTimeout
    from requests.exceptions import ChunkedEncodingError, ContentDecodingError

    if isinstance(error.__context__, ReadTimeout):
        return Trouble.SLOW
    if isinstance(error.__context__, ChunkedEncodingError | ContentDecodingError):
        return Trouble.BAD_AUDIO
    return Trouble.NO_NETWORK


def _by_status(status: int) -> Trouble:
    if status == 429 or status >= 500:
        return Trouble.BUSY
    return Trouble.BAD_AUDIO if status == 200 else Trouble.REFUSED
