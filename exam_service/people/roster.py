"""Importing a roster: a dry run that is stored and shown, repairs that the user accepts, then all rows or none."""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor
from exam_service.errors import NotFound, Refusal
from exam_service.people.models import Appointment, Person, RosterImport
from exam_service.people.roster_check import PersonPlan, Verdict, check_roster, repair_key
from exam_service.people.roster_columns import Column, Heading, find_heading
from exam_service.people.roster_file import RosterFile, read_roster_file
from exam_service.people.roster_findings import Severity
from exam_service.people.roster_rows import RosterRow, read_rows
from exam_service.people.service import set_name
from exam_service.people.transfers import Transfer

KEEP_PREVIEWS = timedelta(days=7)
_IMPORT_LOCK = 7_361_010  # one roster is committed at a time


class RosterHasErrors(Refusal):
    """`count`: rows that have to be put right first."""

    code = "roster_has_errors"
    status = 409
    message = "Còn %(count)s dòng có lỗi nên chưa ghi gì. Hãy nhận các đề xuất sửa hoặc sửa tệp rồi gửi lại."


class RosterDone(Refusal):
    code = "roster_done"
    status = 409
    message = "Danh sách này đã được ghi hoặc đã bỏ. Hãy gửi tệp mới."


class RosterOutdated(Refusal):
    code = "roster_outdated"
    status = 409
    message = (
        "Dữ liệu đã thay đổi sau lần kiểm tra thử. Chưa ghi gì; hãy xem lại kết quả kiểm tra mới rồi ghi."
    )


class NobodyListed(Refusal):
    code = "nobody_listed"
    status = 422
    message = "Dưới dòng tiêu đề không có người nào."


@dataclass(frozen=True)
class Source:
    """Where a roster comes from: the name of its file (or system) and the digest of its bytes."""

    name: str
    sha256: str


def preview_file(
    session: Session, actor: Actor, *, data: bytes, file_name: str, effective_date: date
) -> RosterImport:
    """A stored dry run of the file; nothing of the people changes.

    `effective_date` is the first day of positions whose row has no date. Raises what read_roster_file and find_heading
    raise, and NobodyListed.
    """
    file = read_roster_file(data)
    heading = find_heading(file)
    rows, skipped = read_rows(heading, today=clock.now().date())
    source = Source(file_name[:200], hashlib.sha256(data).hexdigest())
    notices = _notices(file, heading, skipped)
    return preview_rows(
        session, actor, rows=rows, source=source, effective_date=effective_date, notices=notices
    )


def _notices(file: RosterFile, heading: Heading, skipped: int) -> list[dict[str, Any]]:
    notices: list[dict[str, Any]] = []
    if Column.CANDIDATE_NUMBER in heading.columns:
        notices.append({"code": "candidate_numbers_ignored", "params": {}})
    notices += [
        {"code": "column_ignored", "params": {"cell": cell, "heading": seen}}
        for cell, seen in heading.ignored
    ]
    notices += [
        {"code": "sheet_skipped", "params": {"sheet": sheet.name}}
        for sheet in file.sheets
        if sheet is not heading.sheet and any(str(cell).strip() for row in sheet.rows for cell in row)
    ]
    if skipped:
        notices.append({"code": "lines_skipped", "params": {"count": skipped}})
    return notices


def preview_rows(
    session: Session,
    actor: Actor,
    *,
    rows: Sequence[RosterRow],
    source: Source,
    effective_date: date,
    notices: Sequence[dict[str, Any]] = (),
) -> RosterImport:
    """A stored dry run of rows that were read before. Raises NobodyListed."""
    if not rows:
        raise NobodyListed(field="file")
    done = RosterImport(
        file_name=source.name,
        file_hash=source.sha256,
        verdicts=[],
        options={"effective_date": effective_date.isoformat(), "repairs": [], "notices": list(notices)},
        created_by=actor.id,
        created_at=clock.now(),
    )
    session.add(done)
    _check_again(session, done, rows)
    session.flush()  # the id names the subject of the audit row
    audit.record(session, actor, "roster.preview", ("roster", done.id), **_facts(done))
    return done


