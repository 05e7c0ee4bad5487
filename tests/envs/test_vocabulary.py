import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.envs.vocabulary import WORDS, Vocabulary, follow_gap
from vla_sim.faults.golden import example_stream

LIMITS = (-0.8, 0.8, -2.0, 2.0)
STREAMS = {"lidar": example_stream("lidar"), "camera": example_stream("rgb")}
OPEN = {"lidar": np.full(90, 5.0, np.float32)}


def run(word, streams=STREAMS, limits=LIMITS):
    command, primitive = Vocabulary(limits, streams).execute(WORDS.index(word), OPEN)
    return (command.linear, command.angular), primitive


def test_there_are_ten_words():
    assert len(WORDS) == 10


@pytest.mark.parametrize(
    ("word", "motion"),
    [
        ("move_forward", (0.5, 0.0)),
        ("move_backward", (-0.5, 0.0)),
        ("turn_left", (0.0, 1.0)),
        ("turn_right", (0.0, -1.0)),
        ("navigate_to", (0.5, 0.0)),
        ("detect_object", (0.0, 0.0)),
        ("speak", (0.0, 0.0)),
        ("stop", (0.0, 0.0)),
    ],
)
def test_words_that_the_robot_can_do(word, motion):
    done, primitive = run(word)
    assert done == pytest.approx(motion, abs=0.1)
    assert primitive.supported
    assert primitive.as_dict()["word"] == word


@pytest.mark.parametrize(
    ("word", "streams"),
    [("grasp_object", STREAMS), ("release_object", STREAMS), ("navigate_to", {}), ("detect_object", {})],
)
def test_words_that_it_cannot_do_stand_still_and_say_so(word, streams):
    done, primitive = run(word, streams)
    assert done == (0.0, 0.0)
    assert not primitive.supported
    assert "stood still: no" in primitive.done


def test_motion_words_keep_to_the_limits_of_a_slow_robot():
    slow = (-0.1, 0.2, -0.3, 0.4)
    assert [run(word, limits=slow)[0] for word in ("move_forward", "move_backward", "turn_left", "turn_right")] == [
        (0.2, 0.0),
        (-0.1, 0.0),
        (0.0, 0.4),
        (0.0, -0.3),
    ]


def test_gap_following_turns_away_from_what_is_ahead():
    angles = np.linspace(-np.pi, np.pi, 360)
    scan = np.full(360, 5.0, np.float32)
    scan[(angles > -0.9) & (angles < 0.3)] = 0.6
    command = follow_gap(scan, -np.pi, np.pi, 0.5, 1.0)
    assert command.angular > 0.3
    assert command.linear < 0.3


@pytest.mark.parametrize("nothing", [np.zeros(360, np.float32), np.full(360, 0.2, np.float32)])
def test_gap_following_turns_on_the_spot_when_all_is_blocked_or_lost(nothing):
    command = follow_gap(nothing, -np.pi, np.pi, 0.5, 1.0)
    assert (command.linear, command.angular) == (0.0, 1.0)


@given(st.lists(st.floats(0, 12, width=32), min_size=2, max_size=400), st.floats(0.2, 6.28))
def test_gap_following_keeps_to_its_limits(ranges, width):
    command = follow_gap(np.array(ranges, np.float32), -width / 2, width / 2, 0.5, 1.0)
    assert 0.0 <= command.linear <= 0.5
    assert abs(command.angular) <= 1.0
