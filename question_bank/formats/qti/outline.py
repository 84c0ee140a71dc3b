"""The structure of a test, as a proposal for a blueprint: sections, their items, how many are drawn, time limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from question_bank.formats.qti.names import is_true, normalised, whole_number
from question_bank.formats.qti.pictures import resolved
from question_bank.formats.reading import RowFinding, Verdict

_NOT_KEPT = {
    "branchRule": "luật rẽ nhánh (branchRule)",
    "preCondition": "điều kiện hiển thị (preCondition)",
    "outcomeProcessing": "cách tính điểm toàn đề (outcomeProcessing)",
    "testFeedback": "phản hồi của đề (testFeedback)",
    "rubricBlock": "hướng dẫn của phần (rubricBlock)",
    "templateDefault": "giá trị mẫu (templateDefault)",
    "adaptiveSelection": "chọn câu thích ứng (adaptiveSelection)",
    "assessmentSectionRef": "phần ở tệp khác (assessmentSectionRef)",
}


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """An item of a section: its identifier, its path in the package (None if it leads out), its weight."""

    identifier: str
    path: str | None
    weight: str = "1"
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """A section: `draws` of its items are taken (None for all), shuffled where `is_shuffled`.

    `depth` counts from 0; the items of inner sections stand in these.
    """

    title: str
    depth: int
    items: tuple[OutlineItem, ...]
    draws: int | None = None
    is_shuffled: bool = False
    time_limit_s: int | None = None


@dataclass(frozen=True, slots=True)
class TestOutline:
    """A test of a package; `dropped` names what a blueprint cannot say."""

    __test__ = False

    identifier: str
    title: str
    sections: tuple[OutlineSection, ...]
    time_limit_s: int | None
    dropped: tuple[str, ...]

    @property
    def item_count(self) -> int:
        """Return how many items a candidate gets."""
        counts = (len(s.items) if s.draws is None else min(s.draws, len(s.items)) for s in self.sections)
        return sum(counts)

    def findings(self) -> tuple[RowFinding, ...]:
        """Return the sentences that describe the test."""
        title = (self.title or self.identifier)[:80]
        limits = f", {round(self.time_limit_s / 60)} phút" if self.time_limit_s else ""
        params: dict[str, str | int] = {
            "title": title,
            "sections": len(self.sections),
            "items": self.item_count,
        }
        found = [RowFinding("qti_test_outline", Verdict.OK, None, {**params, "limits": limits})]
        if self.dropped:
            lost = {"title": title, "text": "; ".join(self.dropped)}
            found.append(RowFinding("qti_test_part_dropped", Verdict.WARNING, None, lost))
        return tuple(found)


def outline_of(source: etree._Element, *, path: str) -> TestOutline:
    """Return the outline of the test whose file stands at `path`."""
    root = normalised(source)
    tags = {str(element.tag) for element in root.iter(etree.Element)}
    limits = [root.find("timeLimits"), root.find("testPart/timeLimits")]
    return TestOutline(
        (root.get("identifier") or "").strip(),
        " ".join((root.get("title") or "").split()),
        tuple(_sections(root, path=path, depth=0)),
        next((limit for element in limits if (limit := _seconds(element)) is not None), None),
        tuple(sentence for tag, sentence in _NOT_KEPT.items() if tag in tags),
    )


def _sections(parent: etree._Element, *, path: str, depth: int) -> Iterator[OutlineSection]:
    if parent.tag == "assessmentSection":
        yield _section(parent, path=path, depth=depth)
        depth += 1
    for child in parent:
        if child.tag in ("assessmentSection", "testPart"):
            yield from _sections(child, path=path, depth=depth)


def _section(element: etree._Element, *, path: str, depth: int) -> OutlineSection:
    selection, ordering = element.find("selection"), element.find("ordering")
    items = tuple(_item(reference, path=path) for reference in element.iterfind("assessmentItemRef"))
    return OutlineSection(
        " ".join((element.get("title") or element.get("identifier") or "").split()),
        depth,
        items,
        draws=None if selection is None else whole_number(selection, "select", default=len(items)),
        is_shuffled=ordering is not None and is_true(ordering, "shuffle"),
        time_limit_s=_seconds(element.find("timeLimits")),
    )


def _item(reference: etree._Element, *, path: str) -> OutlineItem:
    weight = reference.find("weight")
    return OutlineItem(
        (reference.get("identifier") or "").strip(),
        resolved(reference.get("href") or "", base=path),
        "1" if weight is None else (weight.get("value") or "1").strip(),
        is_true(reference, "required"),
    )


def _seconds(element: etree._Element | None) -> int | None:
    text = "" if element is None else (element.get("maxTime") or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        return None
    return round(seconds) if 0 < seconds < 10**6 else None