def _check_again(session: Session, done: RosterImport, rows: Sequence[RosterRow]) -> list[PersonPlan]:
    people = check_roster(
        session,
        rows,
        repairs=done.options["repairs"],
        effective_date=date.fromisoformat(done.options["effective_date"]),
    )
    found = [(plan.row.number, plan.as_json(person.person)) for person in people for plan in person.rows]
    original = {row.number: row.values for row in rows}
    # Stored as read, before any repair: the check can then be made again with other repairs.
    done.verdicts = [{**entry, "values": original[number]} for number, entry in sorted(found, key=_first)]
    return people


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _facts(done: RosterImport) -> dict[str, Any]:
    return {"file": done.file_name, "sha256": done.file_hash, "rows": len(done.verdicts), **counts_of(done)}


def counts_of(done: RosterImport) -> dict[str, int]:
    """How many rows have each verdict, in the order of Verdict."""
    counts = Counter(entry["verdict"] for entry in done.verdicts)
    return {verdict.value: counts[verdict.value] for verdict in Verdict}


def get_import(session: Session, import_id: UUID, *, lock: bool = False) -> RosterImport:
    """Raises NotFound."""
    done = session.get(RosterImport, import_id, with_for_update=lock, populate_existing=lock)
    if done is None:
        raise NotFound
    return done


def _open_import(session: Session, import_id: UUID) -> tuple[RosterImport, list[RosterRow]]:
    done = get_import(session, import_id, lock=True)
    if done.state != "previewed":
        raise RosterDone
    return done, [RosterRow.from_json(entry) for entry in done.verdicts]


def offered_repairs(done: RosterImport) -> list[str]:
    """The keys of every repair that is offered, accepted or not."""
    return [
        repair_key(entry["row"], finding["column"])
        for entry in done.verdicts
        for finding in entry["findings"]
        if finding["repair"] is not None
    ]


def choose_repairs(
    session: Session, actor: Actor, *, import_id: UUID, keys: Collection[str], shown: Collection[str]
) -> RosterImport:
    """Of the repairs in `shown` exactly those in `keys` are accepted, others stay; the check is made again.

    Raises NotFound, RosterDone.
    """
    done, rows = _open_import(session, import_id)
    kept = set(done.options["repairs"]) - set(shown)
    accepted = (kept | set(keys)) & set(offered_repairs(done))
    done.options = {**done.options, "repairs": sorted(accepted)}
    _check_again(session, done, rows)
    audit.record(session, actor, "roster.repair", ("roster", done.id), accepted=len(accepted))
    return done


def refresh_preview(session: Session, actor: Actor, *, import_id: UUID) -> RosterImport:
    """The check is made again with what is stored now. Raises NotFound, RosterDone."""
    done, rows = _open_import(session, import_id)
    _check_again(session, done, rows)
    audit.record(session, actor, "roster.refresh", ("roster", done.id), **_facts(done))
    return done


