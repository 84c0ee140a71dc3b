"""The ceremony of the draw: what is committed stays, two people enter the same numbers, everything is shown."""

import json
from itertools import pairwise
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from psycopg.errors import RestrictViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.models import Attempt
from exam_service.audit import AuditRow
from exam_service.db import Database
from exam_service.errors import Forbidden, Invalid, NotFound
from exam_service.invigilation import drawing as background
from exam_service.invigilation.sealing import draw_period
from exam_service.periods import ceremony, lifecycle, revealing
from exam_service.periods.models import (
    Candidate,
    DrawCeremony,
    DrawCommitment,
    DrawProgress,
    ExamDraw,
    Period,
    PeriodState,
    SealedForm,
)
from exam_service.periods.vault import SecretLost, Vault
from exam_service.settings import Settings
from question_bank.draw_bundle import verify_bundle
from question_bank.draw_extract import verify_extract
from question_bank.items import ItemDraft
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import (
    DICE,
    World,
    actor_with,
    draw_by_hand,
    make_account,
    make_version,
    make_world,
)

VAULT = Vault("a signing secret of the tests, long enough")


def commit(session: Session, world: World, *, reason: str = "") -> DrawCeremony:
    made = ceremony.commit_draw(session, world.officer, period_id=world.period.id, vault=VAULT, reason=reason)
    session.commit()
    return made


def confirmed(session: Session, world: World) -> DrawCeremony:
    commit(session, world)
    ceremony.enter_numbers(session, world.officer, period_id=world.period.id, text=DICE)
    witness = actor_with(session, Role.AUDITOR)
    made = ceremony.confirm_numbers(session, witness, period_id=world.period.id, text=DICE)
    session.commit()
    return made


def draw(session: Session, world: World) -> DrawCeremony:
    made = confirmed(session, world)
    draw_period(session, world.officer, ceremony=made, vault=VAULT)
    session.commit()
    session.expire_all()
    return made


def close(session: Session, world: World) -> None:
    for before, after in pairwise((PeriodState.SEALED, PeriodState.OPEN, PeriodState.CLOSED)):
        lifecycle.step(session, world.officer, period_id=world.period.id, before=before, after=after)
    session.commit()


def test_two_steps_make_papers_that_follow_from_the_commitment(session: Session) -> None:
    world = make_world(session, people=6)
    made = draw(session, world)
    period = session.get_one(Period, world.period.id)
    assert (period.state, period.commitment) == (PeriodState.SEALED, made.commitment)
    assert session.scalar(select(func.count(Attempt.id))) == 6
    close(session, world)
    bundle = revealing.draw_bundle(session, world.officer, exam_id=world.exam.id, vault=VAULT)
    committed = session.scalars(select(DrawCommitment.commitment)).one()
    assert verify_bundle(bundle, published_commitment=committed) == ()
    assert json.loads(bundle)["public_entropy"] == DICE


def test_the_secret_is_sealed_in_the_database_and_opens_in_its_place_only(session: Session) -> None:
    world = make_world(session)
    made = draw(session, world)
    kept = session.scalars(select(DrawCommitment.sealed_secret)).one()
    assert kept == session.scalars(select(ExamDraw.secret)).one()
    place = revealing.secret_place(made.id, world.exam.code)
    secret = VAULT.open(kept, place)
    assert len(secret) == 32
    assert secret not in kept
    for vault, elsewhere in ((VAULT, place + "X"), (Vault("another signing secret"), place)):
        with pytest.raises(SecretLost):
            vault.open(kept, elsewhere)


