"""Panels from the opening to the decision: who may do what, what stays hidden, what cannot be changed."""

from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.audit import AuditRow
from exam_service.errors import Forbidden, Invalid, NotFound
from exam_service.invigilation.sealing import seal_period
from exam_service.official.sheet import Table
from exam_service.periods.cuts.decisions import (
    AlreadySettled,
    BandsInTheWay,
    CutInput,
    OpenProposal,
    Recommendation,
    SameOfficer,
    bands_at_cut,
    cuts_in_force,
    propose_cut,
    settle_cut,
)
from exam_service.periods.cuts.models import CutDecision, CutMethod
from exam_service.periods.readiness import missing_for_sealing
from exam_service.periods.service import PeriodIsSealed
from exam_service.standards.access import JudgeIsCandidate, get_panel
from exam_service.standards.minutes import minutes_blocks
from exam_service.standards.models import CutPanel, PanelMethod, PanelRating
from exam_service.standards.outcomes import rounded
from exam_service.standards.panels import NoSample, RoundRefused, WrongRound, close_round, open_round
from exam_service.standards.rating import own_values, save_ratings
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import World, actor_with, make_world
from tests.fixtures.results import make_released_period
from tests.fixtures.standards import actor_of, make_judges, make_panel, rate


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session, people=2)


def propose(
    session: Session, world: World, percent: str = "60", *, reason: str = "", basis: str = "170/2025/NĐ-CP"
) -> CutDecision:
    data = CutInput(
        position_ids=[world.position.id], cut_percent=Decimal(percent), basis=basis, reason=reason
    )
    (decision,) = propose_cut(
        session,
        world.officer,
        period_id=world.period.id,
        exam_id=world.exam.id,
        data=data,
        source=Recommendation(CutMethod.LEGAL),
    )
    session.commit()
    return decision


def settle(session: Session, world: World, decision: CutDecision, *, is_confirmed: bool = True) -> None:
    settle_cut(
        session,
        actor_with(session, Role.OFFICER),
        period_id=world.period.id,
        decision_id=decision.id,
        is_confirmed=is_confirmed,
        reason="" if is_confirmed else "Thiếu biên bản của hội đồng.",
    )
    session.commit()


def test_a_panel_judges_one_paper_drawn_by_the_blueprint_and_its_mean_is_recommended(
    session: Session, world: World
):
    judges = make_judges(session)
    panel = make_panel(session, world, judges)
    assert [item.place for item in panel.items] == [1, 2, 3, 4, 5, 6]
    for judge, percent in zip(judges, ("58", "59", "60", "61", "62"), strict=True):
        rate(session, panel, judge, percent)
    outcome = close_round(session, world.officer, panel=panel, number=1).outcome
    assert outcome is not None
    assert (outcome["percent"], outcome["standard_error"]) == ("60", pytest.approx(0.7071, abs=1e-4))
    assert [judge["percent"] for judge in outcome["judges"]] == [58, 59, 60, 61, 62]


def test_a_second_round_starts_empty_and_keeps_the_first(session: Session, world: World):
    judges = make_judges(session, 2)
    panel = make_panel(session, world, judges)
    for judge in judges:
        rate(session, panel, judge, "40")
    close_round(session, world.officer, panel=panel, number=1)
    open_round(session, world.officer, panel=panel, number=1)
    assert own_values(session, actor_of(judges[0]), panel, 2) == {}
    for judge in judges:
        rate(session, panel, judge, "70")
    outcome = close_round(session, world.officer, panel=panel, number=2).outcome
    assert outcome is not None
    assert outcome["percent"] == "70"
    assert panel.rounds[0].outcome is not None
    assert panel.rounds[0].outcome["percent"] == "40"


def test_a_round_with_gaps_stays_open_and_names_the_judge_and_who_never_came_is_a_finding(
    session: Session, world: World
):
    judges = make_judges(session, 3)
    panel = make_panel(session, world, judges)
    rate(session, panel, judges[0], "50")
    rate(session, panel, judges[1], {"1": "50"})
    with pytest.raises(RoundRefused) as refused:
        close_round(session, world.officer, panel=panel, number=1)
    assert "Chuyên gia 2 còn 5/6" in str(refused.value.params["reasons"])
    rate(session, panel, judges[1], "50")
    outcome = close_round(session, world.officer, panel=panel, number=1).outcome
    assert outcome is not None
    assert "absent_judges" in [finding["code"] for finding in outcome["findings"]]


