"""For how long the banks last, cell by cell."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.invigilation.sealing import seal_period
from exam_service.periods.models import StoredBlueprint
from exam_service.periods.supply_matrix import CellSupply, SupplyMatrix, supply_matrix
from question_bank.blueprint import Cell
from question_bank.citations import Citation
from question_bank.taxonomy import CognitiveLevel
from tests.fixtures.auth import SignIn, make_account
from tests.fixtures.bank import make_bank
from tests.fixtures.periods import World, make_draft, make_version, make_world

DAY = date(2026, 12, 1)


def counted(session: Session, world: World, *, rest: int = 1, day: date = DAY) -> SupplyMatrix:
    stored = session.get_one(StoredBlueprint, world.blueprint.id)
    return supply_matrix(session, stored, bank_ids=[world.bank.id], day=day, rest=rest)


@pytest.mark.parametrize(
    ("in_force", "rest", "papers", "short"), [(9, 2, 3, 0), (8, 2, 2, 1), (2, 0, 0, 1), (3, 0, 1, 0)]
)
def test_a_cell_lasts_when_it_holds_one_paper_more_than_people_must_rest(
    in_force: int, rest: int, papers: int, short: int
) -> None:
    cell = CellSupply("", "", Cell(count=3), "", "", 0, 0, in_force, None, None, rest)
    assert (cell.papers, cell.short) == (papers, short)


def test_each_cell_counts_what_is_approved_in_use_and_in_force(session: Session) -> None:
    world = make_world(session, items_per_cell=5, per_cell=3)
    author = make_account(session)
    over = make_draft("Hết hiệu lực?", competency="TP", level=CognitiveLevel.REMEMBER)
    ended = Citation(document_number="1/2020/NĐ-CP", in_force_to=date(2026, 11, 30))
    over = over.model_copy(update={"citations": (ended,)})
    make_version(session, world.bank, over, author=author, state="operational")
    first, second = counted(session, world).cells
    assert (first.approved, first.operational, first.in_force) == (5, 1, 5)
    assert (second.approved, second.operational, second.in_force) == (5, 0, 5)
    assert (first.unseen_least, first.unseen_median) == (5, 5)
    assert counted(session, world, day=date(2026, 11, 1)).cells[0].in_force == 6


def test_what_the_people_of_the_position_had_in_their_last_papers_is_not_unseen(session: Session) -> None:
    world = make_world(session, people=3, items_per_cell=5, per_cell=3)
    seal_period(session, world.officer, period_id=world.period.id)
    matrix = counted(session, world, rest=1)
    assert matrix.people == 3
    assert [(cell.unseen_least, cell.unseen_median, cell.short_now) for cell in matrix.cells] == [
        (2, 2, 1),
        (2, 2, 1),
    ]
    assert [cell.unseen_least for cell in counted(session, world, rest=0).cells] == [5, 5]


def test_a_shortage_is_named_by_the_check_that_stands_before_sealing(session: Session) -> None:
    world = make_world(session, items_per_cell=2, per_cell=3)
    assert len(counted(session, world).reasons) >= 1
    assert counted(session, make_world(session)).reasons == ()


def test_planners_and_writers_open_the_matrix_and_others_do_not(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    address = f"/bank/supply?blueprint={world.blueprint.id}&day=2026-12-01&rest=1"
    officer = signed_in(roles={Role.OFFICER}).get(address)
    assert (officer.status_code, "/bank/items" in officer.text) == (200, False)
    writer = signed_in(roles={Role.AUTHOR}).get(address)
    assert "/bank/items?competency=TP&amp;level=remember" in writer.text
    elsewhere = make_bank(session)
    session.commit()
    stranger = signed_in(roles={Role.AUTHOR}, bank_position_ids=[elsewhere.position_id])
    assert world.blueprint.name not in stranger.get(address).text
    assert signed_in(roles={Role.INVIGILATOR}).get(address).status_code == 403
