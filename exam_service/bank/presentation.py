"""What pages show of an item: as a candidate sees it, with its key for staff, and two versions side by side."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from exam_service import clock
from exam_service.bank.content_fields import content_fields
from exam_service.bank.sentences import domain_sentence, finding_sentence, level_name, rating_name, type_name
from exam_service.i18n import HOME, language
from exam_service.i18n import gettext as _
from question_bank.citations import format_citation
from question_bank.form import option_order
from question_bank.items import AnyContent, ItemDraft
from question_bank.legal.abolished import abolished_terms
from question_bank.lint import FIX_NAMES, Finding, FixKind, Severity, lint
from question_bank.stream import ByteStream
from question_bank.text import plain
from question_bank.types.cloze import BLANK, MARKER
from question_bank.types.content import NO_KEY, ChoiceContent, InvalidResponse


@dataclass(frozen=True)
class Shown:
    """An item for `bank/_preview.html`: what a candidate receives and, for staff, the keyed response and the key.

    `key` says it in words. `response` is None and `key` empty in a preview for the author and where there is no
    key. `media_at` is the address under which the images stand.
    """

    view: dict[str, Any]
    response: dict[str, Any] | None = None
    key: str = ""
    rationale: str = ""
    media_at: str = "/bank/media/"

    @property
    def stem(self) -> str:
        """The stem with a blank for each gap, for browsers without scripts."""
        return MARKER.sub(BLANK, self.view["stem"])

    @property
    def outline(self) -> list[str]:
        """The rich texts of the view below its stem, in reading order, for browsers without scripts."""
        return [MARKER.sub(BLANK, text) for text in _texts_below(self.view)]


def _texts_below(view: dict[str, Any]) -> Iterator[str]:
    for name in ("statements", "options", "prompts", "targets", "gaps", "parts"):
        for entry in view.get(name, ()):
            inner = entry.get("view", entry)
            yield from (inner[text] for text in ("stem", "text") if inner.get(text))
            yield from _texts_below(inner)


@dataclass(frozen=True)
class ShownFinding:
    """A finding as the editor lists it; `act` is the button that repairs it."""

    kind: str
    sentence: str
    place: str
    act: str = ""
    act_label: str = ""


FORM_FIXES = (FixKind.PIN_OPTION, FixKind.LOCK_ORDER)
"""What the editor's form can carry out."""
KINDS = {Severity.ERROR: "danger", Severity.WARNING: "warn", Severity.INFO: "info"}


def _showable(content: AnyContent) -> AnyContent:
    """The content; where two options of one list carry one id (a program sent them), each gets an id of its own."""
    if not isinstance(content, ChoiceContent) or len({o.id for o in content.options}) == len(content.options):
        return content
    options = tuple(
        option.model_copy(update={"id": f"{option.id[:24]}-{place}"})
        for place, option in enumerate(content.options)
    )
    return content.model_copy(update={"options": options})


def candidate_preview(content: AnyContent, *, seed: str, order: int) -> Shown:
    """The item as a candidate sees it: in authored order for `order` 0, else shuffled as a paper would be."""
    content = _showable(content)
    units = content.shuffle_units()
    if order == 0:
        return Shown(content.candidate_view(units.ids))
    stream = ByteStream(hashlib.sha256(f"{seed}/{order}".encode()).digest())
    chosen = option_order(units, stream)
    return Shown(content.candidate_view(chosen))


def with_key(content: AnyContent, *, media_at: str = "/bank/media/") -> Shown:
    """The item in authored order with its key and rationale, for staff."""
    content = _showable(content)
    return Shown(
        content.candidate_view(content.shuffle_units().ids),
        response=_keyed_response(content),
        key="" if (key := key_text(content)) == NO_KEY else key,
        rationale=content.rationale,
        media_at=media_at,
    )


def _keyed_response(content: AnyContent) -> dict[str, Any] | None:
    """The keyed response, or None where there is none; the key of a half-written item may point nowhere."""
    keyed = content.correct_response()
    try:
        return None if keyed is None else content.check_response(keyed).model_dump(mode="json")
    except InvalidResponse:
        return None


def shown_findings(draft: ItemDraft) -> list[ShownFinding]:
    """What there is to say about the draft, worst first, with a button where one click repairs it."""
    texts = ((place, plain(text)) for place, text in draft.content.texts())
    outdated = abolished_terms(texts, on=clock.now().astimezone(HOME).date())
    found = sorted((*lint(draft), *outdated), key=lambda finding: list(Severity).index(finding.severity))
    return [_shown(finding) for finding in found]


def _shown(finding: Finding) -> ShownFinding:
    act = label = ""
    if finding.fix is not None and finding.fix.kind in FORM_FIXES and not finding.fix.place:
        act = f"fix:{finding.fix.kind.value}:{finding.fix.option_id or ''}"
        label = domain_sentence(FIX_NAMES, finding.fix.kind.value)
    return ShownFinding(KINDS[finding.severity], finding_sentence(finding), finding.place, act, label)


def key_text(content: AnyContent) -> str:
    """The key as people say it: "B", "A, C", "Đúng"; a dash where there is none."""
    return content.key_summary(language().value)


Part = tuple[str, str]


def compare(before: ItemDraft, after: ItemDraft) -> list[tuple[str, list[Part], list[Part]]]:
    """(field, words on the left, words on the right) for everything that either version says.

    A word is `same`, `removed` (left) or `added` (right).
    """
    left, right = _fields(before), _fields(after)
    return [
        (name, *_word_diff(left.get(name, ""), right.get(name, "")))
        for name in dict.fromkeys([*left, *right])
    ]


def _fields(draft: ItemDraft) -> dict[str, str]:
    content = draft.content
    fields = {_("Loại câu hỏi"): type_name(content.type)} | content_fields(content)
    fields[_("Giải thích")] = plain(content.rationale)
    fields[_("Mức độ")] = level_name(draft.level)
    fields[_("Năng lực")] = draft.competency or ""
    fields[_("Căn cứ pháp lý")] = "\n".join(citation_line(citation) for citation in draft.citations)
    fields[_("Thời gian dự kiến (giây)")] = str(draft.expected_time_s or "")
    fields[_("Độ khó ước lượng")] = rating_name(draft.difficulty_rating)
    fields[_("Từ khóa")] = ", ".join(draft.tags)
    return fields


def citation_line(citation: Any) -> str:
    """The citation with its days in force."""
    days = []
    if citation.in_force_from:
        days.append(_("từ %(day)s", day=citation.in_force_from.strftime("%d/%m/%Y")))
    if citation.in_force_to:
        days.append(_("đến trước %(day)s", day=citation.in_force_to.strftime("%d/%m/%Y")))
    text = format_citation(citation)
    return f"{text} ({_('hiệu lực')} {' '.join(days)})" if days else text


def _word_diff(before: str, after: str) -> tuple[list[Part], list[Part]]:
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    left: list[Part] = []
    right: list[Part] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if a < b:
            left.append(("same" if kind == "equal" else "removed", "".join(old[a:b])))
        if c < d:
            right.append(("same" if kind == "equal" else "added", "".join(new[c:d])))
    return left, right
