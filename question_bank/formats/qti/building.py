"""From an item of a file to content of ours that is proved to score alike, or the reason why there is none."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti.clozing import ClozeSpace
from question_bank.formats.qti.dice import Dice
from question_bank.formats.qti.entering import Place
from question_bank.formats.qti.interacting import SUPPORTED, Interpreter, variables_of
from question_bank.formats.qti.item import INLINE, Item
from question_bank.formats.qti.marking import EssaySpace
from question_bank.formats.qti.markup import Markup, nodes_of, unwrapped
from question_bank.formats.qti.operators import UnsupportedProcessing
from question_bank.formats.qti.processing import Processing, processing_of
from question_bank.formats.qti.proving import NotProved, Proof, native_share, prove
from question_bank.formats.qti.shares import whole_weights
from question_bank.formats.qti.spaces import Content, Given, Inexpressible, Scoring, Space
from question_bank.formats.qti.templating import instance_of
from question_bank.formats.qti.values import UnreadableValue
from question_bank.formats.reading import Verdict
from question_bank.items import parse_content
from question_bank.text import plain
from question_bank.types.content import InvalidResponse, new_option_id

_CUT = re.compile(r"(?:<p>)?\ue000([0-9]+)\ue001(?:</p>)?")
_GAP = re.compile(r"\[\[gap:[A-Za-z0-9_-]+\]\]")
_WITHOUT_TEXT = frozenset(
    {"choiceInteraction", "orderInteraction", "matchInteraction", "associateInteraction"}
)
_DROPPED_INTERACTIONS = frozenset({"endAttemptInteraction", "mediaInteraction"})
_PROGRAMS = frozenset({"customInteraction", "portableCustomInteraction"})
_TOLERANCE = Fraction(1, 10_000)
_SAMPLED = 120
MAX_PARTS = 10
MAX_PACKAGE_STEPS = 40_000_000
"""Steps of processing over all items of a package: a hundred times what the largest real ones need."""


@dataclass(frozen=True, slots=True)
class Built:
    """Content without a rationale, the file's best score of it, and how responses translate.

    `is_cut` tells that the file takes points below 0 and this does not, `is_scored` whether the file says how
    to score. `answer` raises Inexpressible for responses that the content cannot hold.
    """

    content: Content
    whole: Fraction
    key_score: Fraction | None
    answer: Callable[[Given], object | None]
    needs_marker: bool
    notes: tuple[str, ...] = ()
    is_cut: bool = False
    is_scored: bool = True


@dataclass(slots=True)
class _Piece:
    """A part in the making: its space and its own text."""

    space: Space
    stem: str


@dataclass(slots=True)
class Builder:
    """Builds one item; `templates` are the processing templates of the package by address.

    `spent` counts the steps of processing over all items of a package.
    """

    item: Item
    markup: Markup
    templates: Mapping[str, etree._Element] = field(default_factory=dict)
    spent: list[int] = field(default_factory=lambda: [0])

    def build(self) -> Built:
        """Return the proved content.

        Raises:
            NotProved: why there is none.
        """
        if self.spent[0] > MAX_PACKAGE_STEPS:
            raise NotProved("qti_processing_too_long")
        if self.item.is_templated:
            self.item = self._variant()
        interactions = self._interactions()
        processing = self._processing()
        try:
            built = self._built(interactions, processing)
        finally:
            self.spent[0] += processing.steps[0]
        return replace(built, is_scored=processing.is_stated)

    def _built(self, interactions: Sequence[etree._Element], processing: Processing) -> Built:
        if all(element.tag in INLINE for element in interactions):
            return self._cloze(processing.score)
        if len(interactions) == 1:
            return self._single(interactions[0], processing.score)
        return self._case(interactions, processing.score)

    def _variant(self) -> Item:
        try:
            variant = instance_of(self.item)
        except (UnsupportedProcessing, UnreadableValue) as error:
            name = error.name if isinstance(error, UnsupportedProcessing) else "value"
            raise NotProved("qti_templated", name=name) from error
        self.markup.found.say("qti_template_variant", Verdict.WARNING, self.markup.base or None)
        return variant

    def _processing(self) -> Processing:
        try:
            return processing_of(
                self.item.processing,
                responses=self.item.responses,
                outcomes=self.item.outcomes,
                templates=self.templates,
            )
        except UnsupportedProcessing as error:
            raise NotProved(error.code, name=error.name) from error

    def _interactions(self) -> list[etree._Element]:
        kept = [e for e in self.item.interactions if e.tag not in _DROPPED_INTERACTIONS]
        for element in kept:
            tag = str(element.tag)
            if tag in _PROGRAMS:
                raise NotProved("qti_custom_interaction", name=tag)
            if tag not in SUPPORTED:
                raise NotProved("qti_interaction_unsupported", name=tag)
        if not kept:
            only = next((str(e.tag) for e in self.item.interactions), "")
            raise (
                NotProved("qti_interaction_unsupported", name=only)
                if only
                else NotProved("qti_no_interaction")
            )
        if any(a is not b and a in b.iter() for a in kept for b in kept):
            raise NotProved("qti_nested")
        if any(next(e.iterancestors("feedbackBlock", "feedbackInline"), None) is not None for e in kept):
            raise NotProved("qti_shown_later")
        names = [(e.get("responseIdentifier") or "").strip() for e in kept]
        if len(set(names)) < len(names):
            raise NotProved("qti_nested")
        for element in self.item.interactions:
            if element.tag in _DROPPED_INTERACTIONS:
                name = element.get("title") or str(element.tag)
                self.markup.found.say(
                    "qti_hint_dropped", Verdict.WARNING, self.markup.base or None, name=name[:80]
                )
        return kept

    def _cloze(self, score: Scoring) -> Built:
        interpreter = Interpreter(self.item, self.markup)
        places: list[Place] = []
        self.markup.hook = self._gap_hook(interpreter, places)
        stem = self.markup.rich(self.item.body)
        space: Space = ClozeSpace(variables_of(self.item, places), places)
        if len(places) == 1 and not places[0].choices and (bare := _without_last_gap(stem)) is not None:
            space, stem = self._alone(places[0], score), bare
        return self._from_proof(prove(space, score, stem=stem), space, stem=stem)

    def _gap_hook(self, interpreter: Interpreter, places: list[Place]) -> Callable[[etree._Element], str]:
        """Return a hook that puts markers where the gaps are and collects the gaps in order of the text."""
        waiting: dict[str, Place] = {}

        def hook(element: etree._Element) -> str:
            if element.tag == "gap":
                place = waiting.pop((element.get("identifier") or "").strip(), None)
                if place is None:
                    raise NotProved("qti_nested")
                places.append(place)
                return f"[[gap:{place.id}]]"
            if element.tag == "gapMatchInteraction":
                waiting.update({place.gap: place for place in interpreter.places(element)})
                inner = [
                    n for n in nodes_of(element) if isinstance(n, str) or n.tag not in ("gapText", "gapImg")
                ]
                return self.markup.rich_of(inner)
            if element.tag in INLINE:
                (place,) = interpreter.places(element)
                places.append(place)
                return f"[[gap:{place.id}]]"
            return ""

        return hook

    def _single(self, interaction: etree._Element, score: Scoring) -> Built:
        interpreter = Interpreter(self.item, self.markup)
        self.markup.hook = self._asked
        stem = self.markup.rich(self.item.body)
        space = self._space(interpreter, interaction, score)
        return self._from_proof(prove(space, score, stem=stem), space, stem=stem)

    def _space(self, interpreter: Interpreter, interaction: etree._Element, score: Scoring) -> Space:
        if interaction.tag != "extendedTextInteraction":
            return interpreter.space(interaction)
        (place,) = interpreter.places(interaction)
        return self._alone(place, score)

    def _alone(self, place: Place, score: Scoring) -> Space:
        """Return the space of a typed answer by itself; what no key can score is for a person to mark."""
        space = ClozeSpace(variables_of(self.item, [place]), [place], is_alone=True)
        if place.declared is not None or _is_scored(space, score):
            return space
        return EssaySpace(space.variables[place.response], "<br>".join(self.markup.notes))

    def _asked(self, element: etree._Element) -> str:
        """Return what an interaction says beside its choices: the prompt, the text around hot text."""
        if element.tag in _DROPPED_INTERACTIONS:
            return ""
        shown = [self.markup.rich(element.find("prompt"))]
        if element.tag == "hottextInteraction":
            shown.append(
                self.markup.rich_of(n for n in nodes_of(element) if isinstance(n, str) or n.tag != "prompt")
            )
        elif element.tag in _WITHOUT_TEXT:
            shown += self._stray(element)
        shown = [text for text in shown if text]
        return "".join(text if text.startswith("<p>") else f"<p>{text}</p>" for text in shown)

    def _stray(self, element: etree._Element) -> list[str]:
        """Return text that stands between choices, where the standard allows none: it is kept, and that is said."""
        texts = [node for node in nodes_of(element) if isinstance(node, str) and node.strip()]
        if texts:
            said = " ".join(" ".join(texts).split())[:80]
            self.markup.found.say("qti_stray_text", Verdict.WARNING, self.markup.base or None, text=said)
        return [self.markup.rich_of([text]) for text in texts]

    def _from_proof(self, proof: Proof, space: Space, *, stem: str) -> Built:
        is_essay = isinstance(space, EssaySpace)
        return Built(
            {**proof.content, "stem": stem},
            proof.whole,
            proof.key_score,
            space.answer,
            is_essay,
            space.notes,
            proof.is_cut,
        )

    def _case(self, interactions: Sequence[etree._Element], score: Scoring) -> Built:
        stem, pieces = self._pieces(interactions, score)
        if len(pieces) == 1:
            only = pieces[0]
            whole_stem = stem + only.stem
            return self._from_proof(prove(only.space, score, stem=whole_stem), only.space, stem=whole_stem)
        if len(pieces) > MAX_PARTS:
            raise NotProved("qti_interaction_unsupported", name=f"{len(pieces)} interactions")
        proofs = [prove(piece.space, score, stem=piece.stem) for piece in pieces]
        weights = _part_weights(proofs, [isinstance(piece.space, EssaySpace) for piece in pieces])
        if weights is None:
            raise NotProved("qti_processing_differs")
        spaces = {new_option_id(): piece.space for piece in pieces}
        parts = [
            {"id": part, "weight": weight, "content": {**proof.content, "stem": piece.stem}}
            for part, piece, proof, weight in zip(spaces, pieces, proofs, weights, strict=True)
        ]
        content: Content = {"type": "case", "stem": stem, "parts": parts}
        is_marked = any(isinstance(piece.space, EssaySpace) for piece in pieces)
        whole = sum((proof.whole for proof in proofs), Fraction(0))
        if not is_marked:
            _check_together(content, spaces, score, whole=whole)
        if any(proof.is_cut for proof in proofs):
            raise NotProved("qti_negative_scores")
        key_scores = [proof.key_score for proof in proofs]
        key = None if None in key_scores else sum((s for s in key_scores if s is not None), Fraction(0))
        notes = tuple(note for piece in pieces for note in piece.space.notes)
        return Built(content, whole, key, lambda given: _together(spaces, given), is_marked, notes)

    def _pieces(self, interactions: Sequence[etree._Element], score: Scoring) -> tuple[str, list[_Piece]]:
        """Return the text before everything, and the parts: each block interaction, each text with gaps."""
        interpreter = Interpreter(self.item, self.markup)
        places: list[Place] = []
        gaps = self._gap_hook(interpreter, places)
        blocks = [e for e in interactions if e.tag not in INLINE]

        def hook(element: etree._Element) -> str:
            return f"\ue000{blocks.index(element)}\ue001" if element in blocks else gaps(element)

        self.markup.hook = hook
        texts = _CUT.split(self.markup.rich(self.item.body))
        pieces: list[_Piece] = []
        lead, stem = texts[0], ""
        for number, following in zip(texts[1::2], texts[2::2], strict=True):
            stem, lead = self._take(lead, places, pieces=pieces, stem=stem, score=score)
            element = blocks[int(number)]
            self.markup.hook = self._asked
            asked = self._asked(element)
            pieces.append(_Piece(self._space(interpreter, element, score), _tidy(lead + asked)))
            self.markup.hook, lead = hook, following
        stem, lead = self._take(lead, places, pieces=pieces, stem=stem, score=score)
        if lead and plain(lead):
            pieces[-1].stem = _tidy(f"{_paragraph(pieces[-1].stem)}{_paragraph(lead)}")
        for index, piece in enumerate(pieces):
            if not piece.stem:
                piece.stem = f"({index + 1})"
        return _tidy(stem) or self.item.title or self.item.identifier, pieces

    def _take(
        self, text: str, places: list[Place], *, pieces: list[_Piece], stem: str, score: Scoring
    ) -> tuple[str, str]:
        """Turn a text with gaps into a part; return the stem and the text that is left for the next part."""
        text = _tidy(text)
        ids = [marker[6:-2] for marker in _GAP.findall(text)]
        if not ids:
            return (stem + _paragraph(text), "") if not pieces and text else (stem, text)
        found = [place for place in places if place.id in ids]
        space: Space = ClozeSpace(variables_of(self.item, found), found)
        if len(found) == 1 and not found[0].choices and (bare := _without_last_gap(text)) is not None:
            space, text = self._alone(found[0], score), bare
        pieces.append(_Piece(space, text))
        return stem, ""


def _paragraph(text: str) -> str:
    return text if not text or text.startswith("<") else f"<p>{text}</p>"


def _tidy(text: str) -> str:
    text = re.sub(r"<p>\s*</p>", "", text).strip()
    return unwrapped(re.sub(r"^</p>|<p>$", "", text).strip())


def _without_last_gap(stem: str) -> str | None:
    """Return the text before a gap that ends it, or None where the gap stands inside the text."""
    match = re.fullmatch(r"(.*?)(?:<p>)?\s*\[\[gap:[^\]]*\]\]\s*(</p>)?", stem, re.DOTALL)
    if match is None:
        return None
    before = re.sub(r"(?:\s|<br>)+$", "", match[1])
    opened = before.count("<p>") - before.count("</p>")
    text = _tidy(before + "</p>" * max(opened, 0))
    # Letters right before the place, as in "2 + 2 = [ ]", still read well when the box stands below.
    return text if plain(text) else None


def _is_scored(space: ClozeSpace, score: Scoring) -> bool:
    (place,) = space.places
    entries = [*place.constants, *([] if place.declared is None else [place.declared])]
    try:
        return any(score(space.variables[place.response].given(entry)) > 0 for entry in entries)
    except UnsupportedProcessing as error:
        raise NotProved(error.code, name=error.name) from error


def _part_weights(proofs: Sequence[Proof], is_essay: Sequence[bool]) -> list[int] | None:
    scored = [proof.whole for proof, marked in zip(proofs, is_essay, strict=True) if not marked]
    if not any(scored):
        return [1] * len(proofs)
    weights = whole_weights(scored)
    if weights is None:
        return None
    found = iter(weights)
    return [1 if marked else next(found) for marked in is_essay]


def _together(spaces: Mapping[str, Space], given: Given) -> object | None:
    answers = {part: space.answer(given) for part, space in spaces.items()}
    entered = {part: answer for part, answer in answers.items() if answer is not None}
    return {"parts": entered} if entered else None


def _check_together(
    content: Content, spaces: Mapping[str, Space], score: Scoring, *, whole: Fraction
) -> None:
    """Try responses to all parts at once.

    Raises:
        NotProved: the parts do not simply add up.
    """
    native = parse_content(content)
    tried = [[{}, *itertools.islice(space.samples(score), 60)] for space in spaces.values()]
    few = itertools.product(*(samples[:3] for samples in tried))
    dice = Dice("samples")
    drawn = ([dice.one_of(samples) for samples in tried] for _ in range(_SAMPLED))
    for chosen in itertools.chain(itertools.islice(few, 250), drawn):
        given: dict[str, object] = {}
        for part in chosen:
            given |= part
        try:
            share = native_share(native, _together(spaces, given))  # type: ignore[arg-type] # spaces give what the type takes
        except (Inexpressible, InvalidResponse):
            continue
        if abs(share * whole - score(given)) > _TOLERANCE * abs(whole):  # type: ignore[arg-type] # spaces give what the type takes
            raise NotProved("qti_processing_differs")
