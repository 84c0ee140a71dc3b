"""The exams of a period and the form of one: positions, banks, blueprint, times, cut score, bands."""

from collections import defaultdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.models import Bank
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.people.models import Position
from exam_service.periods import service
from exam_service.periods.blueprints import newest_blueprints, points_and_count
from exam_service.periods.models import Exam, ExamPosition, Period, StoredBlueprint
from exam_service.periods.pages.forms import Form, Mistyped, Typed, checked, errors_of, first_name, status_of
from exam_service.periods.pages.shell import period_url, show
from exam_service.periods.presets import PRESETS, Preset
from exam_service.periods.schemas import STEPS, BandInput, ExamInput
from exam_service.templates import render

router = APIRouter(prefix="/periods/{period_id}")
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
TEXTS = (
    "code",
    "title",
    "blueprint_id",
    "duration_min",
    "late_limit_min",
    "unseen_periods",
    "cut_percent",
    "critical_tag",
)
MARKS = {"mark_scale": "raw", "mark_step": "0,1"}  # a form that does not send them means raw marks
ROOM_RULES = {
    "earliest_submit_min": "0",
    "reprimand_percent": "0",
    "warning_percent": "0",
    "watches_focus": "false",
}
Values = dict[str, Any]


def exams_page(
    request: Request, session: Session, actor: Actor, period_id: UUID, *, refusal: Refusal | None = None
) -> Response:
    """The first tab of a period; `refusal` says why the step just asked for was not made."""
    period = service.get_period(session, actor, period_id)
    return show(
        request,
        session,
        actor,
        period_id,
        "periods/exams.html",
        tab="exams",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        by_exam=service.counts_by_exam(session, period),
        titles=_titles(session, period),
        sizes={exam.id: points_and_count(exam.blueprint) for exam in period.exams},
    )


def _titles(session: Session, period: Period) -> dict[UUID, list[str]]:
    """Exam → titles of its positions."""
    found: dict[UUID, list[str]] = defaultdict(list)
    rows = session.execute(
        select(ExamPosition.exam_id, Position.title)
        .join(Position, Position.id == ExamPosition.position_id)
        .join(Exam, Exam.id == ExamPosition.exam_id)
        .where(Exam.period_id == period.id)
        .order_by(Position.code)
    )
    for exam_id, title in rows:
        found[exam_id].append(title)
    return found


@router.get("/exams/new")
def new_exam(request: Request, session: Reading, actor: Officer, period_id: UUID) -> Response:
    values = (
        _preset_values(PRESETS[0])
        | MARKS
        | ROOM_RULES
        | {
            "code": "",
            "title": "",
            "blueprint_id": "",
            "unseen_periods": "1",
            "critical_tag": "",
            "position_ids": [],
            "bank_ids": [],
        }
    )
    return _form(request, session, actor, period_id, values=values)


@router.post("/exams/new")
def create_exam(request: Request, session: Tx, actor: Officer, period_id: UUID, typed: Form) -> Response:
    return _save(request, session, actor, period_id, typed=typed, exam_id=None)


@router.post("/exams/check")
def check_bands(request: Request, session: Reading, actor: Officer, period_id: UUID, typed: Form) -> Response:
    """What the bands typed so far mean, or what is wrong with them, as a fragment."""
    service.get_period(session, actor, period_id)
    values = _values(typed)
    return render(request, "periods/_bands_verdict.html", ranges=_ranges(values), errors=_band_errors(values))


@router.get("/exams/{exam_id}")
def edit_exam(request: Request, session: Reading, actor: Officer, period_id: UUID, exam_id: UUID) -> Response:
    exam = _exam(session, actor, period_id, exam_id)
    values: Values = {name: _shown(getattr(exam, name)) for name in TEXTS}
    values |= {name: _shown(getattr(exam, name)) for name in MARKS}
    values |= {
        **{name: str(getattr(exam, name)).lower() for name in ROOM_RULES},
        "position_ids": [str(row.position_id) for row in exam.positions],
        "bank_ids": list(exam.bank_ids),
        "bands": [{**band, "from_percent": _shown(band["from_percent"])} for band in exam.bands],
    }
    return _form(request, session, actor, period_id, values=values, exam_id=exam_id)


@router.post("/exams/{exam_id}")
def update_exam(
    request: Request, session: Tx, actor: Officer, period_id: UUID, exam_id: UUID, typed: Form
) -> Response:
    _exam(session, actor, period_id, exam_id)
    return _save(request, session, actor, period_id, typed=typed, exam_id=exam_id)


@router.post("/exams/{exam_id}/delete")
def delete_exam(session: Tx, actor: Officer, period_id: UUID, exam_id: UUID) -> Response:
    service.delete_exam(session, actor, period_id=period_id, exam_id=exam_id)
    return flash_redirect(period_url(period_id), _("Đã xóa nội dung sát hạch."))


def _exam(session: Session, actor: Actor, period_id: UUID, exam_id: UUID) -> Exam:
    period = service.get_period(session, actor, period_id)
    found = next((exam for exam in period.exams if exam.id == exam_id), None)
    if found is None:
        raise NotFound
    return found


