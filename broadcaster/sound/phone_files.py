"""Tệp của điện thoại (m4a, 3gp, aac, webm, amr): giải mã bằng PyAV, gói chỉ có khi máy cài phần ``phone``.

PyAV mang theo cả FFmpeg (36 MB lúc tải), nên là phần thêm; thiếu thì nói đúng là thiếu, không đổ cho tệp.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from broadcaster.errors import BadRecording
from broadcaster.sound.containers import Container
from broadcaster.sound.pcm import Floats

GLUED = (
    "Tệp là hai tệp {kind} nối đuôi nhau, bộ giải mã chỉ đọc được tệp đầu. Hãy tải lên từng tệp, hoặc xuất lại thành một tệp MP3."
)
CUT = "Tệp bị cụt: điện thoại chưa ghi xong, hoặc chép dở. Hãy chép lại tệp từ điện thoại rồi tải lên lần nữa."
MISSING = (
    "Đây là tệp {kind}. Máy chạy đài chưa có phần đọc loại này (gói av): người quản trị chạy lại scripts/run khi có mạng là có. "
    "Hoặc đổi tệp sang MP3 hay WAV rồi tải lên."
)
_UNREADABLE = "Không giải mã được tệp này. Hãy mở nghe thử trên điện thoại, xuất lại dạng MP3 rồi tải lên."
_STRANGE = "Trong tệp có phần không phải tiếng, có thể là hai tệp ghép vào nhau. Hãy xuất lại thành một tệp MP3 rồi tải lên."
_SHORT = 0.97
_SLACK_S = 0.5
_EBML = b"\x1a\x45\xdf\xa3"
_JUNK = 4_096


_DEMUXERS = {
    Container.MP4: "mp4",
    Container.AAC: "aac",
    Container.WEBM: "matroska",
    Container.AMR: "amr",
    Container.WMA: "asf",
}
"""Đúng một bộ tách cho mỗi loại đã nhận ra bằng nội dung: không để libav tự đoán ra danh sách phát hay tệp ghép."""
_ALONE = {"protocol_whitelist": "none", "enable_drefs": "0"}
"""Tệp chỉ đọc chính nó: không giao thức nào, không tệp nào khác được mở."""


def decoded(path: Path, container: Container, longest: float) -> tuple[Floats, int]:
    """Tiếng dạng (mẫu, kênh) và tần số; dừng khi quá ``longest`` giây. Lỗi: ``BadRecording``."""
    kind = container.value
    try:
        import av
    except ImportError as missing:
        raise BadRecording(MISSING.format(kind=kind)) from missing
    refuse_hidden_end(path, kind)
    try:
        with path.open("rb") as source, _opened(source, container) as file:
            if not file.streams.audio:
                raise BadRecording("Tệp chỉ có hình, không có tiếng. Hãy chọn tệp khác.")
            blocks, rate = _read(file, longest)
            told = _told_seconds(file)
    except (av.FFmpegError, ValueError) as error:
        raise BadRecording(_UNREADABLE) from error
    if not blocks:
        raise BadRecording("Tệp không có tiếng nào. Hãy thu lại hoặc chọn tệp khác.")
    signal = np.concatenate(blocks)
    if len(signal) / rate < min(told, longest) * _SHORT - _SLACK_S:
        raise BadRecording(CUT)
    return signal, rate


def _opened(source: IO[bytes], container: Container) -> Any:
    """Trao tệp đã mở chứ không trao tên: libav không có đường dẫn nào để lần sang tệp bên cạnh."""
    import av

    return av.open(source, format=_DEMUXERS[container], options=_ALONE, metadata_errors="ignore")


def _told_seconds(file: Any) -> float:
    """Độ dài tệp tự khai cho dòng tiếng (hình có thể dài hơn); không khai thì 0."""
    import av

    stream = file.streams.audio[0]
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return 0.0 if file.streams.video else float(file.duration or 0) / av.time_base


def _read(file: Any, longest: float) -> tuple[list[Floats], int]:
    """Mọi khung của dòng tiếng đầu tiên, thêm chừng một giây quá hạn để nơi gọi thấy là quá dài."""
    import av

    stream = file.streams.audio[0]
    stream.thread_type = "NONE"
    to_float = av.AudioResampler(format="fltp")  # tần số, số kênh giữ nguyên như tệp
    blocks: list[Floats] = []
    held, rate = 0, stream.rate
    for frame in file.decode(stream):
        for plain in to_float.resample(frame):
            block = np.ascontiguousarray(plain.to_ndarray().T, dtype=np.float32)
            blocks.append(block)
            held, rate = held + len(block), plain.sample_rate
        if held > (longest + 1) * rate:
            break
    return blocks, rate


def refuse_hidden_end(path: Path, kind: str) -> None:
    """Lỗi: ``BadRecording`` khi sau chỗ tệp tự khai là hết vẫn còn tiếng mà bộ giải mã không đọc, hoặc tệp hết trước chỗ ấy."""
    with path.open("rb") as file:
        head = file.read(64)
    if head[4:8] == b"ftyp":
        _look_at_boxes(path, kind)
    elif head.startswith(_EBML) and _starts_again(path):
        raise BadRecording(GLUED.format(kind=kind))


def _look_at_boxes(path: Path, kind: str) -> None:
    names: list[bytes] = []
    for name, end, whole in boxes(path):
        if name == b"ftyp" and names:
            raise BadRecording(GLUED.format(kind=kind))
        if not name.strip(b"\xa9 -").isalnum():
            if whole - end > _JUNK:
                raise BadRecording(_STRANGE)
            break
        if end > whole:
            raise BadRecording(CUT)
        names.append(name)
    if b"moov" not in names:
        raise BadRecording(CUT)


def boxes(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """Từng hộp ngoài cùng của tệp MP4 (ISO/IEC 14496-12): tên, chỗ nó tự khai là hết, cỡ thật của tệp."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while len(head := file.read(16)) >= 8:
            size, name = struct.unpack(">I4s", head[:8])
            if size == 1 and len(head) == 16:
                size = struct.unpack(">Q", head[8:])[0]
            end = whole if size == 0 else at + max(size, 8)
            yield name, end, whole
            if end >= whole:
                return
            at = end
            file.seek(at)


def _starts_again(path: Path) -> bool:
    """Một tệp WebM khác bắt đầu ở giữa tệp này."""
    content = path.read_bytes()
    at = content.find(_EBML, 4)
    while at > 0:
        if any(name in content[at : at + 64] for name in (b"webm", b"matroska")):
            return True
        at = content.find(_EBML, at + 4)
    return False
