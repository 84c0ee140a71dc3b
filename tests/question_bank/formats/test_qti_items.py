"""Items of QTI become items that score alike, or are kept as they are with the reason."""

import json

import pytest

from question_bank.formats.reading import Verdict
from question_bank.types.case import Case
from question_bank.types.cloze import Cloze
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.numeric import Numeric
from question_bank.types.ordering import Ordering
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from tests.question_bank.formats.qti_files import (
    MAP,
    MATCH,
    choices,
    item,
    mapping,
    response,
    rules,
    single,
    template,
)
from tests.question_bank.formats.qti_rows import (
    ZERO,
    add,
    asked,
    at,
    codes,
    content_of,
    kept,
    right,
    row_of,
)


def test_a_single_choice_keeps_stem_options_key_and_source_id() -> None:
    row = row_of(single())
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, SingleChoice)
    assert (content.stem, row.draft.source_id) == ("Chọn gì?", "I1")
    assert [option.text for option in content.options] == ["nội dung 65", "nội dung 66", "nội dung 67"]
    assert content.key == content.options[1].id
    assert not content.order_locked


def test_identifiers_of_the_file_never_reach_a_candidate() -> None:
    content = content_of(single(key="B"))
    assert isinstance(content, SingleChoice)
    assert not {"A", "B", "C"} & {option.id for option in content.options}


def test_part_points_become_shares() -> None:
    mapped = mapping({"A": "3", "B": "1", "C": "-1"}, bounds="lowerBound='0'")
    data = item(
        body=choices("A", "B", "C"), declarations=response("A", mapping=mapped), processing=template(MAP)
    )
    content = content_of(data)
    assert isinstance(content, SingleChoice)
    assert content.partial == {content.options[1].id: "1/3"}


def test_weights_with_bounds_become_a_weighted_choice() -> None:
    mapped = mapping({"A": "2", "B": "1", "C": "-1"}, bounds="lowerBound='0' upperBound='3'")
    declared = response("A", "B", cardinality="multiple", mapping=mapped)
    content = content_of(
        item(body=choices("A", "B", "C", most=0), declarations=declared, processing=template(MAP))
    )
    assert isinstance(content, MultipleChoice)
    a, b, c = (option.id for option in content.options)
    assert (content.rule, content.weights) == ("weighted", {a: "2/3", b: "1/3", c: "-1/3"})


def test_custom_processing_is_understood_by_what_it_does() -> None:
    """The form of ONYX: points per choice, then clamps to the bounds that the outcomes state."""
    tests = "".join(
        add(
            f"<member><baseValue baseType='identifier'>{name}</baseValue><variable identifier='RESPONSE'/></member>",
            points,
        )
        for name, points in (("A", "1"), ("B", "1"), ("C", "-1"))
    )
    low = f"<lt><variable identifier='SCORE'/>{ZERO}</lt>"
    reset = f"<setOutcomeValue identifier='SCORE'>{ZERO}</setOutcomeValue>"
    clamp = f"<responseCondition><responseIf>{low}{reset}</responseIf></responseCondition>"
    declared = response("A", "B", cardinality="multiple")
    content = content_of(
        item(body=choices("A", "B", "C", most=0), declarations=declared, processing=rules(tests + clamp))
    )
    assert isinstance(content, MultipleChoice)
    assert content.rule == "weighted"


def test_an_order_by_places_is_recognised() -> None:
    things = "".join(f"<simpleChoice identifier='{n}'>{n}</simpleChoice>" for n in "ABC")
    body = f"<p>Xếp</p><orderInteraction responseIdentifier='RESPONSE'>{things}</orderInteraction>"
    tests = "".join(add(f"<match>{at(n, 'variable')}{at(n, 'correct')}</match>", "1") for n in (1, 2, 3))
    declared = response("C", "A", "B", cardinality="ordered")
    content = content_of(item(body=body, declarations=declared, processing=rules(tests)))
    assert isinstance(content, Ordering)
    texts = {option.id: option.text for option in content.options}
    assert ([texts[i] for i in content.order], content.rule) == (["C", "A", "B"], "absolute_position")


MATCH_BODY = (
    "<matchInteraction responseIdentifier='RESPONSE' shuffle='true'><prompt>Ghép</prompt><simpleMatchSet>"
    "<simpleAssociableChoice identifier='A1' matchMax='1'>a</simpleAssociableChoice>"
    "<simpleAssociableChoice identifier='A2' matchMax='1'>b</simpleAssociableChoice></simpleMatchSet><simpleMatchSet>"
    "<simpleAssociableChoice identifier='B1' matchMax='1'>x</simpleAssociableChoice>"
    "<simpleAssociableChoice identifier='B2' matchMax='1'>y</simpleAssociableChoice>"
    "</simpleMatchSet></matchInteraction>"
)