def _save(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    typed: Typed,
    exam_id: UUID | None,
) -> Response:
    values = _values(typed)
    preset = next((one for one in PRESETS if one.code == typed.text("preset")), None)
    if preset is not None:
        filled = values | _preset_values(preset)
        return _form(request, session, actor, period_id, values=filled, exam_id=exam_id, preset=preset)
    try:
        data = checked(ExamInput, values, place=_place)
        with attempting(session):
            exam = service.save_exam(session, actor, period_id=period_id, data=data, exam_id=exam_id)
    except (Mistyped, Refusal) as problem:
        return _form(request, session, actor, period_id, values=values, exam_id=exam_id, problem=problem)
    return flash_redirect(period_url(period_id), _("Đã lưu nội dung %(code)s.", code=exam.code))


def _values(typed: Typed) -> Values:
    bands = zip(typed.all("band_code"), typed.all("band_label"), typed.all("band_from"), strict=False)
    marks = {name: value or MARKS[name] for name, value in typed.texts(*MARKS).items()}
    return {
        **typed.texts(*TEXTS),
        **marks,
        **{name: typed.text(name, otherwise) for name, otherwise in ROOM_RULES.items()},
        "position_ids": typed.all("position_ids"),
        "bank_ids": typed.all("bank_ids"),
        "bands": [{"code": code, "label": label, "from_percent": start} for code, label, start in bands],
    }


def _preset_values(preset: Preset) -> Values:
    return {
        "duration_min": str(preset.duration_min),
        "late_limit_min": str(preset.late_limit_min),
        "cut_percent": _shown(preset.cut_percent),
        "bands": [
            {"code": band.code, "label": band.label, "from_percent": _shown(band.from_percent)}
            for band in preset.bands
        ],
    }


def _shown(value: object) -> str:
    """A stored value as the form shows it: 62,5 and not 62.500."""
    text = str(value)
    if "." in text:
        text = text.rstrip("0").rstrip(".").replace(".", ",")
    return text


def _place(loc: tuple[int | str, ...]) -> str:
    if loc[:1] == ("bands",) and len(loc) == 3:
        return f"{'band_label' if loc[2] == 'label' else 'band_from'}-{loc[1]}"
    return first_name(loc) if loc else "bands"


def _band_errors(values: Values) -> list[str]:
    """What is wrong with cut score and bands alone."""
    try:
        checked(ExamInput, values | _SOUND, place=_place)
    except Mistyped as problem:
        return list(dict.fromkeys(problem.errors.values()))
    return []


_NIL = str(UUID(int=0))
_SOUND: Values = {
    "code": "X",
    "title": "X",
    "blueprint_id": _NIL,
    "position_ids": [_NIL],
    "bank_ids": [_NIL],
    "duration_min": 1,
    "late_limit_min": 0,
    "unseen_periods": 0,
}


def _ranges(values: Values) -> list[tuple[str, str, str]]:
    """(label, from, below) of each band, the best without an upper limit; empty while a limit is no number."""
    try:
        bands = [checked(BandInput, band) for band in values["bands"]]
    except Mistyped:
        return []
    limits = [_shown(band.from_percent) for band in bands]
    return [(band.label, limits[at], limits[at - 1] if at else "") for at, band in enumerate(bands)]


def _form(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    values: Values,
    exam_id: UUID | None = None,
    preset: Preset | None = None,
    problem: Mistyped | Refusal | None = None,
) -> Response:
    period = service.get_period(session, actor, period_id)
    if period.state != "draft":
        raise service.PeriodIsSealed
    return render(
        request,
        "periods/exam_form.html",
        status=status_of(problem),
        period=period,
        exam_id=exam_id,
        values=values,
        errors=errors_of(problem),
        presets=PRESETS,
        preset=preset,
        steps=[(_shown(step), _shown(step)) for step in STEPS],
        positions=_positions(session, period, values, exam_id),
        banks=[
            (str(key), name) for key, name in session.execute(select(Bank.id, Bank.name).order_by(Bank.code))
        ],
        blueprints=_blueprints(session, values),
        ranges=_ranges(values),
        band_errors=[] if problem else _band_errors(values),
    )


def _positions(
    session: Session, period: Period, values: Values, exam_id: UUID | None
) -> list[tuple[str, str, str]]:
    """(id, title, hint) of the positions that may be chosen; the hint names the exam that already has it."""
    taken = {
        row.position_id: exam.code for exam in period.exams if exam.id != exam_id for row in exam.positions
    }
    chosen = set(values["position_ids"])
    rows = session.scalars(select(Position).order_by(Position.title, Position.code)).all()
    rows = sorted(rows, key=lambda row: str(row.id) not in chosen)  # the chosen ones first
    return [
        (
            str(row.id),
            row.title,
            row.code
            + (" · " + _("đã thuộc nội dung %(code)s", code=taken[row.id]) if row.id in taken else ""),
        )
        for row in rows
        if row.is_active or str(row.id) in chosen
    ]


def _blueprints(session: Session, values: Values) -> list[tuple[str, str]]:
    rows = list(newest_blueprints(session))
    known = {str(row.id) for row in rows}
    if values["blueprint_id"] and values["blueprint_id"] not in known:
        # An exam keeps the version it was given, though a newer one exists.
        try:
            kept = session.get(StoredBlueprint, UUID(values["blueprint_id"]))
        except ValueError:
            kept = None
        rows += [kept] if kept else []
    return [
        (
            str(row.id),
            _(
                "%(name)s, bản %(version)s (%(count)s câu)",
                name=row.name,
                version=row.version,
                count=points_and_count(row)[1],
            ),
        )
        for row in rows
    ]
