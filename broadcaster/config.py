"""config.toml: đọc, kiểm từng khoá, và nói bằng lời chỗ nào sai, sửa thế nào.

Phần máy được đọc mỗi lần khởi động; ``[station]`` chỉ nạp một lần, sau đó cơ sở dữ liệu là sự thật.
"""

from __future__ import annotations

import difflib
import os
import shlex
import ssl
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from broadcaster.errors import ConfigWrong

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Port = Annotated[int, Field(ge=1, le=65535)]


def _known_timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("không phải tên múi giờ, ví dụ đúng: Asia/Ho_Chi_Minh") from error
    return value


def _known_weekdays(value: str) -> str:
    if not value or set(value) - set("1234567") or len(set(value)) < len(value):
        raise ValueError("phải là các số từ 1 (thứ Hai) đến 7 (Chủ nhật), mỗi số một lần, ví dụ 12345")
    return value


def _local_time(value: time) -> time:
    if value.tzinfo is not None or value.microsecond:
        raise ValueError('phải là giờ của đài dạng "06:00", không kèm múi giờ')
    return value


LocalTime = Annotated[time, AfterValidator(_local_time)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSection(_Section):
    """Nơi giữ dữ liệu và âm thanh."""

    folder: Path = Path("data")
    audio: Path = Path("audio")
    database: str = ""


class WebSection(_Section):
    """Trang web."""

    host: Name = "127.0.0.1"
    port: Port = 8000
    names: tuple[str, ...] = ()
    https: bool = False
    proxies: tuple[str, ...] = ()
    session_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 12


class PlayoutSection(_Section):
    """Phòng phát sóng."""

    port: Port = 8001
    player: str = ""


class StudioSection(_Section):
    """Phòng thu."""

    voices: Annotated[tuple[str, ...], Field(min_length=1)] = ("gtts:vi", "espeak:vi-bac")
    google_tld: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(\.[a-z]{2})?$")] = "com.vn"
    online_timeout_s: Annotated[float, Field(gt=0, le=120)] = 8
    authority: str = ""


class LogSection(_Section):
    """Nhật ký máy."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file_mb: Annotated[int, Field(ge=1, le=1000)] = 5
    files: Annotated[int, Field(ge=1, le=100)] = 5


class BackupSection(_Section):
    """Sao lưu hằng đêm."""

    folder: Path = Path("data/backup")
    at: LocalTime = time(2, 30)
    keep: Annotated[int, Field(ge=1, le=1000)] = 14
    recipients: tuple[Annotated[str, StringConstraints(pattern=r"^age1[0-9a-z]{58}$")], ...] = ()


class MailSection(_Section):
    """Thư đi của đài; để trống ``to`` là không gửi."""

    to: tuple[Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()
    host: str = ""
    port: Port = 587
    sender: str = ""
    user: str = ""
    password_file: str = ""
    starttls: bool = True


class SendSection(_Section):
    """Một máy khác nhận mốc (đài bạn, máy của tỉnh); khoá chung ở ``secret_file`` của cả hai bên."""

    name: Name
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    secret_file: Name


class ReceiveSection(_Section):
    """Một đài gửi mốc cho máy này giữ hộ."""

    code: Code
    secret_file: Name


class StampSection(_Section):
    """Nơi cấp dấu thời gian RFC 3161; ``url`` rỗng là không dùng. ``roots``: tệp PEM các chứng thư gốc của nơi ấy."""

    url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = ""
    roots: str = ""


class AnchorsSection(_Section):
    """Đầu chuỗi nhật ký gửi ra ngoài tay chủ máy."""

    folders: tuple[Path, ...] = ()
    mail: MailSection = MailSection()
    stamp: StampSection = StampSection()
    send: tuple[SendSection, ...] = ()
    receive: tuple[ReceiveSection, ...] = ()
    remind_days: Annotated[int, Field(ge=1, le=365)] = 3


class SiteSection(_Section):
    """Trang *Nghe lại* cho trang thông tin của phường; ``folder`` rỗng là không dùng."""

    folder: str = ""
    address: str = ""
    days: Annotated[int, Field(ge=1, le=3650)] = 60


def _splits(value: str) -> str:
    try:
        shlex.split(value)
    except ValueError as error:
        raise ValueError("lệnh có dấu ngoặc chưa đóng") from error
    return value


class AmplifierSection(_Section):
    """Lệnh bật, tắt một máy tăng âm; chạy bằng tài khoản của đài, không qua shell."""

    on: Annotated[str, AfterValidator(_splits)] = ""
    off: Annotated[str, AfterValidator(_splits)] = ""


class ZoneSection(_Section):
    """Một tổ dân phố."""

    code: Code
    name: Name


class OutputSection(_Section):
    """Một đường ra."""

    name: Name
    lead_ms: Annotated[int, Field(ge=0, le=60_000)] = 3000


class ClusterSection(_Section):
    """Một cụm loa."""

    code: Code
    name: Name
    zone: Code
    output: Name


class ColumnSection(_Section):
    """Một chuyên mục."""

    code: Code
    name: Name
    reform: bool = False


class SlotSection(_Section):
    """Một khung giờ."""

    name: Name
    start: LocalTime
    minutes: Annotated[float, Field(ge=0.5, le=240)]
    weekdays: Annotated[str, AfterValidator(_known_weekdays)] = "12345"
    zones: tuple[Code, ...] = ()


class TopicSection(_Section):
    """Một nội dung kế hoạch."""

    code: Code
    title: Name
    target: Annotated[int, Field(ge=0, le=10_000)] | None = None


class PlanSection(_Section):
    """Kế hoạch tuyên truyền CCHC."""

    number: Name
    issued_on: date
    year: Annotated[int, Field(ge=2000, le=2100)]
    title: Name
    topics: tuple[TopicSection, ...] = ()


class StationSection(_Section):
    """Đài, theo kế hoạch; nạp một lần."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    name: Name
    timezone: Annotated[str, AfterValidator(_known_timezone)] = "Asia/Ho_Chi_Minh"
    ward: Name
    parent: str = ""
    province: str = ""
    names_valid_from: date
    quiet_from: LocalTime = time(21)
    quiet_to: LocalTime = time(6)
    zones: tuple[ZoneSection, ...] = ()
    outputs: Annotated[tuple[OutputSection, ...], Field(min_length=1)]
    clusters: tuple[ClusterSection, ...] = ()
    columns: tuple[ColumnSection, ...] = ()
    slots: tuple[SlotSection, ...] = ()
    plan: PlanSection | None = None


class Config(_Section):
    """Toàn bộ tệp; ``file`` là nơi đã đọc, đường dẫn tương đối tính từ thư mục của nó."""

    data: DataSection = DataSection()
    web: WebSection = WebSection()
    playout: PlayoutSection = PlayoutSection()
    studio: StudioSection = StudioSection()
    log: LogSection = LogSection()
    backup: BackupSection = BackupSection()
    anchors: AnchorsSection = AnchorsSection()
    site: SiteSection = SiteSection()
    amplifiers: dict[Name, AmplifierSection] = {}
    station: StationSection
    file: Path

    @property
    def data_folder(self) -> Path:
        """Thư mục dữ liệu, đường dẫn đầy đủ."""
        return (self.file.parent / self.data.folder).resolve()

    @property
    def audio_folder(self) -> Path:
        """Thư mục âm thanh, đường dẫn đầy đủ."""
        return (self.file.parent / self.data.audio).resolve()

    @property
    def backup_folder(self) -> Path:
        """Thư mục các bản sao lưu, đường dẫn đầy đủ."""
        return (self.file.parent / self.backup.folder).resolve()

    @property
    def anchor_folders(self) -> list[Path]:
        """Các thư mục ngoài nhận mốc neo, đường dẫn đầy đủ."""
        return [(self.file.parent / folder).resolve() for folder in self.anchors.folders]

    def secret(self, name: str) -> str:
        """Nội dung một tệp khoá hay mật khẩu nêu trong cấu hình. Lỗi: ``ConfigWrong`` khi không đọc được hoặc trống."""
        path = (self.file.parent / name).resolve()
        try:
            found = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigWrong(f"Không đọc được tệp khoá {path}. Hãy tạo tệp ấy, chỉ tài khoản chạy đài đọc được.") from error
        if not found:
            raise ConfigWrong(f"Tệp khoá {path} trống. Hãy ghi khoá vào một dòng.")
        return found

    @property
    def site_folder(self) -> Path | None:
        """Thư mục trang Nghe lại, đường dẫn đầy đủ; không dùng thì ``None``."""
        return (self.file.parent / self.site.folder).resolve() if self.site.folder else None

    @property
    def authority(self) -> Path | None:
        """Tệp PEM của nơi cấp chứng thư mà đài tin thêm, đường dẫn đầy đủ; không có thì ``None``."""
        return (self.file.parent / self.studio.authority).resolve() if self.studio.authority else None

    @property
    def database_url(self) -> str:
        """Địa chỉ cơ sở dữ liệu; mặc định là SQLite trong thư mục dữ liệu."""
        return self.data.database or f"sqlite:///{(self.data_folder / 'broadcaster.db').as_posix()}"


WEB_PORT, LOOPBACK_PORT = "BROADCASTER_WEB_PORT", "BROADCASTER_PLAYOUT_PORT"
"""Biến môi trường thay cổng trong tệp cho một lần chạy."""


def load(file: Path) -> Config:
    """Đọc ``file``; cổng theo biến môi trường nếu có. Lỗi: ``ConfigWrong`` nêu mọi chỗ sai cùng lúc, bằng tiếng Việt."""
    try:
        raw = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigWrong(f"Không thấy tệp {file}. Hãy chép config.toml mẫu vào đó rồi chạy lại.") from error
    except UnicodeDecodeError as error:
        raise ConfigWrong(f"Tệp {file} không phải UTF-8. Hãy mở bằng Notepad, chọn Lưu thành… và mã UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigWrong(f"Tệp {file} viết sai cú pháp: {error}. Hãy xem lại dấu ngoặc kép, dấu bằng ở dòng ấy.") from error
    for section, name in (("web", WEB_PORT), ("playout", LOOPBACK_PORT)):
        if name in os.environ:
            raw.setdefault(section, {})["port"] = int(os.environ[name]) if os.environ[name].isdecimal() else os.environ[name]
    try:
        config = Config.model_validate({**raw, "file": file.resolve()})
    except ValidationError as error:
        problems = "\n".join(f"  - {_explain(dict(problem))}" for problem in error.errors())
        raise ConfigWrong(f"Tệp {file} có chỗ cần sửa:\n{problems}") from error
    _check_references(config)
    _check_authority(config)
    return config


_REASONS = {
    "missing": "thiếu khoá này, hãy thêm vào",
    "int_parsing": "phải là số nguyên",
    "int_type": "phải là số nguyên",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "string_type": 'phải là chữ trong ngoặc kép "…"',
    "string_too_short": "không được để trống",
    "too_short": "cần ít nhất một mục",
    "time_parsing": 'phải là giờ dạng "06:00"',
    "date_from_datetime_parsing": "phải là ngày dạng 2025-01-21",
    "date_type": "phải là ngày dạng 2025-01-21",
}


def _explain(problem: dict[str, Any]) -> str:
    location = [str(part) for part in problem["loc"]]
    where = ".".join(location)
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"[{where}] không phải khoá nào ta biết{_suggestion(location)}"
    if kind == "string_pattern_mismatch":
        return f"[{where}] giá trị “{problem['input']}” không đúng dạng"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        limit = next(iter(problem["ctx"].values()))
        return f"[{where}] phải {'lớn hơn hoặc bằng' if 'greater' in kind else 'nhỏ hơn hoặc bằng'} {limit}"
    return f"[{where}] {_REASONS.get(kind) or problem['msg'].removeprefix('Value error, ')}"


def _suggestion(location: list[str]) -> str:
    section: Any = Config
    for part in location[:-1]:
        field = getattr(section, "model_fields", {}).get(part)
        section = field.annotation if field else None
    near = difflib.get_close_matches(location[-1], getattr(section, "model_fields", {}), n=1)
    return f"; có phải bạn muốn viết “{near[0]}”?" if near else "; hãy xoá hoặc sửa tên"


def _check_authority(config: Config) -> None:
    """Tệp chứng thư hỏng mà chỉ lộ ra lúc đọc thì giọng qua mạng mất cả đêm."""
    if config.authority is None:
        return
    try:
        ssl.create_default_context(cafile=str(config.authority))
    except (OSError, ssl.SSLError) as error:
        raise ConfigWrong(
            f"[studio.authority] không đọc được chứng thư PEM trong {config.authority}. Hãy kiểm tra lại tệp."
        ) from error


def _check_references(config: Config) -> None:
    station = config.station
    zones = {zone.code for zone in station.zones}
    outputs = {output.name for output in station.outputs}
    problems = [
        f"  - cụm loa {cluster.code}: chưa có {what} “{value}” trong danh sách"
        for cluster in station.clusters
        for what, value, known in (("tổ dân phố", cluster.zone, zones), ("đường ra", cluster.output, outputs))
        if value not in known
    ]
    problems += [
        f"  - khung giờ {slot.name}: chưa có tổ dân phố “{zone}” trong danh sách"
        for slot in station.slots
        for zone in slot.zones
        if zone not in zones
    ]
    if problems:
        raise ConfigWrong(f"Tệp {config.file} có chỗ cần sửa:\n" + "\n".join(problems))
