"""Mọi số từ ngoài vào đều có khoảng: đường dẫn, truy vấn, biểu mẫu, JSON, dòng lệnh. Thêm số mà thiếu khoảng là hỏng ở đây."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from fastapi import FastAPI
from starlette.testclient import TestClient

from broadcaster.accounts import settings
from broadcaster.cli import app as command_line
from broadcaster.web import routes
from broadcaster.web.api.routes import ROUTERS as API_ROUTERS
from tests.conftest import database  # noqa: F401  SQL và kiểu cột mỗi nơi một khác: chạy trên cả hai
from tests.support.scene import Scene
from tests.web.conftest import Enter

PAGES = Path(routes.__file__).parent
READ_BY_HAND = {"int", "float", "fromisoformat", "Decimal"}


def test_every_number_of_a_path_a_query_and_a_json_body_has_both_ends() -> None:
    api = FastAPI()
    for router in (*routes.ROUTERS, *API_ROUTERS):
        api.include_router(router)
    open_ended = [place for place, schema in numbers(api.openapi()) if not both_ends(schema)]
    assert open_ended == []


def test_no_page_reads_a_number_or_a_time_by_hand() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in PAGES.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and called(node) in READ_BY_HAND and "text(" in ast.unparse(node)
    ]
    assert found == [], "ô của biểu mẫu đọc bằng Posted.whole, decimal, day, clock_time, moment: chỗ ấy đã có khoảng"


def test_every_number_of_the_command_line_has_both_ends() -> None:
    open_ended = [
        f"{name} {option.name}"
        for name, command in commands(typer.main.get_command(command_line), "")
        for option in command.params
        if "int" in option.type.name or "float" in option.type.name
        if getattr(option.type, "min", None) is None or getattr(option.type, "max", None) is None
    ]
    assert open_ended == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/khung-gio", {"ten": "Sáng", "gio": "06:00", "ngay": "1", "khuon": "1", "phut": "1e999"}),
        ("/khung-gio", {"ten": "Sáng", "gio": "06:00", "ngay": "1", "khuon": "1", "phut": "nan"}),
        ("/khung-gio", {"ten": "Sáng", "gio": "06:00Z", "ngay": "1", "khuon": "1", "phut": "15"}),
        ("/khung-gio/yen-tinh/them", {"tu": "0001-01-01T00:00", "den": "9999-12-31T23:59", "so_van_ban": "1", "ly_do_yt": "x"}),
        ("/dai/loa/duong-ra", {"ten": "Đường 3", "mo_truoc": "9" * 4000}),
    ],
)
def test_a_number_or_a_time_out_of_range_is_told(enter: Enter, scene: Scene, path: str, form: dict[str, str]) -> None:
    answers = [enter(actor).post(path, data=form) for actor in (scene.operator, scene.leader)]
    assert {answer.status_code for answer in answers} <= {403, 409, 422}
    assert 422 in {answer.status_code for answer in answers}


@pytest.mark.parametrize("hour", ["21:00Z", "21:00+07:00", "06:00:00.5", "24:00", "9" * 50])
def test_quiet_hours_are_hours_of_the_station(hour: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        settings.QUIET_FROM.parse(hour)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("query", ["tu=0001-01-01", "den=9999-12-31", "trang=99999999999999999999", "trang=-1"])
def test_no_day_and_no_page_number_breaks_the_audit_book(enter: Enter, scene: Scene, query: str) -> None:
    assert enter(scene.auditor).get(f"/kiem-tra?{query}").status_code in (200, 404)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("count", ["9999999999", "2001", "0", "-1"])
def test_the_number_of_parts_is_bounded_before_anything_is_counted(enter: Enter, scene: Scene, count: str) -> None:
    browser: TestClient = enter(scene.writer)
    form = {"so_phan": count, "nguoi_doc": "Lan", "reading_sha256": "0" * 64}
    answer = browser.post(f"/ban-tin/1/thu-am/lan/{'0' * 32}/xong", data=form)
    assert answer.status_code == 422
    assert "từ 1 đến 2000" in answer.text


def numbers(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Mọi lược đồ số nguyên, số thực mà người ngoài gửi vào."""
    for path, methods in document["paths"].items():
        for method, deed in methods.items():
            for parameter in deed.get("parameters", []):
                yield from leaves(document, f"{method} {path} {parameter['name']}", parameter["schema"], set())
            for content in deed.get("requestBody", {}).get("content", {}).values():
                yield from leaves(document, f"{method} {path}", content["schema"], set())


def leaves(document: dict[str, Any], place: str, schema: dict[str, Any], seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name not in seen:
            yield from leaves(document, place, document["components"]["schemas"][name], seen | {name})
        return
    if schema.get("type") in ("integer", "number"):
        yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from leaves(document, f"{place}.{name}", inner, seen)
    inners = [*schema.get("anyOf", []), *schema.get("allOf", []), *schema.get("prefixItems", [])]
    inners += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for inner in inners:
        yield from leaves(document, place, inner, seen)


def both_ends(schema: dict[str, Any]) -> bool:
    low, high = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
    return "enum" in schema or "const" in schema or bool(low & set(schema) and high & set(schema))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for key, inner in command.commands.items():
            yield from commands(inner, f"{name} {key}".strip())
    else:
        yield name, command
