"""Rows of a sheet that are one case: a row of type case with the questions below it, or rows that share a passage."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from question_bank.formats.excel_cells import RowCells
from question_bank.formats.excel_layout import Column
from question_bank.formats.excel_types import part_weight
from question_bank.formats.reading import RowFinding, RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.text import plain
from question_bank.types.case import Case
from question_bank.types.content import new_option_id

_MAX_PARTS = 10
_PREVIEW_CHARS = 200


def join_cases(rows: Sequence[RowCells], verdicts: Sequence[RowVerdict]) -> list[RowVerdict]:
    """Return the verdicts with one in the place of those that make a case; the others stay as they are."""
    joined: list[RowVerdict] = []
    index = 0
    while index < len(verdicts):
        end = _end_of_case(rows, verdicts, index)
        if end > index + 1:
            joined.append(_case(rows[index:end], verdicts[index:end]))
        else:
            verdict = verdicts[index]
            if _is_part(rows[index]):
                verdict = _with(
                    verdict, [*verdict.findings, RowFinding("part_without_case", Verdict.WARNING)]
                )
            joined.append(verdict)
        index = max(end, index + 1)
    return joined


def _is_part(cells: RowCells) -> bool:
    return bool(cells.raw_text(Column.OF_CASE))


def _passage(cells: RowCells) -> str:
    return cells.raw_text(Column.PASSAGE)


def _end_of_case(rows: Sequence[RowCells], verdicts: Sequence[RowVerdict], start: int) -> int:
    """Return the index after the last row of the case that begins here; `start` + 1 where none does."""
    first = verdicts[start].draft
    end = start + 1
    if first is not None and isinstance(first.content, Case):
        while end < len(rows) and _is_part(rows[end]) and end - start <= _MAX_PARTS:
            end += 1
    elif _passage(rows[start]):
        while end < len(rows) and _passage(rows[end]) == _passage(rows[start]) and end - start < _MAX_PARTS:
            end += 1
    is_whole = all(verdict.draft is not None for verdict in verdicts[start:end])
    return end if is_whole else start + 1


def _case(rows: Sequence[RowCells], verdicts: Sequence[RowVerdict]) -> RowVerdict:
    drafts = [verdict.draft for verdict in verdicts if verdict.draft is not None]
    head = drafts[0]
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    if isinstance(head.content, Case):
        stem, rationale, members = (
            head.content.stem,
            head.content.rationale,
            list(zip(rows, drafts, strict=True))[1:],
        )
    else:
        stem, rationale = rows[0].rich(rows[0].text(Column.PASSAGE)), ""
        members = list(zip(rows, drafts, strict=True))
        findings = [finding for finding in findings if finding.code != "passage_joined"]
    parts = []
    for cells, draft in members:
        content = draft.content
        if not isinstance(head.content, Case):
            content = content.model_copy(update={"stem": cells.rich(cells.text(Column.STEM))})
        weight = part_weight(cells.raw_text(Column.SETTINGS))
        parts.append({"id": new_option_id(), "weight": weight, "content": content.model_dump()})
    findings = [finding for finding in findings if finding.code != "part_count"]
    numbers = f"{rows[0].row + 1}–{rows[-1].row + 1}"
    findings.append(RowFinding("case_of_rows", Verdict.OK, None, {"rows": numbers}))
    try:
        case = Case.model_validate({"stem": stem, "rationale": rationale, "parts": parts})
    except ValidationError:
        return verdicts[0]
    made = _with_facts(head, drafts, case)
    said = {finding.code for finding in findings}
    findings += [
        RowFinding(problem.code, Verdict.HOLD, None, problem.params)
        for problem in case.problems()
        if problem.code not in said
    ]
    verdict = replace(verdicts[0], draft=made, preview=plain(stem)[:_PREVIEW_CHARS])
    return _with(verdict, findings)


def _with_facts(head: ItemDraft, drafts: Sequence[ItemDraft], case: Case) -> ItemDraft:
    """Return the case with the facts of its first row; what that does not say is taken from the rows below."""
    update: dict[str, object] = {"content": case}
    for name in ("level", "competency", "citations", "tags"):
        found = next((value for draft in drafts if (value := getattr(draft, name))), None)
        update |= {name: found} if found else {}
    return head.model_copy(update=update)


def _with(verdict: RowVerdict, findings: Sequence[RowFinding]) -> RowVerdict:
    severity = max((finding.severity for finding in findings), key=lambda s: s.rank, default=Verdict.OK)
    return replace(verdict, severity=severity, findings=tuple(findings))
