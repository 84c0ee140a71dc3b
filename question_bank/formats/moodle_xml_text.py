"""Texts and switches in the elements of Moodle XML."""

import html

from lxml import etree

from question_bank.formats.moodle_media import QuestionFiles
from question_bank.formats.moodle_question import MoodleText, TextFormat

_FORMATS = {
    "html": TextFormat.HTML,
    "moodle_auto_format": TextFormat.MOODLE,
    "plain_text": TextFormat.PLAIN,
    "markdown": TextFormat.MARKDOWN,
}


def text_of(element: etree._Element | None, files: QuestionFiles | None = None) -> MoodleText:
    """Return an element's text, from its `text` child or, in old files, directly.

    With `files`, pictures in the text become media of the question.
    """
    if element is None:
        return MoodleText("")
    form = _FORMATS.get(element.get("format", "html"), TextFormat.HTML)
    holder = element.find("text")
    holder = element if holder is None else holder
    if len(holder) and holder is not element:
        # Markup that should have been escaped: what was meant is the markup.
        inner = [html.escape(holder.text or "", quote=False)]
        inner += [etree.tostring(child, encoding="unicode") for child in holder]
        text = "".join(inner).strip()
    else:
        text = (holder.text or "").strip()
    return MoodleText(files.with_pictures(text, element) if files else text, form)


def is_set(element: etree._Element, name: str, *, default: bool) -> bool:
    """Tell whether a switch of the question is on."""
    value = (element.findtext(name) or element.findtext(f"{name}/text") or "").strip().lower()
    return value in ("true", "1") if value else default
