"""QTI that is damaged, foreign or meant to harm: kept, named or refused, never run."""

from tests.question_bank.formats.qti_files import (
    choices,
    item,
    mapping,
    response,
    rules,
)
from tests.question_bank.formats.qti_rows import add, kept, right, row_of


def test_programs_of_a_package_are_never_run() -> None:
    body = "<customInteraction responseIdentifier='RESPONSE'><script>alert(1)</script></customInteraction>"
    code, content = kept(item(body=body))
    assert code == "qti_custom_interaction"
    assert "alert" not in content.stem


def test_processing_of_another_kind_keeps_the_item_as_it_is() -> None:
    mapped_score = (
        "<setOutcomeValue identifier='SCORE'><mapResponse identifier='RESPONSE'/></setOutcomeValue>"
    )
    bonus = mapped_score + add(right(), "5")
    mapped = mapping({"A": "1", "B": "1", "C": "-1"}, bounds="lowerBound='0'")
    declared = response("A", "B", cardinality="multiple", mapping=mapped)
    code, _ = kept(item(body=choices("A", "B", "C", most=0), declarations=declared, processing=rules(bonus)))
    assert code == "qti_processing_differs"


def test_an_operator_that_is_not_evaluated_is_named() -> None:
    test = "<customOperator class='org.example.Cas'><variable identifier='RESPONSE'/></customOperator>"
    data = item(body=choices("A", "B"), declarations=response("A"), processing=rules(add(test, "1")))
    assert kept(data)[0] == "qti_operator_unsupported"
    assert "org.example.Cas" in row_of(data).findings[0].message()
