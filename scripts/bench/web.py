"""Đo các trang: nặng bao nhiêu, mấy yêu cầu, trả lời nhanh chậm khi vắng và khi đang phát với năm mươi người, hiện sau bao lâu
ở mạng yếu, axe thấy gì, mỗi việc hằng ngày mấy bước.

Chạy: python scripts/bench/web.py [--json] [--quick] [--keep THƯ-MỤC]

Cả ngôi nhà chạy thật (bốn tiến trình), nhật ký một triệu dòng của một đài cùng cơ sở dữ liệu, năm nghìn bản tin.
``--quick``: nhật ký và kho nhỏ (``lines``, ``scripts`` nói bao nhiêu), ít lượt đo, một phần các trang, dưới 45 giây. Số của
``--quick`` chỉ để thấy thứ gì hỏng, không so với mức.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bulletins  # noqa: E402
import httpx  # noqa: E402
from airlog_seed import FAR, seed  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page  # noqa: E402
from sqlalchemy import select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from broadcaster.accounts.actor import ALLOWED, Actor  # noqa: E402
from broadcaster.accounts.enums import Role  # noqa: E402
from broadcaster.accounts.signing_in import sign_in  # noqa: E402
from broadcaster.accounts.tables import Membership, SignIn, Station, User  # noqa: E402
from broadcaster.clock import SystemClock  # noqa: E402
from broadcaster.database import Database  # noqa: E402
from broadcaster.database.schema import upgrade  # noqa: E402
from broadcaster.playout.loopback_client import PlayoutClient  # noqa: E402
from broadcaster.service.assembly import open_database  # noqa: E402
from broadcaster.service.folders import instance_secret  # noqa: E402
from broadcaster.studio.enums import RecordingState  # noqa: E402
from broadcaster.studio.tables import Recording  # noqa: E402
from broadcaster.traffic.rehearsing import rehearse  # noqa: E402
from broadcaster.web.permissions import SEE  # noqa: E402
from scripts.bench.main_job import machine  # noqa: E402
from tests.end_to_end.daily_steps import JOBS, counted  # noqa: E402
from tests.end_to_end.house import House, house  # noqa: E402
from tests.support.chromium import ChromiumMissing, chromium  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402

LOGINS = {
    Role.OPERATOR: "vanhanh",
    Role.CONTRIBUTOR: "bientap",
    Role.APPROVER: "lanhdao",
    Role.CLERK: "vanphong",
    Role.AUDITOR: "kiemtra",
    Role.ADMIN: "quantri",
}
PEOPLE, THINK_S = 50, 5.0
SLOW_NET = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 ms mỗi vòng, 400 kbit/s: 2G tốt, 3G yếu."""
SHOWN = ("/", "/lich-phat", "/truc-tiep")
_LAID = "dung-xong.txt"
_REHEARSED_IN = timedelta(seconds=10)
_IN_WORK = (RecordingState.WANTED, RecordingState.MAKING)
_PAINT = """() => new Promise((done) => {
  const told = (list) => done(list.getEntries().at(-1).startTime);
  new PerformanceObserver(told).observe({ type: "largest-contentful-paint", buffered: true });
})"""


@dataclass(frozen=True)
class Size:
    """Bao nhiêu dữ liệu, bao nhiêu lượt đo."""

    lines: int
    scripts: int
    rounds: int
    crowd_s: float
    paints: int
    weighed: int
    """Cân một trang trong ngần ấy trang."""
    inspected: int
    """axe xem một trang trong ngần ấy trang (phép thử ``tests/web/test_axe.py`` xem mọi trang)."""


FULL = Size(lines=1_000_000, scripts=5_000, rounds=20, crowd_s=60, paints=5, weighed=1, inspected=1)
QUICK = Size(lines=5_000, scripts=300, rounds=1, crowd_s=6, paints=1, weighed=13, inspected=35)


