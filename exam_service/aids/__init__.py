"""What candidates may use during the test: the tools of the player and the permitted legal documents."""
