"""Bản phát: ảnh chụp tự đủ của một buổi trên đĩa của phòng phát sóng, để không quyết định nào lúc phát cần cơ sở dữ liệu.

Mỗi lần đổi là một tệp mới, viết trọn, có số và mã băm của chính nó; tệp trọn vẹn có số lớn nhất được dùng. Cơ sở dữ liệu vắng
thì bản cuối cùng còn dùng được, trong chính thời hạn của buổi.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path as FilePath
from typing import Any, Self
from zoneinfo import ZoneInfo

import structlog

from broadcaster.airlog.bodies import ItemBody, ProgrammeBody, VoiceBody
from broadcaster.airlog.enums import Mode
from broadcaster.newsroom.enums import Priority
from broadcaster.playout.network import Network
from broadcaster.playout.network import Path as OutputPath
from broadcaster.sound.files import whole_file
from broadcaster.traffic.clock_fit import Piece
from broadcaster.traffic.enums import ItemKind
from broadcaster.traffic.quiet import QuietHours, Span

log = structlog.get_logger(__name__)

NETWORK = "network"
_KEPT = 2


@dataclass(frozen=True)
class Audio:
    """Một tệp tiếng của mục; ``voice`` là giọng ghi vào nhật ký khi chính tệp này vang."""

    sha256: str
    duration_ms: int | None = None
    voice: VoiceBody | None = None


@dataclass(frozen=True)
class RundownItem:
    """Một mục như cơ sở dữ liệu biết lúc viết; ``audio``: tệp sẽ vang, rồi các tệp đỡ khi nó mất."""

    item_id: int
    kind: ItemKind
    planned_ms: int
    waiting: bool
    """Còn chờ phát; mục đã phát, đã bỏ chỉ nằm đây để giữ đúng vị trí."""
    body: ItemBody
    audio: tuple[Audio, ...] = ()
    zone_ids: tuple[int, ...] = ()
    priority: Priority = Priority.NORMAL
    by_person: bool = False
    reform: bool = False
    barred: str = ""
    """Vì sao không được phát (mất duyệt); rỗng là được."""
    valid_from: date | None = None
    valid_to: date | None = None
    hard_at: datetime | None = None
    """Giờ cứng: mục bắt đầu đúng lúc này, không nối theo mục trước."""

    def piece(self, starts_at: datetime) -> Piece:
        """Phần mà phép xếp vừa giờ cần, khi khoảng xếp bắt đầu lúc ``starts_at``."""
        hard_ms = None if self.hard_at is None else max(0, (self.hard_at - starts_at) // timedelta(milliseconds=1))
        return Piece(self.item_id, self.kind, self.planned_ms, self.priority, self.by_person, hard_ms, self.reform)

    @property
    def loops(self) -> bool:
        """Nhạc đệm: lặp và cắt theo độ dài."""
        return self.kind is ItemKind.FILLER

    def as_json(self) -> dict[str, Any]:
        """Dạng nằm trong tệp."""
        times = {name: at.isoformat() if (at := getattr(self, name)) else None for name in ("valid_from", "valid_to", "hard_at")}
        return {**vars(self), **times, "audio": [vars(one) for one in self.audio], "zone_ids": list(self.zone_ids)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Lỗi: ``KeyError``, ``TypeError``, ``ValueError`` khi không đúng dạng."""
        read = {
            "kind": ItemKind(value["kind"]),
            "priority": Priority(value["priority"]),
            "audio": tuple(Audio(**one) for one in value["audio"]),
            "zone_ids": tuple(value["zone_ids"]),
            **{name: date.fromisoformat(value[name]) if value[name] else None for name in ("valid_from", "valid_to")},
            "hard_at": datetime.fromisoformat(value["hard_at"]) if value["hard_at"] else None,
        }
        return cls(**{**value, **read})


