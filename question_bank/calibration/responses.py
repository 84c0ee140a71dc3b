"""The responses that are calibrated: a sparse matrix of persons by items.

A response is the share of the item's points, from 0 to 1. An item scored in parts enters with its share as it is: the
models are models of the *expected share*, fitted by the likelihood of a proportion, w (x ln P + (1 - x) ln Q). The
weight w of such an item is one over its dispersion: four independent statements count like four questions, four that
are known or unknown together like one. Items that are right or wrong have weight 1 and the plain likelihood.
Source: Papke & Wooldridge (1996), Journal of Applied Econometrics 11, 619-632; McCullagh & Nelder (1989), Generalized
Linear Models, ch. 9, for the dispersion.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from question_bank.calibration.refusals import CalibrationRefused

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

DENSE_FROM: Final = 0.25
"""From this share of seen cells on, plain arrays are faster than sparse ones."""


class NoResponses(CalibrationRefused):
    code = "no_responses"


class NotAResponse(CalibrationRefused):
    """A response is not a number from 0 to 1."""

    code = "not_a_response"


class DuplicateResponse(CalibrationRefused):
    """One person has two responses to one item."""

    code = "duplicate_response"


class UnevenResponses(CalibrationRefused):
    """Persons, items and shares are not lists of one length, or an index is out of range."""

    code = "uneven_responses"


@dataclass(frozen=True, eq=False)
class Responses:
    """`shares` holds what was earned, `seen` a one for every item that was put to the person: both
    [persons, items], CSR arrays with the same entries, or plain arrays where most cells are seen. `weight` is that of
    each item in the likelihood.
    """

    shares: Any  # csr_array or FloatArray: both know @ and .T, and no common type says so
    seen: Any
    weight: FloatArray

    @property
    def persons(self) -> int:
        return int(self.seen.shape[0])

    @property
    def items(self) -> int:
        return int(self.seen.shape[1])

    @property
    def is_dense(self) -> bool:
        return isinstance(self.seen, np.ndarray)

    @property
    def per_item(self) -> IntArray:
        """How many responses each item has."""
        return np.asarray(self.seen.sum(axis=0)).ravel().astype(np.int64)

    @property
    def per_person(self) -> IntArray:
        """How many responses each person has."""
        return np.asarray(self.seen.sum(axis=1)).ravel().astype(np.int64)

    @property
    def earned_per_item(self) -> FloatArray:
        """The sum of the shares of each item."""
        return np.asarray(self.shares.sum(axis=0), dtype=np.float64).ravel()

    @property
    def earned_per_person(self) -> FloatArray:
        """The sum of the shares of each person."""
        return np.asarray(self.shares.sum(axis=1), dtype=np.float64).ravel()

    @property
    def is_parted(self) -> npt.NDArray[np.bool_]:
        """Which items have shares between 0 and 1."""
        _person, item, share = self.entries()
        return np.bincount(item[(share > 0) & (share < 1)], minlength=self.items) > 0

    def weighted(self, weight: FloatArray) -> "Responses":
        """The same responses with other weights of the items."""
        return replace(self, weight=weight)

    def entries(self) -> tuple[IntArray, IntArray, FloatArray]:
        """(person, item, share) of every response, in the order of persons."""
        if self.is_dense:
            person, item = np.nonzero(self.seen)
            return person, item, self.shares[person, item]
        person = np.repeat(np.arange(self.persons), np.diff(self.seen.indptr))
        return person, self.seen.indices.astype(np.int64), self.shares.data

    def of_items(self, kept: npt.NDArray[np.bool_]) -> "Responses":
        """The responses to the items marked in `kept`; persons stay, also those who then have none."""
        person, item, share = self.entries()
        chosen = kept[item]
        places = np.cumsum(kept) - 1
        shape = (self.persons, int(kept.sum()))
        return _build(person[chosen], places[item[chosen]], share[chosen], shape=shape).weighted(
            self.weight[kept]
        )

    def of_persons(self, kept: npt.NDArray[np.bool_]) -> "Responses":
        """The responses of the persons marked in `kept`."""
        return Responses(self.shares[kept], self.seen[kept], self.weight)


def collect_responses(
    persons: npt.ArrayLike,
    items: npt.ArrayLike,
    *,
    shares: npt.ArrayLike,
    person_count: int,
    item_count: int,
) -> Responses:
    """The matrix of the responses (persons[k], items[k], shares[k]), in any order.

    Raises NoResponses, UnevenResponses, NotAResponse, DuplicateResponse.
    """
    person, item = np.asarray(persons, dtype=np.int64), np.asarray(items, dtype=np.int64)
    share = np.asarray(shares, dtype=np.float64)
    if not len(share):
        raise NoResponses("There are no responses to calibrate.")
    _check_places(person, item, share=share, shape=(person_count, item_count))
    if not bool((np.isfinite(share) & (share >= 0) & (share <= 1)).all()):
        worst = int(np.argmin(np.isfinite(share) & (share >= 0) & (share <= 1)))
        raise NotAResponse(
            f"Response {worst} (person {person[worst]}, item {item[worst]}) is no share from 0 to 1.",
            person=int(person[worst]),
            item=int(item[worst]),
        )
    return _build(person, item, share, shape=(person_count, item_count))


def responses_of_table(table: npt.ArrayLike) -> Responses:
    """The matrix of a table [persons, items] of shares in which NaN stands for an item that was not put.

    Raises NoResponses, UnevenResponses, NotAResponse.
    """
    cells = np.asarray(table, dtype=np.float64)
    if cells.ndim != 2:
        raise UnevenResponses("A table of responses has persons in rows and items in columns.")
    person, item = np.nonzero(~np.isnan(cells))
    return collect_responses(
        person, item, shares=cells[person, item], person_count=cells.shape[0], item_count=cells.shape[1]
    )


def _check_places(person: IntArray, item: IntArray, *, share: FloatArray, shape: tuple[int, int]) -> None:
    if not person.shape == item.shape == share.shape or person.ndim != 1:
        raise UnevenResponses("Persons, items and shares must be lists of one length.")
    outside = person.min() < 0 or item.min() < 0 or person.max() >= shape[0] or item.max() >= shape[1]
    if outside:
        raise UnevenResponses(f"An index lies outside {shape[0]} persons and {shape[1]} items.")


def _build(person: IntArray, item: IntArray, share: FloatArray, *, shape: tuple[int, int]) -> Responses:
    order = np.lexsort((item, person))
    person, item, share = person[order], item[order], share[order]
    twice = np.flatnonzero((person[1:] == person[:-1]) & (item[1:] == item[:-1]))
    if len(twice):
        first = int(twice[0])
        raise DuplicateResponse(
            f"Person {person[first]} has two responses to item {item[first]}.",
            person=int(person[first]),
            item=int(item[first]),
        )
    starts = np.searchsorted(person, np.arange(shape[0] + 1))
    if shape[0] * shape[1] and len(share) >= DENSE_FROM * shape[0] * shape[1]:
        shares, seen = np.zeros(shape), np.zeros(shape)
        shares[person, item], seen[person, item] = share, 1.0
        return Responses(shares, seen, np.ones(shape[1]))
    narrow = item.astype(np.int32)
    return Responses(
        csr_array((share, narrow, starts), shape=shape),
        csr_array((np.ones(len(share)), narrow, starts), shape=shape),
        np.ones(shape[1]),
    )
