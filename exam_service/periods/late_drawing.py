"""The paper of a late candidate: drawn from what was committed to, checked by the second program, frozen, linked."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, undefer

from exam_service import clock
from exam_service.actor import Actor
from exam_service.bank.supply import drafts_of, label_names, take_into_use
from exam_service.errors import Refusal
from exam_service.i18n import language
from exam_service.periods.drawing import DrawInvalid, seen_items
from exam_service.periods.models import (
    Candidate,
    DrawnUse,
    Exam,
    ExamDraw,
    FormSlot,
    LateDraw,
    Period,
    SealedForm,
)
from exam_service.periods.revealing import opened_secret
from exam_service.periods.schemas import LateCandidateInput
from exam_service.periods.sealing import SealedCandidate, store_forms
from exam_service.periods.vault import SecretLost, Vault
from question_bank.assembly import Colleagues, Infeasible, Options
from question_bank.assembly.check import Holdings, Limits, check_late_form
from question_bank.blueprint import Blueprint
from question_bank.draw import draw_seed, seed_check
from question_bank.draw_late import LateDesk, LatePaperDrawn, Link
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord
from question_bank.pool import PoolItem, Taker

POOL = TypeAdapter(list[ItemRecord])


class NoLatePaper(Refusal):
    code = "no_late_paper"
    message = "Không lập được đề cho thí sinh bổ sung nên chưa ghi gì: %(reasons)s"


@dataclass(frozen=True)
class Committed:
    """What the exam's draw committed to, and the seed that followed from it."""

    blueprint: Blueprint
    pool: tuple[PoolItem, ...]
    options: Options
    seed: bytes
    commitment: str


class Place(NamedTuple):
    """Who the paper is for, where the chain stands, and the papers drawn so far: of the exam and of the unit."""

    taker: Taker
    link: Link
    everybody: Holdings
    colleagues: Holdings


def draw_late_paper(
    session: Session, actor: Actor, candidate: Candidate, *, data: LateCandidateInput, vault: Vault | None
) -> tuple[SealedCandidate, LateDraw]:
    """The candidate, who has exam, seat and number, has a frozen paper and a row in the chain of the exam.

    The caller holds the lock of the period. Raises NoLatePaper, DrawInvalid, SecretLost.
    """
    exam = session.get_one(Exam, candidate.exam_id)
    committed = _committed(session, exam, vault=vault)
    place = _place(session, exam, candidate, committed=committed)
    drawn = _drawn(session, committed, place)
    version_ids = [UUID(slot.version_id) for slot in drawn.form.slots]
    (sealed,) = store_forms(
        session,
        [drawn.form],
        [(candidate.id, candidate.sitting_id)],
        drafts=drafts_of(session, version_ids),
        blueprint=committed.blueprint,
    )
    period = session.get_one(Period, exam.period_id)
    take_into_use(session, actor, version_ids=version_ids, reason=f"Kỳ {period.code}")
    late = LateDraw(
        exam_id=exam.id,
        number=drawn.link.number,
        candidate_id=candidate.id,
        previous=place.link.value,
        chain=drawn.link.value,
        taker=TakerRecord.of(place.taker).model_dump(mode="json"),
        marks_off=list(drawn.marks_off or ()),
        is_admitted=data.is_admitted,
        reason=data.reason,
        drawn_by=actor.id,
        drawn_by_name=actor.display_name,
        drawn_at=clock.now(),
    )
    session.add(late)
    session.flush()  # the next late paper reads the chain
    return sealed, late


def _committed(session: Session, exam: Exam, *, vault: Vault | None) -> Committed:
    """Read without the list of candidates, which for a large exam is most of the record."""
    # One expression, as the database unpacks the whole record for each.
    without_takers: ColumnElement[Any] = ExamDraw.inputs.op("-", return_type=JSONB())("takers")
    inputs = session.scalars(select(without_takers).where(ExamDraw.exam_id == exam.id)).one()
    draw = session.get_one(ExamDraw, exam.id, options=[undefer(ExamDraw.secret)])
    secret = opened_secret(draw, exam, vault=vault)
    seed = draw_seed(secret, public_entropy=draw.public_entropy, commitment=draw.commitment)
    if seed_check(seed) != draw.seed_check:
        raise SecretLost
    return Committed(
        Blueprint.model_validate(inputs["blueprint"]),
        # The records are strict: dates are read from JSON only.
        tuple(record.item() for record in POOL.validate_json(json.dumps(inputs["pool"]))),
        OptionsRecord.model_validate_json(json.dumps(inputs["options"])).options(),
        seed,
        draw.commitment,
    )


