"""The colcon package: what ament, launch and the nodes need of it, without any of them installed."""

import ast
import configparser
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml
from defusedxml import ElementTree

from vla_sim import __version__
from vla_sim.ros.robot import load_robot
from vla_sim.ros.topics import WORDS, topics_of

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "ros2" / "vla_sim_ros"
LAUNCHES = sorted(PACKAGE.glob("launch/*.launch.py"))
PARAMETERS = {
    *("agent", "fusion_model_path", "robot", "sensors", "confidence_threshold", "max_action_length", "sync_window"),
    *("control_rate", "cmd_vel_stamped", "base_frame", "watchdog", "attention_rate", "image_transport", "seed"),
}
MESSAGES = re.compile(r"\b([a-z0-9_]+_(?:msgs|srvs|interfaces))(?:\.(?:msg|srv)\b|/(?:msg|srv)/)")
PYTHON = re.compile(r"\b(?:from|import) (rclpy|launch|launch_ros)\b")
OPTIONAL = {"simulation_interfaces"}
"""Messages that are used where they are, and that no package of Jazzy's base has."""


class Made(SimpleNamespace):
    """Something that a launch file makes: positional and named arguments."""

    def __init__(self, *given, **named):
        super().__init__(given=given, **named)


class LaunchConfiguration(Made):
    def perform(self, context):
        return context[self.given[0]]


