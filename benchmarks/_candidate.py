"""A candidate as the player behaves: waiting room, sealed paper, start, answers with think time, reloads, hand-in.

What it sends and how it tries again is what static/player/{api,saver,test}.js do; the journal is kept as they keep it:
an answer counts as saved only after the service has confirmed it, until then it is sent again.
"""

import asyncio
import hashlib
import hmac
import json
import random
import zlib
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks._line import Answer, Broken, Line, Traffic
from benchmarks._seed import CODE, SLOTS

STRIDE = 1024
REFRESH_S = 20.0
WAITING_REFRESH_S = 60.0
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
START_WAIT_S = 30.0
WORDS = "căn cứ quy định về thời hạn giải quyết hồ sơ một cửa của phường em đề nghị tiếp nhận và ghi phiếu hẹn".split()
TEXT_SHARE = 0.15


@dataclass
class Habits:
    """How the candidates of a run behave; times in seconds, shares of all candidates."""

    think_s: float = 10.0
    reload_share: float = 0.05
    takeover_share: float = 0.02
    sign_in_over_s: float = 20.0
    hand_in_over_s: float = 10.0


@dataclass
class Ledger:
    """What the run did. `sent` and `acknowledged` are (attempt, slot, sequence, digest of the JSON) of saves;
    `displaced` those that a page sent after it had lost its attempt. Times are ms; `waits` are (first failure,
    success) in seconds of the machine's monotonic clock for every call that needed more than one try.
    """

    sent: list[tuple[str, int, int, str]] = field(default_factory=list)
    acknowledged: list[tuple[str, int, int, str]] = field(default_factory=list)
    displaced: list[tuple[str, int, int, str]] = field(default_factory=list)
    receipts: dict[str, int] = field(default_factory=dict)
    start_ms: list[float] = field(default_factory=list)
    save_ms: list[float] = field(default_factory=list)
    other_ms: dict[str, list[float]] = field(default_factory=dict)
    save_bytes: list[int] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    waits: list[tuple[float, float]] = field(default_factory=list)
    begins: list[float] = field(default_factory=list)

    def complain(self, what: str) -> None:
        self.errors[what] = self.errors.get(what, 0) + 1


