"""Nhật ký phát thanh thành bảng: một lượt phát một dòng; cùng một bảng cho CSV và XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.tables import Station
from broadcaster.airlog.enums import DeliveryState, Result
from broadcaster.airlog.lateness import late_note
from broadcaster.airlog.queries import AiringFilter, SilentProgramme, all_airings, bodies_of, head, silent_programmes
from broadcaster.airlog.tables import Airing, Delivery
from broadcaster.newsroom.enums import Genre, Origin, Priority
from broadcaster.traffic.enums import ItemKind

Cell = str | int | float | date | datetime | None
"""Giá trị một ô; giờ là giờ địa phương, không múi giờ, vì bảng tính không hiểu múi giờ."""

COUNTING_RULES = (
    "Lượt phát: một mục được phát tới hết một lần trong một buổi, không kể bao nhiêu cụm loa.",
    "“Đã gửi” nghĩa là đường ra đã nhận tiếng; chỉ “Đã xác nhận” mới là có người hoặc thiết bị xác nhận tại loa.",
    "Diễn tập được ghi lại nhưng không tính vào số liệu. Dòng đính chính thay cho kết quả cũ, dòng cũ vẫn còn trong chuỗi.",
)


@dataclass(frozen=True)
class Line:
    """Một lượt phát cùng ảnh chụp gốc của nó."""

    airing: Airing
    body: dict[str, Any]
    zone: ZoneInfo

    def item(self, key: str) -> Any:
        """Trường của mục trong ảnh chụp."""
        return self.body.get("item", {}).get(key)

    def local(self, at: datetime | None) -> datetime | None:
        """Giờ địa phương, làm tròn tới giây."""
        return None if at is None else at.astimezone(self.zone).replace(tzinfo=None, microsecond=0)


@dataclass(frozen=True)
class Table:
    """Bảng đã đọc: đầu đề, dòng (đọc dần), và những câu in dưới bảng."""

    title: str
    headings: tuple[str, ...]
    rows: Iterator[tuple[Cell, ...]]
    footer: tuple[str, ...]


def airlog_table(session: Session, actor: Actor, wanted: AiringFilter) -> Table:
    """Bảng nhật ký của kỳ; ``rows`` phải đọc hết khi phiên còn mở. Lỗi: ``NotAllowed``."""
    seq, digest = head(session, actor)
    station = session.get_one(Station, actor.station_id)
    first, last = wanted.period.first, wanted.period.last
    return Table(
        title=f"Nhật ký phát thanh từ {first:%d/%m/%Y} đến {last:%d/%m/%Y} — {station.name}",
        headings=tuple(heading for heading, _ in COLUMNS),
        rows=_rows(session, actor, wanted, ZoneInfo(station.timezone)),
        footer=(*COUNTING_RULES, f"Chuỗi nhật ký tới dòng {seq}, mã băm {digest or 'chưa có'}."),
    )


def _rows(session: Session, actor: Actor, wanted: AiringFilter, zone: ZoneInfo) -> Iterator[tuple[Cell, ...]]:
    for batch in _batches(all_airings(session, actor, wanted), 200):
        bodies = bodies_of(session, actor, batch)
        for airing in batch:
            line = Line(airing, bodies.get(airing.id, {}), zone)
            yield tuple(read(line) for _, read in COLUMNS)
    if wanted == AiringFilter(wanted.period):
        yield from (_silent_row(one, zone) for one in silent_programmes(session, actor, wanted.period))


def _silent_row(one: SilentProgramme, zone: ZoneInfo) -> tuple[Cell, ...]:
    """Cả buổi không phát, ở đúng các cột của bảng."""
    values: dict[str, Cell] = {
        "Dòng nhật ký": one.seq,
        "Ngày": one.day,
        "Đơn vị": one.unit,
        "Khung giờ": one.slot,
        "Dự kiến bắt đầu": one.planned_at.astimezone(zone).replace(tzinfo=None, microsecond=0),
        "Dự kiến (giây)": _seconds(one.planned_ms),
        "Đã nghe (giây)": 0.0,
        "Loại mục": "Cả buổi",
        "Tiêu đề": "Buổi bị huỷ" if one.cancelled else "Buổi bị bỏ lỡ",
        "Người vận hành": one.by or None,
        "Kết quả": Result.NONE.label,
        "Ghi chú": one.note,
        "Mã băm dòng": one.digest,
    }
    return tuple(values.get(heading) for heading, _ in COLUMNS)


def _batches(airings: Iterable[Airing], size: int) -> Iterator[list[Airing]]:
    iterator = iter(airings)
    while batch := list(islice(iterator, size)):
        yield batch


def _label(words: type[Genre] | type[Origin] | type[Priority] | type[ItemKind], value: str | None) -> str | None:
    return None if value is None else words(value).label


def _voice(line: Line) -> str | None:
    voice = line.item("voice")
    if not voice:
        return None
    if voice["source"] == "human":
        return f"Giọng người: {voice['reader']}"
    return f"Giọng máy: {voice['engine']} {voice['version'] or ''}".strip()


def _approval(line: Line) -> str | None:
    approval = line.item("approval")
    if not approval:
        return None
    at = line.local(datetime.fromisoformat(approval["at"]))
    own = " (tự duyệt bài mình)" if approval["own_work"] else ""
    return f"{approval['name']}, {approval['job_title']}, {at:%d/%m/%Y %H:%M}{own}"


def _clusters(state: DeliveryState) -> Callable[[Line], Cell]:
    def read(line: Line) -> Cell:
        return ", ".join(_told(delivery) for delivery in line.airing.deliveries if delivery.state is state) or None

    return read


def _told(delivery: Delivery) -> str:
    return delivery.cluster_code + (" (cũng nghe thấy)" if delivery.overheard else "")


def _zones(line: Line) -> Cell:
    return ", ".join(sorted({delivery.zone_code for delivery in line.airing.deliveries if not delivery.overheard})) or None


def _note(line: Line) -> Cell:
    late = late_note(line.airing.planned_at, line.airing.started_at)
    return "; ".join(filter(None, (late, line.body.get("note")))) or None


def _seconds(milliseconds: int) -> float:
    return round(milliseconds / 1000, 1)


def _script(line: Line) -> Cell:
    if line.airing.script_id is None:
        return None
    return f"{line.airing.script_id}/{line.item('revision_number') or '?'}"


COLUMNS: tuple[tuple[str, Callable[[Line], Cell]], ...] = (
    ("Dòng nhật ký", lambda line: line.body.get("seq")),
    ("Ngày", lambda line: line.airing.local_day),
    ("Đơn vị", lambda line: line.airing.unit_name),
    ("Khung giờ", lambda line: line.airing.slot_name),
    ("Vị trí trong buổi", lambda line: line.airing.position),
    ("Dự kiến bắt đầu", lambda line: line.local(line.airing.planned_at)),
    ("Bắt đầu thật", lambda line: line.local(line.airing.started_at)),
    ("Kết thúc thật", lambda line: line.local(line.airing.ended_at)),
    ("Dự kiến (giây)", lambda line: _seconds(line.airing.planned_ms)),
    ("Đã nghe (giây)", lambda line: _seconds(line.airing.heard_ms)),
    ("Loại mục", lambda line: _label(ItemKind, line.airing.kind)),
    ("Bản tin/bản sửa", _script),
    ("Tiêu đề", lambda line: line.airing.title),
    ("Thể loại", lambda line: _label(Genre, line.airing.genre)),
    ("Chuyên mục", lambda line: line.airing.column_name),
    ("Nội dung kế hoạch", lambda line: ", ".join(line.airing.topics) or None),
    ("Nguồn", lambda line: _label(Origin, line.airing.origin)),
    ("Mức ưu tiên", lambda line: _label(Priority, line.airing.priority)),
    ("Giọng đọc", _voice),
    ("Người viết", lambda line: line.item("author")),
    ("Người duyệt", _approval),
    ("Người vận hành", lambda line: line.body.get("operator") or line.item("placed_name") or None),
    ("Chế độ", lambda line: line.airing.mode.label),
    ("TDP", _zones),
    ("Cụm loa đã gửi", _clusters(DeliveryState.SENT)),
    ("Cụm loa đã xác nhận", _clusters(DeliveryState.CONFIRMED)),
    ("Cụm loa không tới", _clusters(DeliveryState.FAILED)),
    ("Kết quả", lambda line: line.airing.result.label if line.airing.result else "Chưa kết thúc"),
    ("Lý do", lambda line: line.airing.reason.label if line.airing.reason else None),
    ("Ghi chú", _note),
    ("Phát lần đầu/phát lại", lambda line: "Phát lại" if line.airing.is_rerun else "Phát lần đầu"),
    ("SHA-256 văn bản", lambda line: line.item("text_sha256")),
    ("SHA-256 âm thanh", lambda line: line.item("audio_sha256")),
    ("Mã băm dòng", lambda line: line.body.get("digest")),
)
