"""Forward kinematics and Jacobians beside MuJoCo's own, of the model that the embedded engine builds."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kinematics.chains import random_chain, six_axes
from vla_sim.engines.embedded.builder import build
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.kinematics import Chain
from vla_sim.kinematics.transforms import pose_of, transform_of
from vla_sim.sdf import scene

SEEDS = st.integers(0, 2**31)


def in_mujoco(model: scene.Model, tip: str, positions: dict[str, float]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return the transform of a link in the world and its Jacobian (6, nv) there, and the joints' names by column."""
    built = build(scene.World("w", (model,)), [], 0.005)
    data = mujoco.MjData(built.model)
    found = built.models[model.name]
    for name, value in positions.items():
        data.qpos[built.model.jnt_qposadr[found.joints[name]]] = value
    mujoco.mj_kinematics(built.model, data)
    mujoco.mj_comPos(built.model, data)
    body = found.bodies[tip]
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = data.xmat[body].reshape(3, 3), data.xpos[body]
    jacobian = np.zeros((6, built.model.nv))
    mujoco.mj_jac(built.model, data, jacobian[:3], jacobian[3:], data.xpos[body], body)
    names = sorted(found.joints, key=lambda name: int(built.model.jnt_dofadr[found.joints[name]]))
    return matrix, jacobian, names


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, joints=st.integers(1, 8))
def test_poses_and_jacobians_are_mujocos(seed: int, joints: int) -> None:
    model = random_chain(seed, joints)
    chain = Chain.to(model, "tip_link")
    positions = np.random.default_rng(seed).uniform(-2, 2, len(chain))
    expected, columns, names = in_mujoco(model, "tip_link", dict(zip(chain.names, positions.tolist(), strict=True)))
    # The chain speaks in the model's frame, MuJoCo in the world's.
    base = transform_of(model.pose)
    tip, jacobian = chain.forward_and_jacobian(positions)
    np.testing.assert_allclose(base @ tip, expected, atol=1e-9)
    turned = np.kron(np.eye(2), base[:3, :3]) @ jacobian
    np.testing.assert_allclose(turned, columns[:, [names.index(name) for name in chain.names]], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_the_jacobian_is_the_derivative(seed: int) -> None:
    chain = Chain.to(six_axes(), "tool")
    rng = np.random.default_rng(seed)
    positions, speeds = rng.uniform(-2, 2, 6), rng.normal(size=6)
    step = 1e-6
    there, back = chain.forward(positions + step * speeds), chain.forward(positions - step * speeds)
    twist = chain.jacobian(positions) @ speeds
    np.testing.assert_allclose((there - back)[:3, 3] / (2 * step), twist[:3], atol=1e-6)
    spin = (there - back)[:3, :3] / (2 * step) @ chain.forward(positions)[:3, :3].T
    np.testing.assert_allclose([spin[2, 1], spin[0, 2], spin[1, 0]], twist[3:], atol=1e-6)


def test_many_configurations_at_once_are_each_by_itself() -> None:
    chain = Chain.to(six_axes(), "tool")
    many = np.random.default_rng(1).uniform(-2, 2, (5, 3, 6))
    tips, jacobians = chain.forward_and_jacobian(many)
    assert tips.shape == (5, 3, 4, 4)
    assert jacobians.shape == (5, 3, 6, 6)
    np.testing.assert_allclose(tips[4, 2], chain.forward(many[4, 2]), atol=1e-12)
    np.testing.assert_allclose(jacobians[4, 2], chain.jacobian(many[4, 2]), atol=1e-12)


def test_at_zero_the_tip_is_where_the_file_has_it() -> None:
    model = six_axes()
    chain = Chain.to(model, "tool")
    expected = model.link("link_5").pose * model.frames[0].pose
    np.testing.assert_allclose(chain.forward(np.zeros(6)), transform_of(expected), atol=1e-12)
    assert pose_of(transform_of(expected)).position == pytest.approx(expected.position)


def test_limits_and_names_are_the_joints() -> None:
    chain = Chain.to(six_axes(), "tool")
    assert chain.names == tuple(f"joint_{k}" for k in range(6))
    np.testing.assert_array_equal(chain.speed, np.full(6, 2.0))
    assert chain.within_limits(np.full(6, 3.0))
    assert not chain.within_limits(np.array([0, 0, 3.1, 0, 0, 0]))
    assert not chain.within_limits(np.full(6, 3.0), margin=0.1)
    np.testing.assert_array_equal(chain.clamp(np.full(6, 9.0)), np.full(6, 3.0))
    np.testing.assert_array_equal(chain.configuration(dict.fromkeys((*chain.names, "finger"), 0.5)), np.full(6, 0.5))


def test_what_is_no_chain_is_said() -> None:
    model = six_axes()
    with pytest.raises(InputError, match="no link or frame 'hook'"):
        Chain.to(model, "hook")
    ball = replace(model.joints[3], type="ball")
    odd = replace(model, joints=(*model.joints[:3], ball, *model.joints[4:]), pose=Pose())
    with pytest.raises(InputError, match=r"'joint_2' on the way to 'tool' is of type ball"):
        Chain.to(odd, "tool")