@pytest.mark.parametrize("base", ["directedPair", "identifier"])
def test_pairs_are_read_even_where_they_are_called_identifiers(base: str) -> None:
    mapped = mapping({"A1 B1": "1", "A2 B2": "1"})
    declared = response("A1 B1", "A2 B2", cardinality="multiple", base=base, mapping=mapped)
    content = content_of(item(body=MATCH_BODY, declarations=declared, processing=template(MAP)))
    assert isinstance(content, Matching)
    assert (content.rule, len(content.pairs), content.is_target_reusable) == ("per_pair", 2, False)


def associate(*pairs: str) -> bytes:
    names = "".join(
        f"<simpleAssociableChoice identifier='{n}' matchMax='1'>{n}</simpleAssociableChoice>" for n in "ABCD"
    )
    body = f"<associateInteraction responseIdentifier='RESPONSE'><prompt>Cặp?</prompt>{names}</associateInteraction>"
    declared = response(*pairs, cardinality="multiple", base="pair")
    return item(body=body, declarations=declared, processing=template(MATCH))


def test_pairs_within_one_list_become_two_columns_and_that_is_said() -> None:
    data = associate("A B", "C D")
    assert isinstance(content_of(data), Matching)
    assert "qti_associate_as_matching" in codes(row_of(data))


def test_pairs_that_no_two_columns_hold_are_kept_as_they_are() -> None:
    code, content = kept(associate("A B", "B C", "C A"))
    assert code == "qti_not_two_sides"
    assert "associateInteraction" in content.source


def test_several_gaps_become_a_cloze_with_weights() -> None:
    body = (
        "<p>Số <textEntryInteraction responseIdentifier='R1'/> do <inlineChoiceInteraction responseIdentifier='R2'>"
        "<inlineChoice identifier='X'>Bộ</inlineChoice><inlineChoice identifier='Y'>Xã</inlineChoice>"
        "</inlineChoiceInteraction> ký.</p>"
    )
    declared = response("33", base="string", name="R1") + response("X", name="R2")
    data = item(
        body=body, declarations=declared, processing=rules(add(right("R1"), "2") + add(right("R2"), "1"))
    )
    content = content_of(data)
    assert isinstance(content, Cloze)
    assert [(gap.kind, gap.weight) for gap in content.gaps] == [("text", 2), ("choice", 1)]
    assert content.stem.startswith("Số [[gap:")


def test_a_text_entry_at_the_end_is_a_short_text_with_the_case_rule_of_the_file() -> None:
    body = "<p>Thủ đô?</p><p><textEntryInteraction responseIdentifier='RESPONSE'/></p>"
    data = item(body=body, declarations=response("Hà Nội", base="string"), processing=template(MATCH))
    content = content_of(data)
    assert isinstance(content, ShortText)
    assert (content.answers[0].text, content.is_case_sensitive) == ("Hà Nội", True)


def test_a_tolerance_is_found_by_asking() -> None:
    body = "<p>Bao nhiêu?</p><p><textEntryInteraction responseIdentifier='RESPONSE'/></p>"
    sides = "<correct identifier='RESPONSE'/><variable identifier='RESPONSE'/>"
    test = f"<equal toleranceMode='relative' tolerance='10'>{sides}</equal>"
    data = item(body=body, declarations=response("200", base="float"), processing=rules(add(test, "1")))
    content = content_of(data)
    assert isinstance(content, Numeric)
    assert [(a.value, a.tolerance) for a in content.answers] == [("200", "20")]


def test_a_long_text_without_key_is_an_essay_with_the_points_of_the_file() -> None:
    rubric = "<rubricBlock view='scorer'><p>Chấm ý.</p></rubricBlock>"
    body = f"<p>Trình bày.</p><extendedTextInteraction responseIdentifier='RESPONSE'/>{rubric}"
    most = (
        "<outcomeDeclaration identifier='MAXSCORE' cardinality='single' baseType='float'>"
        "<defaultValue><value>3</value></defaultValue></outcomeDeclaration>"
    )
    content = content_of(item(body=body, declarations=response(base="string") + most))
    assert isinstance(content, Essay)
    assert len(content.rubric[0].levels) == 4
    assert content.guidance == "Chấm ý."


def test_several_interactions_become_a_case() -> None:
    second = choices("P", "Q").replace("RESPONSE", "R2")
    data = item(
        body=f"<p>Ông A nộp hồ sơ.</p>{choices('A', 'B')}{second}",
        declarations=response("A") + response("Q", name="R2"),
        processing=rules(add(right(), "1") + add(right("R2"), "3")),
    )
    content = content_of(data)
    assert isinstance(content, Case)
    assert content.stem == "Ông A nộp hồ sơ."
    assert [part.weight for part in content.parts] == [1, 3]


