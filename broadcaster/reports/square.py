"""Mã vuông in trên giấy: điện thoại quét là có đúng chữ, không ai phải chép sáu mươi tư chữ số."""

from __future__ import annotations

import io

_BORDER = 2


def square_png(text: str) -> bytes:
    """Ảnh PNG, cùng chữ thì cùng từng byte."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=8, border=_BORDER)
    return out.getvalue()


def square_svg(text: str) -> str:
    """Ảnh SVG nét thẳng, phóng to không vỡ."""
    import segno

    return str(segno.make(text, error="m").svg_inline(scale=4, border=_BORDER, dark="#000", light="#fff"))
