"""Sealing: the draw of every paper of a period, frozen with hashes before anybody starts."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.models import ItemVersion
from exam_service.bank.supply import Supply, competency_names, load_supply, take_into_use
from exam_service.errors import Refusal
from exam_service.i18n import HOME, language
from exam_service.periods.lifecycle import step
from exam_service.periods.models import (
    Candidate,
    CandidateStatus,
    Exam,
    FormSlot,
    Period,
    PeriodState,
    SealedForm,
)
from exam_service.periods.readiness import missing_for_sealing
from exam_service.periods.service import check_may_manage, get_draft, get_period
from question_bank.assembly import Assembly, Infeasible, Options, assemble
from question_bank.blueprint import Blueprint
from question_bank.form import Form
from question_bank.pool import Taker
from question_bank.stream import derive

CHUNK = 500  # forms in memory at once


class NotReady(Refusal):
    code = "not_ready"
    message = "Kỳ chưa niêm phong được: %(gaps)s"


@dataclass(frozen=True)
class SealedCandidate:
    """What the next feature needs to make the attempt of a sealed candidate."""

    candidate_id: UUID
    form_id: UUID
    sitting_id: UUID
    slot_count: int


def seal_forms(session: Session, actor: Actor, *, period_id: UUID) -> list[SealedCandidate]:
    """Every entered candidate has a frozen paper, the versions used are operational, and the period is sealed.

    All in the caller's transaction: either the whole period is sealed or nothing has changed. Raises NotReady with
    every gap, Forbidden, NotFound, PeriodIsSealed.
    """
    check_may_manage(actor)
    get_draft(session, actor, period_id)
    period = get_period(session, actor, period_id)
    gaps = missing_for_sealing(session, period)
    if gaps:
        raise NotReady(gaps=" ".join(gap.sentence for gap in gaps))
    secret = secrets.token_bytes(32)
    period.secret = secret
    sealed: list[SealedCandidate] = []
    used: set[str] = set()
    for exam in period.exams:
        supply = _supply_of(session, exam)
        assembly = _draw(session, exam, supply, seed=derive(secret, "exam", exam.code))
        sealed += _store(session, exam, assembly, supply)
        used |= assembly.exposure.keys()
    take_into_use(session, actor, version_ids=[UUID(v) for v in used], reason=f"Kỳ {period.code}")
    period.sealed_at = clock.now()
    session.flush()  # the step below is one conditional UPDATE of the same row
    step(session, actor, period_id=period.id, before=PeriodState.DRAFT, after=PeriodState.SEALED)
    record(session, actor, "period.draw", ("period", period.id), forms=len(sealed), versions=len(used))
    return sealed


def _days(exam: Exam) -> list[date]:
    return sorted({sitting.starts_at.astimezone(HOME).date() for sitting in exam.sittings})


def _supply_of(session: Session, exam: Exam) -> Supply:
    """What may be drawn: only versions in force on the day of every sitting of the exam."""
    supply = load_supply(session, [UUID(bank_id) for bank_id in exam.bank_ids])
    days = _days(exam)
    pool = tuple(item for item in supply.pool if all(item.is_in_force_on(day) for day in days))
    return Supply(pool, supply.drafts)


def _draw(session: Session, exam: Exam, supply: Supply, *, seed: bytes) -> Assembly:
    seen = _seen_items(session, exam)
    candidates = session.execute(
        select(Candidate.number, Candidate.person_id).where(
            Candidate.exam_id == exam.id, Candidate.status == CandidateStatus.ENTERED.value
        )
    )
    takers = [Taker(number, seen.get(person_id, frozenset())) for number, person_id in candidates]
    drawn = assemble(
        Blueprint.model_validate(exam.blueprint.body),
        supply.pool,
        takers=takers,
        seed=seed,
        options=Options(on=_days(exam)[0]),
        names=competency_names(session),
    )
    if isinstance(drawn, Infeasible):
        raise NotReady(gaps=" ".join(reason.sentence(language().value) for reason in drawn.reasons))
    return drawn


def _seen_items(session: Session, exam: Exam) -> dict[UUID, frozenset[str]]:
    """Person → items that stood in the person's papers of the last `unseen_periods` sealed periods."""
    if exam.unseen_periods == 0:
        return {}
    recent = session.scalars(
        select(Period.id)
        .where(Period.sealed_at.is_not(None), Period.id != exam.period_id)
        .order_by(Period.sealed_at.desc())
        .limit(exam.unseen_periods)
    ).all()
    rows = session.execute(
        select(Candidate.person_id, ItemVersion.item_id)
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .join(FormSlot, FormSlot.form_id == SealedForm.id)
        .join(ItemVersion, ItemVersion.id == FormSlot.version_id)
        .where(Candidate.period_id.in_(recent))
        .distinct()
    )
    seen: dict[UUID, set[str]] = {}
    for person_id, item_id in rows:
        seen.setdefault(person_id, set()).add(str(item_id))
    return {person_id: frozenset(items) for person_id, items in seen.items()}


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
