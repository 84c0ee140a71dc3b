"""Late papers of a draw: one after another, each bound to the commitment and to every late paper before it.

Nobody can choose the chance of a late paper: it follows from the seed of the batch (sealed secret, public entropy and
commitment), from how many late papers there were, from the link that the last of them ended with, and from the
candidate number. Each paper adds a link to the chain, which is published at once, so that none can be left out, added
or exchanged afterwards.

`docs/verifiable-draw.md`, section 9, is the specification.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from question_bank.assembly import Assembly, Colleagues, Infeasible, LateDraw, Options
from question_bank.assembly.result import arrange_selection, marks_off
from question_bank.blueprint import NO_NAMES, Blueprint, Names
from question_bank.draw_records import TakerRecord, record_sha256
from question_bank.form import Form
from question_bank.items import canonical_json
from question_bank.pool import PoolItem, Taker
from question_bank.stream import derive

LATE_ALGORITHM: Final = "sat-hach-late/1"


class Link(NamedTuple):
    """Where the chain of late papers stands: how many there were, and the hash that stands for all of them."""

    number: int
    value: str

    @classmethod
    def start(cls, commitment: str) -> "Link":
        """Before the first late paper: the commitment itself."""
        return cls(0, commitment)

    def seed(self, seed: bytes, *, candidate_key: str) -> bytes:
        """The seed of the next late paper; `seed` is the batch's."""
        return derive(seed, LATE_ALGORITHM, self.number + 1, bytes.fromhex(self.value), candidate_key)

    def after(self, *, taker_sha256: str, form_sha256: str) -> "Link":
        """The link with one more paper."""
        number = self.number + 1
        record = {
            "algorithm": LATE_ALGORITHM,
            "number": number,
            "previous": self.value,
            "taker_sha256": taker_sha256,
            "form_sha256": form_sha256,
        }
        return Link(number, hashlib.sha256(canonical_json(record)).hexdigest())

    def after_paper(self, taker: Taker, form: Form) -> "Link":
        return self.after(taker_sha256=record_sha256(TakerRecord.of(taker)), form_sha256=form.form_hash)


@dataclass(frozen=True, slots=True)
class LatePaperDrawn:
    """A late paper: its form, the link it ends the chain with, and how far it lies from the target of the batch.

    `marks_off` are marks of 100 at θ = −1, 0, 1; None where no item has an expected score.
    """

    form: Form
    link: Link
    marks_off: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class LateDesk:
    """A prepared exam, at which late papers are drawn with the seed of its batch."""

    draw: LateDraw
    seed: bytes

    @classmethod
    def open(
        cls,
        blueprint: Blueprint,
        pool: Sequence[PoolItem],
        *,
        seed: bytes,
        options: Options,
        names: Names = NO_NAMES,
    ) -> "LateDesk | Infeasible":
        draw = LateDraw.open(blueprint, pool, seed=seed, options=options, names=names)
        return draw if isinstance(draw, Infeasible) else cls(draw, seed)

    def draw_paper(
        self, taker: Taker, *, link: Link, exposure: Mapping[str, int], colleagues: Colleagues
    ) -> LatePaperDrawn | Infeasible:
        """The paper of the next late taker after `link`.

        `exposure` counts the forms of the exam that hold each item version, late ones included; `colleagues` those of
        the taker's unit.
        """
        own = link.seed(self.seed, candidate_key=taker.candidate_key)
        chosen = self.draw.select(taker, seed=own, exposure=exposure, colleagues=colleagues)
        if isinstance(chosen, Infeasible):
            return chosen
        plan = self.draw.plan
        form = arrange_selection(plan, taker, items=chosen[0].tolist(), seed=own)
        return LatePaperDrawn(form, link.after_paper(taker, form), marks_off(plan, chosen))


def draw_late(
    desk: LateDesk, drawn: Assembly, *, commitment: str, late: Iterable[Taker]
) -> list[LatePaperDrawn | Infeasible]:
    """Late papers one after another, each beside the batch and all late ones before it.

    One for whom there is none leaves the chain as it is.
    """
    exposure = drawn.exposure
    by_unit = _units(drawn) if desk.draw.options.max_unit_exposure is not None else {}
    link = Link.start(commitment)
    papers: list[LatePaperDrawn | Infeasible] = []
    for taker in late:
        forms, held = by_unit.setdefault(taker.unit, (0, Counter()))
        paper = desk.draw_paper(taker, link=link, exposure=exposure, colleagues=Colleagues(forms, held))
        papers.append(paper)
        if isinstance(paper, LatePaperDrawn):
            link = paper.link
            for slot in paper.form.slots:
                exposure[slot.version_id] = exposure.get(slot.version_id, 0) + 1
                held[slot.version_id] += 1
            by_unit[taker.unit] = (forms + 1, held)
    return papers


def _units(drawn: Assembly) -> dict[str | None, tuple[int, Counter[str]]]:
    """Unit → its forms, and how many of them hold each item version."""
    found: dict[str | None, tuple[int, Counter[str]]] = {}
    for taker, row in zip(drawn.takers, drawn.selection.tolist(), strict=True):
        forms, held = found.setdefault(taker.unit, (0, Counter()))
        held.update(drawn.plan.items[index].version_id for index in row)
        found[taker.unit] = (forms + 1, held)
    return found