def answer_digest(response: Any) -> str:
    """What an answer is known by in the ledger, however the database writes its JSON."""
    text = json.dumps(response, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Closing:
    """When the working time ends (monotonic seconds); whoever holds it may move it."""

    at: float


class Refused(Exception):
    """The service refused for good; `code` says why."""

    def __init__(self, answer: Answer) -> None:
        body = answer.json() if b"json" in answer.header(b"content-type") else {}
        self.code = str(body.get("code", answer.status))
        self.body: dict[str, Any] = body
        super().__init__(self.code)


@dataclass
class Page:
    """One open page: its id, its journal's chain and the answers as the candidate sees them."""

    holder: str
    mark: int
    sequences: dict[int, int] = field(default_factory=dict)
    mac: str = ""
    entries: int = 0


class Candidate:
    """One person at one computer, working until `until` and then handing in."""

    def __init__(
        self, attempt_id: str, number: str, *, port: int, ledger: Ledger, habits: Habits, seed: int
    ) -> None:
        self.attempt_id = attempt_id
        self.number = number
        self.ledger = ledger
        self.habits = habits
        self.random = random.Random(seed)
        self.traffic = Traffic()
        self.line = Line(port, self.traffic)
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.page = self._new_page()
        self.keys: dict[str, bytes] = {}
        self.sealed = b""

    def _new_page(self) -> Page:
        return Page(holder=f"{self.random.getrandbits(128):032x}", mark=self.random.randrange(STRIDE))

    # The calls

    async def call(
        self, method: str, path: str, *, body: Any = None, within_s: float = 10.0, kind: str = ""
    ) -> Answer:
        """The answer to a call of the player, tried again through lost connections and overload. Raises Refused."""
        failures, failed_at = 0, 0.0
        while True:
            try:
                answer = await self._once(method, path, body=body, within_s=within_s, kind=kind)
            except Broken:
                answer = None
            if answer is not None and answer.status == 401 and path != "/current":
                self.token = (await self.call("GET", "/current")).json()["token"]
                continue
            if answer is not None and answer.status < 500 and answer.status not in (408, 429):
                if failures:
                    self.ledger.waits.append((failed_at, monotonic()))
                if answer.status >= 400:
                    raise Refused(answer)
                return answer
            failures += 1
            failed_at = failed_at or monotonic()
            self.ledger.complain("no answer" if answer is None else str(answer.status))
            ceiling = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(failures - 1, 10))
            wished = 0.0 if answer is None else float(answer.header(b"retry-after") or 0)
            await asyncio.sleep(max(wished, ceiling * (0.5 + self.random.random() / 2)))

    async def _once(self, method: str, path: str, *, body: Any, within_s: float, kind: str) -> Answer:
        headers = f"Accept: application/json\r\nAccept-Language: vi\r\nExam-Page: {self.page.holder}\r\n"
        if self.cookies:
            headers += (
                "Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()) + "\r\n"
            )
        if self.token and path != "/current":
            headers += f"Authorization: Bearer {self.token}\r\n"
        content = (
            b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        )
        if content:
            headers += "Content-Type: application/json\r\n"
        began, bytes_before = monotonic(), self.traffic.sent + self.traffic.received
        answer = await self.line.ask(
            method, f"/api/attempts{path}", headers=headers, body=content, within_s=within_s
        )
        if kind and answer.status == 200:
            spent = (monotonic() - began) * 1000
            if kind == "save":
                self.ledger.save_ms.append(spent)
                self.ledger.save_bytes.append(self.traffic.sent + self.traffic.received - bytes_before)
            else:
                self.ledger.other_ms.setdefault(kind, []).append(spent)
        return answer

    async def _page(self, method: str, path: str, *, form: dict[str, str] | None = None) -> Answer:
        """A page of the service, tried again like a person does who presses the button again."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = f"Cookie: {cookies}\r\n" if cookies else ""
        content = b"" if form is None else urlencode(form).encode()
        if form is not None:
            headers += "Content-Type: application/x-www-form-urlencoded\r\n"
        while True:
            try:
                answer = await self.line.ask(method, path, headers=headers, body=content, within_s=30.0)
                if answer.status < 500:
                    self.cookies.update({name: text for name, text in answer.cookies().items() if text})
                    return answer
            except Broken:
                pass
            self.ledger.complain("page")
            await asyncio.sleep(1.0 + self.random.random())

    # The sitting

    async def sit(self, *, until: Closing) -> None:
        """From the sign-in to the receipt."""
        await asyncio.sleep(self.random.uniform(0, self.habits.sign_in_over_s))
        await self._sign_in()
        await self._wait_for_start()
        await self._start(has_paper=True)
        await self._work(until)
        await asyncio.sleep(self.random.uniform(0, self.habits.hand_in_over_s))
        await self._hand_in()
        self.line.close()

    async def _sign_in(self) -> None:
        form = await self._page("GET", "/exam/sign-in")
        assert form.status == 200, form.status
        given = {"number": self.number, "code": CODE, "csrf_token": self.cookies["candidate_form"]}
        signed = await self._page("POST", "/exam/sign-in", form=given)
        assert signed.status == 303, signed.status
        assert (await self._page("GET", "/exam")).status == 200

    async def _wait_for_start(self) -> None:
        """The waiting room: who I am, the sealed paper, another look every minute, until the start."""
        while True:
            current = (await self.call("GET", "/current", kind="current")).json()
            asked_at = monotonic()
            self.token = current["token"]
            if not self.sealed:
                answer = await self.call(
                    "GET", f"/{self.attempt_id}/paper", within_s=START_WAIT_S, kind="paper"
                )
                self.sealed = answer.body
            wait_s = current["sitting"]["starts_in_ms"] / 1000 - (monotonic() - asked_at)
            if wait_s <= WAITING_REFRESH_S:
                await asyncio.sleep(max(0.0, wait_s))
                return
            await asyncio.sleep(WAITING_REFRESH_S)

    async def _start(self, *, has_paper: bool, takes_over: bool = False) -> None:
        """Start or go on; the paper is opened, the answers that the service holds are taken over."""
        began = monotonic()
        body = {"has_paper": has_paper, "take_over": takes_over, "pin": ""}
        while True:
            try:
                answer = await self.call(
                    "POST", f"/{self.attempt_id}/start", body=body, within_s=START_WAIT_S
                )
                break
            except Refused as refusal:
                if refusal.code != "too_early":
                    raise
                await asyncio.sleep(max(0.001, refusal.body["starts_in_ms"] / 1000))
                began = monotonic()
        spent_ms = (monotonic() - began) * 1000
        self.ledger.start_ms.append(spent_ms)
        self.ledger.begins.append(began)
        started = answer.json()
        self.token = started["token"]
        self.keys = {name: urlsafe_b64decode(text + "=") for name, text in started["secrets"].items()}
        form = started["form"] or self._open_paper()
        assert sum(len(section["slots"]) for section in form["sections"]) == SLOTS
        for row in started["responses"]:
            self.page.sequences[row["slot"]] = max(self.page.sequences.get(row["slot"], 0), row["sequence"])

    def _open_paper(self) -> Any:
        nonce, box = self.sealed[:12], self.sealed[12:]
        return json.loads(
            zlib.decompress(AESGCM(self.keys["paper"]).decrypt(nonce, box, self.attempt_id.encode()))
        )

    async def _work(self, until: Closing) -> None:
        """Answer after answer; a look at the clock every 20 s; some reload the page, some move to another tab."""
        clock_at = monotonic() + REFRESH_S * self.random.uniform(0.9, 1.1)
        habits = self.habits
        span = max(0.0, until.at - monotonic())
        reload_at = (
            monotonic() + span * self.random.random() if self.random.random() < habits.reload_share else None
        )
        move_at = (
            monotonic() + span * self.random.random()
            if self.random.random() < habits.takeover_share
            else None
        )
        await asyncio.sleep(self.random.uniform(0, habits.think_s))
        while (now := monotonic()) < until.at:
            if now >= clock_at:
                await self.call("GET", f"/{self.attempt_id}/clock", kind="clock")
                clock_at = now + REFRESH_S * self.random.uniform(0.9, 1.1)
            if reload_at is not None and now >= reload_at:
                reload_at = None
                await self._reload()
            if move_at is not None and now >= move_at:
                move_at = None
                await self._move()
            await self._answer()
            await asyncio.sleep(habits.think_s * self.random.uniform(0.5, 1.5) - min(0.4, monotonic() - now))

    async def _answer(self) -> None:
        slot = self.random.randint(1, SLOTS)
        response: dict[str, Any] = {"choice": f"o{self.random.randrange(4)}"}
        if self.random.random() < TEXT_SHARE:
            response = {"text": " ".join(self.random.choices(WORDS, k=self.random.randint(10, 60)))}
        row = self._note(slot, response)
        self.ledger.sent.append(row)
        body = {"sequence": row[2], "response": response, "flagged": False}
        try:
            answer = await self.call("PUT", f"/{self.attempt_id}/responses/{slot}", body=body, kind="save")
        except Refused as refusal:
            self.ledger.complain(f"save {refusal.code}")
            return
        if answer.json()["sequence"] == row[2]:
            self.ledger.acknowledged.append(row)
        else:
            self.ledger.complain("overtaken")

    def _note(self, slot: int, response: dict[str, Any]) -> tuple[str, int, int, str]:
        """The next entry of the page's chain, as journal.js writes it before anything is sent."""
        page = self.page
        sequence = (page.sequences.get(slot, 0) // STRIDE + 1) * STRIDE + page.mark
        page.sequences[slot] = sequence
        digest = answer_digest(response)
        page.entries += 1
        line = f'{{"n":{page.entries},"slot":{slot},"sequence":{sequence},"digest":"{digest}"}}'
        previous = page.mac or page.holder
        page.mac = hmac.new(self.keys["chain"], f"{previous}\n{line}".encode(), hashlib.sha256).hexdigest()
        return (self.attempt_id, slot, sequence, digest)

    async def _reload(self) -> None:
        """The page anew, over a new connection: the sealed paper is gone, so the whole paper comes."""
        self.line.close()
        await self._page("GET", "/exam")
        self.token = (await self.call("GET", "/current", kind="current")).json()["token"]
        await self._start(has_paper=False)

    async def _move(self) -> None:
        """A second tab takes the attempt over; what the first one still sends is refused and kept."""
        before, after = self.page, self._new_page()
        after.sequences = dict(before.sequences)
        self.page = after
        await self._start(has_paper=False, takes_over=True)
        self.page = before
        row = self._note(1, {"choice": "o3"})
        try:
            body = {"sequence": row[2], "response": {"choice": "o3"}, "flagged": False}
            await self.call("PUT", f"/{self.attempt_id}/responses/1", body=body)
            self.ledger.complain("a displaced page was told that its answer counts")
        except Refused as refusal:
            if refusal.code == "held_elsewhere":
                self.ledger.displaced.append(row)
            else:
                self.ledger.complain(f"displaced {refusal.code}")
        self.page = after

    async def _hand_in(self) -> None:
        slots = {str(slot): sequence for slot, sequence in self.page.sequences.items()}
        body = {"slots": slots}
        answer = await self.call(
            "POST", f"/{self.attempt_id}/submit", body=body, within_s=START_WAIT_S, kind="submit"
        )
        self.ledger.receipts[self.attempt_id] = answer.json()["answered"]
