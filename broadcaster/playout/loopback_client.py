"""Người gọi cổng nội bộ của phòng phát sóng; phòng ấy vắng thì báo bằng lời, không treo trang."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from broadcaster.accounts.actor import Actor
from broadcaster.errors import BroadcasterError, Conflict, Invalid, NotFound, OutputFailed
from broadcaster.playout.urgent.orders import Order
from broadcaster.sound.frames import Samples

AWAY = "Phòng phát sóng chưa chạy hoặc đang khởi động lại. Hãy đợi vài giây rồi tải lại trang."
STATION = "Station"
"""Tiêu đề mang mã đài của người gọi."""
_CALL_S, _STREAM_S = 3.0, 10.0
_BLOCK = 4096


class PlayoutClient:
    """Gọi phòng phát sóng trên cùng máy."""

    def __init__(self, port: int, secret: str, station: str) -> None:
        """``secret``: khoá chung của các tiến trình trên máy này; ``station``: mã đài mà người gọi đang làm việc."""
        self._port, self._secret = port, secret
        self._headers = {"Authorization": f"Bearer {secret}", STATION: station}

    def of(self, actor: Actor) -> PlayoutClient:
        """Cửa ấy cho đài của người này: phòng phát sóng của đài khác từ chối."""
        return PlayoutClient(self._port, self._secret, actor.station_code)

    def state(self, *, alert: bool = False) -> dict[str, Any]:
        """Tình trạng mọi đường ra và mọi lệnh khẩn cấp; ``alert``: người hỏi sắp bấm khẩn cấp. Lỗi: ``OutputFailed``."""
        return self._call("GET", "/alert" if alert else "/state")

    def silence(self, output_id: int | None, *, on: bool, by: Actor) -> None:
        """Cho im lặng hoặc gỡ; ``None`` là mọi đường. Người gọi đã hỏi quyền. Lỗi: ``OutputFailed``."""
        self._call("POST", "/silence", {"output": output_id, "on": on, **_name(by)})

    def rung(self) -> None:
        """Bản phát vừa đổi: phòng phát sóng đọc lại ngay. Lỗi: ``OutputFailed``."""
        self._call("POST", "/rung", {})

    def devices(self) -> dict[str, Any]:
        """Cạc âm thanh của máy phát (``devices``), hoặc một câu nói vì sao không có (``none``). Lỗi: ``OutputFailed``."""
        return self._call("GET", "/devices")

    def test(self, output_id: int, sound: Samples, *, spoken: str, by: Actor) -> None:
        """Thử loa trên một đường rỗi; ``spoken``: lời của tiếng ấy. Lỗi: ``Conflict`` khi đường đang phát, ``OutputFailed``."""
        pcm = base64.b64encode(sound.tobytes()).decode("ascii")
        self._call("POST", "/test", {"output": output_id, "pcm": pcm, "spoken": spoken, **_name(by)})

    def order_urgent(self, order: Order, pcm: Samples | None = None, *, lift: bool = False) -> dict[str, Any]:
        """Ra lệnh khẩn cấp; cùng khoá thì cùng một lệnh. ``lift``: bỏ im lặng ở các đường ra của lệnh rồi mới phát.

        Lỗi: ``Invalid``, ``OutputFailed``.
        """
        sound = {"pcm": base64.b64encode(pcm.tobytes()).decode("ascii")} if pcm is not None else {}
        return self._call("POST", "/urgent", {"order": order.as_json(), "lift": lift, **sound})

    def audience(self, zone_ids: Collection[int]) -> dict[str, Any]:
        """Ai sẽ nghe tin khẩn cấp tới các TDP ấy (rỗng: cả phường): ``paths`` (id, name, silenced, failed) và lời ``warning``.

        Lỗi: ``OutputFailed``.
        """
        return self._call("POST", "/urgent/audience", {"zone_ids": list(zone_ids)})

    def stop_urgent(self, key: str, *, by: Actor) -> None:
        """Dừng một lệnh. Lỗi: ``NotFound``, ``OutputFailed``."""
        self._call("POST", "/urgent/stop", {"key": key, **_name(by)})

    def choose_urgent(self, key: str, choice: str, *, by: Actor) -> None:
        """Quyết một lệnh đang chờ. Lỗi: ``NotFound``, ``Conflict``, ``OutputFailed``."""
        self._call("POST", "/urgent/choose", {"key": key, "choice": choice, **_name(by)})

    def monitor(self, output_id: int) -> Iterator[bytes]:
        """Dòng MP3 đang ra; đóng bộ lặp là đóng kết nối. Lỗi: ``OutputFailed`` ngay ở khối đầu."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_STREAM_S)
        try:
            connection.request("GET", f"/monitor/{output_id}", headers=self._headers)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise _refusal(answer)
            while chunk := answer.read1(_BLOCK):
                yield chunk
        except OSError as error:
            raise OutputFailed(AWAY) from error
        finally:
            connection.close()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_CALL_S)
        try:
            data = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
            connection.request(method, path, body=data, headers=self._headers)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise _refusal(answer)
            found: dict[str, Any] = json.loads(answer.read())
            return found
        except (OSError, http.client.HTTPException, ValueError) as error:  # cổng ấy có thể là của một phần mềm khác
            raise OutputFailed(AWAY) from error
        finally:
            connection.close()


def _name(by: Actor) -> dict[str, Any]:
    return {"by": by.name, "job_title": by.job_title, "by_id": by.user_id}


def _refusal(answer: http.client.HTTPResponse) -> BroadcasterError:
    """Lỗi mà phòng phát sóng đã nói, cùng loại như khi gọi thẳng."""
    try:
        told = json.loads(answer.read())
    except ValueError:
        return OutputFailed("Phòng phát sóng từ chối lời gọi. Hãy tải lại trang; nếu vẫn lỗi, khởi động lại đài.")
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return Invalid(told["message"], problems=told["problems"])
    kinds: dict[int, type[BroadcasterError]] = {HTTPStatus.CONFLICT: Conflict, HTTPStatus.NOT_FOUND: NotFound}
    return kinds.get(answer.status, OutputFailed)(told["message"])
