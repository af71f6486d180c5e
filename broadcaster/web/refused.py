"""Biểu mẫu bị từ chối: ô nào sai thì trình đọc màn hình biết, con trỏ đứng ở ô sai đầu tiên, lời tóm tắt dẫn tới từng ô.

Làm trên trang đã dựng, nên ô nào của trang nào cũng thế, dù nó được viết bằng mảnh chung hay viết tay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

WHOLE = "chung"
"""Tên của lời nhắn cho cả biểu mẫu, không thuộc ô nào."""


def marked(html: str, wrong: Iterable[str]) -> str:
    """``wrong``: tên các ô bị từ chối. Trang không có ô ấy thì lời tóm tắt chỉ là chữ."""
    for name in wrong:
        link = f'href="#{escape(name)}" data-o'
        found = None if name == WHOLE else _box(name).search(html)
        if found is None:
            html = html.replace(link, "data-o")
            continue
        own = re.search(r'\bid="([^"]+)"', found[0])
        html = html[: found.start()] + _told(found[0], name, html, own is None) + html[found.end() :]
        html = html.replace(link, f'href="#{own[1] if own else escape(name)}" data-o')
    return html


def _box(name: str) -> re.Pattern[str]:
    return re.compile(rf'<(?:input|select|textarea)\b(?![^>]*\btype="hidden")(?=[^>]*\bname="{re.escape(escape(name))}")[^>]*>')


def _told(tag: str, name: str, html: str, nameless: bool) -> str:
    """Nhiều ô cùng ``autofocus`` thì trình duyệt chọn ô đứng trước."""
    note = f"{escape(name)}-ghi"
    more = ' aria-invalid="true" autofocus'
    more += f' id="{escape(name)}"' if nameless else ""
    more += f' aria-describedby="{note}"' if "aria-describedby" not in tag and f'id="{note}"' in html else ""
    return f"{tag[:-1]}{more}>"
