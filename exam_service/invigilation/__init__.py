"""What happens in the room: the live board and decisions with reasons."""
