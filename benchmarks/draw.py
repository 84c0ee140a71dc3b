"""Complete papers drawn per second: 1,697 candidates × 60 items from a bank of 600, beside a plain random draw.

A complete paper is chosen, balanced, put in this candidate's order of items and options, and hashed for the seal.
`digest` is the hash of all papers: it must be the same on every machine and under every numpy.
"""

import hashlib
import json
import random
import statistics
import time
from collections.abc import Callable

from benchmarks._banks import candidates, city_bank, city_blueprint
from benchmarks._random_draw import random_selection
from question_bank.assembly import Assembly, assemble
from question_bank.assembly.check import check_forms

FORMS = 1_697
BANK = 600
RUNS = 3


def timed(work: Callable[[], object]) -> float:
    """Median wall seconds of a few runs."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    blueprint, pool, takers = city_blueprint(), city_bank(BANK), candidates(FORMS)

    def draw() -> Assembly:
        drawn = assemble(blueprint, pool, takers=takers, seed=b"benchmark" * 4)
        assert isinstance(drawn, Assembly)
        return drawn

    drawn = draw()

    def draw_papers() -> None:
        assert len({form.form_hash for form in draw().forms}) == FORMS

    def draw_at_random() -> None:
        chance = random.Random(1)
        for row in random_selection(drawn.plan, FORMS).tolist():
            chance.shuffle(row)
            for _ in row:
                chance.sample(range(4), 4)

    papers_s, selection_s, random_s = timed(draw_papers), timed(draw), timed(draw_at_random)
    violations = check_forms(drawn.forms, blueprint=blueprint, pool=pool, takers=takers)
    print(
        json.dumps(
            {
                "forms_per_s": round(FORMS / papers_s),
                "selections_per_s": round(FORMS / selection_s),
                "random_forms_per_s": round(FORMS / random_s),
                "digest": hashlib.sha256(
                    "".join(form.form_hash for form in drawn.forms).encode()
                ).hexdigest(),
                "violations": len(violations),
                "spread_marks": round(max(balance.spread for balance in drawn.report.balance), 3),
                "max_uses": drawn.report.max_uses,
                "max_uses_bound": drawn.report.max_uses_bound,
            }
        )
    )


if __name__ == "__main__":
    main()
