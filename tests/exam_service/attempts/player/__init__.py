"""Where the player's files and a Chromium are."""

from pathlib import Path

ROOT = Path(__file__).parents[4]
STATIC = ROOT / "exam_service" / "static"
PLAYER = STATIC / "player"
SHELL = ROOT / "exam_service" / "templates" / "attempts" / "player.html"
