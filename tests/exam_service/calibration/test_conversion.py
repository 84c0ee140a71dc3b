"""Marks are converted as an exam declared before its seal: exactly by the printed table, or raw with the reason."""

import csv
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import lxml.html
import pytest
from fastapi.testclient import TestClient
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import SYSTEM, Role
from exam_service.audit import AuditRow
from exam_service.auth.sessions import CANDIDATE_COOKIE
from exam_service.calibration.conversions import ability_at_share
from exam_service.calibration.exam_scale import ExamScale, NotCalibrated, load_scales
from exam_service.calibration.models import ExamConversion, FormConversion
from exam_service.calibration.service import calibrate_due, calibrate_period
from exam_service.invigilation.sealing import seal_period
from exam_service.marking.service import newest_run_id, score_period
from exam_service.periods.lifecycle import close_period, open_period
from exam_service.periods.models import Exam, SealedForm, Sitting
from exam_service.periods.schemas import MarkStep
from exam_service.rating_feed.events import describe_results
from exam_service.rating_feed.outbox import release_period
from exam_service.results.borderline import find_borderline, variance_at_cut
from exam_service.results.classification import classify_period
from exam_service.results.converting import ConversionWaits, load_conversions, refuse_unconverted
from exam_service.results.service import current_result
from exam_service.results.standings import Standing, compute_standings
from question_bank.calibration.mark_table import MarkTable
from tests.fixtures.periods import World, make_world
from tests.fixtures.results import (
    attempts_of,
    candidate_cookie,
    declare_conversion,
    hand_in,
    make_converting_period,
    review_items,
)

STEP = Decimal("0.25")
MARKS = 16


def by_number(session: Session, world: World) -> dict[str, Standing]:
    return {one.candidate.number: one for one in compute_standings(session, world.period.id)}


def test_marks_are_converted_by_the_table_of_the_paper_and_decide_outcome_and_band(
    session: Session,
    signed_in,  # type: ignore[no-untyped-def] # the fixture makes clients
    browser: TestClient,
):
    world = make_converting_period(session)
    assert {one.converted_points for one in compute_standings(session, world.period.id)} == {None}
    with pytest.raises(ConversionWaits):
        refuse_unconverted(session, world.period.id)

    assert calibrate_due(session, SYSTEM) == 1
    session.commit()
    (made,) = session.scalars(select(ExamConversion)).all()
    assert (made.outcome, made.papers, made.reason) == ("converted", 60, {})
    assert made.items == made.estimated == 24
    assert 0 < made.largest_change < 15
    assert 0 < made.error < 5
    officer = signed_in(roles={Role.OFFICER})
    here = f"/marking/{world.period.id}/conversion"
    rows = list(csv.DictReader(StringIO(officer.get(f"{here}/{world.exam.id}.csv").text)))
    assert len(rows) == 60
    standings = by_number(session, world)
    changed = 0
    for row in rows:
        standing = standings[row["number"]]
        # The published file alone gives the mark: between two lines straight, half up to a quarter of a mark.
        share = Fraction(standing.points) * 100 / MARKS
        low = min(int(share), 99)
        worth = [Fraction(row[str(low + one)]) for one in (0, 1)]
        exact = (worth[0] + (worth[1] - worth[0]) * (share - low)) * MARKS / 100
        quarters = int(exact * 4 + Fraction(1, 2))
        assert standing.converted_points == Decimal(quarters) / 4
        assert (standing.outcome == "pass") == (standing.converted_points * 2 >= MARKS)
        changed += standing.converted_points != standing.points
    assert changed, "papers drawn by chance differ a little, and so do their tables"
    assert session.scalars(select(AuditRow.action).where(AuditRow.action == "exam.convert")).all()

    page = officer.get(here, params={"number": rows[0]["number"]}).text
    assert rows[0]["form_hash"] in page
    assert officer.get(f"{here}/{world.exam.id}.pdf").content.startswith(b"%PDF")
    single = officer.get(f"{here}/{world.exam.id}.pdf", params={"number": rows[0]["number"]})
    assert single.content.startswith(b"%PDF")
    assert officer.get(f"{here}/{world.exam.id}.pdf", params={"number": "x"}).status_code == 404
    assert "Xem bảng quy đổi" in officer.get(f"/marking/{world.period.id}/summary").text
    for path in ("", f"/{world.exam.id}.csv", f"/{world.exam.id}.pdf"):
        assert signed_in(roles={Role.AUTHOR}).get(here + path).status_code == 403

    check_sureness(session, world)
    shown = officer.get(f"/marking/{world.period.id}/borderline").text
    assert [word in shown for word in ("Rudner", "Lee", "Livingston–Lewis", "đã hiệu chuẩn")] == [True] * 4
    release(session, world)
    check_released(session, world, browser)


