"""What a candidate must meet before entering: the room's network, Safe Exam Browser, the sitting's access code."""
