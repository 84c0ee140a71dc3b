"""Panels with what earlier periods say of their items: the bookmark's booklet, and judges beside the difficulties."""

from math import log

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.standards.difficulties import rasch_difficulties
from exam_service.standards.models import CutPanel, PanelMethod
from exam_service.standards.panels import close_round
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import World, make_world
from tests.fixtures.standards import BORDERLINE, calibrate, make_judges, make_panel, rate

LOGIT_67 = log(0.67 / 0.33)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session, people=2)


def test_an_item_of_its_own_discrimination_stands_where_it_is_mastered(
    session: Session, world: World
) -> None:
    ids = [version.id for version in world.versions][:4]
    calibrate(session, ids[:3], [(1.2, -0.5), (1.2, 0.5), (2.4, 0.5)])
    found = rasch_difficulties(session, [str(one) for one in ids])
    assert found[str(ids[0])] == pytest.approx(-0.6)
    assert found[str(ids[1])] == pytest.approx(0.6)
    # b + .7082 / 2.4, in logits of the usual item, less its own .7082.
    assert found[str(ids[2])] == pytest.approx(1.2 * (0.5 + LOGIT_67 / 2.4) - LOGIT_67)
    assert str(ids[3]) not in found


def test_an_officer_opens_a_bookmark_panel_on_what_was_calibrated(
    session: Session, world: World, signed_in: SignIn
) -> None:
    versions = [version.id for version in world.versions]
    calibrate(session, versions, [(1.0, place / 4 - 1) for place in range(len(versions))])
    judges = make_judges(session, 5)
    data = {
        "method": "bookmark",
        "position_ids": [str(world.position.id)],
        "member_ids": [str(judge.id) for judge in judges],
        "borderline": BORDERLINE,
        "place": "Cần Thơ",
        "held_on": "2026-02-05",
    }
    officer = signed_in(roles={Role.OFFICER})
    opened = officer.post(f"/periods/{world.period.id}/cuts/new?exam={world.exam.id}", data=data)
    assert opened.status_code == 303
    panel = session.scalars(select(CutPanel)).one()
    difficulties = [item.difficulty for item in panel.items]
    assert None not in difficulties
    assert difficulties == sorted(difficulties, key=lambda one: one or 0.0)
    for judge, page in zip(judges, "23334", strict=True):
        rate(session, panel, judge, {"page": page})
    outcome = close_round(session, world.officer, panel=panel, number=1).outcome
    session.commit()
    assert outcome is not None
    assert outcome["standard_error"] > 0
    shown = officer.get(f"/periods/{world.period.id}/cuts/{panel.id}").text
    assert "±" in shown


def test_judges_are_compared_with_the_difficulties_from_data(
    session: Session, world: World, signed_in: SignIn
) -> None:
    versions = [version.id for version in world.versions]
    calibrate(session, versions, [(1.0, place / 4 - 1) for place in range(len(versions))])
    first, second = make_judges(session, 2)
    panel = make_panel(session, world, [first, second], method=PanelMethod.ANGOFF)
    order = sorted(panel.items, key=lambda item: item.difficulty or 0.0)
    for judge, step in ((first, -5), (second, 5)):
        rate(
            session, panel, judge, {str(item.place): str(60 + step * rank) for rank, item in enumerate(order)}
        )
    outcome = close_round(session, world.officer, panel=panel, number=1).outcome
    session.commit()
    assert outcome is not None
    assert outcome["judges"][0]["consistency"] > 0.9
    assert outcome["judges"][1]["consistency"] < -0.9
    page = signed_in(roles={Role.OFFICER}).get(f"/periods/{world.period.id}/cuts/{panel.id}").text
    assert "Theo độ khó (r)" in page
