"""Results on their way to other systems: outbox, delivery and the pull interface."""
