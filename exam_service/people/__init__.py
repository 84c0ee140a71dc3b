"""Units, positions, persons and their dated appointments."""
