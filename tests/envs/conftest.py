import pytest

from vla_sim.envs.env import VlaSimEnv


@pytest.fixture
def make():
    """Make environments that are closed at the end of the test."""
    made = []

    def make_env(**options):
        env = VlaSimEnv(**options)
        made.append(env)
        return env

    yield make_env
    for env in made:
        env.close()
