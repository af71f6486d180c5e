"""Những việc làm ngay trên biểu mẫu soạn mà chưa lưu gì: dùng chữ của tệp, để riêng, đưa lại, đổi mã, sửa theo gợi ý, hoàn tác.

Mỗi việc nhận các ô đã gõ và trả các ô mới; chữ cũ nằm ở ô ``truoc`` nên việc nào cũng hoàn tác được.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from broadcaster.newsroom.enums import CreditRole
from broadcaster.newsroom.importing import Imported, mended, split
from broadcaster.newsroom.text import clean_text
from broadcaster.web.forms import Posted

ASIDE = ("dau", "cuoi", "truoc")
"""Ô ẩn: phần đầu, phần cuối để riêng; nội dung trước việc vừa làm."""
PENDING = ("moi_tieu_de", "moi_noi_dung", "moi_dau", "moi_cuoi", "moi_the_loai")
"""Ô ẩn của tệp vừa đọc, khi còn chờ chọn thay hay thêm."""


@dataclass(frozen=True)
class Edited:
    """Các ô sau việc vừa làm; ``notes``: nói lại đã làm gì; ``pending``: chữ của tệp còn chờ chọn."""

    typed: dict[str, Any]
    notes: tuple[str, ...] = ()
    converted: tuple[tuple[str, str], ...] = ()
    pending: dict[str, str] = field(default_factory=dict)


def typed_credits(form: Posted) -> dict[CreditRole, str]:
    """Ô ``nb_…``: vai trò → tên đã gõ."""
    return {role: form.text(f"nb_{role.value}") for role in CreditRole}


def take_in(typed: dict[str, Any], imported: Imported) -> Edited:
    """Chữ của tệp vào biểu mẫu: ô còn trống thì điền ngay, đã gõ rồi thì hỏi thay, thêm hay thôi."""
    pending = {
        "moi_tieu_de": imported.title,
        "moi_noi_dung": imported.text,
        "moi_dau": imported.head,
        "moi_cuoi": imported.tail,
        "moi_the_loai": imported.genre.value if imported.genre else "",
    }
    if typed["noi_dung"].strip():
        return Edited(typed, imported.notes, imported.converted, pending)
    return Edited(_replaced(typed, pending, keep=""), imported.notes, imported.converted)


def edited(form: Posted, typed: dict[str, Any]) -> Edited | None:
    """Việc mà nút vừa bấm xin; nút khác (lưu, gửi, xem) thì ``None``."""
    if fix := form.text("sua"):
        return _fixed(typed, fix)
    act = _ACTS.get(form.text("viec"))
    return act(typed, {name: form.text(name) for name in PENDING}) if act else None


def _replace(typed: dict[str, Any], pending: dict[str, str]) -> Edited:
    return Edited(_replaced(typed, pending, keep=typed["noi_dung"]), ("Đã thay nội dung bằng chữ của tệp.",))


def _replaced(typed: dict[str, Any], pending: dict[str, str], *, keep: str) -> dict[str, Any]:
    """Tiêu đề đã gõ thì giữ: người đặt thường hay hơn máy đoán."""
    return {
        **typed,
        "tieu_de": typed["tieu_de"] if typed["tieu_de"].strip() else pending["moi_tieu_de"],
        "noi_dung": pending["moi_noi_dung"],
        "the_loai": pending["moi_the_loai"] or typed["the_loai"],
        "dau": pending["moi_dau"],
        "cuoi": pending["moi_cuoi"],
        "truoc": keep,
    }


def _append(typed: dict[str, Any], pending: dict[str, str]) -> Edited:
    whole = "\n\n".join([typed["noi_dung"].rstrip(), pending["moi_noi_dung"]])
    return Edited({**typed, "noi_dung": whole, "truoc": typed["noi_dung"]}, ("Đã thêm chữ của tệp vào cuối nội dung.",))


def _cancel(typed: dict[str, Any], _pending: dict[str, str]) -> Edited:
    return Edited(typed, ("Giữ nguyên nội dung đang soạn; chữ của tệp không dùng.",))


def _undo(typed: dict[str, Any], _pending: dict[str, str]) -> Edited:
    return Edited({**typed, "noi_dung": typed["truoc"], "truoc": typed["noi_dung"]}, ("Đã trở lại nội dung trước đó.",))


def _set_aside(typed: dict[str, Any], _pending: dict[str, str]) -> Edited:
    parts = split(clean_text(typed["noi_dung"]))
    aside = {"dau": parts.head or typed["dau"], "cuoi": parts.tail or typed["cuoi"]}
    return Edited({**typed, **aside, "noi_dung": parts.body, "truoc": typed["noi_dung"]})


def _back(name: str) -> Callable[[dict[str, Any], dict[str, str]], Edited]:
    def act(typed: dict[str, Any], _pending: dict[str, str]) -> Edited:
        parts = [typed["noi_dung"], typed[name]] if name == "cuoi" else [typed[name], typed["noi_dung"]]
        return Edited({**typed, name: "", "noi_dung": "\n".join(filter(None, parts)), "truoc": typed["noi_dung"]})

    return act


def _recode(typed: dict[str, Any], _pending: dict[str, str]) -> Edited:
    text, samples = mended(typed["noi_dung"])
    return Edited({**typed, "noi_dung": text, "truoc": typed["noi_dung"]}, converted=samples)


def _fixed(typed: dict[str, Any], fix: str) -> Edited:
    """“chữ→chữ đúng”: thay ở mọi chỗ chữ ấy đứng trọn."""
    wrong, arrow, right = fix.partition("→")
    if not (wrong and arrow):
        return Edited(typed)
    text, count = re.subn(rf"(?<!\w){re.escape(wrong)}(?!\w)", lambda _: right, clean_text(typed["noi_dung"]))
    notes = (f"Đã sửa {count} chỗ thành “{right}”.",) if count else ()
    return Edited({**typed, "noi_dung": text, "truoc": typed["noi_dung"] if count else typed["truoc"]}, notes)


_ACTS: dict[str, Callable[[dict[str, Any], dict[str, str]], Edited]] = {
    "thay": _replace,
    "them": _append,
    "thoi": _cancel,
    "hoan_tac": _undo,
    "de_rieng": _set_aside,
    "lay_dau": _back("dau"),
    "lay_cuoi": _back("cuoi"),
    "doi_ma": _recode,
}