def test_numbers_of_one_person_or_numbers_that_differ_draw_nothing(session: Session) -> None:
    world = make_world(session)
    period_id, witness = world.period.id, actor_with(session, Role.AUDITOR)
    with pytest.raises(ceremony.NotCommitted):
        ceremony.enter_numbers(session, world.officer, period_id=period_id, text=DICE)
    commit(session, world)
    with pytest.raises(ceremony.NotEntered):
        ceremony.confirm_numbers(session, witness, period_id=period_id, text=DICE)
    for wrong in ("4 1 6", "9" * 201):
        with pytest.raises(Invalid):
            ceremony.enter_numbers(session, world.officer, period_id=period_id, text=wrong)
    ceremony.enter_numbers(session, world.officer, period_id=period_id, text="4 1 6 3 3 2 5 6 1 5")
    with pytest.raises(ceremony.NumbersDiffer):
        ceremony.confirm_numbers(session, witness, period_id=period_id, text=DICE)
    again = ceremony.enter_numbers(session, world.officer, period_id=period_id, text=f"  {DICE} \n")
    assert [entry["text"] for entry in again.entries] == ["4 1 6 3 3 2 5 6 1 5", DICE], "both are kept"
    with pytest.raises(ceremony.SamePerson):
        ceremony.confirm_numbers(session, world.officer, period_id=period_id, text=DICE)
    with pytest.raises(ceremony.NotConfirmed):
        draw_period(session, world.officer, ceremony=again, vault=VAULT)
    assert ceremony.confirm_numbers(session, witness, period_id=period_id, text=DICE).public_entropy == DICE
    with pytest.raises(ceremony.AlreadyConfirmed):
        ceremony.enter_numbers(session, world.officer, period_id=period_id, text=DICE)


def test_a_stranger_can_neither_commit_nor_enter_nor_confirm(session: Session) -> None:
    world = make_world(session)
    commit(session, world)
    ceremony.enter_numbers(session, world.officer, period_id=world.period.id, text=DICE)
    for role in (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.MARKER, Role.HR, Role.ADMIN):
        stranger = actor_with(session, role)
        with pytest.raises(Forbidden):
            ceremony.commit_draw(session, stranger, period_id=world.period.id, vault=VAULT)
        with pytest.raises(Forbidden):
            ceremony.enter_numbers(session, stranger, period_id=world.period.id, text=DICE)
        with pytest.raises(Forbidden):
            ceremony.confirm_numbers(session, stranger, period_id=world.period.id, text=DICE)
        with pytest.raises(Forbidden):
            ceremony.retry_draw(session, stranger, period_id=world.period.id)


def test_inputs_changed_after_the_commitment_are_named_and_nothing_is_drawn(session: Session) -> None:
    world = make_world(session, people=4, items_per_cell=6)
    made = confirmed(session, world)
    one = session.scalars(select(Candidate)).first()
    assert one is not None
    one.status, one.reason = "postponed", "ốm"
    make_version(session, world.bank, _draft_like(world), author=make_account(session))
    session.commit()
    with pytest.raises(ceremony.InputsChanged) as refused:
        draw_period(session, world.officer, ceremony=made, vault=VAULT)
    changes = str(refused.value)
    assert "danh sách thí sinh khác ở 1 chỗ" in changes
    assert "nguồn câu hỏi khác ở 1 chỗ" in changes
    session.rollback()
    assert session.scalar(select(func.count(SealedForm.id))) == 0


def test_a_new_commitment_withdraws_the_old_one_which_is_kept_with_its_reason(session: Session) -> None:
    world = make_world(session)
    first = commit(session, world)
    with pytest.raises(ceremony.StillCommitted):
        commit(session, world)
    session.rollback()
    second = commit(session, world, reason="in sai ngày")
    one = session.scalars(select(Candidate)).first()
    assert one is not None
    one.status, one.reason = "exempt", "nghỉ hưu"
    session.commit()
    third = commit(session, world)
    session.expire_all()
    found = revealing.ceremonies_of(session, world.period.id)
    assert [row.id for row in found] == [third.id, second.id, first.id]
    assert [row.withdrawn_at is None for row in found] == [True, False, False]
    assert found[2].withdrawn_reason == "in sai ngày"
    assert "danh sách thí sinh" in found[1].withdrawn_reason
    assert len({row.commitment for row in found}) == 3
    actions = list(session.scalars(select(AuditRow.action).where(AuditRow.action.like("draw.%"))))
    assert actions.count("draw.commit") == 3
    assert actions.count("draw.withdraw") == 2


