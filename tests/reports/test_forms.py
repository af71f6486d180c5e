"""Tám mẫu báo cáo: mỗi con số bằng cách đếm ngây thơ từ các dòng sự kiện; kỳ, tên, chữ ký theo ngày của báo cáo."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.accounts import settings
from broadcaster.accounts.enums import UnitLevel
from broadcaster.accounts.stations import rename_unit
from broadcaster.airlog.checking import confirm
from broadcaster.airlog.correcting import correct
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.searching import AiringFilter, airings
from broadcaster.airlog.writing import append
from broadcaster.errors import Invalid, NotAllowed, NotFound
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.newsroom.tables import Credit, PlanTopic, Revision, Script
from broadcaster.playout.enums import UrgentLevel
from broadcaster.playout.network_admin import report_fault
from broadcaster.playout.tables import ClusterFault
from broadcaster.reports.document import Paragraph
from broadcaster.reports.enums import ComplaintState, ReportKind
from broadcaster.reports.figures import ReachCount, aired, figures_of, left_out, reaches, spoken
from broadcaster.reports.forms.reform import ready_paragraph, reform_result
from broadcaster.reports.making import FORMS, differences, draft_report, period_of, report_of
from broadcaster.reports.periods import REFORM, PeriodKind, calendar_period, next_due, reform_period
from broadcaster.reports.rates import current_rates, set_rate
from broadcaster.reports.stored import as_json, figures_digest, from_json
from broadcaster.reports.tables import Complaint
from tests.reports.airings import Sounded, naive_counts, sound
from tests.reports.made import make_report
from tests.support.scene import Scene

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BASE = Sounded(11, START)
MONTH = calendar_period(PeriodKind.MONTH, date(2026, 3, 2))
YEAR = reform_period(PeriodKind.YEAR, 2026)


@pytest.fixture
def month(scene: Scene) -> Scene:
    """Tháng 3: đủ, thiếu, không phát, diễn tập, nhạc hiệu, hai thể loại, ngoài kỳ."""
    for one in (
        BASE,
        replace(BASE, item=12, script=4, genre="feature", topics=("C1", "C2"), title="Bài CCHC"),
        replace(BASE, item=13).on(1),
        replace(BASE, item=14, heard_ms=20_000, result=Result.PARTIAL, reason=Reason.POWER, programme=8).on(2),
        replace(BASE, item=15, heard_ms=0, result=Result.NONE, reason=Reason.DEVICE, programme=8, script=5).on(2),
        replace(BASE, item=16, mode=Mode.REHEARSAL, programme=9).on(3),
        replace(BASE, item=17, script=None, genre=None, topics=(), column=None, title="Nhạc hiệu", programme=7),
        replace(BASE, item=18, script=6, topics=(), column=None, genre="notice", clusters=1, programme=10).on(4),
        replace(BASE, item=19, script=7, programme=11).on(-40),
    ):
        sound(scene, one)
    scene.clock.advance(6 * 86_400)
    return scene


def test_every_figure_equals_a_naive_count_over_events(month: Scene) -> None:
    with month.database.reading() as session:
        found = figures_of(spoken(aired(session, month.clerk, MONTH.span)), reaches(session, month.clerk, MONTH.span))
    told = naive_counts(month, MONTH.span.first, MONTH.span.last)
    assert {name: getattr(found, name) for name in told} == told
    assert (found.airings, found.partial, found.missed, found.planned) == (4, 1, 1, 6)
    assert (found.programmes, found.clusters, found.zones) == (3, 3, 2)
    assert (found.first, found.last) == (date(2026, 3, 2), date(2026, 3, 6))


def test_a_cluster_with_an_open_fault_is_never_counted_as_sent_without_saying_so(month: Scene) -> None:
    """CL01 báo hỏng từ trước ngày 6: lượt ngày ấy đường ra có nhận, mà không mẫu nào kể là đã gửi, mẫu nào cũng nói vì sao."""
    before = _texts(month)
    assert all("báo hỏng nên không kể" not in text for text in before.values())
    with month.database.writing() as session:
        report_fault(session, month.operator, month.cluster_ids[0], "Câm", now=START + timedelta(days=3))
    with month.database.reading() as session:
        found = figures_of(spoken(aired(session, month.clerk, MONTH.span)), reaches(session, month.clerk, MONTH.span))
    told = naive_counts(month, MONTH.span.first, MONTH.span.last)
    assert (found.sent, found.faulty) == (told["sent"] - 1, 1)
    assert (found.clusters, found.zones) == (3, 2), "ba cụm vẫn có lượt khác tới được"
    after = _texts(month)
    for kind in (ReportKind.MONTHLY, ReportKind.AIRLOG, ReportKind.HANDOVER):
        assert "1 gửi tới cụm đang báo hỏng nên không kể" in after[kind], kind
    for kind in (ReportKind.MONTHLY, ReportKind.HANDOVER):
        assert "loa đang báo hỏng: CL01: 1 lượt ngày 06/03/2026 (“Tin cải cách hành chính”)." in after[kind], kind
    assert "0/1, đang báo hỏng: CL01" in after[ReportKind.AIRLOG]
    with month.database.writing() as session:
        row = next(one for one in airings(session, month.operator, AiringFilter(MONTH.span))[0] if one.item_id == 18)
        confirm(session, month.operator, row.id, [month.cluster_ids[0]], name="Bác Tám", now=month.clock.now())
    with month.database.reading() as session:
        found = figures_of(spoken(aired(session, month.clerk, MONTH.span)), reaches(session, month.clerk, MONTH.span))
    assert (found.sent, found.confirmed, found.faulty) == (told["sent"] - 1, 1, 0), "có người đã nghe thì đã tới"


def test_the_reform_report_names_the_clusters_and_bulletins_it_left_out(month: Scene) -> None:
    """F3 đếm “trên N cụm loa”: cụm hỏng suốt kỳ không nằm trong N, và báo cáo nói rõ lượt nào đã bị bỏ ra vì thế."""
    with month.database.reading() as session:
        whole = reform_result(session, month.clerk, YEAR)
        assert (whole.total.clusters, whole.left_out) == (3, "")
    with month.database.writing() as session:
        report_fault(session, month.operator, month.cluster_ids[0], "Câm", now=START - timedelta(days=60))
    with month.database.reading() as session:
        found = reform_result(session, month.clerk, YEAR)
        document = draft_report(session, month.clerk, ReportKind.REFORM, YEAR, now=month.clock.now()).document
    assert (found.total.faulty, found.total.clusters) == (whole.total.airings, 2)
    assert found.left_out.startswith(f"Lượt không kể là đã gửi vì cụm loa đang báo hỏng: CL01: {whole.total.airings} lượt ")
    assert Paragraph(found.left_out) in document.blocks


def test_a_long_list_left_out_is_named_in_short(month: Scene) -> None:
    with month.database.reading() as session:
        one = next(row for row in aired(session, month.clerk, MONTH.span) if row.whole)
    rows = [one._replace(id=n, title=f"Tin {n % 7}", local_day=date(2026, 3, 1 + n)) for n in range(20)]
    reach = {row.id: ReachCount({"CL01": DeliveryState.SENT}, {"CL01": "TDP1"}, faulty=frozenset({"CL01"})) for row in rows}
    assert left_out(rows, reach) == (
        "Lượt không kể là đã gửi vì cụm loa đang báo hỏng: CL01: 20 lượt từ ngày 01/03/2026 đến ngày 20/03/2026 "
        "(“Tin 0” 3 lần, “Tin 1” 3 lần, “Tin 2” 3 lần, “Tin 3” 3 lần, “Tin 4” 3 lần và 2 tin bài khác)."
    )
    codes = [f"CL{number:02}" for number in range(1, 13)]
    broken = ReachCount(dict.fromkeys(codes, DeliveryState.SENT), dict.fromkeys(codes, "TDP1"), faulty=frozenset(codes))
    told = left_out(rows[:1], {rows[0].id: broken})
    assert told.endswith("CL10: 1 lượt ngày 01/03/2026 (“Tin 0”); và 2 cụm khác (xem mẫu Tình trạng cụm loa).")


def _texts(scene: Scene) -> dict[ReportKind, str]:
    """Mọi chữ của từng mẫu, cho ngày 6 tháng 3 (hay kỳ chứa nó)."""
    found = {}
    for kind in ReportKind:
        period = period_of(FORMS[kind][1][0], date(2026, 3, 6))
        with scene.database.writing() as session:
            report_id = make_report(session, scene.clerk, kind, period, now=scene.clock.now()).id
            found[kind] = json.dumps(as_json(report_of(session, scene.clerk, report_id)[1]), ensure_ascii=False)
    return found


def test_a_correction_replaces_what_it_points_to(month: Scene) -> None:
    with month.database.writing() as session:
        row = next(one for one in airings(session, month.operator, AiringFilter(MONTH.span))[0] if one.item_id == 13)
        correct(session, month.operator, row.id, result=Result.PARTIAL, reason=Reason.DEVICE, note="Câm", now=month.clock.now())
    with month.database.reading() as session:
        found = figures_of(spoken(aired(session, month.clerk, MONTH.span)), {})
    told = naive_counts(month, MONTH.span.first, MONTH.span.last)
    assert found.airings == told["airings"] == 3


def test_reform_appendix_counts_by_topic_and_period(month: Scene) -> None:
    with month.database.writing() as session:
        session.get_one(PlanTopic, month.topic_ids[0]).target = 10
    quarter = reform_period(PeriodKind.QUARTER_1, 2026)
    with month.database.reading() as session:
        found = reform_result(session, month.clerk, quarter)
    assert [topic.code for topic in found.topics] == ["C1", "C2"]
    for topic in found.topics:
        told = naive_counts(month, quarter.span.first, quarter.span.last, topic.code)
        assert {name: getattr(topic.figures, name) for name in told} == told
    first, second = found.topics
    assert (first.share, first.done, second.done) == (0.4, False, True)
    assert first.evidence == (3, 4, 7)
    text = ready_paragraph(found, quarter)
    assert text == (
        "Trong quý I năm 2026, Đài Truyền thanh phường đã biên tập, phát 2 tin, 1 bài tuyên truyền cải cách hành chính với "
        "4 lượt phát, tổng thời lượng 4 phút trên 3 cụm loa tại 2 tổ dân phố; duy trì chuyên mục “Cải cách hành chính” "
        "0,2 buổi/tuần. Kết quả thực hiện Kế hoạch tuyên truyền CCHC năm 2026: hoàn thành 1/2 nội dung, đạt 50%./."
    )


def test_an_empty_period_says_so_without_figures(scene: Scene) -> None:
    with scene.database.reading() as session:
        found = reform_result(session, scene.clerk, reform_period(PeriodKind.YEAR, 2030))
    assert "chưa phát lượt" in ready_paragraph(found, reform_period(PeriodKind.YEAR, 2030))
    assert found.topics == ()


@pytest.mark.parametrize("kind", ReportKind)
def test_every_form_is_made_kept_and_reads_back_the_same(month: Scene, kind: ReportKind) -> None:
    period = period_of(FORMS[kind][1][0], date(2026, 3, 2))
    with month.database.writing() as session:
        report_id = make_report(session, month.clerk, kind, period, now=month.clock.now()).id
    with month.database.reading() as session:
        report, document = report_of(session, month.auditor, report_id)
        assert from_json(as_json(document)) == document
        assert figures_digest(document) == report.figures_sha256
        assert differences(session, month.auditor, report_id, now=month.clock.now()) == []
        (stand,) = (line for line in document.footnotes if line.startswith("Lập lúc"))
        assert f"tính đến dòng nhật ký số {report.seq}, mã băm " in stand


def test_making_again_tells_what_changed_since(month: Scene) -> None:
    with month.database.writing() as session:
        report_id = make_report(session, month.clerk, ReportKind.MONTHLY, MONTH, now=month.clock.now()).id
    sound(month, replace(BASE, item=30, script=9, title="Tin muộn").on(5))
    with month.database.reading() as session:
        found = differences(session, month.clerk, report_id, now=month.clock.now())
    assert found
    assert any("Theo thể loại" in line for line in found)


def test_names_and_signatures_are_those_of_the_reports_day(month: Scene) -> None:
    with month.database.writing() as session:
        settings.put(session, month.station_id, "report_signer", "Nguyễn Văn Cũ", changed_by="a", now=month.clock.now())
        old = make_report(session, month.clerk, ReportKind.MONTHLY, MONTH, now=month.clock.now()).id
    month.clock.advance(3 * 86_400)
    with month.database.writing() as session:
        today = month.clock.now().date()
        rename_unit(session, month.admin, UnitLevel.WARD, "Phường Đường Hào", today, now=month.clock.now())
        settings.put(session, month.station_id, "report_signer", "Trần Thị Mới", changed_by="a", now=month.clock.now())
        new = make_report(session, month.clerk, ReportKind.MONTHLY, MONTH, now=month.clock.now()).id
    with month.database.reading() as session:
        before, after = (report_of(session, month.clerk, one)[1] for one in (old, new))
    assert before.letterhead is not None
    assert after.letterhead is not None
    assert (before.letterhead.issuer, before.signatures[0].name) == ("Ủy ban nhân dân phường Phùng Chí Kiên", "Nguyễn Văn Cũ")
    assert (after.letterhead.issuer, after.signatures[0].name) == ("Ủy ban nhân dân Phường Đường Hào", "Trần Thị Mới")
    assert (before.letterhead.place, after.letterhead.place) == ("Phùng Chí Kiên", "Đường Hào")


def test_royalties_go_to_first_airings_at_the_rate_of_that_day(month: Scene) -> None:
    now = month.clock.now()
    with month.database.writing() as session:
        revision_id = _revision(session, month, now)
        session.add(Credit(revision_id=revision_id, role=CreditRole.AUTHOR, name="Nguyễn Thị Lan"))
        for amount, since in (("40.000", date(2026, 1, 1)), ("50.000 đồng", date(2026, 3, 1)), ("90000", date(2026, 4, 1))):
            set_rate(session, month.clerk, Genre.NEWS, CreditRole.AUTHOR, amount=amount, valid_from=since, now=now)
    sound(month, replace(BASE, item=40, script=revision_id, title="Có nhuận bút").on(5))
    sound(month, replace(BASE, item=41, script=revision_id, title="Có nhuận bút").on(6))
    with month.database.writing() as session:
        report_id = make_report(session, month.clerk, ReportKind.ROYALTY, MONTH, now=now).id
        [table] = report_of(session, month.clerk, report_id)[1].tables()
        assert [(row[1], row[3], row[6]) for row in table.rows] == [("Nguyễn Thị Lan", "Có nhuận bút", 50_000)]
        assert [rate.amount for rate in current_rates(session, month.clerk, date(2026, 3, 15))] == [50_000]


@pytest.mark.parametrize("amount", ["", "một trăm", "-5", "1e9", "999999999999"])
def test_a_wrong_rate_is_refused(scene: Scene, amount: str) -> None:
    with scene.database.writing() as session, pytest.raises(Invalid):
        set_rate(
            session, scene.clerk, Genre.NEWS, CreditRole.AUTHOR, amount=amount, valid_from=date(2026, 1, 1), now=scene.clock.now()
        )


def test_clusters_tell_faults_that_touch_the_period(month: Scene) -> None:
    now = month.clock.now()
    with month.database.writing() as session:
        session.add_all(
            [
                ClusterFault(cluster_id=month.cluster_ids[0], reported_at=START, reported_by="Hà", what="Rè"),
                ClusterFault(
                    cluster_id=month.cluster_ids[1],
                    reported_at=START - timedelta(days=60),
                    reported_by="Hà",
                    what="Câm",
                    fixed_at=START - timedelta(days=50),
                    fixed_by="Thợ",
                ),
            ]
        )
    with month.database.writing() as session:
        report_id = make_report(session, month.clerk, ReportKind.CLUSTERS, MONTH, now=now).id
        clusters, faults = report_of(session, month.clerk, report_id)[1].tables()
    assert [(row[0], row[4], *row[6:]) for row in clusters.rows] == [
        ("CL01", 0, 4, 2, "Đang hỏng"),
        ("CL02", 3, 0, 2, "Không có báo hỏng"),
        ("CL03", 3, 0, 2, None),
    ]
    assert [row[2] for row in faults.rows] == ["Rè"]


def test_an_emergency_names_who_ordered_it(month: Scene) -> None:
    order = {"order": {"level": UrgentLevel.FOUR.value, "by": "Trần Văn Hùng", "job_title": "Chủ tịch"}, "key": "k"}
    with month.database.writing() as session:
        append(session, month.station_id, Event.URGENT_ORDERED, order, happened_at=START, now=month.clock.now(), run_id=-5)
    sound(month, replace(BASE, item=-50_001, programme=-5, mode=Mode.URGENT, title="Bão số 3").on(7))
    with month.database.writing() as session:
        report_id = make_report(session, month.clerk, ReportKind.EMERGENCIES, MONTH, now=month.clock.now()).id
        [table] = report_of(session, month.clerk, report_id)[1].tables()
    assert [(row[2], row[3], row[6]) for row in table.rows] == [("Bão số 3", "Trần Văn Hùng, Chủ tịch", 3)]


def test_complaints_show_when_their_answer_was_aired(month: Scene) -> None:
    with month.database.writing() as session:
        script = Script(station_id=month.station_id, created_by_id=month.writer.user_id, created_at=START)
        session.add(script)
        session.flush()
        session.add(
            Complaint(
                station_id=month.station_id,
                resident="Bà Tư",
                about_at=START,
                text="Loa to lúc 4 giờ 45",
                state=ComplaintState.ANSWERED,
                answer="Đã chỉnh",
                answer_script_id=script.id,
                received_at=START,
                answered_at=START,
            )
        )
        answer = script.id
    sound(month, replace(BASE, item=60, script=answer, genre="complaint_answer").on(5))
    with month.database.writing() as session:
        report_id = make_report(session, month.clerk, ReportKind.COMPLAINTS, MONTH, now=month.clock.now()).id
        [table] = report_of(session, month.clerk, report_id)[1].tables()
    assert [(row[1], row[7]) for row in table.rows] == [("Bà Tư", date(2026, 3, 7))]


def test_handover_tells_today_and_tomorrow(month: Scene) -> None:
    day = calendar_period(PeriodKind.DAY, date(2026, 3, 4))
    with month.database.writing() as session:
        report_id = make_report(session, month.clerk, ReportKind.HANDOVER, day, now=month.clock.now()).id
        document = report_of(session, month.clerk, report_id)[1]
    today, tomorrow = document.tables()
    assert [(row[1], "Mất điện" in str(row[2]), "Hỏng thiết bị" in str(row[2])) for row in today.rows] == [("0/2", True, True)]
    assert tomorrow.rows == ()
    assert any(isinstance(block, Paragraph) and "0/2 lượt" in block.text for block in document.blocks)


def test_who_may_make_and_read(month: Scene) -> None:
    with month.database.writing() as session:
        with pytest.raises(NotAllowed):
            make_report(session, month.auditor, ReportKind.MONTHLY, MONTH, now=month.clock.now())
        report_id = make_report(session, month.clerk, ReportKind.MONTHLY, MONTH, now=month.clock.now()).id
        with pytest.raises(NotFound):
            report_of(session, month.stranger, report_id)


def test_a_form_refuses_a_period_that_is_not_its_own_or_not_yet(scene: Scene) -> None:
    with scene.database.writing() as session:
        with pytest.raises(Invalid, match="không lập theo kỳ"):
            make_report(session, scene.clerk, ReportKind.REFORM, MONTH, now=scene.clock.now())
        with pytest.raises(Invalid, match="chưa bắt đầu"):
            make_report(session, scene.clerk, ReportKind.REFORM, reform_period(PeriodKind.YEAR, 2031), now=scene.clock.now())


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_reform_periods_cover_the_year_as_the_law_cuts_it(day: date) -> None:
    year = period_of(PeriodKind.YEAR, day)
    assert year.span.first <= day <= year.span.last
    assert (year.span.first.month, year.span.first.day, year.span.last.month, year.span.last.day) == (12, 15, 12, 14)
    assert day <= next_due(day).due <= day + timedelta(days=93)
    for kind in REFORM:
        assert period_of(kind, day).span.last <= year.span.last


def test_periods_have_the_names_people_use() -> None:
    names = [reform_period(kind, 2026).name for kind in REFORM]
    assert names == ["quý I năm 2026", "6 tháng đầu năm 2026", "quý III năm 2026", "năm 2026"]
    assert calendar_period(PeriodKind.MONTH, date(2024, 2, 29)).span.last == date(2024, 2, 29)
    week = calendar_period(PeriodKind.WEEK, date(2026, 3, 1))
    assert (week.span.first, week.span.last) == (date(2026, 2, 23), date(2026, 3, 1))


def _revision(session: object, scene: Scene, now: datetime) -> int:
    from sqlalchemy.orm import Session

    assert isinstance(session, Session)
    script = Script(id=900, station_id=scene.station_id, created_by_id=scene.writer.user_id, created_at=now)
    revision = Revision(
        id=900,
        script=script,
        number=1,
        title="Có nhuận bút",
        body="Chữ",
        genre=Genre.NEWS,
        author_id=scene.writer.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(revision)
    session.flush()
    return revision.id
