"""Giao diện cho phần mềm khác, dưới ``/api/v1``: cùng các việc như trang web, gọi cùng hàm, không có logic thứ hai."""

from broadcaster.web.api.app import PREFIX, create_api

__all__ = ["PREFIX", "create_api"]
