"""Flags: what a person has to look at before results are released, found from the statistics of an item."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import log, sqrt
from types import MappingProxyType

import numpy as np

from question_bank.statistics.analysis import ItemStatistics
from question_bank.statistics.dif import DifClass
from question_bank.statistics.discrimination import fisher_interval
from question_bank.statistics.distractors import CategoryFigures
from question_bank.statistics.facility import wilson

Z_ONE_SIDED_95 = 1.6448536269514722
Z_ONE_SIDED_99 = 2.3263478740408408

MINIMUM_N = 30
"""Fewer responses flag nothing and show nothing. Source: Linacre, Rasch Measurement Transactions 7:4 (1994), p. 328:
about 30 people place an item within a logit."""
MINIMUM_FIT_N = 200
MINIMUM_GROUP_N = 100
"""Source: Zieky (1993), p. 344: at least 100 people in the smaller group."""
MINIMUM_DRIFT_N = 100
HARD, EASY = 0.10, 0.95
WEAK = 0.15
KEY_SLOPE = 0.25
"""Log-odds per standard deviation of the rest score: less than that of 19 sound questions in 20 of the simulated banks
(benchmarks.fairness), so that a wrong key of a question that discriminates little is believed as well."""
LIKELIER = 10.0
"""Source: Jeffreys, Theory of Probability (1961), appendix B: a likelihood ratio of ten and more is strong evidence."""
FUNCTIONING = 0.05
"""A distractor works when at least one in twenty chooses it. Source: Haladyna and Downing, EPM 53 (1993), 999–1010."""
LEAST_FIT, MOST_FIT, FIT_Z = 0.7, 1.3, 2.0
"""Source: Wright and Linacre, Reasonable mean-square fit values, Rasch Measurement Transactions 8:3 (1994), p. 370."""
DRIFT_LOGIT, DRIFT_Z = 0.5, 1.645
"""Source: Huynh and Meyer (2010); half a logit is the usual limit of displacement (Linacre, Winsteps manual)."""
RAPID_SHARE = 0.10


class FlagCode(StrEnum):
    """What is wrong. The codes are stable: decisions are kept under them."""

    WRONG_KEY = "probable_wrong_key"
    NEGATIVE = "negative_discrimination"
    DRIFT = "drift"
    DIF = "dif_c"
    WEAK = "weak_discrimination"
    ABLE_DISTRACTOR = "distractor_draws_able"
    DEAD_DISTRACTOR = "dead_distractor"
    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"
    MISFIT = "misfit"
    RAPID = "rapid_guessing"


SERIOUS = frozenset({FlagCode.WRONG_KEY, FlagCode.NEGATIVE, FlagCode.DRIFT, FlagCode.DIF})
"""Flags that have to be decided before the release; the others are for the next revision of the item."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of an item, with the figures that a sentence about it names."""

    code: FlagCode
    params: Mapping[str, str | float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_serious(self) -> bool:
        return self.code in SERIOUS

    def sentence(self, language: str = "vi") -> str:
        """What was found and what to do, in `vi` or `en`."""
        template = SENTENCES[self.code][language]
        return template.format_map({name: _text(value, language) for name, value in self.params.items()})


def _text(value: str | float, language: str) -> str:
    if isinstance(value, str):
        return value
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if language == "vi" else text


@dataclass(frozen=True)
class ItemShape:
    """What the flags need to know of an item's content: the keyed categories, its distractors, and how people call
    the categories ("B")."""

    keyed: frozenset[str] = frozenset()
    distractors: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, category: str) -> str:
        return self.labels.get(category, category)


def flags_of(statistics: ItemStatistics, shape: ItemShape, *, minimum_n: int = MINIMUM_N) -> list[Flag]:
    """The flags of an item, the serious ones first; none below `minimum_n` responses.

    A threshold counts as passed only when chance does not explain it (95 %, one-sided): with few responses a flag is
    then missing rather than false.
    """
    if statistics.facility.n < max(minimum_n, 4):
        return []
    found = [flag for rule in _RULES for flag in rule(statistics, shape)]
    codes = {flag.code for flag in found}
    if FlagCode.WRONG_KEY in codes:
        covered = {FlagCode.NEGATIVE, FlagCode.WEAK, FlagCode.ABLE_DISTRACTOR, FlagCode.MISFIT}
    else:
        covered = {FlagCode.WEAK} if FlagCode.NEGATIVE in codes else set()
    return sorted((flag for flag in found if flag.code not in covered), key=lambda flag: not flag.is_serious)


def _bounds(category: CategoryFigures, n: int, *, z: float) -> tuple[float, float]:
    low, high = fisher_interval(np.array([category.correlation or 0.0]), np.array([float(n)]), z=z)
    return float(low[0]), float(high[0])


