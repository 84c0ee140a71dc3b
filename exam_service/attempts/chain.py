"""The chain of a journal: what the candidate entered, in which order and when, as the player wrote it down.

Each entry is a line of JSON and its MAC: HMAC-SHA-256 under the key of the attempt over the MAC of the entry before, a
line feed and the line. The first entry follows the id of the chain. So no entry can be changed, left out in the middle,
put elsewhere or taken from another attempt. An entry holds the SHA-256 of the answer's JSON text, not the answer.

Pure: keys and times are given. Source of the construction: FIPS 198-1 (HMAC).
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from exam_service.attempts.answer_shape import LARGEST_SEQUENCE
from exam_service.errors import Refusal

Hex64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ChainId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]

MOST_ENTRIES = 50_000
LONGEST_LINE = 600
LATEST_MS = 253_402_300_799_000
"""The end of the year 9999: no later moment has a date."""

BACKWARDS = timedelta(seconds=3)
"""How far the player's idea of the server's time may go back between entries: each look at the clock corrects it."""

AHEAD = timedelta(seconds=10)
JUMP = timedelta(seconds=60)


class BrokenChain(Refusal):
    """An entry is missing, changed, out of place or of another attempt; `place` counts from 1."""

    code = "broken_chain"
    status = 422
    message = "Nhật ký bài làm không nguyên vẹn (mục %(place)s). Dữ liệu không được nhận."


class ImplausibleTimes(Refusal):
    """The entries are authentic but their times cannot be: before the start, in the future, or going back."""

    code = "implausible_times"
    status = 422
    message = "Thời điểm ghi trong nhật ký bài làm không hợp lý (mục %(place)s). Dữ liệu không được nhận."


class SignedEntry(BaseModel):
    """A line as it was written, and its MAC in hex."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: Annotated[str, StringConstraints(max_length=LONGEST_LINE)]
    mac: Hex64


class Entry(BaseModel):
    """What a line says. Times are milliseconds since 1970: `at` by the clock of the server as the player knew it,
    `wall` by the clock of the computer; `steady` is false when the player had only the computer's clock to go by."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    attempt: str
    chain: ChainId
    n: int = Field(ge=1, le=MOST_ENTRIES)
    slot: int = Field(ge=1, le=9999)
    sequence: int = Field(ge=1, le=LARGEST_SEQUENCE)
    digest: Hex64
    flagged: bool
    at: int = Field(ge=0, le=LATEST_MS)
    wall: int = Field(ge=0, le=2**53)
    steady: bool

    @property
    def made_at(self) -> datetime:
        return _moment(self.at)


@dataclass(frozen=True)
class VerifiedChain:
    """Entries in their proven order; `clock_changes` is how often the computer's clock must have jumped by more than a
    minute. `not_before` and `not_after` say in milliseconds, by the time of the server, between which moments each
    entry was made for certain.

    Entries that had only the computer's clock to go by are dated within what the order proves: not before the entry
    before them, not after the next one that ran on the server's time, and not in the future.
    """

    entries: Sequence[Entry]
    not_before: Sequence[int]
    not_after: Sequence[int]
    clock_changes: int

    def last_of(self, slot: int) -> Entry | None:
        return next((entry for entry in reversed(self.entries) if entry.slot == slot), None)

    def bounds_of(self, entry: Entry) -> tuple[datetime, datetime]:
        """Between which moments `entry` was made for certain: one and the same where it knew the server's time."""
        if entry.steady:
            return entry.made_at, entry.made_at
        # Each look at the clock corrects the player's time: what comes later may be dated a little earlier.
        first, last = sorted((self.not_before[entry.n - 1], self.not_after[entry.n - 1]))
        return _moment(first), _moment(last)

    def follows(self, entry: Entry, *, sequence: int) -> bool:
        """Whether the slot had `sequence` in this chain before `entry`: the order proves it, not a clock."""
        return any(one.slot == entry.slot and one.sequence == sequence for one in self.entries[: entry.n - 1])

    def is_after(self, entry: Entry, moment: datetime) -> bool:
        """Whether `entry` was made after `moment` for certain: a computer's clock that is ahead proves nothing."""
        return self.not_before[entry.n - 1] > _milliseconds(moment)


