"""The rows of a roster, cell by cell: what each says, before anything is looked up."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from exam_service.people.cccd import CccdProblem, contradictions, read_cccd
from exam_service.people.names import (
    PersonName,
    clean_name,
    is_in_old_font,
    is_plausible,
    join_name,
    split_name,
)
from exam_service.people.roster_columns import Column, Heading
from exam_service.people.roster_findings import Finding, Severity
from question_bank.formats.workbook import CellValue, cell_name
from question_bank.formats.workbook_scan import NoteKind
from question_bank.text import fold

YOUNGEST, OLDEST = 18, 75
_STAFF_CODE = re.compile(r"[\w.\-/]{1,40}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")
_DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_SERIAL_START = date(1899, 12, 30)  # day 0 of Excel's calendar, its false 29 February 1900 included
_SERIALS = range(7_000, 60_000)  # 1919 to 2064: numbers that can only be dates
_SEXES = {"nam": "male", "male": "male", "nu": "female", "female": "female"}
_CONTENT = frozenset(
    {Column.STAFF_CODE, Column.CCCD, Column.FULL_NAME, Column.FAMILY_NAMES, Column.GIVEN_NAME}
)


@dataclass
class RosterRow:
    """Row `number` (from 1, as the user sees it): texts by column, dates in ISO, and what was found on reading."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def date_of(self, column: Column) -> date | None:
        text = self.values.get(column, "")
        return date.fromisoformat(text) if text else None

    @property
    def name(self) -> PersonName:
        return PersonName(self.values["family_names"], self.values["given_name"])

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.number,
            "values": self.values,
            "read": [finding.as_json() for finding in self.findings],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "RosterRow":
        findings = [Finding(**{**entry, "severity": Severity(entry["severity"])}) for entry in stored["read"]]
        return cls(stored["row"], dict(stored["values"]), findings)


def read_rows(heading: Heading, *, today: date) -> tuple[list[RosterRow], int]:
    """Every row that names a person, and how many lines were skipped because they name nobody."""
    found: list[RosterRow] = []
    skipped = 0
    rows = heading.sheet.rows
    for number in range(heading.first_row, len(rows)):
        reader = _RowReader(heading, number, today)
        if reader.is_blank:
            continue
        if not reader.names_somebody:
            skipped += 1
            continue
        found.append(reader.read())
    return found, skipped


