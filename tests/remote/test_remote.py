"""An agent behind a policy server does what it does in process; servers that misbehave are told apart from policies."""

import json
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from vla_sim.agent import action_type, load_agent
from vla_sim.bench.expand import Overrides
from vla_sim.bench.workforce import RunOptions
from vla_sim.cli.run import run_suite
from vla_sim.envs.env import VlaSimEnv
from vla_sim.errors import InputError, NotReadyError
from vla_sim.remote.address import Address
from vla_sim.remote.client import RemoteError, act_together
from vla_sim.remote.server import PolicyServer
from vla_sim.remote.wire import packed, unpacked

VLA_SIM = [sys.executable, "-c", "from vla_sim.cli import main; main()"]
OBSERVATION = {"camera": np.zeros((4, 4, 3), np.uint8), "age": np.zeros(1, np.float32), "goal": "go"}


def drive(agent, env, seed=5, steps=30):
    observation, _ = env.reset(seed=seed)
    agent.reset(seed)
    actions = []
    for _ in range(steps):
        actions.append(np.asarray(agent.act(observation)).tolist())
        observation, _, terminated, truncated, _ = env.step(actions[-1])
        if terminated or truncated:
            break
    return actions


@pytest.mark.parametrize("spec", ["classical", "remote_agents:Restless"])
def test_a_served_agent_does_what_it_does_in_process(serving, spec):
    env = VlaSimEnv()
    remote = load_agent(serving(spec))
    first, second = drive(remote, env, 5), drive(remote, env, 6)
    assert (first, second) == (drive(load_agent(spec), env, 5), drive(load_agent(spec), env, 6))
    assert len(remote.latencies) == len(first) + len(second)
    remote.close()
    env.close()


def test_trials_side_by_side_do_not_mix(serving):
    env, address = VlaSimEnv(), serving("classical")
    agents = [load_agent(address) for _ in range(2)]
    observations = [env.reset(seed=seed)[0] for seed in (1, 2)]
    alone = [load_agent("classical") for _ in range(2)]
    for agent in (*agents, *alone):
        agent.reset(0)
    for _ in range(3):
        for agent, other, observation in zip(agents, alone, observations, strict=True):
            assert np.array_equal(agent.act(observation), other.act(observation))
    env.close()


def test_discrete_actions_by_a_server(serving):
    agent = load_agent(f"{serving(scripted({'actions': np.array([2, 3])}))}?actions=discrete")
    assert [agent.act(OBSERVATION), action_type(agent.address.url)] == [2, "continuous"]
    assert action_type(f"{agent.address.url}?actions=discrete") == "discrete"


def scripted(*answers):
    """Return a server's side that greets and then gives these answers, whatever it is asked."""
    asked = []

    def converse(socket):
        socket.send(packed({"policy": "somebody else's"}))
        for answer, data in zip(answers, socket, strict=False):
            asked.append(unpacked(data))
            socket.send(answer if isinstance(answer, str | bytes) else packed(answer))

    converse.asked = asked
    return converse


def test_a_chunk_of_actions_is_done_step_by_step(serving):
    chunk = np.arange(10, dtype=np.float64).reshape(5, 2)
    server = scripted({"actions": chunk}, {"actions": -chunk})
    agent = load_agent(f"{serving(server)}?chunk=3")
    agent.reset(1)
    done = [agent.act(OBSERVATION).tolist() for _ in range(4)]
    assert done == [[0, 1], [2, 3], [4, 5], [0, -1]]
    assert len(server.asked) == 2
    agent.reset(2)  # nothing of the old plan is left, and a stranger's server is not told


def test_openpis_policies_get_what_they_ask_for(serving):
    server = scripted({"actions": np.zeros((1, 2))})
    agent = load_agent(f"{serving(server)}?key=observation/image:camera")
    agent.act(OBSERVATION)
    (asked,) = server.asked
    assert asked.keys() == {"observation/image", "prompt"}
    assert asked["prompt"] == "go"
    assert asked["observation/image"].shape == (4, 4, 3)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Traceback: out of\nmemory", "the policy server failed: Traceback: out of memory"),
        ({"action": 1}, "holds no actions"),
        ({"actions": np.zeros((0, 2))}, "actions of the shape \\(0, 2\\)"),
        ({"actions": np.zeros((3, 7))}, "actions of the shape \\(3, 7\\)"),
        (b"\xc1", "the policy server's answer is none"),
    ],
)
def test_what_is_no_answer_is_an_error_of_the_server(serving, answer, told):
    agent = load_agent(serving(scripted(answer)))
    with pytest.raises(RemoteError, match=told):
        agent.act(OBSERVATION)


def test_a_server_that_goes_away_or_says_nothing(serving):
    agent = load_agent(serving(scripted()))
    with pytest.raises(RemoteError, match="has gone"):
        agent.act(OBSERVATION)

    def silent(socket):
        socket.send(packed({}))
        for _ in socket:
            pass

    agent = load_agent(f"{serving(silent)}?timeout=0.2")
    with pytest.raises(RemoteError, match=r"said nothing for 0.2 s"):
        agent.act(OBSERVATION)
    agent.close()


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next(serving):
    """The agent goes to the server anew for the next trial."""
    late = threading.Event()
    conversations = []

    def slow_at_first(socket):
        conversations.append(socket)
        mine = len(conversations)
        socket.send(packed({}))
        for _ in socket:
            if mine == 1:
                late.wait(10)
            socket.send(packed({"actions": np.full((1, 2), mine)}))

    agent = load_agent(f"{serving(slow_at_first)}?timeout=0.3")
    with pytest.raises(RemoteError, match=r"said nothing for 0.3 s"):
        agent.act(OBSERVATION)
    late.set()
    with pytest.raises(RemoteError, match="left after an error"):
        agent.act(OBSERVATION)
    agent.reset(1)
    assert agent.act(OBSERVATION).tolist() == [2.0, 2.0]
    agent.close()


