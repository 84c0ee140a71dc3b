"""The list of blueprints and the matrix editor: one plain form, its sums and supply refreshed while typing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.models import Bank, Competency
from exam_service.bank.sentences import TYPE_NAMES, type_choices
from exam_service.bank.supply import label_names, load_supply
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import HOME, language
from exam_service.i18n import gettext as _
from exam_service.periods import blueprints, matrix
from exam_service.periods.blueprint_changes import Change, blueprint_changes
from exam_service.periods.matrix import Matrix, MatrixMistyped, Part, Place, Row
from exam_service.periods.models import StoredBlueprint
from exam_service.periods.pages.forms import Form, Mistyped, Typed, checked, errors_of, status_of
from exam_service.periods.schemas import BlueprintInput
from exam_service.templates import render
from question_bank.assembly import feasibility
from question_bank.assembly.lasting import periods_lasting
from question_bank.blueprint import PRESETS, Blueprint
from question_bank.taxonomy import LEVEL_NAMES, CognitiveLevel, TaxonomyError, parse_competency_code

router = APIRouter(prefix="/periods/blueprints")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
UNDRAWN = ("essay", "unsupported")
"""Nobody marks by hand yet, and what is not supported cannot be answered."""


@dataclass(frozen=True)
class Edited:
    """The form as typed: the blueprint, and the banks and day that its supply is counted on."""

    matrix: Matrix
    code: str = ""
    name: str = ""
    version: int = 0
    bank_ids: tuple[str, ...] = ()
    day: str = ""


@dataclass(frozen=True)
class Counted:
    """What the banks have for each place of the matrix, how many are short there, and every reason in words."""

    have: Mapping[Place, int] = field(default_factory=dict)
    short: Mapping[Place, int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    is_feasible: bool = False
    periods: int = 0  # for how many the banks last, if nobody may meet a question again


@router.get("")
def list_page(request: Request, session: Reading, actor: Viewer) -> Response:
    """The newest version of every blueprint."""
    rows = blueprints.newest_blueprints(session)
    return render(
        request,
        "periods/blueprints.html",
        rows=rows,
        sizes={row.id: blueprints.points_and_count(row) for row in rows},
        uses=blueprints.uses_of(session),
        may_manage=actor.can(Permission.PERIODS_MANAGE),
    )


@router.get("/new")
def new_page(request: Request, session: Reading, actor: Officer, source: UUID | None = None) -> Response:
    """An empty matrix, or a copy of another under a new code."""
    edited = Edited(Matrix(parts=(Part(title=_("Phần thi trắc nghiệm")),)), **_defaults(session, None))
    if source is not None:
        stored = blueprints.get_blueprint(session, source)
        copied = matrix.matrix_of(Blueprint.model_validate(stored.body))
        edited = Edited(copied, name=stored.name, **_defaults(session, stored))
    return _page(request, session, actor, edited)


@router.post("/new")
def create_blueprint(request: Request, session: Tx, actor: Officer, typed: Form) -> Response:
    return _save(request, session, actor, typed, stored=None)


@router.post("/check", dependencies=[require(Permission.PERIODS_MANAGE)])
def check_matrix(request: Request, session: Reading, typed: Form) -> Response:
    """The sums and the supply of what is typed so far, as replacements for the numbers on the page."""
    edited = _edited(typed)
    return render(
        request,
        "periods/_matrix_figures.html",
        edited=edited,
        counted=_count(session, edited),
        levels=_levels(),
        shown=matrix.shown,
    )


@router.get("/{blueprint_id}")
def blueprint_page(request: Request, session: Reading, actor: Viewer, blueprint_id: UUID) -> Response:
    stored = blueprints.get_blueprint(session, blueprint_id)
    edited = Edited(
        matrix.matrix_of(Blueprint.model_validate(stored.body)),
        code=stored.code,
        name=stored.name,
        version=blueprints.versions_of(session, stored.code)[0].version,
        **_defaults(session, stored),
    )
    return _page(request, session, actor, edited, stored=stored)


@router.post("/{blueprint_id}")
def update_blueprint(
    request: Request, session: Tx, actor: Officer, blueprint_id: UUID, typed: Form
) -> Response:
    stored = blueprints.get_blueprint(session, blueprint_id)
    return _save(request, session, actor, typed, stored=stored)


def _save(
    request: Request, session: Session, actor: Actor, typed: Typed, *, stored: StoredBlueprint | None
) -> Response:
    edited = _edited(typed, code=stored.code if stored else None)
    action = typed.text("action")
    if action != "save":
        return _page(request, session, actor, _changed(edited, action), stored=stored)
    try:
        data = _input(edited)
        with attempting(session):
            saved = blueprints.save_blueprint(
                session, actor, data=data, base_version=edited.version if stored else 0
            )
    except (Mistyped, Refusal) as problem:
        return _page(request, session, actor, edited, stored=stored, problem=problem)
    sentence = _("Đã lưu ma trận %(code)s, bản %(version)s.", code=saved.code, version=saved.version)
    return flash_redirect(f"/periods/blueprints/{saved.id}", sentence)


LIMITS = ("least_min", "most_min", "max_exposure", "max_unit_exposure", "target", "least_information")


def _input(edited: Edited) -> BlueprintInput:
    sentences = {
        "count": _("Nhập một số nguyên dương."),
        "points": _("Nhập một số lớn hơn 0, ví dụ 1 hoặc 0,5."),
    }
    try:
        body = matrix.body_of(edited.matrix, edited.name.strip() or edited.code)
    except MatrixMistyped as wrong:
        raise Mistyped({name: sentences[kind] for name, kind in wrong.fields.items()}) from wrong
    untitled = {
        f"s{at}-title": _("Đặt tên cho phần này.")
        for at, part in enumerate(edited.matrix.parts)
        if not part.title.strip()
    }
    if untitled:
        raise Mistyped(untitled)
    return checked(BlueprintInput, {"code": edited.code, "name": edited.name, "body": body})


def _edited(typed: Typed, *, code: str | None = None) -> Edited:
    """The form as typed, cut to the largest matrix that the editor takes."""
    parts = tuple(_part(typed, at) for at in range(min(matrix.whole(typed.text("parts")), matrix.MOST_PARTS)))
    return Edited(
        Matrix(
            typed.text("question_count").strip(),
            typed.text("total_points").strip(),
            typed.text("duration_min").strip(),
            parts,
            **{name: text.strip() for name, text in typed.texts(*LIMITS).items()},
        ),
        code=typed.text("code").strip() if code is None else code,
        name=typed.text("name"),
        version=matrix.whole(typed.text("version")),
        bank_ids=tuple(typed.all("bank_ids")),
        day=typed.text("day"),
    )


def _part(typed: Typed, at: int) -> Part:
    lines = min(matrix.whole(typed.text(f"s{at}-rows")), matrix.MOST_ROWS)
    return Part(
        typed.text(f"s{at}-title"),
        typed.text(f"s{at}-count").strip(),
        bool(typed.text(f"s{at}-shuffled")),
        tuple(_row(typed, f"s{at}-r{line}") for line in range(lines)),
        typed.text(f"s{at}-minutes").strip(),
        typed.text(f"s{at}-minimum").strip(),
    )


def _row(typed: Typed, name: str) -> Row:
    try:
        competency = parse_competency_code(typed.text(f"{name}-competency"))
    except TaxonomyError:
        competency = ""
    item_type = typed.text(f"{name}-type")
    counts = {column: typed.text(f"{name}-{column}").strip() for column in matrix.COLUMNS}
    return Row(
        competency,
        item_type if item_type in TYPE_NAMES else "",
        typed.text(f"{name}-points", "1").strip(),
        counts,
        bool(typed.text(f"{name}-pretest")),
    )


def _changed(edited: Edited, action: str) -> Edited:
    """The form after one of its buttons; an unknown button changes nothing."""
    verb, _space, rest = action.partition(":")
    numbers = [matrix.whole(text) for text in rest.split(",")] if rest else []
    now = edited.matrix
    if verb == "add-part":
        now = matrix.add_part(now)
    elif verb == "preset":
        now = next((matrix.fill(now, preset) for preset in PRESETS if preset.code == rest), now)
    elif numbers and numbers[0] < len(now.parts):
        if verb == "add-row":
            now = matrix.add_row(now, numbers[0])
        elif verb == "remove-row" and len(numbers) == 2:
            now = matrix.remove_row(now, *numbers)
        elif verb == "raise-part":
            now = matrix.raise_part(now, numbers[0])
        elif verb == "remove-part":
            now = matrix.remove_part(now, numbers[0])
    return Edited(now, edited.code, edited.name, edited.version, edited.bank_ids, edited.day)


def _defaults(session: Session, stored: StoredBlueprint | None) -> dict[str, Any]:
    """The banks of the newest exam made from the blueprint, else every bank; today."""
    used = blueprints.banks_of(session, stored.code) if stored else []
    ids = used or [str(key) for key in session.scalars(select(Bank.id))]
    return {"bank_ids": tuple(ids), "day": clock.now().astimezone(HOME).date().isoformat()}


def _count(session: Session, edited: Edited) -> Counted:
    try:
        day = date.fromisoformat(edited.day)
        bank_ids = [UUID(text) for text in edited.bank_ids]
    except ValueError:
        return Counted(reasons=(_("Chọn ngân hàng và ngày để đếm câu hỏi."),))
    names = label_names(session)
    trial = any(row.is_pretest for part in edited.matrix.parts for row in part.rows)
    pool = load_supply(session, bank_ids, days=[day], with_pretests=trial).pool
    have = matrix.available(edited.matrix, pool)
    try:
        body = matrix.body_of(edited.matrix, edited.name or "–")
        blueprint = Blueprint.model_validate(_titled(body))
    except (MatrixMistyped, ValidationError):
        return Counted(have=have, reasons=(_("Có ô chưa phải là số; hãy sửa rồi kiểm tra lại."),))
    found = feasibility(blueprint, pool, names=names)
    places = matrix.cell_places(edited.matrix)
    short = {place: cell.short for place, cell in zip(places, found.cells, strict=False) if cell.short}
    sentences = tuple(reason.sentence(language().value) for reason in found.reasons)
    lasts = periods_lasting(blueprint, pool) if found.is_feasible else 0
    return Counted(have, short, sentences, found.is_feasible, lasts)


def _titled(body: dict[str, Any]) -> dict[str, Any]:
    """Sections without a heading get a number, so that a matrix is counted before it is finished."""
    sections = [
        {**section, "title": section["title"].strip() or _("Phần %(number)s", number=at)}
        for at, section in enumerate(body["sections"], start=1)
    ]
    return {**body, "sections": sections}


def _levels() -> dict[str, str]:
    names = {level.value: LEVEL_NAMES[level][language().value] for level in CognitiveLevel}
    return names | {matrix.ANY_LEVEL: _("Mọi mức độ")}


def _competencies(session: Session, now: Matrix) -> list[tuple[str, str]]:
    """(code, name) of every competency, and of codes that the matrix names though the tree no longer does."""
    name = Competency.name if language() == "vi" else Competency.name_en
    rows = [(code, f"{code} · {text}") for code, text in session.execute(select(Competency.code, name))]
    known = {code for code, _text in rows}
    gone = {row.competency for part in now.parts for row in part.rows if row.competency} - known
    return sorted([*rows, *((code, code) for code in gone)])


def _changes(
    session: Session, stored: StoredBlueprint | None, versions: Sequence[StoredBlueprint]
) -> tuple[Change, ...]:
    """What the version shown changed of the one before it."""
    before = next((row for row in versions if stored and row.version == stored.version - 1), None)
    if stored is None or before is None:
        return ()
    one, other = (Blueprint.model_validate(row.body) for row in (before, stored))
    return blueprint_changes(one, other, names=label_names(session))


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    edited: Edited,
    *,
    stored: StoredBlueprint | None = None,
    problem: Mistyped | Refusal | None = None,
) -> Response:
    versions = blueprints.versions_of(session, stored.code) if stored else []
    return render(
        request,
        "periods/blueprint.html",
        status=status_of(problem),
        edited=edited,
        counted=_count(session, edited),
        stored=stored,
        versions=versions,
        changes=_changes(session, stored, versions),
        uses=blueprints.uses_of(session),
        errors=errors_of(problem),
        levels=_levels(),
        shown=matrix.shown,
        types=[choice for choice in type_choices(TYPE_NAMES) if choice[0] not in UNDRAWN],
        competencies=_competencies(session, edited.matrix),
        banks=[
            (str(key), name) for key, name in session.execute(select(Bank.id, Bank.name).order_by(Bank.code))
        ],
        presets=PRESETS,
        may_manage=actor.can(Permission.PERIODS_MANAGE),
    )
