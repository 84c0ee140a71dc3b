"""The load generator: keep-alive connections in a process of its own, each sending its next request after an answer.

Reads one JSON object from standard input, prints one to standard output. It speaks HTTP/1.1 by hand: a client library
would cost more than the service that is measured, on the same two processors.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, cast

import uvloop


@dataclass
class Plan:
    """What to send. `heads` and `bodies` are per connection; `{slot}` and `{sequence}` are filled in from the count."""

    port: int
    seconds: float
    connections: list[dict[str, str]]
    kind: str  # "save" or "once"
    slots: int = 60


@dataclass
class Outcome:
    """Per connection the number of requests answered 200, and every latency in ms, in order of arrival."""

    seconds: float = 0.0
    acknowledged: list[int] = field(default_factory=list)
    refused: int = 0
    latencies_ms: list[float] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One connection: `requests` yields whole requests; the next goes out when the answer to the last is complete."""

    def __init__(self, requests: Iterator[bytes], outcome: Outcome, done: asyncio.Future[None]) -> None:
        self.requests = requests
        self.outcome = outcome
        self.done = done
        self.acknowledged = 0
        self.buffer = b""
        self.sent_at = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its base class
        self._next()

    def _next(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.sent_at = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator or len(rest) < _content_length(head):
            return
        self.outcome.latencies_ms.append((perf_counter() - self.sent_at) * 1000)
        if head.startswith(b"HTTP/1.1 200"):
            self.acknowledged += 1
        else:
            self.outcome.refused += 1
        self.buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the service closed the connection"))


def _content_length(head: bytes) -> int:
    start = head.lower().index(b"content-length: ") + 16
    end = head.find(b"\r", start)
    return int(head[start:] if end < 0 else head[start:end])


def saves(plan: Plan, connection: dict[str, str], until: float) -> Iterator[bytes]:
    """Answer after answer, slot by slot, round by round: request n is slot n mod slots, sequence n div slots + 1."""
    count = 0
    head = (
        "PUT {path}/responses/{{slot}} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: {{length}}\r\n\r\n"
    ).format(**connection)
    while perf_counter() < until:
        slot, sequence = count % plan.slots + 1, count // plan.slots + 1
        body = f'{{"sequence":{sequence},"response":{{"choice":"o{count % 4}"}},"flagged":false}}'
        yield (head.format(slot=slot, length=len(body)) + body).encode()
        count += 1


def once(_plan: Plan, connection: dict[str, str], until: float) -> Iterator[bytes]:
    """Every path of the connection once, while there is time."""
    for path in connection["path"].split(" "):
        if perf_counter() >= until:
            return
        address, token = path.split("|")
        yield (
            f"{connection['method']} {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            "Accept-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"
        ).encode()


async def drive(plan: Plan) -> Outcome:
    """Run the plan to its end."""
    outcome = Outcome()
    loop = asyncio.get_running_loop()
    started = perf_counter()
    until = started + plan.seconds
    make = saves if plan.kind == "save" else once
    lines: list[tuple[Connection, asyncio.Future[None]]] = []
    for connection in plan.connections:
        done: asyncio.Future[None] = loop.create_future()
        line = Connection(make(plan, connection, until), outcome, done)
        await loop.create_connection(lambda line=line: line, "127.0.0.1", plan.port)  # type: ignore[misc] # a default in a lambda
        lines.append((line, done))
    for _line, done in lines:
        await done
    outcome.seconds = perf_counter() - started
    outcome.acknowledged = [line.acknowledged for line, _done in lines]
    return outcome


def run_load(plan: Plan) -> Outcome:
    """Run the plan in a process of its own and return what came of it."""
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks._load"],
        input=json.dumps(plan.__dict__).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=plan.seconds + 30,
    )
    return Outcome(**json.loads(finished.stdout))


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    given: dict[str, Any] = json.loads(sys.stdin.read())
    outcome = uvloop.run(drive(Plan(**given)))
    with open(
        sys.stdout.fileno(), "w", closefd=False
    ) as out:  # buffered even where the environment says otherwise
        json.dump(outcome.__dict__, out)


if __name__ == "__main__":
    main()
