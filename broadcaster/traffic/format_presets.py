"""Khuôn có sẵn: 5, 15, 30, 60 phút, có tiếp âm, nông thôn, thiên tai, diễn tập; tạo ra rồi là của đài, sửa tuỳ ý.

Mọi thể loại có chỗ; chuyên mục CCHC thứ Ba, thứ Năm buổi chiều, phát lại sáng hôm sau (kế hoạch, phần II).
"""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.newsroom.enums import Genre
from broadcaster.sound.ident_files import Ident
from broadcaster.studio.enums import TemplateCode
from broadcaster.traffic.enums import SegmentFill, SegmentKind

COLUMN_DAYS = "24"
"""Chuyên mục CCHC: thứ Ba, thứ Năm."""
RERUN_DAYS = "35"
"""Phát lại sáng hôm sau: thứ Tư, thứ Sáu."""


@dataclass(frozen=True)
class SegmentPreset:
    """Một đoạn của khuôn có sẵn; ``sound`` là mã âm thanh, ``reform``: thuộc chuyên mục CCHC, ``rerun``: phát lại buổi trước."""

    name: str
    kind: SegmentKind
    seconds: int
    sound: str | None = None
    template: TemplateCode | None = None
    genres: frozenset[Genre] = frozenset()
    reform: bool = False
    rerun: bool = False
    weekdays: str = ""
    hard: bool = False
    fill: SegmentFill = SegmentFill.AUTO

    def on(self, weekday: str) -> bool:
        """Có mặt vào ngày ISO ấy không."""
        return not self.weekdays or weekday in self.weekdays


@dataclass(frozen=True)
class Preset:
    """Một khuôn có sẵn; ``note`` nói nó hợp với ai."""

    code: str
    name: str
    note: str
    segments: tuple[SegmentPreset, ...]

    @property
    def length_ms(self) -> int:
        """Tổng thời lượng các đoạn của thứ Hai; mọi ngày đều bằng nhau."""
        return sum(segment.seconds for segment in self.segments if segment.on("1")) * 1000

    @property
    def open_ms(self) -> int:
        """Phần dành cho tin bài của thứ Hai."""
        return sum(one.seconds for one in self.segments if one.on("1") and one.kind is SegmentKind.SCRIPTS) * 1000


def _scripts(name: str, seconds: int, *genres: Genre, weekdays: str = "") -> SegmentPreset:
    return SegmentPreset(name, SegmentKind.SCRIPTS, seconds, genres=frozenset(genres), weekdays=weekdays)


def _reform(seconds: int, *, weekdays: str = "") -> SegmentPreset:
    return SegmentPreset("Tin cải cách hành chính", SegmentKind.SCRIPTS, seconds, reform=True, weekdays=weekdays)


def _column(seconds: int) -> SegmentPreset:
    name = "Chuyên mục Cải cách hành chính"
    return SegmentPreset(name, SegmentKind.SCRIPTS, seconds, reform=True, weekdays=COLUMN_DAYS)


def _rerun(seconds: int) -> SegmentPreset:
    name = "Phát lại chuyên mục Cải cách hành chính"
    return SegmentPreset(name, SegmentKind.SCRIPTS, seconds, reform=True, rerun=True, weekdays=RERUN_DAYS)


def _relay(name: str, seconds: int) -> SegmentPreset:
    return SegmentPreset(name, SegmentKind.RELAY, seconds, hard=True)


def _music(seconds: int) -> SegmentPreset:
    return SegmentPreset("Nhạc", SegmentKind.FILLER, seconds, sound=Ident.FILLER)


_OPENING = (
    SegmentPreset("Nhạc hiệu", SegmentKind.SOUND, 15, sound=Ident.OPENING),
    SegmentPreset("Xướng đài", SegmentKind.TEMPLATE, 10, template=TemplateCode.STATION_CALL),
)
_GREETING = (*_OPENING, SegmentPreset("Lời chào", SegmentKind.TEMPLATE, 20, template=TemplateCode.OPENING))
_CLOSING = (
    SegmentPreset("Lời kết", SegmentKind.TEMPLATE, 15, template=TemplateCode.CLOSING),
    SegmentPreset("Nhạc hiệu kết", SegmentKind.SOUND, 10, sound=Ident.CLOSING),
)
_ASKED = (Genre.QA, Genre.COMPLAINT_ANSWER)
_NO_COLUMN = "13567"
_NO_RERUN = "12467"


def _quarter(column: SegmentPreset, other_days: str) -> tuple[SegmentPreset, ...]:
    return (
        _scripts("Tin", 200, Genre.NEWS),
        column,
        _reform(120, weekdays=other_days),
        _scripts("Bài", 150, Genre.FEATURE, weekdays=other_days),
        _scripts("Hỏi - đáp, trả lời phản ánh", 120, *_ASKED),
        _scripts("Thông báo", 120, Genre.NOTICE),
        _music(120),
    )