def test_a_closed_round_takes_no_ratings_not_even_from_the_database(session: Session, world: World):
    judges = make_judges(session, 2)
    panel = make_panel(session, world, judges)
    for judge in judges:
        rate(session, panel, judge, "50")
    close_round(session, world.officer, panel=panel, number=1)
    session.commit()
    with pytest.raises(WrongRound):
        rate(session, panel, judges[0], "90")
    with pytest.raises(DBAPIError, match="a closed round takes no ratings"), session.begin_nested():
        session.execute(update(PanelRating).values(value=90))
    with pytest.raises(WrongRound):
        close_round(session, world.officer, panel=panel, number=1)


@pytest.mark.parametrize("typed", ["101", "-1", "nan", "sáu mươi", "1e9"])
def test_a_rating_that_is_no_percent_is_refused_at_its_field(session: Session, world: World, typed: str):
    (judge,) = make_judges(session, 1)
    panel = make_panel(session, world, [judge])
    with pytest.raises(Invalid) as refused:
        save_ratings(session, actor_of(judge), panel_id=panel.id, number=1, typed={"2": typed})
    assert refused.value.field == "mark-2"


def test_a_stranger_cannot_see_or_rate_a_panel_and_a_judge_cannot_turn_its_rounds(
    session: Session, world: World
):
    judge, stranger = make_judges(session, 2)
    panel = make_panel(session, world, [judge])
    with pytest.raises(NotFound):
        save_ratings(session, actor_of(stranger), panel_id=panel.id, number=1, typed={"1": "50"})
    with pytest.raises(NotFound):
        get_panel(session, actor_of(judge), period_id=world.period.id, panel_id=panel.id)
    with pytest.raises(Forbidden):
        close_round(session, actor_of(judge), panel=panel, number=1)
    with pytest.raises(Forbidden):
        save_ratings(session, actor_with(session, Role.MARKER), panel_id=panel.id, number=1, typed={})


def test_nobody_judges_the_cut_of_an_examination_that_they_sit(session: Session, world: World):
    judge, other = make_judges(session, 2)
    judge.person_id = world.people[0].id
    session.flush()
    with pytest.raises(JudgeIsCandidate):
        make_panel(session, world, [judge, other])


def test_a_bookmark_panel_needs_difficulties_from_data(session: Session, world: World):
    judges = make_judges(session, 3)
    with pytest.raises(NoSample, match="độ khó"):
        make_panel(session, world, judges, method=PanelMethod.BOOKMARK)
    known = {str(version.id): place / 4 - 1 for place, version in enumerate(world.versions)}
    panel = make_panel(session, world, judges, method=PanelMethod.BOOKMARK, difficulties=known)
    found = [item.difficulty for item in panel.items]
    assert found == sorted(found)
    for judge in judges:
        rate(session, panel, judge, {"page": "3"})
    outcome = close_round(session, world.officer, panel=panel, number=1).outcome
    assert outcome is not None
    assert 50 < float(outcome["percent"]) < 90
    assert (outcome["standard_error"], outcome["sd"]) == (0.0, 0.0)
    blocks = minutes_blocks(session, panel)
    (judged,) = [block for block in blocks if isinstance(block, Table)]
    assert judged.rows == tuple((f"Chuyên gia {place}", "3") for place in (1, 2, 3))


def test_a_hofstee_panel_meets_the_results_of_the_period_before(session: Session, signed_in: SignIn):
    before = make_released_period(session, right=(6, 5, 4, 3, 2))
    world = make_world(session, people=1)
    judges = make_judges(session, 2)
    bounds = {"cut_low": "40", "cut_high": "70", "fail_low": "10", "fail_high": "50"}
    panel = make_panel(session, world, judges, method=PanelMethod.HOFSTEE)
    for judge in judges:
        rate(session, panel, judge, bounds)
    with pytest.raises(RoundRefused, match="Chưa có điểm"):
        close_round(session, world.officer, panel=panel, number=1)
    panel.position_ids = [str(before.position.id)]
    session.flush()
    outcome = close_round(session, world.officer, panel=panel, number=1).outcome
    assert outcome is not None
    # Shares 33.3, 50, 66.7, 83.3, 100: at 50 the curve jumps from 20 % to 40 %, over the line (36.7 %).
    assert (outcome["percent"], outcome["fail_percent"], outcome["n"]) == ("50", 20.0, 5)
    (judged,) = [block for block in minutes_blocks(session, panel) if isinstance(block, Table)]
    assert judged.rows[0] == ("Chuyên gia 1", "40–70", "10–50")
    page = signed_in(roles={Role.OFFICER}).get(f"/periods/{world.period.id}/cuts/{panel.id}")
    assert "40–70% · 10–50%" in page.text


