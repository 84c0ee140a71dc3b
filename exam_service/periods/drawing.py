"""The draw of an exam's papers, with the evidence from which anybody can derive them again."""

import hashlib
import secrets
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.bank.models import ItemVersion
from exam_service.bank.supply import Supply, competency_names, load_supply
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.i18n import HOME, language
from exam_service.periods.models import (
    Candidate,
    CandidateStatus,
    Exam,
    ExamDraw,
    FormSlot,
    Period,
    PeriodState,
    SealedForm,
)
from question_bank.assembly import Assembly, Infeasible, Options, assemble
from question_bank.assembly.check import check_forms
from question_bank.assembly.uncertainty import mark_uncertainty
from question_bank.blueprint import Blueprint
from question_bank.draw import (
    SECRET_BYTES,
    DrawInputs,
    commitment,
    draw_seed,
    manifest_of,
    secret_sha256,
    seed_check,
)
from question_bank.draw_bundle import BUNDLE_FORMAT
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord
from question_bank.items import canonical_json
from question_bank.pool import Taker

REVEALED = (PeriodState.CLOSED, PeriodState.MARKED, PeriodState.RELEASED, PeriodState.ARCHIVED)


class NotReady(Refusal):
    code = "not_ready"
    message = "Kỳ chưa niêm phong được: %(gaps)s"


class DrawInvalid(Refusal):
    code = "draw_invalid"
    status = 500
    message = "Đề vừa bốc không qua được kiểm tra độc lập nên không niêm phong: %(violations)s"


class StillSecret(Refusal):
    code = "still_secret"
    message = "Hồ sơ bốc đề chỉ được công khai sau khi kỳ sát hạch đã đóng."


def period_commitment(session: Session, period: Period) -> str:
    """Hex SHA-256 over "code commitment" lines of the exams, in the order of their codes."""
    rows = session.execute(
        select(Exam.code, ExamDraw.commitment)
        .join(ExamDraw, ExamDraw.exam_id == Exam.id)
        .where(Exam.period_id == period.id)
        .order_by(Exam.code)
    )
    return hashlib.sha256("".join(f"{code} {committed}\n" for code, committed in rows).encode()).hexdigest()


def _days(exam: Exam) -> list[date]:
    """The days of the exam's sittings; today while it has none."""
    starts = [sitting.starts_at for sitting in exam.sittings] or [clock.now()]
    return sorted({start.astimezone(HOME).date() for start in starts})


def supply_of(session: Session, exam: Exam) -> Supply:
    """What may be drawn: only versions whose legal basis is in force on the day of every sitting of the exam."""
    return load_supply(session, [UUID(bank_id) for bank_id in exam.bank_ids], days=_days(exam))


def draw_exam(session: Session, exam: Exam, supply: Supply, *, public_entropy: str) -> Assembly:
    """The papers of the exam, and the record from which anybody can derive them again."""
    secret = secrets.token_bytes(SECRET_BYTES)
    inputs = DrawInputs(
        label=f"{exam.period.code}/{exam.code}",
        blueprint=Blueprint.model_validate(exam.blueprint.body),
        pool=supply.pool,
        takers=_takers(session, exam),
        options=Options(on=_days(exam)[0]),
    )
    manifest = manifest_of(inputs, secret_sha256=secret_sha256(secret))
    committed = commitment(manifest)
    seed = draw_seed(secret, public_entropy=public_entropy, commitment=committed)
    drawn = assemble(
        inputs.blueprint,
        inputs.pool,
        takers=inputs.takers,
        seed=seed,
        options=inputs.options,
        names=competency_names(session),
    )
    if isinstance(drawn, Infeasible):
        raise NotReady(gaps=" ".join(reason.sentence(language().value) for reason in drawn.reasons))
    _check_independently(inputs, drawn)
    session.add(
        ExamDraw(
            exam_id=exam.id,
            commitment=committed,
            manifest=manifest.model_dump(mode="json"),
            secret=secret,
            public_entropy=public_entropy,
            seed_check=seed_check(seed),
            inputs=stored_inputs(inputs),
            report=asdict(drawn.report) | {"uncertainty": _uncertainty(drawn, supply)},
            drawn_at=clock.now(),
        )
    )
    return drawn


def _uncertainty(drawn: Assembly, supply: Supply) -> list[dict[str, Any]]:
    """How far the papers may still differ because difficulties are only estimated; empty while none is."""
    if not supply.errors:
        return []
    return [asdict(entry) for entry in mark_uncertainty(drawn, supply.errors)]


