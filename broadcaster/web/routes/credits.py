"""Nhuận bút của một bản tin: ghi hay sửa người hưởng ở trang bản tin, cả khi đã duyệt."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.newsroom.credits import set_credits
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, services_of
from broadcaster.web.params import Id
from broadcaster.web.script_edits import typed_credits
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.post("/ban-tin/{revision_id}/nhuan-but")
def credit(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Đặt người hưởng nhuận bút. Ô: nb_author, nb_editor, nb_reader; nhiều người cách nhau dấu chấm phẩy."""
    services = services_of(request)
    with services.database.writing() as session:
        script_id = set_credits(session, signed.actor, revision_id, typed_credits(form), now=services.clock.now()).script_id
    return back_to(f"/ban-tin/bai/{script_id}", "Đã ghi người hưởng nhuận bút.")
