"""Máy chủ giả của Google Translate để thử giọng trực tuyến thật qua đúng đường nó đi: proxy CONNECT, TLS, batchexecute.

Chương trình được thử cần biến môi trường ``HTTPS_PROXY`` (xem ``environment``) và tin ``CERTIFICATE`` như nơi cấp của đài.
Máy chủ trả tiếng đọc thật (espeak nén mp3) và hỏng theo lệnh: ``stand_in.misbehave(Fault.TOO_MANY, from_request=4)``.
"""

from __future__ import annotations

import base64
import json
import socket
import socketserver
import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from types import TracebackType

import numpy as np
import soxr

from broadcaster.sound.library import encode_mp3
from broadcaster.sound.pcm import RATE, silence, to_float, to_samples
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker

GOOGLE_RATE = 24_000
CERTIFICATE = Path(__file__).with_suffix(".pem")


class Fault(Enum):
    """Mọi cách hỏng đã thấy ở dịch vụ thật."""

    NONE = auto()
    TOO_MANY = auto()  # 429
    AWAY = auto()  # 503
    FORBIDDEN = auto()  # 403
    PAGE = auto()  # 200 nhưng là trang captcha
    NO_AUDIO = auto()  # 200, đúng khuôn, không có tiếng
    SHORT_BODY = auto()  # đứt giữa thân trả lời
    BROKEN_BASE64 = auto()
    TINY_AUDIO = auto()
    NOT_MP3 = auto()
    HALF_AUDIO = auto()  # mp3 hợp lệ nhưng chỉ có một phần tư lời
    SILENT_AUDIO = auto()  # mp3 hợp lệ, đủ dài, câm
    MOSTLY_SILENT = auto()  # vài âm tiết đầu có tiếng rồi lặng tới hết
    DROP = auto()  # nhận rồi cắt kết nối
    HANG = auto()  # không bao giờ trả lời


class GoogleStandIn:
    """Chạy trong một luồng nền; ``chunks`` là các đoạn đã được xin, theo thứ tự."""

    def __init__(self, worker: EspeakWorker) -> None:
        """``worker``: tiến trình espeak đọc hộ; ai tạo người ấy đóng."""
        self.chunks: list[str] = []
        self._plan: list[tuple[Fault, int, int | None]] = []
        self._lock = threading.Lock()
        self._voice = EspeakVoice(worker)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATE)
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Connection, stand_in=self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def __enter__(self) -> GoogleStandIn:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def environment(self) -> dict[str, str]:
        """Biến môi trường dẫn gTTS tới đây."""
        address = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"HTTPS_PROXY": address, "https_proxy": address}

    def misbehave(self, fault: Fault, *, from_request: int = 1, times: int | None = None) -> None:
        """Hỏng kiểu ``fault`` từ lần xin thứ ``from_request`` (đếm từ 1, tính cả những lần đã qua), ``times`` lần."""
        with self._lock:
            self._plan.append((fault, from_request, times))

    def behave(self) -> None:
        """Thôi hỏng."""
        with self._lock:
            self._plan.clear()

    def close(self) -> None:
        """Thả mọi kết nối đang treo rồi tắt."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def receive(self, chunk: str) -> Fault:
        """Ghi một lần xin và quyết định trả lời thế nào."""
        with self._lock:
            self.chunks.append(chunk)
            number = len(self.chunks)
            for fault, first, times in self._plan:
                if first <= number and (times is None or number < first + times):
                    return fault
            return Fault.NONE

    def mp3(self, chunk: str, fault: Fault = Fault.NONE) -> bytes:
        """Tiếng đọc một đoạn, 24 kHz, có lặng hai đầu như của dịch vụ thật."""
        spoken = np.concatenate([silence(80), self._voice.speak([chunk]).samples, silence(150)])
        heard = {Fault.SILENT_AUDIO: 0, Fault.MOSTLY_SILENT: len(spoken) // 4}.get(fault, len(spoken))
        spoken[heard:] = 0
        return encode_mp3(to_samples(soxr.resample(to_float(spoken), RATE, GOOGLE_RATE)), rate=GOOGLE_RATE, kbps=32)

    @contextmanager
    def secured(self, connection: socket.socket) -> Iterator[ssl.SSLSocket]:
        """Phía máy chủ của TLS trên đường hầm CONNECT."""
        with self._context.wrap_socket(connection, server_side=True) as tunnel:
            yield tunnel


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = True

    def __init__(self, address: tuple[str, int], handler: type[_Connection], *, stand_in: GoogleStandIn) -> None:
        super().__init__(address, handler)
        self.stand_in = stand_in

    def handle_error(self, request: object, client_address: object) -> None:
        """Khách bỏ đi giữa chừng là chuyện thường trong phép thử."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """CONNECT, TLS, rồi đúng một lần xin (gTTS mở phiên mới cho mỗi đoạn)."""
        _head(self.request)
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        stand_in = self.server.stand_in
        with stand_in.secured(self.request) as tunnel:
            chunk = _asked(tunnel)
            fault = stand_in.receive(chunk)
            if fault is Fault.HANG:
                stand_in.released.wait()
            elif fault is not Fault.DROP:
                tunnel.sendall(_reply(fault, chunk, stand_in))


def _head(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(4096)
        if not block:
            raise ConnectionError("khách đóng sớm")
        received += block
    return received


def _asked(tunnel: ssl.SSLSocket) -> str:
    """Chữ nằm trong ``f.req=[[["jQ1olc", "[chữ, ngôn ngữ, tốc độ, ...]", ...]]]``."""
    head, _, body = _head(tunnel).partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += tunnel.recv(4096)
    rpc = json.loads(urllib.parse.parse_qs(body.decode())["f.req"][0])
    text: str = json.loads(rpc[0][0][1])[0]
    return text


def _reply(fault: Fault, chunk: str, stand_in: GoogleStandIn) -> bytes:
    status = {Fault.TOO_MANY: "429 Too Many Requests", Fault.AWAY: "503 Service Unavailable", Fault.FORBIDDEN: "403 Forbidden"}
    if fault in status or fault is Fault.PAGE:
        return _http(status.get(fault, "200 OK"), b"<!doctype html><title>unusual traffic</title>" + b"." * 2000)
    whole = _http("200 OK", _rpc(fault, stand_in.mp3(chunk, fault)))
    return whole[: len(whole) // 2] if fault is Fault.SHORT_BODY else whole


def _rpc(fault: Fault, mp3: bytes) -> bytes:
    if fault is Fault.NO_AUDIO:
        return b')]}\'\n\n[["wrb.fr","jQ1olc",null,null,null,[3],"generic"]]\n'
    audio = {Fault.TINY_AUDIO: mp3[:100], Fault.NOT_MP3: b"\0" * 4000, Fault.HALF_AUDIO: mp3[: len(mp3) // 4]}.get(fault, mp3)
    coded = "A" if fault is Fault.BROKEN_BASE64 else base64.b64encode(audio).decode()
    return f')]}}\'\n\n104\n[["wrb.fr","jQ1olc","[\\"{coded}\\"]",null,null,null,"generic"]]\n'.encode()


def _http(status: str, body: bytes) -> bytes:
    head = (f"HTTP/1.1 {status}", "Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join([*head, "", ""]).encode() + body
