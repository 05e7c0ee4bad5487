import pytest

from vla_sim.errors import InputError
from vla_sim.faults import FaultSpec, Injector, Moment, Onset, read_faults
from vla_sim.faults.golden import example_readings, example_stream

START = Moment(time=0.1, step=0, travelled=0.0, to_goal=3.0, progress=0.0, touched=False, goals=1)


@pytest.mark.parametrize(
    ("onset", "change"),
    [
        ({"step": 5}, {"step": 5}),
        ({"distance": 1.5}, {"travelled": 1.6}),
        ({"event": "near_goal", "within": 1.0}, {"to_goal": 0.9}),
        ({"event": "contact"}, {"touched": True}),
        ({"event": "goal_changed"}, {"goals": 2}),
        ({"event": "progress", "at": 0.5}, {"progress": 0.5}),
        ({"event": "grasp"}, {"grasped": True}),
    ],
)
def test_an_onset_comes_when_it_has_happened_and_not_before(onset, change):
    read = Onset.model_validate(onset)
    assert not read.has_come(START)
    assert read.has_come(START._replace(**change))
    assert str(read)


@pytest.mark.parametrize(
    ("onset", "message"),
    [
        ({"step": 3, "event": "contact"}, "one of step, distance and event"),
        ({}, "one of step, distance and event"),
        ({"event": "near_goal"}, "'within'"),
        ({"event": "contact", "within": 1.0}, "'within'"),
        ({"event": "progress"}, "'at'"),
        ({"event": "rain"}, "near_goal"),
        (-1.0, "greater than or equal to 0"),
    ],
)
def test_a_wrong_onset_is_one_line_that_names_the_field(onset, message):
    with pytest.raises(InputError, match=message) as error:
        read_faults([{"target": "rgb", "kind": "blackout", "onset": onset}])
    assert str(error.value).startswith("faults.0.onset")
    assert "[" not in str(error.value).split(":")[0]


def changed(injector, readings):
    return [r.stamp for r, old in zip(injector.process(readings), readings, strict=True) if r is not old]


def test_a_fault_begins_a_delay_after_its_event_and_ends_after_its_duration():
    stream = example_stream("rgb")
    readings = example_readings(stream, 12)
    onset = {"event": "contact", "delay": 0.2}
    injector = Injector(
        read_faults([{"target": "rgb", "kind": "blackout", "onset": onset, "duration": 0.3}]), {"rgb": stream}
    )
    assert injector.waits
    assert changed(injector, readings[:2]) == []
    injector.look(START._replace(time=0.2))
    assert changed(injector, readings[2:3]) == []
    injector.look(START._replace(time=0.3, touched=True))
    assert not injector.waits
    assert changed(injector, readings[3:]) == [0.5, 0.6, 0.7]
    report = injector.report()[0]
    assert (report["onset"], report["trigger"], report["status"]) == (0.5, "0.2 s after contact", "applied")


def test_an_event_that_never_came_is_not_reached_and_one_that_cannot_come_is_unsupported():
    stream = example_stream("rgb")
    faults = [
        FaultSpec(target="rgb", kind="blackout", onset=Onset(event="contact")),
        FaultSpec(target="rgb", kind="blackout", onset=Onset(event="near_goal", within=1.0)),
    ]
    injector = Injector(faults, {"rgb": stream})
    injector.look(START._replace(to_goal=None))
    injector.process(example_readings(stream))
    waiting, impossible = injector.report()
    assert (waiting["status"], waiting["onset"]) == ("not_reached", None)
    assert impossible["status"] == "unsupported"
    assert "no place" in impossible["reason"]


def test_recovery_fades_the_fault_out():
    spec = FaultSpec(target="lidar", kind="dropout", duration=0.4, recovery=0.4)
    assert [round(spec.schedule(0.1).intensity(t), 3) for t in (0.1, 0.4, 0.5, 0.7, 0.9)] == [1, 1, 1, 0.5, 0]
    with pytest.raises(InputError, match="recovery needs a duration"):
        read_faults([{"target": "lidar", "kind": "dropout", "recovery": 0.4}])
