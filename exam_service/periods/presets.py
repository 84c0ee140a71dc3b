"""Presets of an exam, each named after the text or practice that it follows; all of it may be edited afterwards."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from exam_service.i18n import N_


@dataclass(frozen=True)
class Band:
    """A level of results from a share of the points (included) up to where the next better one begins."""

    code: str
    label: str
    from_percent: Decimal


@dataclass(frozen=True)
class Preset:
    """Times and thresholds; `question_count` is what the blueprint should add up to (0: as the blueprint says)."""

    code: str
    title: str
    source: str
    question_count: int
    duration_min: int
    late_limit_min: int
    cut_percent: Decimal
    bands: tuple[Band, ...]


def four_bands(excellent: int, good: int, cut: int) -> tuple[Band, ...]:
    """The four bands, best first; no text in force fixes their limits, so they are always editable."""
    return (
        Band("excellent", N_("Xuất sắc"), Decimal(excellent)),
        Band("good", N_("Tốt"), Decimal(good)),
        Band("satisfactory", N_("Đạt yêu cầu"), Decimal(cut)),
        Band("unsatisfactory", N_("Không đạt"), Decimal(0)),
    )


DEFAULT_BANDS: Final = four_bands(90, 70, 50)

PRESETS: Final = (
    Preset(
        "nd170_2025",
        N_("60 câu, 60 phút, từ 50\u00a0%"),
        N_("Nghị định 170/2025/NĐ-CP, vòng 1"),
        60,
        60,
        10,
        Decimal(50),
        DEFAULT_BANDS,
    ),
    Preset(
        "nd06_2023_university",
        N_("100 câu, 120 phút, từ 50\u00a0%"),
        N_("Nghị định 06/2023/NĐ-CP, trình độ đại học"),
        100,
        120,
        10,
        Decimal(50),
        DEFAULT_BANDS,
    ),
    Preset(
        "nd06_2023_college",
        N_("80 câu, 100 phút, từ 50\u00a0%"),
        N_("Nghị định 06/2023/NĐ-CP, trình độ trung cấp, cao đẳng"),
        80,
        100,
        10,
        Decimal(50),
        DEFAULT_BANDS,
    ),
    Preset(
        "quang_tri_2024",
        N_("60 câu, 60 phút, bốn mức (mốc tự đặt)"),
        N_("theo đợt sát hạch thí điểm Quảng Trị, tháng 11/2024"),
        60,
        60,
        10,
        Decimal(50),
        DEFAULT_BANDS,
    ),
)
