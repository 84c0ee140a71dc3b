"""The lists of entries that a form shuffles and a candidate chooses from, in any type."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from question_bank.items import AnyContent
from question_bank.types.case import Case
from question_bank.types.cloze import ChoiceGap, Cloze
from question_bank.types.content import ChoiceContent, Option
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false_cluster import Statement, TrueFalseCluster


@dataclass(frozen=True, slots=True)
class EntryList:
    """One list: the place of its entries (`options`, `gaps/1/options`), whether it is locked, and the ids of the
    keyed entries (None where being chosen is not what makes an entry right).
    """

    place: str
    entries: Sequence[Option | Statement]
    is_locked: bool
    keys: frozenset[str] | None

    @property
    def owner(self) -> str:
        """Return the place of what the list belongs to: empty for the content itself, `gaps/1` for a gap."""
        return self.place.rpartition("/")[0]


def leaves(content: AnyContent) -> Iterator[tuple[str, AnyContent]]:
    """Yield (place, content) of what asks something: the content itself, or each part of a case."""
    if not isinstance(content, Case):
        yield "", content
        return
    for index, part in enumerate(content.parts):
        yield f"parts/{index}/", part.content


def entry_lists(content: AnyContent) -> tuple[EntryList, ...]:
    """Return the lists of a content that is no case."""
    match content:
        case SingleChoice(options=options, key=key, order_locked=locked):
            return (EntryList("options", options, locked, frozenset([key] if key else [])),)
        case MultipleChoice(options=options, keys=keys, order_locked=locked):
            return (EntryList("options", options, locked, frozenset(keys)),)
        case TrueFalseCluster(statements=statements, order_locked=locked):
            return (EntryList("statements", statements, locked, None),)
        case Matching(targets=targets, order_locked=locked):
            return (EntryList("targets", targets, locked, None),)
        case Cloze(gaps=gaps):
            return tuple(
                EntryList(
                    f"gaps/{index}/options", gap.options, False, frozenset([gap.key] if gap.key else [])
                )
                for index, gap in enumerate(gaps)
                if isinstance(gap, ChoiceGap)
            )
    assert not isinstance(content, ChoiceContent), "every choice type has its case above"
    return ()