def test_hot_text_becomes_a_choice_that_shows_the_text() -> None:
    body = (
        "<hottextInteraction responseIdentifier='RESPONSE' maxChoices='1'><prompt>Từ sai?</prompt>"
        "<p>Anh <hottext identifier='A'>giành</hottext> cho tôi <hottext identifier='B'>quà</hottext>.</p>"
        "</hottextInteraction>"
    )
    content = content_of(item(body=body, declarations=response("A"), processing=template(MATCH)))
    assert isinstance(content, SingleChoice)
    assert "Anh <u>giành</u> cho tôi" in content.stem


@pytest.mark.parametrize(
    "name",
    [
        "hotspotInteraction",
        "sliderInteraction",
        "uploadInteraction",
        "graphicGapMatchInteraction",
        "drawingInteraction",
    ],
)
def test_an_interaction_without_item_type_is_kept_with_its_source(name: str) -> None:
    code, content = kept(item(body=f"<p>Chỉ ra</p><{name} responseIdentifier='RESPONSE'/>"))
    assert code == "qti_interaction_unsupported"
    assert (content.stem, content.source_format) == ("Chỉ ra", "qti-2.1")
    assert f"<{name}" in content.source


def test_points_for_an_empty_response_are_refused() -> None:
    test = "<not><member><baseValue baseType='identifier'>A</baseValue><variable identifier='RESPONSE'/></member></not>"
    test = f"<or><isNull><variable identifier='RESPONSE'/></isNull>{test}</or>"
    data = item(body=choices("A", "B"), declarations=response("A"), processing=rules(add(test, "1")))
    assert kept(data)[0] == "qti_scores_for_nothing"


def test_points_below_zero_wait_for_a_person() -> None:
    mapped = mapping({"A": "1", "B": "-1", "C": "0"})
    row = row_of(
        item(
            body=choices("A", "B", "C"), declarations=response("A", mapping=mapped), processing=template(MAP)
        )
    )
    assert row.severity is Verdict.HOLD
    assert "qti_negative_scores" in codes(row)
    assert row.draft is not None
    assert isinstance(row.draft.content, SingleChoice)


def test_a_key_that_scores_nothing_is_imported_with_a_warning_and_never_fixed() -> None:
    mapped = mapping({"A": "0", "B": "0"})
    row = row_of(
        item(body=choices("A", "B"), declarations=response("A", mapping=mapped), processing=template(MAP))
    )
    assert row.severity is Verdict.WARNING
    assert "qti_key_scores_nothing" in codes(row)
    assert row.draft is not None
    assert isinstance(row.draft.content, SingleChoice)
    assert row.draft.content.key == row.draft.content.options[0].id


def test_a_key_that_scores_less_than_another_response_is_said() -> None:
    mapped = mapping({"A": "1", "B": "2"})
    row = row_of(
        item(body=choices("A", "B"), declarations=response("A", mapping=mapped), processing=template(MAP))
    )
    assert "qti_key_scores_less" in codes(row)


def test_without_processing_the_declared_key_is_used_with_a_warning() -> None:
    row = row_of(item(body=choices("A", "B"), declarations=response("B")))
    assert (row.severity, "qti_no_processing" in codes(row)) == (Verdict.WARNING, True)


def test_an_item_without_any_outcome_is_read() -> None:
    data = single().replace(
        b"<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>", b""
    )
    assert isinstance(content_of(data), SingleChoice)


def test_a_key_that_is_no_choice_waits_for_a_person() -> None:
    row = row_of(single(key="Z"))
    assert row.severity is Verdict.HOLD
    assert "qti_key_not_a_choice" in codes(row)


def test_a_repeated_choice_identifier_keeps_the_item_as_it_is() -> None:
    data = item(body=choices("A", "A", "B"), declarations=response("A"), processing=template(MATCH))
    assert kept(data)[0] == "qti_choice_repeated"


def test_text_behind_the_choices_is_kept_in_the_stem() -> None:
    data = asked(f"<p>Trước.</p>{choices('A', 'B')}<p>Sau.</p>")
    content = content_of(data)
    assert isinstance(content, SingleChoice)
    assert content.stem == "<p>Trước.</p><p>Chọn gì?</p><p>Sau.</p>"


def test_feedback_is_kept_in_the_rationale() -> None:
    more = "<modalFeedback outcomeIdentifier='F' identifier='A' showHide='show'>Vì Điều 5.</modalFeedback>"
    row = row_of(single(more=more))
    assert row.draft is not None
    assert row.draft.content.rationale == "Vì Điều 5."
    assert "qti_feedback_kept" in codes(row)


