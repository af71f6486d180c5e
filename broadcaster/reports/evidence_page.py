"""Trang xem của gói minh chứng (mở được khi không có mạng) và tệp chữ của từng bản tin trong gói."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from broadcaster.newsroom.enums import CreditRole
from broadcaster.newsroom.text import dotted

if TYPE_CHECKING:
    from broadcaster.reports.evidence import AiredText, Contents, Packed

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:1rem auto;padding:0 1rem;color:#1b2327}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;border-top:1px solid #ccc;padding:.4rem;vertical-align:top}"
    "code{font-size:.8rem;overflow-wrap:anywhere}audio{width:16rem;max-width:100%}.bad{color:#a3261f;font-weight:600}"
    "td{overflow-wrap:anywhere}@media(max-width:40rem){td,th{display:block;border:0;padding:.1rem .4rem}tr{display:block;"
    "border-top:1px solid #ccc;padding:.4rem 0}thead{display:none}}"
)


_BROKEN = "CHÚ Ý: văn bản dưới đây KHÔNG khớp mã băm trong nhật ký."


def text_of(text: AiredText, zone: ZoneInfo) -> str:
    """Tệp chữ của một bản sửa: tiêu đề, ai duyệt, mã băm, rồi nội dung và lời đọc đúng như đã duyệt."""
    approval = text.item.get("approval") or {}
    who = f"{approval.get('name', 'không ghi')}, {approval.get('job_title') or 'không ghi chức danh'}"
    own = " (tự duyệt bài mình)" if approval.get("own_work") else ""
    credits = "; ".join(f"{CreditRole(one['role']).label}: {one['name']}" for one in text.item.get("credits", []))
    lines = [
        text.title,
        f"Bản tin số {text.script_id}, bản {text.number}; phát {text.airings} lượt trong kỳ.",
        f"Duyệt: {who}, {_approved_at(approval, zone) or 'không ghi lúc nào'}{own}",
        f"SHA-256 nội dung đã duyệt, theo nhật ký: {text.item.get('text_sha256') or 'không ghi'}",
        f"SHA-256 cách đọc đã duyệt: {text.item.get('reading_sha256') or 'không ghi'}",
        f"SHA-256 âm thanh: {text.item.get('audio_sha256') or 'không ghi'}",
        "Văn bản dưới đây khớp mã băm trong nhật ký." if text.matches else _BROKEN,
        f"Nhuận bút: {credits or 'không ghi'}",
        "",
        text.body,
    ]
    return "\n".join(lines) + "\n"


def index_page(contents: Contents, packed: Sequence[Packed]) -> str:
    """Trang xem cả gói."""
    missing = "".join(f"<li>{escape(one)}</li>" for one in contents.missing)
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Minh chứng: {escape(contents.document.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Gói minh chứng</h1><p>{escape(contents.document.title)}. {escape(contents.document.subtitle)}.</p>"
        '<p>Báo cáo: <a href="bao-cao.docx">Word</a>, <a href="bao-cao.pdf">PDF</a>, <a href="bao-cao.xlsx">Excel</a>. '
        'Nhật ký của kỳ: <a href="nhat-ky.csv">CSV</a>. Mã băm mọi tệp: <a href="ma-bam.txt">ma-bam.txt</a> '
        "(kiểm bằng <code>sha256sum -c ma-bam.txt</code>).</p>"
        f"{f'<h2>Những điều thiếu</h2><ul>{missing}</ul>' if missing else ''}"
        f"<h2>Bản tin đã phát ({len(contents.texts)})</h2>{_texts(contents)}"
        f"<h2>Tiếng đã thu lại từ đường ra ({len(contents.captures)})</h2>{_captures(contents)}"
        f"<h2>Mọi tệp ({len(packed)})</h2>{_files(packed)}</body></html>"
    )


def _texts(contents: Contents) -> str:
    rows = "".join(_row(text, contents) for text in contents.texts)
    head = "<thead><tr><th>Bản tin</th><th>Duyệt</th><th>Lượt</th><th>Âm thanh</th></tr></thead>"
    return f"<table>{head}<tbody>{rows}</tbody></table>" if rows else "<p>Kỳ này không có bản tin nào được phát.</p>"


def _row(text: AiredText, contents: Contents) -> str:
    approval = text.item.get("approval") or {}
    sound = str(text.item.get("audio_sha256") or "")
    player = (
        f'<audio controls preload="none" src="am-thanh/{sound[:16]}.flac"></audio>' if sound in contents.sounds else "không còn"
    )
    broken = "" if text.matches else '<br><span class="bad">không khớp mã băm trong nhật ký</span>'
    return (
        f'<tr><td><a href="{escape(text.name)}">{escape(text.title)}</a>{broken}</td>'
        f"<td>{escape(str(approval.get('name', 'không ghi')))}<br>{escape(_approved_at(approval, contents.zone))}</td>"
        f"<td>{text.airings} lượt</td><td>{player}</td></tr>"
    )


def _approved_at(approval: Mapping[str, Any], zone: ZoneInfo) -> str:
    """Giờ của đài; nhật ký giữ giờ UTC."""
    at = str(approval.get("at") or "")
    try:
        return f"lúc {datetime.fromisoformat(at).astimezone(zone):%H:%M ngày %d/%m/%Y}"
    except ValueError:  # nhật ký cũ không ghi, hay đã bị sửa thành chữ khác: kể đúng như nó nói
        return at


def _captures(contents: Contents) -> str:
    if not contents.captures:
        return "<p>Gói này không kèm tiếng đã thu.</p>"
    rows = "".join(
        f"<tr><td>{escape(contents.heard[name])}<br><small>{escape(name.rpartition('/')[2])}</small></td><td>{_player(name)}</td></tr>"
        for name in sorted(contents.captures)
    )
    return f"<p>Mỗi tệp nhiều nhất một phút; giờ trong tên tệp là giờ UTC.</p><table><tbody>{rows}</tbody></table>"


def _player(name: str) -> str:
    return f'<audio controls preload="none" src="{escape(name)}"></audio>'


def _files(packed: Sequence[Packed]) -> str:
    rows = "".join(
        f'<tr><td><a href="{escape(one.name)}">{escape(one.name)}</a></td><td>{dotted(one.size)} byte</td>'
        f"<td><code>{one.sha256}</code></td></tr>"
        for one in packed
    )
    return f"<table><tbody>{rows}</tbody></table>"
