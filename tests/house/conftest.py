from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def installation_folder(tmp_path_factory) -> Path:
    """The data folder of `./run --empty`: whichever test comes up first makes its database, and the others find it."""
    return tmp_path_factory.mktemp("installation")
