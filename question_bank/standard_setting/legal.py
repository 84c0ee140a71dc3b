"""Cut scores that a legal text fixes: no panel may change them, and the text is named wherever they count."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final


@dataclass(frozen=True)
class LegalCut:
    """The share of the points, inclusive, that the text asks for; of the whole paper, or of every section too."""

    code: str
    source: str
    percent: Decimal
    is_per_section: bool = False

    def marks(self, max_points: Decimal | Fraction) -> Fraction:
        return Fraction(self.percent) * Fraction(max_points) / 100


LEGAL_CUTS: Final = (
    LegalCut("nd170_2025", "170/2025/NĐ-CP", Decimal(50)),
    LegalCut("nd06_2023", "06/2023/NĐ-CP", Decimal(50)),
    LegalCut("nd138_2020", "138/2020/NĐ-CP", Decimal(50), is_per_section=True),
)
