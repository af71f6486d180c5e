"""Cả quãng đường qua HTTP với ba người, trên tiến trình thật: từ biểu mẫu tới tiếng, tới nhật ký."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest

from broadcaster.service.folders import capture_folder
from broadcaster.sound.outputs.segments import read_capture
from tests.end_to_end.browser import Person, first, option, text_of
from tests.end_to_end.house import House, house
from tests.support.waiting import eventually, slowness

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class Team:
    """Ba người của đài, mỗi người một trình duyệt."""

    lan: Person
    trang: Person
    hung: Person


def team(place: House) -> Team:
    """Quản trị thêm ba người, mỗi người tự đổi mật khẩu."""
    admin = place.person("quantri", place.admin_password)
    one_time = {
        login: admin.add_person(login, name, [role])
        for login, name, role in (
            ("lan", "Nguyễn Thị Lan", "contributor"),
            ("trang", "Đặng Thị Minh Trang", "approver"),
            ("hung", "Trần Văn Hùng", "operator"),
        )
    }
    return Team(**{login: place.person(login, password) for login, password in one_time.items()})


def write(lan: Person, title: str, **more: object) -> None:
    """Soạn và gửi duyệt một bản tin CCHC."""
    column = option("chuyen_muc", "Cải cách hành chính", lan.get("/ban-tin/moi"))
    body = f"{title}. UBND phường Phùng Chí Kiên công khai 12 thủ tục hành chính từ ngày 21/01/2025."
    form = {"tieu_de": title, "noi_dung": body, "the_loai": "news", "chuyen_muc": column, "khong_han": "1", "viec": "gui", **more}
    assert "Đã gửi duyệt" in lan.post("/ban-tin/moi", form)


def decide(trang: Person, title: str, *, approve: bool) -> None:
    """Nghe xong mới quyết: đợi bản nghe thử có tiếng."""
    path = first(rf'href="(/duyet/\d+)">{title}<', trang.get("/duyet"))
    page = eventually(lambda: _when_made(trang, path), seconds=60, what=f"bản nghe thử của {title}")
    sound = trang.client.get(first(r'src="(/ban-ghi/\d+\.mp3)"', page))
    assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/mpeg")
    hashes = dict(re.findall(r'name="(re\w+_sha256)" value="(\w+)"', page))
    verdict = {"viec": "duyet"} if approve else {"viec": "tra_lai", "ghi_chu": "Thiếu số liệu"}
    trang.post(path, {**hashes, **verdict})


def add_slot(
    hung: Person, *, seconds_ahead: float = 0, starts_at: datetime | None = None, name: str = "Buổi thử", **more: object
) -> datetime:
    """Khung giờ bắt đầu sau ít giây (hoặc lúc ``starts_at``), với khuôn ngắn; trả về giờ phát."""
    starts_at = starts_at or (datetime.now(VIETNAM) + timedelta(seconds=seconds_ahead)).replace(microsecond=0)
    form = {
        "ten": name,
        "gio": f"{starts_at:%H:%M:%S}",
        "phut": "1.5",
        "ngay": [str(number) for number in range(1, 8)],
        "khuon": option("khuon", "Diễn tập ngắn", hung.get("/khung-gio")),
        **more,
    }
    hung.post("/khung-gio", {**form, "da_xem": first(r'name="da_xem" value="(\w+)"', hung.post("/khung-gio", form))})
    return starts_at


def programme(hung: Person, name: str = "Buổi thử") -> str:
    """Đường dẫn của buổi, khi máy đã lập xong."""
    pattern = rf'href="(/chuong-trinh/\d+)"><strong>[\d:]+</strong> {name}'
    return eventually(lambda: (re.search(pattern, hung.get("/lich-phat")) or [""])[0] and first(pattern, hung.get("/lich-phat")))


def wait_until_closed(hung: Person, path: str) -> str:
    """Trang của buổi khi đã phát xong."""
    return eventually(lambda: _closed(hung.get(path)), seconds=240, what="buổi phát xong")


def log_rows(person: Person) -> list[dict[str, str]]:
    """Nhật ký hôm nay, tải về như người văn phòng tải."""
    today = f"{datetime.now(VIETNAM):%Y-%m-%d}"
    answer = person.client.get(f"/nhat-ky/xuat.csv?tu={today}&den={today}")
    rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    return [row for row in rows if re.fullmatch(r"\d+", row["Dòng nhật ký"] or "")]


def check_sound(place: House, output_id: int, rows: list[dict[str, str]], starts: list[datetime]) -> None:
    """Tiếng đã thu: mục nào trong nhật ký cũng vang, đúng thứ tự, lệch giờ ghi không quá 100 ms."""
    for row, start in zip(rows, starts, strict=True):
        heard = timedelta(seconds=float(row["Đã nghe (giây)"]))
        samples, first_at = read_capture(capture_folder(place.config), output_id, start, start + heard)
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 200)
        assert len(loud), f"không có tiếng: {row['Tiêu đề']}"
        onset = first_at + timedelta(seconds=float(loud[0]) / 48_000)
        assert abs((onset - start).total_seconds()) <= 0.1, row["Tiêu đề"]


def exact_starts(hung: Person) -> list[datetime]:
    """Giờ bắt đầu chính xác của từng lượt, đọc từ các dòng gốc trên trang."""
    paths = re.findall(r'href="(/nhat-ky/\d+)"', hung.get("/nhat-ky"))
    found = [re.search(r"started_at&#34;:&#34;([^&]+)&#34;", hung.get(path)) for path in dict.fromkeys(paths)]
    return sorted(datetime.fromisoformat(match[1]) for match in found if match)


@pytest.mark.timeout(1200)
def test_from_the_form_to_the_loudspeaker_to_the_log(tmp_path: Path) -> None:
    with house(tmp_path) as place:
        people = team(place)
        write(people.lan, "Tin được duyệt")
        write(people.lan, "Tin bị trả lại")
        write(people.lan, "Tin sẽ gỡ")
        assert people.lan.refused("/duyet/1", {"viec": "duyet"}) == 403
        decide(people.trang, "Tin được duyệt", approve=True)
        decide(people.trang, "Tin bị trả lại", approve=False)
        decide(people.trang, "Tin sẽ gỡ", approve=True)
        assert "Thiếu số liệu" in people.lan.get(first(r'href="(/ban-tin/bai/\d+)">Tin bị trả lại', people.lan.get("/ban-tin")))

        minutes = 1.5 * slowness()
        starts_at = add_slot(people.hung, seconds_ahead=22 * slowness(), phut=f"{minutes:.1f}")
        path = programme(people.hung)
        drop(people.hung, path, keep="Tin được duyệt")
        page = wait_until_closed(people.hung, path)
        assert "Tin bị trả lại" not in page

        rows, starts = log_rows(people.hung), exact_starts(people.hung)
        aired = [row for row in rows if row["Kết quả"] == "Đã phát đủ"]
        titles = [row["Tiêu đề"] for row in aired]
        assert "Tin được duyệt" in titles
        assert [row["Tiêu đề"] for row in rows if row not in aired] in ([], ["Tin sẽ gỡ"])
        assert len(aired) == len(starts) == len(set(titles)), "không mục nào vang hai lần"
        assert abs((starts[0] - starts_at).total_seconds()) < 0.25
        check_sound(place, 1, aired, starts)
        assert "PK" in people.hung.client.get("/nhat-ky/xuat.xlsx").content[:2].decode()
        verify(place)
    with house(tmp_path) as place:
        _nothing_airs_twice(place, starts, ends_at=starts_at + timedelta(minutes=float(f"{minutes:.1f}")))


def _nothing_airs_twice(place: House, starts: list[datetime], *, ends_at: datetime) -> None:
    """Bật lại trong khung giờ đã phát xong: tới hết khung không mục nào vang thêm, chuỗi vẫn nguyên."""
    hung = place.person("hung")
    eventually(lambda: "Đang nghỉ" in hung.get("/truc-tiep"), what="phòng phát sóng sẵn sàng")
    assert datetime.now(VIETNAM) < ends_at, "phải bật lại khi khung giờ còn"
    eventually(lambda: datetime.now(VIETNAM) > ends_at, seconds=120, what="hết khung giờ")
    assert exact_starts(hung) == starts
    samples, _ = read_capture(capture_folder(place.config), 1, ends_at - timedelta(seconds=5), ends_at)
    assert not np.any(np.abs(samples.astype(np.int32)) > 200)
    verify(place)


def drop(hung: Person, path: str, *, keep: str) -> None:
    """Gỡ mọi tin trừ ``keep``, rồi thêm ``keep`` nếu máy chưa chọn nó; máy phải tôn trọng."""
    page = eventually(lambda: _with_script(hung.get(path)), seconds=20, what="buổi có tin")
    for row in re.findall(r'(?s)<li id="muc-.*?</li>', page):
        form = re.search(r'(?s)action="[^"]*/go">(.*?)</form>', row)
        if form is None or "/ban-tin/bai/" not in row or keep in row:
            continue
        item = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))["item"]
        persist(hung, f"{path}/go", path, item=item)
    page = hung.get(path)
    kept = [row for row in re.findall(r'(?s)<li id="muc-.*?</li>', page) if keep in row]
    if not kept:
        call = re.search(r'(?s)<select id="sau".*?<option value="(\d+)"(?: selected)?>Lời chào', page)
        script = first(rf'<option value="(\d+)">{keep}', page)
        persist(hung, f"{path}/them", path, script=script, sau=call[1] if call else "")


def persist(hung: Person, action: str, path: str, **form: str) -> None:
    """Máy vừa sửa buổi (chốt, gắn tiếng) thì màn hình cũ bị từ chối: nhìn lại rồi bấm lại, như người thật."""
    for _ in range(5):
        answer = hung.client.post(action, data={**form, "version": _version(hung.get(path))})
        if answer.status_code != httpx.codes.CONFLICT:
            break
    assert answer.status_code == httpx.codes.OK, text_of(answer.text)


def verify(place: House) -> None:
    """``broadcaster airlog verify`` chứng minh chuỗi còn nguyên."""
    command = [sys.executable, "-m", "broadcaster", "airlog", "verify", "--config", str(place.config.file)]
    answer = subprocess.run(command, capture_output=True, check=False)
    assert answer.returncode == 0, answer.stdout.decode() + answer.stderr.decode()
    assert "nguyên vẹn" in answer.stdout.decode()


def _version(page: str) -> str:
    return first(r'name="version" value="(\d+)"', page)


def _when_made(trang: Person, path: str) -> str:
    page = trang.get(path)
    return page if "/ban-ghi/" in page else ""


def _closed(page: str) -> str:
    assert "Bỏ lỡ" not in page, text_of(page)
    return page if "Đã phát xong" in page else ""


def _with_script(page: str) -> str:
    return page if "/ban-tin/bai/" in page else ""
