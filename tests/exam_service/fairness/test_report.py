"""The fairness report: its halves come by themselves, who may read it, and what it says where figures are missing."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_service.actor import SYSTEM, Role
from exam_service.calibration.service import calibrate_period
from exam_service.fairness.models import FairnessReport, Stage
from exam_service.fairness.overview import read_reports
from exam_service.fairness.service import report_due
from exam_service.invigilation.sealing import seal_period
from exam_service.marking.service import score_period
from exam_service.periods.lifecycle import close_period, open_period
from exam_service.periods.models import ExamDraw, Period
from question_bank.fairness.report import NoFigures
from question_bank.items import ItemDraft
from question_bank.taxonomy import CognitiveLevel, DifficultyRating
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import World, make_draft, make_world
from tests.fixtures.results import answer_by_rasch

PEOPLE = 60


def make_reports(session: Session) -> int:
    made = 0
    while report_due(session, SYSTEM):
        made += 1
    session.commit()
    return made


def rated(stem: str, *, competency: str, level: CognitiveLevel) -> ItemDraft:
    """An item whose author finds it easy, middling or hard, in turn."""
    ratings = (DifficultyRating.VERY_EASY, DifficultyRating.MEDIUM, DifficultyRating.VERY_HARD)
    rating = ratings[int(stem.split()[-2]) % 3]
    return make_draft(stem, competency=competency, level=level, difficulty_rating=rating)


def sealed(
    session: Session, *, people: int = PEOPLE, title: str = "Kiến thức chung", is_rated: bool = True
) -> World:
    draft_of = rated if is_rated else make_draft
    world = make_world(session, people=people, items_per_cell=12, per_cell=8, draft_of=draft_of)
    world.exam.title = title
    seal_period(session, world.officer, period_id=world.period.id)
    session.flush()
    return world


def sit_and_mark(session: Session, world: World) -> None:
    open_period(session, world.officer, period_id=world.period.id)
    answer_by_rasch(session, world, seed=7)
    close_period(session, world.officer, period_id=world.period.id)
    score_period(session, world.officer, period_id=world.period.id)
    calibrate_period(session, world.officer, period_id=world.period.id)
    session.flush()
    session.expire_all()


def test_the_report_follows_the_period_and_is_read_by_officers_and_auditors_only(
    session: Session, signed_in: SignIn
) -> None:
    world = sealed(session)
    session.commit()
    address = f"/periods/{world.period.id}/fairness"
    officer, auditor = signed_in(roles={Role.OFFICER}), signed_in(roles={Role.AUDITOR})
    assert "Chưa tính xong" in officer.get(address).text

    assert make_reports(session) == 1
    before = auditor.get(address).text
    assert "mức thấp nhất có thể là" in before
    assert "Phần này có sau khi kỳ sát hạch đã chấm." in before
    assert before.count("<svg xmlns") == 1, "what the draw promises is there at once"
    assert "theo độ khó ước lượng khi bốc" in before
    (half,) = read_reports(session, session.get_one(Period, world.period.id))
    assert half.at_random is not None
    assert sum(half.drawn["columns"]) == sum(half.at_random.columns) == PEOPLE
    assert officer.get(f"{address}/report.pdf").content[:5] == b"%PDF-"

    sit_and_mark(session, world)
    assert make_reports(session) == 1
    assert make_reports(session) == 0, "nothing is made twice"
    after = auditor.get(address).text
    assert f"trong {PEOPLE} người đã có kết quả đạt hay không đạt khác đi chỉ vì đề" in after
    assert after.count("<svg xmlns") == 2
    auditor.cookies.set("lang", "en")
    assert f"of {PEOPLE} people" in auditor.get(address).text
    for page in (after, before):
        assert not any(str(version.id) in page for version in world.versions)
    printed = auditor.get(f"{address}/report.pdf")
    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")

    for role in (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.MARKER, Role.ADMIN):
        stranger = signed_in(roles={role})
        assert {stranger.get(address).status_code, stranger.get(f"{address}/report.pdf").status_code} <= {
            403,
            404,
        }


def test_the_figures_are_those_of_the_papers_that_were_sat_and_rows_never_change(
    session: Session,
) -> None:
    world = sealed(session)
    sit_and_mark(session, world)
    make_reports(session)
    (report,) = read_reports(session, session.get_one(Period, world.period.id))
    assert report.sat is not None
    assert report.sat.effect.people == PEOPLE
    assert report.sat.at_random.sd > 0
    assert sum(report.sat.drawn.columns) == PEOPLE
    draw = session.get_one(ExamDraw, world.exam.id)
    assert report.at_random is not None
    assert report.at_random.forms == draw.report["forms"]
    assert report.at_random.max_uses >= draw.report["max_uses"]
    with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
        session.execute(text("UPDATE fairness_report SET made_at = now()"))


def test_without_estimates_there_is_no_chart_of_what_the_draw_promises(session: Session) -> None:
    world = sealed(session, people=4, is_rated=False)
    make_reports(session)
    (report,) = read_reports(session, session.get_one(Period, world.period.id))
    assert report.at_random is not None
    assert not report.has_drawn_chart
    assert "chưa cân bằng được về độ khó" in " ".join(report.sentences)


def test_one_person_and_answers_that_carry_no_calibration_are_said_in_words(session: Session) -> None:
    world = sealed(session, people=1)
    make_reports(session)
    sit_and_mark(session, world)
    make_reports(session)
    rows = session.scalars(select(FairnessReport)).all()
    assert {row.stage: row.missing for row in rows} == {
        Stage.DRAWN.value: NoFigures.ONE_FORM.value,
        Stage.SAT.value: NoFigures.NOT_CALIBRATED.value,
    }
    (report,) = read_reports(session, session.get_one(Period, world.period.id))
    assert report.sentences == []
    assert "Chỉ có một đề" in report.drawn_missing
    assert "chưa đủ để ước lượng" in report.sat_missing
