"""The ``gz`` program: found, named or missed."""

import shutil
import subprocess
import sys

import pytest

from vla_sim.engines import make_engine
from vla_sim.engines.gazebo.program import find_program
from vla_sim.errors import InputError, NotReadyError


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    monkeypatch.delenv("VLA_SIM_GZ", raising=False)
    monkeypatch.delenv("VLA_SIM_GZ_SERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(prefix, *engines):
    gz = prefix / "bin" / "gz"
    gz.parent.mkdir(parents=True)
    gz.write_text("#!/bin/sh\n", encoding="utf-8")
    gz.chmod(0o755)
    plugins = prefix / "lib" / "x86_64-linux-gnu" / "gz-rendering-8" / "engine-plugins"
    plugins.mkdir(parents=True)
    for engine in engines:
        (plugins / f"libgz-rendering-{engine}.so").touch()
    return gz


def test_a_missing_program_is_one_line_with_the_fix(nowhere):
    with pytest.raises(NotReadyError, match=r"the program 'gz' is not found; install Gazebo Harmonic") as caught:
        make_engine("gazebo")
    assert "\n" not in str(caught.value)


def test_the_command_line_says_so_and_exits_with_2(nowhere):
    command = [sys.executable, "-c", "from vla_sim.cli import main; main()", "run", "smoke", "--engine", "gazebo"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: engine: the program 'gz' is not found; install Gazebo Harmonic")
    assert ended.stderr.count("\n") == 1


def test_a_named_program_that_is_none(nowhere, monkeypatch):
    monkeypatch.setenv("VLA_SIM_GZ", "/nowhere/gz")
    with pytest.raises(NotReadyError, match="VLA_SIM_GZ names '/nowhere/gz', which is no program"):
        find_program()


def test_it_draws_with_what_is_installed(nowhere, monkeypatch):
    monkeypatch.setenv("VLA_SIM_GZ", str(program(nowhere / "new", "ogre", "ogre2")))
    assert find_program().render_engine == "ogre2"
    monkeypatch.setenv("VLA_SIM_GZ", str(program(nowhere / "old", "ogre")))
    with pytest.raises(NotReadyError, match="needs Xvfb; run: apt-get install xvfb"):
        find_program()
    (nowhere / "Xvfb").symlink_to(shutil.which("true", path="/usr/bin:/bin"))
    found = find_program()
    assert found.render_engine == "ogre"
    assert found.needs_display


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"renderer": "rays"}, "unknown renderer 'rays' of Gazebo; choose auto, ogre2 or ogre"),
        ({"server": "there", "physics_step": 0.1}, "physics step"),
        ({"server": "there", "patience": 0.0}, "patience is 0 s"),
        ({"speed": 2}, "unknown option of the gazebo engine"),
    ],
)
def test_wrong_options(options, told):
    with pytest.raises(InputError, match=told):
        make_engine("gazebo", **options)
