"""Pictures of any camera as those of the camera that an agent knows."""

import math

import cv2
import numpy as np
import pytest
import ros_messages as messages
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.pictures import Lens, Pinhole, colours_of, depths_of
from vla_sim.sdf.scene import CameraSpec

RNG = np.random.default_rng(5)
COLOURS = RNG.integers(0, 256, (4, 6, 3), dtype=np.uint8)


def spec(width=96, height=96, fx=50.0, fy=None):
    return CameraSpec(width, height, 1.2, 0.05, 20.0, fx, fy or fx, width / 2, height / 2)


@pytest.mark.parametrize(
    ("encoding", "pixels"),
    [
        ("rgb8", COLOURS),
        ("bgr8", COLOURS[..., ::-1]),
        ("8UC3", COLOURS[..., ::-1]),
        ("rgba8", np.dstack([COLOURS, np.full((4, 6), 255, np.uint8)])),
        ("bgra8", np.dstack([COLOURS[..., ::-1], np.full((4, 6), 255, np.uint8)])),
    ],
)
@pytest.mark.parametrize("padding", [0, 5])
def test_every_order_of_colours_is_the_same_picture(encoding, pixels, padding):
    assert np.array_equal(colours_of(messages.image(pixels, encoding, padding=padding)), COLOURS)


def test_grey_becomes_colours():
    grey = COLOURS[..., 0]
    assert np.array_equal(colours_of(messages.image(grey, "mono8")), np.dstack([grey] * 3))


@pytest.mark.parametrize(
    ("pattern", "red", "blue"),
    [("rggb", (0, 0), (1, 1)), ("bggr", (1, 1), (0, 0)), ("gbrg", (1, 0), (0, 1)), ("grbg", (0, 1), (1, 0))],
)
def test_bayer_patterns_have_their_red_and_blue_where_the_name_says(pattern, red, blue):
    mosaic = np.full((12, 12), 20, np.uint8)
    mosaic[red[0] :: 2, red[1] :: 2] = 200
    mosaic[blue[0] :: 2, blue[1] :: 2] = 90
    middle = colours_of(messages.image(mosaic, f"bayer_{pattern}8"))[4:8, 4:8].reshape(-1, 3)
    assert np.array_equal(middle, np.full_like(middle, [200, 20, 90]))


@pytest.mark.parametrize(("encoding", "code"), [("yuv422_yuy2", "yuyv"), ("yuv422", "uyvy")])
def test_yuv_has_its_brightness_where_the_name_says(encoding, code):
    pixels = np.full((4, 4, 2), 128, np.uint8)
    pixels[..., code.index("y")] = 235
    assert colours_of(messages.image(pixels, encoding)).min() > 250


@pytest.mark.parametrize("extension", [".png", ".jpg"])
def test_compressed_pictures_are_read(extension):
    smooth = cv2.resize(COLOURS, (60, 40), interpolation=cv2.INTER_LINEAR)
    message = messages.image(smooth)
    del message.encoding
    message.format, message.data = "rgb8; png", cv2.imencode(extension, smooth[..., ::-1])[1].tobytes()
    read = colours_of(message).astype(int)
    assert read.shape == smooth.shape
    assert np.abs(read - smooth).mean() < (1e-9 if extension == ".png" else 8)


def test_depth_in_metres_and_in_millimetres():
    depths = np.array([[0.5, 2.0], [np.inf, np.nan]], np.float32)
    assert np.array_equal(depths_of(messages.image(depths, "32FC1")), depths, equal_nan=True)
    whole = np.array([[500, 2000], [0, 65535]], np.uint16)
    read = depths_of(messages.image(whole, "16UC1"))
    assert read[0].tolist() == [0.5, 2.0]
    assert math.isnan(read[1, 0])
    swapped = depths_of(messages.image(whole.byteswap(), "16UC1", big=True))
    assert np.array_equal(swapped, read, equal_nan=True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"data": b"abc"}, "3 bytes are no picture of 6x4"),
        ({"height": 0}, "no picture of 6x0"),
        ({"step": 3}, "step 3"),
        ({"encoding": "rgb16"}, "'rgb16' is no encoding of colours; use one of rgb8"),
        ({"encoding": "32FC1"}, "'32FC1' is no encoding of colours"),
    ],
)
def test_what_is_no_picture_is_said(change, told):
    message = messages.image(COLOURS)
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(MalformedError, match=told):
        colours_of(message)


def test_compressed_nonsense_is_said():
    for data in (b"", b"not a picture"):
        message = messages.image(COLOURS)
        del message.encoding
        message.format, message.data = "jpeg", data
        with pytest.raises(MalformedError, match="no compressed picture"):
            colours_of(message)


def test_a_picture_of_the_same_camera_is_left_alone():
    picture = RNG.integers(0, 256, (96, 96, 3), dtype=np.uint8)
    assert Lens(Pinhole(96, 96, 50.0, 50.0, 48.0, 48.0), spec()).through(picture) is picture


