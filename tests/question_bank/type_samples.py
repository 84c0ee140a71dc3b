"""Complete items of every type and rule, for tests that go through all of them."""

from question_bank.items import AnyContent
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
from question_bank.types.unsupported import Unsupported

SECRET = "bí mật của đáp án"


def options(*texts: str, prefix: str = "o") -> tuple[Option, ...]:
    return tuple(Option(id=f"{prefix}{index}", text=text) for index, text in enumerate(texts))


def single(**fields: object) -> SingleChoice:
    values = {"stem": "Ai ký?", "options": options("một", "hai", "ba"), "key": "o1", "rationale": SECRET}
    return SingleChoice.model_validate(values | fields)


def multiple(rule: str = "all_or_nothing", **fields: object) -> MultipleChoice:
    values = {"stem": "Chọn", "options": options("một", "hai", "ba", "bốn"), "keys": ("o0", "o2")}
    return MultipleChoice.model_validate(
        values | {"rule": MultipleChoiceRule(rule), "rationale": SECRET} | fields
    )


def weighted(**fields: object) -> MultipleChoice:
    return multiple("weighted", **{"weights": {"o0": "1/3", "o2": "2/3", "o1": "-1/2"}} | fields)


def cluster(*keys: bool | None, scoring: str = "steps", **fields: object) -> TrueFalseCluster:
    statements = [
        Statement(id=f"s{index}", text=f"việc thứ {index}", key=key)
        for index, key in enumerate(keys or (True, False, True, True))
    ]
    values = {"stem": "Xét các ý", "statements": statements, "scoring": ClusterScoring(scoring)}
    return TrueFalseCluster.model_validate(values | {"rationale": SECRET} | fields)


def short_text(*answers: tuple[str, str], **fields: object) -> ShortText:
    accepted = [
        TextAnswer(text=text, share=share) for text, share in answers or (("hòa giải", "1"), ("thuận", "1/3"))
    ]
    return ShortText.model_validate({"stem": "Gọi là gì?", "answers": accepted, "rationale": SECRET} | fields)


def numeric(value: str = "3.5", tolerance: str = "0.1", **fields: object) -> Numeric:
    accepted = [NumberAnswer(value=value, tolerance=tolerance)]
    return Numeric.model_validate({"stem": "Bao nhiêu?", "answers": accepted, "rationale": SECRET} | fields)


def cloze(**fields: object) -> Cloze:
    gaps = (
        TextGap(id="g1", answers=(TextAnswer(text="xã"),), weight=2),
        NumberGap(id="g2", answers=(NumberAnswer(value="15"),), unit="ngày"),
        ChoiceGap(id="g3", options=options("trước", "sau", prefix="c"), key="c1", partial={"c0": "0.5"}),
    )
    values = {"stem": "Ở [[gap:g1]], trong [[gap:g2]], [[gap:g3]] khi ký", "gaps": gaps, "rationale": SECRET}
    return Cloze.model_validate(values | fields)


def matching(*pairs: Pair, **fields: object) -> Matching:
    values = {
        "stem": "Ghép",
        "prompts": [Prompt(id=f"p{n}", text=f"việc {n}") for n in (1, 2)],
        "targets": options("Chủ tịch", "Bí thư", "Kế toán", prefix="t"),
        "pairs": pairs or (Pair(prompt="p1", target="t1"), Pair(prompt="p2", target="t0")),
        "wrong": "-1/4",
        "rationale": SECRET,
    }
    return Matching.model_validate(values | fields)


def ordering(rule: str = "all_or_nothing") -> Ordering:
    return Ordering(
        stem="Sắp xếp",
        options=options("nhận", "xét", "ký", "trả"),
        order=("o2", "o0", "o3", "o1"),
        rule=OrderingRule(rule),
        rationale=SECRET,
    )


def ranking(distance: str = "footrule") -> Ranking:
    return Ranking(
        stem="Xử lý thế nào?",
        options=options("một", "hai", "ba", "bốn"),
        consensus={"o0": "2.2", "o1": "1.4", "o2": "3.9", "o3": "2.5"},
        judges=9,
        distance=RankDistance(distance),
        rationale=SECRET,
    )


def essay(**fields: object) -> Essay:
    rubric = (
        Criterion(
            id="r1",
            name="Lập luận",
            weight=2,
            levels=(Level(id="l1", share="0"), Level(id="l2", share="0.5"), Level(id="l3", share="1")),
        ),
        Criterion(
            id="r2", name="Căn cứ", levels=(Level(id="l4"), Level(id="l5", share="1", description=SECRET))
        ),
    )
    return Essay.model_validate(
        {"stem": "Trình bày", "rubric": rubric, "guidance": SECRET, "max_words": 500} | fields
    )


def case(*parts: Part) -> Case:
    default = (
        Part(id="a", content=single(options=options("một", "hai", prefix="x"), key="x1")),
        Part(id="b", weight=3, content=cluster()),
        Part(id="c", content=short_text()),
        Part(id="d", content=cloze()),
        Part(
            id="e",
            content=multiple(options=options("m", "n", "p", prefix="y"), keys=("y0",), order_locked=True),
        ),
    )
    return Case(stem="Một công dân đến nộp hồ sơ.", parts=parts or default, rationale=SECRET)


def unsupported() -> Unsupported:
    return Unsupported(
        stem="Kéo thả lên hình", reason="hotspot", source_format="qti", source=f"<item>{SECRET}</item>"
    )


SAMPLES: tuple[AnyContent, ...] = (
    single(),
    single(partial={"o0": "0.5", "o2": "-0.25"}),
    multiple(),
    multiple("partial"),
    weighted(max_choices=3),
    TrueFalse(stem="Đúng chứ?", key=True, rationale=SECRET),
    cluster(),
    cluster(True, False, scoring="per_statement"),
    cluster(True, False, scoring="all_or_nothing"),
    short_text(),
    short_text(("Điều *", "1"), has_wildcards=True, is_case_sensitive=True),
    numeric(),
    numeric(unit="km", unit_rule=UnitRule.REQUIRED, unit_aliases=("cây số",)),
    cloze(),
    cloze(rule=ClozeRule.ALL_OR_NOTHING),
    matching(),
    matching(rule=MatchingRule.ALL_OR_NOTHING, is_target_reusable=False),
    ordering(),
    ordering("absolute_position"),
    ordering("adjacent_pairs"),
    ranking(),
    ranking("squared"),
    essay(),
    case(),
    case(Part(id="a", content=single()), Part(id="w", content=essay())),
    unsupported(),
)
SCORED = tuple(content for content in SAMPLES if not content.needs_marker and content.type != "unsupported")
