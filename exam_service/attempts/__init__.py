"""Sitting the test: attempts, responses, the deadline and the player."""
