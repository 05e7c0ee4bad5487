"""Bags of recorded trials and of real robots: what is found in them, and what is said of those that cannot be used."""

import contextlib

import pytest
from bag_doubles import ROBOT, as_robot, cut, garbled, record

from vla_sim.errors import InputError
from vla_sim.ros.bags.bag import fingerprint, open_bag
from vla_sim.ros.bags.tape import Tape
from vla_sim.ros.bags.topics import find_topics
from vla_sim.ros.robot import load_robot
from vla_sim.sensing.reading import Reading

STREAMS = load_robot().streams


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return record(tmp_path_factory.mktemp("recording"), "classical")


@pytest.fixture(scope="module")
def robot_bag(recording, tmp_path_factory):
    return as_robot(recording, tmp_path_factory.mktemp("robot") / "drive", delay=7_000_000)


def topics_of(path, asked=None):
    with open_bag(path) as bag:
        return find_topics(bag, STREAMS, asked or {})


def events_of(path):
    with open_bag(path) as bag:
        tape = Tape(bag, find_topics(bag, STREAMS, {}), STREAMS, 0.1)
        return list(tape.events()), tape


class TestTopics:
    def test_a_recorded_trial_has_them_all(self, recording):
        found = topics_of(recording)
        assert set(found.sensors) == set(STREAMS)
        assert found.sensors["camera"] == "/camera/image"
        assert found.info["camera"] == "/camera/camera_info"
        assert (found.words, found.command, found.missing) == ("/goal/heard", "/cmd_vel", ())

    def test_a_robots_are_found_in_its_namespace(self, robot_bag):
        found = topics_of(robot_bag)
        assert found.sensors["camera"] == "/rover1/camera/image_raw"
        assert found.sensors["depth"] == "/rover1/camera/depth/image_rect_raw"
        assert found.info == {
            "camera": "/rover1/camera/camera_info",
            "depth": "/rover1/camera/depth/camera_info",
        }
        assert (found.words, found.command) == ("/rover1/voice_commands", "/rover1/cmd_vel")
        assert found.missing == ("bumper", "joints")
        assert "missing: bumper, joints" in list(found.lines())

    def test_unusual_names_are_found_by_type(self, recording, tmp_path):
        odd = {"/camera/image": "/front/rgb", "/depth/image": "/front/z", "/lidar": "/laser", "/goal/heard": "/asr"}
        found = topics_of(as_robot(recording, tmp_path / "odd", odd))
        assert found.sensors == {"camera": "/front/rgb", "depth": "/front/z", "lidar": "/laser"}
        assert found.words is None  # any text may be anything: words are never guessed

    def test_two_of_a_type_are_not_guessed_at(self, recording, tmp_path):
        two = {"/camera/image": "/left/rgb", "/lidar": "/laser_low", "/imu": "/a"}
        path = as_robot(recording, tmp_path / "two", two)
        again = as_robot(recording, tmp_path / "more", {**two, "/depth/image": "/right/z", "/odom": "/o"})
        assert topics_of(path).sensors == {"camera": "/left/rgb", "lidar": "/laser_low", "imu": "/a"}
        assert topics_of(again).sensors["depth"] == "/right/z"

    def test_what_is_named_comes_first(self, robot_bag, recording):
        assert topics_of(recording, {"camera": "camera/image"}).sensors["camera"] == "/camera/image"
        with pytest.raises(InputError, match=r"'/rover1/scan' is sensor_msgs/msg/LaserScan; 'camera' is read from"):
            topics_of(robot_bag, {"camera": "/rover1/scan"})
        with pytest.raises(InputError, match="the bag has no topic '/nowhere'; it has /rover1/camera"):
            topics_of(robot_bag, {"camera": "/nowhere"})
        with pytest.raises(InputError, match="no sensor 'camra'; did you mean 'camera'"):
            topics_of(robot_bag, {"camra": "/rover1/camera/image_raw"})

    def test_a_bag_without_any_says_what_it_has(self, recording, tmp_path):
        path = as_robot(recording, tmp_path / "none", {"/goal/heard": "/chatter"})
        with pytest.raises(
            InputError, match=r"no topic is one of the sensors .*/chatter \(std_msgs/msg/String\).*--topic"
        ):
            topics_of(path)


