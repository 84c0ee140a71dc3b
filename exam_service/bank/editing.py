"""The editor's form: what the browser sends, as fields that may be half-written, and the draft they make."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exam_service.bank.citation_fields import CITATION_FIELDS, CitationField, citation_field, read_citation
from exam_service.bank.sentences import domain_sentence
from exam_service.i18n import gettext as _
from question_bank import citations
from question_bank.citations import Citation, CitationError, parse_citations
from question_bank.items import AnyContent, ItemDraft, Option, new_option_id, parse_content
from question_bank.lint import Fix, FixKind, apply_fix
from question_bank.taxonomy import CognitiveLevel
from question_bank.text import MAX_RICH_TEXT_CHARS, plain, sanitise
from question_bank.types.content import MAX_OPTIONS, ChoiceContent
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

Texts = Annotated[list[Annotated[str, Field(max_length=MAX_RICH_TEXT_CHARS)]], Field(max_length=MAX_OPTIONS)]
Ids = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=MAX_OPTIONS)]
Cells = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=20)]
Short = Annotated[str, Field(max_length=2000)]
FORM_TYPES = ("single_choice", "multiple_choice", "true_false")
"""The types whose whole content stands in the form; of others it shows stem and rationale alone."""


class EditorInput(BaseModel):
    """The form as a browser posts it; the lists of options and of citations run side by side."""

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    type: Annotated[str, Field(max_length=40)] = "single_choice"
    stem: Annotated[str, Field(max_length=MAX_RICH_TEXT_CHARS)] = ""
    option_id: Ids = []
    option_text: Texts = []
    pinned: Ids = []
    key: Ids = []
    rule: Annotated[str, Field(max_length=40)] = MultipleChoiceRule.ALL_OR_NOTHING.value
    order_locked: bool = False
    rationale: Annotated[str, Field(max_length=MAX_RICH_TEXT_CHARS)] = ""
    level: Annotated[str, Field(max_length=40)] = ""
    competency: Annotated[str, Field(max_length=100)] = ""
    expected_time_s: Annotated[str, Field(max_length=10)] = ""
    tags: Short = ""
    citation_number: Cells = []
    citation_title: Cells = []
    citation_article: Cells = []
    citation_clause: Cells = []
    citation_point: Cells = []
    citation_start: Cells = []
    citation_end: Cells = []
    citation_text: Short = ""
    order: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    act: Annotated[str, Field(max_length=80)] = ""


@dataclass(frozen=True)
class OptionField:
    """An option as it stands in the form; its text is what the author sees in the box."""

    id: str
    text: str
    pinned: bool = False


@dataclass(frozen=True)
class EditorForm:
    """What the editor shows, as typed. `problems` maps a field to why its value is not in the draft."""

    type: str
    stem: str
    options: tuple[OptionField, ...]
    keys: frozenset[str]
    rule: str
    order_locked: bool
    rationale: str
    level: str
    competency: str
    expected_time_s: str
    tags: str
    citations: tuple[CitationField, ...]
    citation_text: str = ""
    focus: str = ""


def editable(rich: str) -> str:
    """Rich text as an author edits it: plain where saving the plain text gives the same again, else its HTML."""
    text = plain(rich)
    return text if sanitise(text) == rich else rich


def form_of_draft(draft: ItemDraft) -> EditorForm:
    """The form that shows the draft."""
    content = draft.content
    options = content.options if isinstance(content, ChoiceContent) else ()
    keyed = content.correct_response()
    return EditorForm(
        type=content.type,
        stem=editable(content.stem),
        options=tuple(OptionField(option.id, editable(option.text), option.pinned) for option in options),
        keys=frozenset(content.categories(keyed))
        if keyed is not None and _keys_fit(content)
        else frozenset(),
        rule=content.rule.value
        if isinstance(content, MultipleChoice)
        else MultipleChoiceRule.ALL_OR_NOTHING.value,
        order_locked=isinstance(content, ChoiceContent) and content.order_locked,
        rationale=editable(content.rationale),
        level=draft.level.value if draft.level else "",
        competency=draft.competency or "",
        expected_time_s=str(draft.expected_time_s or ""),
        tags=", ".join(draft.tags),
        citations=tuple(citation_field(citation) for citation in draft.citations),
    )


def _keys_fit(content: AnyContent) -> bool:
    return not any(problem.code == "key_not_an_option" for problem in content.problems())


def form_of_input(data: EditorInput) -> EditorForm:
    """The form as it was posted."""
    options = list(zip_longest(data.option_id, data.option_text, fillvalue=""))[:MAX_OPTIONS]
    columns = [getattr(data, f"citation_{name}") for name in CITATION_FIELDS]
    return EditorForm(
        type=data.type,
        stem=data.stem,
        options=_options(options, frozenset(data.pinned)),
        keys=frozenset(data.key),
        rule=data.rule,
        order_locked=data.order_locked,
        rationale=data.rationale,
        level=data.level,
        competency=data.competency,
        expected_time_s=data.expected_time_s,
        tags=data.tags,
        citations=tuple(CitationField(*values) for values in zip_longest(*columns, fillvalue="")),
        citation_text=data.citation_text,
    )


def _options(posted: list[tuple[str, str]], pinned: frozenset[str]) -> tuple[OptionField, ...]:
    options: dict[str, OptionField] = {}
    for key, text in posted:
        option_id = _safe_id(key, options)
        options[option_id] = OptionField(option_id, text, key in pinned)
    return tuple(options.values())


def _safe_id(option_id: str, taken: Collection[str]) -> str:
    is_sound = (
        option_id not in taken
        and 0 < len(option_id) <= 32
        and option_id.replace("-", "").replace("_", "").isalnum()
    )
    return option_id if is_sound and option_id.isascii() else new_option_id()


def empty_content(item_type: str, *, option_count: int) -> AnyContent:
    """The content of a fresh item of the type, with that many empty options."""
    if item_type == "true_false":
        return TrueFalse(stem="")
    options = tuple(Option.create("") for _place in range(option_count))
    return (
        MultipleChoice(stem="", options=options)
        if item_type == "multiple_choice"
        else SingleChoice(stem="", options=options)
    )


def read_form(form: EditorForm, before: ItemDraft) -> tuple[ItemDraft, dict[str, str]]:
    """The draft that the form makes, and field → sentence for each value that could not be taken over.

    What cannot be read keeps the value of `before` (content) or is left out (citations, time), and is told.
    """
    errors: dict[str, str] = {}
    content = _read_content(form, before, errors)
    tags = tuple(tag.strip()[:64] for tag in form.tags.replace(";", ",").split(",") if tag.strip())[:30]
    draft = ItemDraft(
        content=content,
        level=CognitiveLevel(form.level) if form.level in set(CognitiveLevel) else None,
        competency=_read_competency(form, before, errors),
        citations=_read_citations(form, errors),
        expected_time_s=_read_time(form, errors),
        tags=tags,
        source_id=before.source_id,
    )
    return draft, errors


def _read_content(form: EditorForm, before: ItemDraft, errors: dict[str, str]) -> AnyContent:
    raw: dict[str, Any] = {"type": form.type, "stem": form.stem, "rationale": form.rationale}
    if form.type not in FORM_TYPES:
        if before.content.type != form.type:
            return before.content
        raw = before.content.model_dump(mode="json") | raw
    elif form.type == "true_false":
        raw["key"] = {"true": True, "false": False}.get(next(iter(form.keys), ""))
    else:
        raw["options"] = [{"id": o.id, "text": o.text, "pinned": o.pinned} for o in form.options]
        raw["order_locked"] = form.order_locked
        raw |= _kept(before.content, form)
        chosen = [option.id for option in form.options if option.id in form.keys]
        if form.type == "multiple_choice":
            raw |= {"keys": chosen, "rule": form.rule}
        else:
            raw["key"] = chosen[0] if chosen else None
    try:
        return parse_content(raw)
    except ValidationError:
        errors["stem"] = _(
            "Nội dung quá dài hoặc sai dạng nên chưa lưu được; nội dung lưu lần trước được giữ."
        )
        return before.content


def _kept(content: AnyContent, form: EditorForm) -> dict[str, Any]:
    """What the form does not show of a choice item of its type, for the options that are still there."""
    if content.type != form.type:
        return {}
    raw = content.model_dump(mode="json", include={"partial", "weights", "floor", "max_choices"})
    ids = {option.id for option in form.options}
    for name in raw.keys() & {"partial", "weights"}:
        raw[name] = {key: share for key, share in raw[name].items() if key in ids}
    return raw


def _read_competency(form: EditorForm, before: ItemDraft, errors: dict[str, str]) -> str | None:
    if not form.competency:
        return None
    try:
        return ItemDraft(content=before.content, competency=form.competency).competency
    except ValidationError:
        errors["competency"] = _("Mã năng lực không hợp lệ. Hãy chọn trong danh sách.")
        return before.competency


def _read_time(form: EditorForm, errors: dict[str, str]) -> int | None:
    text = form.expected_time_s.strip()
    if not text:
        return None
    if text.isascii() and text.isdecimal() and 5 <= int(text) <= 7200:
        return int(text)
    errors["expected_time_s"] = _("Thời gian phải là số giây từ 5 đến 7200.")
    return None


def _read_citations(form: EditorForm, errors: dict[str, str]) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for index, field in enumerate(form.citations):
        if field.is_blank:
            continue
        citation = read_citation(field)
        if isinstance(citation, Citation):
            found.append(citation)
        else:
            errors[f"citation-{index}"] = citation
    return tuple(found)


def carry_out(form: EditorForm, act: str) -> EditorForm:
    """The form after a button of the editor: `add_option`, `up:ID`, `fix:KIND:ID` … Unknown acts change nothing."""
    verb, _colon, argument = act.partition(":")
    step = _ACTS.get(verb)
    return form if step is None else step(form, argument)


def _add_option(form: EditorForm, _argument: str) -> EditorForm:
    if len(form.options) >= MAX_OPTIONS:
        return form
    fresh = OptionField(new_option_id(), "")
    return replace(form, options=(*form.options, fresh), focus=f"option-{fresh.id}")


def _remove_option(form: EditorForm, option_id: str) -> EditorForm:
    options = tuple(option for option in form.options if option.id != option_id)
    return replace(form, options=options, keys=form.keys - {option_id})


def _moved(step: int) -> Callable[[EditorForm, str], EditorForm]:
    def move(form: EditorForm, option_id: str) -> EditorForm:
        options = list(form.options)
        place = next((index for index, option in enumerate(options) if option.id == option_id), None)
        if place is None or not 0 <= place + step < len(options):
            return form
        options[place], options[place + step] = options[place + step], options[place]
        return replace(form, options=tuple(options), focus=f"option-{option_id}")

    return move


def _add_citation(form: EditorForm, _argument: str) -> EditorForm:
    if len(form.citations) >= 20:
        return form
    return replace(
        form, citations=(*form.citations, CitationField()), focus=f"citation-{len(form.citations)}-number"
    )


def _remove_citation(form: EditorForm, place: str) -> EditorForm:
    kept: Sequence[CitationField] = [
        citation for index, citation in enumerate(form.citations) if str(index) != place
    ]
    return replace(form, citations=tuple(kept))


def _split_citation(form: EditorForm, _argument: str) -> EditorForm:
    try:
        found = parse_citations(form.citation_text)
    except CitationError:
        return form
    kept = tuple(citation for citation in form.citations if not citation.is_blank)
    return replace(form, citations=(*kept, *map(citation_field, found))[:20], citation_text="")


def _apply_fix(form: EditorForm, argument: str) -> EditorForm:
    kind, _colon, option_id = argument.partition(":")
    if kind not in set(FixKind):
        return form
    draft, _errors = read_form(form, ItemDraft(content=empty_content("true_false", option_count=0)))
    fixed = apply_fix(draft.content, Fix(FixKind(kind), option_id or None))
    after = form_of_draft(draft.model_copy(update={"content": fixed}))
    return replace(form, options=after.options, order_locked=after.order_locked)


_ACTS: dict[str, Callable[[EditorForm, str], EditorForm]] = {
    "add_option": _add_option,
    "remove_option": _remove_option,
    "up": _moved(-1),
    "down": _moved(1),
    "add_citation": _add_citation,
    "remove_citation": _remove_citation,
    "split_citation": _split_citation,
    "fix": _apply_fix,
}


def citation_text_error(form: EditorForm) -> str:
    """Why the free text of citations was not split; empty when there is none left."""
    if not form.citation_text.strip():
        return ""
    try:
        parse_citations(form.citation_text)
    except CitationError as error:
        return domain_sentence(citations.MESSAGES, error.code, error.params)
    return ""
