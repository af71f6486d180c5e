"""Từ của ngành dưới dạng giá trị: mỗi từ có mã lưu trong cơ sở dữ liệu và nhãn tiếng Việt cho người đọc."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """Giá trị có nhãn: ``Genre.NEWS == "news"``, ``Genre.NEWS.label == "Tin"``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Mã lưu trữ trước, nhãn sau."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