def _wrong_key(statistics: ItemStatistics, shape: ItemShape) -> Iterator[Flag]:
    """Another option behaves as a key does, and the key does not: it is at least LIKELIER times as likely that the
    other option is what is right.
    """
    if len(shape.keyed) != 1:
        return
    n = sum(statistics.choices.fifth_counts)
    rows = {row.category: row for row in statistics.choices.categories}
    key = rows.get(next(iter(shape.keyed)))
    key_r = (key.correlation or 0.0) if key else 0.0
    others = [rows[name] for name in shape.distractors if name in rows]
    rival = max(others, key=lambda row: evidence_for(row, n), default=None)
    if rival is None or rival.correlation is None or n < 4:
        return
    for_rival, for_key = evidence_for(rival, n), evidence_for(key, n) if key else 0.0
    if key_r <= WEAK and for_rival > 0 and for_rival - for_key > log(LIKELIER):
        params = {"rival": shape.label(rival.category), "key": shape.label(next(iter(shape.keyed)))}
        yield Flag(FlagCode.WRONG_KEY, {**params, "r": rival.correlation, "key_r": key_r})


def evidence_for(option: CategoryFigures, n: int) -> float:
    """The log-likelihood that an option is what is right, less that of its choice having nothing to do with ability.

    If it is right, the log-odds of choosing it rise by KEY_SLOPE per standard deviation of the rest score, and whoever
    errs chooses among the others without regard to ability; what is known of how often each is chosen cancels between
    any two options of an item. With slope b, share p and correlation r the quadratic approximation at slope 0 is
    n (b r sqrt(p(1 - p)) - b² p(1 - p) / 2).
    Source: Cox and Hinkley, Theoretical Statistics (1974), § 4.8 (the score as the first term of the log-likelihood).
    """
    spread = sqrt(option.share * (1 - option.share))
    return n * KEY_SLOPE * spread * ((option.correlation or 0.0) - KEY_SLOPE * spread / 2)


def _discrimination(statistics: ItemStatistics, shape: ItemShape) -> Iterator[Flag]:
    figure = statistics.discrimination
    if figure.value is None or figure.n < 4:
        return
    r, n = np.array([figure.value]), np.array([float(figure.n)])
    high = float(fisher_interval(r, n, z=Z_ONE_SIDED_95)[1][0])
    if high < 0:
        best = max(statistics.choices.categories, key=lambda row: row.correlation or 0.0, default=None)
        chosen = shape.label(best.category) if best and best.category not in shape.keyed else "–"
        yield Flag(FlagCode.NEGATIVE, {"r": figure.value, "chosen": chosen})
    elif high < WEAK:
        yield Flag(FlagCode.WEAK, {"r": figure.value})


def _distractors(statistics: ItemStatistics, shape: ItemShape) -> Iterator[Flag]:
    n = sum(statistics.choices.fifth_counts)
    if not shape.distractors or n < 4:
        return
    rows = {row.category: row for row in statistics.choices.categories}
    dead = []
    for name in shape.distractors:
        row = rows.get(name)
        share = row.share if row else 0.0
        if float(wilson(np.array([share]), np.array([float(n)]), z=Z_ONE_SIDED_95)[1][0]) < FUNCTIONING:
            dead.append(shape.label(name))
        elif row and row.correlation is not None and _bounds(row, n, z=Z_ONE_SIDED_99)[0] > 0:
            yield Flag(FlagCode.ABLE_DISTRACTOR, {"option": shape.label(name), "r": row.correlation})
    if dead:
        yield Flag(FlagCode.DEAD_DISTRACTOR, {"options": ", ".join(dead)})


def _facility(statistics: ItemStatistics, _shape: ItemShape) -> Iterator[Flag]:
    figure = statistics.facility
    if figure.value is None or figure.low is None or figure.high is None:
        return
    if figure.low > EASY:
        yield Flag(FlagCode.TOO_EASY, {"percent": figure.value * 100})
    elif figure.high < HARD:
        yield Flag(FlagCode.TOO_HARD, {"percent": figure.value * 100})


def _drift(statistics: ItemStatistics, _shape: ItemShape) -> Iterator[Flag]:
    moved = statistics.displacement
    if moved.value is None or moved.robust_z is None or moved.error is None:
        return
    is_beyond = abs(moved.value) > Z_ONE_SIDED_99 * moved.error
    if statistics.facility.n < MINIMUM_DRIFT_N or not is_beyond:
        return
    if abs(moved.value) > DRIFT_LOGIT and abs(moved.robust_z) > DRIFT_Z:
        yield Flag(FlagCode.DRIFT, {"logits": moved.value, "z": moved.robust_z})