def test_several_environments_ask_before_anyone_waits(serving):
    """A server that answers nobody before all have asked would wait for ever otherwise."""
    everybody = threading.Barrier(3, timeout=10)

    def patient(socket):
        socket.send(packed({}))
        for data in socket:
            everybody.wait()
            socket.send(packed({"actions": unpacked(data)["observation/age"][None].repeat(2, 1)}))

    address = serving(patient)
    agents = [load_agent(address) for _ in range(3)]
    seen = [OBSERVATION | {"age": np.full(1, number, np.float32)} for number in range(3)]
    assert [action.tolist() for action in act_together(agents, seen)] == [[0, 0], [1, 1], [2, 2]]
    assert [len(agent.latencies) for agent in agents] == [1, 1, 1]
    for agent in agents:
        agent.close()


def test_what_was_asked_and_never_answered_is_forgotten_by_a_reset(serving):
    agent = load_agent(serving("remote_agents:Restless"))
    agent.reset(1)
    first = agent.act(OBSERVATION)
    agent.ask(OBSERVATION)
    with pytest.raises(RuntimeError, match="answer before ask"):
        agent.ask(OBSERVATION)
    agent.reset(1)
    assert np.array_equal(agent.act(OBSERVATION), first)
    agent.close()


def test_an_agent_that_takes_no_batches_is_not_served_in_batches():
    with pytest.raises(InputError, match="'classical' takes no batches"):
        PolicyServer("classical", port=0, batch=2)


def test_requests_that_wait_are_answered_together():
    """Agents of one connection each, whose networks are one."""
    server = PolicyServer("remote_agents:Shared", port=0, batch=4)
    done = threading.Event()
    thread = threading.Thread(target=server.run, args=(done,))
    thread.start()
    agents = [load_agent(f"ws://127.0.0.1:{server.port}") for _ in range(3)]
    for number, agent in enumerate(agents):
        agent.reset(number)
    assert [action.tolist() for action in act_together(agents, [OBSERVATION] * 3)] == [[0, 3], [1, 3], [2, 3]]
    for agent in agents:
        agent.close()
    done.set()
    thread.join(10)


def test_a_run_keeps_how_long_answers_took(serving, tmp_path):
    (tmp_path / "suite.yaml").write_text(
        "name: turn\nseed: 1\nscenarios: [{world: arena, task: turn_by_angle, trials: 2, sensors: [odom]}]\n"
    )
    overrides = Overrides(serving("remote_agents:Restless"))
    run_suite(
        str(tmp_path / "suite.yaml"),
        overrides,
        RunOptions(jobs=0),
        out=tmp_path / "run",
        fresh=False,
        video="none",
        record="none",
    )
    steps = [json.loads(line)["steps"] for line in (tmp_path / "run" / "trials.jsonl").read_text().splitlines()]
    kept = sorted((tmp_path / "run" / "latencies").rglob("*.json"))
    assert [len(json.loads(file.read_text())) for file in kept] == steps
    told = json.loads((tmp_path / "run" / "manifest.json").read_text())["sessions"][0]["policy_latency"]
    assert told["answers"] == sum(steps)
    assert 0.0 < told["p50_ms"] <= told["p95_ms"] <= told["max_ms"]


def test_what_an_agent_raises_reaches_the_client(serving):
    agent = load_agent(serving("remote_agents:Fragile"))
    agent.act(OBSERVATION)
    with pytest.raises(RemoteError, match="RuntimeError: out of memory"):
        agent.act(OBSERVATION | {"goal": "break"})


def test_nobody_there_is_said_with_the_fix():
    with pytest.raises(NotReadyError, match=r"no policy server answers at ws://127.0.0.1:9 .*vla-sim serve"):
        load_agent("ws://127.0.0.1:9")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("ws://", "is no address"),
        ("ws://h:1?chunks=3", "no option 'chunks'"),
        ("ws://h:1?chunk=0", "'chunk' is a number of at least 1, not '0'"),
        ("ws://h:1?timeout=soon", "'timeout' is a number"),
        ("ws://h:1?actions=some", "actions are continuous, discrete, joints, end_effector, not 'some'"),
        ("ws://h:1?key=camera", "'key' is THEIRS:OURS"),
    ],
)
def test_a_wrong_address_is_said(spec, told):
    with pytest.raises(InputError, match=told):
        Address.of(spec)


def test_a_privileged_agent_is_not_served(serving):
    with pytest.raises(InputError, match="takes the environment itself"):
        serving("expert")


@pytest.mark.slow
def test_a_suite_on_a_served_agent_gives_the_same_trials(tmp_path):
    server = subprocess.Popen(
        [*VLA_SIM, "serve", "--agent", "classical", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    address = re.search(r"ws://\S+", server.stdout.readline())[0]
    try:
        for out, agent in (("near", "classical"), ("far", address)):
            command = [
                *VLA_SIM,
                "run",
                "smoke",
                "--agent",
                agent,
                "--trials",
                "1",
                "--jobs",
                "2",
                "--out",
                tmp_path / out,
            ]
            subprocess.run(command, check=False, capture_output=True)
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    near, far = (
        [json.loads(line) for line in (tmp_path / out / "trials.jsonl").read_text().splitlines()]
        for out in ("near", "far")
    )
    assert len(near) >= 14
    assert near == far
