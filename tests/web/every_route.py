"""Mọi đường của trang và API, cùng tên các ô mà mã của nó đọc: tìm trong mã nguồn, nên đường mới tự có mặt."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from fastapi.routing import APIRoute

from broadcaster.web.routes import ROUTERS

READERS = {"text", "texts", "ids", "whole", "maybe", "day", "clock_time", "moment", "decimal", "word", "checked", "file"}
ROWS = ("1", "2", "r1", "moi", "opening")


@dataclass(frozen=True)
class Place:
    """Một đường: phương thức, mẫu đường dẫn, các ô biểu mẫu và tham số sau dấu hỏi."""

    method: str
    path: str
    boxes: tuple[str, ...]
    queries: tuple[str, ...]

    def at(self, value: str) -> str:
        """Đường dẫn với mọi chỗ trống là ``value``."""
        return re.sub(r"\{.*?\}", value, self.path)

    def each(self, *values: str) -> list[str]:
        """Như ``at`` với từng giá trị; đường không có chỗ trống thì chỉ một."""
        return list(dict.fromkeys(self.at(value) for value in values))


def every_page() -> list[Place]:
    """Mọi đường của trang."""
    return [
        Place(method, route.path, boxes(inspect.getmodule(route.endpoint)), queries(route))
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods)
    ]


def queries(route: APIRoute) -> tuple[str, ...]:
    return tuple(param.name for param in route.dependant.query_params)


@cache
def boxes(module: object) -> tuple[str, ...]:
    """Tên các ô mà mô-đun của đường ấy đọc; ô của từng dòng thì thử vài đuôi."""
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    return tuple(sorted({name for node in ast.walk(tree) for name in _names(node)}))


def _names(node: ast.AST) -> Iterator[str]:
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or node.func.attr not in READERS
        or not node.args
    ):
        return
    first = node.args[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.value
    elif isinstance(first, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else None for part in first.values]
        for row in ROWS:
            yield "".join(row if part is None else str(part) for part in parts)
