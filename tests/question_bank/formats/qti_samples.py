"""Complete contents of every type with every rule of scoring, as QTI has to carry them."""

from question_bank.items import AnyContent, ItemDraft
from question_bank.types.answers import NumberAnswer, TextAnswer
from question_bank.types.case import Case, Part
from question_bank.types.cloze import ChoiceGap, Cloze, ClozeRule, NumberGap, TextGap
from question_bank.types.content import Option
from question_bank.types.essay import Criterion, Essay, Level
from question_bank.types.matching import Matching, MatchingRule, Pair, Prompt
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.numeric import Numeric, UnitRule
from question_bank.types.ordering import Ordering, OrderingRule
from question_bank.types.ranking import RankDistance, Ranking
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import ClusterScoring, Statement, TrueFalseCluster
from tests.question_bank.formats.samples import FULL, options

THREE = options("Chủ tịch", "Bí thư", "Kế toán")
FOUR = options("một", "hai <b>đậm</b>", "ba", "x &lt; 5")
STATEMENTS = tuple(Statement(id=f"s{n}", text=f"Nhận định {n}", key=n % 2 == 0) for n in range(4))
MATCHING = Matching(
    stem="Ghép văn bản với cơ quan ban hành",
    prompts=tuple(Prompt(id=f"p{n}", text=t) for n, t in enumerate(("Luật", "Nghị định", "Thông tư"))),
    targets=options("Quốc hội", "Chính phủ", "Bộ", "Xã"),
    pairs=tuple(Pair(prompt=f"p{n}", target=f"o{n}") for n in range(3)),
)
ESSAY = Essay(
    stem="Phân tích tình huống.",
    min_words=100,
    max_words=500,
    rubric=(
        Criterion(
            id="c1",
            name="Lập luận",
            weight=2,
            levels=(Level(id="l0", share="0"), Level(id="l1", description="Đủ", share="1")),
        ),
    ),
    guidance="Chấm <i>theo ý</i>.",
)
CLOZE = Cloze(
    stem="<p>Nghị định số [[gap:g1]] có [[gap:g2]] điều, do [[gap:g3]] ban hành.</p><p>Hết.</p>",
    gaps=(
        TextGap(id="g1", answers=(TextAnswer(text="33/2023"), TextAnswer(text="33", share="0.5")), weight=2),
        NumberGap(id="g2", answers=(NumberAnswer(value="42", tolerance="1"),), unit="điều"),
        ChoiceGap(id="g3", options=options("Chính phủ", "Quốc hội"), key="o0"),
    ),
)