def test_a_commitment_for_which_no_papers_exist_is_refused_before_the_dice(session: Session) -> None:
    world = make_world(session, items_per_cell=2)
    with pytest.raises(ceremony.NotReady) as refused:
        commit(session, world)
    assert "thiếu 1 câu" in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE draw_ceremony SET commitment = 'x'",
        "UPDATE draw_ceremony SET public_entropy = '1 2 3'",
        "UPDATE draw_ceremony SET withdrawn_at = now(), withdrawn_reason = 'x'",
        "UPDATE draw_commitment SET commitment = 'x'",
        "DELETE FROM draw_commitment",
    ],
)
def test_what_was_drawn_from_cannot_be_rewritten_by_hand(session: Session, change: str) -> None:
    draw(session, make_world(session))
    with pytest.raises(IntegrityError) as refused:
        session.execute(text(change))
    assert isinstance(refused.value.orig, RestrictViolation)


def test_an_extract_proves_one_paper_without_the_data_of_anybody_else(session: Session) -> None:
    world = make_world(session, people=5)
    made = draw(session, world)
    actor, period_id = world.officer, world.period.id
    numbers = sorted(session.scalars(select(Candidate.number)))
    with pytest.raises(revealing.StillSecret):
        revealing.draw_extract(session, actor, period_id=period_id, number=numbers[0], vault=VAULT)
    close(session, world)
    committed = session.scalars(select(DrawCommitment.commitment)).one()
    for number in numbers:
        extract = revealing.draw_extract(session, actor, period_id=period_id, number=number, vault=VAULT)
        published = {"published_commitment": committed, "published_root": made.papers_root}
        assert verify_extract(extract, **published) == ()
        assert json.loads(extract)["taker"]["candidate_key"] == number
        codes = {finding.code for finding in verify_extract(extract, published_root="0" * 64)}
        assert codes == {"not_among_papers"}
    with pytest.raises(NotFound):
        revealing.draw_extract(session, actor, period_id=period_id, number="9999", vault=VAULT)
    stranger = actor_with(session, Role.INVIGILATOR)
    with pytest.raises(Forbidden):
        revealing.draw_extract(session, stranger, period_id=period_id, number=numbers[0], vault=VAULT)


def test_a_large_draw_runs_in_the_background_all_or_nothing(
    session: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ceremony, "LARGEST_AT_ONCE", 2)
    world = make_world(session, people=3)
    made = confirmed(session, world)
    assert ceremony.is_large(made)
    with clock.fixed_at(world.sitting.starts_at):
        assert background.draw_waiting(database, VAULT) == 0
    session.expire_all()
    progress = session.get_one(DrawProgress, made.id)
    assert "giờ bắt đầu đã qua" in progress.refusal
    assert session.scalar(select(func.count(SealedForm.id))) == 0
    assert background.draw_waiting(database, VAULT) == 0, "a refusal waits for a person"
    ceremony.retry_draw(session, world.officer, period_id=world.period.id)
    session.commit()
    assert background.draw_waiting(database, VAULT) == 1
    session.expire_all()
    assert (progress.done, progress.total, progress.refusal) == (3, 3, "")
    assert session.scalar(select(func.count(Attempt.id))) == 3
    assert background.draw_waiting(database, VAULT) == 0, "drawn once"


