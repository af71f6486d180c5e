"""Hai đài trên một máy, và hai đài trong một cơ sở dữ liệu, bằng tiến trình thật: nút sống của đài này không chạm đài kia."""

from __future__ import annotations

import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.errors import OutputFailed
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.service.assembly import open_database
from broadcaster.service.folders import instance_secret
from tests.end_to_end.browser import Person, first
from tests.end_to_end.house import House, house
from tests.support.waiting import eventually

BUTTONS = (Event.SILENCED, Event.SILENCE_LIFTED, Event.PATH_TESTED, Event.URGENT_ORDERED, Event.URGENT_STOPPED)
AWAY = (502, 503)
"""Máy phát ở đây không phải của đài người bấm."""


@pytest.mark.timeout(1_200)
def test_the_live_buttons_of_one_station_never_reach_the_other(tmp_path: Path) -> None:
    with house(tmp_path / "mot", patience_s=300) as here, house(tmp_path / "hai", patience_s=300) as there:
        ours, theirs = operator(here), operator(there)
        for person in (ours, theirs):
            eventually(lambda who=person: "Đang nghỉ" in who.get("/truc-tiep"), seconds=120, what="phòng phát sóng sẵn sàng")  # type: ignore[misc]
        assert pressed(theirs)["/im-lang"] == 303
        eventually(lambda: happened(there) != [], seconds=120, what="nút của đài kia vào nhật ký của nó")
        with pytest.raises(OutputFailed):
            PlayoutClient(there.config.playout.port, instance_secret(here.config), there.config.station.code).state()
        add_station(here)
        keeper = here.person("quantri")
        keeper.post(first(r'action="(/tai-khoan/dai/\d+)"', keeper.get("/tai-khoan")), {})
        assert "Bạch Sam" in keeper.get("/dai")
        refused = pressed(keeper)
        assert refused.pop("/im-lang") in AWAY
        assert set(refused.values()) <= {*AWAY, 403, 404}, refused
        assert "Đang im lặng" not in ours.get("/truc-tiep")
        assert happened(here) == [], "không nút nào của hai đài kia vào nhật ký đài này"
        assert ours.client.post("/im-lang", data={"bat": "1", "duong_ra": ""}).status_code == 200
        eventually(lambda: happened(here) != [], seconds=120, what="nút của chính mình vào nhật ký")


def operator(place: House) -> Person:
    """Người đủ vai để bấm mọi nút sống."""
    admin = place.person("quantri", place.admin_password)
    return place.person("hung", admin.add_person("hung", "Trần Văn Hùng", ["operator", "approver", "admin"]))


def pressed(person: Person) -> dict[str, int]:
    """Mọi nút sống và mã trả lời."""
    key = uuid.uuid4().hex
    order = {"key": key, "noi": "tat_ca", "nhac": "0", "cap": "3", "kieu": "loi", "noi_dung": "Cháy ở chợ."}
    posts: dict[str, dict[str, str]] = {
        "/im-lang": {"bat": "1", "duong_ra": ""},
        "/khan-cap": order,
        f"/khan-cap/{key}/dung": {},
        f"/khan-cap/{key}/chon": {"chon": "ngay"},
        "/dai/loa/duong-ra/1/thu": {},
    }
    return {path: person.client.post(path, data=form, follow_redirects=False).status_code for path, form in posts.items()}


def add_station(place: House) -> None:
    """Đài thứ hai trong cùng cơ sở dữ liệu, cùng một quản trị."""
    words = ["--ten", "Đài Truyền thanh phường Bạch Sam", "--phuong", "phường Bạch Sam", "--quan-tri", "quantri"]
    command = [sys.executable, "-m", "broadcaster", "station", "add", "bach-sam", *words, "--nguoi", "quantri"]
    subprocess.run([*command, "--config", str(place.config.file)], check=True, capture_output=True)


def happened(place: House) -> list[str]:
    """Những nút đã vào nhật ký, của bất kỳ đài nào trong cơ sở dữ liệu ấy."""
    with closing(open_database(place.config)) as database, database.reading() as session:
        return [event.value for event in session.scalars(select(LogEntry.event).where(LogEntry.event.in_(BUTTONS)))]