def test_markup_formulas_and_tables_survive() -> None:
    fraction = "<m:mfrac><m:mn>1</m:mn><m:mn>2</m:mn></m:mfrac>"
    formula = f"<m:math xmlns:m='http://www.w3.org/1998/Math/MathML'>{fraction}</m:math>"
    table = "<table><tbody><tr><td colspan='2'>ô</td></tr></tbody></table>"
    data = asked(f"<h2>Phần I</h2><div>Tính {formula}</div>{table}{choices('A', 'B')}")
    content = content_of(data)
    assert isinstance(content, SingleChoice)
    assert "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>" in content.stem
    assert '<td colspan="2">ô</td>' in content.stem
    assert content.stem.startswith("<p><strong>Phần I</strong></p>")


def test_scripts_handlers_and_frames_do_not_survive() -> None:
    body = (
        "<p onclick='alert(1)'>Đọc<script>alert(1)</script><a href='javascript:alert(1)'>đây</a></p>"
        "<iframe srcdoc='x'/>"
    )
    hostile = "<simpleChoice identifier='C'><img src='x' onerror='alert(1)'/></simpleChoice>"
    row = row_of(asked(body + choices("A", "B", more=hostile)))
    assert row.draft is not None
    stored = json.dumps(row.draft.model_dump(mode="json")).lower()
    assert not any(word in stored for word in ("alert", "onclick", "onerror", "javascript", "srcdoc"))


def test_a_missing_image_is_named_and_leaves_its_place_visible() -> None:
    data = asked(f"<p><img src='so-do.png' alt='Sơ đồ'/></p>{choices('A', 'B')}")
    row = row_of(data)
    assert "so-do.png" in next(f.message() for f in row.findings if f.code == "qti_file_missing")
    assert row.draft is not None
    assert "[hình: so-do.png – Sơ đồ]" in row.draft.content.stem


@pytest.mark.parametrize("address", ["http://example.org/a.png", "//example.org/a.png", "file:///etc/passwd"])
def test_nothing_is_fetched_from_elsewhere(address: str) -> None:
    data = asked(f"<p>Xem <img src='{address}' alt=''/></p>{choices('A', 'B')}")
    assert "qti_image_remote" in codes(row_of(data))


def test_a_template_of_random_data_gives_one_fixed_variant() -> None:
    drawn = "<setTemplateValue identifier='N'><randomInteger min='2' max='9'/></setTemplateValue>"
    twice = "<product><variable identifier='N'/><baseValue baseType='integer'>2</baseValue></product>"
    draw = (
        "<templateDeclaration identifier='N' cardinality='single' baseType='integer'/>"
        f"<templateProcessing>{drawn}<setCorrectResponse identifier='RESPONSE'>{twice}</setCorrectResponse>"
        "</templateProcessing>"
    )
    entry = "<p><textEntryInteraction responseIdentifier='RESPONSE'/></p>"
    body = f"<p>Hai lần <printedVariable identifier='N'/> là?</p>{entry}"
    data = item(body=body, declarations=response(base="integer") + draw, processing=template(MATCH))
    content = content_of(data)
    assert isinstance(content, Numeric)
    number = int(content.stem.removeprefix("Hai lần ").removesuffix(" là?"))
    assert content.answers[0].value == str(2 * number)
    assert content == content_of(data)
    assert "qti_template_variant" in codes(row_of(data))


def test_a_hint_button_is_left_out_and_said() -> None:
    body = choices("A", "B") + "<p><endAttemptInteraction responseIdentifier='HINT' title='Gợi ý'/></p>"
    data = item(
        body=body,
        declarations=response("A") + response(name="HINT", base="boolean"),
        processing=template(MATCH),
    )
    assert "qti_hint_dropped" in codes(row_of(data))


def test_qti_3_reads_as_qti_2() -> None:
    data = (
        b"<qti-assessment-item xmlns='http://www.imsglobal.org/xsd/imsqtiasi_v3p0' identifier='I3' title='t'>"
        b"<qti-response-declaration identifier='RESPONSE' cardinality='single' base-type='identifier'>"
        b"<qti-correct-response><qti-value>\n  B\n</qti-value></qti-correct-response></qti-response-declaration>"
        b"<qti-item-body><qti-choice-interaction response-identifier='RESPONSE' max-choices='1'>"
        b"<qti-prompt>Q?</qti-prompt><qti-simple-choice identifier='A'>a</qti-simple-choice>"
        b"<qti-simple-choice identifier='B'>b</qti-simple-choice>"
        b"</qti-choice-interaction></qti-item-body><qti-response-processing "
        b"template='https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml'/></qti-assessment-item>"
    )
    content = content_of(data)
    assert isinstance(content, SingleChoice)
    assert content.key == content.options[1].id
