"""Từ điển đọc của đài: xem, dạy, thôi dùng, xem trước bản tin nào sẽ đọc khác, nhập và xuất CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.audit import note_export
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Invalid
from broadcaster.newsroom import dictionary
from broadcaster.newsroom.approving_entries import approve_entries, refuse_entries, waiting, waiting_above
from broadcaster.newsroom.dictionary import Effect, EntryForm
from broadcaster.newsroom.enums import LexiconLayer
from broadcaster.newsroom.reading_aloud import read_with_title
from broadcaster.reading import Lexicon
from broadcaster.search_text import fold
from broadcaster.studio.render_queue import send_again
from broadcaster.web.form_actions import attempt
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.paging import paged
from broadcaster.web.params import Id, PageNumber
from broadcaster.web.reading import manner_for
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/tu-dien")
_FIELDS = {"surface": "chu", "reading": "doc", "contexts": "ngu_canh", "valid_to": "den_ngay"}
_EMPTY = {"chu": "", "doc": "", "ngu_canh": "", "tu_ngay": "", "den_ngay": "", "khong_ke_hoa": ""}
PAGE = 50
_NOT_UTF8 = {"tep": "Tệp không phải chữ UTF-8. Hãy lưu lại dạng CSV UTF-8."}


@router.get("")
def listing(request: Request, signed: SignedIn, chu: str = "", tim: str = "", trang: PageNumber = 1) -> Response:
    """Mục đang dùng, từng trang; ``chu`` điền sẵn ô dạy, ``tim``: chữ nằm trong mặt chữ hay lời đọc, có dấu hay không."""
    return _page(request, signed, typed={**_EMPTY, "chu": chu}, wanted=tim[:100], page=trang)


@router.get("/xuat.csv")
def export(request: Request, signed: SignedIn) -> Response:
    """Tải từ điển."""
    services = services_of(request)
    with services.database.reading() as session:
        text = dictionary.as_csv(session, signed.actor)
    with services.database.writing() as session:
        note_export(session, signed.actor, "từ điển đọc", now=services.clock.now(), kind="csv")
    headers = {"Content-Disposition": 'attachment; filename="tu-dien.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("")
def teach(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: chu, doc, ngu_canh (cách nhau dấu chấm phẩy), khong_ke_hoa, tu_ngay, den_ngay; viec=xem|luu."""
    typed = {name: form.text(name) for name in _EMPTY}
    try:
        entry = dictionary.checked(_entry(form))
    except Invalid as error:
        return _page(request, signed, status=422, typed=typed, problems=_named(error))
    found = _effects(request, signed, lambda lexicon: dictionary.with_entries(lexicon, [entry]))
    if form.text("viec") == "xem":
        return _page(request, signed, typed=typed, effects=found)
    return _save(request, signed, [entry], found)


@router.post("/nhap")
def take_in(request: Request, signed: SignedIn, form: Form) -> Response:
    """Nhập một tệp CSV như tệp xuất. Ô: tep, cap_tren (thay trọn danh mục của cấp trên)."""
    file = form.file("tep")
    try:
        if file is None:
            raise Invalid(problems={"tep": "Hãy chọn một tệp CSV rồi bấm Nhập."})
        given = dictionary.from_csv(file.file.read().decode("utf-8-sig"))
    except Invalid as error:
        return _page(request, signed, status=422, typed=_EMPTY, problems=_named(error))
    except UnicodeDecodeError:
        return _page(request, signed, status=422, typed=_EMPTY, problems=_NOT_UTF8)

    if not form.checked("cap_tren"):
        return _save(request, signed, given, _effects(request, signed, lambda lexicon: dictionary.with_entries(lexicon, given)))
    services = services_of(request)
    with services.database.writing() as session:
        dictionary.replace_above(session, signed.actor, given, now=services.clock.now())
    return _sent(
        request, signed, _effects(request, signed, lambda lexicon: lexicon), f"Đã thay danh mục cấp trên: {len(given)} mục."
    )


