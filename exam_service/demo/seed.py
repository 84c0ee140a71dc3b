"""Filling an empty database with the demo, and keeping a sitting open for the visitor on every start."""

from dataclasses import dataclass

from rich.console import Console
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Scope
from exam_service.attempts.codes import CodeHasher, IssuedCode, issue_codes
from exam_service.auth.access import actor_named
from exam_service.auth.clients import create_client
from exam_service.auth.models import ApiClient
from exam_service.bank.models import Bank
from exam_service.db import Database
from exam_service.demo.organisation import add_organisation
from exam_service.demo.questions import add_banks
from exam_service.demo.rounds import (
    Ground,
    TrialSitting,
    add_blueprints,
    add_finished_period,
    add_running_period,
    running_trial,
)
from exam_service.demo.staff import add_accounts
from exam_service.people.models import Person, Position
from exam_service.periods.models import Period, StoredBlueprint
from exam_service.periods.vault import Vault
from exam_service.settings import Settings

HR_CLIENT = "Hệ thống quản lý cán bộ (demo)"
TRIAL, RUNNING = "THU-", "DANG-THI-"


@dataclass(frozen=True)
class DemoSummary:
    """What a visitor needs to begin. `hr_secret` is None once it was shown on the first start."""

    trial_code: IssuedCode
    room_codes: list[IssuedCode]
    hr_client_id: str
    hr_secret: str | None


def seed_demo(database: Database, settings: Settings, *, console: Console) -> DemoSummary:
    """The demo is there: made whole on the first start, only refreshed on later ones.

    A database that holds people but not the demo is left alone (nothing of it is shown in the summary but codes).
    """
    with database.transaction() as session:
        is_new = session.scalar(select(Person.id).limit(1)) is None
        secret = _fill(session, Vault(settings.signing_secret()), console) if is_new else None
    with database.transaction() as session, console.status("Opening a sitting for you…"):
        vault = Vault(settings.signing_secret())
        trial = _open_seat(session, vault, TRIAL, people=1, name="Kỳ dùng thử (một thí sinh)")
        room = _open_seat(session, vault, RUNNING, people=30, name="Kỳ đang thi")
        hasher = CodeHasher(settings.signing_secret())
        officer = actor_named(session, "canbo")
        trial_codes = issue_codes(session, officer, trial.sitting_id, hasher=hasher)
        room_codes = issue_codes(session, officer, room.sitting_id, hasher=hasher)
        client_id = session.scalars(select(ApiClient.client_id).where(ApiClient.name == HR_CLIENT)).one()
    return DemoSummary(trial_codes[0], room_codes[:3], client_id, secret)


def _fill(session: Session, vault: Vault, console: Console) -> str:
    """Everything but the running sittings; returns the secret of the HR client."""
    with console.status("Making the demo: people…") as status:
        add_accounts(session)
        positions = add_organisation(session)
        status.update("Making the demo: question banks…")
        author, reviewer = actor_named(session, "soanthao"), actor_named(session, "thamdinh")
        add_banks(session, positions=positions, author=author, reviewer=reviewer)
        status.update("Making the demo: a finished period of 1,697 people…")
        add_blueprints(session, actor_named(session, "canbo"))
        add_finished_period(session, _ground(session, vault))
        made = create_client(
            session, actor_named(session, "quantri"), name=HR_CLIENT, scopes=[Scope.RESULTS_READ]
        )
    return made.secret


def _ground(session: Session, vault: Vault) -> Ground:
    blueprints = session.execute(select(StoredBlueprint.code, StoredBlueprint.id))
    return Ground(
        actor_named(session, "canbo"),
        actor_named(session, "kiemtra"),
        vault,
        {code.removeprefix("MT-"): blueprint_id for code, blueprint_id in blueprints},
        dict(session.execute(select(Bank.code, Bank.id)).all()),
        dict(session.execute(select(Position.code, Position.id)).all()),
    )


def _open_seat(session: Session, vault: Vault, prefix: str, *, people: int, name: str) -> TrialSitting:
    """The running demo sitting of this kind; a new one when there is none or its time is nearly over."""
    trial = running_trial(session, prefix)
    if trial is None:
        count = session.query(Period).filter(Period.code.startswith(prefix)).count()
        trial = add_running_period(
            session, _ground(session, vault), code=f"{prefix}{count + 1:02d}", people=people, name=name
        )
    return trial
