import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_interop() -> Path:
    """The folder of real exchange files, which is not part of the repository."""
    root = Path(__file__).resolve().parents[3]
    places = (
        [Path(os.environ["SHAREDDIR"])] if "SHAREDDIR" in os.environ else [p / "shared" for p in root.parents]
    )
    for place in places:
        if (place / "interop").is_dir():
            return place / "interop"
    pytest.skip("the shared exchange files are not on this machine (set SHAREDDIR)")
