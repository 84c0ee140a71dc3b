"""Revealing a draw after its period: the bundle of an exam, and the extract of one candidate."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, joinedload, undefer

from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.periods.models import (
    Candidate,
    DrawCeremony,
    Exam,
    ExamDraw,
    LateDraw,
    Period,
    PeriodState,
    SealedForm,
)
from exam_service.periods.vault import Vault
from question_bank.draw_bundle import BUNDLE_FORMAT
from question_bank.draw_extract import EXTRACT_FORMAT
from question_bank.items import canonical_json
from question_bank.merkle import merkle_path

REVEALED = (PeriodState.CLOSED, PeriodState.MARKED, PeriodState.RELEASED, PeriodState.ARCHIVED)


class StillSecret(Refusal):
    code = "still_secret"
    message = "Hồ sơ bốc đề chỉ được công khai sau khi kỳ sát hạch đã đóng."


def secret_place(ceremony_id: UUID, exam_code: str) -> str:
    """Where the secret of an exam belongs; sealed bytes moved to another place do not open."""
    return f"{ceremony_id}/{exam_code}"


def draw_bundle(session: Session, actor: Actor, *, exam_id: UUID, vault: Vault | None = None) -> bytes:
    """Everything needed to derive the exam's papers again (docs/verifiable-draw.md), once the period is closed.

    `vault` opens the secret of a draw by ceremony. Raises Forbidden, NotFound, StillSecret, SecretLost.
    """
    draw, exam = _revealed(session, actor, exam_id)
    papers, late = _papers(session, exam_id), _late_papers(session, exam_id)
    record(session, actor, "draw.reveal", ("exam", exam.id), papers=len(papers), late=len(late))
    return canonical_json(
        {
            "format": BUNDLE_FORMAT,
            **_proof(draw, exam, vault=vault),
            **draw.inputs,
            "papers": papers,
            "late": late,
        }
    )


def draw_extract(
    session: Session, actor: Actor, *, period_id: UUID, number: str, vault: Vault | None = None
) -> bytes:
    """What proves one candidate's paper without the data of anybody else (docs/verifiable-draw.md, sections 8 and 9).

    Raises Forbidden, NotFound, StillSecret, SecretLost.
    """
    _check_may_prove(actor)
    row = session.execute(
        select(Candidate.exam_id, SealedForm.form_hash, SealedForm.body, LateDraw)
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .outerjoin(LateDraw, LateDraw.candidate_id == Candidate.id)
        .where(Candidate.period_id == period_id, Candidate.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound
    exam_id, digest, body, late = row
    draw, exam = _revealed(session, actor, exam_id)
    held = {slot["version_id"] for section in body["sections"] for slot in section["slots"]}
    record(session, actor, "draw.extract", ("exam", exam.id), number=number)
    return canonical_json(
        {
            "format": EXTRACT_FORMAT,
            **_proof(draw, exam, vault=vault),
            "blueprint": draw.inputs["blueprint"],
            "options": draw.inputs["options"],
            "pool": [item for item in draw.inputs["pool"] if item["version_id"] in held],
            "paper": _paper(number, digest, body),
            **(_late_place(late) if late else _place_in_batch(session, draw, exam, number=number)),
        }
    )


def _place_in_batch(session: Session, draw: ExamDraw, exam: Exam, *, number: str) -> dict[str, Any]:
    leaves, place = _leaves(session, exam, number=number)
    return {
        "taker": next(taker for taker in draw.inputs["takers"] if taker["candidate_key"] == number),
        "path": [list(neighbour) for neighbour in merkle_path(leaves, place)],
    }


def _late_place(late: LateDraw) -> dict[str, Any]:
    place = {"number": late.number, "previous": late.previous}
    return {"taker": late.taker, "path": [], "late": place}


def _check_may_prove(actor: Actor) -> None:
    if not (actor.can(Permission.PERIODS_MANAGE) or actor.can(Permission.AUDIT_VIEW)):
        raise Forbidden


def _revealed(session: Session, actor: Actor, exam_id: UUID) -> tuple[ExamDraw, Exam]:
    _check_may_prove(actor)
    everything = (undefer(ExamDraw.manifest), undefer(ExamDraw.secret), undefer(ExamDraw.inputs))
    draw = session.scalar(select(ExamDraw).where(ExamDraw.exam_id == exam_id).options(*everything))
    if draw is None:
        raise NotFound
    exam = session.get_one(Exam, exam_id)
    if session.get_one(Period, exam.period_id).state not in REVEALED:
        raise StillSecret
    return draw, exam


def _proof(draw: ExamDraw, exam: Exam, *, vault: Vault | None) -> dict[str, Any]:
    return {
        "manifest": draw.manifest,
        "commitment": draw.commitment,
        "secret": opened_secret(draw, exam, vault=vault).hex(),
        "public_entropy": draw.public_entropy,
        "seed_check": draw.seed_check,
    }


def opened_secret(draw: ExamDraw, exam: Exam, *, vault: Vault | None) -> bytes:
    """The secret of the draw; `vault` opens that of a draw by ceremony. Raises SecretLost."""
    if draw.ceremony_id is None:
        return draw.secret
    assert vault is not None, "a draw by ceremony keeps its secret sealed"
    return vault.open(draw.secret, secret_place(draw.ceremony_id, exam.code))


def _papers(session: Session, exam_id: UUID) -> list[dict[str, Any]]:
    """The papers of the batch, by candidate number."""
    rows = session.execute(
        select(Candidate.number, SealedForm.form_hash, SealedForm.body)
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .where(Candidate.exam_id == exam_id, ~_is_late())
        .order_by(Candidate.number)
    )
    return [_paper(number, digest, body) for number, digest, body in rows]


def _is_late() -> ColumnElement[bool]:
    return exists().where(LateDraw.candidate_id == Candidate.id)


def _paper(number: str, digest: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"candidate_key": number, "form_sha256": digest, "form": body}


def _late_papers(session: Session, exam_id: UUID) -> list[dict[str, Any]]:
    """The papers drawn after the seal, in the order in which they were drawn."""
    rows = session.execute(
        select(LateDraw, SealedForm.form_hash, SealedForm.body)
        .join(SealedForm, SealedForm.candidate_id == LateDraw.candidate_id)
        .where(LateDraw.exam_id == exam_id)
        .order_by(LateDraw.number)
    )
    return [
        {
            "number": late.number,
            "previous": late.previous,
            "taker": late.taker,
            "paper": _paper(late.taker["candidate_key"], digest, body),
            "chain": late.chain,
        }
        for late, digest, body in rows
    ]


def paper_leaves(session: Session, period_id: UUID) -> list[tuple[str, str, str]]:
    """(exam code, candidate number, hash) of all papers but the late ones, in the order of the published root."""
    rows = session.execute(
        select(Exam.code, Candidate.number, SealedForm.form_hash)
        .join(Candidate, Candidate.exam_id == Exam.id)
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .where(Exam.period_id == period_id, ~_is_late())
    )
    return sorted((code, number, digest) for code, number, digest in rows)


def _leaves(session: Session, exam: Exam, *, number: str) -> tuple[list[str], int]:
    found = paper_leaves(session, exam.period_id)
    place = next(i for i, (code, key, _digest) in enumerate(found) if (code, key) == (exam.code, number))
    return [digest for _code, _key, digest in found], place


def late_draws_of(session: Session, period_id: UUID) -> list[tuple[Exam, LateDraw]]:
    """Every paper drawn after the seal, with its exam and candidate, by exam and in the order of drawing."""
    rows = session.execute(
        select(Exam, LateDraw)
        .join(LateDraw, LateDraw.exam_id == Exam.id)
        .where(Exam.period_id == period_id)
        .options(joinedload(LateDraw.candidate).joinedload(Candidate.sitting))
        .order_by(Exam.code, LateDraw.number)
    )
    return [(exam, late) for exam, late in rows]


def ceremonies_of(session: Session, period_id: UUID) -> list[DrawCeremony]:
    """Every ceremony of the period, the withdrawn ones too, the newest first."""
    return list(
        session.scalars(
            select(DrawCeremony)
            .where(DrawCeremony.period_id == period_id)
            .order_by(DrawCeremony.number.desc())
        )
    )