class TestTape:
    def test_a_robots_clock_is_counted_from_the_bags_beginning(self, robot_bag):
        events, tape = events_of(robot_bag)
        assert tape.clock == "log"
        assert 0 <= events[0].time < 0.2
        readings = [event.value for event in events if isinstance(event.value, Reading)]
        assert all(abs(reading.arrival - reading.stamp - 0.007) < 1e-9 for reading in readings)
        assert [event.time for event in events] == sorted(event.time for event in events)

    def test_simulated_stamps_that_the_walls_clock_logged_are_gone_by(self, recording, tmp_path):
        events, tape = events_of(as_robot(recording, tmp_path / "sim", stamps_from=0))
        assert tape.clock == "stamps"
        assert events[0].time < 0.2
        readings = [event.value for event in events if isinstance(event.value, Reading)]
        assert readings
        assert all(reading.arrival >= reading.stamp - 1e-9 for reading in readings)

    def test_compressed_pictures_are_the_same_pictures(self, recording, robot_bag, tmp_path):
        packed = as_robot(recording, tmp_path / "packed", compressed=["/camera/image"], delay=7_000_000)
        assert topics_of(packed).sensors["camera"] == "/rover1/camera/image_raw/compressed"

        def pictures(path):
            return [
                e.value.data for e in events_of(path)[0] if isinstance(e.value, Reading) and e.value.sensor == "camera"
            ]

        for one, other in zip(pictures(robot_bag), pictures(packed), strict=True):
            assert (one == other).all()


class TestDamage:
    def test_what_is_no_bag(self, tmp_path):
        (tmp_path / "notes.txt").write_text("hello")
        (tmp_path / "empty.mcap").touch()
        (tmp_path / "notes.mcap").write_text("hello")
        (tmp_path / "folder").mkdir()
        for name, told in (
            ("nowhere.mcap", "there is no such bag"),
            ("notes.txt", "is no bag"),
            ("empty.mcap", "cannot be read"),
            ("notes.mcap", "cannot be read"),
            ("folder", "no metadata.yaml"),
        ):
            with pytest.raises(InputError, match=told) as caught, open_bag(tmp_path / name):
                pass
            assert "\n" not in str(caught.value)
            assert caught.value.file == str(tmp_path / name)

    @pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
    def test_a_bag_cut_short(self, recording, tmp_path, share):
        with pytest.raises(InputError, match="cut short"):
            events_of(cut(recording, tmp_path / "cut.mcap", share))

    @pytest.mark.parametrize("seed", range(6))
    def test_changed_bytes_are_never_a_traceback(self, recording, tmp_path, seed):
        path = garbled(recording, tmp_path / "garbled.mcap", seed)
        with contextlib.suppress(InputError):
            assert events_of(path)[0]

    def test_a_missing_file_of_a_folder(self, recording, tmp_path):
        folder = as_robot(recording, tmp_path / "bag")
        next(folder.glob("*.db3")).unlink()
        with pytest.raises(InputError, match="files are missing"), open_bag(folder):
            pass


def test_the_fingerprint_is_of_the_contents(recording, tmp_path):
    same = tmp_path / "same.mcap"
    same.write_bytes(recording.read_bytes())
    assert fingerprint(same) == fingerprint(recording)
    assert fingerprint(cut(recording, tmp_path / "cut.mcap", 0.9)) != fingerprint(recording)


def test_mcap_and_sqlite_hold_the_same(recording, tmp_path):
    one, other = (events_of(as_robot(recording, tmp_path / s, storage=s))[0] for s in ("sqlite3", "mcap"))
    assert [event.time for event in one] == [event.time for event in other]
    assert set(ROBOT.values()) >= set(topics_of(tmp_path / "mcap").sensors.values())