def mac_of(previous: str, body: str, *, key: bytes) -> str:
    """The MAC of the line `body` that follows `previous` (a MAC, or the id of the chain)."""
    return hmac.new(key, f"{previous}\n{body}".encode(), hashlib.sha256).hexdigest()


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def verify_chain(
    signed: Iterable[SignedEntry], *, key: bytes, attempt_id: UUID, starts_at: datetime, received_at: datetime
) -> VerifiedChain:
    """The entries, every one of them proven. Raises BrokenChain, ImplausibleTimes."""
    entries: list[Entry] = []
    previous = ""
    for place, one in enumerate(signed, start=1):
        entry = _read(one, place)
        previous = previous or entry.chain
        right = mac_of(previous, one.body, key=key)
        if not hmac.compare_digest(right, one.mac) or not _follows(entry, entries, attempt_id):
            raise BrokenChain(place=place)
        entries.append(entry)
        previous = one.mac
    _check_times(entries, starts_at=starts_at, received_at=received_at)
    not_before = _not_before(entries, starts_at=starts_at)
    not_after = _not_after(entries, received_at=received_at)
    dated = _dated(entries, starts_at=starts_at, not_after=not_after)
    return VerifiedChain(dated, not_before, not_after, _fewest_jumps(entries, not_before, not_after))


def _read(signed: SignedEntry, place: int) -> Entry:
    try:
        return Entry.model_validate_json(signed.body)
    except ValidationError as error:
        raise BrokenChain(place=place) from error


def _follows(entry: Entry, before: Sequence[Entry], attempt_id: UUID) -> bool:
    is_same_chain = not before or entry.chain == before[0].chain
    return is_same_chain and entry.n == len(before) + 1 and entry.attempt == str(attempt_id)


def _check_times(entries: Sequence[Entry], *, starts_at: datetime, received_at: datetime) -> None:
    """The times of the server must be possible; the computer's clock may be wrong by years after a restart, and what
    was entered then must not cost the whole journal."""
    latest = starts_at
    for place, entry in enumerate(entries, start=1):
        if not entry.steady:
            continue
        if entry.made_at < latest - BACKWARDS or entry.made_at > received_at + AHEAD:
            raise ImplausibleTimes(place=place)
        latest = max(latest, entry.made_at)


def _not_before(entries: Sequence[Entry], *, starts_at: datetime) -> list[int]:
    """The time of each entry, or of the last one before it that ran on the server's time."""
    found: list[int] = []
    for entry in entries:
        before = found[-1] if found else _milliseconds(starts_at)
        found.append(entry.at if entry.steady else before)
    return found


def _not_after(entries: Sequence[Entry], *, received_at: datetime) -> list[int]:
    """The earliest time of the server from each entry on."""
    latest = _milliseconds(received_at)
    found = []
    for entry in reversed(entries):
        latest = min(latest, entry.at) if entry.steady else latest
        found.append(latest)
    return found[::-1]


def _dated(entries: Sequence[Entry], *, starts_at: datetime, not_after: Sequence[int]) -> list[Entry]:
    """The entries, the unsteady ones moved to where the order leaves room for them."""
    dated: list[Entry] = []
    earliest = _milliseconds(starts_at)
    for entry, last in zip(entries, not_after, strict=True):
        at = entry.at if entry.steady else min(max(entry.at, earliest), last)
        dated.append(entry if at == entry.at else entry.model_copy(update={"at": at}))
        earliest = max(earliest, at)
    return dated


def _fewest_jumps(entries: Sequence[Entry], not_before: Sequence[int], not_after: Sequence[int]) -> int:
    """How often the computer's clock was changed, at the least.

    Each entry says how far that clock was from the server's: exactly when it knew the server's time, else between two
    bounds. As long as one distance fits all of them the clock was left alone; where none does, it has jumped.
    """
    slack = JUMP // timedelta(milliseconds=2)  # half of it on either side
    jumps = 0
    low: int | None = None
    high = 0
    for entry, first, last in zip(entries, not_before, not_after, strict=True):
        least, most = entry.wall - max(first, last) - slack, entry.wall - min(first, last) + slack
        if low is not None and max(low, least) <= min(high, most):
            low, high = max(low, least), min(high, most)
            continue
        jumps += low is not None
        low, high = least, most
    return jumps


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