def commit_roster(session: Session, actor: Actor, *, import_id: UUID) -> RosterImport:
    """Every row is written, in the transaction of `session`, or none.

    Names, numbers and dates of the file are then erased from the import: persons hold them.
    Raises NotFound, RosterDone, RosterHasErrors, RosterOutdated (the check no longer gives what the user has seen).
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IMPORT_LOCK})
    done, rows = _open_import(session, import_id)
    seen = done.verdicts
    people = _check_again(session, done, rows)
    errors = sum(entry["verdict"] == Verdict.ERROR for entry in done.verdicts)
    if errors:
        raise RosterHasErrors(count=errors)
    if seen != done.verdicts:
        raise RosterOutdated
    number = _next_generated(session)
    for person_plan in people:
        number = _apply(session, person_plan, number)
    session.flush()  # new persons get their ids, which the import keeps
    _keep_outcome(done, people)
    done.state, done.committed_at = "committed", clock.now()
    audit.record(session, actor, "roster.commit", ("roster", done.id), **_facts(done))
    return done


def _next_generated(session: Session) -> int:
    """The first free number of the codes that are given to people without one: NS000001, NS000002 …"""
    pattern = r"^NS[0-9]{6}$"
    last = session.scalar(select(func.max(Person.staff_code)).where(Person.staff_code.regexp_match(pattern)))
    return int(last.removeprefix("NS")) + 1 if last else 1


def _apply(session: Session, plan: PersonPlan, number: int) -> int:
    first = plan.rows[0]
    person = plan.person
    if person is None:
        person = Person(staff_code=first.row.values["staff_code"] or f"NS{number:06d}")
        number += not first.row.values["staff_code"]
        session.add(person)
        plan.person = person
        _set_details(person, first.row)
    elif any(name not in ("appointment", "main_appointment") for name, _old, _new in first.changes):
        _set_details(person, first.row)
    _apply_transfer(session, person, plan.transfer)
    return number


def _set_details(person: Person, row: RosterRow) -> None:
    """An empty cell leaves what is known."""
    values = row.values
    person.staff_code = values["staff_code"] or person.staff_code
    person.cccd = values["cccd"] or person.cccd
    person.birth_date = row.date_of(Column.BIRTH_DATE) or person.birth_date
    person.sex = values["sex"] or person.sex
    person.email = values["email"] or person.email
    set_name(person, row.name)


def _apply_transfer(session: Session, person: Person, transfer: Transfer) -> None:
    for end in transfer.end:
        end.appointment.to_date = end.to_date
    # Who ceases to be main goes first: a person never has two main appointments, not even between statements.
    for amend in sorted(transfer.amend, key=lambda amend: amend.is_main):
        amend.appointment.is_main, amend.appointment.from_date = amend.is_main, amend.from_date
        session.flush()
    if transfer.end:
        session.flush()
    for begin in transfer.begin:
        person.appointments.append(
            Appointment(
                unit_id=begin.listed.unit_id,
                position_id=begin.listed.position_id,
                is_main=begin.is_main,
                from_date=begin.listed.from_date,
            )
        )


def _keep_outcome(done: RosterImport, people: Sequence[PersonPlan]) -> None:
    done.verdicts = [
        {
            "row": plan.row.number,
            "verdict": plan.verdict.value,
            "person_id": str(person_plan.person.id) if person_plan.person else None,
            "findings": [],
            "changes": [],
        }
        for person_plan in people
        for plan in person_plan.rows
    ]


def discard_roster(session: Session, actor: Actor, *, import_id: UUID) -> RosterImport:
    """Nothing is written and the content of the file is erased. Raises NotFound, RosterDone."""
    done, _rows = _open_import(session, import_id)
    _erase(done)
    audit.record(session, actor, "roster.discard", ("roster", done.id))
    return done


def _erase(done: RosterImport) -> None:
    done.state = "discarded"
    done.verdicts = [
        {"row": e["row"], "verdict": e["verdict"], "person_id": None, "findings": [], "changes": []}
        for e in done.verdicts
    ]


def sweep_previews(session: Session) -> int:
    """Dry runs that nobody committed within a week are discarded; returns how many."""
    old = select(RosterImport).where(
        RosterImport.state == "previewed", RosterImport.created_at < clock.now() - KEEP_PREVIEWS
    )
    found = session.scalars(old.with_for_update(skip_locked=True)).all()
    for done in found:
        _erase(done)
    return len(found)


def has_open_repairs(done: RosterImport) -> bool:
    """True while a repair is offered that is not accepted yet."""
    return any(
        finding["repair"] is not None and finding["severity"] == Severity.ERROR
        for entry in done.verdicts
        for finding in entry["findings"]
    )
