"""Properties that every kind of fault has."""

from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_sim import seeding
from vla_sim.errors import InputError
from vla_sim.faults import KINDS
from vla_sim.faults.golden import example_readings, example_stream, run_example
from vla_sim.faults.image import smooth_field
from vla_sim.faults.injector import Injector
from vla_sim.faults.kind import DataKind, Parameter, kinds_named
from vla_sim.faults.spec import FaultSpec
from vla_sim.sensing.reading import Reading

FITS = [
    pytest.param(kind, modality, id=f"{kind.id()}-{modality}")
    for kind in KINDS.values()
    for modality in sorted(kind.modalities)
]
LOST = 20.0
"""What a lost value, or a lost reading, counts as in a distance."""
severities = st.floats(1e-6, 1.0)
"""The injector never applies a kind at its clean values."""
seeds = st.integers(0, 2**32)

SLACK = 0.02
"""Share of the greatest distance by which a fault that draws at random may come nearer to the clean readings."""


def natural_readings(modality, count=40):
    """Readings as a robot has them that drives on: smooth pictures, walls around it, a turn."""
    stream = example_stream(modality)
    rng = seeding.generator(1, "natural", modality)
    height, width = stream.shape[:2] if modality in ("rgb", "depth", "segmentation") else (1, 1)
    field = smooth_field(rng.random((5, 5)), height, width)
    readings = []
    for index in range(count):
        time = 0.1 * (index + 1)
        wave = np.sin(np.arange(stream.shape[0] if stream.shape else 1) * 0.2 + time)
        match modality:
            case "rgb":
                data = (40 + 170 * np.stack([field, field[::-1], field[:, ::-1]], axis=-1) + 20 * np.sin(time)).astype(
                    "u1"
                )
            case "depth":
                data = (1.0 + 4.0 * (field > 0.5) + field + 0.2 * np.sin(time)).astype("f4")
            case "lidar":
                data = (4.0 + wave + 2.0 * (wave > 0.3)).astype("f4")
            case "imu":
                data = np.array([0.3, -0.2, 0.8, 2.0, -1.0, 9.8]) * (1 + 0.1 * np.sin(time))
            case "odometry":
                data = np.array([np.sin(0.5 * time), 1 - np.cos(0.5 * time), 0.5 * time, 0.5, 0.5])
            case "joints":
                speeds = np.array([3.0, -2.5, 2.0, -1.5, 1.0, 0.5]) * np.cos(2.0 * time)
                data = np.stack(
                    [np.arange(6) + np.array([1.5, -1.25, 1.0, -0.75, 0.5, 0.25]) * np.sin(2.0 * time), speeds], axis=1
                )
            case "force":
                data = np.asarray(max(0.0, 30.0 * np.sin(2.0 * time)))
            case "wrench":
                data = np.array([2.0, -1.0, 9.0, 0.3, -0.2, 0.1]) * (1.0 + 0.5 * np.sin(0.4 * time))
            case "joint_command":
                goals = np.array([0.8, -0.6, 0.5, -0.4, 0.02, 0.02]) * np.sin(time)
                data = np.stack([goals, [np.nan] * 4 + [40.0] * 2], axis=1)
            case "command":
                data = np.array([0.6, 0.5 + 0.4 * np.sin(time)])
            case "contact":
                data = np.asarray(index % 3 == 0)
            case "language":
                colour, noun = ("red", "green", "blue")[index % 3], ("cube", "ball", "cone", "cylinder")[index % 4]
                data = np.array(f"go to the {colour} {noun}, then turn left by {index} degrees and stop")
            case _:
                data = np.roll((field * 7).astype("i4"), index, axis=1)
        readings.append(Reading(modality, round(time, 9), data, round(time, 9)))
    return readings


def difference(a, b):
    """Mean absolute difference of the data of two readings; the share of other text in words."""
    if a.dtype.kind == "U":
        return 10.0 * (1.0 - SequenceMatcher(None, str(a), str(b), autojunk=False).ratio())
    a, b = a.astype(float), b.astype(float)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        return float(np.mean(np.where(same, 0.0, np.nan_to_num(np.abs(a - b), nan=LOST, posinf=LOST))))


def distance(clean, faulty):
    """Mean distance of readings: of data, of stamps, of arrivals; what is lost or too many counts as LOST."""
    by_stamp = {reading.stamp: reading for reading in reversed(faulty)}
    total = LOST * max(0, len(faulty) - len(clean))
    for place, reading in enumerate(clean):
        other = faulty[place] if len(faulty) == len(clean) else by_stamp.get(reading.stamp)
        if other is None:
            total += LOST
            continue
        total += abs(other.arrival - reading.arrival) + abs(other.stamp - reading.stamp)
        total += difference(reading.data, other.data)
    return total / len(clean)


def faulted(kind, modality, severity, clean, seed=2):
    fault = kind(example_stream(modality), seeding.generator(seed, kind.id(), modality))
    fault.watch(clean[0])
    values = kind.at(severity)
    return [faulty for reading in clean[1:] for faulty in fault.apply(reading, values)]


