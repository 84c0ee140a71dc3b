"""The QTI part of `benchmarks.interop`: items, tests, packages and results of other engines.

An item is *imported* when its row needs no decision. Agreement is the share of the oracle's asserted responses, over
imported items that are scored by rule, to which the item of ours gives the same SCORE (its share times the file's
best score). What the oracle does not assert is left out: templates (random clones), ambiguous responses, no SCORE.
What nobody can enter is counted apart: two entries in one gap, or a line break in a box of one line, as the oracle
takes it from the indentation of a file's key (around a value it is no part of it here).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from question_bank.formats.qti.drafting import ItemReading
from question_bank.formats.qti.proving import native_share
from question_bank.formats.qti.reading import PackageReading, read_package
from question_bank.formats.qti.spaces import Inexpressible
from question_bank.formats.qti.values import BaseType, Cardinality, Value, container, parse_scalar, single
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.formats.refusal import UnreadableFile
from question_bank.types.content import InvalidResponse

KINDS = frozenset({"qti-item", "qti-test", "qti-result", "qti12", "package", "malformed"})
BARRED = frozenset(
    f"{name}Interaction"
    for name in "choice order match associate inlineChoice textEntry extendedText hottext".split()
)
"""The interactions of which most items have to be importable."""
_TOLERANCE = 1e-4


@dataclass
class QtiOutcome:
    """What became of one record: `imported`, `named` or `silent`, why, and how many responses agree."""

    result: str
    reasons: list[str] = field(default_factory=list)
    asserted: int = 0
    agreed: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass
class QtiFigures:
    """Over all records: items with the barred interactions and those importable, all in all and by interaction."""

    barred: int = 0
    importable: int = 0
    by_interaction: dict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    inexpressible: int = 0

    @property
    def importable_share(self) -> float | None:
        """The share of items with the barred interactions that are importable."""
        return round(self.importable / self.barred, 4) if self.barred else None

    def take(self, record: dict[str, Any], folder: Path) -> QtiOutcome:
        """Read the file of a record as users get it and compare."""
        file = folder / record["file"]
        try:
            package = read_package(file.read_bytes(), beside=lambda path: _beside(file, path))
        except UnreadableFile as error:
            self._count(record, is_imported=False)
            return QtiOutcome("named", [error.code])
        rows = package.reading.rows
        outcome = QtiOutcome(
            _result(record, package), [_reason(row) for row in rows if not _is_imported(row)]
        )
        if record["kind"] == "qti-item":
            self._count(record, is_imported=_is_imported(rows[0]))
            if _is_imported(rows[0]) and not record["templated"] and not package.items[0].needs_marker:
                self._compare(record, package.items[0], outcome)
        return outcome

    def _count(self, record: dict[str, Any], *, is_imported: bool) -> None:
        names = {interaction["type"] for interaction in record.get("interactions") or []}
        for name in names:
            self.by_interaction[name][is_imported] += 1
        if names & BARRED:
            self.barred += 1
            self.importable += is_imported

    def _compare(self, record: dict[str, Any], item: ItemReading, outcome: QtiOutcome) -> None:
        for scored in record.get("scores") or []:
            if scored.get("SCORE") is None or scored.get("ambiguous"):
                continue
            try:
                ours = _score(item, scored["responses"])
            except (Inexpressible, InvalidResponse):
                self.inexpressible += 1
                continue
            outcome.asserted += 1
            if abs(ours - Fraction(str(scored["SCORE"]))) <= _TOLERANCE * max(1.0, float(item.whole)):
                outcome.agreed += 1
            else:
                shown = f"{scored['label']} {float(ours):g} for {scored['SCORE']}"
                outcome.differences.append(f"{record['file']}: {shown}")


def _beside(file: Path, path: str) -> bytes | None:
    place = file.parent / path
    return place.read_bytes() if place.is_file() else None


def _is_imported(row: RowVerdict) -> bool:
    return row.draft is not None and row.severity in (Verdict.OK, Verdict.WARNING)


def _reason(row: RowVerdict) -> str:
    worst = next((f for f in row.findings if f.severity is row.severity), None)
    return (
        "without a reason"
        if worst is None
        else " ".join([worst.code, str(worst.params.get("name", ""))]).strip()
    )


def _result(record: dict[str, Any], package: PackageReading) -> str:
    rows = package.reading.rows
    resources: Mapping[str, int] = record.get("resources") or {}
    items = sum(count for kind, count in resources.items() if kind.startswith("imsqti_item"))
    parts = sum(len(getattr(row.draft.content, "parts", ())) or 1 if row.draft else 1 for row in rows)
    missing = len(record.get("missing_files") or [])
    if parts < max(items - missing, 1) or "without a reason" in [
        _reason(row) for row in rows if not _is_imported(row)
    ]:
        return "silent"
    return "imported" if all(_is_imported(row) for row in rows) else "named"


def _score(item: ItemReading, responses: dict[str, Any]) -> Fraction:
    """Return our score of a response of the oracle."""
    assert item.item is not None
    assert item.answer is not None
    assert item.row.draft is not None
    given: dict[str, Value | None] = {}
    for name, stated in responses.items():
        declared = item.item.responses.get(name)
        base, cardinality = (
            (declared.base, declared.cardinality) if declared else (BaseType.STRING, Cardinality.SINGLE)
        )
        given[name] = _value(stated, base, cardinality=cardinality)
    return native_share(item.row.draft.content, item.answer(given)) * item.whole


def _value(stated: dict[str, Any], base: BaseType, *, cardinality: Cardinality) -> Value | None:
    if "base" in stated:
        if stated["base"] is None:
            return None
        (value,) = stated["base"].values()
        if isinstance(value, str) and "\n" in value:
            raise Inexpressible
        return single(base, parse_scalar(_text(value), base))
    (values,) = stated.get("list", {"": []}).values()
    return container(base, cardinality, [parse_scalar(_text(value), base) for value in values])


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