def main() -> None:
    """In các số đo, hoặc JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path, help="giữ đài đã dựng ở thư mục này; lần sau chép ra mà đo")
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else FULL
    with tempfile.TemporaryDirectory() as folder, _station(Path(folder), size, chosen.keep) as (place, tokens):
        found = measure(place, tokens, size)
    found |= {"machine": machine(), "load": round(os.getloadavg()[0], 1), "lines": size.lines, "scripts": size.scripts}
    print(json.dumps(found, ensure_ascii=False, indent=None if chosen.json else 1))


@contextmanager
def _station(folder: Path, size: Size, kept: Path | None) -> Iterator[tuple[House, dict[str, str]]]:
    """Ngôi nhà có đài mẫu, kho bản tin lớn, một đài nữa với nhật ký lớn; thẻ phiên của từng người, ``log`` là ở đài ấy."""
    if kept is None:
        lay(folder, size)
    else:
        if not (kept / _LAID).exists():
            lay(kept, size)
        for name in ("data", "audio"):  # phép đo bấm nút thật: bản giữ lại phải còn nguyên cho lần sau
            shutil.copytree(kept / name, folder / name)
        database = _database(folder)
        upgrade(database)  # lược đồ đã mới hơn lúc dựng: bản sao trước khi nâng cấp không phải điều được đo
        database.close()
    with house(folder, demo_after=86_000) as place:
        database = open_database(place.config)
        yield place, _people(database)
        database.close()


def lay(folder: Path, size: Size) -> None:
    """Dựng nhật ký, đài mẫu rồi kho bản tin; dựng xong mới có tệp ``_LAID``."""
    began = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)  # lần dựng trước bị dừng giữa chừng
    (folder / "data").mkdir(parents=True)
    log = _database(folder)
    seed(log, size.lines // 32 * 10, base=FAR)
    log.close()
    with house(folder, demo_after=86_000) as place:
        _await_quiet(place)
    database = open_database(place.config)
    with database.writing() as session:
        writer, leader, operator = (_actor(session, login) for login in ("bientap", "lanhdao", "vanhanh"))
        for login in LOGINS.values():
            session.scalars(select(User).where(User.login == login)).one().must_change_password = False
        far = session.scalars(select(Station).where(Station.code == "do")).one()
        session.add(Membership(user_id=operator.user_id, station_id=far.id, job_title="Đo", roles=frozenset({Role.OPERATOR})))
    bulletins.lay(database, writer, leader, size.scripts, now=SystemClock().now())
    database.close()
    (folder / _LAID).write_text(f"{size.lines} dòng, {size.scripts} bản tin\n", "utf-8")
    print(f"đã dựng trong {time.perf_counter() - began:.0f} giây", file=sys.stderr)


def _database(folder: Path) -> Database:
    return Database(f"sqlite:///{(folder / 'data' / 'broadcaster.db').as_posix()}")


def _people(database: Database) -> dict[str, str]:
    now = SystemClock().now()
    with database.writing() as session:
        tokens = {login: sign_in(session, login, device="đo", hours=12, now=now) or "" for login in LOGINS.values()}
        tokens["log"] = sign_in(session, "vanhanh", device="đo", hours=12, now=now) or ""
        session.flush()
        far = session.scalars(select(Station).where(Station.code == "do")).one()
        session.scalars(select(SignIn).order_by(SignIn.id.desc())).first().station_id = far.id  # type: ignore[union-attr]
    return tokens


def _actor(session: Session, login: str) -> Actor:
    """Người ấy ở đài mẫu."""
    query = select(User, Membership).join(Membership).where(User.login == login).order_by(Membership.id)
    user, member = session.execute(query).first()  # type: ignore[misc]
    return Actor(user.id, member.station_id, user.full_name, member.job_title, member.roles)


def measure(place: House, tokens: dict[str, str], size: Size) -> dict[str, Any]:
    """Mọi khoá của phép đo; buổi diễn tập được gọi trước khi đo bằng trình duyệt, tới lượt năm mươi người thì nó đã vang."""
    pages = [(login, path) for role, login in LOGINS.items() for path in _paths(role)] + [("log", "/nhat-ky")]
    _await_quiet(place)
    found: dict[str, Any] = {"p95_alone_ms": _p95(alone(place, tokens, pages, size.rounds))}
    _rehearse(place)
    try:
        with chromium() as browser:
            found |= weights(browser, place, tokens, pages[:: size.weighed])
            found |= paints(browser, place, tokens, size.paints)
            found["axe"] = axe(browser, place, tokens, pages[:: size.inspected])
            found |= on_air(place, tokens, pages, size.crowd_s)
            found["steps"] = steps(browser, place, tokens)
    except ChromiumMissing as missing:
        found |= {"missing": str(missing), **on_air(place, tokens, pages, size.crowd_s)}
    return found


def _await_quiet(place: House) -> None:
    """Đợi phòng thu thu xong các bản mẫu: trước đó máy bận việc không phải của trang."""
    database = open_database(place.config)

    def done() -> bool:
        with database.reading() as session:
            return not session.scalar(select(Recording.id).where(Recording.state.in_(_IN_WORK)).limit(1))

    eventually(done, seconds=120, what="phòng thu thu xong các bản mẫu")
    database.close()


def _paths(role: Role) -> list[str]:
    return [path for path, actions in SEE.items() if not actions or ALLOWED[role] & set(actions)]


def alone(place: House, tokens: dict[str, str], pages: Sequence[tuple[str, str]], rounds: int) -> list[float]:
    """Mili giây từ lúc hỏi tới lúc nhận đủ trang, một người một lúc; vòng đầu để làm nóng, không tính."""
    found: list[float] = []
    with httpx.Client(base_url=place.address, timeout=60) as client:
        for number in range(rounds + 1):
            for login, path in pages:
                began = time.perf_counter()
                answer = client.get(path, headers={"Cookie": f"phien={tokens[login]}"})
                assert answer.status_code == 200, (login, path, answer.status_code)
                if number:
                    found.append((time.perf_counter() - began) * 1000)
    return found


def _rehearse(place: House) -> None:
    database = open_database(place.config)
    with database.writing() as session:
        rehearse(session, _actor(session, "vanhanh"), after=_REHEARSED_IN, now=SystemClock().now())
    database.close()


def on_air(place: House, tokens: dict[str, str], pages: Sequence[tuple[str, str]], seconds: float) -> dict[str, Any]:
    """Buổi diễn tập đang vang, năm mươi người mở trang, nghĩ năm giây mỗi lần."""
    port = PlayoutClient(place.config.playout.port, instance_secret(place.config), place.config.station.code)
    eventually(lambda: any(one["on_air"] for one in port.state()["outputs"].values()), seconds=90, what="buổi diễn tập vang")
    before = port.state()["lateness"]
    with ThreadPoolExecutor(1) as apart:  # Playwright giữ vòng sự kiện của luồng này
        found = apart.submit(asyncio.run, _crowd(place.address, tokens, pages, seconds)).result()
    after = port.state()["lateness"]
    late, wakes = after["late"] - before["late"], after["ticks"] - before["ticks"]
    return {"p95_on_air_ms": _p95(found), "late_frames": late, "wakes": wakes}


async def _crowd(address: str, tokens: dict[str, str], pages: Sequence[tuple[str, str]], seconds: float) -> list[float]:
    found: list[float] = []
    until = time.monotonic() + seconds

    async def person(number: int, client: httpx.AsyncClient) -> None:
        choose = random.Random(number)  # noqa: S311  thứ tự mở trang
        await asyncio.sleep(choose.uniform(0, min(THINK_S, seconds / 2)))
        while time.monotonic() < until:
            login, path = choose.choice(pages)
            began = time.perf_counter()
            answer = await client.get(path, headers={"Cookie": f"phien={tokens[login]}"})
            assert answer.status_code == 200, (login, path, answer.status_code)
            found.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(min(choose.uniform(0.5, 1.5) * THINK_S, max(0.0, until - time.monotonic())))

    limits = httpx.Limits(max_connections=PEOPLE)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        await asyncio.gather(*(person(number, client) for number in range(PEOPLE)))
    return found


def _context(browser: Browser, place: House, token: str, **more: Any) -> BrowserContext:
    context = browser.new_context(base_url=place.address, **more)
    context.add_cookies([{"name": "phien", "value": token, "url": place.address}])
    return context


def weights(browser: Browser, place: House, tokens: dict[str, str], pages: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Byte trên dây và số yêu cầu của lần mở đầu tiên, trang nặng nhất."""
    kb, requests = 0.0, 0
    for login, path in pages:
        context = _context(browser, place, tokens[login], service_workers="block")
        page = context.new_page()
        wire, asked, sizes = context.new_cdp_session(page), list[str](), list[float]()
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", lambda told, sizes=sizes: sizes.append(told["encodedDataLength"]))
        wire.on("Network.requestWillBeSent", lambda told, asked=asked: asked.append(told["request"]["url"]))
        page.goto(path, wait_until="load")
        kb, requests = max(kb, sum(sizes) / 1000), max(requests, len(asked))
        context.close()
    return {"page_kb_max": round(kb, 1), "requests_max": requests}