@pytest.mark.parametrize(("kind", "modality"), FITS)
def test_severity_zero_changes_nothing(kind, modality):
    stream = example_stream(modality)
    readings = example_readings(stream)
    injector = Injector([FaultSpec(target=modality, kind=kind.name, severity=0.0)], {modality: stream})
    assert injector.process(readings) == readings
    report = injector.report()[0]
    assert (report["status"], report["readings_changed"], report["readings_seen"]) == ("applied", 0, len(readings))


@pytest.mark.parametrize(("kind", "modality"), FITS)
def test_distance_from_clean_grows_with_severity(kind, modality):
    clean = natural_readings(modality)
    distances = [distance(clean[1:], faulted(kind, modality, level / 5, clean)) for level in range(1, 6)]
    slack = SLACK * max(distances)
    assert all(before <= after + slack for before, after in pairwise([0.0, *distances])), distances
    assert distances[-1] > distances[0] + slack or distances[0] > 10 * slack, distances
    assert distances[-1] > 0.0


@pytest.mark.parametrize(("kind", "modality"), FITS)
@settings(max_examples=4)
@given(severity=severities, seed=seeds)
def test_the_same_generator_gives_the_same_bytes_and_the_shape_stays(kind, modality, severity, seed):
    stream = example_stream(modality)
    once, again = (faulted(kind, modality, severity, example_readings(stream), seed) for _ in range(2))
    assert [(r.stamp, r.arrival, r.data.tobytes()) for r in once] == [
        (r.stamp, r.arrival, r.data.tobytes()) for r in again
    ]
    assert all(reading.data.shape == stream.shape and reading.data.dtype.kind == stream.dtype.kind for reading in once)
    if modality != "language":
        assert all(reading.data.dtype == stream.dtype for reading in once)


@pytest.mark.parametrize(("kind", "modality"), FITS)
@settings(max_examples=3)
@given(severity=severities, seed=seeds)
def test_readings_are_not_written_to(kind, modality, severity, seed):
    stream = example_stream(modality)
    readings = example_readings(stream)
    before = [reading.data.tobytes() for reading in readings]
    for reading in readings:
        reading.data.flags.writeable = False
    fault = kind(stream, seeding.generator(seed))
    for reading in readings:
        fault.apply(reading, kind.at(severity))
    assert [reading.data.tobytes() for reading in readings] == before


@pytest.mark.parametrize(("kind", "modality"), FITS)
@settings(max_examples=3)
@given(first=severities, second=severities, seed=seeds)
def test_two_severities_draw_the_same_numbers(kind, modality, first, second, seed):
    """So that runs at two severities differ by the severity alone."""
    readings = example_readings(example_stream(modality))
    states = []
    for severity in (first, second):
        rng = seeding.generator(seed)
        fault = kind(example_stream(modality), rng)
        for reading in readings:
            fault.apply(reading, kind.at(severity))
        states.append(rng.bit_generator.state)
    assert states[0] == states[1]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_levels_rise_away_from_clean_within_bounds(kind):
    assert kind.summary()
    for parameter in kind.parameters:
        away = [abs(level - parameter.clean) for level in (parameter.clean, *parameter.levels)]
        assert away == sorted(away)
        assert all(parameter.low <= level <= parameter.high for level in parameter.levels)
        assert [parameter.at(level / 5) for level in range(1, 6)] == list(parameter.levels)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_says_where_its_levels_come_from(kind):
    """Either a source or that they are our own; a share that is the severity itself needs neither."""
    graded = [parameter for parameter in kind.parameters if len(set(parameter.levels)) > 1]
    if any(parameter.levels != (0.2, 0.4, 0.6, 0.8, 1.0) for parameter in graded):
        assert "evels" in kind.__doc__


@given(st.floats(0, 1), st.floats(0, 1))
def test_parameters_are_monotone_in_severity(one, other):
    parameter = Parameter("x", "1", (0.1, 0.2, 0.4, 0.8, 1.6), "x")
    low, high = sorted((one, other))
    assert parameter.at(low) <= parameter.at(high)


def test_gaussian_noise_has_imagenet_c_sigma():
    stream = example_stream("rgb")
    grey = [reading.replaced(np.full(stream.shape, 128, np.uint8)) for reading in example_readings(stream, 40)]
    kind = KINDS["camera.gaussian_noise"](stream, seeding.generator(3))
    noise = np.concatenate([kind.apply(reading, {"sigma": 0.08})[0].data.ravel() for reading in grey]).astype(float)
    assert noise.mean() == pytest.approx(128.0, abs=0.5)
    assert noise.std() / 255.0 == pytest.approx(0.08, rel=0.02)


def test_freeze_repeats_the_last_image_under_a_fresh_stamp():
    stream = example_stream("rgb")
    readings = example_readings(stream)
    frozen = Injector([FaultSpec(target="rgb", kind="freeze", onset=0.45)], {"rgb": stream}).process(readings)
    assert [r.stamp for r in frozen] == [r.stamp for r in readings]
    assert all(r is old for r, old in zip(frozen[:4], readings[:4], strict=True))
    assert all(r.data is readings[3].data for r in frozen[4:])


