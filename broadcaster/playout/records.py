"""Thân của từng loại bản ghi sổ trực và dòng nhật ký: mỗi loại một chỗ dựng, cho buổi theo lịch và khẩn cấp như nhau."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from broadcaster.airlog.bodies import (
    ArmedBody,
    DeliveryBody,
    EndedBody,
    FillerBody,
    ItemBody,
    ProgrammeBody,
    SkippedBody,
    StartedBody,
)
from broadcaster.airlog.enums import Mode, Reason, Result
from broadcaster.playout import absences
from broadcaster.playout.network import delivered

OPERATOR = "tự động"
TOGETHER = timedelta(milliseconds=100)
"""Các đường ra bắt đầu cách nhau ít hơn thế là cùng lúc."""
UNREACHED = "Đường ra không nhận được tiếng."


@dataclass(frozen=True)
class Measured:
    """Điều đo được của một lần phát; ``tolerance_ms`` > 0 khi số nghe được lấy từ vòng đã nghe sau sự cố."""

    started_at: datetime | None
    ended_at: datetime
    planned_ms: int
    heard_ms: int
    result: Result
    reason: Reason | None
    note: str
    sent: frozenset[str] = frozenset()
    """Tên đường ra đã nhận tiếng."""
    lost: Mapping[str, int] = field(default_factory=dict)
    """Tên đường ra → ms mà loa không nhận kịp."""
    starts: Mapping[str, datetime] = field(default_factory=dict)
    """Tên đường ra → lúc mẫu đầu tiên tới nó."""
    tolerance_ms: int = 0
    parts: tuple[Mapping[str, Any], ...] = ()

    @property
    def late(self) -> Mapping[str, datetime]:
        """Những đường ra bắt đầu khác hẳn giờ của cả mục."""
        first = self.started_at
        return {name: at for name, at in self.starts.items() if first is not None and abs(at - first) >= TOGETHER}


def of_run(what: str, run: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Bản ghi về cả lượt giữ buổi."""
    return {"what": what, "at": at.isoformat(), "run": run, **more}


def of_item(what: str, run: str, item_id: int, at: datetime, body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Bản ghi về một mục của lượt giữ."""
    return {"what": what, "at": at.isoformat(), "run": run, "item": item_id, "body": body, **more}


def of_order(what: str, key: str, number: int, at: datetime, body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Bản ghi về một lệnh khẩn cấp."""
    return {"what": what, "at": at.isoformat(), "key": key, "number": number, "body": body, **more}


def of_station(what: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Bản ghi về cả trạm phát: im lặng, thử loa, đường ra, đồng hồ."""
    return {"what": what, "at": at.isoformat(), **more}


def away(span: tuple[datetime, datetime], cause: tuple[Reason, str], *, doubted: bool = False) -> dict[str, Any]:
    """Máy phát không phát được trong quãng ấy, vì sao; ``doubted``: xa quá, chờ người xác nhận giờ."""
    return of_station("away", span[1], **_span(span), reason=cause[0].value, note=cause[1], doubted=doubted)


def clock_jumped(before: datetime, after: datetime, *, doubted: bool) -> dict[str, Any]:
    """Giờ tường nhảy từ ``before`` sang ``after`` khi máy đang chạy; điều đã ghi theo giờ cũ giữ nguyên."""
    reason, note = absences.JUMPED
    return of_station("clock_jumped", after, **_span((before, after)), reason=reason.value, note=note, doubted=doubted)


def claimed(programme: ProgrammeBody, mode: Mode, holder: str, outputs: Sequence[str]) -> dict[str, Any]:
    """Thân ``programme_claimed``."""
    return {"programme": programme, "mode": mode.value, "operator": OPERATOR, "holder": holder, "outputs": list(outputs)}


def closed(programme: ProgrammeBody, holder: str) -> dict[str, Any]:
    """Thân ``programme_closed``."""
    return {"programme": programme, "holder": holder}


def armed(
    programme: ProgrammeBody,
    item: ItemBody,
    mode: Mode,
    at: datetime,
    deliveries: list[DeliveryBody],
    *,
    operator: str = OPERATOR,
    filler: FillerBody | None = None,
) -> ArmedBody:
    """Thân ``item_armed``."""
    body: ArmedBody = {
        "programme": programme,
        "item": item,
        "mode": mode.value,
        "operator": operator,
        "sounds_at": at.isoformat(),
        "deliveries": deliveries,
    }
    if filler is not None:
        body["filler"] = filler
    return body


def started(at: datetime) -> StartedBody:
    """Thân ``item_started``."""
    return {"started_at": at.isoformat()}


def held(at: datetime, outputs: Sequence[str], heard_ms: int) -> dict[str, Any]:
    """Thân ``item_held`` khi mục nhường khẩn cấp."""
    return {"at": at.isoformat(), "outputs": list(outputs), "heard_ms": heard_ms}


def resumed(at: datetime, outputs: Sequence[str], paused_ms: int) -> dict[str, Any]:
    """Thân ``item_resumed``."""
    return {"at": at.isoformat(), "outputs": list(outputs), "paused_ms": paused_ms}


def interrupted(
    *, started_at: datetime | None, at: datetime, resumed_at: datetime, outputs: Sequence[str], heard_ms: int, from_ms: int
) -> dict[str, Any]:
    """Mục đứt vì sự cố và được phát tiếp: thành ``item_held`` (lý do mất điện hoặc sự cố máy) rồi ``item_resumed``."""
    return {
        "started_at": started_at.isoformat() if started_at else None,
        "ended_at": at.isoformat(),
        "resumed_at": resumed_at.isoformat(),
        "outputs": list(outputs),
        "heard_ms": heard_ms,
        "from_ms": from_ms,
    }


def ended(one: Measured, deliveries: Sequence[DeliveryBody]) -> EndedBody:
    """Thân ``item_ended``."""
    body: EndedBody = {
        "started_at": one.started_at.isoformat() if one.started_at else None,
        "ended_at": one.ended_at.isoformat(),
        "planned_ms": one.planned_ms,
        "heard_ms": one.heard_ms,
        "tolerance_ms": one.tolerance_ms,
        "result": one.result.value,
        "reason": one.reason.value if one.reason else None,
        "note": one.note,
        "deliveries": delivered(deliveries, one.sent, one.note or UNREACHED, one.late),
    }
    if one.lost:
        body["lost"] = dict(one.lost)
    if one.parts:
        body["parts"] = [dict(part) for part in one.parts]
    return body


def skipped(programme: ProgrammeBody, item: ItemBody, mode: Mode, reason: Reason, note: str) -> SkippedBody:
    """Thân ``item_skipped``."""
    return {"programme": programme, "item": item, "mode": mode.value, "reason": reason.value, "note": note, "deliveries": []}


def gap(
    span: tuple[datetime, datetime], cause: tuple[Reason, str], outputs: Sequence[str], programme: ProgrammeBody
) -> dict[str, Any]:
    """Thân ``air_gap``: trong buổi mà loa không có gì để phát, từ lúc nào tới lúc nào, vì sao."""
    return {
        "programme": programme,
        **_span(span),
        "cause": cause[0].value,
        "note": cause[1],
        "outputs": list(outputs),
    }


def _span(span: tuple[datetime, datetime]) -> dict[str, Any]:
    start, end = span
    return {"from": start.isoformat(), "to": end.isoformat(), "ms": round((end - start).total_seconds() * 1000)}
