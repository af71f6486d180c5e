"""Người gọi cổng nội bộ của phòng phát sóng; phòng ấy vắng thì báo bằng lời, không treo trang."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

from broadcaster.errors import OutputFailed

AWAY = "Phòng phát sóng chưa chạy hoặc đang khởi động lại. Hãy đợi vài giây rồi tải lại trang."
_CALL_S, _STREAM_S = 2.0, 10.0
_BLOCK = 4096


class PlayoutClient:
    """Gọi phòng phát sóng trên cùng máy."""

    def __init__(self, port: int, secret: str) -> None:
        """``secret``: khoá chung của các tiến trình trên máy này."""
        self._port = port
        self._headers = {"Authorization": f"Bearer {secret}"}

    def state(self) -> dict[str, Any]:
        """Tình trạng mọi đường ra. Lỗi: ``OutputFailed``."""
        found: dict[str, Any] = json.loads(self._call("GET", "/state"))
        return found

    def silence(self, output_id: int | None, *, on: bool) -> None:
        """Cho im lặng hoặc gỡ; ``None`` là mọi đường. Lỗi: ``OutputFailed``."""
        self._call("POST", f"/silence?output={'all' if output_id is None else output_id}&on={int(on)}")

    def monitor(self, output_id: int) -> Iterator[bytes]:
        """Dòng MP3 đang ra; đóng bộ lặp là đóng kết nối. Lỗi: ``OutputFailed`` ngay ở khối đầu."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_STREAM_S)
        try:
            answer = _ask(connection, "GET", f"/monitor/{output_id}", self._headers)
            while chunk := answer.read1(_BLOCK):
                yield chunk
        except OSError as error:
            raise OutputFailed(AWAY) from error
        finally:
            connection.close()

    def _call(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_CALL_S)
        try:
            return _ask(connection, method, path, self._headers).read()
        except (OSError, http.client.HTTPException) as error:
            raise OutputFailed(AWAY) from error
        finally:
            connection.close()


def _ask(connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise OutputFailed("Phòng phát sóng từ chối lời gọi. Hãy tải lại trang; nếu vẫn lỗi, khởi động lại đài.")
    return answer
