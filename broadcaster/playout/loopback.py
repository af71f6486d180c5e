"""Cổng nội bộ của phòng phát sóng, chỉ 127.0.0.1 và có khoá: nghe, xem tình trạng, im lặng, khẩn cấp. Không cần cơ sở dữ liệu."""

from __future__ import annotations

import base64
import hmac
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import structlog

from broadcaster.clock import Clock
from broadcaster.errors import BroadcasterError, Conflict, Invalid, NotFound, OutputFailed
from broadcaster.loop import Loop
from broadcaster.playout import records
from broadcaster.playout.loopback_client import STATION
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.paths import is_healthy
from broadcaster.playout.station_log import StationLog
from broadcaster.playout.urgent.dispatcher import UrgentDesk
from broadcaster.playout.urgent.orders import Order
from broadcaster.sound.frames import wall_of
from broadcaster.sound.outputs.cards import find, muted, none_found
from broadcaster.sound.outputs.monitor import CONTENT_TYPE
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import ArraySource

log = structlog.get_logger(__name__)

OnAir = Callable[[], dict[int, dict[str, Any]]]
_TEST = "thu-loa"
_TAIL_S = 0.5
_LOOK_S = 0.2
_ALERT_S = 10.0
"""Trang Khẩn cấp hỏi mỗi giây một lần; im lâu hơn thế là đã đóng."""
ANOTHER_STATION = "Máy phát ở đây là của đài khác, nên không nhận việc của đài bạn. Hãy mở trang trên máy của đài mình."
MAX_BODY = 60_000_000
"""Đủ cho bảy phút tiếng thô đi kèm một lệnh khẩn cấp."""


