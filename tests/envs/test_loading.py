import pytest

from vla_sim import assets
from vla_sim.envs.body import drive_limits
from vla_sim.envs.loading import find_robot, find_world, load_site
from vla_sim.errors import InputError
from vla_sim.sdf.scene import DiffDrive

BOX_BOT = """<sdf version="1.9"><model name="box"><link name="base">
<collision name="c"><geometry><box><size>0.3 0.3 0.3</size></box></geometry></collision>
</link></model></sdf>"""


def test_worlds_by_name_and_path():
    assert find_world("arena") == assets.WORLDS / "arena.sdf"
    assert find_world(assets.WORLDS / "arena.sdf") == assets.WORLDS / "arena.sdf"
    with pytest.raises(InputError, match=r"no world 'moon'; use one of .*arena"):
        find_world("moon")


def test_robots_by_name_folder_and_file():
    model = assets.ROBOTS / "rover" / "model.sdf"
    assert find_robot("rover") == find_robot(model.parent) == find_robot(model) == model
    with pytest.raises(InputError, match=r"no robot 'spot'; use one of arm, mobile_arm, rover"):
        find_robot("spot")


def test_a_robot_takes_the_place_of_the_worlds_own(tmp_path):
    own = load_site("arena").robot
    copy = tmp_path / "rover.sdf"
    text = (assets.ROBOTS / "rover" / "model.sdf").read_text()
    copy.write_text(text.replace("<max_linear_velocity>0.8<", "<max_linear_velocity>0.4<"))
    site = load_site("arena", copy)
    assert (site.robot.name, site.robot.pose) == (own.name, own.pose)
    assert site.drive.max_linear_velocity == 0.4
    assert len(site.world.models) == len(load_site("arena").world.models)


def test_a_robot_that_cannot_drive_is_refused(tmp_path):
    path = tmp_path / "box.sdf"
    path.write_text(BOX_BOT)
    with pytest.raises(InputError, match="no DiffDrive"):
        load_site("arena", path)


def test_limits_are_finite():
    assert drive_limits(DiffDrive((), (), 0.3, 0.1)) == (-1.0, 1.0, -2.0, 2.0)
    assert drive_limits(DiffDrive((), (), 0.3, 0.1, max_linear_velocity=0.3)) == (-1.0, 0.3, -2.0, 2.0)
