"""GIFT, Moodle's question format for text files: read with a verdict per question, and written.

What Moodle's fields do not hold goes into tags (`moodle_tags`), so what was written here reads back the same.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from question_bank.formats.encoding import Encoding, UnreadableText, decode
from question_bank.formats.foreign import foreign_text
from question_bank.formats.gift_parsing import parse
from question_bank.formats.moodle_export import question_of, unsupported_fields
from question_bank.formats.moodle_question import MoodleQuestion, MoodleText
from question_bank.formats.moodle_reading import reading_of
from question_bank.formats.reading import ImportReading
from question_bank.formats.unsupported import Unsupported, UnsupportedItem
from question_bank.items import ItemDraft, semantic_hash
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule

_CONTROL = re.compile(r"[\\~=#{}:]")
_PERCENT = Decimal("0.00001")
"""The digits that Moodle compares weights by."""
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
    if isinstance(draft.content, MultipleChoice) and draft.content.rule is MultipleChoiceRule.ALL_OR_NOTHING:
        return Unsupported("rule_not_supported")
    if reason := unsupported_fields(draft):
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
    if question.kind == "truefalse":
        return "TRUE" if question.answers[0].fraction == 1 else "FALSE"
    lines: list[str] = []
    for answer in question.answers:
        if question.is_single:
            mark = "=" if answer.fraction == 1 else "~"
        else:
            mark = f"~%{(answer.fraction * 100).quantize(_PERCENT).normalize():f}%"
        lines.append(f"\n{mark}{_escape_answer(answer.text)}")
    return "".join(lines)


def _escape_answer(text: MoodleText) -> str:
    # A leading bracket would name a markup, a leading percentage a weight.
    return ("[html]" if text.source[:1] in ("[", "%") else "") + _escape(text.source)


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda match: "\\" + match[0], text).replace("\n", "\\n")


def _escape_mark(text: str) -> str:
    return text.replace("]", "\\]")
