"""Tệp nhật ký: đúng bộ lọc, đủ cột, đúng con số đếm lại từ sự kiện, cùng dòng cuối cùng từng byte, bảng tính hiểu đúng."""

from __future__ import annotations

import csv
import json
import re
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from broadcaster.airlog.checking import confirm
from broadcaster.airlog.correcting import correct
from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.queries import Period
from broadcaster.airlog.searching import AiringFilter
from broadcaster.airlog.tables import Airing, ChainHead, LogEntry
from broadcaster.airlog.writing import append
from broadcaster.errors import NotAllowed
from broadcaster.playout.network_admin import report_fault
from broadcaster.reports.log_columns import COLUMNS, approval_words
from broadcaster.reports.log_csv import TOTAL
from broadcaster.reports.log_files import WRITERS, write_log
from broadcaster.reports.log_lines import LogReader
from broadcaster.reports.log_xlsx import framed, sheets_of, write_xlsx
from tests.airlog.bodies import armed
from tests.airlog.test_airlog import air, line
from tests.conftest import leave_out
from tests.reports.airings import Sounded, sound
from tests.support.office import OfficeMissing, convert
from tests.support.scene import Scene

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MARCH = AiringFilter(Period(date(2026, 3, 1), date(2026, 3, 31)))


def lay(scene: Scene) -> None:
    """Một tháng có đủ kết quả, chế độ, đính chính, xác nhận."""
    first = Sounded(11, AT)
    rows = [
        first,
        replace(first, item=12, at=AT + timedelta(minutes=1), title="=1+1", script=5, topics=("C2",)),
        replace(
            first,
            item=13,
            at=AT + timedelta(minutes=2),
            title="- Thông báo",
            heard_ms=20_123,
            result=Result.PARTIAL,
            reason=Reason.POWER,
        ),
        replace(
            first,
            item=14,
            at=AT + timedelta(days=1),
            title="28/1",
            programme=8,
            heard_ms=0,
            result=Result.NONE,
            reason=Reason.DEVICE,
        ),
        replace(first, item=15, at=AT + timedelta(days=2), title="123e45", programme=9, clusters=2, heard_ms=59_987),
        replace(first, item=16, at=AT + timedelta(days=2, minutes=1), title="x" * 300 + "\x07\ufffe_x0041_ <&>", programme=9),
        replace(first, item=17, at=AT + timedelta(days=2, minutes=2), title="3.1", programme=9, script=None, genre=None),
    ]
    for one in rows:
        sound(scene, one)
    ids = {row.item_id: row.id for row in _airings(scene)}
    with scene.database.writing() as session:
        correct(session, scene.operator, ids[15], result=Result.PARTIAL, reason=Reason.DEVICE, note="Cụm 1 câm", now=AT)
        confirm(session, scene.operator, ids[11], [1], name="Ông Tư", now=AT)


def _airings(scene: Scene) -> list[Airing]:
    with scene.database.reading() as session:
        return list(session.scalars(select(Airing).order_by(Airing.id)))


def write(scene: Scene, path: Path, wanted: AiringFilter = MARCH) -> Path:
    with scene.database.reading() as session:
        write_log(session, scene.clerk, wanted, path, kind=path.suffix[1:])
    return path


