"""Sealing: the draw of every paper of a period, frozen with hashes before anybody starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.supply import Supply, take_into_use
from exam_service.periods.drawing import NotReady, draw_exam, period_commitment, supply_of
from exam_service.periods.lifecycle import step
from exam_service.periods.models import (
    Candidate,
    Exam,
    FormSlot,
    PeriodState,
    SealedForm,
)
from exam_service.periods.readiness import missing_for_sealing
from exam_service.periods.service import check_may_manage, get_draft, get_period
from question_bank.assembly import Assembly
from question_bank.form import Form

CHUNK = 500  # forms in memory at once


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
    """Every entered candidate has a frozen paper, the versions used are operational, and the period is sealed.

    `public_entropy` is what the council read out before witnesses (dice, a public random value); it is mixed into the
    draw. All in the caller's transaction: either the whole period is sealed or nothing has changed. Raises NotReady
    with every gap, Forbidden, NotFound, PeriodIsSealed.
    """
    check_may_manage(actor)
    get_draft(session, actor, period_id)
    period = get_period(session, actor, period_id)
    gaps = missing_for_sealing(session, period)
    if gaps:
        raise NotReady(gaps=" ".join(gap.sentence for gap in gaps))
    sealed: list[SealedCandidate] = []
    used: set[str] = set()
    for exam in period.exams:
        supply = supply_of(session, exam)
        assembly = draw_exam(session, exam, supply, public_entropy=public_entropy)
        sealed += _store(session, exam, assembly, supply)
        used |= assembly.exposure.keys()
    take_into_use(session, actor, version_ids=[UUID(v) for v in used], reason=f"Kỳ {period.code}")
    session.flush()  # the commitments are read back
    period.commitment = period_commitment(session, period)
    period.sealed_at = clock.now()
    session.flush()  # the step below is one conditional UPDATE of the same row
    step(session, actor, period_id=period.id, before=PeriodState.DRAFT, after=PeriodState.SEALED)
    record(session, actor, "period.draw", ("period", period.id), forms=len(sealed), versions=len(used))
    return sealed


def paper_of(form: Form, supply: Supply) -> dict[str, Any]:
    """What the player receives: the allow-list view of every item in this form's order, and nothing else."""
    return {
        "sections": [
            {
                "title": section.title,
                "slots": [
                    {
                        "slot": slot.position,
                        "points": f"{slot.points.normalize():f}",
                        "view": supply.drafts[slot.version_id].content.candidate_view(slot.option_order),
                    }
                    for slot in section.slots
                ],
            }
            for section in form.sections
        ]
    }


def _store(session: Session, exam: Exam, assembly: Assembly, supply: Supply) -> list[SealedCandidate]:
    by_number = {
        number: (candidate_id, sitting_id)
        for number, candidate_id, sitting_id in session.execute(
            select(Candidate.number, Candidate.id, Candidate.sitting_id).where(Candidate.exam_id == exam.id)
        )
    }
    at = clock.now()
    sealed: list[SealedCandidate] = []
    for chunk in _chunks(assembly):
        forms, slots = [], []
        for form in chunk:
            candidate_id, sitting_id = by_number[form.candidate_key]
            assert sitting_id is not None  # readiness has seen to it that everybody is seated
            form_id = uuid7()
            forms.append(
                {
                    "id": form_id,
                    "candidate_id": candidate_id,
                    "body": form.record(),
                    "paper": paper_of(form, supply),
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
                }
                for slot in form.slots
            ]
            sealed.append(SealedCandidate(candidate_id, form_id, sitting_id, len(form.slots)))
        session.execute(insert(SealedForm), forms)
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
