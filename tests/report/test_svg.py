"""Where a trial's drawings put things."""

import pytest
from lxml import etree

from vla_sim.bench.record import TrialRecord
from vla_sim.report.svg import timeline

FAULT = {
    "target": "camera",
    "kind": "blackout",
    "status": "applied",
    "trigger": None,
    "onset": 2.0,
    "duration": None,
    "ramp": 0.0,
    "period": None,
    "duty": 1.0,
    "recovery": 0.0,
}
LEFT, RIGHT = 78.0, 634.0
"""Where a timeline begins and ends [px]."""


def windows(*faults, end=10.0):
    trial = TrialRecord(
        id="a/b/000", scenario="a", world="w", task="t", arm="b", index=0, seed=1, outcome="success", reason="",
        faults=[FAULT | fault for fault in faults],
    )  # fmt: skip
    times = [end * index / 20 for index in range(21)]
    track = {
        "path": [(time, 0.0, 0.0, 0.0) for time in times],
        "progress": [0.0 for _ in times],
        "ages": {"camera": [0.0 for _ in times], "imu": [0.0 for _ in times]},
    }
    drawn = etree.fromstring(str(timeline(trial, track)))
    boxes = [(float(box.get("x")), float(box.get("width"))) for box in drawn.xpath("//rect[@class='window']")]
    seconds = end / (RIGHT - LEFT)
    return [((x - LEFT) * seconds, (x + width - LEFT) * seconds) for x, width in boxes]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({}, [(2.0, 10.0)]),
        ({"duration": 3.0}, [(2.0, 5.0)]),
        ({"duration": 3.0, "ramp": 1.0, "recovery": 1.5}, [(2.0, 6.5)]),
        ({"onset": 0.0, "duration": 1.0}, [(0.0, 1.0)]),
        ({"onset": 1.0, "period": 4.0, "duty": 0.25}, [(1.0, 2.0), (5.0, 6.0), (9.0, 10.0)]),
        ({"onset": 1.013, "period": 4.0, "duty": 0.02, "duration": 6.0}, [(1.013, 1.093), (5.013, 5.093)]),
        ({"onset": None, "trigger": "contact"}, []),
        ({"onset": 20.0}, []),
    ],
)
def test_windows_of_faults_stand_at_their_time(fault, expected):
    drawn = windows(fault)
    assert [end for pair in drawn for end in pair] == pytest.approx(
        [end for pair in expected for end in pair], abs=0.02
    )


def test_each_sensor_has_its_own_windows():
    assert len(windows({}, {"target": "imu", "duration": 1.0}, {"target": "lidar"})) == 2
