"""What is known of difficulties reaches the papers: ratings of authors, pretest slots, demands of the blueprint."""

import json
from collections import Counter

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.models import AttemptState, CollectedBy, Response
from exam_service.bank.models import ItemVersion
from exam_service.invigilation.sealing import seal_period
from exam_service.marking.service import score_period
from exam_service.periods.blueprints import save_blueprint
from exam_service.periods.lifecycle import close_period, open_period
from exam_service.periods.models import Exam, ExamDraw, FormSlot, SealedForm, Sitting
from exam_service.periods.schemas import BlueprintInput
from exam_service.results.standings import compute_standings
from question_bank.items import ItemDraft
from question_bank.taxonomy import CognitiveLevel, DifficultyRating
from tests.fixtures.periods import World, make_draft, make_world
from tests.fixtures.results import attempts_of

RATINGS = [*DifficultyRating, None]


def rated_draft(stem: str, *, competency: str, level: CognitiveLevel) -> ItemDraft:
    """A sound item; its place in the bank decides the rating."""
    rating = RATINGS[int(stem.split()[2]) % len(RATINGS)]
    return make_draft(stem, competency=competency, level=level, difficulty_rating=rating)


def test_papers_are_balanced_by_ratings_of_authors_until_there_are_answers(
    session: Session, signed_in
) -> None:  # type: ignore[no-untyped-def] # the fixture makes clients
    world = make_world(session, people=6, items_per_cell=24, per_cell=6, draft_of=rated_draft)
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    report = session.get_one(ExamDraw, world.exam.id).report
    assert report["difficulty_basis"] == {"calibrated": 0, "rated": 40, "assumed": 8}
    assert report["information_percent"] is None, "guesses are too rough for that"
    middle = report["balance"][1]
    assert middle["highest"] - middle["lowest"] < 2
    band = next(entry for entry in report["uncertainty"] if entry["ability"] == 0)
    assert band["mean"] > middle["sd"], "what is guessed is never shown as exact"
    page = signed_in(roles={Role.OFFICER}).get(f"/periods/{world.period.id}/evidence").text
    assert "ước lượng của người soạn 40 câu, mức trung bình của ô 8 câu" in page
    assert report["outside_tolerance"] > 0, "five ratings are too coarse for six papers"
    assert f"Sau khi đổi câu, {report['outside_tolerance']} đề còn lệch quá 0,08 điểm" in page
    for cell in report["scarcest"]:
        assert f"{cell['vi']}: lấy 6 trong 24 câu, có {cell['difficulties']} độ khó khác nhau" in page


def with_pretest(session: Session, world: World) -> None:
    """Three items of each level are in use, the fourth is new; a paper has two of each and one new one."""
    in_use = [version.id for number, version in enumerate(world.versions) if number % 4 < 3]
    session.execute(update(ItemVersion).where(ItemVersion.id.in_(in_use)).values(state="operational"))
    stored = world.blueprint
    section = stored.body["sections"][0]
    trial = {"competency": "TP", "count": 1, "points_per_item": "1", "pretest": True}
    body = {**stored.body, "sections": [{**section, "cells": [*section["cells"], trial]}]}
    data = BlueprintInput(code=stored.code, name=stored.name, body=body)
    saved = save_blueprint(session, world.officer, data=data)
    session.get_one(Exam, world.exam.id).blueprint_id = saved.id
    session.commit()
    session.expire_all()


def answer_only(session: Session, world: World, *, pretests: bool) -> None:
    """Everybody has the slots of this kind right and the others wrong."""
    at = clock.now()
    for attempt in attempts_of(session, world):
        rows = session.execute(
            select(FormSlot.slot, FormSlot.is_pretest, ItemVersion.body)
            .join(ItemVersion, ItemVersion.id == FormSlot.version_id)
            .where(FormSlot.form_id == attempt.form_id)
        )
        for slot, is_pretest, body in rows:
            content = ItemDraft.model_validate(body).content
            wrong = next(option.id for option in content.options if option.id != content.key)
            choice = {"choice": content.key if is_pretest is pretests else wrong}
            session.add(Response(attempt_id=attempt.id, slot=slot, sequence=1, response=choice, saved_at=at))
        attempt.started_at, attempt.submitted_at = at, at
        attempt.state, attempt.collected_by = AttemptState.SUBMITTED.value, CollectedBy.CANDIDATE.value
    session.get_one(Sitting, world.sitting.id).collected_at = at
    session.flush()


def test_every_paper_has_the_new_items_or_none_nobody_can_tell_them_and_they_count_for_nothing(
    session: Session,
) -> None:
    world = make_world(session, people=4, items_per_cell=4, per_cell=2)
    with_pretest(session, world)
    seal_period(session, world.officer, period_id=world.period.id)
    session.flush()
    held = Counter(session.scalars(select(FormSlot.form_id).where(FormSlot.is_pretest)))
    forms = session.scalars(select(SealedForm)).all()
    assert held == {form.id: 1 for form in forms}
    new = {str(version.id) for number, version in enumerate(world.versions) if number % 4 == 3}
    drawn = {str(v) for v in session.scalars(select(FormSlot.version_id).where(FormSlot.is_pretest))}
    assert drawn <= new
    for form in forms:
        paper = json.dumps(form.paper)
        assert "pretest" not in paper
        assert not any(version in paper for version in new), "not even by its id"
        (section,) = form.paper["sections"]
        assert len({tuple(sorted(item)) for item in section["slots"]}) == 1, "all have the same fields"
    open_period(session, world.officer, period_id=world.period.id)
    answer_only(session, world, pretests=True)
    close_period(session, world.officer, period_id=world.period.id)
    score_period(session, world.officer, period_id=world.period.id)
    standings = compute_standings(session, world.period.id)
    assert {(one.points, one.max_points, one.item_count) for one in standings} == {(0, 4, 4)}


def test_papers_of_scored_items_alone_reach_full_marks_without_the_pretest(session: Session) -> None:
    world = make_world(session, people=2, items_per_cell=4, per_cell=2)
    with_pretest(session, world)
    seal_period(session, world.officer, period_id=world.period.id)
    open_period(session, world.officer, period_id=world.period.id)
    answer_only(session, world, pretests=False)
    close_period(session, world.officer, period_id=world.period.id)
    score_period(session, world.officer, period_id=world.period.id)
    standings = compute_standings(session, world.period.id)
    assert {(one.points, one.max_points) for one in standings} == {(4, 4)}
