"""Trợ giúp: việc của từng vai, từng bước, với đường tới đúng trang; và trang bày mọi mảnh của giao diện cho người sửa nó."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.enums import Role
from broadcaster.service.first_steps import first_steps
from broadcaster.web.glossary import GLOSSARY
from broadcaster.web.pages import render, services_of
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.get("/tro-giup")
def page(request: Request, signed: SignedIn) -> Response:
    """Việc của vai mình trước, rồi các vai khác, rồi các từ của ngành."""
    roles = sorted(Role, key=lambda role: role not in signed.actor.roles)
    return render(request, "tro_giup.html", signed=signed, roles=roles, mine=signed.actor.roles, glossary=GLOSSARY)


@router.get("/bat-dau")
def start(request: Request, signed: SignedIn) -> Response:
    """Từng bước dựng một đài mới, bước nào xong thì tự đánh dấu."""
    with services_of(request).database.reading() as session:
        return render(request, "bat_dau.html", signed=signed, steps=first_steps(session, signed.actor))


@router.get("/he-thong/giao-dien")
def showcase(request: Request, signed: SignedIn) -> Response:
    """Mọi mảnh của giao diện trên một trang: sửa kiểu ở một nơi, nhìn ở một nơi."""
    return render(request, "giao_dien.html", signed=signed)