@router.post("/duyet")
def decide(request: Request, signed: SignedIn, form: Form) -> Response:
    """Lãnh đạo quyết mục nào được nói trong lời xướng.

    Ô: muc (nhiều mã), viec=duyet|khong; hoặc viec=duyet_cap_tren|khong_cap_tren cho cả danh mục tới mục ``den``.
    """
    approve, whole = form.text("viec").startswith("duyet"), form.text("viec").endswith("cap_tren")

    def deed(session: Session, now: datetime) -> None:
        chosen = waiting_above(session, signed.actor, form.whole("den")) if whole else form.ids("muc")
        (approve_entries if approve else refuse_entries)(session, signed.actor, chosen, now=now)

    said = "Đã duyệt. Lời xướng, lời chào từ buổi tới đọc theo." if approve else "Đã bỏ. Lời xướng, lời chào không đổi."
    return attempt(request, signed, form, deed, show=_decided, back="/tu-dien", said=said)


@router.post("/{row_id}/thoi")
def forget(request: Request, signed: SignedIn, row_id: Id) -> Response:
    """Thôi dùng một mục; bản tin nào đọc khác thì được gửi duyệt lại."""
    services = services_of(request)
    with services.database.writing() as session:
        surface = dictionary.forget(session, signed.actor, row_id, now=services.clock.now()).surface
    found = _effects(request, signed, lambda lexicon: lexicon)
    return _sent(request, signed, found, f"Đã thôi dùng “{surface}”.")


def _save(request: Request, signed: Signed, given: Sequence[EntryForm], found: Sequence[Effect]) -> Response:
    services = services_of(request)
    with services.database.writing() as session:
        dictionary.teach(session, signed.actor, given, now=services.clock.now())
    words = f"“{given[0].surface}”" if len(given) == 1 else f"{len(given)} mục"
    return _sent(request, signed, found, f"Đã dạy {words}.")


def _sent(request: Request, signed: Signed, found: Sequence[Effect], said: str) -> Response:
    """Gửi duyệt lại những bản tin đọc khác, mỗi bản một giao dịch ngắn, rồi nói rõ."""
    services, titles = services_of(request), list[str]()
    for effect in found:
        with services.database.writing() as session:
            titles += send_again(session, signed.actor, [effect], now=services.clock.now())
    if titles:
        said += (
            f" {len(titles)} bản tin đã duyệt đọc khác nên đã gửi duyệt lại: {', '.join(titles)}. Bản cũ vẫn phát tới khi duyệt."
        )
    return back_to("/tu-dien", said)


def _effects(request: Request, signed: Signed, change: Callable[[Lexicon], Lexicon]) -> list[Effect]:
    services = services_of(request)
    manner = manner_for(services, signed.actor)
    manner = replace(manner, lexicon=change(manner.lexicon))
    with services.database.reading() as session:
        texts = dictionary.approved_texts(session, signed.actor)
    return dictionary.effects(
        texts, lambda one: read_with_title(one.title, one.body, manner.choosing(one.choices), services.reader)
    )


def _entry(form: Posted) -> EntryForm:
    return EntryForm(
        surface=form.text("chu"),
        reading=form.text("doc"),
        contexts=tuple(form.text("ngu_canh").split(";")),
        any_case=form.checked("khong_ke_hoa"),
        valid_from=form.day("tu_ngay"),
        valid_to=form.day("den_ngay"),
    )


def _named(error: Invalid) -> dict[str, str]:
    return {_FIELDS.get(name, name): text for name, text in error.problems.items()} or {"chung": error.message}


def _decided(request: Request, signed: Signed, status: int, _typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    return _page(request, signed, status=status, typed=_EMPTY, problems=problems)


def _page(
    request: Request,
    signed: Signed,
    *,
    status: int = 200,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    effects: Sequence[Effect] | None = None,
    wanted: str = "",
    page: int = 1,
) -> Response:
    with services_of(request).database.reading() as session:
        pending = waiting(session, signed.actor)
        rows = dictionary.entries(session, signed.actor)
        found = [row for row in rows if fold(wanted) in fold(f"{row.surface} {row.reading}")]
        return render(
            request,
            "tu_dien.html",
            signed=signed,
            status=status,
            rows=found[(page - 1) * PAGE : page * PAGE],
            **paged(len(found), page, PAGE),
            tim=wanted,
            clashes={one for one, count in Counter(row.surface for row in rows).items() if count > 1},
            typed=typed,
            problems=problems or {},
            effects=effects,
            waiting=[row for row in pending if row.layer is not LexiconLayer.ABOVE],
            above=[row for row in pending if row.layer is LexiconLayer.ABOVE],
            may_teach=signed.actor.may(Action.SCRIPT_WRITE),
            may_decide=signed.actor.may(Action.SCRIPT_DECIDE),
        )
