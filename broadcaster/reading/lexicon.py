"""Từ điển đọc: chữ viết tắt có sẵn và mục của đài; mục của đài thắng, chữ dài thắng chữ ngắn."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

BUILT_IN: dict[str, str] = {
    "BCĐ": "ban chỉ đạo",
    "BCH": "ban chấp hành",
    "BHXH": "bảo hiểm xã hội",
    "BHYT": "bảo hiểm y tế",
    "CBCC": "cán bộ, công chức",
    "CBCCVC": "cán bộ, công chức, viên chức",
    "CCCD": "căn cước công dân",
    "CCHC": "cải cách hành chính",
    "CHCC": "cải cách hành chính",
    "CP": "chính phủ",
    "GPLX": "giấy phép lái xe",
    "HĐND": "hội đồng nhân dân",
    "HTX": "hợp tác xã",
    "KT-XH": "kinh tế - xã hội",
    "LHPN": "liên hiệp phụ nữ",
    "MTTQ": "mặt trận tổ quốc",
    "NĐ": "nghị định",
    "NQ": "nghị quyết",
    "PCCC": "phòng cháy, chữa cháy",
    "QĐ": "quyết định",
    "SIPAS": "si pát",
    "TDP": "tổ dân phố",
    "THCS": "trung học cơ sở",
    "THPT": "trung học phổ thông",
    "TNCS": "thanh niên cộng sản",
    "TP": "thành phố",
    "TTHC": "thủ tục hành chính",
    "TTg": "thủ tướng chính phủ",
    "ThU": "thị ủy",
    "TX": "thị xã",
    "UB": "ủy ban",
    "UBMTTQ": "ủy ban mặt trận tổ quốc",
    "UBND": "ủy ban nhân dân",
    "VHXH": "văn hóa - xã hội",
    "VNeID": "vê en e i đê",
    "VT": "văn thư",
    "VSMT": "vệ sinh môi trường",
    "ATGT": "an toàn giao thông",
    "ANTT": "an ninh trật tự",
    "DVC": "dịch vụ công",
    "NVQS": "nghĩa vụ quân sự",
    "NTM": "nông thôn mới",
    "OCOP": "ô cóp",
    "TM": "thay mặt",
    "KT": "ký thay",
    "TUQ": "thừa ủy quyền",
    "PCT": "phó chủ tịch",
    "CT": "chủ tịch",
}
"""Chữ viết tắt của văn bản cấp phường; lời đọc không còn chữ viết tắt (phát thanh không đọc chữ tắt)."""

SLIPS = {"CHCC": "CCHC"}
"""Chữ hay gõ nhầm → chữ đúng: vẫn đọc đúng nghĩa nhưng phải hỏi lại."""


@dataclass(frozen=True)
class Lexicon:
    """Mục của đài chồng lên mục có sẵn; ``version`` đổi khi bất kỳ mục nào đổi."""

    entries: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def words(self) -> dict[str, str]:
        """Mọi mục đang hiệu lực."""
        return {**BUILT_IN, **self.entries}

    @cached_property
    def version(self) -> str:
        """Mười hai ký tự đầu của SHA-256 mọi mục."""
        text = "\n".join(f"{surface}\t{reading}" for surface, reading in sorted(self.words.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Mẫu khớp mọi mục, chữ dài trước, không cắt giữa từ."""
        surfaces = sorted(self.words, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, surfaces))})(?!\w)")


EMPTY = Lexicon()
