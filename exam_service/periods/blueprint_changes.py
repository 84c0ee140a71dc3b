"""What one version of a blueprint changed of another, as rows that people read."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from exam_service.i18n import gettext as _
from exam_service.i18n import language
from exam_service.periods.matrix import shown
from question_bank.blueprint import Blueprint, Cell, Names, Section


@dataclass(frozen=True)
class Change:
    """`what` was `before` and is `after`; "" where it is not there. `section` is the heading of the part, if any."""

    section: str
    what: str
    before: str
    after: str


def blueprint_changes(before: Blueprint, after: Blueprint, *, names: Names) -> tuple[Change, ...]:
    """Every difference in totals, limits, sections and cells; empty when only the name differs.

    Sections are known by their headings, cells by their axes and points: a renamed section is one gone and one new.
    """
    found = list(_differences("", _totals(before), _totals(after)))
    old = {section.title: section for section in before.sections}
    new = {section.title: section for section in after.sections}
    if [title for title in old if title in new] != [title for title in new if title in old]:
        found.append(Change("", _("Thứ tự các phần"), "; ".join(old), "; ".join(new)))
    for title in dict.fromkeys([*old, *new]):
        found += _differences(title, _facts(old.get(title), names), _facts(new.get(title), names))
    return tuple(found)


def _differences(section: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Change]:
    for what in dict.fromkeys([*before, *after]):
        one, other = before.get(what, ""), after.get(what, "")
        if one != other:
            yield Change(section, what, one, other)


def _totals(blueprint: Blueprint) -> dict[str, str]:
    limits = blueprint.expected_time
    minutes = f"{shown(Decimal(limits.least_s) / 60)}–{shown(Decimal(limits.most_s) / 60)}" if limits else ""
    return {
        _("Tổng số câu phải có"): shown(blueprint.question_count),
        _("Tổng điểm phải có"): shown(blueprint.total_points),
        _("Thời gian làm bài (phút)"): shown(blueprint.duration_min),
        _("Thời gian dự kiến của đề (phút)"): minutes,
        _("Một câu nhiều nhất trong (% số đề)"): shown(blueprint.max_exposure_percent),
        _("Trong một đơn vị, nhiều nhất (% số đề)"): shown(blueprint.max_unit_exposure_percent),
        _("Điểm mong đợi của người trung bình"): shown(blueprint.target_percent),
        _("Thông tin tại điểm chuẩn, ít nhất"): shown(blueprint.least_information),
    }


def _facts(section: Section | None, names: Names) -> dict[str, str]:
    if section is None:
        return {}
    facts = {
        _("Số câu phải có"): shown(section.question_count),
        _("Thời gian gợi ý (phút)"): shown(section.minutes),
        _("Điểm tối thiểu của phần (%)"): shown(section.minimum_percent),
        _("Trộn thứ tự câu hỏi trong phần"): _("có") if section.shuffled else _("không"),
    }
    for cell in section.cells:
        facts[_cell_name(cell, names)] = _("%(count)s câu", count=cell.count)
    return facts


def _cell_name(cell: Cell, names: Names) -> str:
    label = cell.label(names)[0 if language().value == "vi" else 1]
    if cell.points_per_item == 1:
        return label
    return _("%(cell)s, mỗi câu %(points)s điểm", cell=label, points=shown(cell.points_per_item))
