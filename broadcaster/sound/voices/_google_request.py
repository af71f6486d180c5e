"""Một lần xin tiếng của một đoạn qua gTTS, cùng mọi cách nó có thể hỏng.

gTTS soạn lời xin; ta tự gửi, vì nó không kiểm chứng thư TLS (``verify=False`` viết cứng: ai xen giữa cũng đọc được bản tin
và thay được tiếng của đài), không tự thử lại, và coi trang web mã 200 là thành công rỗng.
"""

from __future__ import annotations

import base64
import re
import ssl
import threading
import urllib.request
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import Session

MIN_BYTES = 500
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
_AUDIO = re.compile(r'jQ1olc","\[\\"(.*)\\"]')
"""Tiếng trong trả lời của batchexecute, theo ``gTTS.stream``."""


class Trouble(StrEnum):
    """Vì sao một đoạn không có tiếng; giá trị là lời cho người đọc."""

    NO_NETWORK = "không nối được tới máy chủ Google (mất mạng hoặc bị chặn)"
    UNTRUSTED = "chứng thư của máy chủ Google không đáng tin (có kẻ xen giữa, hoặc giờ của máy sai)"
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


def request(chunk: str, *, tld: str, slow: bool, answer_seconds: float, authority: Path | None = None) -> bytes:
    """Mp3 của một đoạn không quá 100 ký tự; ``Refused`` khi không xin được trong ``answer_seconds`` giây.

    Hạn chót tính cả tra tên miền, thứ mà hạn chờ của thư viện mạng không bao giờ tính. ``authority``: tệp PEM của nơi cấp
    chứng thư mà đài tin thêm (mạng cơ quan có cổng lọc).
    """
    box: list[bytes | Exception] = []
    asking = threading.Thread(target=_into, args=(box, chunk, tld, slow, authority), name="gtts", daemon=True)
    asking.start()
    asking.join(answer_seconds)
    if not box:
        raise Refused(Trouble.SLOW)
    (result,) = box
    if isinstance(result, Exception):
        raise result
    return result


def _into(box: list[bytes | Exception], chunk: str, tld: str, slow: bool, authority: Path | None) -> None:
    try:
        box.append(_ask(chunk, tld, slow, authority))
    except Exception as error:
        box.append(error)


def _ask(chunk: str, tld: str, slow: bool, authority: Path | None) -> bytes:
    from gtts import gTTS
    from requests import RequestException

    engine = gTTS(
        chunk, lang="vi", tld=tld, slow=slow, lang_check=False, pre_processor_funcs=[], tokenizer_func=lambda text: [text]
    )
    try:
        (wanted,) = engine._prepare_requests()
    except (AssertionError, ValueError) as error:  # chữ gTTS cho là câm
        raise Refused(Trouble.BAD_AUDIO) from error
    try:
        with _session(authority) as session:
            answer = session.send(wanted, proxies=urllib.request.getproxies(), timeout=(CONNECT_SECONDS, READ_SECONDS))
    except RequestException as error:
        raise Refused(_trouble(error)) from error
    if not answer.ok:
        raise Refused(Trouble.BUSY if answer.status_code == 429 or answer.status_code >= 500 else Trouble.REFUSED)
    return _audio(answer.content)


@cache
def _trusted(authority: Path | None) -> ssl.SSLContext:
    """Các nơi cấp chứng thư có sẵn, cộng nơi cấp của đài."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    if authority is not None:
        context.load_verify_locations(authority)
    return context


def _session(authority: Path | None) -> Session:
    """Phiên luôn kiểm chứng thư, cả qua cổng ra của cơ quan."""
    from requests import Session
    from requests.adapters import HTTPAdapter

    trusted = _trusted(authority)

    class Verified(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, **more, ssl_context=trusted)

        def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
            return super().proxy_manager_for(*args, **more, ssl_context=trusted)

    session = Session()
    session.mount("https://", Verified())
    return session


def _audio(answer: bytes) -> bytes:
    """Đúng một phần tiếng trong trả lời. Lỗi: ``Refused``."""
    try:
        parts = [line for line in answer.decode().splitlines() if "jQ1olc" in line]
        found = [_AUDIO.search(line) for line in parts]
        audio = [base64.b64decode(match[1]) for match in found if match]
    except ValueError as error:  # base64 hoặc UTF-8 hỏng
        raise Refused(Trouble.BAD_AUDIO) from error
    if not parts:
        raise Refused(Trouble.PAGE)
    if len(parts) != 1 or len(audio) != 1 or len(audio[0]) < MIN_BYTES:
        raise Refused(Trouble.BAD_AUDIO)
    return audio[0]


def _trouble(error: Exception) -> Trouble:
    """Phân loại lỗi mạng khi chưa có trả lời nào."""
    from requests.exceptions import ChunkedEncodingError, ContentDecodingError, ReadTimeout, SSLError

    kinds: tuple[tuple[type[Exception], Trouble], ...] = (
        (SSLError, Trouble.UNTRUSTED),
        (ReadTimeout, Trouble.SLOW),
        (ChunkedEncodingError, Trouble.BAD_AUDIO),
        (ContentDecodingError, Trouble.BAD_AUDIO),
    )
    return next((trouble for kind, trouble in kinds if isinstance(error, kind)), Trouble.NO_NETWORK)
