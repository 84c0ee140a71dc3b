"""Statistics of a scored period, the review of flagged questions before the release, and who may see what."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import SYSTEM, Role
from exam_service.analysis.decisions import (
    RescoringNeeded,
    StatisticsPending,
    UndecidedFlags,
    decide_flag,
    keep_minor_flags,
    readiness_of,
)
from exam_service.analysis.jobs import PATIENCE, periods_without_statistics
from exam_service.analysis.models import (
    FlagDecision,
    FlagVerdict,
    IrregularitySign,
    ItemFigures,
    ItemFlag,
    SignKind,
    StatisticsRun,
)
from exam_service.analysis.overview import Shown, cancelled_items, get_item_view, list_items
from exam_service.analysis.service import compute_statistics
from exam_service.attempts.models import Attempt, Response
from exam_service.audit import AuditRow
from exam_service.bank.difficulty.models import Calibration, ItemCalibration
from exam_service.calibration.service import calibrate_due
from exam_service.errors import Forbidden, Invalid, NotFound
from exam_service.marking.decisions import NotDecidable, decide_key
from exam_service.marking.models import KeyVerdict, SlotScore
from exam_service.marking.service import score_period
from exam_service.periods.models import FormSlot
from exam_service.rating_feed.outbox import release_period
from exam_service.results.item_statistics import figures_of_item
from tests.fixtures.analysis import SECONDS, Sat, add_earlier_period, make_sat
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_bank
from tests.fixtures.periods import actor_with, make_world
from tests.fixtures.results import make_marked_period, make_sat_period


def computed(session: Session, sat: Sat) -> StatisticsRun:
    return compute_statistics(session, sat.world.officer, period_id=sat.period_id)


def choices_of(session: Session, version_id: UUID) -> dict[str, int]:
    """Option → how many stored answers chose it."""
    rows = session.scalars(
        select(Response.response)
        .join(Attempt, Attempt.id == Response.attempt_id)
        .join(FormSlot, (FormSlot.form_id == Attempt.form_id) & (FormSlot.slot == Response.slot))
        .where(FormSlot.version_id == version_id)
    )
    return Counter(row["choice"] for row in rows if row)


def test_the_figures_are_those_of_the_stored_scores_and_the_wrong_key_is_flagged(session: Session) -> None:
    sat = make_sat(session)
    run = computed(session, sat)
    assert (run.attempts, run.responses) == (sat.people, sat.people * 10)
    for figures in session.scalars(select(ItemFigures).where(ItemFigures.run_id == run.id)):
        n, mean = session.execute(
            select(func.count(), func.avg(SlotScore.points)).where(SlotScore.version_id == figures.version_id)
        ).one()
        assert (figures.n, figures.facility) == (n, pytest.approx(float(mean)))
        view = get_item_view(session, run, figures.version_id)
        chosen = choices_of(session, figures.version_id)
        counted = {row.category: row.count for row in view.statistics.choices.categories}
        assert {name: count for name, count in counted.items() if name != "omitted"} == chosen
        assert view.statistics.time.median_s == pytest.approx(SECONDS, abs=0.01)
        assert view.statistics.omissions.n == n
    flags = {
        (flag.version_id, flag.code) for flag in session.scalars(select(ItemFlag).where(ItemFlag.is_serious))
    }
    assert flags == {(sat.wrong_key, "probable_wrong_key")}
    (line,) = list_items(session, run, shown=Shown.UNDECIDED).rows
    assert line.flags[0].sentence == "Câu này phân biệt ngược: người giỏi chọn C. Kiểm tra đáp án (B)."
    assert run.summary["speededness"]["reached_end"] == pytest.approx(1 - 1 / sat.people)
    assert not run.summary["similarity"]["has_power"]
    assert computed(session, sat).id == run.id  # once per scoring run


def test_the_release_waits_for_statistics_decisions_and_the_scoring_after_them(session: Session) -> None:
    sat = make_sat(session)
    officer, period_id = sat.world.officer, sat.period_id
    with pytest.raises(StatisticsPending):
        release_period(session, officer, period_id=period_id)
    computed(session, sat)
    with pytest.raises(UndecidedFlags) as refused:
        release_period(session, officer, period_id=period_id)
    assert refused.value.params == {"count": 1}
    with pytest.raises(Invalid):
        decide_flag(
            session,
            officer,
            period_id=period_id,
            version_id=sat.wrong_key,
            verdict=FlagVerdict.KEEP,
            reason=" ",
        )
    decide_flag(
        session,
        officer,
        period_id=period_id,
        version_id=sat.wrong_key,
        verdict=FlagVerdict.FULL_MARKS,
        reason="Đáp án sai, hội đồng hủy câu",
    )
    with pytest.raises(RescoringNeeded):
        release_period(session, officer, period_id=period_id)
    run = score_period(session, officer, period_id=period_id, reason="Hủy một câu")
    scores = session.scalars(
        select(SlotScore).where(SlotScore.run_id == run.id, SlotScore.version_id == sat.wrong_key)
    ).all()
    assert all(score.points == score.max_points and score.detail["share"] == "1" for score in scores)
    with pytest.raises(StatisticsPending):
        release_period(session, officer, period_id=period_id)
    again = computed(session, sat)
    assert sat.wrong_key not in set(
        session.scalars(select(ItemFigures.version_id).where(ItemFigures.run_id == again.id))
    )
    assert [row.version.id for row in cancelled_items(session, period_id)] == [sat.wrong_key]
    assert readiness_of(session, period_id).is_ready
    session.commit()
    assert release_period(session, officer, period_id=period_id) == sat.people
    session.commit()
    actions = set(session.scalars(select(AuditRow.action)))
    assert {"flag.decide", "key.decide", "period.statistics"} <= actions
    with pytest.raises(NotDecidable):
        decide_key(
            session,
            officer,
            period_id=period_id,
            version_id=sat.wrong_key,
            verdict=KeyVerdict.AS_KEYED,
            reason="Quá muộn",
        )


def test_minor_flags_are_kept_together_and_serious_ones_stay_open(session: Session) -> None:
    sat = make_sat(session)
    run = computed(session, sat)
    minor = session.scalar(select(func.count()).where(ItemFlag.run_id == run.id, ~ItemFlag.is_serious)) or 0
    kept = keep_minor_flags(session, sat.world.officer, period_id=sat.period_id, reason="Xem ở kỳ sau")
    assert kept == minor
    assert readiness_of(session, sat.period_id).undecided == 1
    decision = FlagDecision(
        period_id=sat.period_id,
        version_id=sat.wrong_key,
        code="x",
        verdict="keep",
        reason="r",
        decided_at=run.started_at,
    )
    session.add(decision)
    session.commit()
    decision.reason = "khác"
    with pytest.raises(IntegrityError):
        session.flush()


def test_with_few_people_nothing_is_flagged_and_the_release_waits_for_nothing(session: Session) -> None:
    world = make_marked_period(session, right=(6, 3, 2))
    assert release_period(session, world.officer, period_id=world.period.id) == 3


def test_nothing_is_computed_before_the_scoring_or_by_strangers(session: Session) -> None:
    world = make_sat_period(session)
    with pytest.raises(NotFound):
        compute_statistics(session, world.officer, period_id=world.period.id)
    with pytest.raises(NotFound):
        compute_statistics(session, world.officer, period_id=make_world(session).period.id)
    with pytest.raises(Forbidden):
        compute_statistics(session, actor_with(session, Role.MARKER), period_id=world.period.id)


def test_authors_see_the_figures_of_their_questions_once_results_are_released(
    session: Session, signed_in: SignIn
) -> None:
    sat = make_sat(session)
    item_id = sat.world.versions[0].item_id
    author = make_actor(session, Role.AUTHOR)
    computed(session, sat)
    assert figures_of_item(session, author, item_id=item_id) == []
    decide_flag(
        session,
        sat.world.officer,
        period_id=sat.period_id,
        version_id=sat.wrong_key,
        verdict=FlagVerdict.KEEP,
        reason="Đáp án đúng theo Điều 8",
    )
    session.commit()
    release_period(session, sat.world.officer, period_id=sat.period_id)
    session.commit()
    (found,) = figures_of_item(session, author, item_id=item_id)
    assert (found.period, found.statistics.facility.value is not None) == ("Kỳ thử", True)
    page = signed_in(roles={Role.AUTHOR}).get(f"/bank/items/{item_id}/statistics").text
    assert all(words in page for words in ("Độ phân biệt", "khoảng tin cậy", "Kỳ thử", "Đáp án"))
    stranger = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    with pytest.raises(NotFound):
        figures_of_item(session, stranger, item_id=item_id)


def test_officers_review_on_pages_and_strangers_find_none(session: Session, signed_in: SignIn) -> None:
    sat = make_sat(session)
    officer, base = signed_in(roles={Role.OFFICER}), f"/marking/{sat.period_id}"
    assert "đang chờ tính" in officer.get(f"{base}/items").text
    assert officer.post(f"{base}/statistics").status_code == 303
    listed = officer.get(f"{base}/items", headers={"Accept-Language": "vi"})
    assert "người giỏi chọn C" in listed.text
    for sort in ("-facility", "discrimination", "code", "time", "n", "nonsense"):
        assert officer.get(f"{base}/items", params={"show": "all", "sort": sort}).status_code == 200
    item = f"{base}/items/{sat.wrong_key}"
    shown = officer.get(item)
    assert (shown.status_code, "<polyline" in shown.text, "Ai chọn gì" in shown.text) == (200, True, True)
    assert officer.post(f"{item}/decision", data={"verdict": "keep", "reason": ""}).status_code == 422
    assert (
        officer.post(f"{item}/decision", data={"verdict": "keep", "reason": "Đáp án đúng"}).status_code == 303
    )
    assert officer.post(f"{base}/items/keep-minor", data={"reason": ""}).status_code == 422
    assert officer.post(f"{base}/items/keep-minor", data={"reason": "Để kỳ sau"}).status_code == 303
    triage = officer.get(f"{base}/irregularities")
    assert (triage.status_code, "không phải kết luận" in triage.text) == (200, True)
    marker = signed_in(roles={Role.MARKER})
    assert marker.get(item).status_code == 200
    assert "data-dialog" not in marker.get(item).text
    for stranger in (marker, signed_in(roles={Role.AUTHOR, Role.INVIGILATOR, Role.HR, Role.ADMIN})):
        assert stranger.get(f"{base}/irregularities").status_code == 403
        for path in ("items/keep-minor", "statistics", f"items/{sat.wrong_key}/decision"):
            refused = stranger.post(f"{base}/{path}", data={"reason": "Không được", "verdict": "keep"})
            assert refused.status_code == 403
    assert stranger.get(f"{base}/items").status_code == 403
    assert stranger.get(item).status_code == 403
    closed = make_world(session)
    session.commit()
    assert officer.get(f"/marking/{closed.period.id}/items").status_code == 404


def test_an_earlier_period_shows_drift_and_gains_and_which_questions_were_used(session: Session) -> None:
    sat = make_sat(session)
    versions = [version.id for version in sat.world.versions]
    difficulty = {version_id: 0.1 * place for place, version_id in enumerate(versions[:11])}
    add_earlier_period(session, sat, difficulty={**difficulty, versions[3]: 3.0}, share=0.1)
    session.commit()
    run = computed(session, sat)
    moved = get_item_view(session, run, versions[3]).statistics.displacement
    assert (moved.value is not None and moved.value < -1, moved.missing) == (True, None)
    assert get_item_view(session, run, versions[11]).statistics.displacement.missing == "no_earlier"
    signs = session.scalars(select(IrregularitySign).where(IrregularitySign.run_id == run.id)).all()
    assert {sign.kind for sign in signs} <= {kind.value for kind in SignKind}
    assert all(sign.detail["logits"] > 0 for sign in signs if sign.kind == SignKind.GAIN)


def test_the_background_computes_each_scoring_run_once(session: Session) -> None:
    sat = make_sat(session, people=3)
    assert periods_without_statistics(session) == [], "the calibration comes first"
    calibrate_due(session, SYSTEM)
    assert periods_without_statistics(session) == [sat.period_id]
    run = computed(session, sat)
    assert not run.summary["is_calibrated"], "three people carry no calibration"
    assert periods_without_statistics(session) == []
    score_period(session, sat.world.officer, period_id=sat.period_id, reason="Chấm lại để thử")
    calibrate_due(session, SYSTEM)
    assert periods_without_statistics(session) == [sat.period_id]


def test_a_run_that_nobody_calibrates_has_statistics_after_some_minutes(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sat = make_sat(session, people=3)
    later = clock.now() + PATIENCE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert periods_without_statistics(session) == [sat.period_id]


def test_the_figures_rest_on_the_calibration_and_are_made_again_when_it_comes_later(session: Session) -> None:
    sat = make_sat(session)
    before = computed(session, sat)
    calibrate_due(session, SYSTEM)
    assert periods_without_statistics(session) == [sat.period_id]
    run = computed(session, sat)
    assert (before.summary["is_calibrated"], run.summary["is_calibrated"]) == (False, True)
    assert session.scalars(select(StatisticsRun.id)).all() == [run.id]
    assert periods_without_statistics(session) == []
    assert computed(session, sat) is run
    calibrated = {
        row.version_id: row
        for row in session.scalars(
            select(ItemCalibration)
            .join(Calibration, Calibration.id == ItemCalibration.calibration_id)
            .where(Calibration.run_id == run.scoring_run_id)
        )
    }
    figures = session.scalars(select(ItemFigures).where(ItemFigures.run_id == run.id)).all()
    assert len(figures) == len(calibrated)
    for row in figures:
        assert row.difficulty == pytest.approx(calibrated[row.version_id].location)
        assert row.difficulty_error == pytest.approx(calibrated[row.version_id].location_error)
    reliability = session.scalars(select(Calibration.reliability)).one()
    assert run.summary["reliability"]["value"] == pytest.approx(reliability)
