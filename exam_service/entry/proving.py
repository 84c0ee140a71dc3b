"""Whether a candidate may enter: what the exam and the room ask, what this sign-in has shown, what was waived."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.auth import throttle
from exam_service.entry import safe_exam_browser
from exam_service.entry.codes import SittingCodes, generation_of
from exam_service.entry.models import Condition, EntryProof, EntryRule
from exam_service.entry.networks import is_inside
from exam_service.entry.refusals import BrowserNotProven, TooManyCodes, WrongSittingCode
from exam_service.settings import Settings

KEY_HEADER, EXAM_KEY_HEADER, PAGE_HEADER = "Exam-Browser-Key", "Exam-Browser-Exam-Key", "Exam-Browser-Page"
"""What the player sends where Safe Exam Browser sends no header of its own: its keys for the page, and the page."""

STATE = text(
    """
    SELECT candidate.number, candidate.exam_id, candidate.sitting_id, coalesce(needs_browser, false),
        coalesce(needs_code, false), coalesce(quit_password_hash, ''), coalesce(networks, '[]'::jsonb),
        coalesce(browser_exam_keys, '[]'::jsonb),
        ARRAY(SELECT condition FROM entry_waiver WHERE candidate_id = candidate.id),
        ARRAY(SELECT condition FROM entry_proof WHERE candidate_id = candidate.id
            AND (login_id = :login_id OR condition = 'code'))
    FROM candidate
    LEFT JOIN entry_rule ON entry_rule.exam_id = candidate.exam_id
    LEFT JOIN sitting ON sitting.id = candidate.sitting_id
    LEFT JOIN room_network ON room_network.period_id = candidate.period_id AND room_network.room = sitting.room
    WHERE candidate.id = :candidate_id
    """
)


@dataclass(frozen=True)
class BrowserEvidence:
    """What a request shows of its browser: the Config Key it sent for an address, that address, and the Browser Exam
    Key it sent for the same address (empty: none)."""

    shown: str
    url: str
    exam_key: str = ""


NO_EVIDENCE: Sequence[BrowserEvidence] = ()


@dataclass(frozen=True)
class Entry:
    """The conditions of one candidate in one sign-in."""

    candidate_id: UUID
    number: str
    exam_id: UUID
    sitting_id: UUID | None
    quit_password_hash: str
    networks: Sequence[str]  # empty: any, or waived
    browser_exam_keys: Sequence[str]  # empty: any version of the browser
    asked: frozenset[Condition]  # what is asked and not waived
    proven: frozenset[Condition]

    def unmet(self, address: str) -> list[Condition]:
        """What is still to be met at this address, in the order in which it is to be put right."""
        missing = [one for one in Condition if one in self.asked and one not in self.proven]
        if Condition.NETWORK in missing and is_inside(address, self.networks):
            missing.remove(Condition.NETWORK)
        return missing


def load_entry(session: Session, candidate_id: UUID, *, login_id: UUID) -> Entry:
    """One SELECT: what the candidate's exam and room ask, and what has been shown. The candidate must exist."""
    number, exam_id, sitting_id, needs_browser, needs_code, quit_hash, networks, exam_keys, waived, proven = (
        session.execute(STATE, {"candidate_id": candidate_id, "login_id": login_id}).one()
    )
    asked = {
        Condition.NETWORK: bool(networks),
        Condition.BROWSER: needs_browser,
        Condition.CODE: needs_code,
    }
    wanted = frozenset(one for one, is_asked in asked.items() if is_asked and one.value not in waived)
    return Entry(
        candidate_id=candidate_id,
        number=number,
        exam_id=exam_id,
        sitting_id=sitting_id,
        quit_password_hash=quit_hash,
        networks=tuple(networks) if Condition.NETWORK in wanted else (),
        browser_exam_keys=tuple(exam_keys),
        asked=wanted,
        proven=frozenset(Condition(one) for one in proven),
    )


def browser_settings(settings: Settings, *, exam_id: UUID, quit_password_hash: str) -> dict[str, object]:
    """The configuration of Safe Exam Browser for an exam."""
    return safe_exam_browser.configuration(
        public_url=settings.public_url,
        quit_password_hash=quit_password_hash,
        salt=safe_exam_browser.exam_salt(settings.signing_secret(), exam_id),
    )


