"""The editor: what a form makes of half-written input, and what an author is told about it."""

from dataclasses import replace
from itertools import permutations

import lxml.html
import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank import editing
from exam_service.bank.citation_fields import CitationField, citation_note
from exam_service.bank.editing import EditorForm, carry_out, form_of_draft, read_form
from exam_service.bank.forms.fields import Fields
from exam_service.bank.models import Item
from exam_service.bank.presentation import candidate_preview, compare, with_key
from question_bank.items import ItemDraft, Option, semantic_hash
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from tests.fixtures.auth import SignedIn, SignIn
from tests.fixtures.bank import actor_of, make_bank, make_competency, make_draft, make_item

OPTIONS = tuple(Option.create(text) for text in ("Một", "Hai", "Ba <b>đậm</b>", "Tất cả các phương án trên"))
DRAFTS = (
    make_draft(),
    make_draft("a < b và c > d<br>dòng hai"),
    make_draft("Câu có <b>chữ đậm</b> &amp; x<sub>2</sub>"),
    make_draft("Chữ &lt;b&gt; viết ra"),
    ItemDraft(content=TrueFalse(stem="Công chức phải có mặt lúc 07:30.", key=False)),
    ItemDraft(content=TrueFalse(stem="")),
    ItemDraft(content=SingleChoice(stem="Chưa có gì", options=())),
    ItemDraft(
        content=MultipleChoice(
            stem="Chọn hai",
            options=OPTIONS,
            keys=(OPTIONS[0].id, OPTIONS[2].id),
            rule=MultipleChoiceRule.PARTIAL,
        ),
        tags=("hộ tịch", "khai sinh"),
    ),
    ItemDraft(content=SingleChoice(stem="Khóa", options=OPTIONS, order_locked=True, key=OPTIONS[1].id)),
)


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: draft.content.stem or "empty")
def test_opening_and_saving_an_item_changes_nothing(draft: ItemDraft) -> None:
    again, errors = read_form(form_of_draft(draft), draft)
    assert errors == {}
    assert again == draft


def form(**values: object) -> EditorForm:
    return replace(form_of_draft(make_draft()), **values)


def with_stem(stem: str) -> Fields:
    fields = form().fields
    fields.put("stem", stem)
    return fields


def test_a_document_number_is_normalised_as_it_is_typed() -> None:
    typed = CitationField(number=" số 150/2025/nđ-cp ", article="3", point="A")
    (citation,) = read_form(form(citations=(typed,)), make_draft())[0].citations
    assert (citation.document_number, citation.article, citation.point) == ("150/2025/NĐ-CP", "3", "a")
    assert citation_note(typed) == (True, "Điểm a Điều 3 Nghị định số 150/2025/NĐ-CP")


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        (CitationField(number="nghị định mới"), "không phải là số, ký hiệu văn bản"),
        (CitationField(article="3"), "Hãy nhập số, ký hiệu hoặc tên văn bản"),
        (CitationField(number="80/2025/QH15", article="ba"), "Chưa đọc được: Điều"),
        (CitationField(number="80/2025/QH15", start="32/01/2025"), "không đọc được"),
        (
            CitationField(number="80/2025/QH15", start="01/07/2025", end="01/07/2024"),
            "phải sau ngày có hiệu lực",
        ),
    ],
)
def test_a_citation_that_cannot_be_read_is_told_and_the_rest_is_saved(
    field: CitationField, sentence: str
) -> None:
    draft, errors = read_form(form(citations=(field,), fields=with_stem("Phần dẫn mới?")), make_draft())
    assert sentence in errors["citation-0"]
    assert (draft.content.stem, draft.citations) == ("Phần dẫn mới?", ())


def test_a_whole_reference_is_split_into_its_fields() -> None:
    split = carry_out(
        form(citations=(), citation_text="Khoản 2 Điều 10 Luật số 80/2025/QH15"), "split_citation"
    )
    assert split.citations == (CitationField(number="80/2025/QH15", article="10", clause="2"),)
    assert split.citation_text == ""
    unread = carry_out(form(citation_text="theo quy định"), "split_citation")
    assert unread.citation_text == "theo quy định"
    assert "Chưa đọc được căn cứ" in editing.citation_text_error(unread)


def test_options_are_added_moved_and_removed_with_their_key() -> None:
    start = form()
    first, second, *rest = start.fields.ids("options")
    assert carry_out(start, f"up:options:{second}").fields.ids("options") == [second, first, *rest]
    assert carry_out(start, f"up:options:{first}").fields == start.fields, "the first stays first"
    assert second in start.fields.all("key")
    draft, _errors = read_form(carry_out(start, f"remove:options:{second}"), make_draft())
    assert isinstance(draft.content, SingleChoice)
    assert (len(draft.content.options), draft.content.key) == (3, None)
    added = carry_out(start, "add:options")
    assert added.focus == f"options-{added.fields.ids('options')[-1]}-text"


