"""The blueprint (ma trận đề): which items a form holds, cell by cell, and whether it agrees with itself."""

import operator
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
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=3)]
Information = Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=3)]
Points = Annotated[Decimal, Field(gt=0, le=1000, max_digits=10, decimal_places=6)]


def _is_none(value: object) -> bool:
    # A field that says nothing is left out, so that blueprints from before it keep their bytes and hashes.
    return value is None


class Cell(BaseModel):
    """`count` items of a competency (the dotted code itself or anything below it), level and type; None
    leaves an axis open. A case or another item of several parts is one item: it is drawn as a unit.

    A `pretest` cell draws new items, as many in every form, which candidates answer like any other
    (`points_per_item` is what they are shown) and which count for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    competency: CompetencyCode | None = None
    level: CognitiveLevel | None = None
    item_type: ItemType | None = None
    count: Annotated[int, Field(ge=1, le=500)]
    points_per_item: Points = Decimal(1)
    pretest: bool = Field(default=False, exclude_if=operator.not_)

    def accepts(self, item: PoolItem) -> bool:
        return (
            self.pretest == item.pretest
            and (self.competency is None or is_within(item.competency, self.competency))
            and (self.level is None or item.level == self.level)
            and (self.item_type is None or item.item_type == self.item_type)
        )

    def label(self, names: Names = NO_NAMES) -> "CellLabel":
        """What people call the cell. `names` maps competency and type codes to words."""
        competency = [names.get(self.competency, self.competency)] if self.competency else []
        item_type = [names.get(self.item_type, self.item_type)] if self.item_type else []
        level_vi = [LEVEL_NAMES[self.level]["vi"].lower()] if self.level else []
        level_en = [LEVEL_NAMES[self.level]["en"].lower()] if self.level else []
        trial_vi, trial_en = (["câu thử nghiệm"], ["pretest"]) if self.pretest else ([], [])
        return CellLabel(
            " × ".join(competency + level_vi + item_type + trial_vi) or "mọi câu hỏi",
            " × ".join(competency + level_en + item_type + trial_en) or "any item",
        )


class CellLabel(NamedTuple):
    """The name of a cell in both languages, such as "Tư pháp – hộ tịch × vận dụng"."""

    vi: str
    en: str


class Section(BaseModel):
    """A part of the form with a heading. `question_count` is what the matrix says the part has, checked
    against the scored cells.

    `minutes` is the time that candidates are advised to give the part (nothing is locked when it is over);
    `minimum_percent` is the share of the part's points without which nobody passes, inclusive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    cells: tuple[Cell, ...]
    question_count: Annotated[int, Field(ge=1)] | None = None
    shuffled: bool = True
    minutes: Annotated[int, Field(ge=1, le=600)] | None = Field(default=None, exclude_if=_is_none)
    minimum_percent: Percent | None = Field(default=None, exclude_if=_is_none)

    @property
    def scored_cells(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if not cell.pretest)


class ExpectedTime(BaseModel):
    """Bounds on the sum of the expected times of a form's items, in seconds, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_s: Annotated[int, Field(ge=0, le=36_000)]
    most_s: Annotated[int, Field(ge=1, le=36_000)]


class Blueprint(BaseModel):
    """The specification of a form. Declared totals are those printed on the approved matrix; the scored cells
    must add up to them.

    `max_exposure_percent` and `max_unit_exposure_percent` are the largest share of all forms, and of the
    forms of the candidates of one unit, in which one item may stand. `target_percent` is the expected mark (of 100) of
    an average candidate, which else is the bank's own; `least_information` the Fisher information that every form must
    have at the cut score (the error of measurement there, in logits, is one over its root).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    sections: tuple[Section, ...]
    question_count: Annotated[int, Field(ge=1)] | None = None
    total_points: Points | None = None
    duration_min: Annotated[int, Field(ge=1, le=600)] | None = None
    expected_time: ExpectedTime | None = Field(default=None, exclude_if=_is_none)
    max_exposure_percent: Percent | None = Field(default=None, exclude_if=_is_none)
    max_unit_exposure_percent: Percent | None = Field(default=None, exclude_if=_is_none)
    target_percent: Annotated[Percent, Field(lt=100)] | None = Field(default=None, exclude_if=_is_none)
    least_information: Information | None = Field(default=None, exclude_if=_is_none)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell in order, section by section."""
        return tuple(cell for section in self.sections for cell in section.cells)

    @property
    def cell_count_sum(self) -> int:
        """Items of a form, pretest items included."""
        return sum(cell.count for cell in self.cells)

    @property
    def scored_count(self) -> int:
        return sum(cell.count for cell in self.cells if not cell.pretest)

    @property
    def cell_points_sum(self) -> Decimal:
        """What can be reached: pretest items are left out."""
        return sum((cell.count * cell.points_per_item for cell in self.cells if not cell.pretest), Decimal(0))


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
            section.title,
            declared=section.question_count,
            actual=sum(cell.count for cell in section.scored_cells),
        )
    found += _count_differs(blueprint.title, declared=blueprint.question_count, actual=blueprint.scored_count)
    found += _time_problems(blueprint) + _unscored(blueprint)
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


def _time_problems(blueprint: Blueprint) -> list[Reason]:
    found = []
    minutes = sum(section.minutes or 0 for section in blueprint.sections)
    duration = blueprint.duration_min
    if duration is not None and minutes > duration:
        found.append(
            Reason(
                "section_minutes_exceed",
                f"Thời gian gợi ý của các phần cộng lại là {minutes} phút, nhiều hơn {duration} phút làm bài.",
                f"The times advised for the sections add up to {minutes} minutes, more than the test's {duration}.",
                {"minutes": minutes, "duration": duration},
            )
        )
    limits = blueprint.expected_time
    if limits is not None and (
        limits.least_s > limits.most_s or (duration is not None and limits.least_s > 60 * duration)
    ):
        found.append(
            Reason(
                "expected_time_contradicts",
                f"Tổng thời gian dự kiến của đề từ {limits.least_s} đến {limits.most_s} giây là mâu thuẫn "
                "(giới hạn dưới lớn hơn giới hạn trên hoặc thời gian làm bài).",
                f"An expected time of {limits.least_s} to {limits.most_s} seconds contradicts itself or the time of "
                "the test.",
                {"least_s": limits.least_s, "most_s": limits.most_s},
            )
        )
    return found


def _unscored(blueprint: Blueprint) -> list[Reason]:
    """Sections without anything that counts, where something must count."""
    found = []
    if blueprint.cells and not blueprint.scored_count:
        vi, en = (
            "Đề chỉ có câu thử nghiệm, không có câu nào được tính điểm.",
            "No item of the form is scored.",
        )
        found.append(Reason("nothing_scored", vi, en))
    found += [
        Reason(
            "minimum_without_points",
            f"Phần “{section.title}” có điểm tối thiểu nhưng không có câu nào được tính điểm.",
            f"Section “{section.title}” has a minimum but no scored item.",
            {"section": section.title},
        )
        for section in blueprint.sections
        if section.minimum_percent is not None and section.cells and not section.scored_cells
    ]
    return found


def _empty_section(section: Section) -> Reason:
    return Reason(
        "empty_section",
        f"Phần “{section.title}” chưa có ô nào.",
        f"Section “{section.title}” has no cell.",
        {"section": section.title},
    )


def _repeated_cells(section: Section, names: Names) -> list[Reason]:
    seen: set[tuple[str | Decimal | bool | None, ...]] = set()
    found = []
    for cell in section.cells:
        axes = (cell.competency, cell.level, cell.item_type, cell.points_per_item, cell.pretest)
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