@pytest.fixture
def launched(monkeypatch):
    """Return a function that builds a launch file's description with stand-ins for ``launch`` and ``launch_ros``."""
    actions = {name: type(name, (Made,), {}) for name in ("DeclareLaunchArgument", "OpaqueFunction", "Shutdown")}
    made = {
        "launch": {"LaunchDescription": type("LaunchDescription", (Made,), {}), "LaunchContext": dict},
        "launch.actions": actions,
        "launch.substitutions": {"LaunchConfiguration": LaunchConfiguration},
        "launch_ros": {},
        "launch_ros.actions": {"Node": type("Node", (Made,), {})},
    }
    for name, contents in made.items():
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)

    def build(name):
        spec = importlib.util.spec_from_file_location(f"launch_file_{name}", PACKAGE / "launch" / f"{name}.launch.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.generate_launch_description().given[0]

    return build


def of(entities, kind):
    return [entity for entity in entities if type(entity).__name__ == kind]


def declared(entities):
    return {argument.given[0]: argument for argument in of(entities, "DeclareLaunchArgument")}


def configurations(value):
    """Return the names of the arguments that a node takes, however deep they stand."""
    if isinstance(value, LaunchConfiguration):
        return {value.given[0]}
    if isinstance(value, Made):
        return configurations(vars(value))
    if isinstance(value, dict):
        return set().union(*map(configurations, value.values())) if value else set()
    if isinstance(value, list | tuple):
        return set().union(*map(configurations, value)) if value else set()
    return set()


@pytest.mark.parametrize("file", LAUNCHES, ids=lambda file: file.name)
def test_launch_files_compile_and_say_what_they_do(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    compile(tree, str(file), "exec")
    assert ast.get_docstring(tree)
    assert "generate_launch_description" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", ["robot", "sim"])
def test_what_nodes_take_is_declared_and_the_other_way_round(launched, name):
    entities = launched(name)
    taken = set().union(*(configurations(node) for node in of(entities, "Node")))
    assert taken == set(declared(entities))
    for argument in declared(entities).values():
        assert argument.description
        assert isinstance(argument.default_value, str)


def test_nodes_are_those_that_are_installed(launched):
    executables = {node.executable for name in ("robot", "sim") for node in of(launched(name), "Node")}
    assert executables <= entry_points().keys()
    for name in ("robot", "sim"):
        assert {node.package for node in of(launched(name), "Node")} == {"vla_sim_ros"}


def test_a_robots_topics_are_renamed(launched):
    (node,) = of(launched("robot"), "Node")
    usual = set(topics_of(load_robot().streams).values()) - {"bumper"}
    assert usual | {WORDS, "cmd_vel", "camera/camera_info"} == {topic for topic, _ in node.remappings}
    arguments = declared(launched("robot"))
    for topic, configuration in node.remappings:
        assert arguments[configuration.given[0]].default_value == topic
    assert Path(arguments["params_file"].default_value) == PACKAGE / "config" / "agent.yaml"


def test_the_simulation_is_on_simulated_time_and_ends_with_the_bridge(launched):
    bridge, agent = of(launched("sim"), "Node")
    assert (bridge.executable, agent.executable) == ("bridge", "agent")
    assert type(bridge.on_exit).__name__ == "Shutdown"
    assert agent.parameters[1]["use_sim_time"] is True
    assert [part for part in bridge.arguments if isinstance(part, str)] == [
        "--world", "--task", "--engine", "--seed", "--pace", "--trials"
    ]  # fmt: skip


@pytest.mark.parametrize(("arm", "armed"), [("false", False), ("true", True)])
def test_the_relay_is_armed_only_if_told(launched, arm, armed):
    entities = launched("faults")
    assert declared(entities)["arm"].default_value == "false"
    (opaque,) = of(entities, "OpaqueFunction")
    context = {name: getattr(argument, "default_value", "") for name, argument in declared(entities).items()}
    context |= {"faults": "camera:blackout  lidar:dropout@0.5", "arm": arm}
    (node,) = opaque.function(context)
    assert node.executable == "faults"
    assert node.arguments[:4] == ["--fault", "camera:blackout", "--fault", "lidar:dropout@0.5"]
    assert ("--arm" in node.arguments) == armed
    assert node.arguments[node.arguments.index("--dead-man") + 1] == "2.0"


def test_parameters_are_the_nodes():
    data = yaml.safe_load((PACKAGE / "config" / "agent.yaml").read_text(encoding="utf-8"))
    assert list(data) == ["/**"]
    assert sorted(data["/**"]["ros__parameters"]) == sorted(PARAMETERS)


def test_each_parameter_has_a_comment():
    lines = (PACKAGE / "config" / "agent.yaml").read_text(encoding="utf-8").splitlines()
    for name in PARAMETERS:
        place = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{name}:"))
        assert lines[place - 1].strip().startswith("#"), name


class TestManifest:
    root = ElementTree.parse(PACKAGE / "package.xml").getroot()

    def test_what_rep_149_asks_for(self):
        root = self.root
        assert (root.tag, root.get("format")) == ("package", "3")
        for tag in ("name", "version", "description", "maintainer", "license"):
            assert len(root.findall(tag)) >= 1, tag
            assert root.findtext(tag).strip()
        assert root.findtext("name") == PACKAGE.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", root.findtext("name"))
        assert re.fullmatch(r"\d+\.\d+\.\d+", root.findtext("version"))
        assert root.findtext("version") == __version__
        assert "@" in root.find("maintainer").get("email")
        license_ = root.find("license")
        assert license_.text == "Apache-2.0"
        assert (PACKAGE / license_.get("file")).read_bytes() == (PROJECT / "LICENSE").read_bytes()
        assert root.findtext("export/build_type") == "ament_python"
        known = {"name", "version", "description", "maintainer", "license", "exec_depend", "test_depend", "export"}
        assert {child.tag for child in root} <= known

    def test_whatever_is_imported_is_a_dependency(self):
        named = {element.text for element in self.root.findall("exec_depend")}
        for folder in ("vla_sim/ros", "vla_sim/validation", "ros2/vla_sim_ros"):
            for file in (PROJECT / folder).rglob("*.py"):
                text = file.read_text(encoding="utf-8")
                used = set(
                    re.findall(r"\b([a-z0-9_]+_(?:msgs|srvs|interfaces))(?:\.(?:msg|srv)\b|/(?:msg|srv)/)", text)
                )
                used |= {
                    name for name in ("rclpy", "launch", "launch_ros") if re.search(rf"\b(from|import) {name}\b", text)
                }
                assert used - OPTIONAL <= named, file


def entry_points():
    """Return the console scripts of ``setup.py``, by name, as the functions that they call."""
    text = (PACKAGE / "setup.py").read_text(encoding="utf-8")
    return dict(re.findall(r'f"(\w+) = \{NAME\}\.nodes:(\w+)"', text))


class TestInstallation:
    def test_entry_points_are_functions(self):
        tree = ast.parse((PACKAGE / "vla_sim_ros" / "nodes.py").read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert entry_points().keys() == {"agent", "bridge", "faults"}
        assert set(entry_points().values()) <= functions

    def test_scripts_go_where_ros2_run_looks(self):
        config = configparser.ConfigParser()
        config.read(PACKAGE / "setup.cfg")
        assert config["develop"]["script_dir"] == config["install"]["install_scripts"] == "$base/lib/vla_sim_ros"

    def test_the_index_has_its_marker(self):
        assert (PACKAGE / "resource" / "vla_sim_ros").is_file()
        assert '"share/ament_index/resource_index/packages"' in (PACKAGE / "setup.py").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", ["agent", "bridge", "faults"])
    def test_a_node_is_the_command_of_its_name(self, monkeypatch, name):
        seen = []
        monkeypatch.setattr("vla_sim.cli.main", lambda: seen.append(sys.argv))
        monkeypatch.setattr(sys, "argv", ["/opt/lib/vla_sim_ros/agent", "--world", "arena", "--ros-args", "-r", "a:=b"])
        spec = importlib.util.spec_from_file_location("nodes", PACKAGE / "vla_sim_ros" / "nodes.py")
        nodes = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(nodes)
        getattr(nodes, entry_points()[name])()
        assert seen[0][1:] == ["ros", name, "--world", "arena", "--ros-args", "-r", "a:=b"]


class TestDocker:
    def test_the_image_runs_as_nobody_special_and_listens_here(self):
        text = (PROJECT / "docker" / "ros.Dockerfile").read_text(encoding="utf-8")
        assert re.search(r"^USER runner$", text, re.MULTILINE)
        assert "ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST" in text

    def test_only_what_asks_for_a_network_has_one(self):
        compose = yaml.safe_load((PROJECT / "docker" / "ros.compose.yaml").read_text(encoding="utf-8"))
        modes = {name: service["network_mode"] for name, service in compose["services"].items()}
        assert modes.pop("robot") == "host"
        assert set(modes.values()) == {"none", "service:bridge"}
        assert compose["services"]["robot"]["profiles"] == ["robot"]
