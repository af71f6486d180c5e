"""Các cột của tệp nhật ký: cột đọc từ lượt phát, từ điều được phát, hay từ các cụm loa; một bảng cho mọi dạng tệp."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broadcaster.airlog.delivered import Deliveries, Delivery
from broadcaster.airlog.enums import DeliveryState, Mode, Reason, Result
from broadcaster.enums import Word
from broadcaster.newsroom.enums import CreditRole, Genre, Origin, Part, Priority
from broadcaster.reports.document import Kind
from broadcaster.traffic.enums import ItemKind

Local = Callable[[Any], datetime | None]
LATE = "late"
"""Cột tính từ hai giờ của lượt: dự kiến và thật."""
START = "\x01"
"""Chỗ của giờ bắt đầu trong ô “từng cụm loa”: phần còn lại giống nhau ở mọi lượt."""
BY_SETUP = "theo cấu hình lúc cài đặt đài"
_SETUP = "config.toml"


Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """Một cột; đúng một trong ba cách đọc. ``row``: tên cột của lượt phát, ``via`` đổi giá trị ấy; ``total``: có cộng.

    ``hash``: chữ mỗi dòng một khác, XLSX để ở trang mã băm; ``csv_only``: chỉ có ở CSV.
    """

    heading: str
    kind: Kind
    row: str = ""
    via: Callable[[Any], Any] | None = None
    fact: Callable[[Facts, Local], Any] | None = None
    place: Callable[[Deliveries], Any] | None = None
    total: bool = False
    hash: bool = False
    width: int = 14
    csv_only: bool = False


def approval_words(approval: Facts | None, local: Local) -> str | None:
    """Người duyệt, chức danh, lúc nào; lời có sẵn khi cài đặt thì nói đúng như vậy."""
    if not approval:
        return None
    at = local(datetime.fromisoformat(approval["at"]))
    name = BY_SETUP if approval["name"] == _SETUP else approval["name"]
    own = " (tự duyệt bài mình)" if approval.get("own_work") else ""
    parts = [name, approval.get("job_title") or "", f"{at:%d/%m/%Y %H:%M}" if at else ""]
    return ", ".join(part for part in parts if part) + own


def _voice(facts: Facts) -> str | None:
    voice = facts.get("voice")
    if not voice:
        return None
    if voice.get("source") == "human":
        return f"Giọng người: {voice.get('reader') or 'không rõ'}"
    return " ".join(part for part in ("Giọng máy:", voice.get("engine"), voice.get("version")) if part)


def _hands(facts: Facts, part: Part, role: CreditRole) -> str | None:
    """Người có phần việc ấy: theo ghi công trước, rồi theo người đã làm trên máy."""
    credited = [one["name"] for one in facts.get("credits", ()) if one.get("role") == role.value]
    worked = [one["name"] for one in facts.get("hands", ()) if one.get("part") == part.value]
    return ", ".join(dict.fromkeys(credited or worked)) or None


def _reader(facts: Facts) -> str | None:
    voice = facts.get("voice") or {}
    credited = [one["name"] for one in facts.get("credits", ()) if one.get("role") == CreditRole.READER.value]
    return ", ".join(dict.fromkeys(credited)) or voice.get("reader")


def _credits(facts: Facts) -> str | None:
    return "; ".join(f"{CreditRole(one['role']).label}: {one['name']}" for one in facts.get("credits", ())) or None


def _label(words: Any, value: str | None) -> str | None:
    return None if value is None else str(words(value).label)


def _codes(keep: Callable[[Delivery], bool]) -> Callable[[Deliveries], str | None]:
    return lambda places: ", ".join(one.cluster_code for one in places if keep(one)) or None


def _number(keep: Callable[[Delivery], bool]) -> Callable[[Deliveries], int]:
    """Số cụm loa được nhắm tới thoả điều kiện; cụm chỉ cùng nghe thấy không kể."""
    return lambda places: sum(keep(one) for one in places if not one.overheard)


def each_place(places: Deliveries) -> str | None:
    """Từng cụm loa một; giờ chung của lượt để chỗ (``START``) vì mỗi lượt một khác, giờ riêng thì đã là giờ địa phương."""
    return "; ".join(_one_place(one) for one in places) or None


def _one_place(one: Delivery) -> str:
    state = one.state.label.lower()
    sounded = one.state in (DeliveryState.SENT, DeliveryState.CONFIRMED)
    began = (f" {one.started_at:%H:%M:%S}" if one.started_at else START) if sounded else ""
    volume = f", âm lượng {one.volume}%" if one.volume is not None else ""
    heard = f", {one.checked_by} đã nghe" if one.checked_by else ""
    more = (", đang báo hỏng" if one.faulty else "") + (", cũng nghe thấy" if one.overheard else "")
    return f"{one.cluster_code}: {state}{began}{volume}{heard}{more}"


def _fact(name: str) -> Callable[[Facts, Local], Any]:
    return lambda facts, _: facts.get(name)


def _words(words: type[Word], empty: str | None = None) -> Callable[[Any], str | None]:
    return lambda value: empty if value is None else words(value).label


def _seconds(milliseconds: int) -> float:
    return milliseconds / 1000


T, N, S, M = Kind.TEXT, Kind.COUNT, Kind.SECONDS, Kind.MOMENT
COLUMNS: tuple[Column, ...] = (
    Column("Ngày", Kind.DAY, row="local_day", width=11),
    Column("Khung giờ", T, row="slot_name", width=16),
    Column("Vị trí", N, row="position", width=6),
    Column("Bắt đầu thật", M, row="started_at", width=18),
    Column("Tiêu đề", T, fact=_fact("title"), width=48),
    Column("Dự kiến (giây)", S, row="planned_ms", via=_seconds, total=True, width=9),
    Column("Đã nghe (giây)", S, row="heard_ms", via=_seconds, total=True, width=9),
    Column("Kết quả", T, row="result", via=_words(Result, "Chưa kết thúc"), width=13),
    Column("Lý do", T, row="reason", via=_words(Reason), width=18),
    Column("Số cụm nhắm tới", N, place=_number(lambda _: True), total=True, width=8),
    Column("Số cụm đã gửi", N, place=_number(lambda one: one.sent), total=True, width=8),
    Column(
        "Số cụm đã xác nhận",
        N,
        place=_number(lambda one: one.confirmed),
        total=True,
        width=8,
    ),
    Column("Trễ", T, row=LATE, width=14),
    Column("Ghi chú", T, row="note", width=30),
    Column("Dự kiến bắt đầu", M, row="planned_at", width=18),
    Column("Kết thúc thật", M, row="ended_at", width=18),
    Column("Đơn vị", T, row="unit_name", width=22),
    Column("TDP", T, place=lambda places: ", ".join(sorted({one.zone_code for one in places if not one.overheard})) or None),
    Column("Cụm loa đã gửi", T, place=_codes(lambda one: one.sent and not one.overheard), width=18),
    Column("Cụm loa đã xác nhận", T, place=_codes(lambda one: one.confirmed and not one.overheard), width=18),
    Column("Cụm loa không tới", T, place=_codes(lambda one: one.state is DeliveryState.FAILED), width=18),
    Column("Cụm loa nhường khẩn cấp", T, place=_codes(lambda one: one.state is DeliveryState.PREEMPTED), width=18),
    Column("Cụm loa cũng nghe thấy", T, place=_codes(lambda one: one.overheard and one.sent), width=18),
    Column("Cụm loa đang báo hỏng", T, place=_codes(lambda one: one.faulty), width=18),
    Column("Từng cụm loa: kết quả, bắt đầu, âm lượng", T, place=each_place, width=40),
    Column("Loại mục", T, fact=lambda facts, _: _label(ItemKind, facts.get("kind"))),
    Column("Bản tin", N, fact=_fact("script_id"), width=8),
    Column("Bản sửa", N, fact=_fact("revision_number"), width=8),
    Column("Thể loại", T, fact=lambda facts, _: _label(Genre, facts.get("genre"))),
    Column("Chuyên mục", T, fact=_fact("column"), width=20),
    Column("Nội dung kế hoạch", T, fact=lambda facts, _: ", ".join(facts.get("topics", ())) or None),
    Column("Nguồn", T, fact=lambda facts, _: _label(Origin, facts.get("origin"))),
    Column("Mức ưu tiên", T, fact=lambda facts, _: _label(Priority, facts.get("priority"))),
    Column("Cấp độ khẩn cấp", T, fact=_fact("level")),
    Column("Giọng đọc", T, fact=lambda facts, _: _voice(facts), width=24),
    Column("Người viết", T, fact=_fact("author"), width=22),
    Column("Biên tập", T, fact=lambda facts, _: _hands(facts, Part.EDITED, CreditRole.EDITOR), width=22),
    Column("Người đọc", T, fact=lambda facts, _: _reader(facts), width=22),
    Column("Ghi công", T, fact=lambda facts, _: _credits(facts), width=30),
    Column("Người duyệt", T, fact=lambda facts, local: approval_words(facts.get("approval"), local), width=34),
    Column("Người vận hành", T, fact=lambda facts, _: facts.get("operator") or facts.get("placed_name"), width=20),
    Column("Chế độ", T, row="mode", via=_words(Mode), width=10),
    Column("Phát lần đầu/phát lại", T, row="is_rerun", via=lambda again: "Phát lại" if again else "Phát lần đầu", width=12),
    Column("Đính chính", T, row="correction", width=30),
    Column("Dòng đính chính", N, row="corrected_seq", width=9),
    Column("Dòng nhật ký", N, row="first_seq", width=9),
    Column("Dự kiến (mili giây)", N, row="planned_ms", csv_only=True),
    Column("Đã nghe (mili giây)", N, row="heard_ms", csv_only=True),
    Column("SHA-256 văn bản", T, fact=_fact("text_sha256"), hash=True, width=66),
    Column("SHA-256 âm thanh", T, row="audio_sha256", hash=True, width=66),
    Column("Mã băm dòng", T, row="digest", hash=True, width=66),
)
PRINTED = 14
"""Chừng ấy cột đầu vừa một trang A4 ngang; cột sau để đọc trên màn hình."""
