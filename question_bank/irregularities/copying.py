"""Did one person copy from another: indices of the answers on a paper that many people had (g2, K, K1, K2, S1, S2, M4).

They need no model of the responses, only a room (or a period) with one paper. ω and GBT stand in `similarity`.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtrc, pdtr

from question_bank.irregularities.similarity import BadProbabilities, Similarity, similarity
from question_bank.statistics.figures import Floats

NO_ANSWER = -1
LEAST_CHANCE, LARGEST_CHANCE = 0.001, 0.999
MOST_STEPS = 100

Whole = NDArray[np.int64]


class NoComparison(ValueError):
    """Answers of which no index can be made; `code` is `bad_answers`, `same_person` or `source_all_right`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """The answers of everybody who had the paper, [people, items]: a whole number per option, NO_ANSWER where none was
    given (which is wrong and matches nothing); and the right option of each item."""

    answers: Whole
    key: Whole

    @property
    def is_right(self) -> NDArray[np.bool_]:
        return np.equal(self.answers, self.key)

    @property
    def wrong(self) -> Whole:
        """The number of wrong answers of each person."""
        counts: Whole = (~self.is_right).sum(axis=1)
        return counts


def room(answers: ArrayLike, key: ArrayLike) -> Room:
    """Checked answers. Raises NoComparison."""
    given, right = np.asarray(answers), np.asarray(key)
    is_table = given.ndim == 2 and right.ndim == 1 and given.shape[1:] == right.shape and given.size > 0
    if not is_table:
        raise NoComparison("bad_answers", "Answers are people by items, with one right option per item.")
    if not (
        _are_whole(given) and _are_whole(right) and bool((given >= NO_ANSWER).all() and (right >= 0).all())
    ):
        raise NoComparison("bad_answers", "Options are whole numbers from 0; -1 is no answer.")
    return Room(given.astype(np.int64), right.astype(np.int64))


def _are_whole(values: NDArray[np.generic]) -> bool:
    if values.dtype.kind in "iub":
        return True
    return values.dtype.kind == "f" and bool((np.isfinite(values) & (values == np.floor(values))).all())


@dataclass(frozen=True, slots=True)
class CopyingIndices:
    """`matching_wrong` of the source's `source_wrong` wrong answers were given by the copier too, who has
    `copier_wrong` wrong.

    `k`, `k1`, `k2` are upper tails of the binomial with the chances `p`, `p1`, `p2` of such a match; `s1` and `s2` of
    the Poisson distribution with the means `mean1` and `mean2`. S2 counts `weighted_matches`, right ones too. None
    where people fall into fewer groups than the curve has coefficients.
    """

    copier_wrong: int
    source_wrong: int
    matching_wrong: int
    weighted_matches: int
    p: float
    p1: float | None
    p2: float | None
    mean1: float | None
    mean2: float | None
    k: float
    k1: float | None
    k2: float | None
    s1: float | None
    s2: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """By number of wrong answers 0..items: mean share of the source's wrong answers that the group matches, mean
    weighted number of right matches, and the weight of a right match on each item. NaN for a group of nobody."""

    matched: Floats
    weighted: Floats
    weights: Floats


