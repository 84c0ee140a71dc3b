"""The GIFT language: text into questions as Moodle's own importer sees them.

Source: Moodle 5.1, question/format/gift/format.php (rules re-stated, no code taken).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from question_bank.formats.cloze_parsing import MalformedGap, has_gaps, split_gaps
from question_bank.formats.moodle_question import (
    MAX_ANSWERS,
    MoodleAnswer,
    MoodleQuestion,
    MoodleText,
    TextFormat,
)
from question_bank.formats.reading import RowFinding, Verdict

_ESCAPES = {"\\\\": "\ue000", "\\:": "\ue001", "\\#": "\ue002", "\\=": "\ue003"} | {
    "\\{": "\ue004",
    "\\}": "\ue005",
    "\\~": "\ue006",
    "\\n": "\ue007",
}
_MEANINGS = str.maketrans(
    dict(zip("\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007", "\\:#={}~\n", strict=True))
)
_WRITTEN = str.maketrans({mark: escape for escape, mark in _ESCAPES.items()})
_ESCAPE = re.compile(r"\\[\\:#={}~n]")
_PRIVATE = re.compile(r"[\ue000-\ue007]")
_WEIGHT = re.compile(r"%(-*[0-9]{1,2}\.?[0-9]*)%")
_ID = re.compile(r"\[id:((?:\\\]|[^\]\x00-\x1f])+)\]")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]<>`\x00-\x1f])+)\]")
_CATEGORY = "$CATEGORY:"
_FORMATS = {form.value: form for form in TextFormat}


@dataclass(frozen=True, slots=True)
class _Block:
    row: int
    text: str
    comments: str


class _Malformed(ValueError):
    """A question that breaks the rules; `code` names the sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def parse(text: str) -> Iterator[MoodleQuestion]:
    """Yield every question and category line in order; one that breaks the rules carries an error finding.

    A question with several answers marked right in several ways is given as written: judging it is not the
    parser's part.
    """
    category = ""
    for block in _blocks(_PRIVATE.sub("", text)):
        question = _read(block)
        if question.kind == "category":
            category = question.category
            yield question
        else:
            yield replace(question, category=meaningful_category(category))


def meaningful_category(category: str) -> str:
    """Return the path without Moodle's own roots; a default category says nothing."""
    parts = [part for part in re.split(r"(?<!/)/(?!/)", category) if part and not part.startswith("$")]
    parts = parts[1:] if parts[:1] == ["top"] else parts
    return "" if len(parts) == 1 and parts[0].startswith("Default for ") else "/".join(parts)


def _blocks(text: str) -> Iterator[_Block]:
    lines: list[str] = []
    comments: list[str] = []
    start = 0
    for number, raw in enumerate([*text.split("\n"), ""], start=1):
        line = raw.strip()
        if line.startswith("//"):
            comments.append(line)
        elif line:
            start = start if lines else number
            lines.append(line)
        else:
            if lines:
                yield _Block(start, "\n".join(lines), " ".join(comments))
            lines, comments = [], []


def _read(block: _Block) -> MoodleQuestion:
    text = _ESCAPE.sub(lambda match: _ESCAPES[match[0]], block.text)
    if text.startswith(_CATEGORY):
        # A category line needs no blank line after it in files written by hand.
        head, _, rest = text.partition("\n")
        category = MoodleQuestion(
            "category", block.row, MoodleText(""), category=head[len(_CATEGORY) :].strip()
        )
        finding = RowFinding("text_after_category", Verdict.ERROR, None, {"text": rest[:80]})
        return replace(category, kind="", findings=(finding,)) if rest else category
    try:
        return _read_question(block, text)
    except _Malformed as error:
        finding = RowFinding(error.code, Verdict.ERROR, None, error.params)
        return MoodleQuestion(
            "",
            block.row,
            MoodleText(_meaning(text), TextFormat.PLAIN),
            source=block.text,
            findings=(finding,),
        )


