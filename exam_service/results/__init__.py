"""Outcomes, bands and release."""