def _dif(statistics: ItemStatistics, _shape: ItemShape) -> Iterator[Flag]:
    for name, row in statistics.dif.items():
        is_enough = min(row.reference, row.focal) >= MINIMUM_GROUP_N
        if row.dif_class is DifClass.C and is_enough:
            # An item scored in parts has no odds; the difference of the mean shares stands in their place.
            size = f"{100 * (row.p_dif or 0.0):.0f} %" if row.delta is None else row.delta
            yield Flag(FlagCode.DIF, {"group": name, "delta": size})


def _fit(statistics: ItemStatistics, _shape: ItemShape) -> Iterator[Flag]:
    fit = statistics.fit
    if fit.n < MINIMUM_FIT_N or fit.infit is None or fit.outfit is None:
        return
    for value, z in ((fit.infit, fit.infit_z), (fit.outfit, fit.outfit_z)):
        if z is not None and abs(z) > FIT_Z and not LEAST_FIT <= value <= MOST_FIT:
            yield Flag(FlagCode.MISFIT, {"infit": fit.infit, "outfit": fit.outfit})
            return


def _rapid(statistics: ItemStatistics, _shape: ItemShape) -> Iterator[Flag]:
    time = statistics.time
    if time.n >= MINIMUM_N and time.rapid / time.n > RAPID_SHARE:
        yield Flag(FlagCode.RAPID, {"percent": 100 * time.rapid / time.n})


_RULES: tuple[Callable[[ItemStatistics, ItemShape], Iterator[Flag]], ...] = (
    _wrong_key,
    _discrimination,
    _drift,
    _dif,
    _distractors,
    _facility,
    _fit,
    _rapid,
)

SENTENCES: Mapping[FlagCode, Mapping[str, str]] = MappingProxyType(
    {
        FlagCode.WRONG_KEY: {
            "vi": "Câu này phân biệt ngược: người giỏi chọn {rival}. Kiểm tra đáp án ({key}).",
            "en": "This question discriminates backwards: the able choose {rival}. Check the key ({key}).",
        },
        FlagCode.NEGATIVE: {
            "vi": "Người giỏi làm sai câu này nhiều hơn người yếu (r = {r}). Kiểm tra đáp án và cách hỏi.",
            "en": "The able get this question wrong more often than the weak (r = {r}). Check key and wording.",
        },
        FlagCode.DRIFT: {
            "vi": "Độ khó lệch {logits} logit so với kỳ trước. Kiểm tra câu có bị lộ hoặc quy định đã thay đổi.",
            "en": "The difficulty moved by {logits} logits since the last period. Was it exposed? Has the law changed?",
        },
        FlagCode.DIF: {
            "vi": "Hai nhóm “{group}” cùng năng lực làm câu này rất khác nhau (Δ = {delta}). Kiểm tra có thiên lệch.",
            "en": "Equally able people of the groups “{group}” differ strongly here (Δ = {delta}). Check for bias.",
        },
        FlagCode.WEAK: {
            "vi": "Câu hầu như không phân biệt được người giỏi và người yếu (r = {r}).",
            "en": "The question hardly tells the able from the weak (r = {r}).",
        },
        FlagCode.ABLE_DISTRACTOR: {
            "vi": "Phương án nhiễu {option} thu hút người giỏi (r = {r}). Kiểm tra có thể hiểu theo hai cách.",
            "en": "Distractor {option} draws the able (r = {r}). Check whether it can be read in two ways.",
        },
        FlagCode.DEAD_DISTRACTOR: {
            "vi": "Phương án nhiễu {options} hầu như không ai chọn. Nên viết lại.",
            "en": "Hardly anybody chooses distractor {options}. Rewrite it.",
        },
        FlagCode.TOO_EASY: {
            "vi": "Câu quá dễ: tỷ lệ điểm đạt {percent}%.",
            "en": "Too easy: {percent}% of the points were gained.",
        },
        FlagCode.TOO_HARD: {
            "vi": "Câu quá khó: tỷ lệ điểm đạt {percent}%.",
            "en": "Too hard: {percent}% of the points were gained.",
        },
        FlagCode.MISFIT: {
            "vi": "Câu trả lời không khớp mô hình đo (infit {infit}, outfit {outfit}).",
            "en": "The responses do not fit the measurement model (infit {infit}, outfit {outfit}).",
        },
        FlagCode.RAPID: {
            "vi": "{percent}% trả lời nhanh đến mức không thể đã đọc câu hỏi.",
            "en": "{percent}% answered too fast to have read the question.",
        },
    }
)
