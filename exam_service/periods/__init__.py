"""Periods, exams, sittings, candidates and sealed forms."""
