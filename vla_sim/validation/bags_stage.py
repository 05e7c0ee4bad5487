"""The stage that sends recordings through the agent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vla_sim.errors import InputError
from vla_sim.ros.bags.replay import Setting
from vla_sim.ros.bags.run import PAGE, SCORE, Request, score_bag
from vla_sim.ros.robot import load_robot
from vla_sim.validation.context import Context
from vla_sim.validation.profile import BagStage, RecordedBag
from vla_sim.validation.result import Check, Outcome, at_most, judged


def check_bags(stage: BagStage, context: Context) -> None:
    """See that the bags are there.

    Raises:
        InputError: one is not.
    """
    for recorded in stage.bags:
        path = context.find(recorded.bag)
        if not path.exists():
            raise InputError("there is no such bag", file=path, field="bags")


def run_bags_stage(stage: BagStage, context: Context) -> Outcome:
    """Score each bag, in a folder of its own."""
    if not stage.bags:
        reason = "no bags: record a drive of the robot, and name it in the profile or with --bag"
        return Outcome("not_executed", reason)
    checks: list[Check] = []
    files: dict[str, str] = {}
    facts: dict[str, Any] = {"bags": {}}
    for place, recorded in enumerate(stage.bags):
        name = f"{place:02d}-{Path(recorded.bag).stem}"
        score = score_bag(_request(recorded, context), context.folder / name)
        gate = score["gate"]
        context.say(f"{name}: {gate['share_different']} of the decisions differ")
        faults = ", ".join(map(str, recorded.faults))
        what = f"{recorded.bag}: share of decisions that differ, {gate['of']}" + (f" ({faults})" if faults else "")
        checks.append(at_most(what, recorded.max_difference, gate["share_different"]))
        facts["bags"][name] = {
            "sha256": score["bag"]["sha256"],
            "seed": recorded.seed,
            "missing": score["topics"]["missing"],
        }
        files |= {name: f"{name}/{PAGE}", f"{name}, figures": f"{name}/{SCORE}"}
    return judged(checks, facts, files)


def _request(recorded: RecordedBag, context: Context) -> Request:
    setting = Setting(context.agent, load_robot(context.robot), seed=recorded.seed, words=recorded.words)
    return Request(context.find(recorded.bag), setting, recorded.faults, recorded.topics, recorded.max_difference)