def check_sureness(session: Session, world: World) -> None:
    """Accuracy and consistency at the cut by three methods, and the error of the borderline zone from the items."""
    exams, standings = [session.get_one(Exam, world.exam.id)], compute_standings(session, world.period.id)
    scales = load_scales(session, period_id=world.period.id, exams=exams)
    scale = scales[world.exam.id]
    assert isinstance(scale, ExamScale)
    ask = {
        "exams": exams,
        "scales": scales,
        "conversions": load_conversions(session, world.period.id),
    }
    (one,) = classify_period(session, standings, **ask, least=30)  # type: ignore[arg-type] # values of a call
    assert [(line.method.value, line.n, line.papers) for line in one.lines] == [
        ("rudner", 60, 0),
        ("lee", 60, 12),
        ("livingston_lewis", 60, 0),
    ]
    for line in one.lines:
        assert line.found is not None
        assert 0.6 < line.found.consistency < line.found.accuracy < 1
    # The methods ask the same question of the same answers.
    assert abs(one.lines[0].found.accuracy - one.lines[1].found.accuracy) < 0.08
    (few,) = classify_period(session, standings, **ask, least=61)  # type: ignore[arg-type] # values of a call
    assert {line.refusal.code for line in few.lines} == {"too_few_people"}
    bare = ask | {"scales": {world.exam.id: NotCalibrated("none")}}
    (one,) = classify_period(session, standings, **bare, least=30)  # type: ignore[arg-type] # values of a call
    assert [line.refusal.code for line in one.lines] == ["not_calibrated", "not_calibrated", "no_reliability"]

    variance, kind = variance_at_cut(Decimal(50), MARKS, scale=scale)
    p = scale.items.probability(ability_at_share(scale, Decimal(50)))[0]
    assert kind == "calibrated"
    assert float(variance) == pytest.approx((p * (1 - p)).mean() / MARKS, rel=1e-6)
    assert variance < variance_at_cut(Decimal(50), MARKS)[0]  # items of one difficulty would err most
    zone = find_borderline(standings, scales=scales)
    assert 0 < len(zone) < len(find_borderline(standings)) + 1


def release(session: Session, world: World) -> None:
    """Also after scoring again, which converts again."""
    score_period(session, world.officer, period_id=world.period.id, reason="Chấm lại")
    session.commit()
    assert {one.converted_points for one in compute_standings(session, world.period.id)} == {None}
    assert calibrate_due(session, SYSTEM) == 1
    newest = newest_run_id(session, world.period.id)
    assert session.scalars(select(ExamConversion.run_id).where(ExamConversion.run_id == newest)).all() == [
        newest
    ]
    review_items(session, world)
    release_period(session, world.officer, period_id=world.period.id)
    session.commit()
    # What is released stays: later calibrations convert nothing.
    calibrate_period(session, world.officer, period_id=world.period.id)
    assert len(session.scalars(select(ExamConversion)).all()) == 2


def check_released(session: Session, world: World, browser: TestClient) -> None:
    results = [current_result(session, attempt.candidate_id) for attempt in attempts_of(session, world)]
    moved = next(one for one in results if one is not None and one.converted_points != one.points)
    assert moved.conversion_id is not None
    worth = session.scalar(
        select(FormConversion.worth)
        .join(SealedForm, SealedForm.id == FormConversion.form_id)
        .where(
            FormConversion.conversion_id == moved.conversion_id, SealedForm.candidate_id == moved.candidate_id
        )
    )
    assert worth is not None
    assert MarkTable(tuple(worth)).mark(moved.points, MARKS, step=STEP) == moved.converted_points
    assert moved.checks[0]["points"] == f"{moved.converted_points.normalize():f}"
    event = describe_results(session, [moved.id])[moved.id]
    assert Decimal(event.converted_points or 0) == moved.converted_points
    assert Decimal(event.points) == moved.points
    browser.cookies.set(CANDIDATE_COOKIE, candidate_cookie(session, moved.candidate_id))
    own = lxml.html.fromstring(browser.get("/exam/result").text).text_content()
    assert "Điểm quy đổi" in own
    assert "Bảng quy đổi của đề" in own
    with pytest.raises(DBAPIError):
        session.execute(text("UPDATE form_conversion SET worth = worth"))
    session.rollback()


