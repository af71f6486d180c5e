"""Nguồn tiếng mà bộ bơm đọc từng khung: mảng có sẵn, tệp đọc trước bằng luồng phụ, khoảng lặng, nhạc cắt theo độ dài.

Luồng bơm không bao giờ được chạm đĩa, nên ``read`` trả về ``None`` khi dữ liệu chưa kịp tới thay vì chờ.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

import numpy as np
import soundfile

from broadcaster.errors import BadRecording, Invalid
from broadcaster.sound.frames import FRAME, RATE, Samples, ms_of_samples

_BLOCK = RATE // 2
_AHEAD_BLOCKS = 6


class Source(Protocol):
    """Một nguồn tiếng 48 kHz mono int16, đọc một lần từ đầu tới cuối."""

    @property
    def samples(self) -> int | None:
        """Tổng số mẫu; ``None`` nếu không biết trước (trực tiếp, lặp vô hạn)."""
        ...

    @property
    def frames(self) -> int | None:
        """Số khung 20 ms mà nguồn chiếm (làm tròn lên): mục kế tiếp nối khít ở ``at_frame + frames``."""
        return None if self.samples is None else -(-self.samples // FRAME)

    @property
    def duration_ms(self) -> int | None:
        """Độ dài, ms."""
        return None if self.samples is None else ms_of_samples(self.samples)

    def read(self, count: int, *, wait: bool = False) -> Samples | None:
        """``count`` mẫu kế tiếp; ngắn hơn nghĩa là đã hết; ``None`` nếu chưa có mà ``wait`` là sai."""
        ...

    def skip(self, count: int) -> None:
        """Bỏ qua ``count`` mẫu kế tiếp, không chờ."""
        ...

    def fork(self) -> Source:
        """Nguồn mới đứng ở đúng chỗ này, đọc riêng: một kênh bị khẩn cấp lấy mất thì phát nốt sau, kênh khác vẫn đi tiếp."""
        ...

    def close(self) -> None:
        """Thôi dùng; không chờ."""
        return


class ArraySource(Source):
    """Tiếng nằm sẵn trong bộ nhớ."""

    def __init__(self, samples: Samples, *, loop: bool = False) -> None:
        """``samples`` int16 mono 48 kHz; ``loop``: hết thì quay lại đầu, không có điểm cuối."""
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise BadRecording("Tiếng phải là mono 16 bit. Hãy chuyển đổi trước khi phát.")
        if loop and not len(samples):
            raise Invalid("Không lặp được một đoạn tiếng rỗng. Hãy chọn tệp khác.")
        self._samples = samples.view()
        self._samples.flags.writeable = False
        self._loop = loop
        self._position = 0

    @property
    def samples(self) -> int | None:
        """Tổng số mẫu; ``None`` khi lặp."""
        return None if self._loop else len(self._samples)

    def read(self, count: int, *, wait: bool = False) -> Samples | None:
        """Không bao giờ trả về ``None``."""
        piece = self._samples[self._position : self._position + count]
        self._position += len(piece)
        if not self._loop or len(piece) == count:
            return piece
        taken = (np.arange(count - len(piece))) % len(self._samples)
        self._position = int(taken[-1]) + 1
        return np.concatenate([piece, self._samples[taken]])

    def skip(self, count: int) -> None:
        """Dời chỗ đọc."""
        self._position += count
        if self._loop:
            self._position %= len(self._samples)

    def fork(self) -> ArraySource:
        """Cùng một mảng."""
        twin = ArraySource(self._samples, loop=self._loop)
        twin._position = self._position
        return twin


class SilenceSource(Source):
    """Khoảng lặng có độ dài."""

    def __init__(self, duration_ms: int) -> None:
        """``duration_ms`` không âm."""
        self._total = self._left = duration_ms * RATE // 1000

    @property
    def samples(self) -> int | None:
        """Tổng số mẫu."""
        return self._total

    def read(self, count: int, *, wait: bool = False) -> Samples | None:
        """Toàn số không."""
        taken = min(count, self._left)
        self._left -= taken
        return np.zeros(taken, np.int16)

    def skip(self, count: int) -> None:
        """Rút ngắn phần còn lại."""
        self._left -= min(count, self._left)

    def fork(self) -> SilenceSource:
        """Còn lại chừng nào thì lặng chừng ấy."""
        twin = SilenceSource(0)
        twin._total, twin._left = self._total, self._left
        return twin


class LoopSource(Source):
    """Nhạc lấp chỗ trống: một nguồn (thường mở với ``loop=True``) cắt ở ``length_ms`` và nhỏ dần ở cuối."""

    def __init__(self, source: Source, *, length_ms: int, fade_out_ms: int = 2000) -> None:
        """Nguồn ngắn hơn ``length_ms`` mà không lặp thì ``Invalid``."""
        total = length_ms * RATE // 1000
        if source.samples is not None and source.samples < total:
            raise Invalid("Nhạc ngắn hơn khoảng cần lấp. Hãy mở nguồn ở chế độ lặp.")
        self._source = source
        self._total = self._left = total
        self._fade = fade_out_ms * RATE // 1000

    @property
    def samples(self) -> int | None:
        """Tổng số mẫu sau khi cắt."""
        return self._total

    def read(self, count: int, *, wait: bool = False) -> Samples | None:
        """Như nguồn bên trong, đã nhỏ dần ở đoạn cuối."""
        block = self._source.read(min(count, self._left), wait=wait)
        if block is None:
            return None
        left, self._left = self._left, self._left - len(block)
        if left - len(block) >= self._fade:
            return block
        gain = np.clip((left - np.arange(len(block))) / self._fade, 0.0, 1.0)
        return (block * gain).astype(np.int16)

    def skip(self, count: int) -> None:
        """Bỏ qua ở cả nguồn bên trong."""
        count = min(count, self._left)
        self._left -= count
        self._source.skip(count)

    def fork(self) -> LoopSource:
        """Tách cả nguồn bên trong."""
        twin = LoopSource(self._source.fork(), length_ms=0)
        twin._total, twin._left, twin._fade = self._total, self._left, self._fade
        return twin

    def close(self) -> None:
        """Đóng nguồn bên trong."""
        self._source.close()


class ChainSource(Source):
    """Nhiều nguồn có độ dài nối khít thành một: hiệu lệnh, khoảng lặng rồi lời của một tin khẩn cấp."""

    def __init__(self, parts: Sequence[Source]) -> None:
        """Nguồn không biết trước độ dài: ``Invalid``."""
        lengths = [part.samples for part in parts]
        if None in lengths:
            raise Invalid("Chỉ nối được những nguồn tiếng biết trước độ dài.")
        self._parts = [part for part in parts if part.samples]
        self._left = [length for length in lengths if length]
        self._total = sum(self._left)

    @property
    def samples(self) -> int | None:
        """Tổng số mẫu của mọi phần."""
        return self._total

    def read(self, count: int, *, wait: bool = False) -> Samples | None:
        """Đọc qua chỗ nối; phần kế chưa kịp ở giữa khung thì phần khung ấy lặng, mọi thứ sau vẫn đúng chỗ."""
        pieces: list[Samples] = []
        while count and self._parts:
            wanted = min(count, self._left[0])
            block = self._parts[0].read(wanted, wait=wait)
            if block is None and not pieces:
                return None
            if block is None:
                self._parts[0].skip(wanted)
                block = np.zeros(wanted, np.int16)
            pieces.append(block)
            count -= wanted
            self._advance(wanted)
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)

    def skip(self, count: int) -> None:
        """Bỏ qua, qua cả chỗ nối."""
        while count and self._parts:
            taken = min(count, self._left[0])
            self._parts[0].skip(taken)
            count -= taken
            self._advance(taken)

    def fork(self) -> ChainSource:
        """Tách mọi phần còn lại."""
        twin = ChainSource([])
        twin._parts, twin._left, twin._total = [part.fork() for part in self._parts], list(self._left), self._total
        return twin

    def close(self) -> None:
        """Đóng mọi phần còn lại."""
        for part in self._parts:
            part.close()

    def _advance(self, count: int) -> None:
        self._left[0] -= count
        if not self._left[0]:
            self._parts.pop(0).close()
            self._left.pop(0)


class RestSource(Source):
    """Phần còn lại của một nguồn đã đứng sẵn ở mẫu ``start``: độ dài chỉ tính phần còn lại."""

    def __init__(self, source: Source, start: int) -> None:
        """``source`` có độ dài biết trước."""
        self._source, self._start = source, start

    @property
    def samples(self) -> int | None:
        """Số mẫu kể từ ``start``."""
        total = self._source.samples
        return None if total is None else max(0, total - self._start)

    def read(self, count: int, *, wait: bool = False) -> Samples | None:
        """Như nguồn bên trong."""
        return self._source.read(count, wait=wait)

    def skip(self, count: int) -> None:
        """Như nguồn bên trong."""
        self._source.skip(count)

    def fork(self) -> RestSource:
        """Tách cả nguồn bên trong; độ dài vẫn kể từ cùng chỗ."""
        return RestSource(self._source.fork(), self._start)

    def close(self) -> None:
        """Đóng nguồn bên trong."""
        self._source.close()


class FileSource(Source):
    """Tệp 48 kHz mono (FLAC, WAV) được một luồng phụ đọc trước khoảng 3 giây; bộ nhớ không phụ thuộc độ dài tệp."""

    def __init__(self, path: Path, *, loop: bool = False, start: int = 0, total: int | None = None) -> None:
        """Mở tệp và bắt đầu đọc trước từ mẫu ``start``. Tệp hỏng hoặc sai định dạng: ``BadRecording``.

        ``total``: số mẫu đã biết của tệp; khi ấy luồng phụ mới mở tệp, ở đây không chạm đĩa (tách giữa chừng, dưới khoá bộ bơm).
        """
        self._file = _opened(path) if total is None else None
        self._path = path
        self._loop = loop
        self._total: int = self._file.frames if self._file is not None else total or 0
        self._start = self._position = start
        if loop and not self._total:
            if self._file is not None:
                self._file.close()
            raise BadRecording(f"Tệp {path.name} rỗng nên không lặp được. Hãy chọn tệp khác.")
        self._blocks: SimpleQueue[Samples | None] = SimpleQueue()
        self._room = threading.Semaphore(_AHEAD_BLOCKS)
        self._closing = threading.Event()
        self._head: Samples = np.zeros(0, np.int16)
        self._owed = 0
        self._ended = False
        self._failure: BadRecording | None = None
        self._reader = threading.Thread(target=self._read_ahead, name=f"doc-truoc-{path.stem[:12]}", daemon=True)
        self._reader.start()

    @property
    def samples(self) -> int | None:
        """Tổng số mẫu; ``None`` khi lặp."""
        return None if self._loop else self._total

    def read(self, count: int, *, wait: bool = False) -> Samples | None:
        """Lấy từ phần đã đọc trước. Tệp hỏng giữa chừng: ``BadRecording``."""
        while len(self._head) - self._owed < count and self._take_block(wait=wait):
            pass
        if len(self._head) - self._owed < count and not self._ended:
            return None
        if self._failure and not len(self._head):
            raise self._failure
        piece, self._head = self._head[:count], self._head[count:]
        self._position += len(piece)
        return piece

    def skip(self, count: int) -> None:
        """Ghi nợ số mẫu phải bỏ; trả dần khi dữ liệu tới."""
        self._owed += count
        self._position += count
        self._pay()

    def fork(self) -> FileSource:
        """Mở lại tệp ở đúng mẫu này, ở luồng đọc trước của nó: tệp vừa mất thì lượt phát ấy hỏng, bộ bơm không hề gì."""
        start = self._position % self._total if self._loop else min(self._position, self._total)
        return FileSource(self._path, loop=self._loop, start=start, total=self._total)

    def close(self) -> None:
        """Bảo luồng phụ thôi; nó tự đóng tệp."""
        self._closing.set()
        self._room.release()

    def _pay(self) -> None:
        paid = min(self._owed, len(self._head))
        self._head = self._head[paid:]
        self._owed -= paid

    def _take_block(self, *, wait: bool) -> bool:
        """Nối thêm một khối vào đầu đọc; trả về có thêm được không (hết tệp hoặc chưa kịp thì không)."""
        if self._ended:
            return False
        try:
            block = self._blocks.get(block=wait)
        except Empty:
            return False
        if block is None:
            self._ended, self._owed = True, 0
            return False
        self._room.release()
        self._head = np.concatenate([self._head, block]) if len(self._head) else block
        self._pay()
        return True

    def _read_ahead(self) -> None:
        try:
            with self._file or _opened(self._path) as file:
                file.seek(self._start)
                while not self._closing.is_set() and self._read_block(file):
                    pass
        except (OSError, RuntimeError, BadRecording) as error:
            self._failure = BadRecording(f"Tệp âm thanh hỏng giữa chừng ({error}). Hãy tạo hoặc tải lại tệp này.")
        self._blocks.put(None)

    def _read_block(self, file: soundfile.SoundFile) -> bool:
        """Đọc một khối; trả về còn gì để đọc nữa không."""
        block = file.read(_BLOCK, dtype="int16")
        if len(block):
            self._blocks.put(block)
            self._room.acquire()
        if len(block) < _BLOCK and self._loop:
            file.seek(0)
        return self._loop or len(block) == _BLOCK


def _opened(path: Path) -> soundfile.SoundFile:
    try:
        file = soundfile.SoundFile(path)
    except (OSError, RuntimeError) as error:
        raise BadRecording(f"Không mở được tệp {path.name}. Hãy tạo hoặc tải lại tệp này.") from error
    if file.samplerate != RATE or file.channels != 1:
        file.close()
        raise BadRecording(f"Tệp {path.name} không phải mono 48 kHz. Hãy làm chủ âm lượng lại tệp này.")
    return file
