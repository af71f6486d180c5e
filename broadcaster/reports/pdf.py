"""Văn bản thành PDF bằng typst: để xem, gửi và lưu; bản để ký là tệp Word cùng nội dung.

Chữ của người dùng đi vào typst bằng dữ liệu JSON, không bao giờ thành mã của mẫu.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from broadcaster.reports.document import (
    MOTTO,
    NATION,
    NUMERIC,
    TOTAL,
    Block,
    Document,
    Kind,
    Table,
    label_span,
    number_line,
    place_and_day,
    printable,
    shown,
)
from broadcaster.reports.square import square_svg
from broadcaster.sound.files import whole_file

_CENTRED = frozenset({Kind.DAY, Kind.CLOCK, Kind.MOMENT, Kind.CODE})


def write_pdf(document: Document, path: Path) -> None:
    """Ghi ``document`` thành PDF ở ``path``, trọn hoặc không có gì."""
    made = typst.compile(_template(), sys_inputs={"document": json.dumps(_data(printable(document)), ensure_ascii=False)})
    with whole_file(path) as temporary:
        temporary.write_bytes(made)


@cache
def _template() -> bytes:
    return files("broadcaster.reports").joinpath("document.typ").read_bytes()


def _data(document: Document) -> dict[str, Any]:
    head = document.letterhead
    return {
        "title": document.title.split("\n"),
        "subtitle": document.subtitle.split("\n") if document.subtitle else [],
        "unit": document.unit,
        "landscape": document.landscape,
        "nation": NATION,
        "motto": MOTTO,
        "letterhead": head
        and {"parent": head.parent, "issuer": head.issuer, "number": number_line(head), "place": place_and_day(head)},
        "blocks": [_block(block) for block in document.blocks],
        "footnotes": list(document.footnotes),
        "square": square_svg(document.mark) if document.mark else "",
        "recipients": list(document.recipients),
        "signatures": [asdict(signature) for signature in document.signatures],
    }


def _block(block: Block) -> dict[str, Any]:
    kind = type(block).__name__
    if not isinstance(block, Table):
        return {"kind": kind, **asdict(block)}
    totals = block.totals()
    return {
        "kind": kind,
        "caption": block.caption,
        "note": block.note,
        "empty": block.empty,
        "totals": totals and [TOTAL, *(shown(value, column.kind) for value, column in zip(totals, block.columns, strict=True))],
        "span": label_span(block),
        "columns": [{"heading": column.heading, "width": column.width, "align": _align(column.kind)} for column in block.columns],
        "rows": [[shown(value, column.kind) for value, column in zip(row, block.columns, strict=True)] for row in block.rows],
    }


def _align(kind: Kind) -> str:
    if kind in NUMERIC:
        return "right"
    return "center" if kind in _CENTRED else "left"
