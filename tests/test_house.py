"""Ngôi nhà giữ đúng hình: luật nhập, và cửa duy nhất cho mọi id."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

from importlinter.cli import lint_imports

import broadcaster
from broadcaster.database.base import StationRow
from broadcaster.newsroom import deciding
from broadcaster.web.routes.audit import DEEDS

ROOT = Path(broadcaster.__file__).parent
DOOR = "accounts/door.py"
NO_ACTOR = {"traffic/filling.py"}
"""Việc nền nhận lại đúng dòng vừa tự tính của đài ấy (giành bằng UPDATE có điều kiện), không có id nào do người đưa vào."""


def test_import_contracts_are_kept() -> None:
    assert lint_imports(config_filename=str(ROOT.parent / "pyproject.toml"), no_cache=True) == 0


def test_ids_of_station_rows_go_through_the_one_door() -> None:
    for tables in ROOT.glob("*/tables.py"):
        importlib.import_module(f"broadcaster.{tables.parent.name}.tables")
    names = {row.__name__ for row in _all_subclasses(StationRow)}
    assert {"Script", "Programme", "Output", "Zone", "Airing"} <= names
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).as_posix() not in {DOOR, *NO_ACTOR}
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if _by_id(node, names)
    ]
    assert found == [], "lấy dòng của đài theo id mà không qua accounts.door.owned"


NOT_USE_CASES = {
    *("note", "owned", "station_of", "today_at", "propose", "note_export"),
    *("take_part", "decision_of", "revision_of", "bodies_of", "of"),
}
"""Phần trong của việc: ai gọi chúng đã hỏi quyền rồi."""
OWN_ACCOUNT = {
    *("change_password", "sign_out", "own_sessions", "own_tokens", "own_user", "own_stations", "end_own_session"),
    *("end_other_sessions", "revoke_own_token", "switch_on_code", "switch_off_code", "switch_station", "check_urgent_code"),
}
"""Ai cũng được làm với chính tài khoản của mình."""


_ROOMS = {"accounts", "airlog", "newsroom", "studio", "traffic", "playout", "reports"}


def test_every_use_case_asks_for_permission() -> None:
    """Việc nhận ``actor`` phải hỏi quyền bên trong, hoặc giao trọn cho việc khác có hỏi."""
    known: dict[str, list[ast.FunctionDef]] = {}
    rooms: set[ast.FunctionDef] = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                known.setdefault(node.name, []).append(node)
                if path.relative_to(ROOT).parts[0] in _ROOMS:
                    rooms.add(node)
    silent = [
        node.name
        for nodes in known.values()
        for node in nodes
        if node in rooms and not node.name.startswith("_") and any(argument.arg == "actor" for argument in node.args.args)
        if not _asks(node, known, {node.name})
    ]
    assert sorted(set(silent) - NOT_USE_CASES - OWN_ACCOUNT) == []


def _asks(node: ast.FunctionDef, known: dict[str, list[ast.FunctionDef]], seen: set[str]) -> bool:
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "require":
            return True
        if name in known and name not in seen and "actor" in ast.unparse(call):
            seen.add(name)
            if any(_asks(other, known, seen) for other in known[name]):
                return True
    return False


def test_every_deed_in_the_book_has_words() -> None:
    """Việc ghi sổ nào cũng có lời trên trang Kiểm tra."""
    noted = set(deciding._BOOK.values())
    for path in ROOT.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in ("note", "_note") and len(call.args) > 2:
                noted |= {str(one.value) for one in ast.walk(call.args[2]) if isinstance(one, ast.Constant)}
    assert len(noted) > 30
    assert noted - set(DEEDS) == set()


def _by_id(node: ast.AST, names: set[str]) -> bool:
    """``session.get(Script, …)`` hoặc ``Script.id == …`` trong một điều kiện không kèm ``station_id``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "get_one"):
        return bool(node.args) and isinstance(node.args[0], ast.Name) and node.args[0].id in names
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("where", "filter"):
        text = ast.unparse(node)
        return "station_id" not in text and any(
            isinstance(part, ast.Compare)
            and isinstance(part.left, ast.Attribute)
            and part.left.attr == "id"
            and isinstance(part.left.value, ast.Name)
            and part.left.value.id in names
            and not _is_column(part.comparators[0])
            for part in ast.walk(node)
        )
    return False


def _is_column(node: ast.expr) -> bool:
    """``Programme.id`` ở vế phải: nối bảng, không phải lấy theo id."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id[:1].isupper()


def _all_subclasses(cls: type) -> set[type]:
    return {child for direct in cls.__subclasses__() for child in {direct} | _all_subclasses(direct)}
