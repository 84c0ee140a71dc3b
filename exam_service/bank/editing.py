"""The editor's form: what the browser sends, as fields that may be half-written, and the draft they make."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exam_service.bank.citation_fields import CITATION_FIELDS, CitationField, citation_field, read_citation
from exam_service.bank.forms import acts
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.registry import fields_of, read_content, show_content, start_content, type_of
from exam_service.bank.sentences import domain_sentence
from exam_service.i18n import gettext as _
from question_bank import citations
from question_bank.citations import Citation, CitationError, parse_citations
from question_bank.items import AnyContent, ItemDraft, parse_content
from question_bank.lint import Fix, FixKind, apply_fix
from question_bank.taxonomy import CognitiveLevel, DifficultyRating

Cells = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=20)]
Short = Annotated[str, Field(max_length=2000)]


class EditorInput(BaseModel):
    """What the form says beside the content; the lists of citations run side by side."""

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    level: Annotated[str, Field(max_length=40)] = ""
    competency: Annotated[str, Field(max_length=100)] = ""
    expected_time_s: Annotated[str, Field(max_length=10)] = ""
    difficulty_rating: Annotated[str, Field(max_length=20)] = ""
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
    act: Annotated[str, Field(max_length=200)] = ""


async def posted_fields(request: Request) -> Fields:
    """The fields of the content, from the same form body that `EditorInput` is read from."""
    form = await request.form()
    others = {*EditorInput.model_fields, "csrf_token"}
    pairs = ((name, value) for name, value in form.multi_items() if isinstance(value, str))
    return Fields.posted((name, value) for name, value in pairs if name not in others)


@dataclass(frozen=True)
class EditorForm:
    """What the editor shows, as typed."""

    fields: Fields
    level: str
    competency: str
    expected_time_s: str
    difficulty_rating: str
    tags: str
    citations: tuple[CitationField, ...]
    citation_text: str = ""
    focus: str = ""
    errors: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def type(self) -> str:
        return type_of(self.fields)


def form_of_draft(draft: ItemDraft) -> EditorForm:
    """The form that shows the draft."""
    return EditorForm(
        fields=fields_of(draft.content),
        level=draft.level.value if draft.level else "",
        competency=draft.competency or "",
        expected_time_s=str(draft.expected_time_s or ""),
        difficulty_rating=draft.difficulty_rating.value if draft.difficulty_rating else "",
        tags=", ".join(draft.tags),
        citations=tuple(citation_field(citation) for citation in draft.citations),
    )


def form_of_input(data: EditorInput, fields: Fields) -> EditorForm:
    """The form as it was posted."""
    columns = [getattr(data, f"citation_{name}") for name in CITATION_FIELDS]
    return EditorForm(
        fields=fields,
        level=data.level,
        competency=data.competency,
        expected_time_s=data.expected_time_s,
        difficulty_rating=data.difficulty_rating,
        tags=data.tags,
        citations=tuple(CitationField(*values) for values in zip_longest(*columns, fillvalue="")),
        citation_text=data.citation_text,
    )


def empty_content(item_type: str, *, option_count: int = 4) -> AnyContent:
    """The content of a fresh item of the type, with the rows that its form begins with."""
    fields = Fields()
    fields.put("type", item_type)
    if item_type in ("single_choice", "multiple_choice"):
        for _place in range(option_count):
            fields.add("options")
    start_content(fields)
    return parse_content(read_content(fields, {}))


def kept_fields(form: EditorForm) -> list[tuple[str, str]]:
    """(name, value) of what was typed for other types: carried along, so that changing the type back restores it."""
    shown = Fields()
    show_content(shown, _parsed(form.fields, {}) or empty_content(form.type))
    return form.fields.beyond(shown)


def _parsed(fields: Fields, errors: dict[str, str]) -> AnyContent | None:
    try:
        return parse_content(read_content(fields, errors))
    except ValidationError as error:
        places = sorted({".".join(str(step) for step in found["loc"][1:]) for found in error.errors()})
        errors["stem"] = _(
            "Có nội dung quá dài hoặc sai dạng (%(places)s) nên chưa lưu được; nội dung lưu lần trước được giữ.",
            places=", ".join(places)[:120],
        )
        return None


def read_form(form: EditorForm, before: ItemDraft) -> tuple[ItemDraft, dict[str, str]]:
    """The draft that the form makes, and field → sentence for each value that could not be taken over.

    What cannot be read keeps the value of `before` (content) or is left out (citations, time), and is told.
    """
    errors: dict[str, str] = {**form.errors}
    content = _parsed(form.fields, errors) or before.content
    tags = tuple(tag.strip()[:64] for tag in form.tags.replace(";", ",").split(",") if tag.strip())[:30]
    draft = ItemDraft(
        content=content,
        level=CognitiveLevel(form.level) if form.level in set(CognitiveLevel) else None,
        competency=_read_competency(form, before, errors),
        citations=_read_citations(form, errors),
        expected_time_s=_read_time(form, errors),
        difficulty_rating=DifficultyRating(form.difficulty_rating)
        if form.difficulty_rating in set(DifficultyRating)
        else None,
        tags=tags,
        source_id=before.source_id,
    )
    return draft, errors


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
    """The form after a button of the editor: `add:options`, `up:options:ID`, `fix:KIND:ID` …; others change nothing."""
    verb, _colon, argument = act.partition(":")
    step = _ACTS.get(verb)
    if step is not None:
        return step(form, argument)
    fields, errors = form.fields.copy(), dict[str, str]()
    focus = acts.carry_out(fields, act, errors)
    return replace(form, fields=fields, focus=focus, errors=errors)


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
    content = _parsed(form.fields, {})
    if kind not in set(FixKind) or content is None:
        return form
    fields = form.fields.copy()
    fields.update(fields_of(apply_fix(content, Fix(FixKind(kind), option_id or None))))
    return replace(form, fields=fields)


_ACTS: dict[str, Callable[[EditorForm, str], EditorForm]] = {
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
