"""Benchmarks: one command each, their figures are quoted in docs/performance.md."""
