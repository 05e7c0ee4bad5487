"""Two drives of one trial: how they part, and what was different first."""

import numpy as np
import pytest

from vla_sim.bench.parity.drive import Drive, Moment
from vla_sim.bench.parity.measure import MEASURES
from vla_sim.bench.parity.pair import PARTED, Side, compare
from vla_sim.bench.parity.summary import report_text, summarise

GOOD = Side(outcome="success", reason="", sim_time=2.0)
BAD = Side(outcome="failure", reason="timeout", sim_time=2.0)
CRASH = Side(outcome="simulator_crash", reason="died", sim_time=0.0)


def drive(count, **changed):
    """A drive along x at 0.5 m/s; ``changed`` are functions of the step that replace fields of the moments."""
    moments = []
    for k in range(count):
        values = {
            "time": (k + 1) / 10,
            "x": 0.05 * k,
            "y": 0.0,
            "yaw": 0.0,
            "command": (0.5, 0.0),
            "touches": frozenset(),
            "readings": {"lidar": np.full(100, 2.0, np.float32), "camera": np.full((4, 4, 3), 100, np.uint8)},
        }
        values |= {name: change(k) for name, change in changed.items()}
        moments.append(Moment(**values))
    return Drive(moments, {"lidar": "lidar", "camera": "rgb"})


def test_twins_have_nothing_between_them():
    pair = compare("t", GOOD, drive(20), GOOD, drive(15))
    assert pair.apart == [0.0] * 15
    assert (pair.sign, pair.sign_time) == ("", None)
    assert pair.sensors == {"camera": [15.0, 0.0, 0.0, 0.0], "lidar": [15.0, 0.0, 0.0, 0.0]}


@pytest.mark.parametrize(
    ("changed", "sign", "time"),
    [
        ({"y": lambda k: 0.03 * k}, "motion", 0.5),
        ({"command": lambda k: (0.5, 0.2 if k > 6 else 0.0)}, "command", 0.8),
        ({"touches": lambda k: frozenset({"box"}) if k == 3 else frozenset()}, "contact", 0.4),
        ({"readings": lambda k: {"lidar": np.full(100, 2.0 if k < 9 else 2.5, np.float32)}}, "lidar", 1.0),
        ({"readings": lambda k: {"camera": np.full((4, 4, 3), 100 + 20 * (k > 1), np.uint8)}}, "camera", 0.3),
    ],
)
def test_the_first_sign_is_named(changed, sign, time):
    pair = compare("t", GOOD, drive(20), BAD, drive(20, **changed))
    assert (pair.sign, pair.sign_time) == (sign, time)


def test_sensors_are_compared_in_the_same_place_only():
    pair = compare("t", GOOD, drive(20), GOOD, drive(20, y=lambda k: 0.01 * k))
    assert pair.sensors["lidar"][0] == 1.0
    assert max(pair.apart) == pytest.approx(0.19)


@pytest.mark.parametrize(
    ("modality", "one", "two", "apart"),
    [
        ("lidar", [1.0, np.inf, 2.0, 3.0], [1.009, np.inf, 2.02, np.inf], 0.5),
        ("depth", [1.0, np.inf, -np.inf, np.nan], [1.02, np.inf, -np.inf, np.nan], 0.25),
        ("rgb", [0, 255], [51, 255], 0.1),
        ("imu", [0.0, 9.8], [0.1, 9.5], 0.3),
        ("contact", True, False, 1.0),
    ],
)
def test_measures(modality, one, two, apart):
    dtype = np.uint8 if modality == "rgb" else bool if modality == "contact" else np.float64
    assert MEASURES[modality].between(np.array(one, dtype), np.array(two, dtype)) == pytest.approx(apart)


def test_the_summary_counts_pairs_and_leaves_errors_out():
    pairs = [compare(f"t{k}", GOOD, drive(20), GOOD, drive(20)) for k in range(6)]
    pairs.append(compare("lost", GOOD, drive(20), BAD, drive(20, y=lambda k: 0.03 * k)))
    pairs.append(compare("crash", GOOD, drive(20), CRASH, drive(0)))
    summary = summarise(pairs, ("embedded", "gazebo"), {"lidar": "lidar", "camera": "rgb"}, 0.1)
    assert (summary["pairs"], summary["counted"]) == (8, 7)
    assert summary["difference"] == pytest.approx(-1 / 7)
    low, high = summary["difference_interval"]
    assert low < -1 / 7 < high
    assert summary["engines"]["gazebo"]["outcomes"] == {"success": 6, "failure": 1, "simulator_crash": 1}
    assert summary["parted"] == pytest.approx(1 / 7)
    assert summary["signs"] == {"motion": 1, "none": 6}
    assert [one["id"] for one in summary["discordant"]] == ["lost"]
    assert summary["divergence"]["2"] == {"trials": 7, "median": 0.0, "p90": pytest.approx(0.228), "largest": 0.57}
    text = report_text(summary)
    assert "difference -14.3 points" in text
    assert "lost: embedded success, gazebo failure, reason timeout; first sign: motion at 0.5 s" in text
    assert PARTED == 0.1
