"""The performance-rating module: receives signed results and shows them per person and unit."""