def _read_question(block: _Block, text: str) -> MoodleQuestion:
    name = ""
    if text.startswith("::") and "::" in text[2:]:
        name, _, text = text[2:].partition("::")
        text = text.strip()
    if has_gaps(text):
        return _read_cloze(block, text, name=name)
    start, end = text.find("{"), text.find("}")
    if (start < 0) != (end < 0) or end < start:
        raise _Malformed("braces_unbalanced")
    has_answers = start >= 0
    answers = text[start + 1 : end].strip() if has_answers else ""
    if has_answers:
        # A gap is shown only where the sentence goes on after the answers.
        gap = "" if text.endswith("}") else "_____"
        text = text[:start] + gap + text[end + 1 :]
    # Braces that were not escaped cut the answers short; what was meant is for a person to say.
    is_cut = "{" in text or "}" in text
    stem = _text_of(text, TextFormat.MOODLE)
    feedback: MoodleText | None = None
    if "####" in answers:
        answers, _, general = answers.rpartition("####")
        answers, feedback = answers.strip(), _text_of(general, stem.format)
    findings = (RowFinding("braces_unbalanced", Verdict.HOLD),) if is_cut else ()
    base = replace(_base(block, stem, name=name), general_feedback=feedback, findings=findings)
    return _with_answers(base, answers) if has_answers else base


def _base(block: _Block, stem: MoodleText, *, name: str) -> MoodleQuestion:
    id_match = _ID.search(block.comments)
    return MoodleQuestion(
        "description",
        block.row,
        stem,
        name=_meaning(name).strip(),
        id_number=id_match[1].replace("\\]", "]").strip() if id_match else "",
        tags=tuple(tag.replace("\\]", "]").strip() for tag in _TAG.findall(block.comments)),
        source=block.text,
    )


def _read_cloze(block: _Block, text: str, *, name: str) -> MoodleQuestion:
    """Return a question whose braces hold cloze gaps, which Moodle itself does not read in this format."""
    try:
        shown, gaps = split_gaps(text.translate(_WRITTEN))
    except MalformedGap as error:
        raise _Malformed(error.code, **error.params) from error
    stem = _text_of(_ESCAPE.sub(lambda match: _ESCAPES[match[0]], shown), TextFormat.MOODLE)
    finding = RowFinding("gap_in_braces", Verdict.WARNING)
    return replace(_base(block, stem, name=name), kind="multianswer", gaps=gaps, findings=(finding,))


def _with_answers(base: MoodleQuestion, answers: str) -> MoodleQuestion:
    if not answers:
        return replace(base, kind="essay")
    count = answers.count("~") + answers.count("=")
    if count > 2 * MAX_ANSWERS:
        raise _Malformed("too_many_answers", count=count, limit=MAX_ANSWERS)
    if answers.startswith("#"):
        return replace(base, kind="numerical", answers=_numerical(answers[1:]))
    if "~" in answers:
        read = tuple(_choices(answers, base.text.format))
        if len(read) < 2:
            raise _Malformed("too_few_answers", count=len(read))
        return replace(base, kind="multichoice", answers=read, is_single="=" in answers)
    if "=" in answers and "->" in answers:
        return replace(base, kind="match", pairs=_pairs(answers, base.text.format))
    judgement = answers.partition("#")[0].strip()
    if judgement in ("T", "TRUE", "F", "FALSE"):
        return replace(base, kind="truefalse", answers=_judgement(answers, base.text.format))
    return replace(base, kind="shortanswer", answers=_short_answers(answers, base.text.format))


def _choices(answers: str, default: TextFormat) -> Iterator[MoodleAnswer]:
    parts = answers.replace("=", "~=").split("~")
    for part in parts if parts[0].strip() else parts[1:]:
        answer = part.strip()
        fraction = Decimal(0)
        if answer.startswith("="):
            fraction, answer = Decimal(1), answer[1:]
        elif match := _WEIGHT.match(answer):
            fraction, answer = _share(match[1]), answer[match.end() :]
        yield _answer(answer, fraction, default=default)


