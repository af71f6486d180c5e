"""Tệp xuất: đủ cột, đúng kiểu, mở được, và không bao giờ còn nửa tệp."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.airlog.enums import Event
from broadcaster.airlog.queries import AiringFilter, Period
from broadcaster.errors import NotAllowed
from broadcaster.reports.airlog_table import COLUMNS, Cell, Table, airlog_table
from broadcaster.reports.files import WRITERS, write_csv
from tests.airlog.bodies import armed
from tests.airlog.test_airlog import air, line
from tests.support.scene import Scene


def wanted(scene: Scene) -> AiringFilter:
    day = scene.clock.now().date()
    return AiringFilter(Period(day, day))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_has_every_airing_with_its_figures(scene: Scene, tmp_path: Path, kind: str) -> None:
    air(scene, 11)
    air(scene, 12)
    path = tmp_path / f"nhat-ky.{kind}"
    with scene.database.reading() as session:
        WRITERS[kind](airlog_table(session, scene.clerk, wanted(scene)), path)
    text = _text(path)
    assert text.count("Tin cải cách hành chính") >= (2 if kind == "csv" else 1)
    for word in ("Đã phát đủ", "C1, C3", "CL01", "Chuỗi nhật ký tới dòng 6"):
        assert word in text
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".tmp"] == []


def test_csv_reads_back_column_by_column(scene: Scene, tmp_path: Path) -> None:
    air(scene, 11)
    with scene.database.reading() as session:
        write_csv(airlog_table(session, scene.clerk, wanted(scene)), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(iter(csv.DictReader(file)))
    assert set(row) >= {heading for heading, _ in COLUMNS}
    assert (row["Dự kiến (giây)"], row["Bắt đầu thật"], row["Cụm loa đã gửi"]) == ("60.0", "2026-03-02 08:00:00", "CL01")
    assert len(row["Mã băm dòng"]) == 64


def test_a_formula_in_a_title_is_only_text(scene: Scene, tmp_path: Path) -> None:
    body = armed(11, scene.clock.now())
    body["item"]["title"] = "=HYPERLINK(1)"
    line(scene, Event.ITEM_ARMED, body, 11)
    with scene.database.reading() as session:
        write_csv(airlog_table(session, scene.clerk, wanted(scene)), tmp_path / "a.csv")
    assert "'=HYPERLINK(1)" in _text(tmp_path / "a.csv")


def test_a_failure_leaves_no_half_file(tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[Cell, ...]]:
        yield ("một",)
        raise OSError("đầy đĩa")

    for kind, write in WRITERS.items():
        with pytest.raises(OSError, match="đầy đĩa"):
            write(Table("t", ("a",), rows(), ()), tmp_path / f"a.{kind}")
    assert list(tmp_path.iterdir()) == []


def test_only_who_may_read_the_log_exports(scene: Scene) -> None:
    nobody = type(scene.clerk)(**{**vars(scene.clerk), "roles": frozenset()})
    with scene.database.reading() as session, pytest.raises(NotAllowed):
        airlog_table(session, nobody, wanted(scene))


def _text(path: Path) -> str:
    if path.suffix == ".csv":
        return path.read_text("utf-8-sig")
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
