"""Máy đã đăng nhập gọi tên cho người đọc: chuỗi trình duyệt tự khai thành “Chrome, máy Linux”, địa chỉ thành chỗ của nó.

Bảng nhỏ của ta chứ không phải thư viện: `ua-parser` nặng 1,2 MB, mất nửa giây ở lần đọc đầu mà không biết Zalo, không biết
dòng lệnh. Chuỗi gốc vẫn nằm nguyên trong cơ sở dữ liệu; người gửi khai sao thì tên vậy, nên đây là lời để nhận ra máy, không
phải bằng chứng.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

UNKNOWN = "Máy không rõ loại"

_PROGRAMS = re.compile(
    r"^(curl|wget|python-requests|python-httpx|python-urllib|aiohttp|httpie|okhttp|java|go-http-client|postmanruntime|powershell)\b"
    r"|\b(windowspowershell)/",
    re.IGNORECASE,
)
_BROWSERS = (
    ("Zalo (trong ứng dụng)", r"\bZalo(?:[ /]|Theme)"),
    ("Messenger (trong ứng dụng)", r"\bMessenger(?:ForiOS|LiteForiOS)|\bOrca-Android"),
    ("Facebook (trong ứng dụng)", r"\bFB(?:AN|AV|_IAB)/"),
    ("TikTok (trong ứng dụng)", r"\bmusical_ly|\bBytedanceWebview|\btrill_"),
    ("Cốc Cốc", r"\bcoc_coc_browser/|\bCocCoc"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOPiOS/|\bOpera(?: Mini)?/"),
    ("UC Browser", r"\bUC?Browser/"),
    ("Trình duyệt Xiaomi", r"\bMiuiBrowser/"),
    ("Trình duyệt Oppo", r"\bHeyTapBrowser/"),
    ("Trình duyệt Huawei", r"\bHuaweiBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome chạy không màn hình", r"\bHeadlessChrome/"),
    ("Ứng dụng trên điện thoại", r"; wv\)"),
    ("Chrome", r"\bChrome/|\bCriOS/|\bChromium/"),
    ("Internet Explorer", r"\bTrident/|\bMSIE "),
    ("Safari", r"\bSafari/"),
    ("Ứng dụng trên điện thoại", r"\((?:iPhone|iPad);.*\bMobile/"),
)
"""Hàng trên nói trước: trình duyệt nào cũng khai thêm tên của người khác, ai cũng là Chrome và Safari."""
_MACHINES = (
    ("tivi", r"\bSMART-TV\b|\bSmartTV\b|\bTizen\b.*\bTV\b|\bWeb0S\b|\bGoogleTV\b|\bAndroidTV\b"),
    ("iPad", r"\biPad\b"),
    ("iPhone", r"\biPhone\b|\biPod\b"),
    ("điện thoại Windows", r"\bWindows Phone\b"),
    ("điện thoại Android", r"\bAndroid\b.*\bMobile\b|\bAndroid\b.*\bMobi"),
    ("máy tính bảng Android", r"\bAndroid\b"),
    ("điện thoại phổ thông", r"\bKAIOS\b|\bSeries60\b|\bJ2ME\b"),
    ("máy Windows", r"\bWindows\b"),
    ("máy Chromebook", r"\bCrOS\b"),
    ("máy Mac", r"\bMacintosh\b|\bMac OS X\b"),
    ("máy Linux", r"\bLinux\b|\bX11\b"),
)


def device_name(agent: str) -> str:
    """Trình duyệt và máy đọc từ ``User-Agent``; chương trình gọi thẳng là “dòng lệnh”; không nhận ra thì ``UNKNOWN``."""
    if program := _PROGRAMS.search(agent):
        return f"Dòng lệnh ({program[1] or program[2]})"
    found = [_first(table, agent) for table in (_BROWSERS, _MACHINES)]
    return ", ".join(filter(None, found)) or UNKNOWN


def address_name(address: str) -> str:
    """Địa chỉ và chỗ của nó: chính máy của đài, trong mạng nội bộ, hay từ ngoài vào; không phải địa chỉ thì để nguyên."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.is_loopback:
        return "chính máy của đài"
    return f"{'mạng nội bộ' if found.is_private else 'từ ngoài vào'}, {address}"


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in table if re.search(pattern, agent)), "")
