"""Chương trình con của một loa qua PulseAudio hay PipeWire: ``list`` kể các loa (sink), ``play TÊN`` phát tiếng thô ở stdin.

Gọi thẳng ``libpulse`` vì chỉ ở đó mới xin được *không dời*: loa bị gỡ thì máy chủ âm thanh phải ngắt dòng, không được đưa nó sang
loa khác. Máy chủ nào vẫn dời thì tên loa của dòng đổi, và chương trình dừng trong một giây.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
import time
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_void_p
from typing import Any, ClassVar

RATE, FRAME_BYTES, TARGET_BYTES = 48_000, 1920, 9600
_S16LE, _MAP_AUTO, _UNSET = 3, None, 0xFFFFFFFF
_DONT_MOVE, _ADJUST_LATENCY = 0x0200, 0x2000
_READY = {"context": 4, "stream": 2}
_BAD = {"context": (5, 6), "stream": (3, 4)}
_TICK_S, _LOOK_S, _CONNECT_S, _TAIL_S = 0.002, 1.0, 3.0, 0.2


class SampleSpec(Structure):
    """``pa_sample_spec``."""

    _fields_: ClassVar = [("format", c_int), ("rate", c_uint32), ("channels", c_uint8)]


class BufferAttr(Structure):
    """``pa_buffer_attr``."""

    _fields_: ClassVar = [(name, c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")]


class SinkInfo(Structure):
    """Phần đầu của ``pa_sink_info``, tới cờ tắt tiếng."""

    _fields_: ClassVar = [
        ("name", c_char_p),
        ("index", c_uint32),
        ("description", c_char_p),
        ("spec", SampleSpec),
        ("map", c_uint32 * 33),
        ("owner", c_uint32),
        ("volume", c_uint32 * 33),
        ("mute", c_int),
    ]


_ON_SINK = ctypes.CFUNCTYPE(None, c_void_p, POINTER(SinkInfo), c_int, c_void_p)
_POINTERS = (
    "pa_mainloop_new pa_mainloop_get_api pa_context_new pa_stream_new pa_context_get_sink_info_list pa_context_get_server_info"
)


class Server:
    """Một kết nối tới máy chủ âm thanh của máy. Lỗi: ``OSError`` khi không có thư viện hay không có máy chủ."""

    def __init__(self) -> None:
        self.lib = ctypes.CDLL("libpulse.so.0")
        for name in _POINTERS.split():
            getattr(self.lib, name).restype = c_void_p
        self.lib.pa_stream_get_device_name.restype = c_char_p
        self.lib.pa_stream_writable_size.restype = c_size_t
        self.loop = c_void_p(self.lib.pa_mainloop_new())
        api = c_void_p(self.lib.pa_mainloop_get_api(self.loop))
        self.context = c_void_p(self.lib.pa_context_new(api, b"dai truyen thanh"))
        self.lib.pa_context_connect(self.context, None, 1, None)  # 1: không tự bật máy chủ
        self.wait("context", self.context)

    def turn(self) -> None:
        """Làm những việc máy chủ vừa gửi tới, không chờ."""
        while self.lib.pa_mainloop_iterate(self.loop, 0, None) > 0:
            pass

    def wait(self, what: str, thing: c_void_p) -> None:
        """Đợi một kết nối hay một dòng sẵn sàng."""
        until = time.monotonic() + _CONNECT_S
        while (state := self.state(what, thing)) != _READY[what]:
            if state in _BAD[what] or time.monotonic() > until:
                raise OSError("không nối được máy chủ âm thanh" if what == "context" else "loa không nhận dòng phát")
            self.turn()
            time.sleep(_TICK_S)

    def state(self, what: str, thing: c_void_p) -> int:
        """Mã tình trạng của libpulse."""
        found: int = getattr(self.lib, f"pa_{what}_get_state")(thing)
        return found

    def sinks(self) -> list[dict[str, Any]]:
        """Mọi loa: danh tính, lời cho người đọc, có đang tắt tiếng không."""
        found: list[dict[str, Any]] = []
        done = []

        def on_sink(_context: int, info: Any, end: int, _data: int) -> None:
            if end:
                done.append(end)
                return
            one = info.contents
            name, label = one.name.decode(), (one.description or one.name).decode("utf-8", "replace")
            found.append({"name": f"pulse:{name}", "label": label, "default": False, "muted": bool(one.mute)})

        callback = _ON_SINK(on_sink)
        self.lib.pa_context_get_sink_info_list(self.context, callback, None)
        until = time.monotonic() + _CONNECT_S
        while not done and time.monotonic() < until:
            self.turn()
            time.sleep(_TICK_S)
        return found


def play(server: Server, sink: str) -> None:
    """Phát tới khi stdin đóng; báo như ``portaudio_helper.play``. Lỗi: ``OSError`` khi loa mất hay dòng bị dời."""
    lib, wanted = server.lib, sink.encode()
    spec, attr = SampleSpec(_S16LE, RATE, 1), BufferAttr(_UNSET, TARGET_BYTES, 0, _UNSET, _UNSET)
    stream = c_void_p(lib.pa_stream_new(server.context, b"loa", byref(spec), _MAP_AUTO))
    if lib.pa_stream_connect_playback(stream, wanted, byref(attr), _DONT_MOVE | _ADJUST_LATENCY, None, None) < 0:
        raise OSError(f"không thấy loa “{sink}”")
    server.wait("stream", stream)
    _tell(0)
    checked = time.monotonic()
    while len(block := sys.stdin.buffer.read(FRAME_BYTES)) == FRAME_BYTES:  # khung tới đều mỗi 20 ms kể cả lúc lặng
        while (room := _room(server, stream)) < FRAME_BYTES:
            time.sleep(_TICK_S)
        lib.pa_stream_write(stream, block, c_size_t(len(block)), None, ctypes.c_int64(0), 0)
        if time.monotonic() - checked > _LOOK_S:
            checked = time.monotonic()
            if lib.pa_stream_get_device_name(stream) != wanted:
                raise OSError(f"dòng phát bị đưa khỏi loa “{sink}”")
        _tell(max(0, TARGET_BYTES - room + FRAME_BYTES) // 2)
    time.sleep(_TAIL_S)


def _room(server: Server, stream: c_void_p) -> int:
    """Loa còn nhận được mấy byte. Lỗi: ``OSError`` khi dòng đã bị ngắt."""
    server.turn()
    if server.state("stream", stream) in _BAD["stream"]:
        raise OSError("loa đã bị gỡ hoặc máy chủ âm thanh ngắt dòng")
    room: int = server.lib.pa_stream_writable_size(stream)
    return room


def _tell(pending: int) -> None:
    sys.stdout.buffer.write(struct.pack("<I", pending))
    sys.stdout.buffer.flush()


def main() -> int:
    """Mã thoát khác 0 và một dòng ở stderr khi không làm được."""
    try:
        server = Server()
        if sys.argv[1] == "list":
            sys.stdout.write(json.dumps(server.sinks()))
        else:
            play(server, sys.argv[2])
    except Exception as error:  # chương trình con: mọi lỗi là một câu cho người giữ cạc
        sys.stderr.write(str(error) or repr(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
