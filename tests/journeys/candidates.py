"""Candidates who speak to the service as the player does."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.journeys.conftest import Live


@dataclass(frozen=True)
class Slip:
    """What the invigilator hands to a candidate."""

    name: str
    number: str
    code: str


class Candidate:
    """A candidate's browser with the calls of the player."""

    def __init__(self, live: Live, slip: Slip) -> None:
        self.visitor = live.visitor()
        self.visitor.open("/exam/sign-in")
        self.visitor.send("/exam/sign-in", {"number": slip.number, "code": slip.code})
        assert self.visitor.path == "/exam", self.visitor.text
        self.current = self.visitor.http.get("/api/attempts/current").json()
        assert self.current["candidate"]["full_name"] == slip.name
        self.id = self.current["attempt_id"]

    def call(self, method: str, rest: str, body: Any = None, *, attempt: str = "") -> httpx2.Response:
        address = f"/api/attempts/{attempt or self.id}/{rest}"
        headers = {"Authorization": f"Bearer {self.current['token']}"}
        return self.visitor.http.request(method, address, json=body, headers=headers)

    def save(self, slot: int, choice: str, *, sequence: int = 1) -> httpx2.Response:
        body = {"sequence": sequence, "response": {"choice": choice}, "flagged": False}
        return self.call("PUT", f"responses/{slot}", body)

    def submit(self, slots: dict[int, int]) -> dict[str, Any]:
        answer = self.call("POST", "submit", {"slots": slots})
        assert answer.status_code == 200, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt
