"""Nhận tiếng do người đưa vào: giải mã, làm chủ, kiểm trong một tiến trình riêng có hạn; ra khỏi đây thì tệp đã sạch.

Tệp nào cũng là bẫy cho tới khi chứng minh ngược lại: sập, treo, ăn hết bộ nhớ đều chỉ xảy ra ở tiến trình con.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from broadcaster.errors import BadRecording
from broadcaster.sound._intake_worker import Answer, Ask, serve
from broadcaster.sound.containers import WORKS
from broadcaster.sound.files import temporary_beside
from broadcaster.sound.pcm import Samples

MAX_BYTES = 200_000_000
"""Hai mươi phút WAV hai kênh 48 kHz 16 bit, còn dư."""
_PATIENCE_S = 90.0
_one_at_a_time = threading.Lock()  # mỗi lần ăn vài trăm MB: hai người cùng gửi thì người sau chờ


@dataclass(frozen=True)
class Received:
    """Tiếng 48 kHz đã làm chủ và đã kiểm; ``notes``: chỗ đã sửa giúp; ``doubts``: điều người đưa tệp phải nghe và xác nhận."""

    samples: Samples
    notes: tuple[str, ...]
    container: str
    doubts: tuple[str, ...] = ()


def receive(parts: Sequence[Path], *, syllables: int, patience_s: float = _PATIENCE_S) -> Received:
    """Một tệp, hoặc các phần nối tiếp của một lần thu, thành tiếng phát được; ``syllables``: số âm tiết của lời.

    Lỗi: ``BadRecording`` kể tệp sai chỗ nào và phải làm gì; không để lại gì trên đĩa.
    """
    weight = sum(part.stat().st_size for part in parts)
    if weight > MAX_BYTES:
        raise BadRecording(f"Tệp nặng quá {MAX_BYTES // 1_000_000} MB. Hãy xuất lại dạng MP3 hoặc FLAC rồi tải lên.")
    target = temporary_beside(parts[0].with_suffix(".npy"))
    try:
        with _one_at_a_time:
            answer = _ask(Ask(tuple(parts), target, syllables), patience_s)
        return Received(np.load(target, allow_pickle=False), answer.notes, answer.container, answer.doubts)
    finally:
        target.unlink(missing_ok=True)


def _ask(ask: Ask, patience_s: float) -> Answer:
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=serve, args=(theirs, ask), name="nhận tiếng", daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(patience_s):
            raise BadRecording(f"Giải mã tệp này quá {patience_s:.0f} giây nên đã dừng. {WORKS}")
        reply = ours.recv()
    except (EOFError, OSError) as error:
        raise BadRecording(f"Tệp này làm bộ giải mã dừng đột ngột nên bị từ chối. {WORKS}") from error
    finally:
        ours.close()
        process.kill()
        process.join()
        process.close()
    if isinstance(reply, Answer):
        return reply
    raise BadRecording(str(reply))
