"""The demo's questions of the further types: every type is shown, complete, sound, and with its legal basis."""

from collections import Counter
from datetime import date
from typing import get_args

from exam_service.demo.content import load_competencies, load_documents, load_varied_items
from exam_service.demo.questions import varied_draft
from question_bank.items import AnyContent
from question_bank.lint import Severity, lint

ITEMS = load_varied_items()
DEMO_DAY = date(2026, 11, 23)


def test_every_further_type_is_shown_and_cases_more_than_once() -> None:
    counts = Counter(item.content.type for item in ITEMS)
    every = {member.model_fields["type"].default for member in get_args(get_args(AnyContent)[0])}
    assert counts.keys() == every - {"single_choice", "multiple_choice", "true_false", "unsupported"}
    assert counts["case"] >= 2


def test_each_is_complete_and_has_nothing_to_warn_of() -> None:
    for item in ITEMS:
        draft = varied_draft(item)
        assert draft.problems() == (), item.code
        found = [finding for finding in lint(draft) if finding.severity is not Severity.INFO]
        assert found == [], item.code
        assert draft.is_in_force_on(DEMO_DAY), item.code


def test_each_hangs_on_the_tree_and_its_rationale_names_the_cited_article() -> None:
    leaves = {entry.code for entry in load_competencies() if entry.parent}
    documents = load_documents()
    assert [item.code for item in ITEMS] == [f"TH-{number:03d}" for number in range(1, len(ITEMS) + 1)]
    for item in ITEMS:
        assert item.competency in leaves, item.code
        assert all(citation.document_number in documents for citation in item.citations), item.code
        assert any(f"Điều {citation.article}" in item.content.rationale for citation in item.citations), (
            item.code
        )
