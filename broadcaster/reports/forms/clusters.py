"""F6. Tình trạng cụm loa: mỗi cụm nhận được bao nhiêu lượt, xác nhận bao nhiêu, hỏng và sửa lúc nào."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.enums import DeliveryState
from broadcaster.playout.tables import Cluster, ClusterFault
from broadcaster.reports.document import Block, Column, Document, Heading, Kind, Paragraph, Table, Value
from broadcaster.reports.figures import Aired, ReachCount, aired, reaches, spoken
from broadcaster.reports.letter import Letter, letter
from broadcaster.reports.periods import NamedPeriod

_FAULTY = "faulty"
_CLUSTERS = (
    Column("Mã", Kind.CODE, 0.9),
    Column("Cụm loa", Kind.TEXT, 2.4),
    Column("TDP", Kind.TEXT, 1.4),
    Column("Đường ra", Kind.TEXT, 1.4),
    Column("Lượt đã gửi", Kind.COUNT, 1, total=True),
    Column("Lượt đã xác nhận", Kind.COUNT, 1, total=True),
    Column("Lượt gửi khi đang báo hỏng", Kind.COUNT, 1.1, total=True),
    Column("Lượt không tới đủ", Kind.COUNT, 1, total=True),
    Column("Tình trạng cuối kỳ", Kind.TEXT, 2.2),
)
_FAULTS = (
    Column("Cụm loa", Kind.CODE, 1),
    Column("Báo hỏng lúc", Kind.MOMENT, 1.7),
    Column("Hiện tượng", Kind.TEXT, 3),
    Column("Người báo", Kind.TEXT, 1.6),
    Column("Sửa xong lúc", Kind.MOMENT, 1.7),
    Column("Người sửa", Kind.TEXT, 1.6),
)

_NOTE = "Kể lượt tin bài; “không tới đủ” là lượt mà cụm này không nhận tới hết, dù vì cụm, đường ra hay cả mục không phát đủ."


@dataclass
class Reached:
    """Lượt tin bài của một cụm loa, theo từng trạng thái."""

    code: str = ""
    zone: str = ""
    numbers: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> list[Value]:
        """Đã gửi, đã xác nhận, gửi khi báo hỏng, không tới đủ."""
        arrived = [self.numbers[state] for state in (DeliveryState.SENT, DeliveryState.CONFIRMED, _FAULTY)]
        return [*arrived, sum(self.numbers.values()) - sum(arrived)]


def cluster_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Tình trạng mọi cụm loa trong ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    counts = _counts(spoken(aired(session, actor, period.span)), reaches(session, actor, period.span))
    clusters, faults = _clusters(session, actor, period), _faults(session, actor, period, names)
    broken = {fault.cluster_id for fault in faults if fault.fixed_at is None or fault.fixed_at > _end(period, names)}
    known = [_cluster(one, counts.get(one.id, Reached()), broken, period.span.last) for one in clusters]
    blocks: tuple[Block, ...] = (
        Paragraph(f"Có {len(clusters)} cụm loa; {len(faults)} lần báo hỏng; {len(broken)} cụm còn hỏng tới cuối kỳ."),
        Heading("I. TỪNG CỤM LOA"),
        Table(_CLUSTERS, [*known, *_unlisted(counts, clusters)], empty="Đài chưa khai cụm loa nào.", note=_NOTE),
        Heading("II. HỎNG VÀ SỬA"),
        Table(_FAULTS, [_fault(one, clusters, names) for one in faults], empty="Không có lần báo hỏng nào."),
    )
    return Document(
        "TÌNH TRẠNG CỤM LOA",
        period.name[0].upper() + period.name[1:],
        blocks,
        unit=names.station,
        signatures=names.station_signatures(),
        landscape=True,
        footnotes=names.footnotes(now),
    )


def _counts(rows: Iterable[Aired], reach: Mapping[int, ReachCount]) -> dict[int, Reached]:
    """Mã dòng của cụm → lượt tin bài nhắm tới nó, theo đúng quy tắc đếm lượt cụm loa: cộng các cụm lại là con số của tháng."""
    counts: dict[int, Reached] = {}
    for row in rows:
        here = reach.get(row.id, ReachCount())
        for code, state in here.states.items() if row.result is not None else ():
            found = counts.setdefault(here.ids[code], Reached(code, here.zones[code]))
            arrived = _FAULTY if code in here.faulty else state
            found.numbers[arrived if row.whole else DeliveryState.FAILED] += 1
    return counts


def _clusters(session: Session, actor: Actor, period: NamedPeriod) -> list[Cluster]:
    query = select(Cluster).where(
        Cluster.station_id == actor.station_id, or_(Cluster.retired_on.is_(None), Cluster.retired_on >= period.span.first)
    )
    return list(session.scalars(query.options(selectinload(Cluster.zone), selectinload(Cluster.output)).order_by(Cluster.code)))


def _faults(session: Session, actor: Actor, period: NamedPeriod, names: Letter) -> list[ClusterFault]:
    """Lần hỏng có ít nhất một phần nằm trong kỳ."""
    begin = datetime.combine(period.span.first, time(), names.zone)
    query = (
        select(ClusterFault)
        .join(Cluster, Cluster.id == ClusterFault.cluster_id)
        .where(
            Cluster.station_id == actor.station_id,
            ClusterFault.reported_at < _end(period, names),
            or_(ClusterFault.fixed_at.is_(None), ClusterFault.fixed_at >= begin),
        )
    )
    return list(session.scalars(query.order_by(ClusterFault.reported_at, ClusterFault.id)))


def _end(period: NamedPeriod, names: Letter) -> datetime:
    return datetime.combine(period.span.last + timedelta(days=1), time(), names.zone)


def _cluster(one: Cluster, found: Reached, broken: set[int], last: date) -> list[Value]:
    if one.retired_on is not None and one.retired_on <= last:
        condition = f"Thôi dùng từ {one.retired_on:%d/%m/%Y}"
    else:
        condition = "Đang hỏng" if one.id in broken else "Không có báo hỏng"
    return [one.code, one.name, one.zone.label, one.output.name, *found.told, condition]


def _unlisted(counts: Mapping[int, Reached], clusters: Sequence[Cluster]) -> list[list[Value]]:
    """Cụm có lượt trong nhật ký mà không còn trong danh sách: thiếu chúng thì các cụm cộng lại không đủ."""
    left = [counts[key] for key in sorted(counts.keys() - {one.id for one in clusters})]
    return [[one.code, "Không còn trong danh sách", one.zone, None, *one.told, None] for one in left]


def _fault(fault: ClusterFault, clusters: Sequence[Cluster], names: Letter) -> list[Value]:
    code = next((one.code for one in clusters if one.id == fault.cluster_id), str(fault.cluster_id))
    times = names.local(fault.reported_at), names.local(fault.fixed_at)
    return [code, times[0], fault.what, fault.reported_by, times[1], fault.fixed_by]
