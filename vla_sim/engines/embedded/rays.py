"""Cameras without OpenGL: a ray through each pixel's centre, lit by the world's lights."""

from __future__ import annotations

import math

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded import shapes
from vla_sim.engines.embedded.camera import Picture
from vla_sim.engines.embedded.plan import Built
from vla_sim.engines.embedded.view import Pinhole, View

Floats = NDArray[np.float64]


class RayEye:
    """Takes pictures with ``mj_multiRay``: no shadows, no smoothing, textures on planes and boxes.

    The link that carries a camera is invisible to it: from inside, rays would hit its inner faces.
    """

    def __init__(self, built: Built, data: mujoco.MjData):
        self._model, self._data = built.model, data
        self._known: dict[Pinhole, Floats] = {}
        self._texture = _textures(built)
        self._average = {geom: image.reshape(-1, 3).mean(axis=0) / 255 for geom, image in self._texture.items()}

    def picture(self, view: View, rgb: bool, depth: bool) -> Picture:
        """Take a picture of the world as it stands."""
        shape = (view.height, view.width)
        rays, world = self._rays(view)
        geom, distance, normal = self._cast(view, rays, world)
        along = np.where(geom >= 0, distance * -rays[:, 2], np.inf)
        geom[along > view.far] = -1
        image = self._colours(view.camera, world, geom, distance, normal) if rgb else None
        return Picture(
            None if image is None else (image * 255 + 0.5).astype(np.uint8).reshape(*shape, 3),
            along.astype(np.float32).reshape(shape) if depth else None,
        )

    def geoms(self, view: View) -> NDArray[np.int32]:
        """Return the geom that each pixel shows, -1 for none."""
        geom, _, _ = self._cast(view, *self._rays(view))
        return geom.reshape(view.height, view.width)

    def _rays(self, view: View) -> tuple[Floats, Floats]:
        """Return unit vectors through the pixels' centres, shape (pixels, 3): in the camera's frame, in the world's."""
        if view.pinhole not in self._known:
            width, height, fx, fy, cx, cy = view.pinhole
            x = (np.arange(width) + 0.5 - cx) / fx
            y = (np.arange(height) + 0.5 - cy) / fy
            across, down = np.meshgrid(x, y)
            rays = np.stack([across, -down, -np.ones_like(across)], axis=-1).reshape(-1, 3)
            self._known[view.pinhole] = rays / np.linalg.norm(rays, axis=1, keepdims=True)
        local = self._known[view.pinhole]
        return local, local @ self._data.cam_xmat[view.camera].reshape(3, 3).T

    def _cast(self, view: View, rays: Floats, world: Floats) -> tuple[NDArray[np.int32], Floats, Floats]:
        count = len(rays)
        geom, distance, normal = np.empty(count, dtype=np.int32), np.empty(count), np.empty(3 * count)
        cutoff = view.far / float(np.min(-rays[:, 2]))
        body = int(self._model.cam_bodyid[view.camera])
        mujoco.mj_multiRay(
            self._model,
            self._data,
            self._data.cam_xpos[view.camera],
            world.ravel(),
            shapes.RAY_GROUPS,
            True,
            body if body > 0 else -1,
            geom,
            distance,
            normal,
            count,
            cutoff,
        )
        return geom, distance, normal.reshape(-1, 3)

    def _colours(self, camera: int, rays: Floats, geom: NDArray[np.int32], distance: Floats, normal: Floats) -> Floats:
        model = self._model
        background = _background(model)
        image = np.tile(background, (len(rays), 1))
        hit = geom >= 0
        if not np.any(hit):
            return image
        shown = geom[hit]
        points = self._data.cam_xpos[camera] + rays[hit] * distance[hit, None]
        facing = normal[hit] * -np.sign(np.einsum("ij,ij->i", normal[hit], rays[hit]))[:, None]
        light = self._light(points, facing)
        emission = np.where(model.geom_matid[shown] >= 0, model.mat_emission[model.geom_matid[shown]], 0.0)
        image[hit] = np.clip(self._surface(shown, points) * (light + emission[:, None]), 0, 1)
        return image

    def _surface(self, geom: NDArray[np.int32], points: Floats) -> Floats:
        colours: Floats = self._model.geom_rgba[geom, :3].astype(np.float64)
        for textured in self._texture.keys() & set(np.unique(geom).tolist()):
            where = geom == textured
            uv = self._uv(textured, points[where])
            if uv is None:
                colours[where] *= self._average[textured]
                continue
            image = self._texture[textured]
            column = (uv[:, 0] % 1.0 * image.shape[1]).astype(int).clip(0, image.shape[1] - 1)
            row = ((1 - uv[:, 1] % 1.0) * image.shape[0]).astype(int).clip(0, image.shape[0] - 1)
            colours[where] *= image[row, column] / 255
        return colours

    def _uv(self, geom: int, points: Floats) -> Floats | None:
        model = self._model
        local = (points - self._data.geom_xpos[geom]) @ self._data.geom_xmat[geom].reshape(3, 3)
        size = model.geom_size[geom]
        if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_PLANE:
            tiles = (shapes.tiles(2 * size[0]), shapes.tiles(2 * size[1]))
            on_plane: Floats = (local[:, :2] / (2 * size[:2]) + 0.5) * tiles
            return on_plane
        if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_BOX:
            return None
        unit = local / size
        axis = np.argmax(np.abs(unit), axis=1)
        side = np.sign(unit[np.arange(len(unit)), axis])
        uv = np.empty((len(unit), 2))
        # As surfaces._box lays the picture on each face.
        for k, (right, up) in enumerate((((1, 1), (2, 0)), ((0, -1), (2, 0)), ((1, 0), (0, 1)))):
            face = axis == k
            across = side[face] * right[1] if right[1] else -np.ones(int(face.sum()))
            along = side[face] * up[1] if up[1] else np.ones(int(face.sum()))
            uv[face, 0] = (across * unit[face, right[0]] + 1) / 2 * shapes.tiles(2 * size[right[0]])
            uv[face, 1] = (along * unit[face, up[0]] + 1) / 2 * shapes.tiles(2 * size[up[0]])
        return uv

    def _light(self, points: Floats, normals: Floats) -> Floats:
        model, data = self._model, self._data
        total: Floats = np.tile(np.asarray(model.vis.headlight.ambient, dtype=np.float64), (len(points), 1))
        total += np.asarray(model.vis.headlight.diffuse, dtype=np.float64)
        for k in range(model.nlight):
            direction = data.light_xdir[k]
            if model.light_type[k] == mujoco.mjtLightType.mjLIGHT_DIRECTIONAL:
                total += np.maximum(normals @ -direction, 0)[:, None] * model.light_diffuse[k]
                continue
            beam = points - data.light_xpos[k]
            away = np.maximum(np.linalg.norm(beam, axis=1), 1e-6)
            beam /= away[:, None]
            constant, linear, quadratic = model.light_attenuation[k]
            strength = np.maximum(np.einsum("ij,ij->i", normals, -beam), 0)
            strength /= np.maximum(constant + linear * away + quadratic * away**2, 1e-6)
            strength[away > model.light_range[k]] = 0
            if model.light_type[k] == mujoco.mjtLightType.mjLIGHT_SPOT:
                along = beam @ direction
                strength *= np.where(
                    along >= math.cos(math.radians(model.light_cutoff[k])),
                    np.maximum(along, 0) ** model.light_exponent[k],
                    0,
                )
            total += strength[:, None] * model.light_diffuse[k]
        return total


def _background(model: mujoco.MjModel) -> Floats:
    """Return the mean colour of the sky box."""
    sky = np.flatnonzero(model.tex_type == mujoco.mjtTexture.mjTEXTURE_SKYBOX)
    if not len(sky):
        return np.zeros(3)
    start = int(model.tex_adr[sky[0]])
    count = int(model.tex_width[sky[0]] * model.tex_height[sky[0]] * 3)
    mean: Floats = model.tex_data[start : start + count].reshape(-1, 3).mean(axis=0) / 255
    return mean


def _textures(built: Built) -> dict[int, NDArray[np.uint8]]:
    """Return the image on each textured geom that rays hit."""
    model = built.model
    role = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)
    found = {}
    for geom in range(model.ngeom):
        material = int(model.geom_matid[geom])
        texture = -1 if material < 0 else int(model.mat_texid[material, role])
        if texture >= 0 and shapes.RAY_GROUPS[min(model.geom_group[geom], 5)]:
            found[geom] = built.textures[model.texture(texture).name]
    return found
