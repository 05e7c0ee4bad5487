"""What the relay refuses before anything starts, on the command line too."""

import pytest
from typer.testing import CliRunner

from vla_sim.cli.ros import app
from vla_sim.cli.ros.faults import arm_faults
from vla_sim.errors import InputError
from vla_sim.ros.relay.dead_man import DeadMan
from vla_sim.ros.relay.plan import RelayPlan
from vla_sim.ros.relay.routes import routes_of
from vla_sim.ros.robot import load_robot


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--fault", "sonar:dropout"], "no stream 'sonar'"),
        (["--fault", "lidar:defocus_blur"], "'defocus_blur' fits rgb; 'lidar' is lidar"),
        (["--fault", "lidar:nix"], "no fault kind 'nix'"),
        (["--topic", "sonar=/range"], "no stream 'sonar'; the robot has"),
        (["--topic", "lidar"], "'lidar' is not of the form name=topic"),
        (["--suite", "smoke"], "a suite and one of its arms belong together"),
        (["--suite", "smoke", "--suite-arm", "nix"], "the suite has no arm 'nix'"),
        (["--robot", "nix"], "no robot 'nix'"),
        (["--wrong"], "no such option or argument: --wrong; those of ROS 2 come last, after --ros-args"),
    ],
)
def test_bad_input(arguments, problem):
    result = CliRunner().invoke(app, ["faults", *arguments])
    assert isinstance(result.exception, InputError)
    assert problem in str(result.exception)


@pytest.mark.parametrize(
    "onset", [{"event": "contact"}, {"event": "near_goal", "within": 1.0}, {"distance": 2.0}, {"step": 5}]
)
def test_onsets_that_nobody_can_tell_of_a_real_robot(onset):
    from vla_sim.faults.spec import read_faults

    faults = read_faults([{"target": "camera", "kind": "blackout", "onset": onset}])
    with pytest.raises(InputError, match="which nobody can tell of a real robot"):
        RelayPlan.make(faults, load_robot().streams)


def test_the_faults_of_a_suite():
    from vla_sim.bench.expand import load_plan
    from vla_sim.cli.run import find_suite

    plan = load_plan(find_suite("smoke"))
    cell = plan.cells[0]
    arm = next(name for name in cell.arms if name != "clean")
    assert arm_faults("smoke", arm) == cell.arms[arm]


def test_routes_lead_commands_the_other_way():
    plan = RelayPlan.make((), load_robot().streams, topics={"lidar": "/front/scan"})
    routes = {route.source: route.target for route in routes_of(plan, "faulted/")}
    assert routes["/front/scan"] == "/faulted/front/scan"
    assert routes["camera/camera_info"] == "faulted/camera/camera_info"
    assert routes["camera/image_raw/compressed"] == "faulted/camera/image_raw/compressed"
    assert routes["faulted/cmd_vel"] == "cmd_vel"


def test_the_dead_man():
    held, free = DeadMan(2.0), DeadMan(0.0)
    for one in (held, free):
        one.touch(10.0)
    assert not held.expired(12.0)
    assert held.expired(12.1)
    assert not free.expired(1e9)