def _check_independently(inputs: DrawInputs, drawn: Assembly) -> None:
    """A paper that breaks a rule is never sealed, whatever the assembler believes."""
    violations = check_forms(
        drawn.forms, blueprint=inputs.blueprint, pool=inputs.pool, takers=inputs.takers, on=inputs.options.on
    )
    if violations:
        raise DrawInvalid(
            violations="; ".join(f"{v.code} {v.candidate_key} {v.detail}" for v in violations[:5])
        )


def _takers(session: Session, exam: Exam) -> tuple[Taker, ...]:
    seen = _seen_items(session, exam)
    candidates = session.execute(
        select(Candidate.number, Candidate.person_id).where(
            Candidate.exam_id == exam.id, Candidate.status == CandidateStatus.ENTERED.value
        )
    )
    return tuple(Taker(number, seen.get(person_id, frozenset())) for number, person_id in candidates)


def _seen_items(session: Session, exam: Exam) -> dict[UUID, frozenset[str]]:
    takers = select(Candidate.person_id).where(Candidate.exam_id == exam.id)
    return seen_items(session, takers, papers=exam.unseen_periods, but=exam.period_id)


def seen_items(
    session: Session, people: Select[UUID], *, papers: int, but: UUID | None = None
) -> dict[UUID, frozenset[str]]:
    """Person → items that stood in the person's own last `papers` papers, those of the period `but` left out.

    Counted for each person: a period of other positions in between does not use up anybody's rest.
    """
    if papers == 0:
        return {}
    newest_first = func.row_number().over(
        partition_by=Candidate.person_id, order_by=(Period.sealed_at.desc(), Period.id)
    )
    had = (
        select(Candidate.person_id, SealedForm.id.label("form_id"), newest_first.label("place"))
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .join(Period, Period.id == Candidate.period_id)
        .where(Candidate.person_id.in_(people), Candidate.period_id.is_distinct_from(but))
        .subquery()
    )
    rows = session.execute(
        select(had.c.person_id, ItemVersion.item_id)
        .join(FormSlot, FormSlot.form_id == had.c.form_id)
        .join(ItemVersion, ItemVersion.id == FormSlot.version_id)
        .where(had.c.place <= papers)
        .distinct()
    )
    seen: dict[UUID, set[str]] = {}
    for person_id, item_id in rows:
        seen.setdefault(person_id, set()).add(str(item_id))
    return {person_id: frozenset(items) for person_id, items in seen.items()}


def stored_inputs(inputs: DrawInputs) -> dict[str, Any]:
    """What went into the draw, as the records that a bundle shows."""
    return {
        "blueprint": inputs.blueprint.model_dump(mode="json"),
        "options": OptionsRecord.of(inputs.options).model_dump(mode="json"),
        "pool": [ItemRecord.of(item).model_dump(mode="json") for item in inputs.pool],
        "takers": [
            TakerRecord.of(taker).model_dump(mode="json")
            for taker in sorted(inputs.takers, key=lambda taker: taker.candidate_key)
        ],
    }


def draw_bundle(session: Session, actor: Actor, *, exam_id: UUID) -> bytes:
    """Everything needed to derive the exam's papers again (docs/verifiable-draw.md), once the period is closed.

    Raises Forbidden, NotFound, StillSecret.
    """
    if not (actor.can(Permission.PERIODS_MANAGE) or actor.can(Permission.AUDIT_VIEW)):
        raise Forbidden
    everything = (undefer(ExamDraw.manifest), undefer(ExamDraw.secret), undefer(ExamDraw.inputs))
    draw = session.scalar(select(ExamDraw).where(ExamDraw.exam_id == exam_id).options(*everything))
    if draw is None:
        raise NotFound
    state = session.scalar(
        select(Period.state).join(Exam, Exam.period_id == Period.id).where(Exam.id == exam_id)
    )
    if state not in REVEALED:
        raise StillSecret
    forms = session.execute(
        select(Candidate.number, SealedForm.form_hash, SealedForm.body)
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .where(Candidate.exam_id == exam_id)
        .order_by(Candidate.number)
    )
    papers = [{"candidate_key": key, "form_sha256": digest, "form": body} for key, digest, body in forms]
    return canonical_json(
        {
            "format": BUNDLE_FORMAT,
            "manifest": draw.manifest,
            "commitment": draw.commitment,
            "secret": draw.secret.hex(),
            "public_entropy": draw.public_entropy,
            "seed_check": draw.seed_check,
            **draw.inputs,
            "papers": papers,
            "late": [],
        }
    )