def copying_indices(one: Room, *, copier: int, source: int, options: int = 4) -> CopyingIndices:
    """How unusual it is that `copier` shares so many wrong answers with `source` (rows of the room).

    People are grouped by their number of wrong answers; the copier belongs to the group, the source to none, since one
    agrees with oneself without any chance. K takes the share of the copier's own group; K1 and K2 take it from a line
    and a parabola through the shares of all groups, kept within .001 and .999; S1 and S2 from log-linear curves
    through the mean numbers of matches. S2 adds right matches, each weighted by how rarely the group has it, with
    `options` options per item; sums of weights are rounded up.

    Source: Holland, ETS RR-96-07 (1996) (K); Sotaridona and Meijer, Journal of Educational Measurement 39 (2002),
    115–132 (K1, K2), and 40 (2003), 53–69 (S1, S2). Raises NoComparison.
    """
    people, items = one.answers.shape
    if copier == source or not (0 <= copier < people and 0 <= source < people):
        raise NoComparison("same_person", "Copier and source are two people of the room.")
    if options < 2:
        raise NoComparison("bad_answers", "An item has at least two options.")
    wrong, is_right = one.wrong, one.is_right
    at, size = int(wrong[copier]), int(wrong[source])
    if size == 0:
        raise NoComparison("source_all_right", "The source has no wrong answer that could have been copied.")
    groups = _groups(one, source=source, options=options)
    matching = int(_matches(one, source)[copier])
    both_right = is_right[copier] & is_right[source]
    weighted = matching + _up(float(groups.weights[at] @ both_right))
    p = float(groups.matched[at])
    p1, p2 = (_polynomial(groups.matched, degree, at=at) for degree in (1, 2))
    mean1 = _log_linear(size * groups.matched, at=at, most=size)
    mean2 = _log_linear(size * groups.matched + np.ceil(groups.weighted), at=at, most=items)
    return CopyingIndices(
        copier_wrong=at,
        source_wrong=size,
        matching_wrong=matching,
        weighted_matches=weighted,
        p=p,
        p1=p1,
        p2=p2,
        mean1=mean1,
        mean2=mean2,
        k=_binomial(matching, size, p),
        k1=None if p1 is None else _binomial(matching, size, p1),
        k2=None if p2 is None else _binomial(matching, size, p2),
        s1=_poisson(matching, size, mean1),
        s2=_poisson(weighted, items, mean2),
    )


def _matches(one: Room, source: int) -> Whole:
    """Per person the number of the source's wrong answers given too; open items match nothing."""
    theirs = one.answers[source]
    counts = ~one.is_right[source] & (theirs != NO_ANSWER)
    found: Whole = ((one.answers == theirs) & counts).sum(axis=1)
    return found


def _groups(one: Room, *, source: int, options: int) -> _Groups:
    items = one.answers.shape[1]
    is_right, wrong, matches = one.is_right, one.wrong, _matches(one, source)
    steep = -(options + 1)  # -(1 + g) / g with g = 1 / options
    base = exp(1) * (options + 1) / (options - 1)  # e (1 + g) / (1 - g)
    matched, weighted = np.full(items + 1, np.nan), np.full(items + 1, np.nan)
    weights = np.zeros((items + 1, items))
    for group in np.unique(wrong):
        members = np.flatnonzero(wrong == group)
        members = members[members != source]
        if not len(members):
            continue
        both = is_right[members] & is_right[source]
        weights[group] = base ** (steep * both.mean(axis=0))
        matched[group] = matches[members].mean() / wrong[source]
        weighted[group] = (both @ weights[group]).mean()
    return _Groups(matched, weighted, weights)


def _up(value: float) -> int:
    # What is left of rounding above a whole number is no further match.
    return int(np.ceil(value - 1e-9))


def _polynomial(shares: Floats, degree: int, *, at: int) -> float | None:
    known = np.flatnonzero(~np.isnan(shares))
    if len(known) <= degree:
        return None
    scale = len(shares) - 1
    design = np.vander(known / scale, degree + 1)
    coefficients = np.linalg.lstsq(design, shares[known], rcond=None)[0]
    found = float(np.polyval(coefficients, at / scale))
    return min(max(found, LEAST_CHANCE), LARGEST_CHANCE)


def _log_linear(means: Floats, *, at: int, most: int) -> float | None:
    """The mean at `at` of the curve exp(a + b x) by maximum likelihood, not above `most`."""
    known = np.flatnonzero(~np.isnan(means))
    if len(known) < 2:
        return None
    y, total = means[known], float(means[known].sum())
    if total == 0:
        return 0.0
    scale = len(means) - 1
    design = np.stack([np.ones(len(known)), known / scale], axis=1)
    found = np.array([np.log(total / len(known)), 0.0])
    for _step in range(MOST_STEPS):
        fitted = np.exp(design @ found)
        move = np.linalg.lstsq(design.T @ (fitted[:, None] * design), design.T @ (y - fitted), rcond=None)[0]
        found = found + np.clip(move, -5, 5)
        if np.abs(move).max() < 1e-12:
            break
    return min(exp(found[0] + found[1] * at / scale), float(most))


def _binomial(matches: int, size: int, chance: float) -> float:
    return 1.0 if matches == 0 else float(bdtrc(matches - 1, size, chance))


