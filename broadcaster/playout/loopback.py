"""Cổng nội bộ của phòng phát sóng, chỉ 127.0.0.1 và có khoá: nghe, xem tình trạng, im lặng. Không cần cơ sở dữ liệu."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from broadcaster.playout.outputs import OutputBoard
from broadcaster.sound.outputs.monitor import CONTENT_TYPE
from broadcaster.sound.pump import Pump

OnAir = Callable[[], dict[int, dict[str, Any]]]


class LoopbackServer:
    """Máy chủ HTTP nhỏ trong luồng riêng; mỗi người gọi một luồng."""

    def __init__(self, port: int, secret: str, *, board: OutputBoard, pump: Pump, on_air: OnAir) -> None:
        """``port`` 0 là cổng rảnh bất kỳ; ``on_air``: đường ra → mục đang phát."""
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.secret, self._server.board, self._server.pump, self._server.on_air = secret, board, pump, on_air
        self._thread = threading.Thread(target=self._server.serve_forever, name="loopback", daemon=True)

    @property
    def port(self) -> int:
        """Cổng thật đang nghe."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Bắt đầu nhận người gọi."""
        self._thread.start()

    def stop(self) -> None:
        """Thôi nhận; người đang nghe bị ngắt cùng tiến trình."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    secret: str
    board: OutputBoard
    pump: Pump
    on_air: OnAir


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """/state, /health, /monitor/{id}."""
        path = urlsplit(self.path).path
        if not self._known():
            return
        if path == "/health":
            self._json({"ok": True})
        elif path == "/state":
            self._json({"outputs": _state(self.server)})
        elif path.startswith("/monitor/") and path.removeprefix("/monitor/").isdigit():
            self._monitor(int(path.removeprefix("/monitor/")))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """/silence?output=ID|all&on=0|1."""
        parts = urlsplit(self.path)
        if not self._known():
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        output = query.get("output", "")
        if parts.path != "/silence" or not (output == "all" or output.isdigit()):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        wanted = self.server.board.ids() if output == "all" else [int(output)]
        for output_id in wanted:
            if self.server.board.monitor(output_id) is not None:
                self.server.pump.silence(output_id, on=query.get("on") == "1")
        self._json({"ok": True})

    def log_message(self, format: str, *args: Any) -> None:
        """Không ghi từng lượt gọi: trang trực tiếp hỏi hai giây một lần."""

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {self.server.secret}".encode()):
            return True
        self.send_error(HTTPStatus.UNAUTHORIZED)
        return False

    def _json(self, value: object) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _monitor(self, output_id: int) -> None:
        monitor = self.server.board.monitor(output_id)
        if monitor is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Connection", "close")
        self.end_headers()
        listener = monitor.subscribe()
        try:
            for chunk in listener:
                self.wfile.write(chunk)
                self.wfile.flush()
        except OSError:
            pass  # người nghe đã đi: không phải lỗi
        finally:
            listener.close()


def _state(server: _Server) -> dict[str, Any]:
    on_air = server.on_air()
    return {str(output_id): _output_state(server.pump, output_id, on_air.get(output_id)) for output_id in server.board.ids()}


def _output_state(pump: Pump, output_id: int, item: dict[str, Any] | None) -> dict[str, Any]:
    levels = pump.levels(output_id)
    return {
        "open": pump.is_open(output_id),
        "silenced": pump.is_silenced(output_id),
        "rms_dbfs": levels.rms_dbfs,
        "peak_dbfs": levels.peak_dbfs,
        "sinks": {name: health.state.value for name, health in pump.health(output_id).items()},
        "on_air": item,
    }
