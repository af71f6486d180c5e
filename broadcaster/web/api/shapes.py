"""Khuôn chung của dữ liệu vào và ra: số nguyên là số nguyên, ngày là ``YYYY-MM-DD``, trường lạ bị từ chối."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from broadcaster.clock import read_day
from broadcaster.errors import UnsoundText
from broadcaster.plain_text import any_unsound
from broadcaster.web.params import MAX_ID

UNSOUND = "unsound_text"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Given(BaseModel):
    """Dữ liệu vào."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _sound(cls, value: Any) -> Any:
        """Chữ nào trong thân, kể cả tên trường, cũng phải lưu được."""
        if any_unsound(value):
            raise PydanticCustomError(UNSOUND, "{told}", {"told": UnsoundText().message})
        return value


class Told(BaseModel):
    """Dữ liệu ra, đọc thẳng từ dòng hoặc dựng bằng tay."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def _iso_day(value: Any) -> Any:
    """Chỉ nhận ``YYYY-MM-DD``: pydantic tự nó nhận cả số giây và giờ."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return read_day(value)
    raise ValueError("YYYY-MM-DD")


def _day_schema(schema: dict[str, Any]) -> None:
    schema["examples"] = ["2026-03-01"]


StrictId = Annotated[int, Strict(), Field(ge=1, le=MAX_ID)]
"""Mã trong JSON."""
Version = Annotated[int, Strict(), Field(ge=1, le=MAX_ID, description="Số đang thấy; đã cũ thì nhận 409.")]
Day = Annotated[date, BeforeValidator(_iso_day), Field(json_schema_extra=_day_schema)]
Note = Annotated[str, StringConstraints(max_length=4000)]
