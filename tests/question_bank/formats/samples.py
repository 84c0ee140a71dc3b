"""Drafts of every type with everything that an exchange format may have to carry."""

from datetime import date

from question_bank.citations import Citation
from question_bank.items import AnyContent, ItemDraft
from question_bank.lint import apply_order_safety
from question_bank.taxonomy import CognitiveLevel, DifficultyRating
from question_bank.types.answers import NumberAnswer, TextAnswer
from question_bank.types.case import Case, Part
from question_bank.types.cloze import ChoiceGap, Cloze, ClozeRule, NumberGap, TextGap
from question_bank.types.content import Option
from question_bank.types.essay import Criterion, Essay, Level
from question_bank.types.matching import Matching, Pair, Prompt
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.numeric import Numeric, UnitRule
from question_bank.types.ordering import Ordering, OrderingRule
from question_bank.types.ranking import Ranking
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import ClusterScoring, Statement, TrueFalseCluster
from question_bank.types.unsupported import Unsupported


def options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(id=f"o{n}", text=text) for n, text in enumerate(texts))


BARE: dict[str, AnyContent] = {
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

EVERY_TYPE: dict[str, AnyContent] = {
    **BARE,
    "partly right": SingleChoice(
        stem="Ai ký?", options=options("một", "hai", "ba"), key="o0", partial={"o1": "1/3", "o2": "-0.5"}
    ),
    "weighted": MultipleChoice(
        stem="Chọn các ý đúng",
        options=options("một", "hai", "ba", "bốn"),
        keys=("o0", "o2", "o3"),
        rule=MultipleChoiceRule.WEIGHTED,
        weights={"o0": "1/3", "o1": "-1", "o2": "1/3", "o3": "1/3"},
    ),
    "judged one by one": TrueFalseCluster(
        stem="Về xã",
        statements=(
            Statement(id="s1", text="Có <b>HĐND</b>", key=True),
            Statement(id="s2", text="Có tòa án", key=False, pinned=True),
        ),
        scoring=ClusterScoring.PER_STATEMENT,
    ),
    "judged by scale": TrueFalseCluster(
        stem="Về xã",
        statements=tuple(Statement(id=f"s{n}", text=f"Ý {n}", key=n % 2 == 0) for n in range(4)),
    ),
    "short text": ShortText(
        stem="Thủ đô?",
        answers=(TextAnswer(text="Hà Nội"), TextAnswer(text="Thăng * Long", share="0.25")),
        width="l",
    ),
    "wildcards, case": ShortText(
        stem="Viết tắt?", answers=(TextAnswer(text="UB*"),), has_wildcards=True, is_case_sensitive=True
    ),
    "no diacritics": ShortText(stem="Tỉnh?", answers=(TextAnswer(text="Huế"),), ignores_diacritics=True),
    "numeric": Numeric(
        stem="Bao nhiêu xã?",
        answers=(
            NumberAnswer(value="3321", tolerance="0"),
            NumberAnswer(value="3321", tolerance="10.5", share="0.5"),
        ),
    ),
    "unit": Numeric(
        stem="Rộng?",
        answers=(NumberAnswer(value="2.5"),),
        unit="km²",
        unit_rule=UnitRule.REQUIRED,
        unit_aliases=("km2",),
    ),
    "cloze": Cloze(
        stem="Xã do [[gap:a]] bầu, có [[gap:b]] đại biểu, nhiệm kỳ [[gap:c]] năm.",
        gaps=(
            ChoiceGap(
                id="a", options=options("cử tri", "HĐND ~ {#}"), key="o0", partial={"o1": "0.1"}, weight=2
            ),
            TextGap(id="b", answers=(TextAnswer(text="15 <} ~ # \\ *"),), width="s"),
            NumberGap(id="c", answers=(NumberAnswer(value="5", tolerance="0.5"),)),
        ),
    ),
    "cloze as a whole": Cloze(
        stem="Nhiệm kỳ [[gap:c]] năm.",
        gaps=(NumberGap(id="c", answers=(NumberAnswer(value="5"),)),),
        rule=ClozeRule.ALL_OR_NOTHING,
    ),
    "matching": Matching(
        stem="Ghép văn bản với cơ quan",
        prompts=(Prompt(id="p1", text="Luật"), Prompt(id="p2", text="Nghị <b>định</b>")),
        targets=options("Bộ", "Chính phủ", "Quốc hội"),
        pairs=(Pair(prompt="p1", target="o2"), Pair(prompt="p2", target="o1")),
    ),
    "matching, rich": Matching(
        stem="Ghép",
        prompts=(Prompt(id="p1", text="Một"), Prompt(id="p2", text="Hai")),
        targets=options("<b>1</b>", "2"),
        pairs=(Pair(prompt="p1", target="o0"), Pair(prompt="p2", target="o1")),
        order_locked=True,
    ),
    "matching with malus": Matching(
        stem="Ghép",
        prompts=(Prompt(id="p1", text="Một"), Prompt(id="p2", text="Hai")),
        targets=options("1", "2"),
        pairs=(Pair(prompt="p1", target="o0"), Pair(prompt="p2", target="o1")),
        wrong="-0.25",
    ),
    "ordering": Ordering(
        stem="Sắp xếp các bước",
        options=options("tiếp nhận", "thẩm định", "trả kết quả"),
        order=("o0", "o1", "o2"),
        rule=OrderingRule.ADJACENT_PAIRS,
    ),
    "ranking": Ranking(
        stem="Xếp hạng cách xử lý",
        options=options("giải thích", "chuyển đơn", "im lặng"),
        consensus={"o0": "1.2", "o1": "1.8", "o2": "3"},
        judges=9,
    ),
    "essay": Essay(stem="Viết tờ trình.", min_words=100, max_words=400, guidance="Chấm <b>ý</b>"),
    "essay, nothing beside": Essay(stem="Viết tờ trình."),
    "essay with rubric": Essay(
        stem="Viết tờ trình.",
        rubric=(
            Criterion(
                id="c1",
                name="Nội dung",
                weight=2,
                levels=(
                    Level(id="l1", description="chưa đạt", share="0"),
                    Level(id="l2", description="đạt", share="1"),
                ),
            ),
        ),
    ),
    "case": Case(
        stem="Ông A nộp hồ sơ muộn một ngày.",
        parts=(
            Part(id="q1", weight=2, content=TrueFalse(stem="Được nhận?", key=False)),
            Part(id="q2", content=SingleChoice(stem="Ai quyết?", options=options("x", "y"), key="o1")),
        ),
    ),
    "unsupported": Unsupported(
        stem="Kéo thả", reason="type_not_imported", source_format="moodle_xml", source="<question/>"
    ),
}
"""An item of every type, in every way that formats tell apart."""

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
    difficulty_rating=DifficultyRating.HARD,
    tags=("hai từ", "đất đai"),
    source_id="KTC-[001]",
)
