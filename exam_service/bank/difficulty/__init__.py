"""What is known of the difficulty of items, and what the draw expects of them."""
