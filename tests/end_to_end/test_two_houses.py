"""Hai đài trên một máy, và hai đài trong một cơ sở dữ liệu, bằng tiến trình thật: nút sống của đài này không chạm đài kia."""

from __future__ import annotations

import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.service.assembly import open_database
from tests.end_to_end.browser import Person, first
from tests.end_to_end.house import House, house
from tests.support.waiting import eventually

AWAY = (502, 503)
BUTTONS = (Event.SILENCED, Event.PATH_TESTED, Event.URGENT_ORDERED, Event.URGENT_CHOSEN, Event.URGENT_STOPPED)


@pytest.mark.timeout(400)
def test_the_live_buttons_of_one_station_never_reach_the_other(tmp_path: Path) -> None:
    with house(tmp_path / "mot") as here:
        ours = operator(here)
        eventually(lambda: "Đang nghỉ" in ours.get("/truc-tiep"), seconds=60, what="phòng phát sóng sẵn sàng")
        with house(tmp_path / "hai", loopback=here.config.playout.port) as there:
            theirs = operator(there)
            refused = pressed(theirs)
            assert set(refused.values()) <= {*AWAY, 404}, refused
        second_station(here)
        keeper = here.person("quantri")
        station = first(r'action="(/tai-khoan/dai/\d+)"', keeper.get("/tai-khoan"))
        keeper.post(station, {})
        assert "Bạch Sam" in keeper.get("/dai")
        refused = pressed(keeper)
        assert set(refused.values()) <= {*AWAY, 403, 404}, refused
        page = ours.get("/truc-tiep")
        assert "Đang nghỉ" in page
        assert "Đang im lặng" not in page
        assert happened(here) == [], "nhật ký không có nút nào của đài khác"
        assert ours.client.post("/im-lang", data={"bat": "1", "duong_ra": ""}).status_code == 200
        eventually(lambda: happened(here) != [], what="nút của chính mình vào nhật ký")


def operator(place: House) -> Person:
    """Người đủ vai để bấm mọi nút sống."""
    admin = place.person("quantri", place.admin_password)
    roles = ["operator", "approver", "admin"]
    return place.person("hung", admin.add_person("hung", "Trần Văn Hùng", roles))


def pressed(person: Person) -> dict[str, int]:
    """Mọi đường sống và mã trả lời; trang ``/truc-tiep`` luôn mở được."""
    key = uuid.uuid4().hex
    order = {"key": key, "noi": "tat_ca", "nhac": "0", "cap": "3", "kieu": "loi", "noi_dung": "Cháy ở chợ."}
    posts: dict[str, dict[str, str]] = {
        "/im-lang": {"bat": "1", "duong_ra": ""},
        "/khan-cap": order,
        f"/khan-cap/{key}/dung": {},
        f"/khan-cap/{key}/chon": {"chon": "ngay"},
        "/dai/loa/duong-ra/1/thu": {},
    }
    answers = {path: person.client.post(path, data=form, follow_redirects=False).status_code for path, form in posts.items()}
    answers["/nghe/1"] = person.client.get("/nghe/1").status_code
    assert person.client.get("/truc-tiep").status_code == httpx.codes.OK
    return answers


def second_station(place: House) -> None:
    """Lập đài thứ hai trong cùng cơ sở dữ liệu."""
    words = ["--ten", "Đài Truyền thanh phường Bạch Sam", "--phuong", "phường Bạch Sam", "--quan-tri", "quantri"]
    command = [sys.executable, "-m", "broadcaster", "station", "add", "bach-sam", *words, "--nguoi", "quantri"]
    subprocess.run([*command, "--config", str(place.config.file)], check=True, capture_output=True)


def happened(place: House) -> list[str]:
    """Những nút đã vào nhật ký của đài."""
    with closing(open_database(place.config)) as database, database.reading() as session:
        return [event.value for event in session.scalars(select(LogEntry.event).where(LogEntry.event.in_(BUTTONS)))]
