"""Các trang, mỗi mảng việc một mô-đun."""

from fastapi import APIRouter

from broadcaster.web.routes import airlog, home, live, people, sign_in

ROUTERS: list[APIRouter] = [sign_in.router, home.router, airlog.router, live.router, people.router]
