"""Một người với trình duyệt của mình, qua HTTP thật; không script, chỉ biểu mẫu và đường dẫn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

import httpx

from tests.support.secrets import used

PASSWORD = "mật khẩu rất dài"


class Person:
    """Đăng nhập một lần, rồi mở trang và gửi biểu mẫu."""

    def __init__(self, address: str, login: str, one_time: str | None) -> None:
        """Đăng nhập bằng mật khẩu dùng một lần rồi đặt mật khẩu riêng; ``None``: đã có mật khẩu riêng."""
        self.login = login
        self.client = httpx.Client(base_url=address, headers={"Origin": address}, follow_redirects=True, timeout=120)
        self.post("/dang-nhap", {"ten": login, "mat_khau": one_time or PASSWORD})
        if one_time is not None:
            self.post("/doi-mat-khau", {"cu": one_time, "moi": PASSWORD, "lai": PASSWORD})
        for secret in (PASSWORD, *self.client.cookies.values()):
            used(secret)

    def get(self, path: str) -> str:
        """Nội dung một trang; trang lỗi là phép thử hỏng."""
        return self._checked(self.client.get(path))

    def post(self, path: str, form: Mapping[str, object], *, files: Mapping[str, object] | None = None) -> str:
        """Gửi biểu mẫu, theo chuyển trang, trả về trang cuối."""
        return self._checked(self.client.post(path, data=dict(form), files=files))  # type: ignore[arg-type]

    def refused(self, path: str, form: Mapping[str, object]) -> int:
        """Gửi điều không được phép; trả về mã lỗi."""
        return self.client.post(path, data=dict(form)).status_code  # type: ignore[arg-type]

    def add_person(self, login: str, name: str, roles: list[str]) -> str:
        """Quản trị thêm một người; trả về mật khẩu dùng một lần hiện trên trang."""
        page = self.post("/nguoi-dung", {"ten": login, "ho_ten": name, "chuc_danh": name, "vai_tro": roles})
        return first(r"<code>([a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5})</code>", page)

    def _checked(self, answer: httpx.Response) -> str:
        assert answer.status_code < 400, (
            f"{self.login} {answer.request.method} {answer.request.url}: {answer.status_code} {text_of(answer.text)}"
        )
        return answer.text


def first(pattern: str, page: str) -> str:
    """Nhóm đầu tiên khớp trong trang."""
    match = re.search(pattern, page)
    assert match is not None, f"không thấy {pattern} trong: {text_of(page)}"
    return unescape(match[1])


def option(name: str, label: str, page: str) -> str:
    """Mã của lựa chọn có nhãn ``label`` trong ô ``name``."""
    select = first(rf'(?s)<select[^>]*name="{name}"[^>]*>(.*?)</select>', page)
    return first(rf'<option value="(\d+)"[^>]*>[^<]*{label}', select)


def text_of(page: str) -> str:
    """Chữ của trang, bỏ thẻ, để đọc khi hỏng."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))[:800]
