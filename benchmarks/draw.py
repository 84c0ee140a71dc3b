"""Complete papers drawn per second: 1,697 candidates × 60 items from a bank of 600, beside a plain random draw.

A complete paper is chosen, balanced, put in this candidate's order of items and options, and hashed for the seal.
`digest` is the hash of all papers: it must be the same on every machine and under every numpy. `verify_s` is the wall
time in which `exam-service verify-draw` derives all of them again from the exported bundle, in a fresh process without
a database. With `--digest` only the digests are printed, of these papers and of some with every demand that a blueprint
can make; that needs no more than numpy, pydantic, lxml and nh3.
"""

import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks._banks import candidates, city_bank, city_blueprint
from benchmarks._random_draw import random_selection
from question_bank.assembly import Assembly, Options, assemble
from question_bank.assembly.check import check_forms
from question_bank.assembly.plan import Plan
from question_bank.blueprint import Blueprint
from question_bank.draw import DrawInputs, commitment, draw_seed, manifest_of, secret_sha256
from question_bank.draw_bundle import build_bundle
from question_bank.pool import Taker

FORMS = 1_697
BANK = 600
RUNS = 3
DICE = "4 1 6 3 3 2 5 6 1 4"


def timed(work: Callable[[], object]) -> float:
    """Median wall seconds of a few runs."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def verify_again() -> float:
    """Wall seconds of `exam-service verify-draw` over the bundle of all papers, which it must find right."""
    inputs = DrawInputs(
        "benchmark", city_blueprint(), tuple(city_bank(BANK)), tuple(candidates(FORMS)), Options()
    )
    secret = bytes(32)
    committed = commitment(manifest_of(inputs, secret_sha256=secret_sha256(secret)))
    seed = draw_seed(secret, public_entropy=DICE, commitment=committed)
    drawn = assemble(inputs.blueprint, inputs.pool, takers=inputs.takers, seed=seed, options=inputs.options)
    assert isinstance(drawn, Assembly)
    with TemporaryDirectory() as folder:
        file = Path(folder, "bundle.json")
        file.write_bytes(build_bundle(inputs, secret=secret, public_entropy=DICE, papers=drawn.forms))
        start = time.perf_counter()
        program = str(Path(sys.executable).with_name("exam-service"))
        command = [program, "verify-draw", str(file), committed]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "DATABASE_URL": "none"})
        return time.perf_counter() - start


def digest_of(drawn: Assembly) -> str:
    return hashlib.sha256("".join(form.form_hash for form in drawn.forms).encode()).hexdigest()


def draw_demanding() -> Assembly:
    """Papers of people with a history, of a difficulty, a length and an information that the bank's mean paper has not,
    and with limits of exposure."""
    asked = {
        "target_percent": "61",
        "least_information": "13.5",
        "expected_time": {"least_s": 4_300, "most_s": 4_850},
    }
    blueprint = Blueprint.model_validate({**city_blueprint().model_dump(), **asked})
    pool = [
        replace(item, expected_time_s=40 + 7 * (number % 13), information=0.05 + (number % 11) / 30)
        for number, item in enumerate(city_bank(BANK))
    ]
    takers = [
        Taker(one.candidate_key, frozenset({f"item-{number % BANK}"}), unit=str(number % 9))
        for number, one in enumerate(candidates(300))
    ]
    options = Options(max_exposure=Fraction(1, 4), max_unit_exposure=Fraction(1, 3))
    drawn = assemble(blueprint, pool, takers=takers, seed=b"benchmark" * 4, options=options)
    assert isinstance(drawn, Assembly), drawn
    assert drawn.report.left_out_items > 0
    return drawn


def draw_at_random(plan: Plan) -> None:
    chance = random.Random(1)
    for row in random_selection(plan, FORMS).tolist():
        chance.shuffle(row)
        for _ in row:
            chance.sample(range(4), 4)


def main() -> None:
    blueprint, pool, takers = city_blueprint(), city_bank(BANK), candidates(FORMS)

    def draw() -> Assembly:
        drawn = assemble(blueprint, pool, takers=takers, seed=b"benchmark" * 4)
        assert isinstance(drawn, Assembly)
        return drawn

    drawn = draw()
    digest = digest_of(drawn)
    if "--digest" in sys.argv:
        print(
            json.dumps({"numpy": np.__version__, "digest": digest, "demanding": digest_of(draw_demanding())})
        )
        return

    def draw_papers() -> None:
        assert len({form.form_hash for form in draw().forms}) == FORMS

    papers_s, selection_s = timed(draw_papers), timed(draw)
    random_s = timed(lambda: draw_at_random(drawn.plan))
    violations = check_forms(drawn.forms, blueprint=blueprint, pool=pool, takers=takers)
    print(
        json.dumps(
            {
                "forms_per_s": round(FORMS / papers_s),
                "selections_per_s": round(FORMS / selection_s),
                "random_forms_per_s": round(FORMS / random_s),
                "digest": digest,
                "verify_s": round(verify_again(), 2),
                "verified_papers": FORMS,
                "violations": len(violations),
                "spread_marks": round(max(balance.spread for balance in drawn.report.balance), 3),
                "max_uses": drawn.report.max_uses,
                "max_uses_bound": drawn.report.max_uses_bound,
            }
        )
    )


if __name__ == "__main__":
    main()