def _place(session: Session, exam: Exam, candidate: Candidate, *, committed: Committed) -> Place:
    has_units = committed.options.max_unit_exposure is not None
    people = select(Candidate.person_id).where(Candidate.id == candidate.id)
    seen = seen_items(session, people, papers=exam.unseen_periods, but=exam.period_id)
    last = session.scalar(
        select(LateDraw).where(LateDraw.exam_id == exam.id).order_by(LateDraw.number.desc()).limit(1)
    )
    return Place(
        Taker(
            candidate.number,
            seen.get(candidate.person_id, frozenset()),
            str(candidate.unit_id) if has_units else None,
        ),
        Link(last.number, last.chain) if last else Link.start(committed.commitment),
        _holdings_of_everybody(session, exam),
        _holdings_of_unit(session, exam, candidate.unit_id) if has_units else Holdings(0, {}),
    )


def _holdings_of_everybody(session: Session, exam: Exam) -> Holdings:
    """The papers of the exam so far: what the draw noted of its own, and the late ones counted."""
    drawn = dict(
        session.execute(select(DrawnUse.version_id, DrawnUse.papers).where(DrawnUse.exam_id == exam.id)).all()
    )
    late = select(SealedForm.id).join(LateDraw, LateDraw.candidate_id == SealedForm.candidate_id)
    added = _counted(session, late.where(LateDraw.exam_id == exam.id))
    report = session.get_one(ExamDraw, exam.id).report
    held = Counter({str(version_id): papers for version_id, papers in drawn.items()}) + Counter(added.held)
    return Holdings(report["forms"] + added.forms, held)


def _holdings_of_unit(session: Session, exam: Exam, unit_id: UUID) -> Holdings:
    """The papers of one unit so far, whatever has become of their candidates since."""
    whose = Candidate.exam_id == exam.id, Candidate.unit_id == unit_id
    return _counted(
        session,
        select(SealedForm.id).join(Candidate, Candidate.id == SealedForm.candidate_id).where(*whose),
    )


def _counted(session: Session, forms: Select[UUID]) -> Holdings:
    held = session.execute(
        select(FormSlot.version_id, func.count())
        .where(FormSlot.form_id.in_(forms))
        .group_by(FormSlot.version_id)
    )
    total = session.scalar(select(func.count()).select_from(forms.subquery())) or 0
    return Holdings(total, {str(version_id): count for version_id, count in held})


def _drawn(session: Session, committed: Committed, place: Place) -> LatePaperDrawn:
    desk = LateDesk.open(
        committed.blueprint,
        committed.pool,
        seed=committed.seed,
        options=committed.options,
        names=label_names(session),
    )
    assert isinstance(desk, LateDesk), "the batch was drawn from the same plan"
    drawn = desk.draw_paper(
        place.taker,
        link=place.link,
        exposure=place.everybody.held,
        colleagues=Colleagues(place.colleagues.forms, place.colleagues.held),
    )
    if isinstance(drawn, Infeasible):
        raise NoLatePaper(reasons=" ".join(reason.sentence(language().value) for reason in drawn.reasons))
    _check_independently(committed, place, drawn)
    return drawn


def _check_independently(committed: Committed, place: Place, drawn: LatePaperDrawn) -> None:
    """A paper that breaks a rule is never sealed, whatever the assembler believes."""
    options = committed.options
    violations = check_late_form(
        drawn.form,
        blueprint=committed.blueprint,
        pool=committed.pool,
        taker=place.taker,
        others=place.everybody,
        colleagues=place.colleagues,
        limits=Limits(options.on, options.max_exposure, options.max_unit_exposure),
    )
    if violations:
        raise DrawInvalid(violations="; ".join(f"{v.code} {v.detail}" for v in violations[:5]))
