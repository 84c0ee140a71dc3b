"""Stored blueprints (ma trận đề): saving versions of them, and what the banks can supply for each cell."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.supply import label_names
from exam_service.errors import Invalid, NotFound, Refusal, Stale
from exam_service.i18n import gettext as _
from exam_service.i18n import language
from exam_service.periods.drawing import supply_of
from exam_service.periods.models import Exam, Period, StoredBlueprint
from exam_service.periods.schemas import BlueprintInput
from exam_service.periods.service import CodeTaken, check_may_manage
from question_bank.assembly import Supply as CellSupplies
from question_bank.assembly import feasibility
from question_bank.blueprint import Blueprint, problems
from question_bank.items import canonical_json


class BlueprintContradicts(Refusal):
    code = "blueprint_contradicts"
    status = 422
    message = "Ma trận đề chưa hợp lệ: %(reasons)s"


def parse_blueprint(body: dict[str, Any]) -> Blueprint:
    """The blueprint held in JSON. Raises Invalid (wrong form), BlueprintContradicts (it disagrees with itself)."""
    try:
        blueprint = Blueprint.model_validate(body)
    except ValidationError as error:
        places = "; ".join(
            "/".join(map(str, entry["loc"])) + ": " + entry["msg"] for entry in error.errors()[:5]
        )
        raise Invalid(
            field="body", reason=_("Ma trận đề sai định dạng: %(places)s", places=places)
        ) from error
    reasons = problems(blueprint)
    if reasons:
        raise BlueprintContradicts(
            field="body", reasons=" ".join(reason.sentence(language().value) for reason in reasons)
        )
    return blueprint


def save_blueprint(
    session: Session, actor: Actor, *, data: BlueprintInput, base_version: int | None = None
) -> StoredBlueprint:
    """The blueprint is stored under its code; a change makes the next version, the same content none.

    `base_version` is the version that was edited (0: a new blueprint); None asks for no check. Raises CodeTaken when a
    new one meets an existing code, Stale when somebody saved a later version meanwhile, Invalid, BlueprintContradicts.
    """
    check_may_manage(actor)
    blueprint = parse_blueprint(data.body)
    body = blueprint.model_dump(mode="json")
    digest = hashlib.sha256(canonical_json(body)).hexdigest()
    latest = session.scalar(
        select(StoredBlueprint)
        .where(StoredBlueprint.code == data.code)
        .order_by(StoredBlueprint.version.desc())
        .limit(1)
    )
    if base_version == 0 and latest:
        raise CodeTaken(code=data.code, field="code")
    if base_version and (latest is None or latest.version != base_version):
        raise Stale
    if latest and latest.body_hash == digest and latest.name == data.name:
        return latest
    stored = StoredBlueprint(
        code=data.code,
        version=latest.version + 1 if latest else 1,
        name=data.name,
        body=body,
        body_hash=digest,
        created_by=actor.id,
        created_at=clock.now(),
    )
    session.add(stored)
    session.flush()  # the audit row names its id
    record(
        session, actor, "blueprint.save", ("blueprint", stored.id), code=stored.code, version=stored.version
    )
    return stored


def newest_blueprints(session: Session) -> Sequence[StoredBlueprint]:
    """The newest version of every blueprint, in the order of their names."""
    newest = select(StoredBlueprint.code, func.max(StoredBlueprint.version)).group_by(StoredBlueprint.code)
    rows = {(code, version) for code, version in session.execute(newest)}
    every = session.scalars(select(StoredBlueprint).order_by(StoredBlueprint.name)).all()
    return [row for row in every if (row.code, row.version) in rows]


def get_blueprint(session: Session, blueprint_id: UUID) -> StoredBlueprint:
    stored = session.get(StoredBlueprint, blueprint_id)
    if stored is None:
        raise NotFound
    return stored


def points_and_count(stored: StoredBlueprint) -> tuple[Decimal, int]:
    """The points and the number of questions of one paper."""
    blueprint = Blueprint.model_validate(stored.body)
    return blueprint.cell_points_sum, blueprint.cell_count_sum


def versions_of(session: Session, code: str) -> Sequence[StoredBlueprint]:
    """Every version under the code, newest first."""
    statement = select(StoredBlueprint).where(StoredBlueprint.code == code)
    return session.scalars(statement.order_by(StoredBlueprint.version.desc())).all()


def uses_of(session: Session) -> dict[UUID, list[str]]:
    """Version of a blueprint → the exams made from it, as "period/exam"."""
    rows = session.execute(
        select(Exam.blueprint_id, Period.code, Exam.code)
        .join(Period, Period.id == Exam.period_id)
        .order_by(Period.created_at, Exam.code)
    )
    uses: dict[UUID, list[str]] = {}
    for blueprint_id, period, exam in rows:
        uses.setdefault(blueprint_id, []).append(f"{period}/{exam}")
    return uses


def banks_of(session: Session, code: str) -> list[str]:
    """The banks of the newest exam made from any version under the code; empty when there is none."""
    found = session.scalar(
        select(Exam.bank_ids)
        .join(StoredBlueprint, StoredBlueprint.id == Exam.blueprint_id)
        .join(Period, Period.id == Exam.period_id)
        .where(StoredBlueprint.code == code)
        .order_by(Period.created_at.desc())
        .limit(1)
    )
    return found or []


def check_supply(session: Session, exam: Exam) -> CellSupplies:
    """For each cell of the exam's blueprint: what its banks have in force on all its days, what is short."""
    blueprint = Blueprint.model_validate(exam.blueprint.body)
    return feasibility(blueprint, supply_of(session, exam).pool, names=label_names(session))