def _short_answers(answers: str, default: TextFormat) -> tuple[MoodleAnswer, ...]:
    read: list[MoodleAnswer] = []
    parts = answers.split("=")
    for part in parts if parts[0].strip() else parts[1:]:
        answer, fraction = part.strip(), Decimal(1)
        if match := _WEIGHT.match(answer):
            fraction, answer = _share(match[1]), answer[match.end() :]
        read.append(_answer(answer, fraction, default=default))
    if not read:
        raise _Malformed("too_few_answers", count=0)
    return tuple(read)


def _judgement(answers: str, default: TextFormat) -> tuple[MoodleAnswer, ...]:
    # The first comment answers the wrong judgement, the second the right one.
    judgement, *feedback = answers.split("#", 2)
    is_true = judgement.strip() in ("T", "TRUE")
    said = [_text_of(text.strip(), default) for text in feedback] + [None, None]
    shown = {"true": said[1] if is_true else said[0], "false": said[0] if is_true else said[1]}
    return tuple(
        MoodleAnswer(
            MoodleText(value, TextFormat.PLAIN), Decimal(int((value == "true") == is_true)), shown[value]
        )
        for value in ("true", "false")
    )


def _numerical(answers: str) -> tuple[MoodleAnswer, ...]:
    # What follows a tilde is feedback for every other number.
    answers, mark, otherwise = answers.partition("~")
    parts = answers.split("=") if "=" in answers else [answers]
    read: list[MoodleAnswer] = []
    for part in parts:
        answer, fraction = part.strip(), Decimal(1)
        if not answer:
            continue
        if match := _WEIGHT.match(answer):
            fraction, answer = _share(match[1]), answer[match.end() :]
        made = _answer(answer, fraction, default=TextFormat.PLAIN)
        value, tolerance = _value_and_tolerance(made.text.source)
        read.append(replace(made, text=MoodleText(value, TextFormat.PLAIN), tolerance=tolerance))
    if mark:
        read.append(replace(_answer(otherwise, Decimal(0), default=TextFormat.PLAIN), text=MoodleText("*")))
    if not read:
        raise _Malformed("too_few_answers", count=0)
    return tuple(read)


def _value_and_tolerance(text: str) -> tuple[str, str]:
    """Return value and tolerance of `5`, `5:0.1` or the range `4..6`."""
    try:
        if ".." in text:
            low, high = (Decimal(part.strip()[:40]) for part in text.split("..", 1))
            return str((low + high) / 2), str((high - low) / 2)
    except InvalidOperation:
        return text, ""
    value, _, tolerance = text.partition(":")
    return value.strip(), tolerance.strip() or "0"


def _pairs(answers: str, default: TextFormat) -> tuple[tuple[MoodleText, MoodleText], ...]:
    parts = answers.split("=")
    read: list[tuple[MoodleText, MoodleText]] = []
    for part in parts if parts[0].strip() else parts[1:]:
        left, arrow, right = part.partition("->")
        if not arrow:
            raise _Malformed("pair_without_arrow", text=_meaning(part.strip())[:80])
        read.append((_text_of(left.strip(), default), MoodleText(_meaning(right).strip(), TextFormat.PLAIN)))
    if len(read) < 2:
        raise _Malformed("too_few_answers", count=len(read))
    return tuple(read)


def _answer(text: str, fraction: Decimal, *, default: TextFormat) -> MoodleAnswer:
    answer, mark, comment = text.partition("#")
    feedback = _text_of(comment.strip(), default) if mark else None
    return MoodleAnswer(_text_of(answer.strip(), default), fraction, feedback)


def _share(percent: str) -> Decimal:
    try:
        value = Decimal(percent[:40])
    except InvalidOperation:
        raise _Malformed("fraction_refused", text=percent[:40]) from None
    if not -100 <= value <= 100:
        raise _Malformed("fraction_refused", text=percent[:40])
    return value / 100


def _text_of(text: str, default: TextFormat) -> MoodleText:
    text, form = text.strip(), default
    if text.startswith("[") and "]" in text:
        name, _, rest = text[1:].partition("]")
        if name in _FORMATS:
            form, text = _FORMATS[name], rest
    return MoodleText(_meaning(text).strip(), form)


def _meaning(text: str) -> str:
    return text.translate(_MEANINGS)
