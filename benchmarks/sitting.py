"""A whole sitting over real HTTP: sign-in, waiting room, one start for all, answers with think time, hand-in.

Two web processes and PostgreSQL; the candidates are a process of their own (benchmarks._room) that behaves as the
player does: the sealed paper is fetched in the waiting room and opened by the key of the start, each attempt opens at
the moment that the service has drawn for it, an answer follows about every ten seconds, a few reload the page or move
to another tab, everybody hands in. Afterwards every acknowledged answer is looked for in the database, and every
stored answer among what was sent. At last, in the same run: how many durable saves, and how many echoes, fit into a
second, in turns.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from statistics import fmean
from time import monotonic
from uuid import UUID

from sqlalchemy import func, update

from benchmarks import save
from benchmarks._candidate import Habits
from benchmarks._load import percentile, run_load
from benchmarks._room import Outcome, Room, Running, compare
from benchmarks._seed import Place, begin_in, make_places
from benchmarks._server import SECRET, Site, running_site
from exam_service.attempts.codes import CodeHasher
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.opening import spread_of

WORKERS = 2
SIGN_INS_PER_S = 12
SETTLE_S = 25.0
SATURATION_TURNS = 3
SATURATION_S = 5.0
CITY, COUNTRY = 6_000, 250_000
SITTING_MIN = 60


def sit(
    site: Site, places: list[Place], *, minutes: float, habits: Habits
) -> tuple[Outcome, dict[str, float]]:
    """The sitting, and what it cost: CPU seconds of web and database from the first sign-in to the last receipt."""
    waiting_s = habits.sign_in_over_s + SETTLE_S
    begin_in(site.database, waiting_s, places=places)
    seats = [(str(place.attempt_id), place.number) for place in places]
    before = site.cpu_s()
    until = monotonic() + waiting_s + spread_of(len(places)).total_seconds() + minutes * 60
    outcome = Running(Room(port=site.port, until=until, seats=seats, habits=asdict(habits))).join()
    web_s, database_s = (after - start for after, start in zip(site.cpu_s(), before, strict=True))
    return outcome, {"web_s": web_s, "database_s": database_s}


def saturate(site: Site, groups: Sequence[list[Place]]) -> dict[str, float]:
    """Durable saves and echoes per second over as many connections as a group has places, in turn for each group: what
    disturbs the machine for some seconds disturbs both. A group's answers are all its own."""
    _open_at_once(site, [place.attempt_id for group in groups for place in group])
    run_load(save.plan(site, groups[0], path="echo", seconds=1.0))
    saves_per_s, echoes_per_s = [], []
    for group in groups:
        echo = run_load(save.plan(site, group, path="echo", seconds=SATURATION_S))
        saving = run_load(save.plan(site, group, path="attempts", seconds=SATURATION_S))
        assert echo.refused == saving.refused == 0, "an echo or a save was refused"
        lost, foreign = save.check(site, group, saving)
        assert lost == foreign == 0, f"{lost} lost and {foreign} foreign answers at saturation"
        saves_per_s.append(sum(saving.acknowledged) / saving.seconds)
        echoes_per_s.append(sum(echo.acknowledged) / echo.seconds)
    turns = [round(saved / echoed, 3) for saved, echoed in zip(saves_per_s, echoes_per_s, strict=True)]
    print(f"saves for an echo, turn by turn: {turns}")
    return {"save_per_s": fmean(saves_per_s), "echo_per_s": fmean(echoes_per_s)}


def _open_at_once(site: Site, attempt_ids: Sequence[UUID]) -> None:
    with site.database.transaction() as session:
        started = {"state": AttemptState.STARTED.value, "starts_at": func.now(), "late_until": func.now()}
        session.execute(
            update(Attempt)
            .where(Attempt.id.in_(attempt_ids))
            .values(**started, deadline_at=func.now() + timedelta(hours=1))
        )


