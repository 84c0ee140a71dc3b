"""Everything that marking, results and the feed say is said in English too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract

from exam_service import i18n
from exam_service.templates import HERE


def sentences(feature: str) -> Iterator[str]:
    """The keys of a feature's templates, code and refusals."""
    for path in sorted((HERE / "templates" / feature).rglob("*.html")):
        yield from keys(path, "jinja2.ext:babel_extract")
    for path in sorted((HERE / feature).rglob("*.py")):
        yield from keys(path, "python")
        yield from re.findall(r'^    message = "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)


def keys(path: Path, method: str) -> Iterator[str]:
    with path.open("rb") as file:
        for _line, found, _comments, _context in extract(method, file, keywords={"_": None, "N_": None}):
            yield found if isinstance(found, str) else found[0]


@pytest.mark.parametrize("feature", ["marking", "results", "rating_feed"])
def test_every_sentence_has_its_english_with_the_same_places(feature: str):
    english = i18n.catalogue(i18n.Language.ENGLISH)
    found = {sentence for sentence in sentences(feature) if sentence and sentence != "%(reason)s"}
    assert len(found) > 20
    assert sorted(found - english.keys()) == []
    for sentence in found:
        places = re.findall(r"%\((\w+)\)s", sentence)
        assert sorted(places) == sorted(re.findall(r"%\((\w+)\)s", english[sentence])), sentence
