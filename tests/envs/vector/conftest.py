import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def vector():
    """Make vectors of environments that are closed at the end of the test."""
    from vla_sim.envs.vector import VlaSimVectorEnv

    made = []

    def make(makers, **options):
        envs = VlaSimVectorEnv(makers, **options)
        made.append(envs)
        return envs

    yield make
    for envs in made:
        envs.close()
