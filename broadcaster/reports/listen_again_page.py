"""Trang HTML và nguồn podcast (RSS 2.0) của *Nghe lại*: không kịch bản, không tệp ngoài, đọc được ở máy cũ và khi in."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from broadcaster.reports.document import without_controls

if TYPE_CHECKING:
    from broadcaster.reports.listen_again import Heard, Site

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AI_NOTICE = "Giọng đọc do máy tổng hợp"
_STYLE = (
    "body{font:17px/1.6 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;color:#1b2327;background:#fff}"
    "article{border-top:1px solid #ccc;padding:.75rem 0}h2{margin:0;font-size:1.15rem;overflow-wrap:anywhere}"
    "small{color:#56636a}audio{width:100%;margin:.5rem 0}summary{cursor:pointer;padding:.3rem 0}p{overflow-wrap:anywhere}"
    ".body{white-space:pre-wrap}img{width:9rem;height:9rem}nav a{display:inline-block;padding:.4rem .8rem .4rem 0}"
    "@media print{audio,nav,summary{display:none}}"
)


def page(site: Site, slug: str, name: str) -> str:
    """Trang chung (``slug`` rỗng) hoặc trang của một TDP."""
    links = "".join(f'<a href="tdp-{slug_of(code)}.html">{escape(zone)}</a>' for code, zone in site.zones)
    code = f"ma-vuong-{slug}.svg" if slug else "ma-vuong.svg"
    articles = "".join(map(_article, site.heard)) or "<p>Chưa có bản tin nào để nghe lại.</p>"
    return (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Nghe lại · {escape(name)}</title><style>{_STYLE}</style>"
        f'<link rel="alternate" type="application/rss+xml" title="Podcast" href="feed.xml"></head><body>'
        f"<h1>Nghe lại: {escape(name)}</h1><p>{escape(site.station)}. Cập nhật {_told(site.made_at)}. "
        f'<a href="feed.xml">Nguồn podcast</a>.</p><nav><a href="index.html">Cả phường</a>{links}</nav>{articles}'
        f'<p><img src="{code}" alt="Mã vuông mở trang này"><br><small>Quét bằng điện thoại để mở trang này.</small></p>'
        "</body></html>\n"
    )


def feed(site: Site, folder: Path) -> str:
    """Nguồn podcast RSS 2.0 với thẻ iTunes; ``folder``: nơi có các tệp tiếng, để ghi đúng số byte."""
    items = "".join(_item(one, site, folder) for one in site.heard)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
        f' xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>{_xml(site.station)}</title>'
        f"<link>{_xml(site.address)}</link><description>{_xml(f'Nghe lại các bản tin của {site.station}')}</description>"
        f'<language>vi</language><atom:link rel="self" type="application/rss+xml" href={quoteattr(site.address + "feed.xml")}/>'
        f"<itunes:author>{_xml(site.station)}</itunes:author><itunes:explicit>false</itunes:explicit>"
        f'<itunes:category text="Government"/><lastBuildDate>{format_datetime(site.made_at)}</lastBuildDate>'
        f"{items}</channel></rss>\n"
    )


def slug_of(code: str) -> str:
    """Mã TDP thành phần tên tệp; mã có chữ lạ thì thay bằng băm của nó."""
    plain = code.lower()
    return plain if plain.isascii() and plain.replace("-", "").isalnum() else hashlib.sha256(code.encode()).hexdigest()[:12]


def _article(one: Heard) -> str:
    voice = f" · {AI_NOTICE.lower()}" if one.synthetic else ""
    return (
        f'<article id="b{one.revision_id}"><h2>{escape(one.title)}</h2><small>Phát {_told(one.aired_at)}{voice}</small>'
        f'<audio controls preload="none" src="{one.sound}"></audio>'
        f'<details><summary>Đọc nội dung</summary><p class="body">{escape(one.body)}</p></details></article>'
    )


def _item(one: Heard, site: Site, folder: Path) -> str:
    size = (folder / one.sound).stat().st_size
    told = f"{AI_NOTICE}. {one.body}" if one.synthetic else one.body
    return (
        f"<item><title>{_xml(one.title)}</title><description>{_xml(told)}</description>"
        f"<link>{_xml(f'{site.address}index.html#b{one.revision_id}')}</link>"
        f'<guid isPermaLink="false">{_xml(f"{site.address}b{one.revision_id}")}</guid>'
        f"<pubDate>{format_datetime(one.aired_at)}</pubDate><itunes:duration>{round(one.duration_ms / 1000)}</itunes:duration>"
        f'<enclosure url={quoteattr(site.address + one.sound)} length="{size}" type="audio/mpeg"/></item>'
    )


def _xml(text: str) -> str:
    """Chữ trong XML: bỏ ký tự điều khiển mà XML không chứa được."""
    return escape(without_controls(text), quote=False)


def _told(at: datetime) -> str:
    return f"{at.astimezone(_ZONE):%H:%M ngày %d/%m/%Y}"