@pytest.mark.parametrize(
    "act",
    [
        "",
        "nonsense",
        "up:",
        "up:nonsense",
        "up:options:nonsense",
        "fix:nonsense",
        "fix:pin_option:x",
        "remove_citation:99",
    ],
)
def test_an_unknown_button_changes_nothing(act: str) -> None:
    before = form()
    assert carry_out(before, act).fields == before.fields


def test_one_click_pins_the_option_that_speaks_of_the_others() -> None:
    content = SingleChoice(stem="Gồm những gì?", options=OPTIONS, key=OPTIONS[3].id)
    fixed = carry_out(form_of_draft(ItemDraft(content=content)), f"fix:pin_option:{OPTIONS[3].id}")
    assert [row.is_on("pinned") for _id, row in fixed.fields.entries("options")] == [
        False,
        False,
        False,
        True,
    ]


def test_the_preview_is_what_a_candidate_receives_and_shuffles_around_pins() -> None:
    pinned = (*OPTIONS[:3], OPTIONS[3].model_copy(update={"pinned": True}))
    content = SingleChoice(stem="Gồm những gì?", options=pinned, key=pinned[3].id, rationale="bí mật")
    authored = candidate_preview(content, seed="x", order=0)
    assert authored.view == content.candidate_view([option.id for option in pinned])
    assert (authored.response, authored.key, authored.rationale) == (None, "", "")
    orders = {
        tuple(option["id"] for option in candidate_preview(content, seed="x", order=order).view["options"])
        for order in range(1, 60)
    }
    free = [option.id for option in pinned[:3]]
    assert orders == {(*order, pinned[3].id) for order in permutations(free)}


def test_staff_see_the_key_and_candidates_do_not() -> None:
    assert with_key(TrueFalse(stem="Đúng?", key=True)).response == {"value": True}
    assert with_key(TrueFalse(stem="Đúng?", key=True)).key == "Đúng"
    assert with_key(SingleChoice(stem="?", options=OPTIONS, key="gone")).response is None


def test_two_versions_are_compared_word_by_word() -> None:
    rows = compare(make_draft("Thời hạn là 30 ngày?"), make_draft("Thời hạn là 60 ngày?"))
    stem = next(row for row in rows if row[0] == "Phần dẫn")
    assert ("removed", "30") in stem[1]
    assert ("added", "60") in stem[2]
    unchanged = next(row for row in rows if row[0] == "Mức độ")
    assert unchanged[1] == unchanged[2] == [("same", "Nhận biết")]


@pytest.fixture
def client(session: Session, signed_in: SignIn) -> SignedIn:
    make_competency(session)
    return signed_in(roles={Role.AUTHOR})


@pytest.fixture
def item(session: Session, client: SignedIn) -> Item:
    item = make_item(session, make_bank(session), actor_of(client.account))
    session.commit()
    return item


def posted(client: SignedIn, item: Item, **values: object) -> dict[str, object]:
    """The fields of the editor as a browser would send them, some changed."""
    page = lxml.html.fromstring(client.get(f"/bank/items/{item.id}/edit").text)
    fields: dict[str, object] = {}
    for name, value in page.forms[[f.get("id") for f in page.forms].index("editor-form")].form_values():
        fields.setdefault(name, []).append(value)
    for field in page.xpath("//input[@form='editor-form']"):
        fields[field.get("name")] = [field.get("value")]
    return {**fields, **values}