def test_a_larger_picture_of_the_same_view_is_averaged():
    small = RNG.integers(0, 256, (96, 96, 3), dtype=np.uint8)
    large = small.repeat(5, axis=0).repeat(5, axis=1)
    assert np.array_equal(Lens(Pinhole(480, 480, 250.0, 250.0, 240.0, 240.0), spec()).through(large), small)
    depth = small[..., 0].astype(np.float32)
    large = depth.repeat(5, axis=0).repeat(5, axis=1)
    assert np.array_equal(Lens(Pinhole(480, 480, 250.0, 250.0, 240.0, 240.0), spec()).through(large), depth)


@given(st.integers(64, 700), st.integers(64, 700), st.floats(40, 900), st.floats(0.4, 0.6), st.floats(0.4, 0.6))
def test_a_point_of_the_world_comes_out_where_the_other_camera_sees_it(width, height, focal, cx, cy):
    """A bright patch in a direction is in that direction in the other picture, or out of it."""
    source, camera = Pinhole(width, height, focal, focal, cx * width, cy * height), spec(fx=60.0)
    bearing = np.array([0.2, -0.15])
    column, row = (bearing * focal + [source.cx, source.cy]).astype(int)
    size = max(3, round(focal / 15))
    picture = np.zeros((height, width, 3), np.uint8)
    if not (size < column < width - size and size < row < height - size):
        return
    picture[row - size : row + size + 1, column - size : column + size + 1] = 255
    seen = Lens(source, camera).through(picture)[..., 0].astype(float)
    assert seen.shape == (96, 96)
    rows, columns = np.indices(seen.shape) + 0.5
    found = np.array([(columns * seen).sum(), (rows * seen).sum()]) / seen.sum()
    assert np.abs(found - (bearing * 60.0 + 48.0)).max() < 1.5 + 60.0 / focal


def test_what_the_camera_did_not_look_at_is_black_or_lost():
    narrow = Pinhole(40, 40, 50.0, 50.0, 20.0, 20.0)
    seen = Lens(narrow, spec()).through(np.full((40, 40, 3), 200, np.uint8))
    assert (seen[30:66, 30:66] == 200).all()
    assert not seen[:27].any()
    assert not seen[:, 69:].any()
    lost = Lens(narrow, spec()).through(np.full((40, 40), 2.0, np.float32), math.nan)
    assert np.isnan(lost[0, 0])
    assert lost[48, 48] == 2.0


def test_a_camera_that_looks_elsewhere_sees_nothing():
    far_off = Pinhole(40, 40, 50.0, 50.0, 5000.0, 20.0)
    assert not Lens(far_off, spec()).through(np.full((40, 40, 3), 200, np.uint8)).any()


def test_distortion_is_undone():
    pinhole = Pinhole(200, 200, 150.0, 150.0, 100.0, 100.0, (-0.3, 0.1, 0.0, 0.0, 0.0))
    bearing = np.array([[0.4, 0.0, 1.0]])
    matrix = np.array([[150.0, 0.0, 100.0], [0.0, 150.0, 100.0], [0.0, 0.0, 1.0]])
    column, row = cv2.projectPoints(bearing, np.zeros(3), np.zeros(3), matrix, np.array(pinhole.distortion))[0].ravel()
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[round(row) - 2 : round(row) + 3, round(column) - 2 : round(column) + 3] = 255
    seen = Lens(pinhole, spec(200, 200, 150.0)).through(picture)[..., 0].astype(float)
    found = (np.indices(seen.shape)[1] * seen).sum() / seen.sum()
    assert abs(found - 160.0) < 1.5
    assert abs(column - 160.0) > 2.0


def test_camera_info_that_cannot_be_used():
    assert Pinhole.of(messages.camera_info(640, 480, 0.0)) is None
    with pytest.raises(MalformedError, match="focal lengths -5, -5"):
        Pinhole.of(messages.camera_info(640, 480, -5.0))
    with pytest.raises(MalformedError, match="rectify the pictures first"):
        Pinhole.of(messages.camera_info(640, 480, 400.0, d=[0.1] * 4, model="equidistant"))
    with pytest.raises(MalformedError, match="a picture of 20x10 pixels of a camera that has 40x40"):
        Lens(Pinhole(40, 40, 50.0, 50.0, 20.0, 20.0), spec()).through(np.zeros((10, 20, 3), np.uint8))


def test_without_a_description_the_view_is_taken_to_be_as_wide():
    guessed = Pinhole.guessed(640, 480, spec(fx=52.36))
    assert guessed.fx == guessed.fy == pytest.approx(52.36 * 480 / 96)
    seen = Lens(guessed, spec(fx=52.36)).through(np.full((480, 640, 3), 9, np.uint8))
    assert (seen == 9).all()
