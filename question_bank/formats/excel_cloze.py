"""Cloze in one cell of the house template: the gaps stand in the text, `{1:SHORTANSWER:=Hà Nội~%50%Thăng Long}`.

The notation is that of `cloze_parsing`. What it cannot say stands in the settings column, once for all gaps of a kind;
gaps that differ in it fit no spreadsheet, which the export says before.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from question_bank.formats.cloze_parsing import gap_markup, split_gaps
from question_bank.formats.drafting import Found
from question_bank.formats.moodle_export import moodle_gap
from question_bank.formats.moodle_parts import gap_fields
from question_bank.formats.moodle_question import MoodleGap, MoodleText, NotExpressible, TextFormat
from question_bank.formats.reading import Verdict
from question_bank.types.cloze import MARKER, ChoiceGap, Cloze, NumberGap, TextGap

_NUMBERED = re.compile(r"\{#([0-9]{1,3})\}")
_OF_TEXT = ("ignores_diacritics", "width")
_OF_NUMBER = ("accepts_either_reading", "unit")
SETTINGS: Mapping[str, str] = {
    "rule": "cách chấm",
    "ignores_diacritics": "bỏ qua dấu",
    "width": "độ rộng ô",
    "accepts_either_reading": "đọc cả dấu chấm thập phân",
    "unit": "đơn vị",
}
"""Field → how the settings column calls it; all but the rule are those of every gap that has the field."""
_USUAL: dict[str, Any] = {
    "ignores_diacritics": False,
    "width": "m",
    "accepts_either_reading": False,
    "unit": "",
}


def settings_of(content: Cloze) -> dict[str, Any]:
    """Return the settings that differ from the usual ones; of several values of one setting the first."""
    found: dict[str, Any] = {} if content.rule == "per_gap" else {"rule": content.rule}
    for kind, names in ((TextGap, _OF_TEXT), (NumberGap, _OF_NUMBER)):
        gaps = [gap for gap in content.gaps if isinstance(gap, kind)]
        for name in names if gaps else ():
            value = getattr(gaps[0], name)
            found |= {name: value} if value != _USUAL[name] else {}
    return found


def cloze_text(content: Cloze, shown: Callable[[str], str]) -> str:
    """Return the text with its gaps written out; `shown` makes the text of a cell from rich text."""
    by_id = {gap.id: gap for gap in content.gaps}

    def written(match: re.Match[str]) -> str:
        gap = by_id.get(match[1])
        return match[0] if gap is None else gap_markup(_shown_gap(gap, shown))

    return MARKER.sub(written, shown(content.stem))


def _shown_gap(gap: TextGap | NumberGap | ChoiceGap, shown: Callable[[str], str]) -> MoodleGap:
    made = moodle_gap(gap)
    if not isinstance(gap, ChoiceGap):
        return made
    answers = (replace(answer, text=MoodleText(shown(answer.text.source))) for answer in made.answers)
    return replace(made, answers=tuple(answers))


def read_cloze(
    text: str, settings: Mapping[str, Any], found: Found, *, rich: Callable[[str], str], is_html: bool
) -> dict[str, Any]:
    """Return stem, gaps and rule of a cell; `rich` makes rich text from that of the cell.

    Raises:
        MalformedGap: a gap that is not closed, or whose weight is no share.
    """
    bare, embedded = split_gaps(text)
    gaps = [
        _gap(gap, settings, found, name=f"g{number}", is_html=is_html)
        for number, gap in enumerate(embedded, start=1)
    ]
    stem = _NUMBERED.sub(lambda match: f"[[gap:g{match[1]}]]", rich(bare))
    rule = {"rule": settings["rule"]} if "rule" in settings else {}
    return {"stem": stem, "gaps": [gap for gap in gaps if gap is not None], **rule}


def _gap(
    gap: MoodleGap, settings: Mapping[str, Any], found: Found, *, name: str, is_html: bool
) -> dict[str, Any] | None:
    if gap.kind == "multichoice" and not is_html:
        answers = (replace(a, text=MoodleText(a.text.source, TextFormat.PLAIN)) for a in gap.answers)
        gap = replace(gap, answers=tuple(answers))
    try:
        fields = gap_fields(gap, found, place="")
    except NotExpressible as error:
        found.say(error.code, Verdict.HOLD, None, **error.params)
        return None
    names = {"text": _OF_TEXT, "number": _OF_NUMBER}.get(fields["kind"], ())
    # Here numbers are typed as in Vietnam unless the settings say otherwise.
    said = {setting: settings.get(setting, _USUAL[setting]) for setting in names}
    return {"id": name, **fields, **said, "weight": gap.weight}
