"""Các trang, mỗi mảng việc một mô-đun."""

from fastapi import APIRouter

from broadcaster.web.routes import (
    airlog,
    approval,
    audit,
    days,
    dictionary,
    formats,
    home,
    live,
    people,
    programmes,
    reports,
    scripts,
    sign_in,
    slots,
    speakers,
    station,
    urgent,
    voice,
    waiting,
    wording,
)

ROUTERS: list[APIRouter] = [
    sign_in.router,
    home.router,
    scripts.router,
    voice.router,
    approval.router,
    dictionary.router,
    programmes.router,
    waiting.router,
    slots.router,
    formats.router,
    days.router,
    airlog.router,
    reports.router,
    live.router,
    urgent.router,
    station.router,
    speakers.router,
    wording.router,
    people.router,
    audit.router,
]
