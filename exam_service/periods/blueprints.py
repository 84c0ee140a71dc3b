"""Stored blueprints (ma trận đề): saving versions of them, and what the banks can supply for each cell."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.supply import competency_names, load_supply
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import language
from exam_service.periods.models import Exam, StoredBlueprint
from exam_service.periods.schemas import BlueprintInput
from exam_service.periods.service import check_may_manage
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
        raise Invalid(field="body", reason=f"Ma trận đề sai định dạng: {places}") from error
    reasons = problems(blueprint)
    if reasons:
        raise BlueprintContradicts(
            field="body", reasons=" ".join(reason.sentence(language().value) for reason in reasons)
        )
    return blueprint


def save_blueprint(session: Session, actor: Actor, *, data: BlueprintInput) -> StoredBlueprint:
    """The blueprint is stored under its code; a change makes the next version, the same content none."""
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


def check_supply(session: Session, exam: Exam) -> CellSupplies:
    """For each cell of the exam's blueprint: what its banks have on the day of its first sitting, what is short."""
    first = min((sitting.starts_at for sitting in exam.sittings), default=clock.now())
    supply = load_supply(session, [UUID(bank_id) for bank_id in exam.bank_ids], day=first.date())
    blueprint = Blueprint.model_validate(exam.blueprint.body)
    return feasibility(blueprint, supply.pool, names=competency_names(session))
