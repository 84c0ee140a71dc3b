"""Scoring runs over sealed forms."""
