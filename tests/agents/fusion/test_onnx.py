from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import SHIPPED, Card, load_checkpoint, new_networks, save_checkpoint
from vla_agents.fusion.control.inputs import FIELDS, SENSORS, Inputs
from vla_agents.fusion.export import TOLERANCE, export_checkpoint, onnx_file
from vla_agents.fusion.mind import Networks
from vla_agents.fusion.onnx_agent import OnnxEye, OnnxFusionAgent, OnnxHealth, OnnxPolicy, SmallOnnxFusionAgent
from vla_agents.fusion.signs import SIGNS

from tests.agents.fusion.networks import random_inputs
from vla_sim.agent import load_agent
from vla_sim.cli.app import app
from vla_sim.envs.env import VlaSimEnv
from vla_sim.errors import InputError

pytestmark = pytest.mark.slow
"""Exporting takes seconds."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(0)
    card = Card(format=1)
    networks = new_networks(card, "attention")
    save_checkpoint(folder, card, networks, {"attention": networks.policy})
    return folder


@pytest.fixture(scope="module")
def exported(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported")
    result = CliRunner().invoke(app, ["export", "--checkpoint", str(checkpoint), "--out", str(out)])
    assert result.exception is None, result.output
    assert len(result.output.splitlines()) == 6
    return out


@pytest.fixture(scope="module")
def networks(checkpoint: Path) -> Networks:
    return load_checkpoint(checkpoint)[0]


@pytest.fixture(scope="module")
def policy(exported: Path) -> OnnxPolicy:
    return OnnxPolicy(onnx_file(exported, "policy", "float32"))


def row(inputs: Inputs, index: int) -> Inputs:
    return Inputs(**{name: getattr(inputs, name)[index : index + 1] for name in FIELDS})


def assert_same(ours: object, theirs: object) -> None:
    for name in theirs.__slots__:  # type: ignore[attr-defined]
        torch.testing.assert_close(getattr(ours, name), getattr(theirs, name), atol=TOLERANCE, rtol=0.0)


@pytest.mark.parametrize("subset", range(32))
def test_policy_with_every_subset_of_the_sensors(networks: Networks, policy: OnnxPolicy, subset: int) -> None:
    missing = torch.tensor([[bool(subset >> bit & 1) for bit in range(len(SENSORS))]])
    inputs = row(random_inputs(32, seed=3), subset).without(missing)
    assert_same(policy(inputs), networks.policy(inputs))


@pytest.mark.parametrize("with_depth", [True, False])
def test_eye(networks: Networks, exported: Path, with_depth: bool) -> None:
    eye = OnnxEye(onnx_file(exported, "eye", "float32"))
    rng = torch.Generator().manual_seed(2)
    for _ in range(3):
        frames = torch.rand((1, 3, 96, 96), generator=rng)
        depth = float(with_depth) * torch.rand((1, 2, 96, 96), generator=rng)
        assert_same(eye(frames, depth), networks.eye(frames, depth))


def test_health(networks: Networks, exported: Path) -> None:
    signs = torch.randn((1, len(SENSORS), 2 * SIGNS), generator=torch.Generator().manual_seed(4))
    ours = OnnxHealth(onnx_file(exported, "health", "float32"))(signs)
    torch.testing.assert_close(ours, networks.health(signs), atol=TOLERANCE, rtol=0.0)


def test_agents_drive_with_it(exported: Path) -> None:
    env = VlaSimEnv("arena", "go_to_object")
    agents = [load_agent(f"{name}@{exported}") for name in ("fusion", "fusion-onnx", "fusion-onnx-int8")]
    assert [type(agent) for agent in agents] == [FusionAgent, OnnxFusionAgent, SmallOnnxFusionAgent]
    observation, _ = env.reset(seed=3)
    for agent in agents:
        agent.reset(0)
    for _ in range(5):
        eager, exact, small = (np.asarray(agent.act(observation)) for agent in agents)
        np.testing.assert_allclose(exact, eager, atol=TOLERANCE)
        assert env.action_space.contains(small)
        observation, *_ = env.step(eager)
    env.close()


def test_another_size_of_the_frame(exported: Path) -> None:
    frames = torch.zeros((1, 3, 64, 64))
    with pytest.raises(InputError, match=r"exported for frames of \[1, 3, 96, 96\], not of \[1, 3, 64, 64\]"):
        OnnxEye(onnx_file(exported, "eye", "float32"))(frames, frames[:, :2])


def test_a_checkpoint_that_was_not_exported(checkpoint: Path) -> None:
    with pytest.raises(InputError, match=r"no eye\.float32\.onnx: export a checkpoint with `vla-sim export` first"):
        OnnxFusionAgent(checkpoint)


def test_a_file_that_is_not_onnx(tmp_path: Path) -> None:
    path = tmp_path / "eye.float32.onnx"
    path.write_bytes(b"something else")
    with pytest.raises(InputError, match="cannot be read as ONNX") as caught:
        OnnxEye(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["onnxruntime", "onnxscript"])
def test_a_missing_package(
    checkpoint: Path, exported: Path, tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=r"pip install 'vla-sim\[onnx\]'") as caught:
        export_checkpoint(checkpoint, tmp_path)
    assert "\n" not in str(caught.value)
    if missing == "onnxruntime":
        with pytest.raises(InputError, match=r"ONNX Runtime is missing.*pip install"):
            load_agent(f"fusion-onnx@{exported}")


def test_it_explains_itself_as_the_one_in_torch_does(tmp_path: Path) -> None:
    """Its policy is fused in torch for the plan; what it attends to is what its own eye saw."""
    exported = tmp_path / "onnx"
    assert CliRunner().invoke(app, ["export", "--checkpoint", str(SHIPPED), "--out", str(exported)]).exit_code == 0
    env = VlaSimEnv("arena", "go_to_object")
    observation, _ = env.reset(seed=1)
    told = []
    for agent in (FusionAgent(), OnnxFusionAgent(exported)):
        agent.act(observation)
        told.append((agent.explain(), agent.certainty()))
    (ours, sure), (theirs, also_sure) = told
    assert [step.word for step in theirs.sequence] == [step.word for step in ours.sequence] != []
    assert ours.attention is not None
    assert theirs.attention is not None
    np.testing.assert_allclose(theirs.attention, ours.attention, atol=1e-2)
    assert sure is not None
    assert also_sure is not None
    assert also_sure.total == pytest.approx(sure.total, abs=1e-2)
    env.close()