def _poisson(matches: int, most: int, mean: float | None) -> float | None:
    """P(matches ≤ X ≤ most), the tail up to as many matches as there can be."""
    if mean is None:
        return None
    below = float(pdtr(matches - 1, mean)) if matches else 0.0
    return float(pdtr(most, mean)) - below


def option_chances(one: Room, *, copier: int, source: int) -> Floats:
    """[items]: the chance that the copier gives the source's answer, from what everybody chose.

    The chance of a right answer is the share p of all people who gave it, drawn along the straight lines from 0
    (nothing right) to p (as many right as the mean of all) to 1 (all right) by the copier's number right; a wrong
    option takes its share of all wrong answers of what is left. An answer that the source did not give is left out
    (NaN). Source: Frary, Tideman and Watts, Journal of Educational Statistics 2 (1977), 235–256. Raises NoComparison.
    """
    people, items = one.answers.shape
    if copier == source or not (0 <= copier < people and 0 <= source < people):
        raise NoComparison("same_person", "Copier and source are two people of the room.")
    is_right = one.is_right
    score, mean = float(is_right[copier].sum()), float(is_right.sum(axis=1).mean())
    share = is_right.mean(axis=0)
    if score <= mean:
        right = share * score / mean if mean > 0 else share
    else:
        right = 1 - (1 - share) * (items - score) / (items - mean)
    theirs = one.answers[source]
    same = (one.answers == theirs).sum(axis=0)
    wrong = np.maximum((~is_right).sum(axis=0), 1)
    chance = np.where(is_right[source], right, (1 - right) * same / wrong)
    return np.where(theirs == NO_ANSWER, np.nan, chance)


def g2(one: Room, *, copier: int, source: int, fewest: int = 20) -> Similarity:
    """g2 of a pair: ω with chances from the options that everybody chose instead of a model; `omega` is the z.

    Source: Frary, Tideman and Watts (1977). Raises NoComparison; TooFewShared, BadProbabilities as `similarity` does.
    """
    chances = option_chances(one, copier=copier, source=source)
    is_given = ~np.isnan(chances)
    matches = int((one.answers[copier] == one.answers[source])[is_given].sum())
    return similarity(matches, chances[is_given], fewest=fewest)


def m4(
    right_matches: int, wrong_matches: int, *, right_chances: ArrayLike, wrong_chances: ArrayLike
) -> float:
    """How unusual it is that two people share so many right and so many wrong answers, both at once.

    The chances, [items], are those of both giving the right answer, and of both giving the same wrong one. Of all
    pairs of numbers the probabilities of those are summed that are no likelier to be reached or passed (both numbers)
    than the observed ones. Source: Maynes, in Kingston and Clark (eds.), Test Fraud (2014), 53–80 (M4; generalised
    trinomial). Raises BadProbabilities.
    """
    right, wrong = np.asarray(right_chances, dtype=np.float64), np.asarray(wrong_chances, dtype=np.float64)
    items = len(right) if right.ndim == 1 else 0
    sound = items > 0 and right.shape == wrong.shape and bool((right >= 0).all() and (wrong >= 0).all())
    if not sound or not bool((right + wrong <= 1 + 1e-12).all()):
        raise BadProbabilities(
            "Each item needs a chance of a right and of a wrong match, together at most 1."
        )
    if right_matches < 0 or wrong_matches < 0 or right_matches + wrong_matches > items:
        raise BadProbabilities(f"{right_matches} and {wrong_matches} matches of {items} items")
    found = _trinomial(right, wrong)
    reached = found[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
    # Sums in another order differ in the last digits; equal ones must not be torn apart.
    limit = reached[right_matches, wrong_matches] * (1 + 1e-12)
    return float(min(found[reached <= limit].sum(), 1.0))


def _trinomial(right: Floats, wrong: Floats) -> Floats:
    """[right matches, wrong matches]: the distribution of both numbers."""
    items = len(right)
    found = np.zeros((items + 1, items + 1))
    found[0, 0] = 1.0
    for p, q in zip(right, wrong, strict=True):
        fresh = found * max(1 - p - q, 0.0)
        fresh[1:, :] += p * found[:-1, :]
        fresh[:, 1:] += q * found[:, :-1]
        found = fresh
    return found
