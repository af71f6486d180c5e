"""Lập báo cáo: chọn mẫu và kỳ, giữ nguyên văn bản cùng băm của con số, lập lại mà so, tải về ba dạng."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.stations import today_at
from broadcaster.airlog.anchors import ON_PAPER, Head, grouped, kept, printed_root, short_code
from broadcaster.airlog.queries import Period, head
from broadcaster.errors import Conflict, Invalid
from broadcaster.reports.document import Document, Table, shown
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.forms.airlog import airlog_form
from broadcaster.reports.forms.clusters import cluster_form
from broadcaster.reports.forms.complaints import complaint_form
from broadcaster.reports.forms.emergencies import emergency_form
from broadcaster.reports.forms.handover import handover_form
from broadcaster.reports.forms.monthly import monthly_form
from broadcaster.reports.forms.reform import reform_form
from broadcaster.reports.forms.royalties import royalty_form
from broadcaster.reports.periods import REFORM, NamedPeriod, PeriodKind, calendar_period, reform_period
from broadcaster.reports.stored import as_json, figures_digest, from_json, stored_digest, stored_figures_digest
from broadcaster.reports.tables import Report
from broadcaster.reports.witness import MADE, subject_of
from broadcaster.search_text import fold

Form = Callable[..., Document]

FORMS: dict[ReportKind, tuple[Form, tuple[PeriodKind, ...]]] = {
    ReportKind.REFORM: (reform_form, REFORM),
    ReportKind.AIRLOG: (airlog_form, (PeriodKind.DAY, PeriodKind.WEEK)),
    ReportKind.MONTHLY: (monthly_form, (PeriodKind.MONTH, *REFORM)),
    ReportKind.ROYALTY: (royalty_form, (PeriodKind.MONTH, *REFORM)),
    ReportKind.CLUSTERS: (cluster_form, (PeriodKind.MONTH, PeriodKind.WEEK)),
    ReportKind.EMERGENCIES: (emergency_form, (PeriodKind.MONTH, PeriodKind.YEAR)),
    ReportKind.COMPLAINTS: (complaint_form, (PeriodKind.MONTH, PeriodKind.YEAR)),
    ReportKind.HANDOVER: (handover_form, (PeriodKind.DAY,)),
}
"""Mẫu → cách dựng và những kỳ nó nhận, kỳ thường dùng nhất trước."""
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PAGE = 30


def period_of(kind: PeriodKind, day: date) -> NamedPeriod:
    """Kỳ ``kind`` chứa ngày ``day``; với kỳ CCHC là kỳ của năm CCHC chứa ngày ấy (15/12 đã thuộc năm sau)."""
    if kind in REFORM:
        return reform_period(kind, day.year + (1 if (day.month, day.day) >= (12, 15) else 0))
    return calendar_period(kind, day)


@dataclass(frozen=True)
class Drafted:
    """Một báo cáo đã tính xong, chưa lưu."""

    kind: ReportKind
    period: NamedPeriod
    document: Document
    seq: int
    root: str
    """Gốc cây của đúng ``seq`` dòng ấy; trống khi nhật ký quá dài để tính ngay."""


def draft_report(session: Session, actor: Actor, kind: ReportKind, period: NamedPeriod, *, now: datetime) -> Drafted:
    """Tính một báo cáo; chỉ đọc, nên gọi ngoài giao dịch ghi.

    Lỗi: ``NotAllowed``; ``Invalid`` khi mẫu không có kỳ ấy hoặc kỳ chưa bắt đầu.
    """
    actor.require(Action.REPORT_MAKE)
    today = today_at(session, actor, now)
    if period.kind not in FORMS[kind][1]:
        raise Invalid(problems={"ky": f"Mẫu “{kind.label}” không lập theo kỳ “{period.kind.label}”. Hãy chọn kỳ khác."})
    if period.span.first > today:
        raise Invalid(problems={"ngay": f"Kỳ {period.name} chưa bắt đầu. Hãy chọn kỳ đã hoặc đang diễn ra."})
    seq, digest = head(session, actor)
    reached, root = printed_root(session, actor.station_id, seq)
    document = _marked(FORMS[kind][0](session, actor, period, day=today, now=now), seq, digest, (reached, root))
    return Drafted(kind, period, document, seq, root if reached == seq else "")


def keep_report(session: Session, actor: Actor, drafted: Drafted, *, now: datetime) -> Report:
    """Giữ báo cáo đã tính, nguyên văn, cùng băm của con số. Lỗi: ``NotAllowed``."""
    actor.require(Action.REPORT_MAKE)
    kind, period = drafted.kind, drafted.period
    report = Report(
        station_id=actor.station_id,
        kind=kind,
        period_from=period.span.first,
        period_to=period.span.last,
        period_name=period.name,
        file="-".join(fold(f"{kind.label} {period.name}").replace("/", " ").split()),
        document=as_json(drafted.document),
        seq=drafted.seq,
        figures_sha256=figures_digest(drafted.document),
        made_by=actor.name,
        made_at=now,
    )
    session.add(report)
    session.flush()
    if drafted.document.mark:
        head_then = Head(drafted.seq, drafted.document.mark.partition(":")[2], drafted.root)
        kept(session, actor.station_id, ON_PAPER, head_then, at=now, receipt=f"{report.file} (số {report.id})")
    digests = {"sha256": report.figures_sha256, "document": stored_digest(report.document)}
    note(session, actor, MADE, subject_of(report), now=now, period=period.name, **digests)
    return report


def _marked(document: Document, seq: int, digest: str, tree: tuple[int, str]) -> Document:
    """Đầu chuỗi lúc lập nằm trên giấy: tờ giấy đã ký là một mốc mà chủ máy không sửa được."""
    if not seq:
        return document
    told = f"Mốc nhật ký lúc lập: {short_code(seq, digest)} (so ở trang Mốc nhật ký)."
    reached, root = tree
    rooted = f" Gốc cây tới dòng {reached}: {grouped(root)} (kiểm chứng cứ của riêng một lượt phát)." if root else ""
    return replace(document, footnotes=(*document.footnotes, told + rooted), mark=f"{seq}:{digest}")


def reports(session: Session, actor: Actor, *, page: int = 1) -> tuple[list[Report], int]:
    """Một trang báo cáo đã lập, mới nhất trước, và tổng số. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(Report).where(Report.station_id == actor.station_id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Report.made_at.desc(), Report.id.desc())
    return list(session.scalars(ordered.limit(PAGE).offset((page - 1) * PAGE))), total


