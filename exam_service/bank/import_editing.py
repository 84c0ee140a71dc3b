"""Changing rows of an import before they are written: by hand in the table, or by a proposed fix for one or for all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.head import stored
from exam_service.bank.import_rows import (
    ImportRow,
    conflict_groups,
    dumped,
    loaded,
    note,
)
from exam_service.bank.imports import lock_import
from exam_service.bank.models import Bank, ItemImport
from exam_service.errors import NotFound, Refusal
from question_bank.formats.comparing import compare_rows
from question_bank.formats.fixes import FixDoesNotFit, ProposedFix, applied, proposed
from question_bank.formats.reading import RowFinding, RowVerdict, Verdict
from question_bank.formats.row_form import Place, fits_a_row, read_facts, read_form
from question_bank.formats.soundness import checked_rows, text_findings
from question_bank.items import ItemDraft
from question_bank.types.messages import MESSAGES as PROBLEM_MESSAGES

COMPARED = frozenset({"duplicate_item", "conflicting_keys", "duplicate_source_id"})
"""Findings on rows that meet each other in the file; they follow from all rows together."""
_TEXT = frozenset({"broken_characters", "basis_in_option"})


class NoSuchFix(Refusal):
    code = "no_such_fix"
    message = "Cách sửa này không còn phù hợp với dòng. Hãy tải lại trang."


@dataclass(frozen=True)
class RowFix:
    """A fix proposed for one finding of a row; `code` is the finding's."""

    code: str
    fix: ProposedFix


def fixes_of(row: ImportRow) -> list[RowFix]:
    """What can be done about the row's findings by one click."""
    if not row.findings or row.draft is None:
        return []
    draft = row.item_draft()
    assert draft is not None
    return [RowFix(finding.code, fix) for finding in row.row_findings() for fix in proposed(finding, draft)]


def edit_row(
    session: Session, actor: Actor, *, import_id: UUID, index: int, cells: Mapping[Place, str]
) -> ImportRow:
    """The row says what the person typed; whom it meets in the file and in the bank is found anew.

    `cells` are those of the house template. Of an item that does not fit a row only the facts beside its content
    change. Raises Forbidden, NotFound, ImportIsOver, ImportWaits.
    """
    found, bank = lock_import(session, actor, import_id)
    rows = loaded(found.verdicts)
    row = _row_at(rows, index)
    draft = row.item_draft()
    if draft is None or fits_a_row(draft):
        verdict = read_form(cells, sheet=row.sheet, row=row.row)
    else:
        verdict = read_facts(draft, cells, sheet=row.sheet, row=row.row)
    (verdict,) = checked_rows([verdict])
    _replace(session, found, bank, rows, {index: verdict})
    record(session, actor, "import.edit_row", ("item_import", found.id), row=row.row)
    return loaded(found.verdicts)[index]


def apply_fix(
    session: Session, actor: Actor, *, import_id: UUID, index: int, code: str, action: str, argument: str
) -> ImportRow:
    """The proposed fix is made on the row. Raises Forbidden, NotFound, ImportIsOver, ImportWaits, NoSuchFix."""
    found, bank = lock_import(session, actor, import_id)
    rows = loaded(found.verdicts)
    row = _row_at(rows, index)
    wanted = next(
        (f for f in fixes_of(row) if (f.code, f.fix.action, f.fix.argument) == (code, action, argument)), None
    )
    if wanted is None:
        raise NoSuchFix
    _replace(session, found, bank, rows, {index: _fixed(row, wanted)})
    record(session, actor, "import.fix", ("item_import", found.id), fix=code, rows=1)
    return loaded(found.verdicts)[index]


def apply_to_all(session: Session, actor: Actor, *, import_id: UUID, code: str) -> int:
    """Every row with exactly one fix for this finding has it; returns how many.

    Raises Forbidden, NotFound, ImportIsOver, ImportWaits, NoSuchFix.
    """
    found, bank = lock_import(session, actor, import_id)
    rows = loaded(found.verdicts)
    changed: dict[int, RowVerdict] = {}
    for row in rows:
        fixes = [fix for fix in fixes_of(row) if fix.code == code]
        if len(fixes) == 1:
            changed[row.index] = _fixed(row, fixes[0])
    if not changed:
        raise NoSuchFix
    _replace(session, found, bank, rows, changed)
    record(session, actor, "import.fix", ("item_import", found.id), fix=code, rows=len(changed))
    return len(changed)


def _row_at(rows: Sequence[ImportRow], index: int) -> ImportRow:
    if not 0 <= index < len(rows):
        raise NotFound
    return rows[index]


def _fixed(row: ImportRow, wanted: RowFix) -> RowVerdict:
    draft = row.item_draft()
    assert draft is not None
    try:
        changed = applied(draft, wanted.fix)
    except FixDoesNotFit as error:
        raise NoSuchFix from error
    return _judged(row, changed, settled=wanted.code)


def _judged(row: ImportRow, draft: ItemDraft, *, settled: str) -> RowVerdict:
    """The verdict on a changed draft: what was said of its source but for what is settled, and its problems now."""
    kept = [
        finding
        for finding in row.row_findings()
        if finding.code != settled
        and finding.code not in PROBLEM_MESSAGES
        and finding.code not in COMPARED | _TEXT
    ]
    if settled == "date_cell":  # one cell of several was settled
        kept += [f for f in row.row_findings() if f.code == settled and proposed(f, draft)]
    kept += [RowFinding(p.code, Verdict.HOLD, None, p.params) for p in draft.problems()]
    kept += text_findings(draft.content)
    return _verdict(row, draft, kept)


def _verdict(row: ImportRow, draft: ItemDraft | None, findings: Iterable[RowFinding]) -> RowVerdict:
    said = tuple(findings)
    severity = max((finding.severity for finding in said), key=lambda s: s.rank, default=Verdict.OK)
    return RowVerdict(row.sheet, row.row, severity, said, draft, row.preview)


def _replace(
    session: Session, found: ItemImport, bank: Bank, rows: list[ImportRow], changed: Mapping[int, RowVerdict]
) -> None:
    """The changed rows take the place of the old ones, and all rows are compared with each other again."""
    verdicts = [
        changed[row.index]
        if row.index in changed
        else _verdict(row, row.item_draft(), (f for f in row.row_findings() if f.code not in COMPARED))
        for row in rows
    ]
    judged_anew = compare_rows(verdicts)
    groups = conflict_groups(judged_anew)
    judged = [
        _renewed(row, verdict, group=groups.get(row.index), is_changed=row.index in changed)
        for row, verdict in zip(rows, judged_anew, strict=True)
    ]
    again = {row.index: row for row in compared(session, bank, [judged[i] for i in changed])}
    found.verdicts = dumped(again.get(row.index, row) for row in judged)


def _renewed(row: ImportRow, verdict: RowVerdict, *, group: int | None, is_changed: bool) -> ImportRow:
    update: dict[str, object] = {
        "severity": verdict.severity,
        "findings": tuple(note(finding) for finding in verdict.findings),
        "group": group,
    }
    if is_changed:
        draft = None if verdict.draft is None else stored(verdict.draft)
        update |= {"draft": draft, "preview": verdict.preview}
    return row.model_copy(update=update)
