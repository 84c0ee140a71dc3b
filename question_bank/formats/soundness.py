"""What is wrong with the text of a question whatever format it came in: damaged letters, a basis that tells the key."""

import re
from collections.abc import Sequence
from dataclasses import replace

from question_bank.formats.fixes import BASIS
from question_bank.formats.reading import RowFinding, RowVerdict, Verdict
from question_bank.text import plain
from question_bank.types.content import ItemContent, option_label

_AROUND = 30
# What two bytes of UTF-8 look like in windows-1252; sound Vietnamese has no such pairs.
_MOJIBAKE = re.compile("Ã[\u00a1-\u00bf]|á[º»][\u00a1-\u00bf\u0152-\u2122]|Ä[\u0090\u0091‘]|Æ[°¡]")


def checked_rows(verdicts: Sequence[RowVerdict]) -> list[RowVerdict]:
    """Return the verdicts with findings on their text; damaged letters block the row until it is typed again."""
    return [verdict if verdict.draft is None else _checked(verdict) for verdict in verdicts]


def text_findings(content: ItemContent) -> list[RowFinding]:
    """Return what is to be said about the texts of one item."""
    texts = [(place, plain(text)) for place, text in content.texts()]
    findings: list[RowFinding] = []
    for _place, text in [*texts, ("rationale", plain(content.rationale))]:
        found = "\ufffd" in text and text.index("\ufffd")
        match = _MOJIBAKE.search(text)
        if found is not False or match:
            start = max(0, (match.start() if match else int(found)) - _AROUND)
            shown = text[start : start + 2 * _AROUND].replace("\ufffd", "□")
            findings.append(RowFinding("broken_characters", Verdict.ERROR, None, {"text": shown}))
            break
    carrying = [
        (place, m["basis"]) for place, text in texts if "options/" in place and (m := BASIS.search(text))
    ]
    if len(carrying) == 1 and carrying[0][0].startswith("options/"):
        place, basis = carrying[0]
        params = {"label": option_label(int(place.rpartition("/")[2])), "text": basis.strip()[:120]}
        findings.append(RowFinding("basis_in_option", Verdict.WARNING, None, params))
    return findings


def _checked(verdict: RowVerdict) -> RowVerdict:
    assert verdict.draft is not None
    findings = text_findings(verdict.draft.content)
    if not findings:
        return verdict
    severity = max((verdict.severity, *(f.severity for f in findings)), key=lambda s: s.rank)
    return replace(verdict, severity=severity, findings=(*verdict.findings, *findings))
