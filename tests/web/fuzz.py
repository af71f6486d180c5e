"""Dữ liệu ác cho mọi ô, mọi tham số, mọi đường: bảng những giá trị từng làm hỏng phần mềm, và chữ bất kỳ."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.web.every_route import Place

_NUMBERS = """0 -1 1 2 99999999999 1e999 -1e999 nan inf 1.5 ٣ １ 0x10 1_000""".split()
_DAYS = """0001-01-01 9999-12-31 2026-02-30 2026-03-01 20260301 2026-W09-1 2026-03-01T00:00:00+14:00 0001-01-01T00:00
9999-12-31T23:59:59.999999 21:00Z 24:00 06:00 06:00:30.5 -00:01 23:59:60""".split()
_WORDS = """../../etc/passwd %s%n %00 {dai}{x} <script> {{7*7}} chữ→lời → on true null []
script urgent_storm news 21-24:400""".split()
_LETTERS = ("", " ", "\0", "\x1b[31m", "\u202e", "\ud7ff\ufffe", "😀" * 50, "a\u0301" * 500, "\r\nSet-Cookie: x=1", "' OR 1=1 --")
_LONG = ("9" * 4_500, "ệ" * 9_000, "{" * 200, "1-2:" * 300, ";" * 500, "=cmd|'/c calc'!A0", "5-6: 50, x", "_ x; x _")
NASTY = (*_NUMBERS, *_DAYS, *_WORDS, *_LETTERS, *_LONG)
"""Mỗi giá trị từng làm hỏng một phần mềm nào đó."""


BROKEN_JSON = ("[" * 100_000, "NaN", '{"a":1e999}', "", "\\", '{"a":"\\ud800"}')
"""Thân JSON hỏng."""


@dataclass(frozen=True)
class Shot:
    """Một yêu cầu ác."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, list[str]]


def shot(place: Place, chance: random.Random) -> Shot:
    """Yêu cầu ác tới ``place``: vài ô, vài tham số, mỗi thứ một giá trị ác; mã trên đường dẫn phần lớn là mã có thật."""
    path = place.at(chance.choice(["1", "1", "1", "2", "0", "-1", "99999999999", "x", "opening", "quiet_from", "%00", "a" * 300]))
    boxes = chance.sample(place.boxes, chance.randint(0, len(place.boxes))) if place.method != "GET" else []
    form = {name: [chance.choice(NASTY) for _ in range(chance.choice([1, 1, 1, 3]))] for name in boxes}
    form |= {name: ["luu"] for name in ("viec",) if name in form and chance.random() < 0.5}
    queries = [name for name in place.queries if chance.random() < 0.7]
    return Shot(place.method, path, {name: query_value(chance) for name in queries}, form)


def query_value(chance: random.Random) -> str:
    """Giá trị ác vừa một dòng yêu cầu; dài hơn thì lớp nhận kết nối đã từ chối."""
    return chance.choice(NASTY)[:2_000]


def json_value(schema_type: object, chance: random.Random) -> object:
    """Giá trị JSON ác, phần lớn đúng kiểu."""
    if schema_type == "integer" and chance.random() < 0.7:
        return chance.choice([0, -1, 1, 2, 2**31, 2**63, 10**400, 1.5])
    if schema_type == "boolean" and chance.random() < 0.7:
        return chance.choice([True, False])
    if schema_type == "array" and chance.random() < 0.7:
        return [json_value(None, chance) for _ in range(chance.choice([0, 1, 3, 400]))]
    if schema_type == "object" and chance.random() < 0.7:
        return {chance.choice(NASTY): chance.choice(NASTY) for _ in range(chance.choice([0, 1, 30]))}
    return chance.choice([*NASTY, None, True, 0, 10**400, 1e308, [], {}, [[[[]]]]])
