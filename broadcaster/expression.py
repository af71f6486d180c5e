"""Một công thức ngắn do đài đặt (điểm dự kiến): chỉ số, tên đã biết, bốn phép tính, so sánh, “nếu”, vài hàm; không có ``eval``.

Thư viện sẵn (simpleeval, asteval) nhận cả chữ, thuộc tính, danh sách, vòng lặp, nên phải chặn bớt; ở đây điều gì không kể ra là
không có: cây cú pháp của Python được đi qua từng nút, nút lạ bị từ chối ngay lúc lưu.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping

from broadcaster.errors import Invalid

LONGEST = 300
MOST = 1e9
"""Điểm lớn hơn thế là công thức viết nhầm."""
_DEEPEST = 30
_CALLS: dict[str, Callable[..., float]] = {"nho_nhat": min, "lon_nhat": max, "tron": math.floor, "min": min, "max": max}
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right if right else 0.0,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}


def check_formula(text: str, names: Iterable[str]) -> None:
    """Công thức dùng được với các tên ấy. Lỗi: ``Invalid`` nói chỗ không hiểu."""
    evaluate(text, dict.fromkeys(names, 1.0))


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """Giá trị của công thức; chia cho 0 là 0 (kế hoạch chưa có nội dung thì chưa có điểm). Lỗi: ``Invalid``."""
    try:
        found = _value(_tree(text), values, _DEEPEST)
    except (OverflowError, TypeError, ValueError) as error:
        raise _strange("con số quá lớn hoặc hàm thiếu giá trị") from error
    if not abs(found) <= MOST:  # cả “không phải số”
        raise _strange("kết quả không phải một con số vừa phải")
    return float(found)


def _tree(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise _strange(f"dài quá {LONGEST} ký tự")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _strange("viết chưa đúng cú pháp") from error


def _value(node: ast.expr, values: Mapping[str, float], depth: int) -> float:
    if not depth:
        raise _strange("lồng quá sâu")

    def inner(one: ast.expr) -> float:
        return _value(one, values, depth - 1)

    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in values:
            return float(values[name])
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](inner(left), inner(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -inner(operand)
        case ast.IfExp(test=ast.Compare(left=left, ops=[op], comparators=[right])) if type(op) in _COMPARE:
            chosen, other = inner(node.body), inner(node.orelse)
            return chosen if _COMPARE[type(op)](inner(left), inner(right)) else other
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as given, keywords=[]) if name in _CALLS:
            return float(_CALLS[name](*(inner(one) for one in given)))
    raise _strange(f"không hiểu “{ast.unparse(node)[:60]}”")


def _strange(why: str) -> Invalid:
    known = "số, tên trong danh sách, + - * /, nho_nhat, lon_nhat, tron và “a if x >= y else b”"
    return Invalid(f"Công thức {why}. Chỉ dùng {known}.")
