"""Receivers of results and what was delivered to them."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from exam_service.rating_feed import log, outbox
from exam_service.rating_feed.destinations import Destinations
from exam_service.rating_feed.models import DeliveryState
from exam_service.rating_feed.schemas import ActiveForm, SubscriptionForm
from exam_service.templates import render

router = APIRouter(prefix="/feed")
Viewer = Annotated[Actor, require(Permission.FEED_VIEW)]
Manager = Annotated[Actor, require(Permission.FEED_MANAGE)]


@router.get("")
def show_feed(request: Request, session: Reading, actor: Viewer) -> Response:
    lines = log.list_subscriptions(session, actor)
    totals = {state.value: sum(line.count(state.value) for line in lines) for state in DeliveryState}
    return render(
        request,
        "rating_feed/feed.html",
        lines=lines,
        totals=totals,
        may_manage=actor.can(Permission.FEED_MANAGE),
        tab="receivers",
    )


@router.get("/new", dependencies=[require(Permission.FEED_MANAGE)])
def show_new_subscription(request: Request) -> Response:
    return _new_page(request, SubscriptionForm())


def _new_page(request: Request, values: SubscriptionForm, *, refusal: Refusal | None = None) -> Response:
    allowed = Destinations.of(request.app.state.settings)
    return render(
        request,
        "rating_feed/new.html",
        status=refusal.status if refusal else 200,
        values=values,
        over_http=allowed.over_http,
        errors={refusal.field or "name": refusal_sentence(refusal)} if refusal else {},
    )


@router.post("/new")
def create_subscription(
    request: Request, session: Tx, actor: Manager, form: Annotated[SubscriptionForm, Form()]
) -> Response:
    """The page with the secret: the only time that it is shown."""
    try:
        with attempting(session):
            made = outbox.subscribe(
                session,
                actor,
                name=form.name,
                url=form.url,
                allowed=Destinations.of(request.app.state.settings),
            )
    except Refusal as refusal:
        return _new_page(request, form, refusal=refusal)
    return render(request, "rating_feed/secret.html", subscription=made)


@router.post("/subscriptions/{subscription_id}/state")
def set_state(
    session: Tx, actor: Manager, subscription_id: UUID, form: Annotated[ActiveForm, Form()]
) -> Response:
    changed = outbox.set_active(session, actor, subscription_id=subscription_id, is_active=form.is_active)
    sentence = (
        _("Đã tiếp tục gửi tới %(name)s.", name=changed.name)
        if form.is_active
        else _("Đã tạm ngừng gửi tới %(name)s. Kết quả mới vẫn được giữ lại chờ gửi.", name=changed.name)
    )
    return flash_redirect("/feed", sentence)


class DeliveryQuery(BaseModel):
    """The address of the delivery list; empty fields mean "all"."""

    state: str = ""
    subscription: str = ""
    page: int = 1

    @property
    def wanted_state(self) -> DeliveryState | None:
        return DeliveryState(self.state) if self.state in set(DeliveryState) else None

    @property
    def subscription_id(self) -> UUID | None:
        try:
            return UUID(self.subscription)
        except ValueError:
            return None


@router.get("/deliveries")
def list_deliveries(
    request: Request, session: Reading, actor: Viewer, asked: Annotated[DeliveryQuery, Query()]
) -> Response:
    found: Any = log.find_deliveries(actor, state=asked.wanted_state, subscription_id=asked.subscription_id)
    lines = log.list_subscriptions(session, actor)
    kept = [line for line in lines if asked.subscription_id in (None, line.subscription.id)]
    return render(
        request,
        "rating_feed/deliveries.html",
        page=paginate(session, found, number=asked.page),
        asked=asked,
        query={"state": asked.state, "subscription": asked.subscription},
        subscriptions=[(str(line.subscription.id), line.subscription.name) for line in lines],
        counts={state.value: sum(line.count(state.value) for line in kept) for state in DeliveryState},
        may_manage=actor.can(Permission.FEED_MANAGE),
        tab="deliveries",
    )


@router.post("/deliveries/redeliver")
def redeliver_all(session: Tx, actor: Manager) -> Response:
    count = outbox.redeliver(session, actor)
    return flash_redirect("/feed/deliveries", _redelivered(count))


@router.get("/deliveries/{delivery_id}")
def show_delivery(request: Request, session: Reading, actor: Viewer, delivery_id: UUID) -> Response:
    """Ids and tries; what the event says only for those who may see results."""
    found = log.get_delivery(session, actor, delivery_id)
    body: dict[str, Any] | None = None
    if actor.can(Permission.RESULTS_VIEW):
        body = json.loads(found.event.body)
    return render(
        request,
        "rating_feed/delivery.html",
        record=found,
        body=json.dumps(body, ensure_ascii=False, indent=2) if body else None,
        data=body["data"] if body else None,
        may_manage=actor.can(Permission.FEED_MANAGE),
    )


@router.post("/deliveries/{delivery_id}/redeliver")
def redeliver_one(session: Tx, actor: Manager, delivery_id: UUID) -> Response:
    log.get_delivery(session, actor, delivery_id)
    count = outbox.redeliver(session, actor, delivery_ids=[delivery_id])
    return flash_redirect(f"/feed/deliveries/{delivery_id}", _redelivered(count))


def _redelivered(count: int) -> str:
    if not count:
        return _("Không có lượt gửi nào đang dừng.")
    return _("%(count)s lượt gửi sẽ được gửi lại ngay.", count=format_number(count))
