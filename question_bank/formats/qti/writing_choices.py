"""Items of choices, pairs and orders as QTI."""

from fractions import Fraction
from itertools import pairwise
from typing import Literal

from lxml import etree

from question_bank.formats.qti.elements import base_value, element, flow, markup
from question_bank.formats.qti.scoring import (
    RESPONSE,
    Parts,
    adding,
    bounded,
    mapping,
    outcome,
    response,
    setting,
    variable,
    when,
)
from question_bank.scoring import rank_distance
from question_bank.shares import share_value
from question_bank.types.matching import Matching, MatchingRule
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.options import Option
from question_bank.types.ordering import Ordering, OrderingRule
from question_bank.types.ranking import RankDistance, Ranking
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import ClusterScoring, TrueFalseCluster

TRUE, FALSE = "Đúng", "Sai"
_ZERO, _ONE = Fraction(0), Fraction(1)
_RAW = "RAW_SCORE"


def _simple(options: tuple[Option, ...]) -> list[etree._Element]:
    return [
        element("simpleChoice", *markup(option.text), identifier=name_of(option.id), fixed=option.pinned)
        for option in options
    ]


def name_of(option_id: str) -> str:
    """Return an id as an identifier of QTI, which never begins with a digit."""
    return f"C-{option_id}"


def single_choice(content: SingleChoice) -> Parts:
    """Return one of a list; options that are partly right by a mapping."""
    interaction = element(
        "choiceInteraction",
        *_simple(content.options),
        responseIdentifier=RESPONSE,
        shuffle=not content.order_locked,
        maxChoices=1,
    )
    key = name_of(content.key or "")
    partial = {name_of(name): share_value(share) for name, share in content.partial.items()}
    mapped = mapping({key: _ONE, **partial}, lower=_ZERO) if partial else None
    declared = response("single", "identifier", [key], mapping=mapped)
    body = [*flow(content.stem), interaction]
    return Parts([declared], body, "map_response" if partial else "match_correct")


def true_false(content: TrueFalse) -> Parts:
    """Return a choice of Đúng and Sai."""
    choices = [element("simpleChoice", text, identifier=name) for name, text in (("T", TRUE), ("F", FALSE))]
    interaction = element(
        "choiceInteraction", *choices, responseIdentifier=RESPONSE, shuffle=False, maxChoices=1
    )
    declared = response("single", "identifier", ["T" if content.key else "F"])
    return Parts([declared], [*flow(content.stem), interaction], "match_correct")


def multiple_choice(content: MultipleChoice) -> Parts:
    """Return several of a list, scored as a whole or by a mapping with bounds."""
    interaction = element(
        "choiceInteraction",
        *_simple(content.options),
        responseIdentifier=RESPONSE,
        shuffle=not content.order_locked,
        maxChoices=content.max_choices,
    )
    keys = [name_of(key) for key in content.keys]
    body = [*flow(content.stem), interaction]
    if content.rule is MultipleChoiceRule.ALL_OR_NOTHING:
        return Parts([response("multiple", "identifier", keys)], body, "match_correct")
    floor, others = _ZERO, [name_of(o.id) for o in content.options if o.id not in content.keys]
    if content.rule is MultipleChoiceRule.WEIGHTED:
        worth = {name_of(name): share_value(share) for name, share in content.weights.items()}
        floor = share_value(content.floor)
    else:
        worth = {key: Fraction(1, len(keys)) for key in keys}
        worth |= {name: Fraction(-1, len(others)) for name in others}
    mapped = mapping(worth, lower=floor, upper=_ONE)
    return Parts([response("multiple", "identifier", keys, mapping=mapped)], body, "map_response")


def _match(sources: list[etree._Element], targets: list[etree._Element], *, shuffle: bool) -> etree._Element:
    return element(
        "matchInteraction",
        element("simpleMatchSet", *sources),
        element("simpleMatchSet", *targets),
        responseIdentifier=RESPONSE,
        shuffle=shuffle,
        maxAssociations=0,
    )


def true_false_cluster(content: TrueFalseCluster) -> Parts:
    """Return a match of each statement with Đúng or Sai; steps by a table."""
    count = len(content.statements)
    sources = [
        element(
            "simpleAssociableChoice", *markup(s.text), identifier=name_of(s.id), fixed=s.pinned, matchMax=1
        )
        for s in content.statements
    ]
    targets = [
        element("simpleAssociableChoice", text, identifier=name, fixed=True, matchMax=count)
        for name, text in (("T", TRUE), ("F", FALSE))
    ]
    key = [f"{name_of(s.id)} {'T' if s.key else 'F'}" for s in content.statements]
    body = [*flow(content.stem), _match(sources, targets, shuffle=not content.order_locked)]
    if content.scoring is ClusterScoring.ALL_OR_NOTHING:
        return Parts([response("multiple", "directedPair", key)], body, "match_correct")
    is_stepped = content.scoring is ClusterScoring.STEPS
    worth = _ONE if is_stepped else Fraction(1, count)
    declared = response("multiple", "directedPair", key, mapping=mapping(dict.fromkeys(key, worth)))
    if not is_stepped:
        return Parts([declared], body, "map_response")
    count_right = setting(_RAW, element("mapResponse", identifier=RESPONSE))
    branches = [
        (
            element("equal", variable(_RAW), base_value(Fraction(right)), toleranceMode="exact"),
            [setting("SCORE", base_value(share_value(step)))],
        )
        for right, step in enumerate(content.steps)
        if right
    ]
    return Parts([declared, outcome(_RAW)], body, rules=[count_right, when(*branches)])