def test_without_enough_data_raw_marks_count_and_the_reason_is_shown(session: Session, signed_in, browser):  # type: ignore[no-untyped-def] # the fixture makes clients
    world = make_world(session, people=3, items_per_cell=4, per_cell=3)
    declare_conversion(session, world)
    session.commit()
    office = signed_in(roles={Role.OFFICER})
    assert "Điểm được quy đổi" in office.get(f"/periods/{world.period.id}/evidence").text
    assert "điểm quy đổi, làm tròn đến 0,25" in office.get(f"/periods/{world.period.id}").text
    seal_period(session, world.officer, period_id=world.period.id)
    with pytest.raises(DBAPIError, match="sealed period is never changed"), session.begin_nested():
        session.execute(text("UPDATE exam SET mark_scale = 'raw'"))
    open_period(session, world.officer, period_id=world.period.id)
    for attempt, right in zip(attempts_of(session, world), (6, 3, 2), strict=True):
        hand_in(session, attempt, right=right)
    session.get_one(Sitting, world.sitting.id).collected_at = clock.now()
    session.flush()
    close_period(session, world.officer, period_id=world.period.id)
    score_period(session, world.officer, period_id=world.period.id)
    session.commit()
    session.expire_all()

    with pytest.raises(ConversionWaits), session.begin_nested():
        release_period(session, world.officer, period_id=world.period.id)
    waiting = office.get(f"/marking/{world.period.id}/summary").text
    assert "đang chờ quy đổi" in waiting
    calibrate_period(session, world.officer, period_id=world.period.id)
    release_period(session, world.officer, period_id=world.period.id)
    session.commit()

    (made,) = session.scalars(select(ExamConversion)).all()
    assert (made.outcome, made.reason["code"], made.reason["because"]) == (
        "raw",
        "not_calibrated",
        "too_few_persons",
    )
    why = "Mới có 3 người làm bài"
    (first, *_others) = attempts_of(session, world)
    result = current_result(session, first.candidate_id)
    assert result is not None
    assert (result.points, result.converted_points, result.conversion_id) == (6, None, made.id)
    assert why in office.get(f"/marking/{world.period.id}/conversion").text
    assert (
        why
        in signed_in(roles={Role.HR}).get(f"/results/{world.period.id}/candidates/{first.candidate_id}").text
    )
    browser.cookies.set(CANDIDATE_COOKIE, candidate_cookie(session, first.candidate_id))
    assert why in browser.get("/exam/result").text
    assert office.get(f"/marking/{world.period.id}/conversion/{world.exam.id}.csv").status_code == 404


def test_a_period_that_declared_nothing_has_raw_marks_and_no_tab(session: Session, signed_in):  # type: ignore[no-untyped-def] # the fixture makes clients
    world = make_world(session, people=1)
    assert world.exam.mark_scale == "raw"
    session.commit()
    assert (
        "Điểm được quy đổi"
        not in signed_in(roles={Role.OFFICER}).get(f"/periods/{world.period.id}/evidence").text
    )


def test_marks_are_rounded_to_one_of_the_usual_steps() -> None:
    step: TypeAdapter[Decimal] = TypeAdapter(MarkStep)
    assert [step.validate_python(one) for one in ("0,25", "1", "0.01")] == [
        Decimal("0.25"),
        1,
        Decimal("0.01"),
    ]
    for wrong in ("0.3", "0", "-1", "NaN"):
        with pytest.raises(ValidationError):
            step.validate_python(wrong)


def test_the_form_of_an_exam_declares_the_conversion_and_keeps_it(session: Session, signed_in):  # type: ignore[no-untyped-def] # the fixture makes clients
    world = make_world(session, people=1)
    session.commit()
    office = signed_in(roles={Role.OFFICER})
    here = f"/periods/{world.period.id}/exams/{world.exam.id}"
    form = next(
        one for one in lxml.html.fromstring(office.get(here).text).forms if "mark_scale" in one.fields
    )
    assert form.fields["mark_scale"] == "raw"
    fields = [*form.form_values(), ("mark_scale", "irt_true_score"), ("mark_step", "0,5")]
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        kept = [] if name.startswith("mark_") else sent.get(name, [])
        sent[name] = [*kept, str(value)]
    assert office.post(here, data=sent).status_code == 303
    session.expire_all()
    exam = session.get_one(Exam, world.exam.id)
    assert (exam.mark_scale, exam.mark_step) == ("irt_true_score", Decimal("0.5"))
    assert "điểm quy đổi, làm tròn đến 0,5" in office.get(f"/periods/{world.period.id}").text
    assert (
        office.get(f"/api/periods/{world.period.id}").json()["exam_list"][0]["mark_scale"] == "irt_true_score"
    )
