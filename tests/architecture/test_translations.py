"""Every sentence that a user may read is there in English too, with the same places to fill."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from exam_service import i18n

SERVICE = Path(i18n.__file__).parent
KEYWORDS = {"_": None, "N_": None, "gettext": None}
PLACE = re.compile(r"%\((\w+)\)[sd]|%%")


def sources() -> list[Path]:
    found = [*SERVICE.rglob("*.html"), *SERVICE.rglob("*.py")]
    return sorted(path for path in found if any(True for _sentence in sentences_of(path)))


def sentences_of(path: Path) -> Iterator[str]:
    """The message keys of a template or a module, the messages of its refusals included."""
    if path.suffix == ".html":
        with path.open("rb") as file:
            yield from (
                str(found[1]) for found in extract("jinja2.ext:babel_extract", file, keywords=KEYWORDS)
            )
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str() as sentence), *_]) if (
                name in KEYWORDS
            ):
                yield sentence
            case ast.ClassDef(body=body):
                yield from _message_of_refusal(body)


def _message_of_refusal(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="message")], value=ast.Constant(value=str() as sentence)):
                yield sentence


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(SERVICE).as_posix())
def test_every_sentence_speaks_english_too(path: Path) -> None:
    english = i18n.catalogue(i18n.Language.ENGLISH)
    assert [sentence for sentence in sentences_of(path) if sentence not in english] == []


@pytest.mark.parametrize("path", sorted((SERVICE / "locales").rglob("*.po")), ids=lambda path: path.stem)
def test_a_translation_fills_the_same_places_and_stands_once(path: Path) -> None:
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    differing = [
        str(message.id)
        for message in messages
        if Counter(PLACE.findall(str(message.id))) != Counter(PLACE.findall(str(message.string)))
    ]
    assert differing == []
    written = re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [key for key, count in Counter(written).items() if count > 1] == []
