"""Words for things that no longer exist (huyện, thị trấn, …): a maintained list, and where a text uses them."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from question_bank.lint import Finding, Severity
from question_bank.text import clean_text

MESSAGES: dict[str, dict[str, str]] = {
    "abolished_term": {
        "vi": "“{text}” không còn từ {since} ({by}). {advice_vi}",
        "en": "“{text}” has been abolished since {since} ({by}). {advice_en}",
    },
}
_SENTENCE = re.compile(r"[^\n;?!.]*(?:[.](?=\S)[^\n;?!.]*)*")


@dataclass(frozen=True)
class AbolishedTerm:
    """One entry of the list; `pattern` finds the words, `exceptions` what only looks like them."""

    id: str
    pattern: re.Pattern[str]
    since: date
    by: str
    advice_vi: str
    advice_en: str
    exceptions: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class TermList:
    """The maintained list, and the expressions by which a sentence shows that it speaks of the past."""

    terms: tuple[AbolishedTerm, ...]
    historical: re.Pattern[str]


def _whole_words(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def _term(raw: dict[str, Any]) -> AbolishedTerm:
    return AbolishedTerm(
        raw["id"],
        _whole_words(raw["patterns"]),
        raw["since"],
        raw["by"],
        raw["advice_vi"],
        raw["advice_en"],
        tuple(_whole_words([pattern]) for pattern in raw["exceptions"]),
    )


@cache
def term_list() -> TermList:
    """Return the list of `abolished_terms.toml`."""
    raw = tomllib.loads(files(__package__).joinpath("abolished_terms.toml").read_text(encoding="utf-8"))
    return TermList(tuple(_term(entry) for entry in raw["term"]), _whole_words(raw["historical"]))


def abolished_terms(texts: Iterable[tuple[str, str]], *, on: date) -> tuple[Finding, ...]:
    """Return one finding for each term and place, in reading order.

    `texts` are (place, plain text). A term counts from the day it was abolished on; sentences about the past and
    proper names do not. In the stem (or anything but an option) a finding is a warning, in an option advice: a wrong
    option may well name what no longer exists.
    """
    return tuple(finding for place, text in texts for finding in _in_text(place, clean_text(text), on))


def _in_text(place: str, text: str, on: date) -> Iterator[Finding]:
    severity = Severity.INFO if "options" in place else Severity.WARNING
    for term in term_list().terms:
        words = _use_of(term, text) if term.since <= on else None
        if words is not None:
            params: dict[str, str | int] = {
                "text": words,
                "since": term.since.strftime("%d/%m/%Y"),
                "by": term.by,
                "advice_vi": term.advice_vi,
                "advice_en": term.advice_en,
            }
            yield Finding("abolished_term", severity, place, params)


def _use_of(term: AbolishedTerm, text: str) -> str | None:
    """The words, as written, of the first use of the term that is meant for today."""
    for sentence in _SENTENCE.findall(text):
        lowered = sentence.lower()
        if len(lowered) != len(sentence) or term_list().historical.search(lowered):
            continue
        excepted = [match.span() for pattern in term.exceptions for match in pattern.finditer(lowered)]
        for match in term.pattern.finditer(lowered):
            if not any(start < match.end() and match.start() < end for start, end in excepted):
                return str(sentence[match.start() : match.end()])
    return None
