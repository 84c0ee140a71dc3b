"""What the pages of an import show of its rows."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from exam_service.bank.import_editing import RowFix, fixes_of
from exam_service.bank.import_rows import ImportRow
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import ItemImport
from exam_service.bank.presentation import Shown, key_text, with_key
from exam_service.bank.sentences import level_name, row_finding_sentence
from exam_service.bank.similar.importing import NearNotes
from exam_service.i18n import N_
from exam_service.i18n import gettext as _

FIX_LABELS: dict[str, str] = {
    "key": N_("Lấy %(shown)s làm đáp án"),
    "multiple": N_("Đổi thành câu nhiều lựa chọn (%(shown)s)"),
    "option": N_("Ghi lại: %(shown)s"),
    "level": N_("Ghi mức %(shown)s"),
    "drop": N_("Bỏ phương án %(shown)s"),
    "basis": N_("Chuyển “%(shown)s” vào căn cứ"),
}


@dataclass(frozen=True)
class FixView:
    """A button that repairs one finding; `value` is what it posts."""

    label: str
    value: str


@dataclass(frozen=True)
class RowView:
    """A row as the table shows it; `shown` is there where its plain text does not say all (images, formulas)."""

    row: ImportRow
    sentences: list[tuple[str, str]]
    codes: str
    fixes: list[FixView]
    key: str
    level: str
    competency: str
    near: NearNotes
    shown: Shown | None
    is_ticked: bool
    decision: str

    @property
    def id(self) -> int:
        return self.row.index

    @property
    def name(self) -> str:
        return _("dòng %(row)s", row=self.row.row)


@dataclass(frozen=True)
class KindView:
    """Findings of one kind over the whole file: an example, how many rows, how many one click repairs."""

    code: str
    severity: str
    example: str
    count: int
    fixable: int


def row_view(row: ImportRow, choice: ImportChoice | None, *, near: NearNotes, media_at: str) -> RowView:
    """The row as the table shows it; `choice` is what was chosen before a refusal, `media_at` where its images are."""
    draft = row.item_draft()
    findings = row.row_findings()
    return RowView(
        row=row,
        sentences=[(found.severity.value, row_finding_sentence(found)) for found in findings],
        codes=" ".join(dict.fromkeys(found.code for found in findings)),
        fixes=[_fix_view(fix) for fix in fixes_of(row)],
        key=key_text(draft.content) if draft else "–",
        level=level_name(draft.level) if draft else "",
        competency=(draft.competency or "") if draft else "",
        near=near,
        shown=with_key(draft.content, media_at=media_at) if draft and _is_illustrated(row) else None,
        is_ticked=row.is_proposed if choice is None else row.index in choice.rows,
        decision=choice.decisions.get(row.index, "") if choice else "",
    )


def _is_illustrated(row: ImportRow) -> bool:
    text = json.dumps(row.draft)
    return "<img" in text or "<math" in text


def media_address(found: ItemImport) -> str:
    """Where the images of an import are: with the import until it is committed, then with the bank."""
    return f"/bank/imports/{found.id}/media/" if found.state == "previewed" else "/bank/media/"


def _fix_view(wanted: RowFix) -> FixView:
    fix = wanted.fix
    shown = level_name(fix.argument) if fix.action == "level" else fix.shown
    return FixView(_(FIX_LABELS[fix.action], shown=shown), f"{wanted.code}|{fix.action}|{fix.argument}")


def parse_fix(value: str) -> tuple[str, str, str]:
    """(finding, action, argument) of a posted fix; the argument may hold any sign."""
    code, _bar, rest = value.partition("|")
    action, _bar, argument = rest.partition("|")
    return code, action, argument


def kinds_of(views: Sequence[RowView]) -> list[KindView]:
    """The kinds of findings that ask for something, most frequent first."""
    counts: Counter[str] = Counter()
    fixable: Counter[str] = Counter()
    examples: dict[str, tuple[str, str]] = {}
    for view in views:
        seen = set()
        for kept, (severity, sentence) in zip(view.row.findings, view.sentences, strict=True):
            code = kept["code"]
            if severity == "ok" or code in seen:
                continue
            seen.add(code)
            counts[code] += 1
            examples.setdefault(code, (severity, sentence))
        for code in seen:
            fixable[code] += sum(fix.value.startswith(f"{code}|") for fix in view.fixes) == 1
    return [
        KindView(code, examples[code][0], examples[code][1], count, fixable[code])
        for code, count in counts.most_common()
    ]


def grouped(rows: Sequence[ImportRow]) -> list[ImportRow]:
    """Rows that share a stem stand together, where the first of them stands."""
    return sorted(rows, key=lambda row: (row.index if row.group is None else row.group, row.index))


def cell_fields(cells: dict[Any, str]) -> dict[str, str]:
    """The cells of a row's form by the names of their fields."""
    return {
        f"option_{place}" if isinstance(place, int) else place.name.lower(): text
        for place, text in cells.items()
    }
