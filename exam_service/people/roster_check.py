"""What committing a roster would do: who is new, who changes, what is wrong. Reads the database, writes nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from exam_service.people.models import Appointment, Person
from exam_service.people.names import clean_name
from exam_service.people.roster_columns import Column
from exam_service.people.roster_findings import Finding, Severity
from exam_service.people.roster_places import Place, Places
from exam_service.people.roster_rows import RosterRow, cccd_contradictions
from exam_service.people.transfers import Listed, Transfer, plan_transfer
from exam_service.people.units import unit_title

_CHUNK = 1000
_DETAILS = ("family_names", "given_name", "birth_date", "sex", "cccd", "email")


class Verdict(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass
class RowPlan:
    """A row, what is said about it, and what it would change as (field, before, after)."""

    row: RosterRow
    findings: list[Finding]
    unit_id: UUID | None = None
    position_ids: tuple[UUID, ...] = ()
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    verdict: Verdict = Verdict.UNCHANGED

    @property
    def has_error(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def as_json(self, person: Person | None) -> dict[str, Any]:
        return {
            **self.row.as_json(),
            "findings": [finding.as_json() for finding in self.findings],
            "changes": [list(change) for change in self.changes],
            "verdict": self.verdict.value,
            "person_id": str(person.id) if person is not None and person.id is not None else None,
        }


@dataclass
class PersonPlan:
    """All rows of one person (the first is the main position), the known person if any, and the appointments."""

    rows: list[RowPlan]
    person: Person | None = None
    transfer: Transfer = field(default_factory=Transfer)


def repair_key(row: int, column: str) -> str:
    """How an accepted repair is named in forms and in the stored import."""
    return f"{row}:{column}"


def check_roster(
    session: Session, rows: Sequence[RosterRow], *, repairs: Iterable[str], effective_date: date
) -> list[PersonPlan]:
    """One plan for each person, in the order of the file.

    `repairs` are the keys of accepted repairs; `effective_date` is the first day of positions without one of their own.
    """
    places, accepted = Places.of(session), frozenset(repairs)
    plans = [_plan_row(row, places, accepted) for row in rows]
    known = _Known.of(session, [plan.row for plan in plans])
    people = _grouped(plans)
    for person_plan in people:
        _recognise(person_plan, known)
        _compare(person_plan)
        if not any(plan.has_error for plan in person_plan.rows):
            _plan_appointments(person_plan, places, effective_date)
        _judge(person_plan)
    return people


def _plan_row(row: RosterRow, places: Places, accepted: frozenset[str]) -> RowPlan:
    values = dict(row.values)
    findings: list[Finding] = []
    for finding in row.findings:
        if finding.repair is not None and repair_key(row.number, finding.column) in accepted:
            values[finding.column] = finding.repair
            findings.append(replace(finding, severity=Severity.REPAIRED))
        else:
            findings.append(finding)
    repaired = RosterRow(row.number, values, row.findings)
    if values["cccd"] != row.values["cccd"]:
        cell = next(finding.cell for finding in findings if finding.column == Column.CCCD)
        findings += cccd_contradictions(repaired, cell)
    plan = RowPlan(repaired, findings)
    unit = places.find_unit(values["unit_code"], values["unit"])
    plan.unit_id = _accept(plan, unit, accepted, lambda text: places.find_unit("", text))
    wanted = [column for column in (Column.JOB_POSITION, Column.TITLE) if values[column]]
    found = [_find_position(plan, places, accepted, column=column) for column in wanted]
    plan.position_ids = tuple(dict.fromkeys(key for key in found if key is not None))
    if not wanted:
        findings.append(Finding("position_missing", Severity.ERROR, "", Column.JOB_POSITION.value))
    return plan


def _accept(
    plan: RowPlan, place: Place, accepted: frozenset[str], look_up: Callable[[str], Place]
) -> UUID | None:
    """The place, or the one proposed instead when the user accepted the proposal."""
    for finding in place.findings:
        if finding.repair is not None and repair_key(plan.row.number, finding.column) in accepted:
            plan.findings.append(replace(finding, severity=Severity.REPAIRED))
            key: UUID | None = look_up(finding.repair).key
            return key
        plan.findings.append(finding)
    return place.key


def _find_position(plan: RowPlan, places: Places, accepted: frozenset[str], *, column: Column) -> UUID | None:
    def look_up(text: str) -> Place:
        return places.find_position(text, column)

    return _accept(plan, look_up(plan.row.values[column]), accepted, look_up)


def _grouped(plans: Sequence[RowPlan]) -> list[PersonPlan]:
    """Rows with the same staff code, or without one the same CCCD, are one person who holds several positions."""
    groups: dict[str, PersonPlan] = {}
    for plan in plans:
        values = plan.row.values
        key = values["staff_code"] or values["cccd"] or f"row {plan.row.number}"
        group = groups.setdefault(key, PersonPlan([]))
        for earlier in group.rows:
            _compare_with_earlier(plan, earlier)
        group.rows.append(plan)
    _refuse_shared_cccd(groups.values())
    return list(groups.values())


def _compare_with_earlier(plan: RowPlan, earlier: RowPlan) -> None:
    mine, theirs = plan.row.values, earlier.row.values
    same_person = all(
        not mine[name] or not theirs[name] or mine[name] == theirs[name]
        for name in ("family_names", "given_name", "birth_date", "cccd")
    )
    same_place = (plan.unit_id, plan.position_ids) == (earlier.unit_id, earlier.position_ids)
    code = "person_twice_differs" if not same_person else "row_twice" if same_place else None
    if code is not None:
        params = {"other": earlier.row.number}
        plan.findings.append(Finding(code, Severity.ERROR, "", Column.STAFF_CODE.value, params))


def _refuse_shared_cccd(groups: Iterable[PersonPlan]) -> None:
    first: dict[str, PersonPlan] = {}
    for group in groups:
        for plan in group.rows:
            cccd = plan.row.values["cccd"]
            other = first.setdefault(cccd, group) if cccd else group
            if other is not group:
                params = {"other": other.rows[0].row.number}
                plan.findings.append(
                    Finding("person_twice_differs", Severity.ERROR, "", Column.CCCD.value, params)
                )


@dataclass(frozen=True)
class _Known:
    """The persons that the roster may mean, by both keys."""

    by_code: dict[str, Person]
    by_cccd: dict[str, Person]

    @classmethod
    def of(cls, session: Session, rows: Sequence[RosterRow]) -> "_Known":
        codes = [row.values["staff_code"] for row in rows if row.values["staff_code"]]
        numbers = [row.values["cccd"] for row in rows if row.values["cccd"]]
        found: dict[UUID, Person] = {}
        options = selectinload(Person.appointments).options(
            joinedload(Appointment.unit), joinedload(Appointment.position)
        )
        for start in range(0, max(len(codes), len(numbers)), _CHUNK):
            part = slice(start, start + _CHUNK)
            wanted = or_(Person.staff_code.in_(codes[part]), Person.cccd.in_(numbers[part]))
            statement = select(Person).options(options).where(wanted)
            # A row of the identity map may be older than the table: the dry run must judge what is stored.
            fresh = statement.execution_options(populate_existing=True)
            found |= {person.id: person for person in session.scalars(fresh)}
        people = found.values()
        return cls({p.staff_code: p for p in people}, {p.cccd: p for p in people if p.cccd})


def _recognise(group: PersonPlan, known: _Known) -> None:
    plan = group.rows[0]
    values = plan.row.values
    by_code, by_cccd = known.by_code.get(values["staff_code"]), known.by_cccd.get(values["cccd"])
    if by_code is not None and by_cccd is not None and by_code.id != by_cccd.id:
        params = {"first": by_code.full_name, "second": by_cccd.full_name}
        finding = Finding("keys_of_two_people", Severity.ERROR, "", Column.STAFF_CODE.value, params)
        plan.findings.append(finding)
    group.person = by_code or by_cccd
    if group.person is not None:
        _refuse_other_person(plan, group.person)


def _refuse_other_person(plan: RowPlan, person: Person) -> None:
    """A code that leads to somebody of another name and birth date was mistyped: nobody is overwritten by that."""
    born, same_name = plan.row.date_of(Column.BIRTH_DATE), _same_name(plan.row, person)
    if same_name:
        return
    if born is not None and person.birth_date is not None and born != person.birth_date:
        params = {"name": person.full_name, "born": f"{person.birth_date:%d/%m/%Y}"}
        finding = Finding("other_person", Severity.ERROR, "", Column.STAFF_CODE.value, params)
    else:
        finding = Finding(
            "name_changes", Severity.WARNING, "", Column.FULL_NAME.value, {"old": person.full_name}
        )
    plan.findings.append(finding)


def _same_name(row: RosterRow, person: Person) -> bool:
    return row.name.full.casefold() == clean_name(person.full_name).casefold()


def _compare(group: PersonPlan) -> None:
    """The details that the first row changes; an empty cell never erases what is known."""
    plan, person = group.rows[0], group.person
    if person is None:
        return
    before = {name: _shown(getattr(person, name)) for name in (*_DETAILS, "staff_code")}
    for name, old in before.items():
        new = plan.row.values[name]
        # The family name may be empty only together with a given name that says all.
        if (new or name == "family_names") and new != old:
            plan.changes.append((name, old, new))


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _plan_appointments(group: PersonPlan, places: Places, effective_date: date) -> None:
    listed = [
        Listed(
            unit_id=plan.unit_id,
            position_id=position_id,
            from_date=plan.row.date_of(Column.FROM_DATE) or effective_date,
            has_own_date=plan.row.date_of(Column.FROM_DATE) is not None,
            row=plan.row.number,
        )
        for plan in group.rows
        for position_id in plan.position_ids
        if plan.unit_id is not None
    ]
    running = [a for a in group.person.appointments if a.to_date is None] if group.person else []
    group.transfer = plan_transfer(running, listed)
    if group.transfer.refused is not None:
        main = next(row for row in running if row.is_main)
        params = {
            "from_date": f"{group.transfer.refused.from_date:%d/%m/%Y}",
            "current": f"{main.position.title}, {unit_title(main.unit)}",
            "current_from": f"{main.from_date:%d/%m/%Y}",
        }
        finding = Finding("before_current", Severity.ERROR, "", Column.FROM_DATE.value, params)
        group.rows[0].findings.append(finding)
        return
    _tell_transfer(group, places)


def _tell_transfer(group: PersonPlan, places: Places) -> None:
    by_number = {plan.row.number: plan for plan in group.rows}
    for begin in group.transfer.begin:
        what = f"{places.titles[begin.listed.position_id]}, {places.titles[begin.listed.unit_id]}"
        text = f"{what} ({begin.listed.from_date:%d/%m/%Y} –)"
        by_number[begin.listed.row].changes.append(("appointment", "", text))
    for end in group.transfer.end:
        row = end.appointment
        what = f"{row.position.title}, {unit_title(row.unit)}"
        after = f"{what} (– {end.to_date:%d/%m/%Y})"
        group.rows[0].changes.append(("appointment", what, after))
    for amend in group.transfer.amend:
        row = amend.appointment
        what = f"{row.position.title}, {unit_title(row.unit)}"
        after = f"{what} ({amend.from_date:%d/%m/%Y} –)"
        name = "main_appointment" if amend.is_main else "appointment"
        group.rows[0].changes.append((name, what, after))


def _judge(group: PersonPlan) -> None:
    is_wrong = any(plan.has_error for plan in group.rows)
    for plan in group.rows:
        if plan.has_error:
            plan.verdict = Verdict.ERROR
        elif group.person is None:
            plan.verdict = Verdict.NEW
        elif plan.changes and not is_wrong:
            plan.verdict = Verdict.UPDATED
        else:
            plan.verdict = Verdict.UNCHANGED