@dataclass(frozen=True)
class Room:
    """Những gì cổng chạm tới; ``on_air``: đường ra → mục đang phát; ``woken`` gọi sau mỗi lệnh."""

    board: OutputBoard
    pump: Pump
    on_air: OnAir
    urgent: UrgentDesk
    station: StationLog
    clock: Clock
    woken: Callable[[], None] = lambda: None

    def state(self) -> dict[str, Any]:
        """Tình trạng mọi đường ra và mọi lệnh khẩn cấp."""
        on_air = self.on_air()
        outputs = {
            str(key): {"name": self.board.name_of(key), **_output_state(self.pump, key, on_air.get(key))}
            for key in self.board.ids()
        }
        return {"outputs": outputs, "urgent": self.urgent.state(), "lateness": asdict(self.pump.lateness())}

    def alert(self) -> dict[str, Any]:
        """Như ``state``, cho người đang mở trang Khẩn cấp: lần bấm có thể tới bất cứ lúc nào."""
        self.pump.stay_alert(_ALERT_S)
        return self.state()

    def devices(self) -> dict[str, Any]:
        """Cạc âm thanh máy này có; không có thì một câu nói vì sao."""
        found = [{**asdict(one), "muted": one.muted or muted(one.name)} for one in find()]
        return {"devices": found, "none": "" if found else none_found()}

    def rung(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        """Bản phát vừa đổi: mọi vòng được đánh thức, đạo diễn đọc lại."""
        return {"ok": True}

    def audience(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Trước khi phát khẩn cấp: đường ra nào sẽ nghe, đường nào đang im lặng hay hỏng. ``zone_ids`` rỗng là cả phường."""
        return self.urgent.audience([int(one) for one in body["zone_ids"]])

    def test(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Thử loa: tiếng gửi kèm, trên đúng một đường đang rỗi, theo âm lượng đang đặt. Lỗi: ``Conflict``, ``NotFound``."""
        key, sound = int(body["output"]), ArraySource(np.frombuffer(base64.b64decode(body["pcm"]), np.int16))
        if self.pump.is_open(key):
            raise Conflict("Đường ra này đang phát nên chưa thử được. Hãy thử khi đường rỗi.")
        now = self.clock.now()
        told = {"output_id": key, "output": self.board.name_of(key), "spoken": body.get("spoken", ""), **_who(body)}
        self.station.write(records.of_station("tested", now, **told), must=False)
        first = self.pump.open_channel(key, lead_ms=self.board.lead_ms(key), holder=_TEST)
        self.pump.schedule(key, f"{_TEST}-{key}", sound, first)
        ends_s = (wall_of(first) - now).total_seconds() + (sound.duration_ms or 0) / 1000 + _TAIL_S
        threading.Timer(ends_s, self._end_test, (key,)).start()
        return {"ok": True}

    def _end_test(self, key: int) -> None:
        with suppress(NotFound):  # đường vừa bị gỡ giữa lúc thử: luồng hẹn giờ này mà chết là cả tiến trình phát chết theo
            self.pump.close_channel(key, holder=_TEST)

    def silence(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Im ngay rồi mới ghi sổ: sổ hỏng cũng không cản được nút này."""
        output_id, on = body["output"], bool(body["on"])
        keys = [key for key in self.board.ids() if output_id in (None, key)]
        self._silence(keys, _who(body), on=on)
        return {"ok": True}

    def order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ra lệnh khẩn cấp; ``pcm``: tiếng thô đi kèm khi kho không cất được; ``lift``: bỏ im lặng ở các đường tới đó trước."""
        pcm = np.frombuffer(base64.b64decode(body["pcm"]), np.int16) if body.get("pcm") else None
        order = Order.from_json(body["order"])
        silenced = [path["id"] for path in self.urgent.audience(order.zone_ids)["paths"] if path["silenced"]]
        if body.get("lift") and silenced:
            self._silence(silenced, _who(order.as_json()), on=False)
        return self.urgent.order(order, pcm)

    def _silence(self, keys: Sequence[int], who: Mapping[str, Any], *, on: bool) -> None:
        for key in keys:
            self.pump.silence(key, on=on)
        told = records.of_station("silenced" if on else "lifted", self.clock.now(), outputs=list(keys), **who)
        self.station.write(told, must=False)

    def stop(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Dừng một lệnh."""
        self.urgent.stop(body["key"], **_who(body))
        return {"ok": True}

    def choose(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Quyết một lệnh đang chờ."""
        self.urgent.choose(body["key"], body["choice"], **_who(body))
        return {"ok": True}


class LoopbackServer:
    """Máy chủ HTTP nhỏ trong luồng riêng; mỗi người gọi một luồng."""

    def __init__(self, port: int, secret: str, room: Room, station: str) -> None:
        """``port`` 0 là cổng rảnh bất kỳ; ``station``: mã đài mà máy này phát."""
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.secret, self._server.room, self._server.station = secret, room, station
        self._server.timeout = _LOOK_S
        self._loop = Loop("cổng nội bộ", self._server.handle_request, room.clock, pulse_s=0)

    @property
    def port(self) -> int:
        """Cổng thật đang nghe."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Bắt đầu nhận người gọi."""
        self._loop.start()

    def stop(self) -> None:
        """Thôi nhận; người đang nghe bị ngắt cùng tiến trình."""
        self._loop.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    secret: str
    room: Room
    station: str

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Người gọi thôi chờ (trang chỉ đợi ba giây) không phải lỗi; lỗi lạ vào nhật ký, có phần như mọi dòng."""
        if isinstance(sys.exception(), OSError):
            log.info("người gọi cổng nội bộ đã đi", loi=repr(sys.exception()))
        else:
            log.exception("lỗi lạ ở cổng nội bộ")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    disable_nagle_algorithm = True  # lời đáp và tiếng đi ngay, không chờ bên kia báo nhận

    def do_GET(self) -> None:
        """/state, /alert, /devices, /health, /monitor/{id}."""
        if not self._known():
            return
        if self.path == "/health":
            self._json({"ok": True})
        elif self.path == "/state":
            self._json(self.server.room.state())
        elif self.path == "/alert":
            self._json(self.server.room.alert())
        elif self.path == "/devices":
            self._json(self.server.room.devices())
        elif re.fullmatch("/monitor/[0-9]{1,10}", self.path):
            self._monitor(int(self.path.removeprefix("/monitor/")))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """/rung, /silence, /test, /urgent, /urgent/audience, /urgent/stop, /urgent/choose; thân là JSON."""
        room = self.server.room
        deeds = {
            "/rung": room.rung,
            "/silence": room.silence,
            "/test": room.test,
            "/urgent/audience": room.audience,
            "/urgent": room.order,
            "/urgent/stop": room.stop,
            "/urgent/choose": room.choose,
        }
        deed = deeds.get(self.path)
        if not self._known():
            return
        if deed is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            self._json(deed(json.loads(self.rfile.read(length))))
        except BroadcasterError as error:
            self._refuse(error)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("lời gọi nội bộ sai dạng", path=self.path, loi=repr(error))
            self.send_error(HTTPStatus.BAD_REQUEST)
        room.woken()

    def log_message(self, format: str, *args: Any) -> None:
        """Không ghi từng lượt gọi: trang trực tiếp hỏi mỗi giây một lần."""

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.server.secret}".encode()):
            self.send_error(HTTPStatus.UNAUTHORIZED)
            return False
        if self.path != "/health" and self.headers.get(STATION) != self.server.station:
            self._refuse(OutputFailed(ANOTHER_STATION))
            return False
        return True

    def _refuse(self, error: BroadcasterError) -> None:
        kinds = {Invalid: HTTPStatus.UNPROCESSABLE_ENTITY, Conflict: HTTPStatus.CONFLICT, NotFound: HTTPStatus.NOT_FOUND}
        status = next((code for kind, code in kinds.items() if isinstance(error, kind)), HTTPStatus.SERVICE_UNAVAILABLE)
        problems = dict(error.problems) if isinstance(error, Invalid) else {}
        self._json({"message": error.message, "problems": problems}, status)

    def _json(self, value: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _monitor(self, output_id: int) -> None:
        monitor = self.server.room.board.monitor(output_id)
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


def _who(body: Mapping[str, Any]) -> dict[str, Any]:
    """Ai làm: tên, chức danh, mã tài khoản (để phân biệt hai người trùng tên); thiếu hai điều đầu là sai dạng."""
    return {"by": body["by"], "job_title": body["job_title"], "by_id": body.get("by_id")}


def _output_state(pump: Pump, output_id: int, item: dict[str, Any] | None) -> dict[str, Any]:
    levels = pump.levels(output_id)
    return {
        "open": pump.is_open(output_id),
        "silenced": pump.is_silenced(output_id),
        "failed": not is_healthy(pump, output_id),
        "rms_dbfs": levels.rms_dbfs,
        "peak_dbfs": levels.peak_dbfs,
        "sinks": {name: {"state": health.state.value, "error": health.error} for name, health in pump.health(output_id).items()},
        "on_air": item,
    }
