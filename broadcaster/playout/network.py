"""Mạng loa của một trạm phát như phòng phát sóng biết: từng đường ra với thiết bị, trần âm lượng và cụm loa nó nuôi. Thuần."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self
from zoneinfo import ZoneInfo

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.airlog.enums import DeliveryState
from broadcaster.playout.rules import volume_at

NO_ONE_LATE: Mapping[str, datetime] = MappingProxyType({})
Caps = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Path:
    """Một đường ra cần có; ``clusters``: (mã TDP, cụm loa) nó nuôi, để tìm được đường mà không hỏi cơ sở dữ liệu."""

    output_id: int
    captured: bool
    silenced: bool
    name: str = ""
    lead_ms: int = 0
    clusters: tuple[tuple[int, DeliveryBody], ...] = ()
    card: str | None = None
    """Tên cạc âm thanh, rỗng là mặc định; ``None`` là đường này không ra cạc nào."""
    amplifier: tuple[str, str] = ("", "")
    """Lệnh bật, lệnh tắt máy tăng âm."""
    gain_db: float = 0.0
    caps: Caps = ()
    """Trần âm lượng của các cụm loa: (giờ bắt đầu, giờ kết thúc, phần trăm)."""

    @property
    def build(self) -> tuple[object, ...]:
        """Điều mà đổi thì phải dựng lại kênh."""
        return self.captured, self.card, self.amplifier

    def volume(self, hour: int) -> float:
        """Hệ số âm lượng lúc ``hour`` giờ địa phương."""
        return volume_at(self.gain_db, self.caps, hour)

    def serves(self, zone_ids: Collection[int]) -> bool:
        """Có tới được TDP nào trong số ấy không; không nêu TDP nào là mọi TDP."""
        return not zone_ids or any(zone_id in zone_ids for zone_id, _ in self.clusters)

    def targets(self, zone_ids: Collection[int], *, hour: int | None = None) -> list[DeliveryBody]:
        """Mọi cụm loa trên đường này: cụm được nhắm tới, và cụm cũng nghe thấy vì chung đường ra.

        ``hour``: sẽ vang lúc mấy giờ địa phương, nên kể cả âm lượng lúc ấy.
        """
        found = [heard(body, addressed=not zone_ids or zone_id in zone_ids) for zone_id, body in self.clusters]
        return found if hour is None else [{**body, "volume": round(100 * self.volume(hour))} for body in found]

    def as_json(self) -> dict[str, Any]:
        """Dạng nằm trong tệp."""
        return {**vars(self), "clusters": [list(one) for one in self.clusters], "caps": [list(one) for one in self.caps]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Lỗi: ``KeyError``, ``TypeError``, ``ValueError`` khi không đúng dạng."""
        clusters = tuple((int(zone_id), body) for zone_id, body in value["clusters"])
        caps = tuple((int(first), int(last), int(percent)) for first, last, percent in value["caps"])
        return cls(**{**value, "clusters": clusters, "caps": caps, "amplifier": tuple(value["amplifier"])})


@dataclass(frozen=True)
class Network:
    """Điều phòng phát sóng cần ngoài các buổi; ``entered``: số bản ghi sổ trực đã vào nhật ký lúc viết tệp."""

    player_id: int
    zone: str
    paths: tuple[Path, ...]
    filler: str | None = None
    """Mã tệp nhạc lấp; đài không có thì ``None``."""
    entered: int = 0
    newest_line: datetime | None = None
    clock_trusted_from: datetime | None = None

    def hour(self, now: datetime) -> int:
        """Giờ địa phương."""
        return now.astimezone(ZoneInfo(self.zone)).hour

    def as_json(self) -> dict[str, Any]:
        """Dạng nằm trong tệp."""
        times = {name: _text(getattr(self, name)) for name in ("newest_line", "clock_trusted_from")}
        return {**vars(self), **times, "paths": [path.as_json() for path in self.paths]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Lỗi: ``KeyError``, ``TypeError``, ``ValueError`` khi không đúng dạng."""
        times = {name: _instant(value[name]) for name in ("newest_line", "clock_trusted_from")}
        return cls(**{**value, **times, "paths": tuple(Path.from_json(path) for path in value["paths"])})


def heard(body: DeliveryBody, *, addressed: bool) -> DeliveryBody:
    """Cụm loa như nhật ký ghi: được nhắm tới hay chỉ cùng nghe thấy."""
    return body if addressed else {**body, "overheard": True}


def delivered(
    targets: Collection[DeliveryBody], sent: Collection[str], note: str, late: Mapping[str, datetime] = NO_ONE_LATE
) -> list[DeliveryBody]:
    """Sau khi phát: đường ra (theo tên) đã nhận tiếng là “đã gửi”, còn lại là không tới kèm lý do.

    Cụm đang báo hỏng mà đường ra đã nhận thì vẫn là “đã gửi”, nhưng kèm đúng lời báo hỏng ấy.
    ``late``: đường ra bắt đầu khác giờ của cả mục → giờ của nó.
    """
    return [_after(target, note, sent=target["output"] in sent, began=late.get(target["output"])) for target in targets]


def _after(target: DeliveryBody, note: str, *, sent: bool, began: datetime | None) -> DeliveryBody:
    if target["state"] != DeliveryState.TARGETED:
        return target
    if not sent:
        return {**target, "state": DeliveryState.FAILED.value, "note": note}
    after: DeliveryBody = {**target, "state": DeliveryState.SENT.value}
    return after if began is None else {**after, "started_at": began.isoformat()}


def given_way(targets: Collection[DeliveryBody]) -> list[DeliveryBody]:
    """Cụm loa trên đường ra đang phát tin khẩn cấp: mục này không tới, và vì sao."""
    return [{**target, "state": DeliveryState.PREEMPTED.value, "note": "Đang nhường tin khẩn cấp."} for target in targets]


def _text(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
