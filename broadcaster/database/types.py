"""Kiểu cột chung: giờ luôn UTC có múi giờ, JSON luôn ở dạng chuẩn để băm được, từ của ngành luôn bị kiểm."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import DateTime, Dialect, Enum, Text
from sqlalchemy.types import TypeDecorator

from broadcaster.enums import Word

try:
    import orjson
except ImportError:  # máy không có bánh xe orjson (ARM 32 bit…): thư viện chuẩn đọc ra đúng như thế, chậm gấp ba
    orjson = None  # type: ignore[assignment]


def canonical_json(value: object) -> str:
    """JSON một dạng duy nhất (khoá xếp thứ tự, không dấu cách, giữ chữ Việt): cùng nội dung thì cùng mã băm."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def read_json(text: str | bytes) -> Any:
    """Giá trị của một chữ JSON, đọc nhanh nhất máy này có thể. Lỗi: ``ValueError``."""
    return json.loads(text) if orjson is None else orjson.loads(text)


class WrittenJson(dict[str, Any]):
    """Đối tượng JSON lớn đã viết sẵn thành chữ ngoài khoá ghi; tạo rồi thì không sửa, chỉ ``adding``."""

    def __init__(self, value: Mapping[str, Any], text: str | None = None) -> None:
        """``text``: dạng chuẩn của ``value``, khi đã có."""
        super().__init__(value)
        self.text = canonical_json(value) if text is None else text

    def adding(self, name: str, value: object) -> WrittenJson:
        """Thêm một trường đứng đầu theo thứ tự chữ: chỉ viết trường ấy rồi nối vào phần đã viết."""
        assert all(name < other for other in self)
        rest = "," + self.text[1:] if self else "}"
        return WrittenJson({**self, name: value}, f"{{{canonical_json(name)}:{canonical_json(value)}{rest}")


def stored_json(value: object) -> str:
    """Chữ của cột ``CanonicalJson``: đã viết sẵn thì dùng luôn."""
    return value.text if isinstance(value, WrittenJson) else canonical_json(value)


class UtcDateTime(TypeDecorator[datetime]):
    """Thời điểm UTC; từ chối giờ không có múi giờ ngay khi ghi."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite không giữ múi giờ: lưu UTC trần; PostgreSQL giữ nguyên."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("thời điểm phải có múi giờ")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Luôn trả về UTC có múi giờ."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CanonicalJson(TypeDecorator[Any]):
    """JSON lưu thành chữ ở dạng chuẩn (``canonical_json``): đọc lại băm vẫn khớp trên mọi cơ sở dữ liệu."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Đối tượng → chữ."""
        return None if value is None else stored_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Chữ → đối tượng."""
        return None if value is None else read_json(value)


def word_type(words: type[Word]) -> Enum:
    """Cột chỉ nhận các từ của ``words``, có CHECK trong cơ sở dữ liệu."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=words.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


W = TypeVar("W", bound=Word)


class WordSet(TypeDecorator[frozenset[W]], Generic[W]):
    """Tập từ (ví dụ các vai trò của một người), lưu thành ``a,b,c`` xếp thứ tự."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[W]) -> None:
        """``words``: bộ từ được phép."""
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Iterable[W] | None, dialect: Dialect) -> str | None:
        """Tập → chữ."""
        return None if value is None else ",".join(sorted(self.words(word).value for word in value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[W] | None:
        """Chữ → tập."""
        return None if value is None else frozenset(self.words(word) for word in value.split(",") if word)
