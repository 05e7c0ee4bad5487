"""Makes the stand-ins importable, and a context for stages."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from standin import LISTENER, PROGRAM

from vla_sim.validation.context import Context


@pytest.fixture
def context(tmp_path):
    return Context(
        agent="classical",
        robot="rover",
        base=tmp_path,
        folder=tmp_path / "out" / "ros",
        logs=tmp_path / "out" / "logs",
        vla_sim=PROGRAM,
        listener=LISTENER,
    )


@pytest.fixture
def acting(monkeypatch, tmp_path):
    """Say what the stand-ins do: ``acting(bridge={...}, agent={...}, listener={...})``."""

    def act(**parts):
        file = tmp_path / "acts.json"
        file.write_text(json.dumps(parts))
        monkeypatch.setenv("STANDIN_ACTS", str(file))
        monkeypatch.setenv("STANDIN_SEEN", str(tmp_path / "seen"))
        return tmp_path / "seen"

    return act
