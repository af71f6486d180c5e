"""Mọi nút của mọi trang: không quyền, từ nguồn khác, với mã của đài khác, hai lần, sau khi phiên hết; chữ ác ở mọi ô."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from broadcaster.accounts.actor import ALLOWED, Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import Membership
from broadcaster.database import Database
from broadcaster.database.base import Base
from broadcaster.newsroom.tables import Revision, Script
from broadcaster.web import permissions
from broadcaster.web.services import Services
from tests.support.scene import Scene
from tests.traffic import build
from tests.web.conftest import Enter
from tests.web.every_route import Place, every_page
from tests.web.test_write_lock import good_form

OPEN = ("/dang-nhap",)
OWN = ("/tai-khoan", "/dang-xuat", "/doi-mat-khau")
"""Ai cũng được làm với chính tài khoản của mình."""
TAKEN_BACK = "/ban-tin/{revision_id}/lay-lai"
"""Người vận hành có quyền viết, nhưng chỉ người có phần trong bài mới lấy lại được nó."""
LINK = "/xac-nhan/"
"""Liên kết một chạm: mã của nó thay cho phiên, nên mã sai thì không tìm thấy."""
MOVING = {"sign_ins", "sign_in_attempts", "audit_entries", "alerts"}
NASTY = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"


def buttons(*, leave_out: tuple[str, ...] = OPEN) -> Iterator[Place]:
    yield from (one for one in every_page() if one.method != "GET" and not one.path.startswith(leave_out))


@pytest.fixture
def furnished(scene: Scene) -> Scene:
    """Đài có khung giờ, bản tin chờ duyệt và đã duyệt, người vận hành có mọi vai."""
    with scene.database.writing() as session:
        build.slot(session, scene)
        for number in range(3):
            build.script(session, scene, f"Tin {number}")
        mine = Membership.user_id == scene.operator.user_id
        session.execute(update(Membership).where(mine).values(roles=frozenset(Role)))
    return scene


def everyone(scene: Scene) -> Actor:
    return replace(scene.operator, roles=frozenset(Role))


def rows_of(database: Database) -> dict[tuple[str, Any], Any]:
    """Mọi dòng, trừ các sổ tự ghi thêm."""
    with database.engine.connect() as connection:  # hàng trăm lần mỗi phép thử: hỏi trần, không qua lớp ORM
        return {
            (name, tuple(row[place] for place in key)): tuple(row)
            for name, (query, key) in _queries().items()
            for row in connection.exec_driver_sql(query).cursor
        }


@cache
def _queries() -> dict[str, tuple[str, list[int]]]:
    """Bảng → câu hỏi mọi cột của nó, và chỗ của khoá chính trong đó."""
    tables = (table for table in Base.metadata.sorted_tables if table.name not in MOVING)
    return {
        table.name: (
            str(select(table)),
            [place for place, column in enumerate(table.columns) if column.primary_key],
        )
        for table in tables
    }


def test_no_button_of_another_station_moves_a_row_of_this_one(enter: Enter, furnished: Scene) -> None:
    scene, browser = furnished, enter(furnished.stranger)
    ours, stations = rows_of(scene.database), {table.name: table for table in Base.metadata.sorted_tables}
    for place in buttons(leave_out=(*OPEN, *OWN)):
        for path in place.each("1", "2", str(scene.operator.user_id)):
            answer = browser.request(place.method, path, data=good_form(place))
            assert answer.status_code < 500, place
        now = rows_of(scene.database)
        changed = [key for key, row in ours.items() if now.get(key) != row and not theirs(scene, key, row)]
        assert changed == [], place
        for name, key in now.keys() - ours.keys():
            columns = stations[name].columns.keys()
            if "station_id" in columns:
                assert now[name, key][columns.index("station_id")] != scene.station_id, (place, name)


def test_no_page_of_this_station_opens_for_another(enter: Enter, furnished: Scene) -> None:
    """Mọi trang xem, kể cả tệp, lịch, trang sửa tiếng: mã của đài này không mở ra chữ nào cho người có mọi vai ở đài kia."""
    scene, numbers = furnished, ("1", "2", "3", str(furnished.operator.user_id))
    with scene.database.writing() as session:
        session.execute(update(Membership).where(Membership.user_id == scene.stranger.user_id).values(roles=frozenset(Role)))
        titles = set(session.scalars(select(Revision.title).join(Script).where(Script.station_id == scene.station_id)))
        names = {one.name for one in (scene.writer, scene.leader, scene.operator)}
    secrets, browser, opened = titles | names, enter(replace(scene.stranger, roles=frozenset(Role))), 0
    for place in (one for one in every_page() if one.method == "GET" and not one.path.startswith("/nghe/")):
        for path, number in {(place.at(number), number if place.queries else ""): None for number in numbers}:
            answer = browser.get(path, params=dict.fromkeys(place.queries, number))
            assert answer.status_code < 500, place
            assert [one for one in secrets if one in answer.text] == [], (place, number)
            opened += answer.status_code == 200
    assert opened > 50, "đài kia có trang của chính nó"
    ours = enter(everyone(scene)).get("/ban-tin").text
    assert [one for one in titles if one in ours], "phép thử biết tìm"


def theirs(scene: Scene, key: tuple[str, Any], row: tuple[Any, ...]) -> bool:
    """Dòng của chính đài kia và người của nó."""
    name, columns = key[0], Base.metadata.tables[key[0]].columns.keys()
    if name in ("stations", "users"):
        return key[1] in ((scene.stranger.station_id,), (scene.stranger.user_id,))
    return "station_id" in columns and row[columns.index("station_id")] == scene.stranger.station_id


def test_no_button_works_without_a_role(enter: Enter, furnished: Scene) -> None:
    scene = furnished
    with scene.database.writing() as session:
        session.execute(update(Membership).where(Membership.user_id == scene.writer.user_id).values(roles=frozenset()))
    browser, before = enter(replace(scene.writer, roles=frozenset())), rows_of(scene.database)
    for place in buttons(leave_out=(*OPEN, *OWN)):
        answer = browser.request(place.method, place.at("1"), data=good_form(place))
        assert answer.status_code not in (200, 303), (place, answer.headers)
        assert answer.status_code < 500, place
    assert rows_of(scene.database) == before


WRITE, DECIDE, RUN, KEEP, TELL, CHECK = (
    {Role.CONTRIBUTOR, Role.OPERATOR},
    {Role.APPROVER},
    {Role.OPERATOR},
    {Role.OPERATOR, Role.ADMIN},
    {Role.APPROVER, Role.CLERK, Role.OPERATOR},
    {Role.AUDITOR, Role.ADMIN},
)
MAY = {
    "/ban-ghi": WRITE,
    "/ban-tin": WRITE,
    "/ban-tin/bai/{script_id}/rut": DECIDE,
    "/ban-tin/{revision_id}/lay-lai": {Role.CONTRIBUTOR},
    "/bao-cao": TELL,
    "/bao-cao/{report_id}/so": set(Role),
    "/canh-bao": KEEP | DECIDE,
    "/cho-phat": RUN,
    "/cho-phat/{script_id}/phat-mot-lan": KEEP,
    "/chuong-trinh": RUN,
    "/dai": KEEP,
    "/dai/mau-loi": DECIDE,
    "/dien-tap": KEEP,
    "/dong-ho": KEEP,
    "/duyet": DECIDE,
    "/im-lang": KEEP | DECIDE,
    "/ke-hoach": KEEP,
    "/khan-cap": RUN | DECIDE,
    "/khung-gio": KEEP,
    "/khung-gio/yen-tinh": DECIDE,
    "/khuon": KEEP,
    "/khuon/{format_id}/tong": set(Role),
    "/lich-phat": KEEP,
    "/moc-nhat-ky": CHECK,
    "/nguoi-dung": {Role.ADMIN},
    "/nhat-ky": RUN,
    "/nhat-ky/tep": set(Role),
    "/phan-anh": TELL,
    "/tu-dien": WRITE,
    "/tu-dien/duyet": DECIDE,
}
"""Nút dưới đường dẫn ấy → vai nào được bấm; đường dài hơn nói trước. Viết tay, không lấy từ ``actor.py``."""


def may(place: Place) -> set[Role]:
    return MAY[max((path for path in MAY if place.path.startswith(path)), key=len)]


@pytest.fixture
def browsers(enter: Enter, furnished: Scene) -> dict[Role, TestClient]:
    """Mỗi vai một người, một trình duyệt."""
    scene = furnished
    with scene.database.writing() as session:
        mine = Membership.user_id == scene.operator.user_id
        session.execute(update(Membership).where(mine).values(roles=frozenset({Role.OPERATOR})))
    people = {Role.CONTRIBUTOR: scene.writer, Role.APPROVER: scene.leader, Role.OPERATOR: scene.operator}
    people |= {Role.CLERK: scene.clerk, Role.AUDITOR: scene.auditor, Role.ADMIN: scene.admin}
    return {role: enter(actor) for role, actor in people.items()}


def test_every_button_is_in_the_table_of_permissions_once_and_it_says_what_is_written_here_by_hand() -> None:
    listed = Counter([*permissions.OPEN, *(path for paths in permissions.DO.values() for path in paths)])
    assert listed == Counter(place.path for place in buttons(leave_out=()))
    for place in buttons(leave_out=(*OPEN, *OWN, LINK)):
        action = permissions.needed(place.at("1"))
        assert action is not None, place
        roles = {role for role in Role if action in ALLOWED[role]}
        assert roles == may(place) | (set() if place.path != TAKEN_BACK else {Role.OPERATOR}), place


def test_no_button_works_for_a_role_that_is_not_its_own(browsers: dict[Role, TestClient], furnished: Scene) -> None:
    scene, before = furnished, rows_of(furnished.database)
    places = list(buttons(leave_out=(*OPEN, *OWN, LINK)))
    for place in places:
        for role in set(Role) - may(place):
            answer = browsers[role].request(place.method, place.at("1"), data=good_form(place))
            assert answer.status_code == 403, (place, role, answer.status_code)
    assert rows_of(scene.database) == before
    for place in places:
        for role in may(place) - {Role.ADMIN}:
            answer = browsers[role].request(place.method, place.at("1"), data=good_form(place))
            assert answer.status_code not in (403, 500), (place, role)


BAD_BODIES: tuple[dict[str, Any], ...] = (
    {},
    {"content": b"\xff\x00&=%%%&a[]=" + b"=" * 50, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    {"content": b"--x\r\nkhong phai", "headers": {"Content-Type": "multipart/form-data; boundary=khac"}},
    {"content": b"{", "headers": {"Content-Type": "application/json"}},
)


def test_permission_is_asked_before_a_word_of_the_form_is_read(
    browsers: dict[Role, TestClient], furnished: Scene, services: Services
) -> None:
    """Thân trống, thân rác, tệp ở chỗ không nhận tệp, hai mươi triệu byte: câu trả lời vẫn là chưa có quyền."""
    before, files = rows_of(furnished.database), set(services.exports.rglob("*"))
    for number, place in enumerate(buttons(leave_out=(*OPEN, *OWN, LINK))):
        wrong = sorted(set(Role) - may(place) - ({Role.OPERATOR} if place.path == TAKEN_BACK else set()))
        for turn, body in enumerate(BAD_BODIES) if wrong else ():
            answer = browsers[wrong[(number + turn) % len(wrong)]].post(place.at("1"), **body)
            assert answer.status_code == 403, (place, body)
            assert "Bạn chưa có quyền “" in answer.text
            assert '<html lang="vi">' in answer.text
        if wrong:
            status, text, taken = asyncio.run(declaring(browsers[wrong[0]], place.at("1"), 20_000_000))
            assert (status, "Bạn chưa có quyền “" in text) == (403, True), place
            assert taken <= 2, "không đợi đủ hai mươi triệu byte"
    assert rows_of(furnished.database) == before
    assert set(services.exports.rglob("*")) == files


async def declaring(browser: TestClient, path: str, size: int) -> tuple[int, str, int]:
    """Một biểu mẫu khai ``size`` byte, mới gửi khúc đầu rồi bỏ đi: mã, trang trả lời, số khúc đã bị nhận."""
    told: list[Any] = []
    coming: list[Any] = [{"type": "http.request", "body": b"a=" + b"1" * 65_536, "more_body": True}, {"type": "http.disconnect"}]
    heads = {"host": "127.0.0.1:8000", "sec-fetch-site": "same-origin", "content-length": str(size)}
    heads |= {"content-type": "application/x-www-form-urlencoded", "cookie": f"phien={browser.cookies['phien']}"}
    scope: dict[str, Any] = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "root_path": ""}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": b"", "client": ("127.0.0.1", 1), "server": None}
    taken = 0

    async def receive() -> Any:
        nonlocal taken
        taken += 1
        return coming[min(taken, 2) - 1]

    async def send(message: Any) -> None:
        told.append(message)

    heads_raw = [(name.encode(), value.encode()) for name, value in heads.items()]
    await browser.app({**scope, "headers": heads_raw}, receive, send)
    return told[0]["status"], b"".join(one.get("body", b"") for one in told).decode(), taken


def test_a_role_given_a_moment_ago_opens_its_button_at_once(browsers: dict[Role, TestClient], furnished: Scene) -> None:
    clerk, form = browsers[Role.CLERK], {"chu": "CK8", "doc": "Chùa Keo tám", "viec": "luu"}
    assert clerk.post("/tu-dien", data=form).status_code == 403
    with furnished.database.writing() as session:
        mine = Membership.user_id == furnished.clerk.user_id
        session.execute(update(Membership).where(mine).values(roles=frozenset({Role.CLERK, Role.CONTRIBUTOR})))
    assert clerk.post("/tu-dien", data=form).status_code == 303


def test_no_button_answers_another_origin(enter: Enter, furnished: Scene) -> None:
    browser, before = enter(everyone(furnished)), rows_of(furnished.database)
    strange: tuple[dict[str, str], ...] = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "http://127.0.0.1:8000.evil.vn"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
    )
    for place in buttons(leave_out=()):
        for headers in strange:
            answer = browser.request(place.method, place.at("1"), data=good_form(place), headers=headers)
            assert answer.status_code == 403, place
    assert rows_of(furnished.database) == before


def test_no_button_works_after_the_session_ended(enter: Enter, furnished: Scene) -> None:
    browser = enter(everyone(furnished))
    token = browser.cookies["phien"]
    assert browser.post("/dang-xuat").status_code == 303
    browser.cookies.set("phien", token)
    before = rows_of(furnished.database)
    for place in buttons():
        answer = browser.request(place.method, place.at("1"), data=good_form(place))
        wanted = (404,) if place.path.startswith(LINK) else (401, 415)
        assert answer.status_code in wanted, (place, answer.status_code)
    assert rows_of(furnished.database) == before


def test_every_button_pressed_twice_gives_the_first_answer_and_one_deed(enter: Enter, furnished: Scene) -> None:
    browser, done = enter(everyone(furnished)), 0
    for number, place in enumerate(buttons(leave_out=(*OPEN, "/dang-xuat", "/tai-khoan/phien", "/im-lang", "/khan-cap"))):
        form = {**good_form(place), "khoa_gui": f"{number:032x}"}
        first = browser.post(place.at("1"), data=form)
        between = rows_of(furnished.database)
        second = browser.post(place.at("1"), data=form)
        assert max(first.status_code, second.status_code) < 500, place
        if first.status_code == 303:
            done += 1
            assert (second.status_code, second.headers["location"]) == (303, first.headers["location"]), place
            assert rows_of(furnished.database) == between, place
    assert done >= 15


def test_no_text_of_any_box_becomes_markup(enter: Enter, furnished: Scene) -> None:
    browser = enter(everyone(furnished))
    for place in buttons(leave_out=(*OPEN, *OWN)):
        for value in ("1", "2"):
            form = {name: NASTY if text.startswith("Chữ") else text for name, text in good_form(place).items()}
            assert_harmless(browser.request(place.method, place.at(value), data=form).text, place)
    assert browser.post("/ban-tin/moi", data={**NASTY_SCRIPT, "viec": "gui"}).status_code == 303
    seen = 0
    for place in every_page():
        if place.method == "GET" and not place.path.startswith("/nghe/"):
            for path in place.each("1", "2", "3", "4"):
                if place.queries:
                    assert_harmless(browser.get(path, params=dict.fromkeys(place.queries, NASTY)).text, place)
                answer = browser.get(path)
                assert_harmless(answer.text, place)
                seen += "alert(1)" in answer.text
    assert seen > 10, "chữ ác phải có mặt trên trang, ở dạng chữ"


NASTY_SCRIPT = {
    "tieu_de": f"Tin {NASTY}",
    "noi_dung": f"UBND phường thông báo {NASTY}. Ngày 5/3/2026 nghỉ.",
    "the_loai": "news",
    "khong_han": "1",
}


def assert_harmless(page: str, place: Place) -> None:
    """Không thẻ nào, không thuộc tính nào của chữ ác lọt ra dạng HTML."""
    if page.lstrip().startswith("<!"):
        assert not re.search(r"<script>alert|<img src=x", page), place


def test_exports_carry_no_formula_and_no_markup(enter: Enter, furnished: Scene) -> None:
    browser: TestClient = enter(everyone(furnished))
    formula = "=HYPERLINK(1)"
    browser.post("/tu-dien", data={"chu": "a=1", "doc": "a bằng một", "viec": "luu"})
    browser.post("/dai/tdp", data={"danh_sach": f"{formula}\n{NASTY}"})
    for path in ("/tu-dien/xuat.csv", "/nhat-ky/xuat.csv"):
        text = browser.get(path).text.lstrip("\ufeff")
        assert not re.search(r"(?m)(^|,)\"?[=+@\t\r-][A-Za-z]", text), path
