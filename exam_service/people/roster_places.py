"""Which unit and which position a roster means by its words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.people.models import Position, PositionRegime, Unit
from exam_service.people.positions import all_positions
from exam_service.people.roster_columns import Column
from exam_service.people.roster_findings import Finding, Severity
from exam_service.people.units import all_units, unit_title
from question_bank.text import fold, tone_fold

_SIMILAR = 0.86
# Lists name the body that works in the unit: the people's committee of a ward stands for the ward.
_BODIES = ("uy ban nhan dan ", "ubnd ", "hdnd ubnd ", "hdnd ", "hoi dong nhan dan ", "dang uy ", "ubmttq ")


@dataclass(frozen=True)
class Place:
    """What was found (`key` None: nothing certain) and what has to be said about it."""

    key: UUID | None
    findings: tuple[Finding, ...] = ()


def _finding(code: str, column: Column, *, severity: Severity = Severity.ERROR, **params: str) -> Finding:
    return Finding(code, severity, "", column.value, dict(params), params.get("repair"))


class Places:
    """Every unit and position in use, by code and by name."""

    def __init__(self, units: Iterable[Unit], positions: Iterable[Position]) -> None:
        self.titles: dict[UUID, str] = {}
        self.unit_codes: dict[str, UUID] = {}
        self.unit_titles: dict[str, list[UUID]] = defaultdict(list)
        self.unit_folded: dict[str, list[UUID]] = defaultdict(list)
        self.unit_names: dict[str, list[UUID]] = defaultdict(list)
        for unit in units:
            title = unit_title(unit)
            self.titles[unit.id] = title
            self.unit_codes[unit.code.upper()] = unit.id
            self.unit_titles[tone_fold(title)].append(unit.id)
            self.unit_folded[fold(title)].append(unit.id)
            self.unit_names[fold(unit.name)].append(unit.id)
        self.position_codes: dict[str, UUID] = {}
        self.position_titles: dict[str, dict[UUID, str]] = defaultdict(dict)
        for position in positions:
            self.titles[position.id] = position.title
            self.position_codes[position.code.upper()] = position.id
            self.position_titles[fold(position.title)][position.id] = position.regime

    @classmethod
    def of(cls, session: Session) -> "Places":
        return cls(all_units(session, active_only=True), all_positions(session, active_only=True))

    def find_unit(self, code: str, text: str) -> Place:
        """By code, else by type and name together; a name alone is never enough, only a proposal."""
        for candidate in (code, text):
            if candidate.upper() in self.unit_codes:
                return Place(self.unit_codes[candidate.upper()])
        if code:
            return Place(None, (_finding("unit_unknown", Column.UNIT_CODE, text=code),))
        if not text:
            return Place(None, (_finding("unit_missing", Column.UNIT),))
        named = text.partition(",")[0]
        exact = self.unit_titles.get(_without_body(named, tone_fold(named)), [])
        if len(exact) == 1:
            return Place(exact[0])
        folded = _without_body(named, fold(named))
        unmarked = exact or self.unit_folded.get(folded, [])
        if len(unmarked) == 1:
            choice = self.titles[unmarked[0]]
            seen = _finding(
                "unit_without_marks", Column.UNIT, severity=Severity.WARNING, text=text, choice=choice
            )
            return Place(unmarked[0], (seen,))
        return Place(None, (self._unit_proposal(text, folded, unmarked),))

    def _unit_proposal(self, text: str, folded: str, unmarked: list[UUID]) -> Finding:
        same_name = unmarked or self.unit_names.get(folded, [])
        if len(same_name) == 1:
            return _finding("unit_type_missing", Column.UNIT, text=text, repair=self.titles[same_name[0]])
        if same_name:
            choices = ", ".join(sorted(self.titles[key] for key in same_name))
            return _finding("unit_ambiguous", Column.UNIT, text=text, choices=choices)
        close = get_close_matches(folded, self.unit_folded, n=2, cutoff=_SIMILAR)
        if len(close) == 1 and len(self.unit_folded[close[0]]) == 1:
            repair = self.titles[self.unit_folded[close[0]][0]]
            return _finding("unit_similar", Column.UNIT, text=text, repair=repair)
        return _finding("unit_unknown", Column.UNIT, text=text)

    def find_position(self, text: str, column: Column) -> Place:
        """By code or title; a title of both vocabularies is taken from the one that the column belongs to."""
        if text.upper() in self.position_codes:
            return Place(self.position_codes[text.upper()])
        same = self.position_titles.get(fold(text), {})
        regime = (
            PositionRegime.JOB_POSITION if column is Column.JOB_POSITION else PositionRegime.DECREE_33_2023
        )
        fitting = [key for key, own in same.items() if own == regime] or list(same)
        if len(fitting) == 1:
            return Place(fitting[0])
        if fitting:
            codes = {key: code for code, key in self.position_codes.items()}
            choices = ", ".join(sorted(codes[key] for key in fitting))
            return Place(None, (_finding("position_ambiguous", column, text=text, choices=choices),))
        close = get_close_matches(fold(text), self.position_titles, n=1, cutoff=_SIMILAR)
        if close:
            repair = self.titles[next(iter(self.position_titles[close[0]]))]
            return Place(None, (_finding("position_similar", column, text=text, repair=repair),))
        return Place(None, (_finding("position_unknown", column, text=text),))


def _without_body(text: str, key: str) -> str:
    """`key` (made of `text`, word for word) without the name of a body at its beginning."""
    folded = fold(text)
    for body in _BODIES:
        if folded.startswith(body):
            return " ".join(key.split()[len(body.split()) :])
    return key
