"""Which task and what fails, episode by episode: more often and harder where there is most to learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vla_sim import seeding
from vla_sim.envs.vector import NextEpisode

CALM = "calm"
"""The cell of episodes in which nothing fails."""
_MEMORY = 0.9
"""How much of a success rate is kept at each new episode."""
_FLOOR = 0.1
_AIM, _STEP = 0.6, 0.5
"""Success rate at which a kind's level settles, and by how much a level moves at an episode's end."""


class FaultCurriculum:
    """Draws the episodes of a vector of environments, as ``Curriculum`` says, and learns from how they end.

    A cell is a kind of fault in a task: what is a trifle on a line may make a turn hopeless. It is drawn the more
    often, the more there is to learn: by p (1 - p) of its success rate p (Tzannetos et al. 2023), with a floor. Its
    level goes up and down in steps that balance where 60 % succeed (weighted up-down method, Kaernbach 1991), so that
    it is as hard as the policy is good. Onset: mostly from the start, else within 5 s, as some episodes are short; for
    good, or for some seconds.

    Args:
        seed: of its draws.
        environments: how many there are.
        tasks: drawn alike where nothing fails.
        cells: as ``task/target:kind``.
        troubled: share of the episodes in which something fails; in every tenth of them a second kind does, too.
    """

    def __init__(
        self, seed: int, environments: int, tasks: Sequence[str], cells: Sequence[str], troubled: float
    ) -> None:
        self._seed, self._troubled, self._tasks = seed, troubled, list(tasks)
        self.cells = list(cells)
        self.success = dict.fromkeys([CALM, *self.cells], 0.5)
        self.level = dict.fromkeys(self.cells, 2.5)
        self._drawn = [0] * environments
        self._open: list[list[tuple[str, NextEpisode]]] = [[] for _ in range(environments)]
        """Episodes of each environment that were drawn and have not ended, with their cells."""
        self._again: list[list[NextEpisode]] = [[] for _ in range(environments)]
        """Of these, after a training was taken up again, those that are to be handed out once more."""

    def __call__(self, index: int, number: int, rng: np.random.Generator) -> NextEpisode:
        """Return the next episode of an environment; generators are its own, as it goes on after a resume."""
        if self._again[index]:
            return self._again[index].pop(0)
        rng = seeding.generator(self._seed, "curriculum", index, self._drawn[index])
        self._drawn[index] += 1
        cell, task, faults = CALM, self._tasks[int(rng.integers(len(self._tasks)))], []
        if rng.random() < self._troubled:
            cell = self._draw(self.cells, rng)
            task = cell.partition("/")[0]
            others = [other for other in self.cells if other.startswith(f"{task}/") and other != cell]
            second = [self._draw(others, rng)] if others and rng.random() < 0.1 else []
            faults = [self._fault(each, rng) for each in (cell, *second)]
        episode = NextEpisode(int(rng.integers(2**62)), {"task": task, "faults": faults})
        self._open[index].append((cell, episode))
        return episode

    def ended(self, index: int, success: bool) -> str:
        """Take note of how an environment's episode ended; return its cell."""
        cell, _ = self._open[index].pop(0)
        self.success[cell] = _MEMORY * self.success[cell] + (1.0 - _MEMORY) * success
        if cell != CALM:
            step = _STEP * (1.0 - _AIM) if success else -_STEP * _AIM
            self.level[cell] = min(max(self.level[cell] + step, 1.0), 5.0)
        return cell

    def weights(self, cells: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return how probably each cell is drawn."""
        rates = np.array([self.success[cell] for cell in cells])
        learnable = _FLOOR + 4.0 * rates * (1.0 - rates)
        return np.asarray(learnable / learnable.sum(), np.float64)

    def state(self) -> dict[str, Any]:
        """Return all that it knows, for JSON."""
        return {
            "success": self.success,
            "level": self.level,
            "drawn": self._drawn,
            "open": [
                [[cell, episode.seed, dict(episode.options or {})] for cell, episode in each] for each in self._open
            ],
        }

    def restore(self, state: Mapping[str, Any], replays: Sequence[Any]) -> None:
        """Go on from a state; the first open episode of each environment is handed out with its actions to replay."""
        self.success, self.level, self._drawn = dict(state["success"]), dict(state["level"]), list(state["drawn"])
        self._open = [[(cell, NextEpisode(seed, options)) for cell, seed, options in each] for each in state["open"]]
        self._again = [[episode for _, episode in each] for each in self._open]
        for again, actions in zip(self._again, replays, strict=True):
            again[0] = NextEpisode(again[0].seed, {**(again[0].options or {}), "replay": actions})

    def _draw(self, cells: Sequence[str], rng: np.random.Generator) -> str:
        return cells[int(rng.choice(len(cells), p=self.weights(cells)))]

    def _fault(self, cell: str, rng: np.random.Generator) -> dict[str, Any]:
        target, _, kind = cell.partition("/")[2].partition(":")
        about = self.level[cell] + rng.uniform(-1.0, 1.0)
        level = int(np.clip(round(about), 1, 5))
        onset = 0.0 if rng.random() < 0.8 else round(float(rng.uniform(0.3, 5.0)), 1)
        lasts = {} if rng.random() < 0.8 else {"duration": round(float(rng.uniform(3.0, 10.0)), 1)}
        return {"target": target, "kind": kind, "level": level, "onset": onset, **lasts}