def test_the_ceremony_by_its_pages(
    session: Session, signed_in: SignIn, browser: TestClient, settings: Settings
) -> None:
    world = make_world(session, people=4)
    client = signed_in(roles={Role.OFFICER})
    here = f"/periods/{world.period.id}"
    assert f"{here}/evidence" in client.get(here).text
    assert browser.get(f"/draws/{world.period.id}").status_code == 404
    assert client.post(f"{here}/draw/commit", data={}).status_code == 303
    again = client.post(f"{here}/draw/commit", data={})
    assert again.status_code == 409
    assert "hãy ghi lý do" in again.text
    period_commitment = session.scalars(select(DrawCeremony.commitment)).one()
    for page in (f"{here}/evidence", f"{here}/draw/sheet"):
        assert period_commitment in client.get(page).text
    assert period_commitment in browser.get(f"/draws/{world.period.id}").text
    assert world.period.name in browser.get("/draws").text
    short = client.post(f"{here}/draw/numbers", data={"numbers": "4 1"})
    assert (short.status_code, "ít nhất 10" in short.text) == (422, True)
    assert client.post(f"{here}/draw/numbers", data={"numbers": DICE}).status_code == 303
    assert 'name="again"' not in client.get(f"{here}/evidence").text, "the first person does not confirm"
    auditor = signed_in(roles={Role.AUDITOR})
    waiting = auditor.get(f"{here}/evidence").text
    assert 'name="again"' in waiting
    assert DICE not in waiting, "the second person reads the minutes, not the screen"
    assert auditor.post(f"{here}/draw/confirm", data={"again": DICE[::-1]}).status_code == 409
    done = auditor.post(f"{here}/draw/confirm", data={"again": DICE})
    assert (done.status_code, done.headers["location"]) == (303, f"{here}/evidence")
    assert session.scalar(select(func.count(Attempt.id))) == 4
    evidence = client.get(f"{here}/evidence").text
    assert DICE in evidence
    assert "bundle.json" not in evidence, "the record stays secret until the period is closed"
    assert client.get(f"{here}/exams/{world.exam.id}/bundle.json").status_code == 409
    number = session.scalars(select(Candidate.number)).first()
    assert client.get(f"{here}/extract.json", params={"number": number}).status_code == 409
    assert client.post(f"{here}/draw/commit", data={}).status_code == 409, (
        "a sealed period is not committed again"
    )
    session.expire_all()
    close(session, world)
    extract = client.get(f"{here}/extract.json", params={"number": number})
    assert verify_extract(extract.content) == ()
    bundle = client.get(f"{here}/exams/{world.exam.id}/bundle.json")
    assert verify_bundle(bundle.content) == ()
    assert session.scalar(select(func.count()).where(AuditRow.action == "draw.reveal")) == 1


def test_changes_and_progress_are_shown_where_they_matter(
    session: Session, signed_in: SignIn, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(session, people=3)
    client = signed_in(roles={Role.OFFICER})
    here = f"/periods/{world.period.id}"
    client.post(f"{here}/draw/commit", data={})
    make_version(session, world.bank, _draft_like(world), author=client.account)
    session.commit()
    page = client.get(f"{here}/evidence").text
    assert "nguồn câu hỏi khác ở 1 chỗ" in page
    assert 'name="numbers"' not in page, "no numbers for a commitment that does not hold"
    assert client.post(f"{here}/draw/commit", data={}).status_code == 303
    assert "nguồn câu hỏi khác ở 1 chỗ" in browser.get(f"/draws/{world.period.id}").text
    monkeypatch.setattr(ceremony, "LARGEST_AT_ONCE", 2)
    client.post(f"{here}/draw/numbers", data={"numbers": DICE})
    assert (
        signed_in(roles={Role.AUDITOR}).post(f"{here}/draw/confirm", data={"again": DICE}).status_code == 303
    )
    assert session.scalar(select(func.count(Attempt.id))) == 0
    page = client.get(f"{here}/evidence").text
    assert "hx-trigger" in page
    assert "0 / 3" in page
    assert client.post(f"{here}/draw/retry", data={}).status_code == 303


def _draft_like(world: World) -> ItemDraft:
    return ItemDraft.model_validate(world.versions[0].body, context={"trusted": True})


def test_a_period_of_pages_is_drawn_once(session: Session, signed_in: SignIn) -> None:
    world = make_world(session, people=2)
    client = signed_in(roles={Role.OFFICER})
    draw_by_hand(signed_in, client, world)
    again = client.post(f"/periods/{world.period.id}/draw/numbers", data={"numbers": DICE})
    assert again.status_code == 409
    assert session.scalar(select(func.count(Attempt.id))) == 2
    unknown = client.post(f"/periods/{UUID(int=9)}/draw/numbers", data={"numbers": DICE})
    assert unknown.status_code == 404
