"""Mốc neo: đầu chuỗi (số dòng, băm, gốc cây) đã ra khỏi tay chủ máy. Nhật ký sau này phải còn đi qua đúng mọi mốc ấy.

Chuỗi băm tự nó chỉ bắt được người sửa vụng: chủ máy tính lại được mọi băm. Mốc ở nơi khác thì không ai tính lại được.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import String, func, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Link
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import Anchor, ChainHead, LogEntry
from broadcaster.airlog.tree import Peaks
from broadcaster.airlog.verifying.witnesses import Note
from broadcaster.errors import Invalid

SHORTEST = 16
"""Người chép tay được phép chép chừng này chữ đầu của băm: 64 bit, không ai dò ra lịch sử khác trùng."""
_TYPED = re.compile(rf"(?P<seq>\d{{1,12}})\s*:\s*(?P<digest>[0-9a-f]{{{SHORTEST},64}})")
_BATCH = 500


@dataclass(frozen=True)
class Mark:
    """Nhật ký từng có dòng ``seq`` mang băm bắt đầu bằng ``digest``; ``source``: ai nói thế, cho người đọc."""

    seq: int
    digest: str
    source: str


@dataclass(frozen=True)
class Head:
    """Đầu chuỗi lúc này; ``root``: gốc cây băm của mọi dòng tới ``seq`` (hex)."""

    seq: int
    digest: str
    root: str


def short_code(seq: int, digest: str) -> str:
    """Mã in trên giấy, chép tay được: ``1234:ab12-cd34-ef56-7890-1234``."""
    return f"{seq}:{'-'.join(digest[start : start + 4] for start in range(0, 20, 4))}"


def typed(text: str, source: str = "mốc vừa gõ") -> Mark:
    """Mốc do người gõ, dán hay quét: ``SỐ:BĂM``, có hay không gạch nối. Lỗi: ``Invalid``."""
    found = _TYPED.fullmatch(text.strip().lower().replace("-", "").replace(" ", ""))
    if found is None:
        raise Invalid(f"Mốc phải có dạng SỐ:BĂM, băm ít nhất {SHORTEST} chữ số, ví dụ 1234:ab12-cd34-ef56-7890-1234.")
    return Mark(int(found["seq"]), found["digest"], source)


def head_of(session: Session, station_id: int) -> Head | None:
    """Đầu chuỗi và gốc cây của một đài, đọc một lượt các băm; chưa có dòng nào thì ``None``."""
    head = session.get(ChainHead, station_id)
    if head is None or not head.seq:
        return None
    peaks = Peaks()
    for digest in digests(session, station_id, head.seq):
        peaks.add(digest)
    return Head(head.seq, head.digest, peaks.root().hex())


def digests(session: Session, station_id: int, last: int) -> Iterator[str]:
    """Băm của các dòng 1 … ``last``, theo thứ tự."""
    query = select(LogEntry.digest).where(LogEntry.station_id == station_id, LogEntry.seq <= last).order_by(LogEntry.seq)
    yield from session.execute(query.execution_options(yield_per=5000)).scalars()


def kept(session: Session, station_id: int, place: str, head: Head, *, at: datetime, receipt: str = "") -> None:
    """Ghi vào sổ mốc: mốc này đã tới nơi kia."""
    values = {"seq": head.seq, "digest": head.digest, "root": head.root}
    session.add(Anchor(station_id=station_id, place=place, at=at, receipt=receipt, **values))


def latest(session: Session, station_id: int) -> list[Anchor]:
    """Mốc mới nhất ở từng nơi, nơi vừa gửi trước."""
    newest = select(func.max(Anchor.id)).where(Anchor.station_id == station_id).group_by(Anchor.place)
    query = select(Anchor).where(Anchor.station_id == station_id, Anchor.id.in_(newest))
    return list(session.scalars(query.order_by(Anchor.at.desc(), Anchor.id.desc())))


def book(session: Session, station_id: int) -> list[Mark]:
    """Mọi mốc trong sổ mốc của đài; sổ ở cùng máy nên chỉ bắt được người quên nó, mốc ở nơi khác mới là bằng chứng."""
    at = type_coerce(Anchor.__table__.c.at, String)
    query = select(Anchor.seq, Anchor.digest, Anchor.place, at).where(Anchor.station_id == station_id).order_by(Anchor.id)
    return [Mark(seq, digest, f"sổ mốc ngày {day_of(str(day))} ({place})") for seq, digest, place, day in session.execute(query)]


def day_of(moment: str) -> str:
    """Ngày của một giờ viết dạng ISO, theo cách người Việt viết."""
    return f"{moment[8:10]}/{moment[5:7]}/{moment[:4]}"


@dataclass(frozen=True)
class Anchored:
    """Người chứng: nhật ký còn đi qua đúng mọi mốc."""

    marks: tuple[Mark, ...]
    events: ClassVar[frozenset[Event]] = frozenset({Event.CHAIN_RESUMED})

    def begin(self, session: Session, station_id: int) -> _Looking:
        """Chỉ nhớ những lần phục hồi từ bản sao."""
        return _Looking()

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterator[str]:
        """Mốc nào nhật ký không còn đi qua."""
        resumed = sorted(one for some in seen for one in some)
        known = {0: GENESIS}
        wanted = sorted({mark.seq for mark in self.marks})
        for start in range(0, len(wanted), _BATCH):
            query = select(LogEntry.seq, LogEntry.digest).where(LogEntry.station_id == station_id)
            rows = session.execute(query.where(LogEntry.seq.in_(wanted[start : start + _BATCH])))
            known |= {row.seq: row.digest for row in rows}
        for mark in self.marks:
            found = known.get(mark.seq)
            if found is not None and found.startswith(mark.digest):
                continue
            told = _told(mark, found)
            lost = next((why for seq, why in resumed if seq < mark.seq), None)
            yield Note(f"{told}; {lost}") if lost else told


def _told(mark: Mark, found: str | None) -> str:
    if found is None:
        return f"{mark.source} nói nhật ký có tới dòng {mark.seq}, nay không còn dòng ấy: nhật ký đã bị cắt"
    return f"{mark.source} giữ dòng {mark.seq} với băm khác: nhật ký tới dòng ấy đã bị viết lại"


class _Looking:
    def __init__(self) -> None:
        self._resumed: list[tuple[int, str]] = []

    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Nối lại từ bản sao tới dòng nào: những dòng sau nó đã mất thật, và ai, vì sao."""
        who = f"đoạn ấy đã mất khi phục hồi từ {body['backup']} (dòng {link.seq}: {body['who']}, {body['why']})"
        self._resumed.append((body["seq"], who))
        yield Note(f"nhật ký từng được nối lại sau khi phục hồi từ bản sao ở dòng {link.seq}: {body['who']}, {body['why']}")

    def seen(self) -> list[tuple[int, str]]:
        """Mọi lần phục hồi."""
        return self._resumed
