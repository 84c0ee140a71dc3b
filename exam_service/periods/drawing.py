"""The draw of an exam's papers, with the evidence from which anybody can derive them again."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.bank.models import ItemVersion
from exam_service.bank.supply import Supply, label_names, load_supply
from exam_service.errors import Refusal
from exam_service.i18n import HOME, language
from exam_service.periods.models import (
    Candidate,
    CandidateStatus,
    DrawnUse,
    Exam,
    ExamDraw,
    FormSlot,
    Period,
    PeriodState,
    SealedForm,
)
from question_bank.assembly import Assembly, Infeasible, Options, assemble
from question_bank.assembly.check import check_forms
from question_bank.assembly.information import with_information
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
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord
from question_bank.pool import PoolItem, Taker

REVEALED = (PeriodState.CLOSED, PeriodState.MARKED, PeriodState.RELEASED, PeriodState.ARCHIVED)


TOLERANCE_MARKS: Final = Decimal("0.08")
"""Every paper's expected mark is this near the bank's mean form, of 100. Closer than the library's: then the paper
moves nobody's chance to pass by more than about one percentage point (benchmarks.fairness)."""


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
    rows: Any = session.execute(
        select(Exam.code, ExamDraw.commitment)
        .join(ExamDraw, ExamDraw.exam_id == Exam.id)
        .where(Exam.period_id == period.id)
        .order_by(Exam.code)
    )
    return commitment_of_all(rows)


def commitment_of_all(commitments: Iterable[tuple[str, str]]) -> str:
    """Hex SHA-256 over the lines "code commitment", in the order given."""
    return hashlib.sha256(
        "".join(f"{code} {committed}\n" for code, committed in commitments).encode()
    ).hexdigest()


def _days(exam: Exam) -> list[date]:
    """The days of the exam's sittings; today while it has none."""
    starts = [sitting.starts_at for sitting in exam.sittings] or [clock.now()]
    return sorted({start.astimezone(HOME).date() for start in starts})


def supply_of(session: Session, exam: Exam) -> Supply:
    """What may be drawn: only versions whose legal basis is in force on the day of every sitting of the exam."""
    blueprint = Blueprint.model_validate(exam.blueprint.body)
    return load_supply(
        session,
        [UUID(bank_id) for bank_id in exam.bank_ids],
        days=_days(exam),
        with_pretests=any(cell.pretest for cell in blueprint.cells),
    )


@dataclass(frozen=True)
class PreparedExam:
    """An exam with everything that decides its papers but chance."""

    exam: Exam
    supply: Supply
    inputs: DrawInputs


@dataclass(frozen=True)
class Secret:
    """The secret of a draw, and the bytes that are kept of it: itself, or its sealed form after a ceremony."""

    value: bytes
    kept: bytes
    ceremony_id: UUID | None = None

    @classmethod
    def fresh(cls) -> "Secret":
        value = secrets.token_bytes(SECRET_BYTES)
        return cls(value, value)


def prepare_exam(session: Session, exam: Exam) -> PreparedExam:
    """The exam with the inputs of its draw as they are now."""
    supply = supply_of(session, exam)
    blueprint = Blueprint.model_validate(exam.blueprint.body)
    options = Options(
        on=_days(exam)[0],
        tolerance_marks=TOLERANCE_MARKS,
        max_exposure=_share(blueprint.max_exposure_percent),
        max_unit_exposure=_share(blueprint.max_unit_exposure_percent),
    )
    inputs = DrawInputs(
        label=f"{exam.period.code}/{exam.code}",
        blueprint=blueprint,
        pool=_informed(supply, blueprint, cut_percent=exam.cut_percent),
        takers=_takers(session, exam, with_units=options.max_unit_exposure is not None),
        options=options,
    )
    return PreparedExam(exam, supply, inputs)