@dataclass(frozen=True)
class Rundown:
    """Một buổi; ``off``: buổi đã bị huỷ."""

    programme: ProgrammeBody
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    items: tuple[RundownItem, ...]
    paths: tuple[OutputPath, ...]
    zone_ids: tuple[int, ...] = ()
    quiet: QuietHours | None = None
    """Giờ yên tĩnh; ``None`` là buổi diễn tập, không mở loa nên giờ nào cũng được."""
    off: bool = False
    version: int = 0

    @property
    def programme_id(self) -> int:
        """Mã buổi."""
        return self.programme["id"]

    def as_json(self) -> dict[str, Any]:
        """Dạng nằm trong tệp."""
        return {
            **vars(self),
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "items": [item.as_json() for item in self.items],
            "paths": [path.as_json() for path in self.paths],
            "zone_ids": list(self.zone_ids),
            "quiet": _quiet_json(self.quiet),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Lỗi: ``KeyError``, ``TypeError``, ``ValueError`` khi không đúng dạng."""
        read = {
            "mode": Mode(value["mode"]),
            "starts_at": datetime.fromisoformat(value["starts_at"]),
            "ends_at": datetime.fromisoformat(value["ends_at"]),
            "items": tuple(RundownItem.from_json(item) for item in value["items"]),
            "paths": tuple(OutputPath.from_json(path) for path in value["paths"]),
            "zone_ids": tuple(value["zone_ids"]),
            "quiet": _quiet(value["quiet"]),
        }
        return cls(**{**value, **read})


class Shelf:
    """Giá để các bản phát của một trạm phát: một người viết, một người đọc, khác tiến trình."""

    def __init__(self, folder: FilePath) -> None:
        """``folder`` có thể chưa có."""
        self._folder = folder
        self._names: frozenset[str] = frozenset()
        self._rundowns: dict[int, Rundown] = {}
        self._network: Network | None = None
        self._written: dict[str, str] = {}

    def refresh(self) -> bool:
        """Đọc lại nếu có tệp mới; trả về có gì đổi không. Tệp hỏng thì dùng bản trước nó."""
        names = frozenset(path.name for path in self._folder.glob("*.json") if not path.name.startswith("."))
        if names == self._names:
            return False
        newest: dict[str, tuple[int, dict[str, Any]]] = {}
        for name in sorted(names, reverse=True):
            subject, _, version = name.removesuffix(".json").rpartition("-")
            if subject not in newest and (value := _read(self._folder / name)) is not None:
                newest[subject] = int(version), value
        self._names = names
        network = newest.pop(NETWORK, None)
        self._network = Network.from_json(network[1]) if network else self._network
        rundowns = [Rundown.from_json({**value, "version": version}) for version, value in newest.values()]
        self._rundowns = {rundown.programme_id: rundown for rundown in rundowns}
        return True

    def rundowns(self) -> list[Rundown]:
        """Mọi buổi đang có, theo giờ phát."""
        return sorted(self._rundowns.values(), key=lambda one: (one.starts_at, one.programme_id))

    def rundown(self, programme_id: int) -> Rundown | None:
        """Một buổi."""
        return self._rundowns.get(programme_id)

    @property
    def network(self) -> Network | None:
        """Mạng loa; chưa ai viết thì ``None``."""
        return self._network

    def put(self, rundown: Rundown) -> bool:
        """Viết bản mới nếu nội dung đã đổi; trả về có viết không. Lỗi: ``OSError``."""
        return self._put(str(rundown.programme_id), {**rundown.as_json(), "version": 0})

    def put_network(self, network: Network) -> bool:
        """Như ``put``."""
        return self._put(NETWORK, network.as_json())

    def sweep(self, keep: set[int]) -> None:
        """Bỏ các buổi không còn trong ``keep``, và tệp tạm mồ côi: giá chỉ có một người viết, mà người ấy đang không viết gì."""
        for orphan in self._folder.glob(".*.part.json"):
            orphan.unlink(missing_ok=True)
        for path in self._folder.glob("*-*.json"):
            subject = path.name.rpartition("-")[0]
            if subject != NETWORK and subject.isdigit() and int(subject) not in keep:
                path.unlink(missing_ok=True)
                self._written.pop(subject, None)

    def _put(self, subject: str, value: Mapping[str, Any]) -> bool:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if subject not in self._written:
            self._written[subject] = self._known_digest(subject)
        if self._written[subject] == digest:
            return False
        older = self._versions(subject)
        version = int(older[-1].stem.rpartition("-")[2]) + 1 if older else 1
        with whole_file(self._folder / f"{subject}-{version:08}.json") as temporary:
            temporary.write_text(f"{digest}\n{text}", "utf-8")
        self._written[subject] = digest
        for path in older[: 1 - _KEPT or None]:
            path.unlink(missing_ok=True)
        return True

    def _versions(self, subject: str) -> list[FilePath]:
        return sorted(self._folder.glob(f"{subject}-*.json"))

    def _known_digest(self, subject: str) -> str:
        older = self._versions(subject)
        return older[-1].read_text("utf-8").partition("\n")[0] if older and _read(older[-1]) is not None else ""


def quiet_at(rundown: Rundown, at: datetime) -> bool:
    """Giờ yên tĩnh có cấm buổi này lúc ``at`` không."""
    return rundown.quiet is not None and rundown.quiet.quiet_at(at)


def _read(path: FilePath) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        digest, _, text = path.read_text("utf-8").partition("\n")
        if hashlib.sha256(text.encode()).hexdigest() == digest:
            found: dict[str, Any] = json.loads(text)
            return found
    log.error("bản phát hỏng, dùng bản trước nó", tep=path.name)
    return None


def _quiet_json(quiet: QuietHours | None) -> dict[str, Any] | None:
    if quiet is None:
        return None
    spans = [[span.starts_at.isoformat(), span.ends_at.isoformat()] for span in quiet.exceptions]
    return {"starts": quiet.starts.isoformat(), "ends": quiet.ends.isoformat(), "zone": quiet.zone.key, "exceptions": spans}


def _quiet(value: Mapping[str, Any] | None) -> QuietHours | None:
    if value is None:
        return None
    spans = tuple(Span(*map(datetime.fromisoformat, span)) for span in value["exceptions"])
    starts, ends = time.fromisoformat(value["starts"]), time.fromisoformat(value["ends"])
    return QuietHours(starts=starts, ends=ends, zone=ZoneInfo(value["zone"]), exceptions=spans)
