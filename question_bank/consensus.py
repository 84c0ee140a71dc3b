"""The consensus of experts who ranked the same options: mean ranks, and how far the experts agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from question_bank.shares import decimal_text

_PLACES = Decimal("0.001")


class UnusableRankings(ValueError):
    """Fewer than two rankings, or rankings of different options; `code` is `unusable_rankings`."""

    code = "unusable_rankings"

    def __init__(self) -> None:
        super().__init__("a consensus needs at least two rankings of the same two or more options")


@dataclass(frozen=True, slots=True)
class Consensus:
    """`mean_ranks` of each option (1 is best) and `agreement`, Kendall's W in [0, 1], as decimal texts."""

    mean_ranks: Mapping[str, str]
    judges: int
    agreement: str


def consensus_of(rankings: Sequence[Sequence[str]]) -> Consensus:
    """Return the consensus of rankings, each a permutation of the same options, best first.

    W = 12 S / (m² (n³ - n)), with S the sum of squared deviations of the options' rank sums from their mean, m
    judges and n options; without ties, since every ranking is strict. Both figures are rounded half even to
    three places.

    Raises:
        UnusableRankings: fewer than two rankings or options, or rankings of different options.

    Source: Kendall & Babington Smith (1939), The problem of m rankings.
    """
    if len(rankings) < 2 or len(rankings[0]) < 2:
        raise UnusableRankings
    options = sorted(rankings[0])
    if len(set(options)) != len(options) or any(sorted(ranking) != options for ranking in rankings):
        raise UnusableRankings
    judges, count = len(rankings), len(options)
    sums = {option: sum(ranking.index(option) + 1 for ranking in rankings) for option in rankings[0]}
    middle = Fraction(judges * (count + 1), 2)
    spread = sum((total - middle) ** 2 for total in sums.values())
    agreement = 12 * spread / (judges**2 * (count**3 - count))
    means = {option: _rounded(Fraction(total, judges)) for option, total in sums.items()}
    return Consensus(means, judges, _rounded(Fraction(agreement)))


def _rounded(value: Fraction) -> str:
    return decimal_text((Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES))