def report_of(session: Session, actor: Actor, report_id: int) -> tuple[Report, Document]:
    """Một báo cáo đã lập, nguyên văn.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi phần mềm cũ không giữ văn bản, hay bản lưu không còn khớp mã của nó.
    """
    actor.require(Action.LOG_READ)
    report = owned(session, Report, report_id, actor)
    if report.document is None:
        raise Conflict("Báo cáo này do phần mềm cũ lập và chỉ giữ mã băm. Hãy lập lại báo cáo của kỳ ấy.")
    if stored_figures_digest(report.document) != report.figures_sha256:
        raise Conflict("Báo cáo này đã bị sửa sau khi lập: con số không còn khớp mã lúc lập. Hãy kiểm nhật ký, rồi lập lại.")
    return report, from_json(report.document)


def differences(session: Session, actor: Actor, report_id: int, *, now: datetime) -> list[str]:
    """Lập lại từ nhật ký hôm nay rồi so: mỗi câu là một chỗ khác; rỗng là con số y hệt. Lỗi: như ``report_of``."""
    report, kept = report_of(session, actor, report_id)
    kind = _kind_of(report)
    period = NamedPeriod(kind, report.period_name, Period(report.period_from, report.period_to))
    fresh = FORMS[report.kind][0](session, actor, period, day=today_at(session, actor, report.made_at), now=now)
    if figures_digest(fresh) == report.figures_sha256:
        return []
    nothing = Table((), ())
    pairs = zip_longest(kept.tables(), fresh.tables(), fillvalue=nothing)
    found = [line for old, new in pairs for line in _table_differences(old, new)]
    return found or ["Phần lời của báo cáo khác: tên gọi hoặc con số trong câu đã đổi."]


def _kind_of(report: Report) -> PeriodKind:
    """Kỳ của báo cáo đã lưu, suy từ hai đầu kỳ."""
    kinds = FORMS[report.kind][1]
    return next((one for one in kinds if period_of(one, report.period_to).span.first == report.period_from), kinds[0])


def _table_differences(old: Table, new: Table) -> list[str]:
    """Dòng mất, dòng thêm; cột mà phần mềm mới đổi thì chỉ so những cột còn chung, và nói thế."""
    name, both = old.caption or new.caption or "Bảng", _headings(old) & _headings(new)
    before, after = Counter(_rows(old, both)), Counter(_rows(new, both))
    gone = [f"{name}: không còn dòng “{row}”." for row in (before - after).elements()]
    found = gone + [f"{name}: có thêm dòng “{row}”." for row in (after - before).elements()]
    if old.columns and new.columns and _headings(old) != _headings(new):
        found.append(
            f"{name}: phần mềm nay có cột khác ({', '.join(sorted(_headings(old) ^ _headings(new)))}); chỉ so cột chung."
        )
    return found


def _headings(table: Table) -> set[str]:
    return {column.heading for column in table.columns}


def _rows(table: Table, headings: set[str]) -> list[str]:
    """Từng dòng bằng chữ, chỉ những cột ``headings``; bảng kia không có cột nào thì mọi cột."""
    kept = [number for number, column in enumerate(table.columns) if column.heading in headings or not headings]
    return [" | ".join(shown(row[number], table.columns[number].kind) for number in kept) for row in table.rows]


def write_report(document: Document, kind: str, path: Path, *, made_at: datetime) -> None:
    """Ghi văn bản ra ``path`` ở dạng ``kind`` (khoá của ``TYPES``). Lỗi: ``Invalid`` khi dạng lạ.

    Người ghi của mỗi dạng chỉ được nạp khi cần: trang web rỗi khỏi tốn gần ba mươi megabyte.
    """
    if kind == "docx":
        from broadcaster.reports.docx import write_docx

        write_docx(document, path)
    elif kind == "pdf":
        from broadcaster.reports.pdf import write_pdf

        write_pdf(document, path)
    elif kind == "xlsx":
        from broadcaster.reports.xlsx import write_xlsx

        write_xlsx(document, path, made_at=made_at)
    else:
        raise Invalid("Báo cáo tải được ở ba dạng: Word (docx), PDF (pdf), Excel (xlsx).")
