"""One item of a file to the verdict on it: a draft of a proved content, or the item kept as it is with the reason."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lxml import etree

from question_bank.formats.drafting import Found, draft_of, keep_order_safe
from question_bank.formats.qti.building import Builder, Built
from question_bank.formats.qti.item import Item, item_of
from question_bank.formats.qti.markup import Markup
from question_bank.formats.qti.names import camel, version_of
from question_bank.formats.qti.pictures import Files
from question_bank.formats.qti.proving import NotProved
from question_bank.formats.qti.spaces import Content, Given
from question_bank.formats.qti.values import UnreadableValue
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.shares import share_text
from question_bank.text import plain
from question_bank.types.content import new_option_id

MAX_SOURCE_CHARS = 200_000
MAX_SOURCE_ID = 100
_SHOWN_TITLE = 80
_MAX_LEVELS = 10


@dataclass(frozen=True, slots=True)
class ItemReading:
    """What an item became: the verdict, the file's best score, and how its responses translate.

    `answer` is None for items that are kept unsupported; `stimuli` are the paths of shared texts it uses.
    """

    row: RowVerdict
    item: Item | None = None
    whole: Fraction = Fraction(0)
    answer: Callable[[Given], object | None] | None = None
    needs_marker: bool = False
    stimuli: tuple[str, ...] = ()


@dataclass(slots=True)
class ItemFile:
    """An item's element with what surrounds it in its package.

    `base` is its path, `number` its place among the items, `templates` the processing templates by address,
    `metadata` fields of the draft that the package knows, `spent` the steps of processing over all its items.
    """

    element: etree._Element
    files: Files
    base: str = ""
    number: int = 1
    templates: Mapping[str, etree._Element] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    spent: list[int] = field(default_factory=lambda: [0])


def read_item(file: ItemFile, *, stimulus: str = "") -> ItemReading:
    """Return the reading of one item; `stimulus` is rich text that it shares and that comes before its stem."""
    found = Found(file.number if file.base else _line(file.element), sheet=file.base)
    title = " ".join((file.element.get("title") or file.element.get("identifier") or "").split())
    try:
        item = item_of(file.element)
    except UnreadableValue as error:
        found.say("qti_item_unreadable", Verdict.HOLD, text=str(error)[:60])
        draft = draft_of(found, _kept(file, reason=error.code, stem=title), **_metadata(file, found))
        return ItemReading(found.verdict(draft, preview=title))
    return _Reader(file, found, item, stimulus).read()


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 1


def _metadata(file: ItemFile, found: Found) -> dict[str, Any]:
    metadata = dict(file.metadata)
    identifier = " ".join((file.element.get("identifier") or "").split())
    source_id = metadata.pop("source_id", identifier or None)
    if source_id is not None and len(source_id) > MAX_SOURCE_ID:
        found.say("setting_not_kept", Verdict.OK, text=f"identifier {source_id[:40]}…")
        source_id = None
    return {**metadata, "source_id": source_id}


def _kept(file: ItemFile, *, reason: str, stem: str) -> Content:
    """Return the content that keeps an item as it stands."""
    version = version_of(file.element)
    source = etree.tostring(file.element, encoding="unicode", with_tail=False)
    return {
        "type": "unsupported",
        "stem": stem,
        "reason": reason,
        "source_format": f"qti-{version.value if version else '?'}",
        "source": source[:MAX_SOURCE_CHARS],
    }


@dataclass(slots=True)
class _Reader:
    file: ItemFile
    found: Found
    item: Item
    stimulus: str

    def read(self) -> ItemReading:
        markup = Markup(self.file.files, self.found, base=self.file.base)
        builder = Builder(self.item, markup, self.file.templates, self.file.spent)
        try:
            built = builder.build()
        except NotProved as reason:
            return self._unsupported(reason)
        self.item = builder.item
        if markup.has_variables:
            return self._unsupported(NotProved("qti_templated", name="printedVariable"))
        self._say(built, markup)
        content = dict(built.content)
        if built.needs_marker:
            self._add_rubrics(content)
        content["rationale"] = self._rationale(markup, content)
        content["stem"] = joined(self.stimulus, content["stem"])
        if not plain(content["stem"]) and "<img" not in content["stem"] and self.item.title:
            self.found.say("qti_title_as_stem", Verdict.WARNING, self.file.base or None)
            content["stem"] = _escaped(self.item.title) + content["stem"]
        draft = draft_of(self.found, content, **_metadata(self.file, self.found))
        if draft is not None:
            draft = keep_order_safe(self.found, draft)
        row = self.found.verdict(draft, preview=content["stem"] or self.item.title)
        return ItemReading(
            row,
            self.item,
            built.whole,
            built.answer,
            needs_marker=built.needs_marker,
            stimuli=self._stimuli(),
        )

    def _stimuli(self) -> tuple[str, ...]:
        references = self.item.root.iterfind("assessmentStimulusRef")
        return tuple(href for e in references if (href := (e.get("href") or "").strip()))

    def _unsupported(self, reason: NotProved) -> ItemReading:
        self.found.findings.clear()
        self.found.say(reason.code, Verdict.HOLD, self.file.base or None, **reason.params)
        stem = self._readable_stem()  # says again what images it misses
        content = _kept(self.file, reason=reason.code, stem=joined(self.stimulus, stem))
        draft = self._draft_kept(content)
        row = self.found.verdict(draft, preview=stem or self.item.title)
        return ItemReading(row, self.item, stimuli=self._stimuli())

    def _draft_kept(self, content: Content) -> ItemDraft | None:
        # The reason is said already; the type's own problem would only repeat it.
        said = list(self.found.findings)
        draft = draft_of(self.found, content, **_metadata(self.file, self.found))
        if draft is not None:
            self.found.findings[:] = said
        return draft

    def _readable_stem(self) -> str:
        markup = Markup(self.file.files, self.found, base=self.file.base)
        markup.hook = lambda element: markup.rich(element.find("prompt"))
        return markup.rich(self.item.body) or self.item.title

    def _say(self, built: Built, markup: Markup) -> None:
        say, place = self.found.say, self.file.base or None
        for note in built.notes:
            say(note, Verdict.WARNING, place)
        if built.is_cut:
            say("qti_negative_scores", Verdict.HOLD, place)
        if self.item.is_adaptive:
            say("qti_adaptive", Verdict.WARNING, place)
        if built.needs_marker:
            say("qti_needs_marker", Verdict.OK, place)
        elif not built.is_scored:
            say("qti_no_processing", Verdict.WARNING, place)
        elif built.key_score is not None and built.key_score <= 0:
            say("qti_key_scores_nothing", Verdict.WARNING, place)
        elif built.key_score is not None and built.key_score < built.whole:
            shown = {
                name: share_text(value.limit_denominator(1000))
                for name, value in (("score", built.key_score), ("whole", built.whole))
            }
            say("qti_key_scores_less", Verdict.WARNING, place, **shown)
        if dropped := [*sorted(markup.dropped), *self._dropped()]:
            say("qti_parts_dropped", Verdict.OK, place, text=", ".join(dropped)[:200])
        self._say_title(plain(built.content["stem"]))

    def _say_title(self, stem: str) -> None:
        title = self.item.title
        if title and title != self.item.identifier and title not in stem:
            self.found.say("title_not_kept", Verdict.OK, text=title[:_SHOWN_TITLE])

    def _dropped(self) -> list[str]:
        known = {
            "itemBody",
            "responseDeclaration",
            "outcomeDeclaration",
            "responseProcessing",
            "modalFeedback",
        }
        known |= {"assessmentStimulusRef"}
        return sorted({str(e.tag) for e in self.item.root if isinstance(e.tag, str)} - known)

    def _rationale(self, markup: Markup, content: Content) -> str:
        for element in self.item.root.iterfind("modalFeedback"):
            text = markup.rich(element)
            if text:
                markup.feedback.append(((element.get("identifier") or "").strip(), text))
        parts: dict[str, str] = {}
        for identifier, text in markup.feedback:
            parts[text] = f"{parts[text]}, {identifier}" if text in parts else identifier
        has_several = len(parts) > 1
        texts = [
            f"{_escaped(name)}: {text}" if has_several and name else text for text, name in parts.items()
        ]
        if parts:
            self.found.say("qti_feedback_kept", Verdict.WARNING, self.file.base or None, count=len(parts))
        if markup.notes and content["type"] != "essay":
            self.found.say("qti_notes_kept", Verdict.WARNING, self.file.base or None)
            texts += markup.notes
        return "<br>".join(re.sub(r"</?p>", "", text) if text.count("<p>") == 1 else text for text in texts)

    def _add_rubrics(self, content: Content) -> None:
        """Give every essay one criterion with a level for each point, so that it can be marked as the file means."""
        most = self._most_points()
        count = most if 0 < most <= _MAX_LEVELS else 2
        essays = [content] if content["type"] == "essay" else [part["content"] for part in content["parts"]]
        for essay in essays:
            if essay["type"] == "essay":
                essay["rubric"] = [_criterion(count)]
        self.found.say("qti_rubric_made", Verdict.WARNING, self.file.base or None, count=count + 1)

    def _most_points(self) -> int:
        score, most = self.item.outcomes.get("SCORE"), self.item.outcomes.get("MAXSCORE")
        if most is not None and most.default is not None and isinstance(most.default.scalar, Fraction):
            value = most.default.scalar
        elif score is not None and score.normal_maximum is not None:
            value = score.normal_maximum
        else:
            return 0
        return int(value) if value.denominator == 1 else 0


def _criterion(count: int) -> Content:
    levels = [
        {"id": new_option_id(), "description": f"{n}/{count}", "share": share_text(Fraction(n, count))}
        for n in range(count + 1)
    ]
    return {"id": new_option_id(), "name": "Bài làm", "weight": 1, "levels": levels}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def joined(first: str, second: str) -> str:
    """Return two rich texts one below the other."""
    if not first or not second:
        return first or second
    return "".join(text if text.startswith("<") else f"<p>{text}</p>" for text in (first, second))


def local_name(element: etree._Element) -> str:
    """Return the name of an element in the spelling of QTI 2."""
    return camel(etree.QName(element).localname)
