"""Hai tổ dân phố nghe hai buổi khác nhau cùng lúc; giọng qua mạng hỏng giữa chừng; mục đã gỡ không quay lại."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.service.assembly import open_database
from broadcaster.service.folders import capture_folder, open_library
from broadcaster.sound.outputs.segments import read_capture
from broadcaster.sound.voices.espeak import EspeakWorker
from tests.end_to_end.browser import first, option
from tests.end_to_end.house import NEVER_QUIET, House, house
from tests.end_to_end.test_walk import Team, add_slot, decide, persist, programme, team, verify, wait_until_closed, write
from tests.support.google_standin import CERTIFICATE, Fault, GoogleStandIn
from tests.support.hearing import likeness
from tests.support.waiting import eventually, slowness

WEST, EAST, LATER = "Tin phía tây", "Tin phía đông", "Tin đến sau"
LONG = (
    "Tin phía đông. Ủy ban nhân dân phường mời bà con tổ dân phố số hai tới nhà văn hoá tối thứ Sáu để nghe giải đáp. "
    "Bộ phận một cửa hướng dẫn nộp hồ sơ trên môi trường điện tử, mang theo căn cước công dân và điện thoại đã đăng ký. "
    "Tổ công nghệ số cộng đồng tới từng nhà giúp người cao tuổi."
)


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with closing(EspeakWorker()) as worker, GoogleStandIn(worker) as stand_in:
        yield stand_in


@dataclass(frozen=True)
class Aired:
    """Một bản tin đã phát, đọc từ nhật ký."""

    airing: Airing
    body: dict[str, Any]


@pytest.mark.timeout(1200)
def test_two_neighbourhoods_hear_two_programmes_and_one_voice_each(tmp_path: Path, google: GoogleStandIn) -> None:
    settings = {**NEVER_QUIET, 'authority = ""': f'authority = "{CERTIFICATE}"'}
    with house(tmp_path, voices='["gtts:vi", "espeak:vi-bac"]', environment=google.environment, settings=settings) as place:
        people = team(place)
        zones = _two_zones(people)
        write(people.lan, WEST, tdp=zones[0])
        decide(people.trang, WEST, approve=True)
        google.misbehave(Fault.PAGE, from_request=len(google.chunks) + 3)
        write(people.lan, EAST, tdp=zones[1], noi_dung=LONG)
        decide(people.trang, EAST, approve=True)
        google.behave()
        asked = len(google.chunks)
        assert asked >= 4, "giọng qua mạng phải hỏng giữa bản tin, không phải từ đầu"

        starts_at = add_slot(people.hung, seconds_ahead=35 * slowness(), name="Buổi tây", tdp=zones[0])
        add_slot(people.hung, starts_at=starts_at, name="Buổi đông", tdp=zones[1])
        paths = [programme(people.hung, name) for name in ("Buổi tây", "Buổi đông")]
        _a_drop_is_respected(people, zones[0])
        for path in paths:
            wait_until_closed(people.hung, path)
        _judge(place)
        verify(place)


def _two_zones(people: Team) -> tuple[str, str]:
    """Hai TDP, hai đường ra, mỗi TDP một cụm loa; trả về mã hai TDP."""
    people.hung.post("/dai/tdp", {"tdp": "Tổ dân phố số 1\nTổ dân phố số 2"})
    people.hung.post("/dai/loa/duong-ra", {"ten": "Đường ra phía đông", "mo_truoc": "3"})
    page = people.hung.get("/dai/loa")
    zones = option("tdp_moi", "Tổ dân phố số 1", page), option("tdp_moi", "Tổ dân phố số 2", page)
    for number, (zone, output) in enumerate(zip(zones, ("Đường ra chính", "Đường ra phía đông"), strict=True), start=1):
        form = {"ma": f"CL0{number}", "ten": f"Cụm {number}", "tdp": zone, "duong": option("duong_moi", output, page)}
        people.hung.post("/dai/loa/cum", {f"{name}_moi": value for name, value in form.items()})
    return zones


def _a_drop_is_respected(people: Team, zone: str) -> None:
    """Gỡ ``WEST`` khỏi buổi ngày mai, rồi duyệt một bản khác: máy xếp bản mới, không đưa bản đã gỡ trở lại."""
    path = eventually(lambda: _tomorrow(people), what="buổi ngày mai")
    eventually(lambda: WEST in _run_order(people, path), what=f"buổi ngày mai có {WEST}")
    row = next(row for row in re.findall(r'(?s)<li id="muc-.*?</li>', people.hung.get(path)) if WEST in row)
    persist(people.hung, f"{path}/go", path, item=first(r'name="item" value="(\d+)"', row))
    write(people.lan, LATER, tdp=zone)
    decide(people.trang, LATER, approve=True)
    eventually(lambda: LATER in _run_order(people, path), what="máy xếp bản tin mới vào buổi ngày mai")
    assert WEST not in _run_order(people, path)


def _tomorrow(people: Team) -> str:
    days = people.hung.get("/lich-phat").split("<h2>")[2:]
    found = [re.search(r'href="(/chuong-trinh/\d+)"><strong>[\d:]+</strong> Buổi tây', day) for day in days]
    return next((match[1] for match in found if match), "")


def _run_order(people: Team, path: str) -> str:
    """Thứ tự phát của trang buổi, không kể mục đã gỡ và danh sách thêm."""
    return first(r'(?s)<ol class="order"[^>]*>(.*?)</ol>', people.hung.get(path))


def _judge(place: House) -> None:
    """Mỗi đường ra vang đúng bản tin của mình, đúng lúc nhật ký ghi, và không vang bản của đường kia."""
    library = open_library(place.config)
    aired = _scripts(place)
    assert sorted(aired) == sorted([WEST, EAST])
    for output_id, (title, other) in enumerate(((WEST, EAST), (EAST, WEST)), start=1):
        airing, body = aired[title].airing, aired[title].body
        assert airing.result is Result.FULL
        assert [one["code"] for one in body["deliveries"]] == [f"CL0{output_id}"]
        assert airing.started_at is not None
        start = airing.started_at
        samples, first_at = read_capture(
            capture_folder(place.config),
            output_id,
            start - timedelta(seconds=1),
            start + timedelta(milliseconds=airing.heard_ms + 1000),
        )
        score, at = likeness(library.samples(body["item"]["audio_sha256"]), samples)
        onset = first_at + timedelta(seconds=at)
        assert score > 0.95, title
        assert abs((onset - start).total_seconds()) <= 0.1, title
        assert likeness(library.samples(aired[other].body["item"]["audio_sha256"]), samples)[0] < 0.3, "không lẫn buổi kia"
    assert (_engine(aired[WEST]), _engine(aired[EAST])) == ("gtts:vi", "espeak:vi-bac")


def _engine(aired: Aired) -> str:
    engine: str = aired.body["item"]["voice"]["engine"]
    return engine


def _scripts(place: House) -> dict[str, Aired]:
    found: dict[str, Aired] = {}
    with closing(open_database(place.config)) as database, database.reading() as session:
        for airing in session.scalars(select(Airing).where(Airing.script_id.is_not(None))):
            query = select(LogEntry.body).where(LogEntry.item_id == airing.item_id, LogEntry.event == Event.ITEM_ARMED)
            assert airing.title not in found, "không bản tin nào vang hai lần"
            found[airing.title] = Aired(airing, json.loads(session.scalars(query).one()))
        session.expunge_all()
    return found