def test_a_cut_counts_only_when_a_second_officer_has_confirmed_it(session: Session, world: World):
    decision = propose(session, world)
    assert cuts_in_force(session, world.period.id) == {}
    assert "cut_unconfirmed" in [gap.code for gap in missing_for_sealing(session, world.period)]
    with pytest.raises(SameOfficer):
        settle_cut(
            session, world.officer, period_id=world.period.id, decision_id=decision.id, is_confirmed=True
        )
    settle(session, world, decision)
    assert cuts_in_force(session, world.period.id) == {(world.exam.id, world.position.id): Decimal(60)}
    assert "cut_unconfirmed" not in [gap.code for gap in missing_for_sealing(session, world.period)]
    with pytest.raises(AlreadySettled):
        settle(session, world, decision)
    acts = set(session.scalars(select(AuditRow.action).where(AuditRow.action.like("cut.%"))))
    assert {"cut.propose", "cut.confirm"} <= acts


def test_the_database_itself_wants_four_eyes(session: Session, world: World):
    decision = propose(session, world)
    values = {"state": "confirmed", "settled_by": decision.decided_by, "settled_at": clock.now()}
    with pytest.raises(DBAPIError, match="four_eyes"), session.begin_nested():
        session.execute(update(CutDecision).where(CutDecision.id == decision.id).values(**values))


def test_each_later_decision_is_a_new_version_and_one_at_a_time_is_open(session: Session, world: World):
    first = propose(session, world)
    with pytest.raises(OpenProposal):
        propose(session, world, "55")
    settle(session, world, first, is_confirmed=False)
    second = propose(session, world, "55")
    settle(session, world, second)
    assert (first.version, second.version) == (1, 2)
    assert cuts_in_force(session, world.period.id) == {(world.exam.id, world.position.id): Decimal(55)}
    with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
        session.execute(update(CutDecision).where(CutDecision.id == second.id).values(cut_percent=70))


def test_the_council_that_departs_from_the_recommendation_or_overrides_a_finding_says_why(
    session: Session, world: World
):
    def decide(percent: str, reason: str, *, findings: tuple[dict[str, str], ...] = ()) -> None:
        with session.begin_nested() as savepoint:
            propose_cut(
                session,
                world.officer,
                period_id=world.period.id,
                exam_id=world.exam.id,
                data=CutInput(position_ids=[world.position.id], cut_percent=Decimal(percent), reason=reason),
                source=Recommendation(CutMethod.ANGOFF, Decimal("61.5"), None, findings),
            )
            savepoint.rollback()

    decide("61.5", "")
    decide("60", "Giữ mức của các kỳ trước.")
    for percent, findings in (("60", ()), ("61.5", ({"code": "few_judges", "vi": "", "en": ""},))):
        with pytest.raises(Invalid) as refused:
            decide(percent, "vậy", findings=findings)
        assert refused.value.field == "reason"


def test_a_cut_that_would_cross_a_neighbouring_band_is_refused_by_name(session: Session, world: World):
    for percent in ("70", "95"):
        with pytest.raises(BandsInTheWay):
            propose(session, world, percent)
    assert bands_at_cut(world.exam.bands, exam_cut=Decimal(50), cut=Decimal(65))[2]["from_percent"] == "65"  # type: ignore[index]  # not None: 65 lies between its neighbours


def test_once_sealed_neither_the_cut_nor_the_panel_can_change(session: Session, world: World):
    judges = make_judges(session, 1)
    panel = make_panel(session, world, judges)
    decision = propose(session, world)
    settle(session, world, decision)
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    with pytest.raises(PeriodIsSealed):
        propose(session, world, "55")
    with pytest.raises(PeriodIsSealed):
        rate(session, panel, judges[0], "50")
    for statement in (
        update(CutDecision).values(reason="khác"),
        update(CutPanel).values(place="khác"),
    ):
        with pytest.raises(DBAPIError, match="sealed period is never changed"), session.begin_nested():
            session.execute(statement)


def test_a_recommendation_is_rounded_half_up_to_thousandths_and_never_written_with_an_exponent():
    from fractions import Fraction

    assert [rounded(Fraction(value)) for value in ("60", "63.33333", "0.0005", "100")] == [
        "60",
        "63.333",
        "0.001",
        "100",
    ]
