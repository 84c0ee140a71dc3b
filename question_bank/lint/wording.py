"""Flaws of wording: what gives the key away, what misleads, what names no source."""

import re
from collections.abc import Iterator

from question_bank.items import AnyContent
from question_bank.lint.combinations import find_combination
from question_bank.lint.findings import Finding, Fix, FixKind, Severity
from question_bank.lint.fixes import NEGATION
from question_bank.lint.lists import entry_lists
from question_bank.text import clean_text, images_without_alternative, plain
from question_bank.types.content import option_label

_CUE_RATIO = 1.5
_CUE_MIN_EXCESS_CHARS = 25
_VAGUE = re.compile(
    r"(?:theo )?(?:các )?(?:quy định|pháp luật|văn bản)(?: của pháp luật| pháp luật)? (?:hiện hành|hiện nay)",
    re.IGNORECASE,
)
_NEGATIVE_QUESTION = re.compile(
    r"không (?:phải|đúng|thuộc|bao gồm|được|chính xác)|\bngoại trừ\b|\btrừ\b|\bsai\b|chưa đúng", re.IGNORECASE
)
_TWICE_NEGATED = re.compile(
    r"không (?:phải |thể )?(?:là )?không\b|không (?:đúng|sai)[^.;,?]*\bkhông\b", re.IGNORECASE
)
_ABSOLUTE = re.compile(
    r"\b(?:luôn luôn|trong mọi trường hợp|bất kỳ lúc nào|không bao giờ|tuyệt đối|hoàn toàn không|chỉ duy nhất)\b",
    re.IGNORECASE,
)
_EMPHASISED = re.compile(r"<(b|strong|u|em)>(?:(?!</\1>).)*</\1>", re.DOTALL)
_SPREADSHEET_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+)?")


def check_vague_references(content: AnyContent) -> Iterator[Finding]:
    """Yield "theo quy định hiện hành" and its like: no document is named."""
    for place, text in content.texts():
        if match := _VAGUE.search(plain(text)):
            yield Finding("vague_reference", Severity.WARNING, place, {"text": match.group()})


def check_negations(content: AnyContent) -> Iterator[Finding]:
    """Yield two negations that meet, in the stem or between stem and option; else an unmarked negative stem."""
    (_stem, rich), *others = content.texts()
    question = plain(rich)
    if match := _TWICE_NEGATED.search(question):
        yield Finding("double_negation", Severity.INFO, "stem", {"text": match.group()})
        return
    asked = _NEGATIVE_QUESTION.search(question)
    meetings = [
        (place, clean_text(text)[:60])
        for place, text in ((place, plain(own)) for place, own in others)
        if asked and re.match(r"không\b", text, re.IGNORECASE) and not find_combination(text)
    ]
    for place, text in meetings:
        params = {"text": f"{asked.group() if asked else ''} … {text}"}
        yield Finding("double_negation", Severity.INFO, place, params)
    unmarked = NEGATION.search(_EMPHASISED.sub(" ", rich))
    if unmarked and not meetings and not unmarked.group().isupper():
        fix = Fix(FixKind.EMBOLDEN, place="stem")
        yield Finding("negative_stem", Severity.INFO, "stem", {"text": unmarked.group()}, fix)


def check_length_cue(content: AnyContent) -> Iterator[Finding]:
    """Yield a key that is much longer than every distractor."""
    for entries in entry_lists(content):
        ids = {entry.id for entry in entries.entries}
        if not entries.keys or not entries.keys <= ids or content.problems():
            continue
        lengths = {e.id: len(plain(e.text)) for e in entries.entries if not find_combination(plain(e.text))}
        keyed = [lengths[key] for key in entries.keys if key in lengths]
        others = [length for own, length in lengths.items() if own not in entries.keys]
        if not keyed or len(others) < 2:
            continue
        shortest, longest = min(keyed), max(others)
        if shortest >= _CUE_RATIO * longest and shortest - longest >= _CUE_MIN_EXCESS_CHARS:
            place = f"{entries.owner}/key".lstrip("/")
            yield Finding("length_cue", Severity.INFO, place, {"key_length": shortest, "longest": longest})


def check_absolute_words(content: AnyContent) -> Iterator[Finding]:
    """Yield distractors with an absolute word that no key has."""
    for entries in entry_lists(content):
        keys = entries.keys or frozenset()
        found = {entry.id: _ABSOLUTE.search(plain(entry.text)) for entry in entries.entries}
        if not keys or any(found.get(key) for key in keys):
            continue
        for index, entry in enumerate(entries.entries):
            if match := found[entry.id]:
                params: dict[str, str | int] = {"label": option_label(index), "text": match.group()}
                yield Finding("absolute_word", Severity.INFO, f"{entries.place}/{index}", params)


def check_dates(content: AnyContent) -> Iterator[Finding]:
    """Yield options that a spreadsheet has turned into a date."""
    for entries in entry_lists(content):
        for index, entry in enumerate(entries.entries):
            if _SPREADSHEET_DATE.fullmatch(text := plain(entry.text)):
                params: dict[str, str | int] = {"label": option_label(index), "text": text}
                yield Finding("date_like_option", Severity.WARNING, f"{entries.place}/{index}", params)


def check_images(content: AnyContent) -> Iterator[Finding]:
    """Yield each text with an image that has no alternative text."""
    for place, text in (*content.texts(), ("rationale", content.rationale)):
        if images_without_alternative(text):
            yield Finding("image_without_alternative", Severity.ERROR, place)
