"""Kiểm nhật ký trên ảnh chụp chỉ đọc: chuỗi băm, trigger, cặp chuẩn bị và kết thúc, bảng chiếu, và mọi người chứng được mời.

Không giữ khoá ghi, không dựng lại bảng nào. Nhật ký dài được chia thành quãng cho nhiều tiến trình ưu tiên thấp (``lanes``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS
from broadcaster.airlog.enums import Event
from broadcaster.airlog.subject_check import subject_faults
from broadcaster.airlog.tables import Airing, ChainHead, LogEntry
from broadcaster.airlog.verifying.lanes import checked, shares
from broadcaster.airlog.verifying.span import MOST_FAULTS, Faults
from broadcaster.airlog.verifying.witnesses import Loss, Witness
from broadcaster.database import Database
from broadcaster.database.schema import trigger_faults

_EACH = 12
"""Một người chứng kể nhiều nhất chừng ấy điều: nghìn dòng sổ bị xoá không được che lời rằng nhật ký đã bị cắt."""
__all__ = ["MOST_FAULTS", "Verdict", "verify"]


@dataclass(frozen=True)
class Verdict:
    """Kết quả kiểm một đài: số dòng, băm dòng cuối, và mọi điều sai bằng lời (rỗng là tốt)."""

    station_id: int
    lines: int
    digest: str
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """Điều cần biết mà không phải là sai."""

    @property
    def sound(self) -> bool:
        """Nhật ký nguyên vẹn."""
        return not self.faults

    @property
    def lost(self) -> bool:
        """Không chỗ nào sai, nhưng một đoạn đã mất khi phục hồi."""
        return any(isinstance(one, Loss) for one in self.notes)


def verify(
    database: Database,
    station_id: int,
    *,
    witnesses: Sequence[Witness] = (),
    processes: int | None = None,
    joining: bool = False,
) -> Verdict:
    """Kiểm mọi mặt; không sửa gì, không cản ai ghi. Dòng đã chuẩn bị mà chưa kết thúc chỉ là lỗi khi buổi đã đóng.

    ``processes``: nhiều nhất chừng ấy tiến trình (trống: số lõi). ``joining``: tiến trình gọi cũng kiểm một quãng; chỉ dòng
    lệnh làm thế, trang web thì còn phải trả lời người khác.
    """
    faults = Faults()
    with database.reading() as session:
        found = session.execute(select(ChainHead.seq, ChainHead.digest).where(ChainHead.station_id == station_id)).first()
        head = (found.seq, found.digest) if found else None
        lines, digest = head or (0, GENESIS)
        parts = shares(station_id, lines, witnesses, most=processes, joining=joining)
        work = list(checked(database, parts, joining=joining))
        for number, witness in enumerate(witnesses):
            told = Faults(most=_EACH)
            with told.unreadable():
                told.gather(witness.settle(session, station_id, [seen.witnessed[number] for seen in work]))
            faults.merge(told)
        for seen in work:
            faults.merge(seen.faults)
        faults.gather(_tail_faults(session, station_id, head))
        faults.gather(_unfinished(session, station_id))
        with faults.unreadable():
            faults.gather(subject_faults(session, station_id))
        faults.gather(trigger_faults(session))
    return Verdict(station_id, lines, digest, faults.lines(), tuple(faults.notes))


def _tail_faults(session: Session, station_id: int, head: tuple[int, str] | None) -> list[str]:
    last = session.execute(
        select(LogEntry.seq, LogEntry.digest).where(LogEntry.station_id == station_id).order_by(LogEntry.seq.desc()).limit(1)
    ).first()
    if head is None:
        return ["mất đầu chuỗi"] if last else []
    stored = (last.seq, last.digest) if last else (0, GENESIS)
    return [] if stored == head else [f"đuôi nhật ký không khớp đầu chuỗi (đáng lẽ tới dòng {head[0]})"]


def _unfinished(session: Session, station_id: int) -> list[str]:
    query = select(Airing.run_id, Airing.item_id).where(Airing.station_id == station_id, Airing.result.is_(None))
    unfinished = session.execute(query.order_by(Airing.id)).all()
    if not unfinished:  # như mọi ngày: khỏi đi cả nhật ký tìm buổi đã đóng
        return []
    runs = select(LogEntry.run_id).where(LogEntry.station_id == station_id, LogEntry.event == Event.PROGRAMME_CLOSED)
    closed = set(session.scalars(runs))
    return [
        f"mục {item_id} của lượt {run_id}: buổi đã đóng mà mục chưa có kết thúc"
        for run_id, item_id in unfinished
        if run_id in closed
    ]
