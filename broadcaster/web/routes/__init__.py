"""Các trang, mỗi mảng việc một mô-đun."""

from fastapi import APIRouter

from broadcaster.web.routes import home, people, sign_in

ROUTERS: list[APIRouter] = [sign_in.router, home.router, people.router]
