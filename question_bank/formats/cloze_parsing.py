"""Answers embedded in a text, such as `{1:SHORTANSWER:=Hà Nội~%50%Thăng Long}`: Moodle's cloze language.

Source: Moodle documentation, "Embedded Answers (Cloze) question type"; question/type/multianswer/questiontype.php
of Moodle 5.1 (rules re-stated, no code taken).
"""

import html
import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from question_bank.formats.moodle_question import (
    MoodleAnswer,
    MoodleGap,
    MoodleText,
    TextFormat,
    percent_text,
)

_KINDS = {
    "NUMERICAL": "numerical",
    "NM": "numerical",
    "SHORTANSWER": "shortanswer",
    "SA": "shortanswer",
    "MW": "shortanswer",
    "MULTICHOICE": "multichoice",
    "MC": "multichoice",
    "MULTIRESPONSE": "multiresponse",
    "MR": "multiresponse",
}
_START = re.compile(
    r"\{(?P<weight>[0-9]{0,4}):(?P<name>NUMERICAL|NM"
    r"|(?:SHORTANSWER|MULTICHOICE|MULTIRESPONSE)(?:_[A-Z]{1,2})?|(?:SA|MW|MC|MR)(?:C|VS|HS|V|H|S)?):"
)
_ALTERNATIVES = re.compile(r"(?:\\.|[^\\}])+?\}", re.DOTALL)
_PART = re.compile(r"(?:\\.|&#?\w{1,10};|[^\\~])*", re.DOTALL)
_ANSWER = re.compile(r"(?:\\.|&#[0-9a-zA-Z]{1,8};|[^\\#])*", re.DOTALL)
_WEIGHT = re.compile(r"(?P<right>=)|%(?P<percent>-?[0-9]{1,3}(?:[.,][0-9]{0,8})?)%")
_ESCAPE = re.compile(r"""\\([}#~/"'\\])""")
_NEEDS_ESCAPE = re.compile(r"[}#~\\]")


class MalformedGap(ValueError):
    """An embedded answer that is not closed, or whose weight is no share; `code` and `params` name the sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.params = code, {"text": text[:60]}


def has_gaps(text: str) -> bool:
    """Tell whether a text holds embedded answers."""
    return _START.search(text) is not None


def split_gaps(text: str) -> tuple[str, tuple[MoodleGap, ...]]:
    """Return the text with `{#1}`, `{#2}` … where answers were embedded, and these.

    Raises:
        MalformedGap: `gap_not_closed`, `fraction_refused`.
    """
    pieces: list[str] = []
    gaps: list[MoodleGap] = []
    at = 0
    while start := _START.search(text, at):
        body = _ALTERNATIVES.match(text, start.end())
        if body is None:
            raise MalformedGap("gap_not_closed", text[start.start() :])
        gaps.append(_gap(start["name"], start["weight"], text[start.end() : body.end() - 1]))
        pieces += [text[at : start.start()], f"{{#{len(gaps)}}}"]
        at = body.end()
    return "".join([*pieces, text[at:]]), tuple(gaps)


def _gap(name: str, weight: str, alternatives: str) -> MoodleGap:
    base, letters = _base_and_letters(name)
    kind = _KINDS[base]
    answers = tuple(_alternative(part, kind=kind) for part in _parts(alternatives))
    made = MoodleGap(kind, answers, weight=int(weight or 1) or 1)
    if kind == "shortanswer":
        return replace(made, is_case_sensitive="C" in letters)
    is_list = "V" in letters or "H" in letters
    return replace(made, is_list=is_list, is_shuffled="S" in letters)


def _base_and_letters(name: str) -> tuple[str, str]:
    if name in _KINDS:
        return name, ""
    base, mark, letters = name.partition("_")
    return (base, letters) if mark else (name[:2], name[2:])


def _parts(alternatives: str) -> list[str]:
    parts: list[str] = []
    at = 0
    while at <= len(alternatives):
        match = _PART.match(alternatives, at)
        assert match is not None
        end = match.end()
        if end < len(alternatives) and alternatives[end] != "~":
            end = alternatives.find("~", end)
            end = len(alternatives) if end < 0 else end
        parts.append(alternatives[at:end])
        at = end + 1
    return parts


def _alternative(part: str, *, kind: str) -> MoodleAnswer:
    fraction, rest = Decimal(0), part.strip()
    if match := _WEIGHT.match(rest):
        fraction, rest = _share(match), rest[match.end() :]
    answer = _ANSWER.match(rest)
    end = answer.end() if answer else len(rest)
    comment = _unescaped(rest[end + 1 :]).strip()
    feedback = MoodleText(comment) if comment else None
    shown = _unescaped(rest[:end]).strip()
    if kind in ("multichoice", "multiresponse"):
        return MoodleAnswer(MoodleText(shown), fraction, feedback)
    typed, tolerance = html.unescape(shown), ""
    if kind == "numerical":
        typed, _, tolerance = typed.partition(":")
    return MoodleAnswer(MoodleText(typed.strip(), TextFormat.PLAIN), fraction, feedback, tolerance.strip())


def _share(match: re.Match[str]) -> Decimal:
    if match["right"]:
        return Decimal(1)
    try:
        percent = Decimal(match["percent"].replace(",", "."))
    except InvalidOperation:
        raise MalformedGap("fraction_refused", match["percent"]) from None
    if not -100 <= percent <= 100:
        raise MalformedGap("fraction_refused", match["percent"])
    return percent / 100


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(r"\1", text)


def gap_markup(gap: MoodleGap) -> str:
    """Return the embedded answer as Moodle writes it."""
    names = {"multichoice": "MULTICHOICE", "shortanswer": "SHORTANSWER", "numerical": "NUMERICAL"}
    letters = (
        "C" if gap.is_case_sensitive else ("V" if gap.is_list else "") + ("S" if gap.is_shuffled else "")
    )
    name = names[gap.kind] + (f"_{letters}" if letters else "")
    alternatives = (_weight_mark(answer) + _escaped(answer) for answer in gap.answers)
    return f"{{{gap.weight}:{name}:{'~'.join(alternatives)}}}"


def _weight_mark(answer: MoodleAnswer) -> str:
    return "=" if answer.fraction == 1 else f"%{percent_text(answer.fraction)}%"


def _escaped(answer: MoodleAnswer) -> str:
    is_plain = answer.text.format is TextFormat.PLAIN
    text = html.escape(answer.text.source, quote=False) if is_plain else answer.text.source
    text = _NEEDS_ESCAPE.sub(lambda match: "\\" + match[0], text)
    return f"{text}:{answer.tolerance}" if answer.tolerance else text
