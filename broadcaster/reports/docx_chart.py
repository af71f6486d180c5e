"""Biểu đồ thanh ngang thật trong tệp Word (DrawingML), là hình véc-tơ: phóng to không vỡ, in ra sắc nét."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm

from broadcaster.reports.document import Chart

_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_SPACE = "http://schemas.openxmlformats.org/drawingml/2006"
_DONE, _TARGET = "2F6B8F", "D9D9D9"


def add_chart(book: Any, chart: Chart) -> None:
    """Chèn ``chart`` thành một đoạn riêng, cao theo số thanh."""
    number = 1 + sum(str(part.partname).startswith("/word/charts/") for part in book.part.package.iter_parts())
    name = PackURI(f"/word/charts/chart{number}.xml")
    part = Part(name, _CHART_TYPE, _chart_xml(chart).encode(), book.part.package)
    reference = book.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    width, height = Mm(160), Mm(24 + 9 * len(chart.bars))
    run = book.add_paragraph().add_run()
    run._r.append(parse_xml(_inline_xml(reference, number, int(width), int(height), chart.title)))


def _inline_xml(reference: str, number: int, width: int, height: int, title: str) -> str:
    return (
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        f'xmlns:wp="{_SPACE}/wordprocessingDrawing" xmlns:a="{_SPACE}/main"><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{1000 + number}" name="Biểu đồ {number}" '
        f'descr="{_attribute(title)}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{_SPACE}/chart">'
        f'<c:chart xmlns:c="{_SPACE}/chart" '
        f'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="{reference}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def _chart_xml(chart: Chart) -> str:
    labels = [bar.label for bar in chart.bars]
    series = [_series(0, f"Đã phát ({chart.unit})", labels, [bar.done for bar in chart.bars], _DONE)]
    if any(bar.target is not None for bar in chart.bars):
        series.append(_series(1, f"Chỉ tiêu ({chart.unit})", labels, [bar.target for bar in chart.bars], _TARGET))
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><c:chartSpace xmlns:c="{_SPACE}/chart" xmlns:a="{_SPACE}/main">'
        f"<c:chart><c:title><c:tx><c:rich><a:bodyPr/><a:p>{_run(chart.title, 1200)}</a:p></c:rich></c:tx>"
        '<c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>'
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>{"".join(series)}'
        '<c:gapWidth val="60"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="maxMin"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="l"/><c:tickLblPos val="low"/>{_text_style()}<c:crossAx val="2"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="b"/><c:numFmt formatCode="#,##0" sourceLinked="0"/>{_text_style()}<c:crossAx val="1"/></c:valAx>'
        f'</c:plotArea><c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_text_style()}</c:legend>'
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>'
    )


def _series(number: int, name: str, labels: list[str], values: Sequence[int | None], colour: str) -> str:
    count = len(values)
    names = "".join(f'<c:pt idx="{i}"><c:v>{escape(label)}</c:v></c:pt>' for i, label in enumerate(labels))
    points = "".join(f'<c:pt idx="{i}"><c:v>{value}</c:v></c:pt>' for i, value in enumerate(values) if value is not None)
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/><c:tx><c:v>{escape(name)}</c:v></c:tx>'
        f'<c:spPr><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>'
        f'<c:dLbls>{_text_style()}<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/>'
        '<c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
        f'<c:cat><c:strLit><c:ptCount val="{count}"/>{names}</c:strLit></c:cat>'
        f'<c:val><c:numLit><c:formatCode>#,##0</c:formatCode><c:ptCount val="{count}"/>{points}</c:numLit></c:val></c:ser>'
    )


def _text_style() -> str:
    return (
        '<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1000"><a:latin typeface="Times New Roman"/></a:defRPr></a:pPr>'
        '<a:endParaRPr lang="vi-VN"/></a:p></c:txPr>'
    )


def _run(text: str, size: int) -> str:
    return (
        f'<a:r><a:rPr lang="vi-VN" sz="{size}" b="1"><a:latin typeface="Times New Roman"/></a:rPr><a:t>{escape(text)}</a:t></a:r>'
    )


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