def read_csv(path: Path) -> tuple[list[dict[str, str]], dict[str, str], str]:
    """Các dòng, hàng cộng, và phần lời."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    total = next(at for at, row in enumerate(rows) if row["Ngày"] == TOTAL)
    return rows[:total], rows[total], "\n".join(row["Ngày"] for row in rows[total + 1 :])


def naive(scene: Scene) -> list[dict[str, Any]]:
    """Mỗi lượt đếm lại từ từng dòng sự kiện, không qua bảng chiếu nào."""
    with scene.database.reading() as session:
        entries = list(session.scalars(select(LogEntry).where(LogEntry.station_id == scene.station_id).order_by(LogEntry.seq)))
    items: dict[Any, dict[str, Any]] = {}
    for entry in entries:
        body, key = json.loads(entry.body), (entry.run_id, entry.item_id)
        if entry.event is Event.ITEM_ARMED:
            items[key] = body | {"seq": entry.seq, "states": {one["code"]: one["state"] for one in body["deliveries"]}}
        elif entry.event is Event.ITEM_ENDED:
            items[key] |= {name: body[name] for name in ("heard_ms", "result", "reason")}
            items[key]["states"] |= {one["code"]: one["state"] for one in body["deliveries"]}
        elif entry.event is Event.CORRECTION:
            items[key] |= {name: body[name] for name in ("result", "reason")}
        elif entry.event is Event.DELIVERY_CHECKED:
            items[key]["states"][body["cluster"]] = body["state"]
    return list(items.values())


def test_every_figure_of_the_file_is_the_naive_count_over_events(scene: Scene, tmp_path: Path) -> None:
    lay(scene)
    rows, total, words = read_csv(write(scene, tmp_path / "a.csv"))
    told = naive(scene)
    assert [int(row["Dòng nhật ký"]) for row in rows] == [one["seq"] for one in told]
    assert [int(row["Đã nghe (mili giây)"]) for row in rows] == [one["heard_ms"] for one in told]
    assert [row["Kết quả"] for row in rows] == [Result(one["result"]).label for one in told]
    for name, states in (("Số cụm đã gửi", ("sent", "confirmed")), ("Số cụm đã xác nhận", ("confirmed",))):
        counted = [sum(state in states for state in one["states"].values()) for one in told]
        assert [int(row[name]) for row in rows] == counted
        assert int(total[name]) == sum(counted)
    assert int(total["Đã nghe (mili giây)"]) == sum(one["heard_ms"] for one in told)
    heard = sum(one["heard_ms"] for one in told)
    assert f"Số dòng: {len(told)}. Đã nghe {heard // 1000},{heard % 1000:03} trên dự kiến" in words


@pytest.mark.parametrize(
    ("wanted", "items"),
    [
        (replace(MARCH, result=Result.NONE), [14]),
        (replace(MARCH, reason=Reason.POWER), [13]),
        (replace(MARCH, cluster="CL03"), [11, 12, 13, 14, 16, 17]),
        (replace(MARCH, text="thong BAO"), [13]),
        (AiringFilter(Period(date(2026, 3, 3), date(2026, 3, 3))), [14]),
    ],
)
def test_the_file_obeys_the_filter_and_prints_it(scene: Scene, tmp_path: Path, wanted: AiringFilter, items: list[int]) -> None:
    lay(scene)
    seqs = {row.item_id: row.first_seq for row in _airings(scene)}
    rows, _, words = read_csv(write(scene, tmp_path / "a.csv", wanted))
    assert [int(row["Dòng nhật ký"]) for row in rows] == [seqs[item] for item in items]
    assert f"Số dòng: {len(items)}." in words
    with scene.database.reading() as session:
        head = session.get_one(ChainHead, scene.station_id)
    assert f"Số liệu tính đến dòng số {head.seq}, ghi lúc " in words
    assert "Múi giờ: Asia/Ho_Chi_Minh (UTC+07:00)" in words
    for value in (wanted.result, wanted.reason):
        assert value is None or value.label in words
    assert all(f"“{value}”" in words for value in (wanted.cluster, wanted.text) if value)


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_two_files_of_the_same_line_are_the_same_to_the_byte(scene: Scene, tmp_path: Path, kind: str) -> None:
    lay(scene)
    first = write(scene, tmp_path / f"a.{kind}").read_bytes()
    scene.clock.advance(3600)
    assert write(scene, tmp_path / f"b.{kind}").read_bytes() == first
    sound(scene, Sounded(90, AT + timedelta(days=3), programme=10))
    assert write(scene, tmp_path / f"c.{kind}").read_bytes() != first


def test_a_cluster_reported_broken_is_not_counted_as_sent_until_somebody_heard_it(scene: Scene, tmp_path: Path) -> None:
    with scene.database.writing() as session:
        report_fault(session, scene.operator, scene.cluster_ids[0], "Câm", now=AT - timedelta(hours=1))
    air(scene, 11)
    [row], total, _ = read_csv(write(scene, tmp_path / "a.csv"))
    assert (row["Số cụm đã gửi"], total["Số cụm đã gửi"], row["Cụm loa đã gửi"], row["Cụm loa đang báo hỏng"]) == (
        "0",
        "0",
        "",
        "CL01",
    )
    with scene.database.writing() as session:
        confirm(session, scene.operator, 1, [1], name="Ông Tư", now=AT)
    [row], _, _ = read_csv(write(scene, tmp_path / "b.csv"))
    assert (row["Số cụm đã gửi"], row["Cụm loa đã xác nhận"], row["Cụm loa đang báo hỏng"]) == ("1", "CL01", "CL01")
    assert "Ông Tư đã nghe, đang báo hỏng" in row["Từng cụm loa: kết quả, bắt đầu, âm lượng"]


def test_who_wrote_edited_read_and_approved_is_told(scene: Scene, tmp_path: Path) -> None:
    body: Any = armed(11, AT)
    body["item"] |= {
        "author": "Lan",
        "credits": [{"role": "author", "name": "Lan"}, {"role": "editor", "name": "Bình"}],
        "voice": {"source": "human", "engine": None, "version": None, "reader": "Mai"},
        "approval": {"name": "config.toml", "job_title": "", "at": "2026-01-05T01:00:00+00:00", "own_work": False},
    }
    body["deliveries"][0]["volume"] = 70
    line(scene, Event.ITEM_ARMED, body, 11)
    [row], _, _ = read_csv(write(scene, tmp_path / "a.csv"))
    assert (row["Người viết"], row["Biên tập"], row["Người đọc"]) == ("Lan", "Bình", "Mai")
    assert row["Ghi công"] == "Người viết: Lan; Người biên tập: Bình"
    assert row["Người duyệt"] == "theo cấu hình lúc cài đặt đài, 05/01/2026 08:00"
    assert "âm lượng 70%" in row["Từng cụm loa: kết quả, bắt đầu, âm lượng"]
    assert approval_words(None, lambda _: None) is None


def test_a_spreadsheet_in_vietnam_takes_every_cell_for_what_it_is(scene: Scene, tmp_path: Path) -> None:
    lay(scene)
    path = write(scene, tmp_path / "a.csv")
    raw = path.read_bytes().decode("utf-8-sig")
    assert '"- Thông báo"' in raw
    options = "CSV:44,34,76,1,,1066,false,true,false"
    try:
        found = convert(path, "xlsx", tmp_path, infilter=options)
    except OfficeMissing as missing:
        leave_out(str(missing))
    cells = _cells(found)
    titles = [cells["E", at].replace("\u200b", "") for at in range(2, 9)]
    assert titles[1:5] == ["=1+1", "- Thông báo", "28/1", "123e45"]
    assert titles[6] == "3.1"
    assert all(isinstance(cells["G", at], float) for at in range(2, 9)), "giây là số ở mọi vùng"


def test_formulas_recomputed_by_another_program_are_the_figures(scene: Scene, tmp_path: Path) -> None:
    lay(scene)
    told = naive(scene)
    path = write(scene, tmp_path / "a.xlsx")
    kept = _cells(path, 2)
    try:
        found = convert(path, "xlsx:Calc MS Excel 2007 XML", tmp_path / "lo")
    except OfficeMissing as missing:
        leave_out(str(missing))
    heard = sum(one["heard_ms"] for one in told) / 1000
    sent = sum(state in ("sent", "confirmed") for one in told for state in one["states"].values())
    total = len(told) + 2
    for cells in (kept, _cells(found, 2)):
        assert cells["G", total] == pytest.approx(heard)
        assert cells["K", total] == sent
    front = _cells(found, 1)
    assert front["B", 3] == len(told)
    assert front["B", 5] == pytest.approx(heard)


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_one(scene: Scene, tmp_path: Path) -> None:
    lay(scene)
    path = tmp_path / "a.xlsx"
    with scene.database.reading() as session:
        write_xlsx(LogReader(session, scene.clerk, MARCH), path, max_rows=3)
    seqs = [cell for sheet in (2, 3, 4) for cell in _column(path, sheet, "Dòng nhật ký")]
    assert seqs == [one["seq"] for one in naive(scene)]
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml").decode()
        assert re.findall(r'<sheet name="([^"]+)"', book) == [
            *("Trang đầu", "Nhật ký", "Nhật ký 2", "Nhật ký 3", "Mã băm", "Mã băm 2", "Mã băm 3")
        ]
        assert archive.read("xl/worksheets/sheet4.xml").decode().count("<autoFilter") == 1
    assert _cells(path, 1)["B", 3] == len(seqs)


def test_the_frame_of_a_million_rows_is_no_heavier_than_that_of_three(scene: Scene) -> None:
    lay(scene)
    with scene.database.reading() as session:
        reader = LogReader[str](session, scene.clerk, MARCH)
        peaks = [_peak(reader, rows) for rows in (3, 3, 1_000_000)]
    assert peaks[2] < 1.2 * peaks[1]


def _peak(reader: LogReader[str], rows: int) -> int:
    """Đỉnh bộ nhớ, byte, lúc dựng khung của tệp chừng ấy hàng."""
    reader.stand = replace(reader.stand, airings=rows, silent=0)
    tracemalloc.start()
    try:
        framed(reader, sheets_of(rows))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_failure_leaves_no_half_file(scene: Scene, tmp_path: Path) -> None:
    air(scene, 11)

    def full(_: int) -> None:
        raise OSError("đầy đĩa")

    for kind in WRITERS:
        with scene.database.reading() as session, pytest.raises(OSError, match="đầy đĩa"):
            write_log(session, scene.clerk, MARCH, tmp_path / f"a.{kind}", kind=kind, progress=full)
    assert [path for path in tmp_path.iterdir() if not path.name.startswith("broadcaster.db")] == []


def test_only_who_may_read_the_log_exports(scene: Scene, tmp_path: Path) -> None:
    nobody = type(scene.clerk)(**{**vars(scene.clerk), "roles": frozenset()})
    with scene.database.reading() as session, pytest.raises(NotAllowed):
        write_log(session, nobody, MARCH, tmp_path / "a.csv", kind="csv")
    rows, _, _ = read_csv(write(scene, tmp_path / "b.csv"))
    assert rows == []


def test_every_column_of_the_field_is_there() -> None:
    headings = {one.heading for one in COLUMNS}
    assert {"Biên tập", "Người đọc", "Ghi công", "Ghi chú", "Đính chính", "Cấp độ khẩn cấp", "Mã băm dòng"} <= headings
    assert len(headings) == len(COLUMNS)


def test_a_cancelled_programme_is_a_row_of_its_own(scene: Scene, tmp_path: Path) -> None:
    body = {"programme": {**armed(1, AT)["programme"]}, "reason": "Mất điện cả phường", "by": "Hùng"}
    with scene.database.writing() as session:
        append(session, scene.station_id, Event.PROGRAMME_CANCELLED, body, happened_at=AT, now=AT)
    [row], _, words = read_csv(write(scene, tmp_path / "a.csv"))
    assert (row["Tiêu đề"], row["Ghi chú"], row["Kết quả"], row["Dự kiến (giây)"]) == (
        "Buổi bị huỷ",
        "Mất điện cả phường",
        "Không phát",
        "900",
    )
    assert "trong đó 1 buổi không phát" in words
    assert write(scene, tmp_path / "a.xlsx").stat().st_size > 0


def _cells(path: Path, sheet: int = 1) -> dict[tuple[str, int], Any]:
    """(cột, hàng) → giá trị đã lưu: số là số, chữ là chữ."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        shared = archive.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in names else ""
        text = archive.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    strings = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<si>(.*?)</si>", shared, re.DOTALL)]
    found: dict[tuple[str, int], Any] = {}
    for letter, row, kind, inner in re.findall(
        r'<c r="([A-Z]+)(\d+)"([^>]*?)>(.*?)</c>', re.sub(r"<c [^>]*/>", "", text), re.DOTALL
    ):
        value = re.search(r"<v>(.*?)</v>", inner)
        if 't="s"' in kind and value:
            found[letter, int(row)] = strings[int(value[1])]
        elif 't="inlineStr"' in kind:
            found[letter, int(row)] = re.sub(r"<[^>]+>", "", inner)
        elif value:
            found[letter, int(row)] = value[1] if 't="str"' in kind else float(value[1])
    return found


def _column(path: Path, sheet: int, heading: str) -> list[Any]:
    cells = _cells(path, sheet)
    letter = next(key[0] for key, value in cells.items() if key[1] == 1 and value == heading)
    return [value for (at, row), value in sorted(cells.items(), key=lambda one: one[0][1]) if at == letter and row > 1]
