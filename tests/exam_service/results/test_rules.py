"""Conjunctive rules on released results: sections, critical items, cuts per position, and the borderline zone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import lxml.html
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.auth.sessions import CANDIDATE_COOKIE
from exam_service.invigilation.sealing import seal_period
from exam_service.marking.service import score_period
from exam_service.periods.blueprints import save_blueprint
from exam_service.periods.cuts.decisions import CutInput, Recommendation, propose_cut, settle_cut
from exam_service.periods.cuts.models import CutMethod
from exam_service.periods.lifecycle import close_period, open_period
from exam_service.periods.models import Exam, Sitting
from exam_service.periods.readiness import missing_for_sealing
from exam_service.periods.schemas import BlueprintInput
from exam_service.rating_feed.events import describe_results
from exam_service.rating_feed.outbox import release_period
from exam_service.results.borderline import find_borderline
from exam_service.results.models import Result
from exam_service.results.service import current_result
from exam_service.results.standings import compute_standings
from question_bank.items import ItemDraft
from tests.fixtures.periods import LEVELS, World, actor_with, make_draft, make_world
from tests.fixtures.results import attempts_of, candidate_cookie, hand_in, make_marked_period

SignIn = Callable[..., Any]


def critical_draft(stem: str, **values: Any) -> ItemDraft:
    """The items of the first level are critical ones."""
    return make_draft(stem, tags=("Điểm liệt",) if values["level"] is LEVELS[0] else (), **values)


def make_ruled_period(session: Session, *, right: list[int], minimum: str | None, tag: str) -> World:
    """A marked period of two sections of three points, the second with a minimum in percent; committed."""
    world = make_world(session, people=len(right), items_per_cell=4, draft_of=critical_draft)
    sections = [
        {"title": f"Phần {name}", "shuffled": True, "cells": [{"level": level.value, "count": 3}]}
        for name, level in zip(("I", "II"), LEVELS, strict=True)
    ]
    if minimum is not None:
        sections[1]["minimum_percent"] = minimum
    body = {"title": "Hai phần", "sections": sections}
    data = BlueprintInput(
        code=f"HAI{world.blueprint.version}-{world.period.code}", name="Hai phần", body=body
    )
    exam = session.get_one(Exam, world.exam.id)
    exam.blueprint_id = save_blueprint(session, world.officer, data=data).id
    exam.critical_tag = tag
    session.commit()
    session.expire_all()
    seal_and_sit(session, world, right)
    return world


def seal_and_sit(session: Session, world: World, right: list[int]) -> None:
    seal_period(session, world.officer, period_id=world.period.id)
    open_period(session, world.officer, period_id=world.period.id)
    session.flush()
    for attempt, count in zip(attempts_of(session, world), right, strict=True):
        hand_in(session, attempt, right=count)
    session.get_one(Sitting, world.sitting.id).collected_at = clock.now()
    session.flush()
    close_period(session, world.officer, period_id=world.period.id)
    score_period(session, world.officer, period_id=world.period.id)
    session.commit()
    session.expire_all()


def release(session: Session, world: World) -> list[Result]:
    release_period(session, world.officer, period_id=world.period.id)
    session.commit()
    found = [current_result(session, attempt.candidate_id) for attempt in attempts_of(session, world)]
    return [result for result in found if result is not None]


def test_a_section_below_its_minimum_fails_and_every_reader_is_told_why(
    session: Session, browser: Any, signed_in: SignIn
):
    # The first four of six slots right: section I 3/3, section II 1/3, of which half is asked.
    world = make_ruled_period(session, right=[4, 5], minimum="50", tag="")
    failed, passed = release(session, world)
    assert (failed.outcome, failed.band_code, failed.points) == ("fail", "unsatisfactory", Decimal(4))
    assert (passed.outcome, passed.band_code) == ("pass", "good")
    assert [(check["rule"], check["title"], check["is_met"]) for check in failed.checks] == [
        ("total", "", True),
        ("section", "Phần II", False),
    ]
    reason = "Phần II: 1/3, cần 1,5"
    listed = signed_in(roles={Role.HR}).get(f"/results/{world.period.id}").text
    assert reason in listed
    assert listed.count("cần") == 1  # nobody who passed is given a reason
    browser.cookies.set(CANDIDATE_COOKIE, candidate_cookie(session, failed.candidate_id))
    own = lxml.html.fromstring(browser.get("/exam/result").text).text_content()
    assert reason in own
    event = describe_results(session, [failed.id])[failed.id]
    assert [(check.rule, check.points, check.needed) for check in event.checks if not check.is_met] == [
        ("section", "1", "1.5")
    ]


def test_one_missed_critical_item_fails_whatever_the_points(session: Session):
    # Section I holds the critical items: who has only two right misses one of them.
    world = make_ruled_period(session, right=[2, 3], minimum=None, tag="điểm liệt")
    missed, kept = release(session, world)
    assert [(check["rule"], check["points"], check["max_points"]) for check in missed.checks] == [
        ("total", "2", "6"),
        ("critical", "2", "3"),
    ]
    assert (missed.outcome, kept.outcome) == ("fail", "pass")


def test_a_critical_tag_that_no_item_carries_keeps_the_period_from_its_seal(session: Session):
    world = make_world(session)
    session.get_one(Exam, world.exam.id).critical_tag = "không có"
    session.commit()
    assert [gap.code for gap in missing_for_sealing(session, world.period)] == ["no_critical_item"]


def test_the_confirmed_cut_of_a_position_decides_instead_of_the_exams(session: Session):
    world = make_world(session, people=2)
    data = CutInput(position_ids=[world.position.id], cut_percent=Decimal(60), basis="Quyết định 12/QĐ")
    (decision,) = propose_cut(
        session,
        world.officer,
        period_id=world.period.id,
        exam_id=world.exam.id,
        data=data,
        source=Recommendation(CutMethod.LEGAL),
    )
    second = actor_with(session, Role.OFFICER)
    settle_cut(session, second, period_id=world.period.id, decision_id=decision.id, is_confirmed=True)
    session.commit()
    seal_and_sit(session, world, [3, 4])
    below, above = release(session, world)
    assert (below.outcome, below.band_code, below.cut_percent) == ("fail", "unsatisfactory", Decimal(60))
    assert (above.outcome, above.band_code) == ("pass", "satisfactory")


def test_papers_within_one_standard_error_are_listed_before_the_release_by_number_only(
    session: Session, signed_in: SignIn
):
    world = make_marked_period(session, right=(6, 4, 3, 2, 1, None))
    # Six items at a cut of one half: the error is sqrt(.25 / 5) = 22.4 points, so 2, 3 and 4 of 6 are in the zone.
    found = find_borderline(compute_standings(session, world.period.id))
    assert sorted(entry.standing.points for entry in found) == [2, 3, 4]
    page = signed_in(roles={Role.OFFICER}).get(f"/marking/{world.period.id}/borderline").text
    for entry in found:
        assert entry.standing.candidate.number in page
        assert entry.standing.candidate.full_name not in page
    assert "3 bài của" in signed_in(roles={Role.OFFICER}).get(f"/marking/{world.period.id}/summary").text
    assert signed_in(roles={Role.MARKER}).get(f"/marking/{world.period.id}/borderline").status_code == 403
