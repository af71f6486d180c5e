"""Mốc neo: đầu chuỗi (số dòng, băm, gốc cây) đã ra khỏi tay chủ máy. Nhật ký sau này phải còn đi qua đúng mọi mốc ấy.

Chuỗi băm tự nó chỉ bắt được người sửa vụng: chủ máy tính lại được mọi băm. Mốc ở nơi khác thì không ai tính lại được.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import String, func, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Link
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import Anchor, ChainHead, LogEntry
from broadcaster.airlog.tree import Peaks, root_of
from broadcaster.airlog.verifying.witnesses import Loss, Note
from broadcaster.errors import Invalid

SHORTEST = 16
"""Người chép tay được phép chép chừng này chữ đầu của băm: 64 bit, không ai dò ra lịch sử khác trùng."""
_LIVE = 100_000
"""Nhật ký ngắn hơn chừng này thì gốc cây tính ngay được (nửa giây); dài hơn thì giấy mang gốc của mốc đêm trước."""
_TYPED = re.compile(rf"(?P<seq>[\d.,]{{1,15}}):(?P<digest>[0-9a-f]{{{SHORTEST},64}})")
_LOOKALIKES = str.maketrans("oli", "011")
"""Băm không có ba chữ này, nên chép nhầm chúng thì chỉ có một cách hiểu."""
_SLIP = 2
"""Khác ít chữ hơn hoặc bằng chừng này là chép nhầm: hai băm khác nhau thật thì gần như chữ nào cũng khác."""
_BATCH = 500

ON_PAPER = "báo cáo trên giấy"
"""Nơi giữ của mọi mốc đã in: không ai gửi tới đó, người ta cất nó."""


@dataclass(frozen=True)
class Mark:
    """Nhật ký từng có dòng ``seq`` mang băm bắt đầu bằng ``digest``; ``source``: ai nói thế, cho người đọc.

    ``at``: lúc mốc rời máy; trống là không ai biết, như mốc chép từ giấy. ``by_hand``: người gõ, nên có thể gõ nhầm.
    """

    seq: int
    digest: str
    source: str
    at: datetime | None = None
    by_hand: bool = False


@dataclass(frozen=True)
class Head:
    """Đầu chuỗi lúc này; ``root``: gốc cây băm của mọi dòng tới ``seq`` (hex)."""

    seq: int
    digest: str
    root: str


def short_code(seq: int, digest: str) -> str:
    """Mã in trên giấy, chép tay được: ``1234:ab12-cd34-ef56-7890-1234``."""
    return f"{seq}:{grouped(digest)}"


def grouped(digest: str) -> str:
    """Hai mươi chữ đầu của một băm, nhóm bốn, để in và chép tay."""
    return "-".join(digest[start : start + 4] for start in range(0, 20, 4))


def copied_digest(text: str) -> str:
    """Băm do người chép: bỏ dấu cách, gạch nối mọi kiểu, chữ hoa, chữ nhìn giống số."""
    plain = unicodedata.normalize("NFKC", text).lower()
    copied = (one for one in plain if not one.isspace() and unicodedata.category(one) not in ("Pd", "Cf"))
    return "".join(copied).translate(_LOOKALIKES)


def typed(text: str, source: str = "mốc vừa gõ") -> Mark:
    """Mốc do người gõ, dán hay quét: ``SỐ:BĂM``, dấu cách, gạch nối kiểu nào cũng được. Lỗi: ``Invalid``."""
    found = _TYPED.fullmatch(copied_digest(text))
    number = re.sub(r"[.,]", "", found["seq"]) if found else ""
    if found is None or not number.strip("0"):
        raise Invalid(
            f"Mốc phải có dạng SỐ:BĂM, ví dụ 1234:ab12-cd34-ef56-7890-1234: số dòng, dấu hai chấm, rồi ít nhất {SHORTEST} chữ "
            "của băm (chỉ gồm 0-9 và a-f). Hãy chép lại từ giấy."
        )
    return Mark(int(number), found["digest"], source, by_hand=True)


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


def printed_root(session: Session, station_id: int, seq: int) -> tuple[int, str]:
    """Gốc cây để in lên giấy, và nó tới dòng nào: dòng ``seq`` này, hay mốc có gốc gần nhất; chưa có thì ``(0, "")``."""
    if seq <= _LIVE:
        return seq, root_of(digests(session, station_id, seq))
    query = select(Anchor.seq, Anchor.root).where(Anchor.station_id == station_id, Anchor.seq <= seq, Anchor.root != "")
    newest = session.execute(query.order_by(Anchor.id.desc()).limit(1)).first()
    return (newest.seq, newest.root) if newest else (0, "")


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
    return [
        Mark(seq, digest, f"sổ mốc ngày {day_of(str(day))} ({place})", moment(str(day)))
        for seq, digest, place, day in session.execute(query)
    ]


def moment(text: str) -> datetime | None:
    """Giờ viết dạng ISO, không kèm múi giờ thì là UTC; chữ khác thì trống."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day_of(moment: str) -> str:
    """Ngày của một giờ viết dạng ISO, theo cách người Việt viết."""
    return f"{moment[8:10]}/{moment[5:7]}/{moment[:4]}"