def test_occlusion_covers_the_stated_share_and_stays_where_it_is():
    stream = example_stream("rgb")
    white = [reading.replaced(np.full(stream.shape, 255, np.uint8)) for reading in example_readings(stream, 3)]
    kind = KINDS["camera.occlusion"](stream, seeding.generator(5))
    masks = [kind.apply(reading, {"coverage": 0.35})[0].data[..., 0] < 255 for reading in white]
    assert masks[0].mean() == pytest.approx(0.35, abs=0.002)
    assert np.array_equal(masks[0], masks[2])


def test_blind_sector_takes_the_rays_around_its_centre():
    stream = example_stream("lidar")
    ones = example_readings(stream, 1)[0].replaced(np.ones(stream.shape, np.float32))
    kind = KINDS["lidar.blind_sector"](stream, seeding.generator(5))
    angles = np.linspace(-np.pi, np.pi, 90)
    lost = np.isnan(kind.apply(ones, {"width": 1.0, "centre": np.pi})[0].data)
    assert np.array_equal(lost, np.abs(angles) >= np.pi - 0.5)


def test_range_noise_keeps_ranges_the_sensor_can_report():
    for reading in run_example(KINDS["lidar.range_noise"], "lidar", 1.0):
        finite = reading.data[np.isfinite(reading.data)]
        assert finite.min() >= np.float32(0.1)
        assert finite.max() <= 8.0


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(InputError, match=r"no fault kind 'blackuot'; use one of .*blackout"):
        kinds_named("blackuot")


@pytest.mark.parametrize("name", [kind.id() for kind in KINDS.values() if "lidar" in kind.modalities])
def test_a_lidar_reports_no_range_that_it_cannot_measure(name):
    kind = KINDS[name]
    for reading in [r for level in (0.2, 1.0) for r in faulted(kind, "lidar", level, natural_readings("lidar"))]:
        finite = reading.data[np.isfinite(reading.data)]
        assert finite.size == 0 or (finite.min() >= np.float32(0.1) - 1e-6 and finite.max() <= 8.0 + 1e-6)


def test_what_dropout_loses_at_a_probability_it_loses_at_a_higher_one():
    stream = example_stream("lidar")
    steady, restless = (KINDS["lidar.dropout"](stream, seeding.generator(5)) for _ in range(2))
    lose = steady.steady({"probability": 0.4})
    for scan in example_readings(stream, 200):
        faulty = lose(scan.data)
        more = restless.corrupt(scan.data, {"probability": 0.7 if round(scan.stamp * 10) % 2 else 0.4})
        assert not (np.isnan(faulty) & ~np.isnan(more)).any()
        kept = ~np.isnan(faulty)
        assert np.array_equal(faulty[kept], scan.data[kept])


@pytest.mark.parametrize("modality", ["lidar", "depth"])
@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_dropout_loses_each_range_with_its_probability_anew_in_each_scan(modality, probability):
    stream = example_stream(modality)
    lose = KINDS["lidar.dropout"](stream, seeding.generator(6)).steady({"probability": probability})
    ones = np.ones(stream.shape, np.float32)
    lost = np.array([np.isnan(lose(ones)).ravel() for _ in range(400)])
    spread = np.sqrt(probability * (1.0 - probability))
    assert lost.mean() == pytest.approx(probability, abs=0.02)
    assert lost.mean(axis=0).std() == pytest.approx(spread / np.sqrt(len(lost)), rel=0.3)
    assert lost.mean(axis=1).std() == pytest.approx(spread / np.sqrt(ones.size), rel=0.3)
    by_turns = lost[1:] == lost[:-1]
    assert by_turns.mean() == pytest.approx(probability**2 + (1.0 - probability) ** 2, abs=0.02)


STEADY = [
    pytest.param(kind, modality, id=f"{kind.id()}-{modality}")
    for kind in KINDS.values()
    if issubclass(kind, DataKind) and kind.steady is not DataKind.steady
    for modality in sorted(kind.modalities)
]


@pytest.mark.parametrize(("kind", "modality"), STEADY)
@pytest.mark.parametrize("ramp", [0.0, 0.35])
def test_the_short_way_gives_the_bytes_of_the_long_one(kind, modality, ramp):
    stream = example_stream(modality)
    spec = FaultSpec(target=modality, kind=kind.name, level=3, onset=0.25, duration=0.6, ramp=ramp)
    readings = example_readings(stream, 12)
    short = Injector([spec], {modality: stream}, seed=7)
    long = Injector([spec], {modality: stream}, seed=7)
    long._faults[0].kind.steady = lambda values: None
    assert [r.data.tobytes() for r in short.process(readings)] == [r.data.tobytes() for r in long.process(readings)]
    assert short.report() == long.report()
    assert short.report()[0]["readings_changed"] == 6
