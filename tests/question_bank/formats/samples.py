"""Drafts of every type with everything that an exchange format may have to carry."""

from datetime import date

from question_bank.citations import Citation
from question_bank.items import ItemDraft
from question_bank.lint import apply_order_safety
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.content import Option
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse


def options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(id=f"o{n}", text=text) for n, text in enumerate(texts))


BARE = {
    "single": SingleChoice(
        stem="Ai ký quyết định?", options=options("Chủ tịch", "Bí thư", "Kế toán"), key="o1"
    ),
    "partial": MultipleChoice(
        stem="Chọn các ý đúng",
        options=options("một", "hai", "ba", "bốn"),
        keys=("o0", "o2", "o3"),
        rule=MultipleChoiceRule.PARTIAL,
    ),
    "all or nothing": MultipleChoice(stem="Chọn", options=options("một", "hai", "ba"), keys=("o0", "o2")),
    "true": TrueFalse(stem="Xã là đơn vị hành chính.", key=True),
    "false": TrueFalse(stem="Xã là đơn vị sự nghiệp.", key=False),
}

AWKWARD = "Nếu {x} = 5 ~ y: a\\b #1 → <b>đậm</b> &lt;html&gt; [html] // ::tên:: $CATEGORY: 50% -&gt; @"

FULL = ItemDraft(
    content=apply_order_safety(
        SingleChoice(
            stem=AWKWARD,
            options=options("[1] một", "%50% hai", "= ba", "Tất cả các phương án trên"),
            key="o2",
            rationale="Xem Điều 5.<br>Dòng hai # {}",
        )
    ),
    level=CognitiveLevel("apply")
    if "apply" in {m.value for m in CognitiveLevel}
    else list(CognitiveLevel)[2],
    competency="KTC.01",
    citations=(
        Citation(
            document_number="80/2025/QH15",
            article="10",
            clause="2",
            in_force_from=date(2025, 7, 1),
        ),
    ),
    expected_time_s=60,
    tags=("hai từ", "đất đai"),
    source_id="KTC-[001]",
)
