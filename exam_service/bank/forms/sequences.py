"""Fields of things to be put in order: a keyed order, or a ranking against the consensus of experts."""

import re
from typing import Any

from exam_service.bank.forms.choices import read_options, show_options
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, read_count, read_decimal
from exam_service.i18n import gettext as _
from question_bank.consensus import UnusableRankings, consensus_of
from question_bank.numerals import vietnamese_number
from question_bank.types.options import option_label
from question_bank.types.ordering import Ordering, OrderingRule
from question_bank.types.ranking import RankDistance, Ranking


def show_ordering(fields: Fields, content: Ordering) -> None:
    """The options stand in their keyed order: putting them there is how the key is given."""
    by_id = {option.id: option for option in content.options}
    known = [by_id[key] for key in content.order if key in by_id]
    show_options(fields, (*known, *(option for option in content.options if option.id not in content.order)))
    fields.put("authored", *by_id)
    fields.put("rule", content.rule.value)


def read_ordering(fields: Fields, errors: Errors) -> dict[str, Any]:  # noqa: ARG001 - the form of every type
    rule = fields.text("rule")
    # The order in which the options were first written stays, so that opening an item and saving it changes nothing.
    options = {option["id"]: option for option in read_options(fields)}
    authored = [entry for entry in fields.ids("authored") if entry in options]
    return {
        "options": [options[entry] for entry in dict.fromkeys([*authored, *options])],
        "order": fields.ids("options"),
        "rule": rule if rule in set(OrderingRule) else OrderingRule.ALL_OR_NOTHING.value,
    }


def show_ranking(fields: Fields, content: Ranking) -> None:
    show_options(fields, content.options)
    for option, rank in content.consensus.items():
        fields.below("options", option).put("rank", vietnamese_number(rank))
    fields.put("judges", str(content.judges or ""))
    fields.put("distance", content.distance.value)


def read_ranking(fields: Fields, errors: Errors) -> dict[str, Any]:
    consensus = {}
    for entry, below in fields.entries("options"):
        rank = read_decimal(below, "rank", errors, default=None)
        if rank is not None:
            consensus[entry] = rank
    distance = fields.text("distance")
    return {
        "options": read_options(fields),
        "consensus": consensus,
        "judges": read_count(fields, "judges", errors, most=10_000),
        "distance": distance if distance in set(RankDistance) else RankDistance.FOOTRULE.value,
    }


def take_judgements(fields: Fields, errors: Errors) -> None:
    """Turn pasted rankings, one expert a line ("B A C D"), into mean ranks; says how far the experts agree."""
    ids = fields.ids("options")
    letters = {option_label(place): entry for place, entry in enumerate(ids)}
    rankings = []
    for number, line in enumerate(fields.text("judgements").splitlines(), 1):
        named = re.findall(r"[A-Za-z]", line)
        if not named:
            continue
        ranking = [letters.get(letter.upper(), "") for letter in named]
        if sorted(ranking) != sorted(ids):
            errors[fields.name("judgements")] = _(
                "Dòng %(number)s phải nêu mỗi phương án đúng một lần, tốt nhất trước: B A C D.", number=number
            )
            return
        rankings.append(ranking)
    try:
        consensus = consensus_of(rankings)
    except UnusableRankings:
        errors[fields.name("judgements")] = _(
            "Hãy dán thứ hạng của ít nhất hai chuyên gia, mỗi người một dòng."
        )
        return
    for entry, rank in consensus.mean_ranks.items():
        fields.below("options", entry).put("rank", vietnamese_number(rank))
    fields.put("judges", str(consensus.judges))
    fields.put("agreement", vietnamese_number(consensus.agreement))
