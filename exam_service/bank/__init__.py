"""Stored items: banks, versions, review and import."""
