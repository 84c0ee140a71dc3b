"""Fairness reports: what the papers of a period did to marks, beside a plain random draw."""
