"""Lệnh với nhật ký phát thanh: kiểm chuỗi, xuất một kỳ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broadcaster.cli.common import DEFAULT_CONFIG, AsJson, ConfigFile, Who, say, station, station_as
from broadcaster.config import load

if TYPE_CHECKING:
    from broadcaster.service.airlog_commands import Checked

app = typer.Typer(help="Nhật ký phát thanh.", no_args_is_help=True)


@app.command()
def verify(
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="Mốc đã giữ: SỐ:BĂM, tệp hay thư mục có neo-….jsonl, bản sao lưu; lặp lại được."),
    ] = None,
    key: Annotated[Path | None, typer.Option("--khoa", help="Tệp khoá riêng, khi bản sao đã khoá.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Kiểm nhật ký với mọi sổ, tệp tiếng, mốc và bản sao tìm được; có chỗ bị sửa thì kể ra và thoát với mã 7."""
    from broadcaster.errors import ChainBroken
    from broadcaster.service.airlog_commands import verify as checked

    found = checked(load(config), against=against or (), key=key)
    value = [
        {
            "dai": one.name,
            "dong": one.verdict.lines,
            "ma_bam": one.verdict.digest,
            "sai": list(one.verdict.faults),
            "luu_y": list(one.verdict.notes),
            "da_so": list(one.compared),
        }
        for one in found
    ]
    say(value, as_json=json, lines=[line for one in found for line in _told(one)])
    broken = [f"{one.name}: {fault}" for one in found for fault in one.verdict.faults]
    if broken:
        raise ChainBroken("Nhật ký KHÔNG nguyên vẹn. Hãy giữ nguyên tệp dữ liệu và báo người quản trị:\n" + "\n".join(broken))


def _told(one: Checked) -> Iterator[str]:
    if one.verdict.sound:
        whole = "những dòng còn lại nguyên vẹn, nhưng một đoạn ĐÃ MẤT" if one.verdict.lost else "nhật ký nguyên vẹn"
        yield f"{one.name}: {whole}, {one.verdict.lines} dòng, mã băm cuối {one.verdict.digest}"
    yield from (f"  đã so: {line}" for line in one.compared)
    yield from (f"  lưu ý: {line}" for line in one.verdict.notes)


@app.command()
def anchor(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Gửi ngay đầu chuỗi tới mọi nơi trong [anchors]; đài tự làm việc này mỗi đêm."""
    from contextlib import closing

    from broadcaster.clock import SystemClock
    from broadcaster.errors import OutputFailed
    from broadcaster.service.anchoring import anchor as send
    from broadcaster.service.assembly import open_database

    loaded = load(config)
    with closing(open_database(loaded)) as database:
        found = send(loaded, database, SystemClock())
    for one in found:
        typer.echo(f"{one.place}: {one.error or one.doubt or one.receipt}")
    if not found:
        typer.echo("Chưa cấu hình nơi nào trong [anchors] của config.toml, hoặc nhật ký chưa có dòng nào.")
    if any(one.error or one.doubt for one in found):
        raise OutputFailed("Có nơi chưa nhận mốc như mong đợi. Hãy xem các dòng trên.")


@app.command(context_settings={"ignore_unknown_options": True})  # mục của tin khẩn cấp mang số âm
def prove(
    item_id: Annotated[int, typer.Argument(help="Số của mục phát, in ở trang của lượt phát.")],
    file: Annotated[Path, typer.Option("--tep", help="Tệp .json sẽ ghi.")],
    reaching: Annotated[
        int | None, typer.Option("--toi", min=1, max=10**12, help="Lập theo gốc cây tới dòng này, như giấy ghi.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Lập tệp chứng cứ cho một lượt phát: người nhận kiểm được với một dòng trên giấy, không cần cả nhật ký."""
    from broadcaster.service.proving import prove as made
    from broadcaster.service.proving import write_proof

    with station(config) as (database, actor), database.reading() as session:
        proof = made(session, actor, item_id, reaching=reaching)
    write_proof(proof, file)
    typer.echo(f"Đã ghi {file}: {len(proof['cac_dong'])} dòng, gốc {proof['goc']}")


@app.command()
def check_proof(
    file: Annotated[Path, typer.Argument(help="Tệp chứng cứ.")],
    root: Annotated[str, typer.Option("--goc", help="Gốc cây chép từ giấy, thư hay tệp mốc.")] = "",
) -> None:
    """Kiểm một tệp chứng cứ trên bất cứ máy nào, không cần mạng hay nhật ký."""
    from broadcaster.service.proving import check

    for line in check(file, root):
        typer.echo(line)


@app.command()
def export(
    first: Annotated[str, typer.Option("--tu", help="Từ ngày, dạng 2026-03-01.")],
    last: Annotated[str, typer.Option("--den", help="Đến ngày, tính cả ngày ấy.")],
    file: Annotated[Path, typer.Option("--tep", help="Tệp .csv hoặc .xlsx sẽ ghi.")],
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Xuất nhật ký của một kỳ ra CSV hoặc XLSX."""
    from broadcaster.service.airlog_commands import export as write

    with station_as(config, who) as (database, actor):
        typer.echo(write(database, actor, first=first, last=last, file=file))
