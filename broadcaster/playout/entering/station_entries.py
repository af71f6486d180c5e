"""Bản ghi về cả trạm phát thành dòng nhật ký: im lặng, thử loa, đường ra mất tiếng và có lại, đồng hồ lùi."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import ChainHead
from broadcaster.playout import absences
from broadcaster.playout.clock_gate import BY_CLOCK, DOUBTED, MESSAGE, subject
from broadcaster.playout.entering.entry import Entry
from broadcaster.playout.rules import clock_behind
from broadcaster.playout.silencing import enter_silence
from broadcaster.playout.tables import Player
from broadcaster.traffic import calendar

_BY_PATH = "đường ra"
_HEEDED = timedelta(seconds=30)


def enter(entry: Entry, record: Mapping[str, Any]) -> None:
    """Một bản ghi không thuộc buổi hay lệnh nào."""
    _HANDLERS[record["what"]](entry, record)


def forget_trust(session: Session, station_id: int, player_id: int, *, seen: datetime, now: datetime) -> None:
    """Giờ đã vượt mọi dòng cũ: lời xác nhận đồng hồ không còn cần, từ nay lại so với dòng mới nhất.

    ``seen``: dấu sống của máy phát; lời xác nhận được giữ tới khi nó chắc chắn đã nghe theo.
    """
    newest = session.scalar(select(ChainHead.recorded_at).where(ChainHead.station_id == station_id))
    if not clock_behind(now, newest):
        mine = update(Player).where(Player.id == player_id, Player.station_id == station_id)
        session.execute(mine.where(Player.clock_trusted_from < seen - _HEEDED).values(clock_trusted_from=None))


def _silence(entry: Entry, record: Mapping[str, Any]) -> None:
    told = {"by": record["by"], "job_title": record["job_title"], "by_id": record.get("by_id")}
    on = record["what"] == "silenced"
    enter_silence(entry.session, entry.station_id, record["outputs"], told, on=on, at=entry.at, now=entry.now)


def _tested(entry: Entry, record: Mapping[str, Any]) -> None:
    told = {key: record[key] for key in ("output_id", "output", "by", "job_title")}
    entry.append(Event.PATH_TESTED, {**told, "by_id": record.get("by_id"), "spoken": record.get("spoken", "")})


def _path(entry: Entry, record: Mapping[str, Any]) -> None:
    told = {key: record[key] for key in ("output_id", "output", "sink", "error")}
    silent = record["what"] == "path_silent"
    entry.append(Event.PATH_SILENT if silent else Event.PATH_BACK, told)
    about = f"output:{record['output_id']}:{record['sink']}"
    if not silent:
        close_alert(entry.session, entry.station_id, about, by=_BY_PATH, now=entry.now)
        return
    why = f" ({record['error']})" if record["error"] else ""
    message = f"Đường ra “{record['output']}” đang không có tiếng{why}. Hãy xem dây, cạc âm thanh và máy tăng âm; đài tự thử lại."
    raise_alert(entry.session, entry.station_id, about, message, now=entry.now, level=AlertLevel.CRITICAL)


def _clock(entry: Entry, record: Mapping[str, Any]) -> None:
    mine = select(Player).where(Player.id == entry.player_id, Player.station_id == entry.station_id)
    player = entry.session.scalars(mine).one()
    if record["what"] == "clock_back":
        player.gate_closed_at = None
        close_alert(entry.session, entry.station_id, subject(player.id), by=BY_CLOCK, now=entry.now)
        return
    player.gate_closed_at = entry.at
    body = {"player_id": player.id, "newest": record["newest"], "clock": record["clock"]}
    entry.append(Event.CLOCK_STEPPED, body)
    message = DOUBTED if record.get("doubted") else MESSAGE
    raise_alert(entry.session, entry.station_id, subject(player.id), message, now=entry.now, level=AlertLevel.CRITICAL)


def _away(entry: Entry, record: Mapping[str, Any]) -> None:
    """Máy vắng hay giờ nhảy: một dòng; buổi lỡ vì thế tìm lý do của nó ở dòng này. Tắt máy thì buổi lỡ đã có cảnh báo riêng."""
    jumped = record["what"] == "clock_jumped"
    told = {key: record[key] for key in ("from", "to", "ms", "reason", "note")}
    entry.append(Event.CLOCK_JUMPED if jumped else Event.MACHINE_AWAY, {"player_id": entry.player_id, **told})
    if not jumped and record["note"] != absences.ASLEEP[1]:
        return
    zone = calendar.zone_of(entry.session, entry.station_id)
    start, end = (datetime.fromisoformat(record[key]).astimezone(zone) for key in ("from", "to"))
    message = (_JUMPED if jumped else _SLEPT).format(start=f"{start:%H:%M:%S %d/%m/%Y}", end=f"{end:%H:%M:%S %d/%m/%Y}")
    subject = f"{'jumped' if jumped else 'asleep'}:{entry.player_id}"
    raise_alert(entry.session, entry.station_id, subject, message, now=entry.now, level=AlertLevel.CRITICAL)


_JUMPED = (
    "Đồng hồ máy phát nhảy từ {start} sang {end}. Nhật ký giữ nguyên điều đã ghi theo giờ cũ và ghi tiếp theo giờ mới. "
    "Hãy kiểm tra ngày giờ của máy, bật chỉnh giờ tự động và xem pin đồng hồ."
)
_SLEPT = (
    "Máy phát đứng hình hoặc ngủ từ {start} tới {end}, loa im trong lúc ấy. "
    "Hãy tắt chế độ ngủ của máy, rồi xem máy có quá tải không."
)

_HANDLERS: dict[str, Callable[[Entry, Mapping[str, Any]], None]] = {
    "silenced": _silence,
    "lifted": _silence,
    "tested": _tested,
    "path_silent": _path,
    "path_back": _path,
    "clock_stepped": _clock,
    "clock_back": _clock,
    "clock_jumped": _away,
    "away": _away,
}
