"""Chia nhật ký cho nhiều tiến trình cùng kiểm, mỗi tiến trình một quãng, ưu tiên thấp nhất: không khung tiếng nào phải chờ."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from broadcaster.airlog.verifying.reader import Reader
from broadcaster.airlog.verifying.span import Faults, Span
from broadcaster.airlog.verifying.tallies import tally_faults
from broadcaster.airlog.verifying.witnesses import Witness
from broadcaster.database import Database

WORTH_A_PROCESS = 20_000
"""Ngắn hơn chừng này dòng thì tiến trình mới còn chưa kịp nạp xong."""
_IDLE_PRIORITY_CLASS = 0x40


@dataclass(frozen=True)
class Share:
    """Phần việc của một tiến trình; ``last`` trống là tới hết nhật ký."""

    station_id: int
    first: int
    last: int | None
    witnesses: tuple[Witness, ...]


@dataclass(frozen=True)
class Seen:
    """Điều một tiến trình tìm thấy."""

    faults: Faults
    witnessed: tuple[Any, ...]
    """Theo thứ tự của ``Share.witnesses``."""


def shares(
    station_id: int, lines: int, witnesses: Sequence[Witness], *, most: int | None = None, joining: bool = False
) -> list[Share]:
    """Các quãng bằng nhau, nhiều nhất ``most`` (trống: số lõi).

    ``joining``: người gọi tự kiểm quãng đầu, và nhận thêm chừng số dòng nó kiểm được trong lúc tiến trình khác còn đang nạp.
    """
    count = max(1, min(most or os.cpu_count() or 1, lines // WORTH_A_PROCESS))
    more = WORTH_A_PROCESS if joining and count > 1 else 0
    edges = [1, *(1 + more + (lines - more) * number // count for number in range(1, count))]
    ends: list[int | None] = [*(edge - 1 for edge in edges[1:]), None]
    return [Share(station_id, first, last, tuple(witnesses)) for first, last in zip(edges, ends, strict=True)]


def checked(database: Database, work: Sequence[Share], *, joining: bool = False) -> Iterator[Seen]:
    """Kiểm mọi quãng, theo thứ tự; ``joining``: quãng đầu ở ngay tiến trình này. Một quãng thì kiểm ngay tại đây."""
    here, apart = (work[:1], work[1:]) if joining or len(work) == 1 else ([], work)
    if not apart:
        yield from (check_share(database, one) for one in here)
        return
    url = database.url.render_as_string(hide_password=False)
    context = get_context("spawn")  # fork khi đang có luồng là chuyện may rủi, Windows thì không có
    with ProcessPoolExecutor(len(apart), mp_context=context, initializer=_settle_in) as pool:
        others = pool.map(_apart, [url] * len(apart), apart)
        if here:
            _settle_in()
        yield from (check_share(database, one) for one in here)
        yield from others


def check_share(database: Database, share: Share) -> Seen:
    """Kiểm một quãng trong ảnh chụp của riêng mình."""
    with database.reading() as session:
        reader = Reader(session, share.station_id)
        looks = [(witness.events, witness.begin(session, share.station_id)) for witness in share.witnesses]
        faults = Span(reader, share.first, share.last, looks).check()
        if share.last is None:
            faults.gather(tally_faults(reader))
        return Seen(faults, tuple(look.seen() for _, look in looks))


def lower_priority() -> None:
    """Tiến trình này chỉ chạy khi không ai cần lõi."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _IDLE_PRIORITY_CLASS)
    else:
        os.nice(19)


def _settle_in() -> None:
    """Từ đây tiến trình này chỉ kiểm nhật ký."""
    gc.disable()  # triệu từ điển không vòng nào: dọn vòng chỉ tốn giờ
    lower_priority()


def _apart(url: str, share: Share) -> Seen:
    database = Database(url)
    try:
        return check_share(database, share)
    finally:
        database.close()
