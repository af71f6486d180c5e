"""Điều một lượt phát không đổi giữa các lượt: phát gì (chữ, người, băm) và phát tới đâu; cất một lần cho mọi lượt giống nhau.

Một bản tin phát mười lần, lời chào phát nghìn lần: triệu lượt phát chỉ có vài chục nghìn “điều được phát”, vài trăm “nhãn” của
chúng, vài chục “nơi được phát”. Tìm theo chữ, người, cụm loa chỉ đọc ba bảng nhỏ ấy. Mã của chúng là băm của chính nội dung,
nên lúc ghi, lúc kiểm và lúc dựng lại đều tính ra một mã, không phải hỏi bảng nào.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from broadcaster.airlog.content import content_id
from broadcaster.airlog.line_bodies import listed_deliveries
from broadcaster.search_text import fold, spaced, tokens

Values = dict[str, Any]
_ITEM = frozenset(
    (
        *("kind", "title", "script_id", "revision_id", "revision_number", "text_sha256", "reading_sha256", "genre", "column"),
        *("topics", "origin", "priority", "voice", "author", "hands", "credits", "approval", "segment", "placed_name"),
    )
)
_MOST_KNOWN = 5000
URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Subject:
    """Điều được phát; ``facts`` chỉ có những trường nhật ký đã kể."""

    id: int
    facts: Values


@dataclass(frozen=True, slots=True)
class Label:
    """Nhãn của điều được phát: chuyên mục, thể loại, nội dung kế hoạch, những người có tên; ``values`` là các cột để tìm."""

    id: int
    values: Values


@dataclass(frozen=True, slots=True)
class Scope:
    """Nơi được phát: mã TDP và mã cụm loa, xếp thứ tự."""

    id: int
    zones: tuple[str, ...]
    clusters: tuple[str, ...]


class Known:
    """Tính mã của điều và nơi được phát, nhớ những điều vừa gặp: băm một lần cho mười lượt."""

    def __init__(self, station_id: int) -> None:
        """Của một đài: hai đài kể y hệt nhau thì vẫn là hai mã."""
        self._station_id = station_id
        self._subjects: dict[tuple[Any, ...], tuple[tuple[Any, ...], Subject]] = {}
        self._scopes: dict[tuple[Any, ...], Scope] = {}

    def subject(self, body: Values) -> Subject:
        """Điều được phát của thân ``item_armed`` hay ``item_skipped``."""
        item = body["item"]
        told = (*map(item.get, _ITEM), body.get("operator"), item.get("why") if item.get("kind") == URGENT else None)
        key = (item.get("title"), item.get("revision_id"), body.get("operator"))
        known = self._subjects.get(key)
        if known is None or known[0] != told:
            _bounded(self._subjects)
            facts = _facts(body)
            known = self._subjects[key] = told, Subject(content_id(self._station_id, facts), facts)
        return known[1]

    def scope(self, body: Values) -> Scope:
        """Nơi được phát của thân ấy."""
        reach = listed_deliveries(body).scope
        named = body["item"].get("zones") or body["programme"].get("zones", ())
        key = (reach, *named)
        known = self._scopes.get(key)
        if known is None:
            _bounded(self._scopes)
            zones, clusters = tuple(sorted(reach[0].union(named))), reach[1]
            known = self._scopes[key] = Scope(content_id(self._station_id, [zones, clusters]), zones, clusters)
        return known


def subject_values(station_id: int, facts: Values) -> tuple[Values, Label]:
    """Các cột để tìm của một điều được phát, và nhãn của nó."""
    marks = {
        **_texts("people", people_of(facts)),
        "column_name": facts.get("column"),
        "genre": facts.get("genre"),
        "topics": listed(facts.get("topics") or ()),
    }
    label = Label(content_id(station_id, marks), marks)
    return {**_texts("title", [str(facts.get("title", ""))]), "label_id": label.id}, label


def _texts(name: str, told: Iterable[str]) -> Values:
    """Hai cột chữ để tìm: còn dấu, không dấu."""
    words = [word for one in told for word in tokens(one)]
    return {f"{name}_lower": spaced(words), f"{name}_plain": spaced(map(fold, words))}


def scope_values(scope: Scope) -> Values:
    """Các cột để tìm của một nơi được phát."""
    return {"zones": listed(scope.zones), "clusters": listed(scope.clusters)}


def listed(codes: Iterable[str]) -> str:
    """Danh sách mã thành một chữ mà tìm một mã thì khớp trọn mã: mỗi mã nằm giữa hai dấu xuống dòng."""
    return "\n" + "".join(f"{code}\n" for code in codes)


def people_of(facts: Mapping[str, Any]) -> list[str]:
    """Mọi người có tên trong một điều được phát, mỗi người một lần: viết, sửa, đọc, duyệt, xếp, vận hành."""
    voice, approval = facts.get("voice") or {}, facts.get("approval") or {}
    names = [
        facts.get("author"),
        *(one.get("name") for one in facts.get("hands") or ()),
        *(one.get("name") for one in facts.get("credits") or ()),
        voice.get("reader"),
        approval.get("name"),
        facts.get("placed_name"),
        facts.get("operator"),
    ]
    return list(dict.fromkeys(str(name) for name in names if name))


def _facts(body: Values) -> Values:
    item = body["item"]
    facts = {name: value for name, value in item.items() if name in _ITEM and value not in (None, "", [])}
    if body.get("operator"):
        facts["operator"] = body["operator"]
    if item.get("kind") == URGENT and item.get("why"):
        facts["level"] = item["why"]
    return facts


def _bounded(known: dict[Any, Any]) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