CONTENTS: dict[str, AnyContent] = {
    "single choice": SingleChoice(stem="Ai ký?", options=THREE, key="o1", rationale="Xem <b>Điều 5</b>."),
    "single choice, part right": SingleChoice(
        stem="Ai ký?", options=THREE, key="o1", partial={"o0": "1/3", "o2": "-0.25"}
    ),
    "all or nothing": MultipleChoice(stem="Chọn", options=FOUR, keys=("o0", "o2")),
    "right minus wrong": MultipleChoice(
        stem="Chọn", options=FOUR, keys=("o0", "o2"), rule=MultipleChoiceRule.PARTIAL
    ),
    "weighted": MultipleChoice(
        stem="Chọn",
        options=FOUR,
        keys=("o0", "o2"),
        rule=MultipleChoiceRule.WEIGHTED,
        weights={"o0": "0.75", "o2": "0.25", "o1": "-0.5"},
    ),
    "two choices at most": MultipleChoice(stem="Chọn", options=FOUR, keys=("o0", "o2"), max_choices=2),
    "true": TrueFalse(stem="Xã là đơn vị hành chính.", key=True),
    "false": TrueFalse(stem="Xã là đơn vị sự nghiệp.", key=False),
    "cluster by steps": TrueFalseCluster(stem="Đúng hay sai?", statements=STATEMENTS),
    "cluster by statement": TrueFalseCluster(
        stem="Đúng hay sai?", statements=STATEMENTS, scoring=ClusterScoring.PER_STATEMENT
    ),
    "cluster as a whole": TrueFalseCluster(
        stem="Đúng hay sai?", statements=STATEMENTS, scoring=ClusterScoring.ALL_OR_NOTHING
    ),
    "short text": ShortText(
        stem="Thủ đô?", answers=(TextAnswer(text="Hà Nội"), TextAnswer(text="HN", share="0.5"))
    ),
    "short text, strict case": ShortText(
        stem="Viết tắt?", answers=(TextAnswer(text="UBND"),), is_case_sensitive=True
    ),
    "short text, wildcards": ShortText(
        stem="Luật?", answers=(TextAnswer(text="Luật * đai"),), has_wildcards=True
    ),
    "short text, no diacritics": ShortText(
        stem="Thủ đô?", answers=(TextAnswer(text="Hà Nội"),), ignores_diacritics=True
    ),
    "numeric": Numeric(
        stem="Bao nhiêu?",
        answers=(NumberAnswer(value="3.5", tolerance="0.1"), NumberAnswer(value="3", share="0.25")),
    ),
    "numeric with unit": Numeric(
        stem="Nặng?", answers=(NumberAnswer(value="12"),), unit="kg", unit_rule=UnitRule.SHOWN
    ),
    "cloze": CLOZE,
    "cloze as a whole": CLOZE.model_copy(update={"rule": ClozeRule.ALL_OR_NOTHING}),
    "matching": MATCHING,
    "matching, wrong costs": MATCHING.model_copy(update={"wrong": "-0.25"}),
    "matching as a whole": MATCHING.model_copy(update={"rule": MatchingRule.ALL_OR_NOTHING}),
    "matching, targets once": MATCHING.model_copy(update={"is_target_reusable": False}),
    "ordering": Ordering(stem="Xếp", options=FOUR, order=("o2", "o0", "o1", "o3")),
    "ordering by place": Ordering(
        stem="Xếp", options=FOUR, order=("o2", "o0", "o1", "o3"), rule=OrderingRule.ABSOLUTE_POSITION
    ),
    "ordering by neighbours": Ordering(
        stem="Xếp", options=FOUR, order=("o2", "o0", "o1", "o3"), rule=OrderingRule.ADJACENT_PAIRS
    ),
    "ranking": Ranking(
        stem="Xếp hạng", options=THREE, consensus={"o0": "1.2", "o1": "2.5", "o2": "2.3"}, judges=9
    ),
    "ranking, squared": Ranking(
        stem="Xếp hạng",
        options=THREE,
        consensus={"o0": "1.2", "o1": "2.5", "o2": "2.3"},
        judges=9,
        distance=RankDistance.SQUARED,
    ),
    "essay": ESSAY,
    "case": Case(
        stem="<p>Ông A nộp hồ sơ.</p><ul><li>Thiếu giấy tờ</li></ul>",
        parts=(
            Part(
                id="q1",
                weight=2,
                content=SingleChoice(stem="Trả lại?", options=options("Có", "Không"), key="o1"),
            ),
            Part(id="q2", content=TrueFalse(stem="Phải hẹn ngày trả.", key=True)),
            Part(id="q3", content=ShortText(stem="Căn cứ?", answers=(TextAnswer(text="Điều 5"),))),
        ),
    ),
    "case with an essay": Case(
        stem="Tình huống",
        parts=(Part(id="q1", content=ESSAY), Part(id="q2", content=TrueFalse(stem="Đúng?", key=False))),
    ),
}

DRAFTS = {name: FULL.model_copy(update={"content": content}) for name, content in CONTENTS.items()}
"""Each content with all metadata that a draft may have."""


def plain_draft(content: AnyContent) -> ItemDraft:
    """A draft without metadata."""
    return ItemDraft(content=content)


def option(name: str, text: str) -> Option:
    return Option(id=name, text=text)
