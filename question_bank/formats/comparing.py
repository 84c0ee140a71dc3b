"""Questions of one file against each other: the same stem twice, with the same key or another, the same code."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from question_bank.formats.reading import RowFinding, RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.similarity import comparison_key, signature_of

_MAX_NAMED = 10


def compare_rows(verdicts: Sequence[RowVerdict]) -> list[RowVerdict]:
    """Return the verdicts with findings where two share a stem or a source id.

    A repeated stem is a warning on the later row; with another key, or a repeated code, all of them wait for
    a person.
    """
    added: dict[int, list[RowFinding]] = defaultdict(list)
    by_stem: dict[str, list[int]] = defaultdict(list)
    by_source: dict[str, list[int]] = defaultdict(list)
    for index, verdict in enumerate(verdicts):
        if verdict.draft is not None:
            by_stem[comparison_key(verdict.draft.content.texts()[0][1])].append(index)
            if verdict.draft.source_id:
                by_source[verdict.draft.source_id].append(index)
    for indexes in by_stem.values():
        if len(indexes) > 1:
            _compare_group(verdicts, indexes, added=added)
    for source_id, indexes in by_source.items():
        for index in indexes if len(indexes) > 1 else ():
            params = {"text": source_id, "other": _others(verdicts, indexes, index=index)}
            added[index].append(RowFinding("duplicate_source_id", Verdict.HOLD, None, params))
    return [_with_findings(verdict, added[index]) for index, verdict in enumerate(verdicts)]


def _compare_group(
    verdicts: Sequence[RowVerdict], indexes: Sequence[int], *, added: dict[int, list[RowFinding]]
) -> None:
    keys = {index: _key_meaning(verdicts[index].draft) for index in indexes}
    is_conflict = len({key for key in keys.values() if key is not None}) > 1
    for index in indexes if is_conflict else indexes[1:]:
        code = "conflicting_keys" if is_conflict else "duplicate_item"
        severity = Verdict.HOLD if is_conflict else Verdict.WARNING
        other = _others(verdicts, indexes, index=index) if is_conflict else _row_name(verdicts[indexes[0]])
        added[index].append(RowFinding(code, severity, None, {"other": other}))


def _key_meaning(draft: ItemDraft | None) -> frozenset[str] | None:
    """Return the keyed texts: the same answer under another letter is no conflict. None without a key."""
    return None if draft is None else signature_of(draft.content).keyed


def _row_name(verdict: RowVerdict) -> str:
    return f"{verdict.row} ({verdict.sheet})" if verdict.sheet else str(verdict.row)


def _others(verdicts: Sequence[RowVerdict], indexes: Sequence[int], *, index: int) -> str:
    # Naming every member to every other would grow with the square of a group.
    others = [_row_name(verdicts[other]) for other in indexes[: _MAX_NAMED + 1] if other != index]
    more = ", …" if len(indexes) - 1 > len(others[:_MAX_NAMED]) else ""
    return ", ".join(others[:_MAX_NAMED]) + more


def _with_findings(verdict: RowVerdict, findings: Sequence[RowFinding]) -> RowVerdict:
    if not findings:
        return verdict
    severity = max((verdict.severity, *(f.severity for f in findings)), key=lambda s: s.rank)
    return replace(verdict, severity=severity, findings=(*verdict.findings, *findings))
