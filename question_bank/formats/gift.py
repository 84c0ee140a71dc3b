"""GIFT, Moodle's question format for text files: read with a verdict per question, and written.

What Moodle's fields do not hold goes into tags (`moodle_tags`), so what was written here reads back the same.
"""

import re
from collections.abc import Iterable

from question_bank.formats.encoding import Encoding, UnreadableText, decode
from question_bank.formats.foreign import foreign_text
from question_bank.formats.gift_parsing import parse
from question_bank.formats.moodle_export import question_of, unsupported_fields
from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion, MoodleText, percent_text
from question_bank.formats.moodle_reading import reading_of
from question_bank.formats.reading import ImportReading
from question_bank.formats.unsupported import Unsupported, UnsupportedItem
from question_bank.items import ItemDraft, semantic_hash

_CONTROL = re.compile(r"[\\~=#{}:]")
_ANSWERS = re.compile(r"\{[^{}]*[=~#]|\{\s*(?:T|F|TRUE|FALSE)?\s*\}")


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every question; `encoding` is one that a person has confirmed.

    Raises:
        UnreadableText: see `decode`; also `foreign_format`, `no_questions` and `too_many_questions`.
    """
    decoded = decode(data, confirmed=encoding)
    if (name := foreign_text(decoded.text)) is not None:
        raise UnreadableText("foreign_format", {"name": name})
    return reading_of(parse(decoded.text), findings=decoded.findings)


def looks_like_gift(text: str) -> bool:
    """Tell whether a text file holds answers in braces, the mark of this format."""
    return _ANSWERS.search(text) is not None


def unsupported(draft: ItemDraft) -> Unsupported | None:
    """Return why the draft would lose something in GIFT, or None if it reads back the same."""
    if reason := unsupported_fields(draft, is_gift=True):
        return reason
    rows = reading_of(parse(_block(question_of(draft)))).rows
    if len(rows) != 1 or rows[0].draft is None or semantic_hash(rows[0].draft) != semantic_hash(draft):
        return Unsupported("text_reads_differently")
    return None if rows[0].draft.source_id == draft.source_id else Unsupported("text_reads_differently")


def write(items: Iterable[ItemDraft]) -> bytes:
    """Return a GIFT file, UTF-8, with a question per item, the same bytes for the same items.

    Raises:
        UnsupportedItem: an item would lose something; see `unsupported`.
    """
    blocks: list[str] = []
    for index, draft in enumerate(items):
        if reason := unsupported(draft):
            raise UnsupportedItem(index, reason)
        blocks.append(_block(question_of(draft)))
    return "\n\n".join([*blocks, ""]).encode()


def template() -> bytes:
    """Return an empty file."""
    return b""


def _block(question: MoodleQuestion) -> str:
    marks = [f"[id:{_escape_mark(question.id_number)}]"] if question.id_number else []
    marks += [f"[tag:{_escape_mark(tag)}]" for tag in question.tags]
    comment = f"// {' '.join(marks)}\n" if marks else ""
    feedback = f"\n####{_escape(question.general_feedback.source)}" if question.general_feedback else ""
    return f"{comment}[html]{_escape(question.text.source)} {{{_answers(question)}{feedback}\n}}"


def _answers(question: MoodleQuestion) -> str:
    match question.kind:
        case "truefalse":
            return "TRUE" if question.answers[0].fraction == 1 else "FALSE"
        case "essay":
            return ""
        case "shortanswer":
            return "".join(f"\n={_weight(a, '%')}{_escape_typed(a.text.source)}" for a in question.answers)
        case "numerical":
            numbers = (f"\n={_weight(a, '')}{a.text.source}:{a.tolerance}" for a in question.answers)
            return "#" + "".join(numbers)
        case "match":
            pairs = (
                f"\n={_escape(left.source)} -> {_escape(right.source)}" for left, right in question.pairs
            )
            return "".join(pairs)
        case _:
            return "".join(_option(answer, is_single=question.is_single) for answer in question.answers)


def _option(answer: MoodleAnswer, *, is_single: bool) -> str:
    if is_single and answer.fraction in (0, 1):
        mark = "=" if answer.fraction == 1 else "~"
    else:
        mark = f"~%{percent_text(answer.fraction)}%"
    return f"\n{mark}{_escape_answer(answer.text)}"


def _weight(answer: MoodleAnswer, unsafe: str) -> str:
    """Return the weight where it is not all, or where the text would be taken for one."""
    is_needed = answer.fraction != 1 or (unsafe and answer.text.source.startswith(unsafe))
    return f"%{percent_text(answer.fraction)}%" if is_needed else ""


def _escape_typed(text: str) -> str:
    # A leading bracket would name a markup.
    return ("[plain]" if text.startswith("[") else "") + _escape(text)


def _escape_answer(text: MoodleText) -> str:
    # A leading bracket would name a markup, a leading percentage a weight.
    return ("[html]" if text.source[:1] in ("[", "%") else "") + _escape(text.source)


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda match: "\\" + match[0], text).replace("\n", "\\n")


def _escape_mark(text: str) -> str:
    return text.replace("]", "\\]")
