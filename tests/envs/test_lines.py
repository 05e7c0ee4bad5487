"""Faults between agent and robot, in the real engine."""

import numpy as np
import pytest

from vla_sim.envs.env import VlaSimEnv

LIGHT = ["imu"]
FORWARD = np.array([0.4, 0.0], dtype=np.float32)


def driven(make, faults, steps=20, action=FORWARD, **options):
    env = make(sensors=LIGHT, **options)
    env.reset(seed=3, options={"faults": faults})
    start = env.truth.models["robot"].pose
    for _ in range(steps):
        *_, info = env.step(action)
    end = env.truth.models["robot"].pose
    return float(np.hypot(end.position[0] - start.position[0], end.position[1] - start.position[1])), info


def test_a_weak_drive_goes_less_far_and_a_cut_out_one_nowhere(make):
    clean, _ = driven(make, [])
    weak, info = driven(make, ["command:gain_loss@L3"])
    dead, _ = driven(make, ["command:cutout"])
    assert weak == pytest.approx(clean / 2, rel=0.1)
    assert dead < 0.01
    assert (info["faults"][0]["status"], info["faults"][0]["target"]) == ("applied", "command")


def test_a_late_command_takes_effect_when_it_arrives(make):
    env = make(sensors=LIGHT)
    env.reset(seed=3, options={"faults": [{"target": "command", "kind": "latency", "parameters": {"delay": 0.25}}]})
    speeds = []
    for _ in range(6):
        env.step(FORWARD)
        speeds.append(float(np.hypot(*env.truth.models["robot"].linear[:2])))
    # Sent at the start of the first step: half-way through the third it has come.
    assert max(speeds[:2]) < 0.01
    assert speeds[2] > 0.02
    assert speeds[-1] > speeds[2]


def test_lost_commands_hold_the_last_one(make):
    fault = {"target": "command", "kind": "frame_drop", "onset": 1.05}
    clean, _ = driven(make, [])
    held, _ = driven(make, [fault])
    assert held == pytest.approx(clean, rel=0.01)


def test_slow_inference_makes_commands_seldom(make):
    env = make(sensors=LIGHT)
    env.reset(seed=3, options={"faults": ["command:slow_inference@L2"]})
    for _ in range(12):
        *_, info = env.step(FORWARD)
    report = info["faults"][0]
    # Of the commands of 13 periods (one at rest in the reset) one in four is answered; all are changed.
    assert report["readings_seen"] == 13
    assert report["readings_changed"] == 13


def test_the_agent_hears_other_words_and_is_judged_by_the_true_ones(make):
    env = make(sensors=LIGHT)
    observation, info = env.reset(seed=3, options={"faults": ["goal:missing"]})
    assert observation["goal"] == ""
    assert info["words"] == env.episode.words != ""
    assert env.heard == [{"time": env.time, "words": ""}]
    assert observation in env.observation_space


def test_words_change_in_mid_episode_for_the_agent_alone(make):
    env = make(sensors=LIGHT)
    fault = {"target": "goal", "kind": "other_goal", "onset": {"step": 3}, "duration": 0.3}
    first, _ = env.reset(seed=3, options={"faults": [fault]})
    heard = [first["goal"]] + [env.step(FORWARD)[0]["goal"] for _ in range(8)]
    assert heard[0] == heard[-1] == env.episode.words
    assert len(set(heard)) == 2
    assert [said["words"] for said in env.heard] == [heard[0], heard[4], heard[0]]


def test_without_faults_on_them_the_lines_leave_no_trace(make):
    env = make(sensors=LIGHT)
    env.reset(seed=3, options={"faults": ["imu:bias"]})
    env.step(FORWARD)
    assert env.heard == []


def test_a_fault_near_the_goal_sets_in_there(make):
    fault = {"target": "imu", "kind": "bias", "onset": {"distance": 0.5}}
    _, info = driven(make, [fault], steps=30)
    report = info["faults"][0]
    assert report["status"] == "applied"
    assert report["trigger"] == "0.5 m"
    assert 1.2 < report["onset"] < 2.5


def test_everything_may_fail_and_the_observation_stays_in_its_space(make):
    env = make()
    env.reset(seed=1, options={"faults": ["everything:frame_drop", "goal:typo", "command:noise", "weather:fog@0.4"]})
    for _ in range(5):
        observation, *_ = env.step(FORWARD)
        assert observation in env.observation_space
    assert not observation["valid"].any()


def test_the_forces_of_a_period_that_a_late_command_cuts_are_those_of_both_parts():
    late = {"target": "joint_command", "kind": "latency", "parameters": {"delay": 0.05}}
    with VlaSimEnv("tabletop", "pick_up", sensors=["wrist_force"], faults=[late]) as env:
        env.reset(seed=3)
        told = np.asarray(env.still)
        for step in range(6):
            # The shoulder goes back and forth, so that some jolt lies in the first part of a period.
            env.step(told - 0.1 * (step % 2) * np.eye(len(told))[1])
            felt = max(float(np.linalg.norm(reading.data[:3])) for reading in env.readings)
            assert env.truth.forces["wrist_force"] >= felt - 1e-9
