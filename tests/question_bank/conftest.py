import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_questions() -> Path:
    """The folder of real question files, which is not part of the repository."""
    root = Path(__file__).resolve().parents[2]
    places = (
        [Path(os.environ["SHAREDDIR"])] if "SHAREDDIR" in os.environ else [p / "shared" for p in root.parents]
    )
    for place in places:
        if (place / "questions").is_dir():
            return place / "questions"
    pytest.skip("the shared question files are not on this machine (set SHAREDDIR)")
