"""Signing in: accounts, roles, login sessions and clients of the API."""
