"""A dataset of real trials, what a witness saw of the same trials, and small made-up ones."""

from pathlib import Path

import numpy as np
import pytest

from vla_sim.agent import load_agent
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.trial import run_trial
from vla_sim.bench.worker import make_env
from vla_sim.bench.workforce import RunOptions
from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.record import Order, record_dataset

SUITE = """\
name: shown
seed: 4
defaults: {world: arena, trials: 1}
scenarios:
  - task: turn_by_angle
    arms:
      many:
        - {target: camera, kind: blackout, onset: 0.55, duration: 0.5}
        - {target: lidar, kind: dropout, severity: 0.5, onset: 0.33, period: 1.0, duty: 0.07}
        - {target: command, kind: latency, level: 3}
        - {target: goal, kind: typo, level: 3}
  - task: change_of_mind
"""


class Witness:
    """Keeps what ``reset`` and ``step`` of an environment returned, by a way of its own."""

    def __init__(self):
        self.observations, self.actions, self.rewards, self.active, self.infos = [], [], [], [], []

    def watch(self, env, observation, info):
        if self.observations:
            self.actions.append((env.command.linear, env.command.angular))
        self.observations.append(observation)
        self.infos.append(info)
        moments = np.arange(env.time, max(env.time - 0.0999, 0.0), -0.005)
        self.active.append({label.partition(":")[0] for time in moments for label in env.injector.active(time)})


class CountingEnv:
    """Passes everything on and keeps the rewards that ``step`` gave."""

    def __init__(self, env):
        self._env, self.given = env, []

    def __getattr__(self, name):
        return getattr(self._env, name)

    def step(self, action):
        result = self._env.step(action)
        self.given.append(result[1])
        return result


def plan_of(folder: Path, suite: str = SUITE, agent: str = "expert"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.yaml").write_text(suite)
    return load_plan(folder / "suite.yaml", Overrides(agent))


def record(plan, folder: Path, jobs: int = 0, executor: str = "local", **order):
    return record_dataset(Order(plan, **order), folder, RunOptions(jobs, executor=executor), lambda record: None)


@pytest.fixture(scope="session")
def shown(tmp_path_factory):
    """A recorded dataset, its plan, and a witness of each trial, run again."""
    folder = tmp_path_factory.mktemp("shown")
    plan = plan_of(folder)
    record(plan, folder / "data")
    witnesses = []
    for trial in plan.trials():
        env, witness = CountingEnv(make_env(plan, trial.cell)), Witness()
        finished = run_trial(env, load_agent("expert"), trial, [witness])
        env.close()
        assert finished.record.counts, finished.trace
        witness.rewards = env.given
        witnesses.append((finished.record, witness))
    return folder / "data", plan, witnesses


@pytest.fixture
def dataset(shown):
    opened = Dataset(shown[0])
    yield opened
    opened.close()


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def ramp(number: int, height: int = 16, width: int = 24) -> np.ndarray:
    """Return a smooth picture that is another for each number: its brightness tells which it is."""
    return np.full((height, width, 3), 10 + 6 * number, np.uint8)
