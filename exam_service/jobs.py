"""Every job blueprint of the service, by namespace."""

from procrastinate import Blueprint

BLUEPRINTS: dict[str, Blueprint] = {}
