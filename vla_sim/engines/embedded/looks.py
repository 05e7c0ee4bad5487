"""SDF materials as MuJoCo materials and textures."""

from __future__ import annotations

from pathlib import Path

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import InputError
from vla_sim.sdf.scene import Material, Rgba

MAX_TEXTURE = 1024
"""Larger textures are shrunk to this edge length [pixels]."""

PLAIN: Rgba = (0.5, 0.5, 0.5, 1.0)
"""The colour that MuJoCo reads as "take the material's": every material gets it, every geom carries its own."""


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image file as RGB, at most ``MAX_TEXTURE`` pixels wide and high.

    Raises:
        InputError: the file is missing or no image.
    """
    try:
        raw = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise InputError(f"texture cannot be read: {error.strerror}", file=path) from error
    image = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    if image is None:
        raise InputError("texture is no image that OpenCV reads; use PNG or JPEG", file=path)
    longest = max(image.shape[:2])
    if longest > MAX_TEXTURE:
        height, width = (max(1, round(edge * MAX_TEXTURE / longest)) for edge in image.shape[:2])
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    rgb: NDArray[np.uint8] = np.ascontiguousarray(image[:, :, ::-1])
    return rgb


def colour(material: Material, transparency: float = 0.0) -> Rgba:
    """Return the colour of a surface: its diffuse colour, or what it emits where that is black."""
    source = material.diffuse
    if max(source[:3]) <= 0 < max(material.emissive[:3]):
        source = material.emissive
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in source[:3])
    return (red, green, blue, min(1.0, max(0.0, material.diffuse[3] * (1 - transparency))))


class Looks:
    """The materials of a model description in the making; equal looks share one."""

    def __init__(self, spec: mujoco.MjSpec):
        self._spec = spec
        self._materials: dict[tuple[object, ...], str] = {}
        self._textures: dict[Path, str] = {}
        self.images: dict[str, NDArray[np.uint8]] = {}

    def material(self, material: Material, repeat: tuple[float, float] = (1.0, 1.0)) -> str:
        """Return the name of the MuJoCo material; ``repeat`` is how often a texture repeats along u and v."""
        specular = min(0.4, max(material.specular[:3]))
        emission = min(1.0, max(material.emissive[:3]))
        if material.texture is None:
            repeat = (1.0, 1.0)
        key = (specular, emission, material.texture, repeat)
        if key not in self._materials:
            name = f"material {len(self._materials)}"
            made = self._spec.add_material(
                name=name,
                rgba=PLAIN,
                specular=specular,
                shininess=0.3,
                emission=emission,
                reflectance=0.0,
                texrepeat=repeat,
            )
            if material.texture is not None:
                made.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = self._texture(material.texture)
            self._materials[key] = name
        return self._materials[key]

    def _texture(self, path: Path) -> str:
        if path not in self._textures:
            image = read_image(path)
            name = f"texture {len(self._textures)}"
            texture = self._spec.add_texture(
                name=name,
                type=mujoco.mjtTexture.mjTEXTURE_2D,
                width=image.shape[1],
                height=image.shape[0],
                nchannel=3,
            )
            # As a keyword, MuJoCo 3.17 takes a list of numbers only.
            texture.data = image.tobytes()
            self._textures[path] = name
            self.images[name] = image
        return self._textures[path]
