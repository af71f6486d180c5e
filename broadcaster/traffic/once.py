"""Phát một lần: một ngày, một giờ, một chương trình hay một bản tin; không phải lập khung giờ rồi nhớ đóng nó lại."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic import candidates
from broadcaster.traffic.autofill import Candidate, Paths
from broadcaster.traffic.calendar import day_rules, quiet_hours, slot_rule, slots_between, zone_of, zones_on
from broadcaster.traffic.editing import add_script
from broadcaster.traffic.enums import ItemKind
from broadcaster.traffic.format_presets import ONCE
from broadcaster.traffic.formats import default_format, length_on
from broadcaster.traffic.planning import create
from broadcaster.traffic.quiet import QuietHours
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Format, Programme
from broadcaster.traffic.timetable import DAY, Occurrence, days, local_day, occurrence, occurrences, shares_path

_STEP_MS = 5_000
"""Buổi của một bản tin dài tới bội số này, để chỗ làm tròn không cắt mất nhạc hiệu kết."""
_LOOKED_AT = 7 * DAY
_USUAL = time(17)
"""Ngày không có buổi nào thì đề nghị giờ này."""
_AFTER = timedelta(minutes=1)
_ROUND = timedelta(minutes=5)


@dataclass(frozen=True)
class OnceForm:
    """Điều người dùng nhập: chọn ``format_id`` (máy xếp theo khuôn) hoặc ``script_id`` (chỉ bản tin ấy)."""

    day: date
    at: time
    format_id: int | None = None
    script_id: int | None = None


def air_once(session: Session, actor: Actor, form: OnceForm, *, now: datetime, paths: Paths | None = None) -> Programme:
    """Một buổi duy nhất, được lập ngay dù ngày ấy còn xa.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Invalid`` khi đã qua, đè buổi khác hay chạm giờ yên tĩnh; ``Conflict`` khi bản tin
    chưa được duyệt hoặc hết hiệu lực vào ngày ấy.
    """
    actor.require(Action.SLOT_EDIT)
    wanted = slot_form(session, actor, form, now=now)
    if form.script_id is not None:
        wanted = replace(wanted, format_id=default_format(session, actor.station_id, ONCE).id)
    slot = create_slot(session, actor, wanted, now=now, paths=paths)
    one = occurrence(slot_rule(slot), form.day, zone_of(session, actor.station_id))
    programme = create(session, actor.station_id, one, now)
    assert programme is not None  # khung giờ vừa lập trong chính giao dịch này
    if form.script_id is not None:
        call_id = next((item.id for item in programme.items if item.kind is ItemKind.TEMPLATE), None)
        add_script(session, actor, programme.id, form.script_id, after_id=call_id, version=programme.version, now=now)
    return programme


def slot_form(session: Session, actor: Actor, form: OnceForm, *, now: datetime) -> SlotForm:
    """Khung giờ của đúng một ngày ứng với ``form``; không ghi gì. Lỗi: như ``air_once``."""
    if form.script_id is None and form.format_id is None:
        raise Invalid(problems={"what": "Hãy chọn phát gì: một chương trình theo khuôn, hay một bản tin."})
    if datetime.combine(form.day, form.at, tzinfo=zone_of(session, actor.station_id)) <= now:
        raise Invalid(problems={"day": "Lúc ấy đã qua. Hãy chọn ngày giờ sắp tới, hoặc dùng Phát khẩn cấp nếu phải phát ngay."})
    weekday = str(form.day.isoweekday())
    if form.script_id is not None:
        one = _approved(session, actor, form.script_id, form.day)
        zone_ids = _own_zones(session, actor.station_id, one, form.day)
        name, length_ms = f"Phát một lần: {one.title}", _length_ms(one)
    else:
        chosen = owned(session, Format, form.format_id or 0, actor)
        zone_ids, name, length_ms = (), f"Phát một lần: {chosen.name}", length_on(chosen.segments, weekday)
    return SlotForm(name, form.at, length_ms, weekday, form.format_id, zone_ids, valid_from=form.day, valid_to=form.day)


@dataclass
class Openings:
    """Khe còn trống của bảy ngày tới, để đề nghị giờ phát một lần: dữ liệu đọc một lần cho cả trang."""

    session: Session
    station_id: int
    now: datetime
    paths: Paths | None
    quiet: QuietHours = field(init=False)
    busy: list[tuple[Occurrence, frozenset[int]]] = field(init=False)

    def __post_init__(self) -> None:
        """Đọc lịch của bảy ngày."""
        self.quiet = quiet_hours(self.session, self.station_id, self.now)
        first = local_day(self.now, self.quiet.zone)
        last = first + _LOOKED_AT
        rules = {slot.id: slot_rule(slot) for slot in slots_between(self.session, self.station_id, first, last)}
        found = occurrences(
            list(rules.values()), day_rules(self.session, self.station_id, first, last), first, last, self.quiet.zone
        )
        self.busy = [(one, rules[one.slot_id].zones) for one in found]
        self._from = self.now + timedelta(minutes=settings.get(self.session, self.station_id, settings.PREPARE_BEFORE_MIN))

    def first_for(self, one: Candidate) -> datetime | None:
        """Lúc sớm nhất phát riêng được bản tin: ngay sau một buổi đã có, không đè buổi nào, ngoài giờ yên tĩnh, còn hiệu lực."""
        first = max(local_day(self._from, self.quiet.zone), one.valid_from or date.min)
        last = min(local_day(self.now, self.quiet.zone) + _LOOKED_AT, one.valid_to or date.max)
        length = timedelta(milliseconds=_length_ms(one))
        for day in days(first, last):
            for at in self._after_programmes(day):
                if at > self._from and not self.quiet.touches(at, at + length) and self._free(at, at + length, one.zones):
                    return at
        return None

    def _after_programmes(self, day: date) -> Iterator[datetime]:
        ends = [one.ends_at for one, _ in self.busy if one.day == day]
        for end in ends:
            yield datetime.fromtimestamp(-(-(end + _AFTER).timestamp() // _ROUND.total_seconds()) * _ROUND.total_seconds(), UTC)
        yield datetime.combine(day, _USUAL, tzinfo=self.quiet.zone).astimezone(UTC)

    def _free(self, at: datetime, until: datetime, zones: frozenset[int]) -> bool:
        return not any(
            one.starts_at < until and at < one.ends_at and shares_path(zones, taken, self.paths) for one, taken in self.busy
        )


def _length_ms(one: Candidate) -> int:
    frame = ONCE.length_ms - ONCE.open_ms
    return -(-(frame + one.length_ms) // _STEP_MS) * _STEP_MS


def _own_zones(session: Session, station_id: int, one: Candidate, day: date) -> tuple[int, ...]:
    """TDP của bản tin riêng vài TDP; bản tin của cả phường thì rỗng."""
    valid = [zone.id for zone in zones_on(session, station_id, day)]
    own = [zone_id for zone_id in valid if zone_id in one.zones]
    return () if len(own) == len(valid) else tuple(own)


def stock_on(session: Session, actor: Actor, day: date) -> list[Candidate]:
    """Bản tin đã duyệt còn hiệu lực từ ``day`` trở đi, để chọn. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    return candidates.candidates(session, actor.station_id, day)


def _approved(session: Session, actor: Actor, script_id: int, day: date) -> Candidate:
    found = (one for one in stock_on(session, actor, day) if one.script_id == script_id and one.valid_on(day))
    one = next(found, None)
    if one is None:
        raise Conflict("Bản tin này chưa được duyệt, đã rút hoặc hết hiệu lực vào ngày ấy.")
    return one
