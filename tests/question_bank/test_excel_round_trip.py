import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.citations import Citation
from question_bank.formats import excel
from question_bank.formats.excel import UnsupportedItem, Verdict
from question_bank.items import ItemDraft, semantic_hash
from question_bank.taxonomy import CognitiveLevel, DifficultyRating
from question_bank.types.content import Option
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

texts = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\nàđếộ<>&=+-@ \u00a0_x000D_")),
    min_size=1,
    max_size=40,
).filter(lambda text: any(c.isalnum() for c in text))
rich = st.one_of(
    texts, texts.map(lambda t: f"<p>{t}</p>"), st.just("m<sup>2</sup>"), st.just("=1+1"), st.just("_x000D_")
)
citations = st.builds(
    Citation,
    document_number=st.sampled_from(["80/2025/QH15", "150/2025/NĐ-CP", "45-QĐ/TW"]),
    title=st.sampled_from([None, "Luật Cán bộ, công chức"]),
    article=st.sampled_from([None, "5", "12a"]),
    clause=st.sampled_from([None, "3"]),
    in_force_from=st.sampled_from([None, date(2025, 7, 1), date(1999, 12, 31)]),
    in_force_to=st.sampled_from([None, date(2027, 3, 1)]),
)


@st.composite
def contents(draw: st.DrawFn) -> SingleChoice | MultipleChoice | TrueFalse:
    stem, rationale = draw(rich), draw(st.one_of(st.just(""), rich))
    if draw(st.integers(0, 3)) == 0:
        return TrueFalse(stem=stem, rationale=rationale, key=draw(st.sampled_from([True, False, None])))
    shown = draw(st.lists(rich, min_size=2, max_size=8))
    shown += draw(st.sampled_from([[], ["Cả A và B"], ["Tất cả các ý trên"]])) if len(shown) < 8 else []
    is_pinned = draw(st.lists(st.booleans(), min_size=len(shown), max_size=len(shown)))
    is_locked = draw(st.booleans())
    options = tuple(
        Option(id=f"o{n}", text=text, pinned=pin and not is_locked)
        for n, (text, pin) in enumerate(zip(shown, is_pinned, strict=True))
    )
    ids = [option.id for option in options]
    if draw(st.booleans()):
        key = draw(st.sampled_from([None, *ids]))
        return SingleChoice(stem=stem, rationale=rationale, options=options, key=key, order_locked=is_locked)
    keys = tuple(draw(st.lists(st.sampled_from(ids), unique=True)))
    rule = draw(st.sampled_from(MultipleChoiceRule))
    return MultipleChoice(
        stem=stem, rationale=rationale, options=options, keys=keys, rule=rule, order_locked=is_locked
    )


drafts = st.builds(
    ItemDraft,
    content=contents(),
    level=st.sampled_from([None, *CognitiveLevel]),
    competency=st.sampled_from([None, "KTC.01"]),
    citations=st.lists(citations, max_size=3).map(tuple),
    expected_time_s=st.one_of(st.none(), st.integers(5, 7200)),
    difficulty_rating=st.one_of(st.none(), st.sampled_from(DifficultyRating)),
    tags=st.lists(st.sampled_from(["bầu cử", "công chức", "đất đai"]), max_size=2).map(tuple),
    source_id=st.one_of(st.none(), st.sampled_from(["Q1", "001", "=Q"])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(drafts, min_size=1, max_size=4))
def test_what_is_written_reads_back_with_the_same_meaning(items: list[ItemDraft]) -> None:
    writable = [item for item in items if excel.unsupported(item) is None]
    if not writable:
        return
    data = excel.write(writable)
    rows = excel.read(data).rows
    assert [semantic_hash(row.draft) for row in rows if row.draft] == [
        semantic_hash(item) for item in writable
    ]
    assert [row.draft.source_id for row in rows if row.draft] == [item.source_id for item in writable]


def choice(*texts: str, **fields: object) -> SingleChoice:
    options = [{"id": f"o{n}", "text": text} for n, text in enumerate(texts)]
    return SingleChoice.model_validate({"stem": "Ai ký?", "options": options, "key": "o0", **fields})


def test_the_same_items_give_the_same_bytes() -> None:
    items = [ItemDraft(content=choice("một", "hai")), ItemDraft(content=TrueFalse(stem="Đúng?", key=False))]
    assert excel.write(items) == excel.write(items)


def test_nothing_written_is_a_formula_or_a_link() -> None:
    texts = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "https://example.vn", "{=1}"]
    data = excel.write([ItemDraft(content=choice(*texts), source_id="=1+1")])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert 'quotePrefix="1"' in styles


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (ItemDraft(content=choice(*(f"ý {n}" for n in range(9)))), "too_many_options"),
        (ItemDraft(content=choice("một", "", "ba")), "incomplete_options"),
        (ItemDraft(content=choice("một", "hai", key="o9")), "incomplete_options"),
        (
            ItemDraft(content=choice("một", "hai"), citations=(Citation(title="Luật A; Luật B"),)),
            "citation_not_expressible",
        ),
        (
            ItemDraft(
                content=SingleChoice(
                    stem="?",
                    options=(Option(id="a", text="x", pinned=True), Option(id="b", text="y")),
                    order_locked=True,
                )
            ),
            "pinned_and_locked",
        ),
    ],
)
def test_what_would_be_lost_is_refused_with_its_reason(draft: ItemDraft, code: str) -> None:
    with pytest.raises(UnsupportedItem) as refusal:
        excel.write([ItemDraft(content=choice("một", "hai")), draft])
    assert (refusal.value.index, refusal.value.code) == (1, code)


def test_the_template_reads_back_when_it_is_filled_in() -> None:
    (row,) = excel.read(
        excel.write([ItemDraft(content=choice("một", "hai"), level=CognitiveLevel.APPLY)])
    ).rows
    assert (row.row, row.severity) == (2, Verdict.OK)


def test_the_template_has_choice_lists_frozen_headings_and_instructions() -> None:
    with zipfile.ZipFile(io.BytesIO(excel.template())) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        words = archive.read("xl/sharedStrings.xml").decode()
    assert sheet.count("<dataValidation ") == 5
    assert 'state="frozen"' in sheet
    assert all(word in words for word in ("Hết hiệu lực", "Vận dụng cao", "Nhiều lựa chọn", "Alt+Enter"))
