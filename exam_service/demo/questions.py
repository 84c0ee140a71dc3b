"""The demo's banks: written by the author, approved by the reviewer, through the same services as any other item."""

import html
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import authoring, reviewing
from exam_service.bank.legal.imports import add_starter_register
from exam_service.bank.media.storing import store_image
from exam_service.bank.models import Bank, Competency, ItemVersion
from exam_service.demo.content import (
    DemoCitation,
    DemoItem,
    VariedItem,
    load_competencies,
    load_documents,
    load_image,
    load_items,
    load_varied_items,
)
from question_bank.citations import Citation
from question_bank.items import AnyContent, ItemDraft, Option, new_option_id
from question_bank.lint import apply_order_safety
from question_bank.media import clean_image
from question_bank.taxonomy import CognitiveLevel, DifficultyRating
from question_bank.text import rich_from_plain
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

# Bank code (the first part of the item codes) → name and the code of its position (None: shared by all).
BANKS: dict[str, tuple[str, str | None]] = {
    "KTC": ("Kiến thức chung", None),
    "VPTK": ("Văn phòng – thống kê", "VT-CVVP"),
    "TPHT": ("Tư pháp – hộ tịch", "VT-CVTP"),
    "TCKT": ("Tài chính – kế toán", "VT-CVTC"),
    "TH": ("Tình huống và các dạng câu hỏi khác", None),
}
LEFT_FOR_REVIEW = {"remember": 2, "understand": 2, "apply": 2}
"""So many of general knowledge, which has more than its periods need: a visitor finds work in the review queue."""


def add_banks(
    session: Session, *, positions: dict[str, UUID], author: Actor, reviewer: Actor
) -> dict[str, UUID]:
    """Banks, competencies and items are there, all approved but a few that wait for review; returns bank code → id."""
    for node in load_competencies():
        session.add(Competency(code=node.code, name=node.name_vi, name_en=node.name_en))
    banks = {
        code: Bank(code=code, name=name, position_id=positions[position] if position else None)
        for code, (name, position) in BANKS.items()
    }
    session.add_all(banks.values())
    session.flush()  # items refer to them
    pictures = {item.code: item.image for item in load_items() if item.image is not None}
    drafts = [*map(draft_of, reversed(load_items())), *map(varied_draft, load_varied_items())]
    # Before the questions: whoever approves one then knows what the register says.
    add_starter_register(session, reviewer)
    for code, bank in banks.items():
        own = [draft for draft in drafts if (draft.source_id or "").startswith(f"{code}-")]
        for picture in filter(None, (pictures.get(draft.source_id or "") for draft in own)):
            store_image(session, author, bank_id=bank.id, data=load_image(picture))
        items = authoring.create_items(session, author, bank=bank, drafts=own)
        revisions = {item.id: item.revision for item in items}
        submitted = authoring.submit_items(session, author, revisions=revisions)
        assert not submitted.refused
        _approve(
            session,
            reviewer,
            list(submitted.versions.values()),
            left=LEFT_FOR_REVIEW if code == "KTC" else {},
        )
    return {code: bank.id for code, bank in banks.items()}


def _approve(
    session: Session, reviewer: Actor, versions: Sequence[ItemVersion], *, left: Mapping[str, int]
) -> None:
    """The versions are approved but the first of each level that are `left` waiting."""
    waiting = Counter[str]()
    for version in versions:
        if waiting[version.level] < left.get(version.level, 0):
            waiting[version.level] += 1
        else:
            reviewing.approve_version(session, reviewer, version_id=version.id)


def draft_of(item: DemoItem) -> ItemDraft:
    """The item as the bank stores it; dates of its legal basis come from the register of documents."""
    return ItemDraft(
        content=apply_order_safety(_content(item)),
        level=CognitiveLevel(item.level),
        competency=item.competency,
        citations=tuple(_citations(item.citations)),
        expected_time_s=item.expected_time_s,
        difficulty_rating=DifficultyRating(item.difficulty_rating),
        source_id=item.code,
    )


def varied_draft(item: VariedItem) -> ItemDraft:
    """The item as the bank stores it, with ids that tell nothing of the order of authoring."""
    content = item.content.relabelled({own_id: new_option_id() for own_id in item.content.ids()})
    return ItemDraft(
        content=apply_order_safety(content),
        level=CognitiveLevel(item.level),
        competency=item.competency,
        citations=tuple(_citations(item.citations)),
        expected_time_s=item.expected_time_s,
        difficulty_rating=DifficultyRating(item.difficulty_rating),
        source_id=item.code,
    )


def _content(item: DemoItem) -> AnyContent:
    stem, rationale = rich_from_plain(item.stem) + _image(item), rich_from_plain(item.rationale)
    if isinstance(item.key, bool):
        return TrueFalse(stem=stem, key=item.key, rationale=rationale)
    assert item.options is not None
    options = tuple(Option.create(rich_from_plain(text)) for text in item.options)
    keys = tuple(options[index].id for index in item.key)
    if item.type == "single_choice":
        return SingleChoice(stem=stem, options=options, key=keys[0], rationale=rationale)
    return MultipleChoice(stem=stem, options=options, keys=keys, rationale=rationale)


def _image(item: DemoItem) -> str:
    if item.image is None:
        return ""
    name = clean_image(load_image(item.image)).name
    return f'<br><img src="media:{name}" alt="{html.escape(item.image.alt)}">'


def _citations(citations: tuple[DemoCitation, ...]) -> Iterator[Citation]:
    documents = load_documents()
    for citation in citations:
        document = documents[citation.document_number]
        yield Citation(
            document_number=citation.document_number,
            title=document.title,
            article=citation.article,
            clause=citation.clause,
            point=citation.point,
            in_force_from=document.in_force_from,
            # The register names the last day in force, a citation the first day after it.
            in_force_to=document.in_force_to + timedelta(days=1) if document.in_force_to else None,
        )
