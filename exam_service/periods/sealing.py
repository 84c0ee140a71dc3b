"""Sealing: the draw of every paper of a period, frozen with hashes before anybody starts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import SYSTEM, Actor
from exam_service.audit import record
from exam_service.bank.supply import take_into_use
from exam_service.errors import NotFound
from exam_service.periods.ceremony import (
    NotConfirmed,
    committed_exams,
    lock_period,
    ready_period,
    without_gaps,
)
from exam_service.periods.drawing import (
    PreparedExam,
    Secret,
    draw_exam,
    period_commitment,
    prepare_exam,
)
from exam_service.periods.lifecycle import step
from exam_service.periods.models import (
    Candidate,
    CeremonyState,
    DrawCeremony,
    FormSlot,
    Period,
    PeriodState,
    SealedForm,
)
from exam_service.periods.revealing import paper_leaves
from exam_service.periods.service import get_period
from exam_service.periods.vault import Vault
from question_bank.assembly import Assembly
from question_bank.blueprint import Blueprint
from question_bank.form import Form
from question_bank.items import ItemDraft
from question_bank.merkle import merkle_root

Report = Callable[[int], None]
ADVICE = "{} (nên làm trong {} phút)"  # part of the paper, which is in Vietnamese
CHUNK = 500  # forms in memory at once


def _report_more(report: Report, before: int, done: int) -> None:
    report(before + done)


def _silent(_done: int) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class SealedCandidate:
    """What the next feature needs to make the attempt of a sealed candidate."""

    candidate_id: UUID
    form_id: UUID
    sitting_id: UUID
    slot_count: int


def seal_forms(
    session: Session, actor: Actor, *, period_id: UUID, public_entropy: str = ""
) -> list[SealedCandidate]:
    """The whole period drawn and sealed in one step: for rehearsals, where nobody watches and nothing is promised.

    A real period goes through the ceremony (periods.ceremony), after which `draw_confirmed` does the same. All in the
    caller's transaction: either the whole period is sealed or nothing has changed. Raises NotReady with every gap,
    Forbidden, NotFound, PeriodIsSealed.
    """
    period = ready_period(session, actor, period_id)
    drawings = [(prepare_exam(session, exam), Secret.fresh()) for exam in period.exams]
    return _seal(session, actor, period, drawings, public_entropy=public_entropy)


def draw_confirmed(
    session: Session, actor: Actor, *, ceremony_id: UUID, vault: Vault, report: Report = _silent
) -> list[SealedCandidate]:
    """The papers of a period whose public numbers two people have entered alike; the period is sealed.

    `report` is told the number of papers stored so far. Raises InputsChanged, NotReady, NotConfirmed, SecretLost.
    """
    ceremony = session.get(DrawCeremony, ceremony_id)
    if ceremony is None:
        raise NotFound
    lock_period(session, ceremony.period_id)  # first, as every other step of the ceremony does
    session.refresh(ceremony, with_for_update=True)
    if ceremony.state is not CeremonyState.CONFIRMED:
        raise NotConfirmed
    assert ceremony.public_entropy is not None
    period = without_gaps(session, get_period(session, SYSTEM, ceremony.period_id))
    drawings = committed_exams(session, period, ceremony, vault=vault)
    sealed = _seal(session, actor, period, drawings, public_entropy=ceremony.public_entropy, report=report)
    root = merkle_root([digest for *_place, digest in paper_leaves(session, period.id)])
    ceremony.drawn_at, ceremony.papers_root = clock.now(), root
    return sealed


def _seal(
    session: Session,
    actor: Actor,
    period: Period,
    drawings: Sequence[tuple[PreparedExam, Secret]],
    *,
    public_entropy: str,
    report: Report = _silent,
) -> list[SealedCandidate]:
    sealed: list[SealedCandidate] = []
    used: set[str] = set()
    for prepared, secret in drawings:
        assembly = draw_exam(session, prepared, secret, public_entropy=public_entropy)
        sealed += _store(session, prepared, assembly, report=partial(_report_more, report, len(sealed)))
        used |= assembly.exposure.keys()
    take_into_use(session, actor, version_ids=[UUID(v) for v in used], reason=f"Kỳ {period.code}")
    session.flush()  # the commitments are read back
    period.commitment = period_commitment(session, period)
    period.sealed_at = clock.now()
    session.flush()  # the step below is one conditional UPDATE of the same row
    step(session, actor, period_id=period.id, before=PeriodState.DRAFT, after=PeriodState.SEALED)
    record(session, actor, "period.draw", ("period", period.id), forms=len(sealed), versions=len(used))
    return sealed


def paper_of(form: Form, drafts: Mapping[str, ItemDraft], blueprint: Blueprint) -> dict[str, Any]:
    """What the player receives: the allow-list view of every item in this form's order, and nothing else.

    `drafts` are the contents by version id. The time of a section is advice in its heading; whether a slot is a pretest
    is not in it.
    """
    return {
        "sections": [
            {
                "title": section.title
                if part.minutes is None
                else ADVICE.format(section.title, part.minutes),
                "slots": [
                    {
                        "slot": slot.position,
                        "points": f"{slot.points.normalize():f}",
                        "view": drafts[slot.version_id].content.candidate_view(slot.option_order),
                    }
                    for slot in section.slots
                ],
            }
            for section, part in zip(form.sections, blueprint.sections, strict=True)
        ]
    }


def _store(
    session: Session, prepared: PreparedExam, assembly: Assembly, *, report: Report
) -> list[SealedCandidate]:
    exam, supply = prepared.exam, prepared.supply
    by_number = {
        number: (candidate_id, sitting_id)
        for number, candidate_id, sitting_id in session.execute(
            select(Candidate.number, Candidate.id, Candidate.sitting_id).where(Candidate.exam_id == exam.id)
        )
    }
    sealed: list[SealedCandidate] = []
    for chunk in _chunks(assembly):
        seats = [by_number[form.candidate_key] for form in chunk]
        sealed += store_forms(
            session, chunk, seats, drafts=supply.drafts, blueprint=prepared.inputs.blueprint
        )
        report(len(sealed))
    return sealed


def store_forms(
    session: Session,
    forms: Sequence[Form],
    seats: Sequence[tuple[UUID, UUID | None]],
    *,
    drafts: Mapping[str, ItemDraft],
    blueprint: Blueprint,
) -> list[SealedCandidate]:
    """The forms are frozen, each for the candidate and sitting at its place of `seats`."""
    at = clock.now()
    sealed, rows, slots = [], [], []
    for form, (candidate_id, sitting_id) in zip(forms, seats, strict=True):
        assert sitting_id is not None  # readiness has seen to it that everybody is seated
        form_id = uuid7()
        rows.append(
            {
                "id": form_id,
                "candidate_id": candidate_id,
                "body": form.record(),
                "paper": paper_of(form, drafts, blueprint),
                "form_hash": form.form_hash,
                "sealed_at": at,
            }
        )
        slots += [
            {
                "form_id": form_id,
                "slot": slot.position,
                "version_id": UUID(slot.version_id),
                "points": slot.points,
                "is_pretest": slot.pretest,
            }
            for slot in form.slots
        ]
        sealed.append(SealedCandidate(candidate_id, form_id, sitting_id, len(form.slots)))
    session.execute(insert(SealedForm), rows)
    session.execute(insert(FormSlot), slots)
    return sealed


def _chunks(assembly: Assembly) -> Iterator[Sequence[Form]]:
    chunk: list[Form] = []
    for form in assembly.forms:
        chunk.append(form)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
