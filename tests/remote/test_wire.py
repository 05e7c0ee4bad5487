"""Messages come back as they were sent, arrays too, and nothing else than data is read."""

import contextlib

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vla_sim.remote.wire import packed, unpacked

DTYPES = st.sampled_from(["u1", "i8", "f4", "f8", "?", "<u2", ">f4"])


@given(DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=5))))
def test_arrays_come_back(array):
    back = unpacked(packed({"a": [array]}))["a"][0]
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()


def test_numbers_and_words_come_back():
    message = {"prompt": "go to the grün cube", "n": np.float32(0.1), "list": [1, None, True, 2.5], "bytes": b"abc"}
    back = unpacked(packed(message))
    assert back == message
    assert type(back["n"]) is np.float32


def test_arrays_look_like_those_of_openpis_client():
    """As its msgpack_numpy.py packs them: a mapping of these four."""
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert msgpack.unpackb(packed(array)) == {
        b"__ndarray__": True,
        b"data": array.tobytes(),
        b"dtype": "<f4",
        b"shape": [2, 3],
    }


@pytest.mark.parametrize("value", [object(), np.array([object()]), np.array([1j]), {1, 2}])
def test_objects_are_not_sent(value):
    with pytest.raises(TypeError):
        packed({"a": value})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        msgpack.packb({b"__ndarray__": True, b"data": b"12345678", b"dtype": "|O", b"shape": [1]}),
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": "<f4", b"shape": [9999]}),
        msgpack.packb({b"__ndarray__": True}),
        msgpack.packb({b"__npgeneric__": True, b"data": [], b"dtype": "no such type"}),
    ],
)
def test_nonsense_is_one_error(data):
    with pytest.raises(ValueError, match="bytes are no message"):
        unpacked(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_that_error(data):
    with contextlib.suppress(ValueError):
        unpacked(data)
