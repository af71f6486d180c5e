"""Tệp đưa tới chỉ được đọc chính nó: danh sách phát, tệp ghép không mở được tệp nào khác, không gọi ra mạng."""

from __future__ import annotations

import io
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

from broadcaster.errors import BadRecording
from broadcaster.sound import phone_files
from broadcaster.sound.containers import PHONE
from broadcaster.sound.intake import receive

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="cần ống có tên")
SECRET = "bi-mat.ts"
_LATE_S = 0.5
"""Người canh ống biết chậm nhất chừng này sau khi ống đã mở; máy bận hơn thì phép thử chỉ kém tinh."""


class Witness:
    """Một ống có tên cạnh tệp đưa tới, và một cổng mạng: ai mở là biết."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / SECRET
        os.mkfifo(self.path)
        self._opened = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()

    def _wait(self) -> None:
        """Mở để ghi thì đứng chờ tới khi có người mở để đọc."""
        os.close(os.open(self.path, os.O_WRONLY))
        self._opened.set()

    @property
    def disturbed(self) -> bool:
        """Có người đã mở tệp ấy, hay gọi cổng ấy."""
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return self._opened.wait(_LATE_S)
        return True

    def close(self) -> None:
        """Thả luồng đang chờ."""
        reading = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self._thread.join()
        os.close(reading)
        self._listener.close()


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    found = Witness(tmp_path)
    yield found
    found.close()


LISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{name}\n#EXTINF:10,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{name}'\nfile 'http://127.0.0.1:{port}/a'\n",
    "asx": '<asx version="3.0"><entry><ref href="http://127.0.0.1:{port}/a"/><ref href="{path}"/></entry></asx>\n',
    "wmv_ref": "[Reference]\r\nRef1=http://127.0.0.1:{port}/a\r\nRef2={path}\r\n",
    "pls": "[playlist]\nFile1={path}\nFile2=http://127.0.0.1:{port}/a\nNumberOfEntries=2\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1:{port}/</BaseURL></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
}


def hostile(witness: Witness, kind: str) -> bytes:
    return LISTS[kind].format(path=witness.path, port=witness.port).encode()


@pytest.mark.parametrize("kind", sorted(LISTS))
def test_a_list_of_other_files_opens_none_of_them(tmp_path: Path, witness: Witness, kind: str) -> None:
    """Cả khi nó lọt qua chỗ nhận loại tệp: bộ tách nào cũng chỉ đọc chính tệp ấy."""
    path = tmp_path / f"thu.{'m3u8' if kind == 'hls' else kind}"
    path.write_bytes(LISTS[kind].format(name=witness.path.name, path=witness.path, port=witness.port).encode())
    with pytest.raises(BadRecording):
        receive([path], syllables=10)
    for container in PHONE:
        with pytest.raises(BadRecording):
            phone_files.decoded(path, container, 60)
    assert not witness.disturbed


def test_a_film_whose_sound_lies_in_another_file_opens_only_itself(tmp_path: Path, witness: Witness) -> None:
    """MOV được phép nói “tiếng của tôi ở tệp kia”; libav mà được phép thì mở thật."""
    path = tmp_path / "phim.mov"
    path.write_bytes(_referring(_film(), bytes(witness.path)))
    for container in PHONE:
        with suppress(BadRecording):
            phone_files.decoded(path, container, 60)
    with suppress(BadRecording):
        receive([path], syllables=10)
    assert not witness.disturbed
    with suppress(av.error.FFmpegError), av.open(path, options={"enable_drefs": "1", "use_absolute_path": "1"}) as file:
        list(file.demux())
    assert witness.disturbed, "tệp ấy đúng là một cái bẫy"


def _film() -> bytes:
    """Một giây lặng trong MOV, mục lục đứng sau tiếng."""
    whole = io.BytesIO()
    with av.open(whole, "w", format="mov") as file:
        stream = file.add_stream("pcm_s16le", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="mono")
        frame.rate = 48_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return whole.getvalue()


def _referring(film: bytes, path: bytes) -> bytes:
    """Thay chỗ chỉ tới chính tệp bằng một bí danh (alis) chỉ tới ``path``; cỡ các hộp bọc ngoài đổi theo."""
    alias = bytes(10) + b"\1x".ljust(28, b"\0") + bytes(12) + b"\1x".ljust(64, b"\0") + bytes(36)
    alias += struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + struct.pack(">HH", 0xFFFF, 0)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    at = film.index(b"dref") - 4
    size = struct.unpack_from(">I", film, at)[0]
    found = bytearray(film[:at] + struct.pack(">I4sII", 16 + len(entry), b"dref", 0, 1) + entry + film[at + size :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        outer = film.index(name) - 4
        struct.pack_into(">I", found, outer, struct.unpack_from(">I", film, outer)[0] + 16 + len(entry) - size)
    return bytes(found)
