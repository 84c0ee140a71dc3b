"""Every router of the service, in the order of the features."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
