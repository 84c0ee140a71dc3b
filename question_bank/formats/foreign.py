"""Formats of other engines that are not read: recognised, so that the refusal can say what the file is."""

import re

from lxml import etree

_ROOTS = {
    "POOL": "Blackboard (POOL)",
    "examview": "ExamView",
    "questestinterop": "QTI 1.2",
    "respondus": "Respondus",
    "hotpot-jquiz-file": "Hot Potatoes",
    "hotpot-jcloze-file": "Hot Potatoes",
    "hotpot-jmatch-file": "Hot Potatoes",
    "moodle_backup": "bản sao lưu Moodle (backup)",
    "learnwise": "LearnWise",
}
_WEBCT = re.compile(r"^:(?:TYPE|TITLE|QUESTION):", re.MULTILINE)


def foreign_xml(root: etree._Element) -> str | None:
    """Return the name of the format that a root element belongs to, or None."""
    return _ROOTS.get(etree.QName(root).localname)


def foreign_text(text: str) -> str | None:
    """Return the name of the format that a text is in, or None."""
    return "WebCT" if len(_WEBCT.findall(text[:100_000])) >= 2 else None
