"""Small pictures of readings for the gallery: images, scans, traces, words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from vla_sim.bench.track import jpeg
from vla_sim.sensing.reading import Modality, Reading, Stream

SIZE = 96
_FAR = 5.0
"""Distance [m] that is the edge of a scan's plot and the end of a depth image's colours."""
_LATE = 1.0
"""Delay [s] that is the top of a timing plot."""


def thumbnail(modality: Modality, stream: Stream, readings: Sequence[Reading], clean: Sequence[Reading]) -> Markup:
    """Return a picture of readings as HTML; ``clean`` are those without the fault, for the scales."""
    match modality:
        case "rgb":
            return _image(readings[-1].data if readings else np.zeros((SIZE, SIZE, 3), np.uint8))
        case "depth":
            return _depth(readings[-1].data if readings else np.full((SIZE, SIZE), np.nan, np.float32))
        case "lidar":
            return _scan(stream, readings)
        case "language":
            said = dict.fromkeys(str(reading.data) for reading in readings)
            return Markup("").join(Markup("<q>{}</q>").format(words) for words in said)
        case "contact":
            return _traces([[(r.stamp, float(r.data)) for r in readings]], _span(clean), (-0.1, 1.1))
        case "force":
            return _traces([[(r.stamp, float(r.data)) for r in readings]], _span(clean), (-5.0, 60.0))
        case "joint_command":
            return _fingers(readings, clean)
        case "odometry":
            return _way(readings, clean)
        case "joints":
            return _joint(readings, clean)
        case _:
            rows = (0, 1) if modality == "command" else (2, 3)
            values = np.array([reading.data for reading in clean], dtype=float)[:, rows]
            middle, reach = float(values.mean()), 2.5 * float(np.ptp(values)) + 0.1
            lines = [[(r.stamp, float(r.data[row])) for r in readings] for row in rows]
            return _traces(lines, _span(clean), (middle - reach / 2, middle + reach / 2))


def timing(readings: Sequence[Reading], clean: Sequence[Reading]) -> Markup:
    """Return a plot of readings by their arrival across and the age of their data at it upwards."""
    start, end = _span(clean)
    dots = []
    for reading in readings:
        x = SIZE * (reading.arrival - start) / (end - start)
        y = SIZE - 4 - (SIZE - 8) * min(max(reading.arrival - reading.stamp, 0.0) / _LATE, 1.0)
        dots.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2"/>')
    return _svg("".join(dots))


def _span(clean: Sequence[Reading]) -> tuple[float, float]:
    return clean[0].stamp, clean[-1].stamp


def _image(pixels: NDArray[Any]) -> Markup:
    return Markup('<img alt="" width="{0}" height="{0}" src="data:image/jpeg;base64,{1}">').format(SIZE, jpeg(pixels))


def _depth(metres: NDArray[Any]) -> Markup:
    known = np.isfinite(metres)
    grey = np.where(known, np.clip(1.0 - np.where(known, metres, 0.0) / _FAR, 0.0, 1.0) * 255.0, 0.0).astype(np.uint8)
    colours = np.asarray(cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS))[:, :, ::-1].copy()
    colours[np.isnan(metres)] = 0
    return _image(colours)


def _scan(stream: Stream, readings: Sequence[Reading]) -> Markup:
    middle, scale = SIZE / 2, SIZE / 2 / _FAR
    dots = [f'<path class="robot" d="M{middle} {middle - 4}l4 8h-8z"/>']
    if readings and stream.lidar is not None:
        angles = np.linspace(stream.lidar.horizontal_min, stream.lidar.horizontal_max, stream.shape[-1])
        # Forward is up, left is left.
        for angle, length in zip(angles[::2], readings[-1].data.ravel()[::2].tolist(), strict=True):
            if math.isfinite(length) and length <= _FAR * 1.4:
                x, y = middle - math.sin(angle) * length * scale, middle - math.cos(angle) * length * scale
                dots.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="1"/>')
    return _svg("".join(dots))


def _joint(readings: Sequence[Reading], clean: Sequence[Reading]) -> Markup:
    """Plot the velocity of the first joint, and the error of its position [rad] above it."""
    true = {reading.stamp: float(reading.data[0, 0]) for reading in clean}
    fastest = max(max(abs(float(reading.data[0, 1])) for reading in clean), 1e-6)
    velocity = [(r.stamp, float(r.data[0, 1]) / fastest) for r in readings]
    error = [(r.stamp, 1.5 + float(r.data[0, 0]) - true[r.stamp]) for r in readings if r.stamp in true]
    return _traces([velocity, error], _span(clean), (-1.5, 2.5))


def _fingers(readings: Sequence[Reading], clean: Sequence[Reading]) -> Markup:
    """Plot the goal of the last joint, a finger's, from 0 to 5 cm, and its effort above it, from 0 to 40 N."""
    goals = [(r.stamp, float(r.data[-1, 0]) / 0.05) for r in readings]
    efforts = [(r.stamp, 1.2 + float(r.data[-1, 1]) / 40.0) for r in readings]
    return _traces([goals, efforts], _span(clean), (-0.1, 2.3))


def _way(readings: Sequence[Reading], clean: Sequence[Reading]) -> Markup:
    places = np.array([reading.data[:2] for reading in clean], dtype=float)
    centre, reach = places.mean(axis=0), max(float(np.ptp(places, axis=0).max()), 0.5) * 1.2

    def points(sequence: Sequence[Reading]) -> str:
        at = [(reading.data[:2] - centre) / reach for reading in sequence]
        return " ".join(f"{SIZE / 2 - SIZE * y:.1f},{SIZE / 2 - SIZE * x:.1f}" for x, y in at)

    true = f'<polyline class="clean" points="{points(clean)}"/>'
    return _svg(true + f'<polyline class="line" points="{points(readings)}"/>')


def _traces(
    lines: Sequence[Sequence[tuple[float, float]]], span: tuple[float, float], limits: tuple[float, float]
) -> Markup:
    (start, end), (low, high) = span, limits
    parts = []
    for number, line in enumerate(lines):
        points = " ".join(
            f"{SIZE * (stamp - start) / (end - start):.1f},{SIZE * (1.0 - (value - low) / (high - low)):.1f}"
            for stamp, value in line
            if math.isfinite(value)
        )
        parts.append(f'<polyline class="line{" second" if number else ""}" points="{points}"/>')
    return _svg("".join(parts))


def _svg(content: str) -> Markup:
    return Markup(f'<svg viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}" aria-hidden="true">{content}</svg>')