def paints(browser: Browser, place: House, tokens: dict[str, str], times: int) -> dict[str, float]:
    """Lúc phần lớn nhất của trang hiện ra ở 390 px dưới mạng yếu: trang chậm nhất, trung vị của các lần."""
    cold: dict[str, list[float]] = {path: [] for path in SHOWN}
    warm: dict[str, list[float]] = {path: [] for path in SHOWN}
    for path in SHOWN:
        for _ in range(times):
            context = _context(browser, place, tokens["vanhanh"], viewport={"width": 390, "height": 844}, service_workers="block")
            page = context.new_page()
            wire = context.new_cdp_session(page)
            wire.send("Network.enable")
            wire.send("Network.emulateNetworkConditions", SLOW_NET)
            cold[path].append(_painted(page, path))
            warm[path].append(_painted(page, path))
            context.close()
    worst = {name: max(statistics.median(values) for values in one.values()) for name, one in (("cold", cold), ("warm", warm))}
    return {f"lcp_{name}_ms": round(value) for name, value in worst.items()}


def _painted(page: Page, path: str) -> float:
    page.goto(path, wait_until="load")
    return float(page.evaluate(_PAINT))


def axe(browser: Browser, place: House, tokens: dict[str, str], pages: Sequence[tuple[str, str]]) -> int | None:
    """Số vi phạm axe ở các trang, máy bàn và điện thoại; thiếu gói axe-playwright-python thì rỗng."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        return None
    total = 0
    for width in (1280, 390):
        for login, path in pages:
            context = _context(browser, place, tokens[login], viewport={"width": width, "height": 900}, bypass_csp=True)
            page = context.new_page()
            page.goto(path, wait_until="load")
            found = Axe().run(page)
            total += found.violations_count
            if found.violations_count:
                print(login, path, width, [one["id"] for one in found.response["violations"]], file=sys.stderr)
            context.close()
    return total


def steps(browser: Browser, place: House, tokens: dict[str, str]) -> dict[str, int]:
    """Số bước của mỗi việc hằng ngày, làm thật; khẩn cấp làm sau cùng."""
    logins = {"leader": "lanhdao", "operator": "vanhanh", "clerk": "vanphong"}
    found: dict[str, int] = {}
    for name in sorted(JOBS, key=lambda one: one == "emergency"):
        context = _context(browser, place, tokens[logins[JOBS[name][0]]])
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        start = _programme(page) if name == "place" else "/"
        found[name] = counted(page, name, start)
        context.close()
    return found


def _programme(page: Page) -> str:
    """Một buổi còn thêm được bản tin."""
    page.goto("/lich-phat")
    links = [str(link.get_attribute("href")) for link in page.locator('main a[href^="/chuong-trinh/"]').all()]
    for link in links:
        page.goto(link)
        if page.locator("#them select[name=script]").count():
            return link
    raise SystemExit("không buổi nào còn thêm được bản tin")


def _p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1)


if __name__ == "__main__":
    main()
