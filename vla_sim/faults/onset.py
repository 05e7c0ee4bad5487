"""Onsets that wait for something to happen, rather than for a time."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

EventName = Literal["near_goal", "contact", "goal_changed", "progress", "grasp"]


class Moment(NamedTuple):
    """Where a trial stands after a control step: what onsets are decided on, out of the ground truth."""

    time: float
    """Simulated time since the reset [s]."""
    step: int
    """Control steps that the agent has taken."""
    travelled: float
    """Length of the robot's way [m]."""
    to_goal: float | None
    """What is left of the way to the goal [m]; None where the goal is no place."""
    progress: float
    """Share of the goal that is done, 0..1."""
    touched: bool
    """Whether the robot has touched anything but the ground so far."""
    goals: int
    """How many goals have been given so far."""
    grasped: bool = False
    """Whether the robot's gripper has hold of something at this moment."""


class Onset(BaseModel):
    """The fault begins when this has happened, ``delay`` seconds later.

    Exactly one of ``step``, ``distance`` [m travelled] and ``event``.

    Events: ``near_goal`` (at most ``within`` metres of the way are left), ``contact`` (the first touch of anything but
    the ground), ``goal_changed`` (other words than the first ones were given), ``progress`` (a share ``at`` of the
    goal is done), ``grasp`` (the gripper has hold of something that can be moved). Onsets are looked at after each
    control step.

    >>> Onset(event="near_goal", within=1.0).has_come(Moment(3.0, 30, 2.0, 0.8, 0.6, False, 1))
    True
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    step: Annotated[int, Field(ge=0)] | None = None
    distance: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | None = None
    event: EventName | None = None
    within: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    at: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    delay: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(value is not None for value in (self.step, self.distance, self.event)) != 1:
            raise ValueError("an onset is a time in seconds, or one of step, distance and event")
        if (self.within is not None) != (self.event == "near_goal"):
            raise ValueError("'within' [m] belongs to the event near_goal, which needs it")
        if (self.at is not None) != (self.event == "progress"):
            raise ValueError("'at' (a share, 0..1) belongs to the event progress, which needs it")
        return self

    def has_come(self, moment: Moment) -> bool:
        """Return whether it has happened."""
        if self.step is not None:
            return moment.step >= self.step
        if self.distance is not None:
            return moment.travelled >= self.distance
        match self.event:
            case "near_goal":
                assert self.within is not None
                return moment.to_goal is not None and moment.to_goal <= self.within
            case "contact":
                return moment.touched
            case "goal_changed":
                return moment.goals > 1
            case "grasp":
                return moment.grasped
            case _:
                assert self.at is not None
                return moment.progress >= self.at - 1e-9

    def problem(self, moment: Moment) -> str | None:
        """Return why it can never happen in a trial that stands like this, or None."""
        if self.event == "near_goal" and moment.to_goal is None:
            return "the goal is no place, so that nothing is ever near it"
        return None

    def __str__(self) -> str:
        what = (
            f"step {self.step}"
            if self.step is not None
            else f"{self.distance:g} m"
            if self.distance is not None
            else {
                "near_goal": f"{self.within} m from the goal",
                "progress": f"progress {self.at}",
                "grasp": "the grasp",
            }.get(str(self.event), str(self.event).replace("_", " "))
        )
        return what if not self.delay else f"{self.delay:g} s after {what}"
