"""The life cycle of an item version."""

from enum import StrEnum


class ItemState(StrEnum):
    """draft → in_review → approved → operational → retired; suspended is where a review leads back or out."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    OPERATIONAL = "operational"
    SUSPENDED = "suspended"
    RETIRED = "retired"