def settings_of_rule(settings: Settings, rule: EntryRule) -> dict[str, object]:
    return browser_settings(settings, exam_id=rule.exam_id, quit_password_hash=rule.quit_password_hash)


def evidence_in(
    request: Request, *, key: str = "", exam_key: str = "", page: str = ""
) -> list[BrowserEvidence]:
    """What the request shows: by the headers of Safe Exam Browser, for the address as the public sees it; and by the
    keys that its script interface gave for a page (`key`, `exam_key`, `page`, or the player's headers), one of ours."""
    settings: Settings = request.app.state.settings
    base = settings.public_url.rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    evidence = []
    if shown := request.headers.get(safe_exam_browser.HEADER, ""):
        # Behind a proxy the service sees another scheme, host or port than the browser signed.
        exam_shown = request.headers.get(safe_exam_browser.EXAM_KEY_HEADER, "")
        evidence.append(BrowserEvidence(shown, f"{base}{request.url.path}{query}", exam_shown))
    exam_key = exam_key or request.headers.get(EXAM_KEY_HEADER, "")
    key, page = key or request.headers.get(KEY_HEADER, ""), page or request.headers.get(PAGE_HEADER, "")
    if key and is_own_page(page, base):
        evidence.append(BrowserEvidence(key, page, exam_key))
    return evidence


def is_own_page(page: str, base: str) -> bool:
    """Whether the address is the candidate's page of this service or one below it."""
    plain = page.split("#", 1)[0].split("?", 1)[0]
    return plain == f"{base}/exam" or plain.startswith(f"{base}/exam/")


def proves_browser(settings: Settings, entry: Entry, evidence: Sequence[BrowserEvidence]) -> bool:
    """Whether one piece of the evidence shows the exam's Config Key, and a Browser Exam Key if the exam names any."""
    if not evidence:
        return False
    wanted = browser_settings(settings, exam_id=entry.exam_id, quit_password_hash=entry.quit_password_hash)
    key = safe_exam_browser.config_key(wanted)
    return any(
        safe_exam_browser.shows_key(one.shown, url=one.url, key=key) and _is_version(entry, one)
        for one in evidence
    )


def _is_version(entry: Entry, one: BrowserEvidence) -> bool:
    """Whether the browser is of a version that the exam takes."""
    keys = entry.browser_exam_keys
    return not keys or any(safe_exam_browser.shows_key(one.exam_key, url=one.url, key=key) for key in keys)


def prove_browser(
    session: Session,
    entry: Entry,
    evidence: Sequence[BrowserEvidence],
    *,
    settings: Settings,
    login_id: UUID,
    address: str,
) -> None:
    """This sign-in counts as Safe Exam Browser from now on. Raises BrowserNotProven."""
    if not proves_browser(settings, entry, evidence):
        raise BrowserNotProven
    _keep(session, entry, Condition.BROWSER, way="config_key", login_id=login_id, address=address)


def prove_code(
    session: Session, entry: Entry, typed: str, *, codes: SittingCodes, login_id: UUID, address: str
) -> None:
    """The candidate has typed the code of the sitting, once and for all machines.

    Raises WrongSittingCode (the caller then calls `note_wrong_code`), TooManyCodes, AddressSlowed.
    """
    name = failure_name(entry)
    try:
        throttle.refuse_while_throttled(session, name=name, address=address)
    except throttle.NameLocked as locked:
        raise TooManyCodes(minutes=locked.params["minutes"]) from locked
    if entry.sitting_id is None or not codes.is_right(
        entry.sitting_id, generation_of(session, entry.sitting_id), typed
    ):
        raise WrongSittingCode
    throttle.forget_failures(session, name=name)
    _keep(session, entry, Condition.CODE, way="typed", login_id=login_id, address=address)


def note_wrong_code(session: Session, entry: Entry, *, address: str) -> None:
    """A wrong code counts towards the limit of its candidate."""
    throttle.count_failure(session, name=failure_name(entry), address=address)


def failure_name(entry: Entry) -> str:
    return f"sitting-code:{entry.candidate_id}"


def _keep(
    session: Session, entry: Entry, condition: Condition, *, way: str, login_id: UUID, address: str
) -> None:
    session.execute(
        insert(EntryProof)
        .values(
            candidate_id=entry.candidate_id,
            condition=condition.value,
            login_id=login_id,
            way=way,
            address=address[:64],
            proven_at=clock.now(),
        )
        .on_conflict_do_nothing()
    )