class _RowReader:
    """Reads one row; collects its findings."""

    def __init__(self, heading: Heading, number: int, today: date) -> None:
        self.heading, self.number, self.today = heading, number, today
        self.cells = heading.sheet.rows[number]
        self.row = RosterRow(number + 1)

    @property
    def is_blank(self) -> bool:
        return not any(str(cell).strip() for cell in self.cells)

    @property
    def names_somebody(self) -> bool:
        """A person has a key, or a name and something more; group titles and signatures have one text only."""
        columns = [column for column in self.heading.columns if self.text(column)]
        keys = {Column.STAFF_CODE, Column.CCCD} & set(columns)
        named = _CONTENT & set(columns)
        return bool(keys) or (bool(named) and len(columns) >= 3)

    def cell(self, column: Column) -> CellValue:
        index = self.heading.columns.get(column)
        return self.cells[index] if index is not None and index < len(self.cells) else ""

    def text(self, column: Column) -> str:
        """The cell as text: numbers without ".0", Unicode composed, one space between words."""
        value = self.cell(column)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return clean_name(str(value))

    def place(self, column: Column) -> str:
        return cell_name(self.number, self.heading.columns[column]) if column in self.heading.columns else ""

    def find(
        self,
        code: str,
        column: Column,
        *,
        severity: Severity = Severity.ERROR,
        repair: str | None = None,
        **params: Any,
    ) -> None:
        if repair is not None:
            params.setdefault("repair", repair)
        finding = Finding(code, severity, self.place(column), column.value, params, repair)
        self.row.findings.append(finding)

    def read(self) -> RosterRow:
        steps: tuple[Callable[[], None], ...] = (
            self.read_notes,
            self.read_name,
            self.read_keys,
            self.read_birth_date,
            self.read_sex,
            self.read_place,
            self.read_email,
            self.compare_cccd,
        )
        for step in steps:
            step()
        return self.row

    def read_notes(self) -> None:
        """Formulas and error values hide behind cells; the user has to know."""
        for column, index in self.heading.columns.items():
            notes = self.heading.sheet.notes.get((self.number, index), set())
            if NoteKind.ERROR in notes:
                self.find("error_cell", column)
            elif NoteKind.FORMULA in notes and column not in (Column.ORDINAL, Column.NOTE):
                text = self.text(column)
                if text:
                    self.find("formula_value", column, severity=Severity.WARNING, text=text)
                else:
                    self.find("formula_without_value", column)

    def read_name(self) -> None:
        if Column.FULL_NAME in self.heading.columns:
            column, name = Column.FULL_NAME, split_name(self.text(Column.FULL_NAME))
        else:
            column = Column.GIVEN_NAME
            name = join_name(self.text(Column.FAMILY_NAMES), self.text(Column.GIVEN_NAME))
        self.row.values |= {"family_names": name.family_names, "given_name": name.given_name}
        if not name.given_name:
            self.find("name_missing", column)
        elif is_in_old_font(name.full):
            self.find("name_old_font", column, text=name.full)
        elif not is_plausible(name.full):
            self.find("name_not_plausible", column, text=name.full)
        elif not name.family_names:
            self.find("name_one_word", column, severity=Severity.WARNING, text=name.full)

    def read_keys(self) -> None:
        staff_code = self.text(Column.STAFF_CODE)
        self.row.values[Column.STAFF_CODE] = staff_code
        if staff_code and not _STAFF_CODE.fullmatch(staff_code):
            self.find("staff_code_bad", Column.STAFF_CODE, text=staff_code)
        raw = self.text(Column.CCCD)
        reading = read_cccd(raw)
        self.row.values[Column.CCCD] = reading.value or ""
        if reading.problem is not None:
            self.find(reading.problem.value, Column.CCCD, text=raw, repair=reading.repair)
        elif not staff_code and not raw:
            self.find("key_missing", Column.STAFF_CODE)

    def read_birth_date(self) -> None:
        born = self.read_date(Column.BIRTH_DATE)
        if born is None:
            return
        age = self.today.year - born.year - ((self.today.month, self.today.day) < (born.month, born.day))
        text = f"{born:%d/%m/%Y}"
        if born > self.today:
            self.find("birth_date_future", Column.BIRTH_DATE, text=text)
        elif not YOUNGEST <= age <= OLDEST:
            self.find("birth_date_unlikely", Column.BIRTH_DATE, severity=Severity.WARNING, text=text, age=age)

    def read_date(self, column: Column) -> date | None:
        """The day in the cell, or None when it is empty or unreadable (which is then a finding)."""
        value = self.cell(column)
        text = self.text(column)
        day = _day_of(value, text)
        self.row.values[column] = day.isoformat() if day else ""
        if day is not None or not text:
            return day
        if isinstance(value, float | int) and int(value) in _SERIALS:
            guess = _SERIAL_START + timedelta(days=int(value))
            self._offer_date(column, text, guess)
        elif re.fullmatch(r"(19|20)\d\d", text):
            self.find("date_year_only", column, text=text)
        else:
            self.find("date_bad", column, text=text[:40])
        return None

    def _offer_date(self, column: Column, text: str, guess: date) -> None:
        shown = {"text": text, "repair": f"{guess:%d/%m/%Y}"}
        finding = Finding(
            "date_as_number", Severity.ERROR, self.place(column), column.value, shown, guess.isoformat()
        )
        self.row.findings.append(finding)

    def read_sex(self) -> None:
        text = self.text(Column.SEX)
        sex = _SEXES.get(fold(text), "")
        self.row.values[Column.SEX] = sex
        if text and not sex:
            self.find("sex_bad", Column.SEX, text=text[:20])

    def read_place(self) -> None:
        for column in (Column.UNIT_CODE, Column.UNIT, Column.TITLE, Column.JOB_POSITION):
            self.row.values[column] = self.text(column)
        self.read_date(Column.FROM_DATE)

    def read_email(self) -> None:
        text = self.text(Column.EMAIL)
        is_good = _EMAIL.fullmatch(text) is not None
        self.row.values[Column.EMAIL] = text if is_good else ""
        if text and not is_good:
            self.find("email_bad", Column.EMAIL, severity=Severity.WARNING, text=text[:60])

    def compare_cccd(self) -> None:
        self.row.findings += cccd_contradictions(self.row, self.place(Column.CCCD))


def cccd_contradictions(row: RosterRow, cell: str) -> list[Finding]:
    """Warnings where the number says otherwise than sex and birth date; made again after a repair."""
    cccd, sex = row.values[Column.CCCD], row.values[Column.SEX]
    if not cccd:
        return []
    is_female = None if not sex else sex == "female"
    problems: list[CccdProblem] = contradictions(
        cccd, is_female=is_female, birth_date=row.date_of(Column.BIRTH_DATE)
    )
    return [Finding(problem.value, Severity.WARNING, cell, Column.CCCD.value) for problem in problems]


def _day_of(value: CellValue, text: str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    day_first, iso = _DAY_FIRST.fullmatch(text), _ISO.fullmatch(text)
    try:
        if day_first:
            day, month, year = map(int, day_first.groups())
            return date(year, month, day)
        if iso:
            return date(*map(int, iso.groups()))
    except ValueError:
        return None
    return None