_HALF = (
    _scripts("Tin", 480, Genre.NEWS),
    _column(480),
    _reform(180, weekdays=_NO_COLUMN),
    _scripts("Bài", 300, Genre.FEATURE, weekdays=_NO_COLUMN),
    _scripts("Hỏi - đáp, trả lời phản ánh", 300, *_ASKED),
    _scripts("Thông báo", 300, Genre.NOTICE),
    _music(170),
)
_HOUR = (
    _scripts("Tin", 840, Genre.NEWS),
    _column(720),
    _reform(300, weekdays=_NO_COLUMN),
    _scripts("Bài phản ánh", 420, Genre.FEATURE, weekdays=_NO_COLUMN),
    _scripts("Bài", 600, Genre.FEATURE),
    _scripts("Hỏi - đáp, trả lời phản ánh", 480, *_ASKED),
    _scripts("Thông báo", 540, Genre.NOTICE),
    _music(350),
)

FIVE = Preset(
    "five",
    "Bản tin 5 phút",
    "Buổi ngắn: tin, bài, thông báo, hỏi - đáp chung một đoạn, và một tin cải cách hành chính.",
    (*_OPENING, _scripts("Tin, bài, thông báo, hỏi - đáp", 160), _reform(75), _music(15), *_CLOSING),
)
QUARTER_HOUR = Preset(
    "quarter",
    "Chương trình 15 phút",
    "Buổi chiều của phường: chuyên mục CCHC thứ Ba, thứ Năm.",
    (*_GREETING, *_quarter(_column(270), _NO_COLUMN), *_CLOSING),
)
QUARTER_RERUN = Preset(
    "quarter_rerun",
    "Chương trình 15 phút, phát lại chuyên mục",
    "Buổi sáng của phường: thứ Tư, thứ Sáu phát lại chuyên mục CCHC của chiều hôm trước.",
    (*_GREETING, *_quarter(_rerun(270), _NO_RERUN), *_CLOSING),
)
HALF_HOUR = Preset(
    "half",
    "Chương trình 30 phút",
    "Buổi nửa giờ: đủ mọi thể loại, chuyên mục CCHC thứ Ba, thứ Năm.",
    (*_GREETING, *_HALF, *_CLOSING),
)
HOUR = Preset(
    "hour",
    "Chương trình 60 phút",
    "Buổi một giờ: hai đoạn bài, hỏi - đáp và thông báo dài.",
    (*_GREETING, *_HOUR, *_CLOSING),
)
RELAY = Preset(
    "relay",
    "Tiếp âm VOV1 và 15 phút địa phương",
    "Buổi 30 phút có 15 phút tiếp âm đầu giờ. Chưa nối được tiếp âm thì phần ấy dành cho tin bài của phường.",
    (
        _relay("Tiếp âm VOV1", 900),
        *_GREETING,
        *_quarter(_column(270), _NO_COLUMN),
        *_CLOSING,
    ),
)
RURAL = Preset(
    "rural",
    "Nông thôn 60 phút",
    "Buổi một giờ có 30 phút tiếp âm đài tỉnh rồi tới chương trình địa phương.",
    (_relay("Tiếp âm đài tỉnh", 1_800), *_GREETING, *_HALF, *_CLOSING),
)
STORM = Preset(
    "storm",
    "Bản tin thiên tai 5 phút",
    "Phát hai giờ một lần trong bão lũ: thông báo và tin mới nhất, không nhạc nền.",
    (
        *_OPENING,
        _scripts("Thông báo, tin thiên tai", 250, Genre.NOTICE, Genre.NEWS),
        *_CLOSING,
    ),
)
REHEARSAL = Preset(
    "rehearsal",
    "Diễn tập ngắn",
    "Nghe thử cả chuỗi trong trình duyệt, không ra loa.",
    (*_GREETING, SegmentPreset("Cải cách hành chính", SegmentKind.SCRIPTS, 60, reform=True), *_CLOSING),
)
ONCE = Preset(
    "once",
    "Phát một lần",
    "Một bản tin do người chọn, giữa nhạc hiệu mở và kết.",
    (
        *_OPENING,
        SegmentPreset("Bản tin", SegmentKind.SCRIPTS, 120, fill=SegmentFill.HAND),
        SegmentPreset("Nhạc hiệu kết", SegmentKind.SOUND, 10, sound=Ident.CLOSING),
    ),
)
_ALL = (FIVE, QUARTER_HOUR, QUARTER_RERUN, HALF_HOUR, HOUR, RELAY, RURAL, STORM, ONCE, REHEARSAL)
PRESETS = {preset.code: preset for preset in _ALL}
SPECIAL = frozenset({STORM.code, ONCE.code, REHEARSAL.code})
"""Khuôn của việc riêng: không bao giờ được chọn hộ cho một khung giờ hằng ngày."""