def test_typing_is_saved_and_answered_with_preview_findings_and_the_truth(
    session: Session, client: SignedIn, item: Item
) -> None:
    data = posted(client, item, stem="Theo quy định hiện hành, <b>ai</b> ký?", act="")
    answer = client.post(f"/bank/items/{item.id}/edit", data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    page = lxml.html.fromstring(answer.text)
    assert page.xpath("string(//*[@class='paper-stem'])") == "Theo quy định hiện hành, ai ký?"
    assert "Đã lưu nháp" in page.xpath("string(//*[@id='save-state'])")
    assert "không nói rõ văn bản nào" in page.text_content()
    assert not page.xpath("//form"), "only the side is replaced: the box that is typed in stays"
    session.expire_all()
    assert item.summary == "Theo quy định hiện hành, ai ký?"
    assert page.xpath("//input[@name='revision']/@value") == [str(item.revision)]


def test_the_preview_carries_neither_key_nor_rationale(client: SignedIn, item: Item) -> None:
    data = posted(client, item, rationale="BÍ MẬT", act="")
    answer = client.post(f"/bank/items/{item.id}/edit", data=data, headers={"HX-Request": "true"})
    assert "BÍ MẬT" not in answer.text
    assert "data-response" not in answer.text
    assert "data-key" not in answer.text


def test_script_in_a_stem_reaches_no_page(client: SignedIn, item: Item) -> None:
    evil = (
        '<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)> Ai <b onclick="x">ký</b>?'
    )
    data = posted(client, item, stem=evil, rationale=evil, tags=evil, act="")
    data |= {name: evil for name in data if name.startswith("options.") and name.endswith(".text")}
    answer = client.post(f"/bank/items/{item.id}/edit", data=data, headers={"HX-Request": "true"})
    pages = [answer, *(client.get(f"/bank/items/{item.id}{path}") for path in ("", "/edit", "/compare"))]
    pages.append(client.get("/bank/items"))
    for page in pages:
        assert page.status_code == 200
        tree = lxml.html.fromstring(page.text)
        assert not tree.xpath("//@onerror | //@onclick | //@onload")
        assert not tree.xpath("//script[contains(., 'alert')] | //svg[@onload]")


def test_a_page_that_was_overtaken_is_told_and_writes_nothing(
    session: Session, client: SignedIn, item: Item
) -> None:
    first = posted(client, item, stem="Người thứ nhất?", act="")
    second = {**first, "stem": "Người thứ hai?"}
    client.post(f"/bank/items/{item.id}/edit", data=first, headers={"HX-Request": "true"})
    answer = client.post(f"/bank/items/{item.id}/edit", data=second, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Chưa lưu." in answer.text
    session.expire_all()
    assert item.summary == "Người thứ nhất?"


def test_a_button_answers_with_the_whole_form(client: SignedIn, item: Item) -> None:
    data = posted(client, item, act="add:options")
    answer = client.post(f"/bank/items/{item.id}/edit", data=data, headers={"HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == "#editor"
    assert len(lxml.html.fromstring(answer.text).xpath("//textarea[starts-with(@name, 'options.')]")) == 5


def test_the_editor_works_without_script(session: Session, client: SignedIn, item: Item) -> None:
    with_option = client.post(f"/bank/items/{item.id}/edit", data=posted(client, item, act="add:options"))
    assert with_option.status_code == 200
    assert (
        len(lxml.html.fromstring(with_option.text).xpath("//textarea[starts-with(@name, 'options.')]")) == 5
    )
    saved = client.post(
        f"/bank/items/{item.id}/edit", data=posted(client, item, stem="Không script?", act="save")
    )
    assert saved.status_code == 303
    session.expire_all()
    assert item.summary == "Không script?"


def test_changing_the_type_keeps_the_stem(session: Session, client: SignedIn, item: Item) -> None:
    stem = item.summary
    client.post(f"/bank/items/{item.id}/edit", data=posted(client, item, type="true_false", act="retype:"))
    session.expire_all()
    assert (item.type, item.summary) == ("true_false", stem)


@pytest.mark.parametrize(
    "values",
    [
        {"type": "nonsense"},
        {"options": ["<x>"] * 4},
        {"options": ["same"] * 4},
        {"key": ["nonsense"]},
        {"level": "nonsense"},
        {"competency": "không có mã"},
        {"expected_time_s": "nhanh"},
        {"rule": "nonsense", "type": "multiple_choice"},
        {"citation_article": ["1", "2", "3"]},
        {"act": "fix:lock_order:"},
    ],
    ids=str,
)
def test_odd_values_never_break_the_editor(
    session: Session, client: SignedIn, item: Item, values: dict[str, object]
) -> None:
    answer = client.post(f"/bank/items/{item.id}/edit", data=posted(client, item, **values))
    assert answer.status_code in (200, 422)
    assert client.get(f"/bank/items/{item.id}/edit").status_code == 200


@pytest.mark.parametrize(
    "values",
    [
        {"revision": "x"},
        {"citation_number": ["1"] * 21},
        {"order": "-1"},
    ],
    ids=["revision", "citations", "order"],
)
def test_oversize_and_wrong_types_are_refused_and_nothing_is_written(
    session: Session, client: SignedIn, item: Item, values: dict[str, object]
) -> None:
    before = item.semantic_hash
    answer = client.post(f"/bank/items/{item.id}/edit", data=posted(client, item, **values))
    assert answer.status_code == 422
    session.expire_all()
    assert item.semantic_hash == before == semantic_hash(ItemDraft.model_validate(item.draft))


def test_content_that_is_too_long_is_told_and_what_was_saved_stays(
    session: Session, client: SignedIn, item: Item
) -> None:
    before = item.semantic_hash
    answer = client.post(f"/bank/items/{item.id}/edit", data=posted(client, item, stem="x" * 30_001))
    assert "nội dung lưu lần trước được giữ" in answer.text
    session.expire_all()
    assert item.semantic_hash == before


def test_what_is_missing_is_listed_when_a_draft_is_submitted(client: SignedIn, item: Item) -> None:
    data = posted(client, item, level="", competency="", key=[], act="submit")
    answer = client.post(f"/bank/items/{item.id}/edit", data=data)
    assert answer.status_code == 422
    alert = lxml.html.fromstring(answer.text).xpath("string(//*[@role='alert'])")
    for missing in ("mức độ", "năng lực", "đáp án"):
        assert missing in alert


def test_the_editor_of_anothers_draft_leads_to_the_items_page(item: Item, signed_in: SignIn) -> None:
    answer = signed_in(roles={Role.AUTHOR}).get(f"/bank/items/{item.id}/edit")
    assert answer.headers["location"] == f"/bank/items/{item.id}"
