"""Calibration of the items of a period from its marked answers."""