def figures(
    outcome: Outcome, cost: dict[str, float], *, candidates: int, minutes: float
) -> dict[str, object]:
    """What is printed, with what a sitting of an hour costs when answers go on at the same pace."""
    ledger = outcome.ledger
    cpu_s = (cost["web_s"] + cost["database_s"]) / candidates
    saves = len(ledger["acknowledged"])
    assert ledger["start_ms"], f"nobody started: {ledger['errors']}"
    begins = ledger["begins"][:candidates]
    return {
        "start_p50_ms": round(percentile(ledger["start_ms"], 0.5), 1),
        "start_p99_ms": round(percentile(ledger["start_ms"], 0.99), 1),
        "started_over_s": round(max(begins) - min(begins), 1),
        "save_p50_ms": round(percentile(ledger["save_ms"], 0.5), 1),
        "save_p99_ms": round(percentile(ledger["save_ms"], 0.99), 1),
        "saves": saves,
        "errors": sum(ledger["errors"].values()),
        "stuck": len(outcome.stuck),
        "cpu_s_per_candidate": round(cpu_s, 4),
        "web_cpu_s": round(cost["web_s"], 1),
        "database_cpu_s": round(cost["database_s"], 1),
        "generator_cpu_share": round(outcome.cpu_s / outcome.wall_s / (os.cpu_count() or 1), 3),
        "bytes_per_candidate": round((outcome.sent_bytes + outcome.received_bytes) / candidates),
        "bytes_per_save": round(sum(ledger["save_bytes"]) / max(1, len(ledger["save_bytes"]))),
        "minutes": minutes,
    }


def extrapolate(found: dict[str, float], *, candidates: int) -> dict[str, float]:
    """What `candidates` at once would need: processors busy while they answer, megabits per second, gigabytes."""
    saves_per_s = candidates / 10
    return {
        "cores_while_answering": round(saves_per_s / found["save_per_s"] * (os.cpu_count() or 1), 1),
        "saves_per_s": saves_per_s,
        "mbit_per_s": round(saves_per_s * found["bytes_per_save"] * 8 / 1e6, 1),
        "cpu_h": round(candidates * found["cpu_s_per_candidate"] / 3600, 2),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=2.0, help="working time after the start")
    parser.add_argument("--think", type=float, default=10.0, help="seconds between two answers")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    count: int = given.candidates
    sign_in_s = max(5.0, count / SIGN_INS_PER_S)
    habits = Habits(think_s=given.think, sign_in_over_s=sign_in_s, hand_in_over_s=max(5.0, count / 100))
    load_before = os.getloadavg()[0]
    with running_site(workers=WORKERS) as site:
        hasher = CodeHasher(SECRET)
        places = make_places(
            site.database,
            count + SATURATION_TURNS * save.CONNECTIONS,
            state=AttemptState.ASSIGNED,
            hasher=hasher,
        )
        outcome, cost = sit(site, places[:count], minutes=given.minutes, habits=habits)
        compared = compare(site.database_url, outcome)
        rest = range(count, len(places), save.CONNECTIONS)
        peak = saturate(site, [places[at : at + save.CONNECTIONS] for at in rest])
    found = figures(outcome, cost, candidates=count, minutes=given.minutes)
    for kind, times in outcome.ledger["other_ms"].items():
        print(
            f"{kind}: {len(times)}, p50 {percentile(times, 0.5):.0f} ms, p99 {percentile(times, 0.99):.0f} ms"
        )
    loads = f"load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"errors by kind: {outcome.ledger['errors']}; {loads}")
    ratio = round(peak["save_per_s"] / peak["echo_per_s"], 3)
    whole = {
        "candidates": count,
        **found,
        "lost": compared.lost,
        "foreign": compared.foreign,
        "save_echo_ratio": ratio,
    }
    whole |= {name: round(value) for name, value in peak.items()}
    for name, size in (("at_6000", CITY), ("at_250000", COUNTRY)):
        whole[name] = extrapolate({**found, **peak}, candidates=size)  # type: ignore[dict-item] # figures, all numbers
    print(json.dumps(whole))


if __name__ == "__main__":
    main()
