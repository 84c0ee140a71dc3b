"""Which content scores every tried response exactly as the file's own processing does; nothing else is believed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pydantic import ValidationError

from question_bank.formats.qti.expressions import TooMuchProcessing
from question_bank.formats.qti.operators import UnsupportedProcessing
from question_bank.formats.qti.spaces import Content, Given, Inexpressible, Scoring, Space
from question_bank.items import parse_content
from question_bank.types.content import InvalidResponse, ItemContent

_POINTS = Decimal(1_000_000)
_TOLERANCE = Fraction(1, 10_000)
_MAX_SAMPLES = 1_500


class NotProved(ValueError):
    """No content scores as the file does; `code` and `params` name the sentence that says why."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, str | int] = params


@dataclass(frozen=True, slots=True)
class Proof:
    """A content that scores as the file does: `whole` is the file's best score, `key_score` that of its key.

    `is_cut` tells that it agrees only where scores below 0 count as 0. `whole` is 0 where the processing gives
    nothing to any response tried, so that nothing can be compared.
    """

    content: Content
    whole: Fraction
    key_score: Fraction | None
    tried: int
    is_cut: bool = False


def prove(space: Space, score: Scoring, *, stem: str) -> Proof:
    """Return the first content of the space that agrees with `score` on all samples.

    Raises:
        NotProved: `qti_scores_for_nothing`, `qti_operator_unsupported`,
            `qti_processing_too_long`, `qti_processing_differs`, `value_refused`.
    """
    try:
        return _proved(space, remembered(score), stem=stem)
    except UnsupportedProcessing as error:
        raise NotProved(error.code, name=error.name) from error
    except TooMuchProcessing as error:
        raise NotProved(error.code) from error


def _proved(space: Space, score: Scoring, *, stem: str) -> Proof:
    samples = [{}, *_distinct(space.samples(score))]
    scores = [score(given) for given in samples]
    declared = space.declared()
    whole = max(scores)
    if scores[0] > 0:
        raise NotProved("qti_scores_for_nothing")
    natives, refused = _readable(space, score, stem=stem)
    for floor in (None, Fraction(0)):
        if floor is not None and min(scores) >= 0:
            break
        expected = scores if floor is None else [max(gained, floor) for gained in scores]
        tried = list(zip(samples, expected, strict=True))
        for content, native in natives:
            if all(_agrees(native, space, given, gained, whole=whole) for given, gained in tried):
                key_score = None if declared is None else score(declared)
                return Proof(content, whole, key_score, len(samples), is_cut=floor is not None)
    if refused and not natives:
        raise NotProved("value_refused", field=refused)
    raise NotProved("qti_processing_differs")


def _readable(space: Space, score: Scoring, *, stem: str) -> tuple[list[tuple[Content, ItemContent]], str]:
    """Return the contents that are within all limits, and what was beyond one in the others."""
    found: list[tuple[Content, ItemContent]] = []
    refused = ""
    for content in space.contents(score):
        try:
            found.append((content, parse_content({**content, "stem": stem})))
        except ValidationError as error:
            refused = ".".join(str(part) for part in error.errors()[0]["loc"])[:60]
    return found, refused


def remembered(score: Scoring) -> Scoring:
    """Return the same scoring, which asks the processing only once about each response."""
    known: dict[object, Fraction] = {}

    def scored(given: Given) -> Fraction:
        key = _spelling(given)
        if key not in known:
            known[key] = score(given)
        return known[key]

    return scored


def _spelling(given: Given) -> tuple[object, ...]:
    held = ((name, value) for name, value in given.items() if value is not None)
    return tuple(sorted((name, tuple(map(repr, value.items))) for name, value in held))


def _distinct(samples: Iterator[Given]) -> Iterator[Given]:
    seen: set[tuple[object, ...]] = set()
    for given in samples:
        key = _spelling(given)
        if key and key not in seen:
            seen.add(key)
            yield given
        if len(seen) >= _MAX_SAMPLES:
            return


def native_share(content: ItemContent, answer: object | None) -> Fraction:
    """Return the share that the content gives an answer in its own form.

    Raises:
        InvalidResponse: the item cannot hold the answer.
    """
    response = None if answer is None else content.parse_response(answer)
    return Fraction(content.score(response, _POINTS).points) / Fraction(_POINTS)


def _agrees(content: ItemContent, space: Space, given: Given, gained: Fraction, *, whole: Fraction) -> bool:
    try:
        share = native_share(content, space.answer(given))
    except (Inexpressible, InvalidResponse):
        return True  # nobody can answer this here
    return abs(share * whole - gained) <= _TOLERANCE * abs(whole)
