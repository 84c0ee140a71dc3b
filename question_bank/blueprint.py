"""The blueprint (ma trận đề): which items a form holds, cell by cell, and whether it agrees with itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from question_bank.pool import PoolItem
from question_bank.taxonomy import LEVEL_NAMES, CognitiveLevel, CompetencyCode, is_within

Names = Mapping[str, str]
"""Words for competency, level and type codes, used in labels and sentences."""

NO_NAMES: Final[Names] = MappingProxyType({})

Language = Literal["vi", "en"]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
ItemType = Annotated[str, StringConstraints(pattern=r"^[a-z_]+$", max_length=60)]
Points = Annotated[Decimal, Field(gt=0, le=1000, max_digits=10, decimal_places=6)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)]


class Cell(BaseModel):
    """`count` items of a competency (the dotted code itself or anything below it), level and type; None
    leaves an axis open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    competency: CompetencyCode | None = None
    level: CognitiveLevel | None = None
    item_type: ItemType | None = None
    count: Annotated[int, Field(ge=1, le=500)]
    points_per_item: Points = Decimal(1)

    def accepts(self, item: PoolItem) -> bool:
        return (
            (self.competency is None or is_within(item.competency, self.competency))
            and (self.level is None or item.level == self.level)
            and (self.item_type is None or item.item_type == self.item_type)
        )

    def label(self, names: Names = NO_NAMES) -> "CellLabel":
        """What people call the cell. `names` maps competency and type codes to words."""
        competency = [names.get(self.competency, self.competency)] if self.competency else []
        item_type = [names.get(self.item_type, self.item_type)] if self.item_type else []
        level_vi = [LEVEL_NAMES[self.level]["vi"].lower()] if self.level else []
        level_en = [LEVEL_NAMES[self.level]["en"].lower()] if self.level else []
        return CellLabel(
            " × ".join(competency + level_vi + item_type) or "mọi câu hỏi",
            " × ".join(competency + level_en + item_type) or "any item",
        )


class CellLabel(NamedTuple):
    """The name of a cell in both languages, such as "Tư pháp – hộ tịch × vận dụng"."""

    vi: str
    en: str


class Section(BaseModel):
    """A part of the form with a heading. `question_count` is what the matrix says the part has, checked
    against the cells. `minimum_percent` of the part's points, inclusive, are needed to pass; None asks for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    cells: tuple[Cell, ...]
    question_count: Annotated[int, Field(ge=1)] | None = None
    # Left out of the record where nothing is asked for: bundles made before there were minimums keep their bytes.
    minimum_percent: Annotated[Percent | None, Field(exclude_if=lambda value: value is None)] = None
    shuffled: bool = True


class Blueprint(BaseModel):
    """The specification of a form. Declared totals are those printed on the approved matrix; the cells must
    add up to them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    sections: tuple[Section, ...]
    question_count: Annotated[int, Field(ge=1)] | None = None
    total_points: Points | None = None
    duration_min: Annotated[int, Field(ge=1, le=600)] | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell in order, section by section."""
        return tuple(cell for section in self.sections for cell in section.cells)

    @property
    def cell_count_sum(self) -> int:
        return sum(cell.count for cell in self.cells)

    @property
    def cell_points_sum(self) -> Decimal:
        return sum((cell.count * cell.points_per_item for cell in self.cells), Decimal(0))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot be done: a stable code, its parameters, and one sentence in each language."""

    code: str
    vi: str
    en: str
    params: Mapping[str, str | int | Decimal | tuple[str, ...]] = field(default_factory=dict)

    def sentence(self, language: Language = "vi") -> str:
        return self.vi if language == "vi" else self.en


def problems(blueprint: Blueprint, names: Names = NO_NAMES) -> tuple[Reason, ...]:
    """Everything in which the blueprint contradicts itself; empty when it may be used."""
    found = [_empty_section(section) for section in blueprint.sections if not section.cells]
    if not blueprint.sections:
        found.append(Reason("no_sections", "Ma trận đề chưa có phần nào.", "The blueprint has no section."))
    for section in blueprint.sections:
        found += _repeated_cells(section, names)
        found += _count_differs(
            section.title, declared=section.question_count, actual=sum(cell.count for cell in section.cells)
        )
    found += _count_differs(
        blueprint.title, declared=blueprint.question_count, actual=blueprint.cell_count_sum
    )
    declared = blueprint.total_points
    if declared is not None and declared != blueprint.cell_points_sum:
        actual = blueprint.cell_points_sum
        found.append(
            Reason(
                "points_differ",
                f"Ma trận ghi tổng {_comma(declared)} điểm nhưng các ô cộng lại là {_comma(actual)} điểm.",
                f"The blueprint declares {declared} points but its cells add up to {actual}.",
                {"declared": declared, "actual": actual},
            )
        )
    return tuple(found)


def _empty_section(section: Section) -> Reason:
    return Reason(
        "empty_section",
        f"Phần “{section.title}” chưa có ô nào.",
        f"Section “{section.title}” has no cell.",
        {"section": section.title},
    )


def _repeated_cells(section: Section, names: Names) -> list[Reason]:
    seen: set[tuple[str | Decimal | None, ...]] = set()
    found = []
    for cell in section.cells:
        axes = (cell.competency, cell.level, cell.item_type, cell.points_per_item)
        if axes in seen:
            label = cell.label(names)
            found.append(
                Reason(
                    "repeated_cell",
                    f"Phần “{section.title}” có hai ô “{label.vi}”; hãy gộp lại.",
                    f"Section “{section.title}” has the cell “{label.en}” twice; merge them.",
                    {"section": section.title, "cell": label.vi},
                )
            )
        seen.add(axes)
    return found


def _count_differs(title: str, *, declared: int | None, actual: int) -> list[Reason]:
    if declared is None or declared == actual:
        return []
    return [
        Reason(
            "count_differs",
            f"“{title}” ghi {declared} câu nhưng các ô cộng lại là {actual} câu.",
            f"“{title}” declares {declared} questions but its cells add up to {actual}.",
            {"title": title, "declared": declared, "actual": actual},
        )
    ]


def _comma(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


@dataclass(frozen=True, slots=True)
class Preset:
    """The shape of a test as a legal text fixes it. `source` names the text; `pass_percent` is inclusive."""

    code: str
    title: str
    source: str
    question_count: int
    duration_min: int
    pass_percent: int


PRESETS: Final = (
    Preset("nd170_2025_round1", "Vòng 1, Nghị định 170/2025/NĐ-CP", "170/2025/NĐ-CP", 60, 60, 50),
    Preset("nd06_2023_university", "Đại học trở lên, Nghị định 06/2023/NĐ-CP", "06/2023/NĐ-CP", 100, 120, 50),
    Preset("nd06_2023_college", "Trung cấp, cao đẳng, Nghị định 06/2023/NĐ-CP", "06/2023/NĐ-CP", 80, 100, 50),
)
