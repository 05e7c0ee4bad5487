"""Ways around obstacles: RRT-Connect (Kuffner and LaValle 2000), from the Open Motion Planning Library (OMPL)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vla_sim.errors import NotReadyError
from vla_sim.kinematics import Chain
from vla_sim.kinematics.transforms import Array

IsFree = Callable[[Array], bool]

RESOLUTION = 0.04
"""A straight line between two configurations is looked at this often [rad]."""
_RANGE = 0.6
"""Longest branch of a tree [rad]."""
_SHORTCUTS = 40
"""Attempts at cutting a corner."""


def plan_route(
    chain: Chain,
    start: Array,
    goals: Sequence[Array],
    is_free: IsFree,
    rng: np.random.Generator,
    effort: int = 4000,
) -> Array | None:
    """Return free configurations (k, n) from ``start`` to one of the goals to go through in straight lines, or None.

    A straight line to a goal is taken if there is one, the nearest first; else trees are grown to each of the goals in
    turn until one is reached. The result depends on the arguments alone, not on the clock.

    Args:
        chain: joints and their limits.
        start: a free configuration (n,).
        goals: free configurations, in the order of preference.
        is_free: whether a configuration is free.
        rng: draws the seed of the planner.
        effort: configurations to look at for each goal before giving it up.
    """
    for goal in goals:
        if _line_is_free(start, goal, is_free):
            return np.array([start, goal])
    for goal in goals:
        route = _connect(chain, start, goal, is_free, int(rng.integers(1, 2**31)), effort)
        if route is not None:
            return route
    return None


def _line_is_free(start: Array, end: Array, is_free: IsFree) -> bool:
    count = max(1, int(np.ceil(np.abs(end - start).max() / RESOLUTION)))
    # The end first and then ever finer: what blocks the middle is found soon.
    order = sorted(range(1, count + 1), key=lambda k: (k != count, -(k & -k), k))
    return all(is_free(start + (end - start) * k / count) for k in order)


def _connect(chain: Chain, start: Array, goal: Array, is_free: IsFree, seed: int, effort: int) -> Array | None:
    base, geometric, util = planning_library()
    util.noOutputHandler()
    # OMPL draws all its generators from one seed of the process: set anew, each plan is a function of its seed.
    util.RNG.setSeed(seed)
    count = len(chain)
    looked = 0

    def valid(state: Sequence[float]) -> bool:
        nonlocal looked
        looked += 1
        configuration = np.array([state[k] for k in range(count)])
        return is_free(configuration)

    space = base.RealVectorStateSpace(count)
    bounds = base.RealVectorBounds(count)
    for k in range(count):
        bounds.setLow(k, max(float(chain.lower[k]), -np.pi) - 1e-6)
        bounds.setHigh(k, min(float(chain.upper[k]), np.pi) + 1e-6)
    space.setBounds(bounds)
    information = base.SpaceInformation(space)
    information.setStateValidityChecker(valid)
    information.setStateValidityCheckingResolution(RESOLUTION / space.getMaximumExtent())
    information.setup()
    problem = base.ProblemDefinition(information)
    ends = []
    for configuration in (start, goal):
        state = space.allocState()
        for k in range(count):
            state[k] = float(configuration[k])
        ends.append(state)
    problem.setStartAndGoalStates(*ends)
    planner = geometric.RRTConnect(information)
    planner.setRange(_RANGE)
    planner.setProblemDefinition(problem)
    planner.setup()
    solved = planner.solve(base.PlannerTerminationCondition(lambda: looked > effort))
    if not solved or not problem.hasExactSolution():
        return None
    path = problem.getSolutionPath()
    simplifier = geometric.PathSimplifier(information)
    simplifier.reduceVertices(path)
    simplifier.partialShortcutPath(path, maxSteps=_SHORTCUTS, maxEmptySteps=_SHORTCUTS)
    simplifier.reduceVertices(path)
    return np.array([[state[k] for k in range(count)] for state in path.getStates()])


def planning_library() -> tuple[Any, Any, Any]:
    """Return OMPL's modules ``base``, ``geometric`` and ``util``; only detours need them.

    Raises:
        NotReadyError: it is not installed. Who may come to need a detour asks beforehand.
    """
    try:
        from ompl import base, geometric, util
    except ImportError as error:
        message = f"a way around obstacles needs the library OMPL ({error}); pip install 'vla-sim[manipulation]'"
        raise NotReadyError(message) from None
    return base, geometric, util
