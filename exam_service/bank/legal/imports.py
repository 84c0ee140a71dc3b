"""Taking documents from a file into the register: what each row would do, then doing it. Facts that stand are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.legal.access import check_may_keep_register
from exam_service.bank.legal.changes import ChangeExists, add_relation
from exam_service.bank.legal.documents import FACTS, create_document, update_document
from exam_service.bank.legal.models import LegalDocument, LegalRelation, LegalSuspension
from exam_service.bank.legal.schemas import DocumentInput
from exam_service.db import attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.i18n import language
from question_bank.citations import document_key
from question_bank.legal.documents import ChangeKind
from question_bank.legal.register_file import (
    ChangeEntry,
    DocumentEntry,
    RegisterFinding,
    RegisterRow,
    read_register,
    starter_register,
)

NEW, FILLED, SAME, REFUSED = "new", "filled", "same", "refused"


@dataclass
class PlannedRow:
    """What one row does: `verdict` is new, filled (blank facts of a known document), same or refused."""

    line: int
    shown: str
    verdict: str = REFUSED
    changes: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class RegisterImport:
    """What a file does to the register, and how many versions in use its changes suspend."""

    rows: list[PlannedRow]
    suspended: int = 0

    def count(self, verdict: str) -> int:
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def changes(self) -> int:
        return sum(row.changes for row in self.rows)


class _Tried(Exception):
    """Ends the savepoint of a dry run and carries what it did."""

    def __init__(self, done: RegisterImport) -> None:
        self.done = done
        super().__init__()


def preview_import(session: Session, actor: Actor, *, data: bytes, file_name: str = "") -> RegisterImport:
    """What the file would do, told by doing it and taking it back. Raises Forbidden, UnreadableFile."""
    check_may_keep_register(actor)
    return _dry_run(session, actor, read_register(data, file_name))


def _dry_run(session: Session, actor: Actor, rows: Sequence[RegisterRow]) -> RegisterImport:
    try:
        _try(session, actor, rows)
    except _Tried as tried:
        session.expire_all()
        return tried.done
    raise AssertionError("a dry run always ends its savepoint")


def _try(session: Session, actor: Actor, rows: Sequence[RegisterRow]) -> None:
    with attempting(session):
        raise _Tried(_import(session, actor, rows))


def commit_import(session: Session, actor: Actor, *, data: bytes, file_name: str = "") -> RegisterImport:
    """The documents and changes of the file are in the register; what due changes touch is suspended.

    Raises Forbidden, UnreadableFile. Rows that are refused are named in the answer and left out.
    """
    check_may_keep_register(actor)
    return _recorded(
        session, actor, _import(session, actor, read_register(data, file_name)), source=file_name
    )


def add_starter_register(session: Session, actor: Actor) -> RegisterImport:
    """The documents that come with the software are in the register; those already there stay as they are."""
    check_may_keep_register(actor)
    return _recorded(session, actor, _import(session, actor, starter_register()), source="starter")


def read_file(session: Session, actor: Actor, path: Path | None, *, commit: bool) -> RegisterImport:
    """For the command line: the file, or without one the starter register, tried or taken."""
    if path is None:
        rows, source = starter_register(), "starter"
    else:
        rows, source = read_register(path.read_bytes(), path.name), path.name
    check_may_keep_register(actor)
    if commit:
        return _recorded(session, actor, _import(session, actor, rows), source=source)
    return _dry_run(session, actor, rows)


def _recorded(session: Session, actor: Actor, done: RegisterImport, *, source: str) -> RegisterImport:
    record(
        session,
        actor,
        "legal_register.import",
        ("legal_register", source[:200]),
        new=done.count(NEW),
        filled=done.count(FILLED),
        refused=[row.line for row in done.rows if row.verdict == REFUSED],
        changes=done.changes,
        suspended=done.suspended,
    )
    return done


def _import(session: Session, actor: Actor, rows: Sequence[RegisterRow]) -> RegisterImport:
    planned = [
        PlannedRow(row.line, row.shown, notes=[_said(found) for found in row.findings]) for row in rows
    ]
    relations: list[LegalRelation] = []
    # Every document first: a relation may name one that stands further down.
    for row, plan in zip(rows, planned, strict=True):
        if row.document is not None:
            relations += _take_document(session, actor, row.document, plan)
    for row, plan in zip(rows, planned, strict=True):
        if plan.verdict != REFUSED:
            relations += _take_changes(session, actor, row.changes, plan)
    ids = [relation.id for relation in relations]
    statement = select(LegalSuspension.version_id).where(LegalSuspension.relation_id.in_(ids))
    return RegisterImport(planned, len(set(session.scalars(statement))))


def _said(finding: RegisterFinding) -> str:
    return finding.message(language().value)


def _take_document(
    session: Session, actor: Actor, entry: DocumentEntry, plan: PlannedRow
) -> list[LegalRelation]:
    known = _known(session, entry)
    try:
        with attempting(session):
            if known is None:
                create_document(session, actor, data=DocumentInput(**entry.model_dump()))
                plan.verdict = NEW
                return []
            return _fill(session, actor, known, entry, plan)
    except Refusal as refusal:
        plan.verdict = REFUSED
        plan.notes.append(refusal_sentence(refusal))
        return []


def _known(session: Session, entry: DocumentEntry) -> LegalDocument | None:
    """The document of that number; where several carry it, the one of the same issuer and day."""
    found = session.scalars(select(LegalDocument).where(LegalDocument.number_key == entry.key)).all()
    exact = [row for row in found if (row.issuer, row.issued_on) == (entry.issuer, entry.issued_on)]
    like = [
        row
        for row in found
        if (not row.issuer or not entry.issuer or row.issuer == entry.issuer)
        and (not row.issued_on or not entry.issued_on or row.issued_on == entry.issued_on)
    ]
    return next(iter(exact or like), None)


def _fill(
    session: Session, actor: Actor, known: LegalDocument, entry: DocumentEntry, plan: PlannedRow
) -> list[LegalRelation]:
    given = {name: getattr(entry, name) for name in FACTS if name != "number" and getattr(entry, name)}
    blank = {name: value for name, value in given.items() if not getattr(known, name)}
    differing = [name for name, value in given.items() if getattr(known, name) not in (value, None, "")]
    if differing:
        plan.notes.append(
            _("Danh mục ghi khác ở: %(fields)s. Nội dung đã có được giữ.", fields=", ".join(differing))
        )
    if blank:
        facts = {name: getattr(known, name) for name in FACTS} | blank
        data = DocumentInput(**facts, revision=known.revision)
        update_document(session, actor, document_id=known.id, data=data)
    plan.verdict = FILLED if blank else SAME
    return _end(session, actor, known, entry.in_force_to, plan)


def _end(
    session: Session, actor: Actor, known: LegalDocument, ends: date | None, plan: PlannedRow
) -> list[LegalRelation]:
    """A document that ends is a change like any other: whatever cites it is suspended on the day."""
    if ends is None or known.in_force_to == ends:
        return []
    relation = LegalRelation(
        id=uuid7(), kind=ChangeKind.EXPIRES.value, target_id=known.id, target=known, effective_on=ends
    )
    return _add(session, actor, relation, plan, note="")


def _take_changes(
    session: Session, actor: Actor, changes: Sequence[ChangeEntry], plan: PlannedRow
) -> list[LegalRelation]:
    taken: list[LegalRelation] = []
    for entry in changes:
        target, by = (_only(session, number, plan) for number in (entry.target, entry.by or ""))
        if target is None or (entry.by and by is None):
            continue
        relation = LegalRelation(
            id=uuid7(),
            kind=entry.kind.value,
            target_id=target.id,
            target=target,
            by_id=by.id if by else None,
            by=by,
            effective_on=entry.effective_on,
            effective_to=entry.effective_to,
        )
        relation.places = [
            {"article": p.article, "clause": p.clause, "point": p.point} for p in entry.touched()
        ]
        taken += _add(session, actor, relation, plan, note=entry.note)
    return taken


def _add(
    session: Session, actor: Actor, relation: LegalRelation, plan: PlannedRow, *, note: str
) -> list[LegalRelation]:
    relation.places = relation.places or []
    relation.note, relation.recorded_by, relation.recorded_at = note, actor.id, clock.now()
    try:
        with attempting(session):
            add_relation(session, actor, relation)
    except ChangeExists:
        return []
    plan.changes += 1
    if plan.verdict == SAME:
        plan.verdict = FILLED
    return [relation]


def _only(session: Session, number: str, plan: PlannedRow) -> LegalDocument | None:
    if not number:
        return None
    key = document_key(number)
    found = session.scalars(select(LegalDocument).where(LegalDocument.number_key == key).limit(2)).all()
    if len(found) == 1:
        return found[0]
    code = "target_ambiguous" if found else "target_unknown"
    plan.notes.append(_said(RegisterFinding(code, {"text": number})))
    return None