def matching(content: Matching) -> Parts:
    """Return a match of prompts and targets, scored as a whole or by a mapping."""
    shares = pair_shares(content)
    reuse = 0 if content.is_target_reusable else 1
    sources = [
        element(
            "simpleAssociableChoice",
            *markup(prompt.text),
            identifier=name_of(prompt.id),
            fixed=True,
            matchMax=content.max_per_prompt,
        )
        for prompt in content.prompts
    ]
    targets = [
        element(
            "simpleAssociableChoice",
            *markup(t.text),
            identifier=name_of(t.id),
            fixed=t.pinned,
            matchMax=reuse,
        )
        for t in content.targets
    ]
    body = [*flow(content.stem), _match(sources, targets, shuffle=not content.order_locked)]
    best = content.correct_response()
    key = [f"{name_of(p)} {name_of(t)}" for p, t in best.pairs] if best else []
    if content.rule is MatchingRule.ALL_OR_NOTHING:
        return Parts([response("multiple", "directedPair", key)], body, "match_correct")
    mapped = mapping(shares, default=share_value(content.wrong), lower=_ZERO, upper=_ONE)
    return Parts([response("multiple", "directedPair", key, mapping=mapped)], body, "map_response")


def pair_shares(content: Matching) -> dict[str, Fraction]:
    """Return the share of each right pair; open ones divide what the others leave."""
    stated = sum((share_value(pair.share) for pair in content.pairs if pair.share), _ZERO)
    count = sum(not pair.share for pair in content.pairs)
    return {
        f"{name_of(pair.prompt)} {name_of(pair.target)}": share_value(pair.share)
        if pair.share
        else (1 - stated) / count
        for pair in content.pairs
    }


def _order(content: Ordering | Ranking) -> list[etree._Element]:
    interaction = element(
        "orderInteraction", *_simple(content.options), responseIdentifier=RESPONSE, shuffle=True
    )
    return [*flow(content.stem), interaction]


def _at(place: int) -> etree._Element:
    return element("index", variable(RESPONSE), n=place)


def ordering(content: Ordering) -> Parts:
    """Return an order, scored as a whole, by places or by neighbours."""
    key = [name_of(name) for name in content.order]
    declared, body = response("ordered", "identifier", key), _order(content)
    if content.rule is OrderingRule.ALL_OR_NOTHING:
        return Parts([declared], body, "match_correct")
    if content.rule is OrderingRule.ABSOLUTE_POSITION:
        tests = [
            element("match", _at(place), base_value(name, "identifier")) for place, name in enumerate(key, 1)
        ]
    else:
        tests = [
            element(
                "contains",
                variable(RESPONSE),
                element("ordered", *(base_value(n, "identifier") for n in pair)),
            )
            for pair in pairwise(key)
        ]
    worth = Fraction(1, len(tests) or 1)
    return Parts([declared], body, rules=[when((test, [adding("SCORE", worth)])) for test in tests])


def ranking(content: Ranking) -> Parts:
    """Return an order that loses by its distance from the consensus: each option's part of it, place by place."""
    means = {name: Fraction(rank) for name, rank in content.consensus.items()}
    power: Literal[1, 2] = 1 if content.distance is RankDistance.FOOTRULE else 2
    nearest = rank_distance(sorted(means.values()), power=power)
    farthest = rank_distance(sorted(means.values(), reverse=True), power=power)
    span = farthest - nearest
    rules = [setting("SCORE", base_value(farthest / span))]
    for place in range(1, len(means) + 1):
        branches = [
            (
                element("match", _at(place), base_value(name_of(name), "identifier")),
                [adding("SCORE", -(abs(place - mean) ** power) / span)],
            )
            for name, mean in means.items()
        ]
        rules.append(when(*branches))
    # A response that ranks nothing earns nothing.
    empty = when(
        (
            element("isNull", variable(RESPONSE)),
            [setting("SCORE", base_value(_ZERO)), element("exitResponse")],
        )
    )
    best = content.correct_response()
    key = [name_of(name) for name in best.order] if best else []
    return Parts(
        [response("ordered", "identifier", key)], _order(content), rules=[empty, *rules, *bounded("SCORE")]
    )