def _informed(supply: Supply, blueprint: Blueprint, *, cut_percent: Decimal) -> tuple[PoolItem, ...]:
    """The pool with what each item tells at the cut score; guesses of authors are too rough for that."""
    basis = supply.expected.basis
    if basis is None or not basis.calibrated:
        return supply.pool
    return with_information(supply.pool, blueprint, cut_percent=float(cut_percent))


def _share(percent: Decimal | None) -> Fraction | None:
    return None if percent is None else Fraction(percent) / 100


def assemble_exam(session: Session, inputs: DrawInputs, *, seed: bytes) -> Assembly:
    """The papers that follow from inputs and seed. Raises NotReady when there are none."""
    drawn = assemble(
        inputs.blueprint,
        inputs.pool,
        takers=inputs.takers,
        seed=seed,
        options=inputs.options,
        names=label_names(session),
    )
    if isinstance(drawn, Infeasible):
        raise NotReady(gaps=" ".join(reason.sentence(language().value) for reason in drawn.reasons))
    return drawn


def draw_exam(session: Session, prepared: PreparedExam, secret: Secret, *, public_entropy: str) -> Assembly:
    """The papers of the exam, and the record from which anybody can derive them again."""
    inputs = prepared.inputs
    manifest = manifest_of(inputs, secret_sha256=secret_sha256(secret.value))
    committed = commitment(manifest)
    seed = draw_seed(secret.value, public_entropy=public_entropy, commitment=committed)
    drawn = assemble_exam(session, inputs, seed=seed)
    _check_independently(inputs, drawn)
    session.add(
        ExamDraw(
            exam_id=prepared.exam.id,
            ceremony_id=secret.ceremony_id,
            commitment=committed,
            manifest=manifest.model_dump(mode="json"),
            secret=secret.kept,
            public_entropy=public_entropy,
            seed_check=seed_check(seed),
            inputs=stored_inputs(inputs),
            report=asdict(drawn.report) | _difficulty_report(drawn, prepared.supply),
            drawn_at=clock.now(),
        )
    )
    session.flush()  # the uses refer to it
    uses = [
        {"exam_id": prepared.exam.id, "version_id": UUID(version_id), "papers": papers}
        for version_id, papers in drawn.exposure.items()
    ]
    session.execute(insert(DrawnUse), uses)
    return drawn


def _difficulty_report(drawn: Assembly, supply: Supply) -> dict[str, Any]:
    """Where difficulties are from, and how far papers may still differ because they are only estimated."""
    expected = supply.expected
    if expected.basis is None:
        return {"uncertainty": [], "difficulty_basis": None}
    bands = [asdict(entry) for entry in mark_uncertainty(drawn, expected.errors)]
    return {"uncertainty": bands, "difficulty_basis": expected.basis._asdict()}


def _check_independently(inputs: DrawInputs, drawn: Assembly) -> None:
    """A paper that breaks a rule is never sealed, whatever the assembler believes."""
    violations = check_forms(
        drawn.forms,
        blueprint=inputs.blueprint,
        pool=inputs.pool,
        takers=inputs.takers,
        on=inputs.options.on,
        max_unit_exposure=inputs.options.max_unit_exposure,
    )
    if violations:
        raise DrawInvalid(
            violations="; ".join(f"{v.code} {v.candidate_key} {v.detail}" for v in violations[:5])
        )


def _takers(session: Session, exam: Exam, *, with_units: bool) -> tuple[Taker, ...]:
    """The candidates; their units only where the draw needs them, because the bundle shows what it knows."""
    seen = _seen_items(session, exam)
    candidates = session.execute(
        select(Candidate.number, Candidate.person_id, Candidate.unit_id).where(
            Candidate.exam_id == exam.id, Candidate.status == CandidateStatus.ENTERED.value
        )
    )
    return tuple(
        Taker(number, seen.get(person_id, frozenset()), str(unit_id) if with_units else None)
        for number, person_id, unit_id in candidates
    )


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
