"""Columns of frames between NumPy and Arrow, in the types that LeRobot's loader expects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vla_sim.dataset.schema import Feature

INDICES = {
    "timestamp": Feature(dtype="float32", shape=(1,)),
    "frame_index": Feature(dtype="int64", shape=(1,)),
    "episode_index": Feature(dtype="int64", shape=(1,)),
    "index": Feature(dtype="int64", shape=(1,)),
    "task_index": Feature(dtype="int64", shape=(1,)),
}
"""The columns that every LeRobotDataset has."""


def arrow_type(feature: Feature) -> pa.DataType:
    """Return the type of a column: a number, a list of fixed length, or lists of lists."""
    value = pa.bool_() if feature.dtype == "bool" else pa.from_numpy_dtype(np.dtype(feature.dtype))
    if feature.shape == (1,):
        return value
    if len(feature.shape) == 1:
        return pa.list_(value, feature.shape[0])
    for _ in feature.shape:
        value = pa.list_(value)
    return value


def to_arrow(values: NDArray[Any], feature: Feature) -> pa.Array:
    """Return an array (frames, *shape) as a column."""
    column = pa.array(np.ascontiguousarray(values, dtype=feature.dtype).reshape(-1))
    if feature.shape == (1,):
        return column
    if len(feature.shape) == 1:
        return pa.FixedSizeListArray.from_arrays(column, feature.shape[0])
    for depth in range(len(feature.shape) - 1, -1, -1):
        length = feature.shape[depth]
        column = pa.ListArray.from_arrays(pa.array(np.arange(0, len(column) + 1, length, dtype=np.int32)), column)
    return column


def to_numpy(column: pa.ChunkedArray | pa.Array, feature: Feature) -> NDArray[Any]:
    """Return a column as an array (frames, *shape)."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    count = len(array)
    while pa.types.is_list(array.type) or pa.types.is_fixed_size_list(array.type) or pa.types.is_large_list(array.type):
        array = array.flatten()
    values: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return values.reshape(count, *(() if feature.shape == (1,) else feature.shape))


def arrow_schema(features: Mapping[str, Feature]) -> pa.Schema:
    """Return the schema of the frames' files, with the description that the ``datasets`` package looks for."""
    described = {name: _described(feature) for name, feature in features.items()}
    metadata = {"huggingface": json.dumps({"info": {"features": described}})}
    return pa.schema([(name, arrow_type(feature)) for name, feature in features.items()], metadata=metadata)


def tasks_table(tasks: Sequence[str]) -> pa.Table:
    """Return the words of the goals as the table that ``pandas`` reads with the words as its index."""
    index = "__index_level_0__"
    described = {
        "index_columns": [index],
        "column_indexes": [
            {"name": None, "field_name": None, "pandas_type": "unicode", "numpy_type": "object", "metadata": None}
        ],
        "columns": [
            {
                "name": "task_index",
                "field_name": "task_index",
                "pandas_type": "int64",
                "numpy_type": "int64",
                "metadata": None,
            },
            {"name": None, "field_name": index, "pandas_type": "unicode", "numpy_type": "object", "metadata": None},
        ],
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.0.0",
    }
    schema = pa.schema([("task_index", pa.int64()), (index, pa.string())], metadata={"pandas": json.dumps(described)})
    return pa.table({"task_index": list(range(len(tasks))), index: list(tasks)}, schema=schema)


def _described(feature: Feature) -> dict[str, Any]:
    value = {"dtype": feature.dtype, "_type": "Value"}
    if feature.shape == (1,):
        return value
    if len(feature.shape) == 1:
        return {"feature": value, "length": feature.shape[0], "_type": "List"}
    return {"shape": list(feature.shape), "dtype": feature.dtype, "_type": f"Array{len(feature.shape)}D"}