@dataclass(frozen=True)
class _Resumed:
    """Dòng ghi lúc ``at`` nói rằng nhật ký được nối lại ngay sau dòng ``seq``, vì mọi dòng sau đó đã mất."""

    seq: int
    at: datetime
    why: str

    def excuses(self, mark: Mark) -> bool:
        """Chỉ mốc rời máy trước lần phục hồi mới có thể mất theo: mốc sau đó mà không khớp là nhật ký bị viết lại."""
        return self.seq < mark.seq and mark.at is not None and mark.at <= self.at

    def told(self, mark: Mark) -> str:
        """Kèm lời kể về một mốc không khớp, cho người kiểm tự xét."""
        if mark.at is None:
            return (
                f"{self.why}; mốc có từ trước ngày {self.at:%d/%m/%Y} thì mất theo, có từ sau ngày ấy thì nhật ký đã bị viết lại"
            )
        return f"{self.why}, nhưng mốc ấy có sau lần phục hồi nên không thể mất theo"


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
        resumed: list[_Resumed] = [one for some in seen for one in some]
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
            told = _told(mark, found) + (_slip(session, station_id, mark, found) if mark.by_hand else "")
            lost = next((one for one in resumed if one.excuses(mark)), None)
            near = next((one for one in resumed if one.seq < mark.seq), None)
            if lost:
                yield Loss(f"{told}; {lost.why}")
            else:
                yield f"{told}; {near.told(mark)}" if near else told


def _told(mark: Mark, found: str | None) -> str:
    if found is None:
        return f"{mark.source} nói nhật ký có tới dòng {mark.seq}, nay không còn dòng ấy: nhật ký đã bị cắt"
    return f"{mark.source} giữ dòng {mark.seq} với băm khác: nhật ký tới dòng ấy đã bị viết lại"


def _slip(session: Session, station_id: int, mark: Mark, found: str | None) -> str:
    """Người gõ có thể gõ nhầm: nói nhật ký đang mang gì ở chỗ ấy để dò lại với giấy trước khi nghi ai."""
    mine = select(LogEntry.seq).where(LogEntry.station_id == station_id, LogEntry.digest.startswith(mark.digest)).limit(1)
    elsewhere = session.scalar(mine)
    if elsewhere is not None:
        return f" — hoặc gõ nhầm số dòng: băm ấy đúng là của dòng {elsewhere}. Hãy dò lại với giấy"
    if found is None:
        return " — hoặc gõ nhầm số dòng. Hãy dò lại với giấy"
    wrong = sum(one != other for one, other in zip(mark.digest, found, strict=False))
    slip = f", chỉ khác {wrong} chữ nên rất có thể là gõ nhầm" if wrong <= _SLIP else ""
    return f" (nhật ký đang có {short_code(mark.seq, found)}{slip}; hãy dò lại từng chữ với giấy)"


class _Looking:
    def __init__(self) -> None:
        self._resumed: list[_Resumed] = []

    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Nối lại từ bản sao tới dòng nào: những dòng sau nó đã mất thật, và ai, vì sao.

        Dòng nối lại phải đứng ngay sau dòng nó kể, không thì nó chỉ được dựng lên để che chỗ khác.
        """
        who = f"{body['who']}, {body['why']}"
        if (body["seq"], body["digest"]) != (link.seq - 1, link.prev):
            yield (
                f"dòng {link.seq} nói nhật ký được phục hồi tới dòng {body['seq']} ({who}) mà không đứng ngay sau dòng ấy: "
                "không lần phục hồi nào ghi như thế"
            )
            return
        at = datetime.fromisoformat(link.recorded_at)
        lost = f"đoạn ấy đã mất khi phục hồi từ {body['backup']} (dòng {link.seq}: {who})"
        self._resumed.append(_Resumed(body["seq"], at, lost))
        yield Note(
            f"nhật ký từng được nối lại sau khi phục hồi từ bản sao ở dòng {link.seq}, ghi ngày {at:%d/%m/%Y}: {who}. "
            f"Điều đã phát sau dòng {body['seq']} của bản sao tới ngày ấy không còn trong nhật ký"
        )

    def seen(self) -> list[_Resumed]:
        """Mọi lần phục hồi."""
        return self._resumed
