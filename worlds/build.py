"""Write the worlds, their semantics, the object models and all textures: ``python worlds/build.py [--check]``.

``--check`` writes nothing and exits with 1 if a file here is not what the builder makes. Texts are compared to the
byte; pictures by their pixels to within 3 of 255, as resampling may round otherwise on another processor.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from builder import apartment, arena, kitchen, objects, pictures, tabletop, warehouse
from builder.place import Place
from builder.textures import Image

HERE = Path(__file__).resolve().parent
PLACES = (arena.build, apartment.build, warehouse.build, tabletop.build, kitchen.build)


def texts(places: Sequence[Place]) -> dict[str, str]:
    """Return every text file by its path from here."""
    files: dict[str, str] = {}
    for place in places:
        files[f"{place.name}.sdf"] = place.sdf
        files[f"{place.name}.yaml"] = place.yaml()
        files.update(place.meshes)
    for colour in objects.COLOURS:
        for noun in objects.NOUNS:
            model = objects.model(colour, noun)
            for name, text in model.folder(f"A {colour} {noun}.").items():
                files[f"models/{model.name}/{name}"] = text
            if noun == "cone":
                files[f"models/{model.name}/meshes/cone.obj"] = objects.cone_obj()
    for colour, noun in objects.PICTURES:
        model = objects.board(colour, noun)
        for name, text in model.folder(f"A life-size picture of a {colour} {noun} on a thin board.").items():
            files[f"models/{model.name}/{name}"] = text
        cutout = pictures.cutout(noun, pictures.picture(colour, noun), objects.THICKNESS)
        files[f"models/{model.name}/meshes/picture.obj"] = cutout.obj("picture")
    return files


def images(places: Sequence[Place]) -> dict[str, Image]:
    """Return every picture by its path from here."""
    files: dict[str, Image] = {}
    for place in places:
        for name, image in place.textures.items():
            files[f"materials/textures/{name}.png"] = image
    for colour, noun in objects.PICTURES:
        files[f"models/{colour}_{noun}_picture/materials/textures/picture.png"] = pictures.picture(colour, noun)
    return files


def _same_picture(path: Path, image: Image) -> bool:
    there = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if there is None or there.shape != image.shape:
        return False
    return bool(np.abs(there[..., ::-1].astype(int) - image).max() <= 3)


def stale(places: Sequence[Place]) -> list[str]:
    """Return the paths of files here that are not what the builder makes."""
    old = [
        name
        for name, text in texts(places).items()
        if not (HERE / name).is_file() or (HERE / name).read_text(encoding="utf-8") != text
    ]
    return old + [name for name, image in images(places).items() if not _same_picture(HERE / name, image)]


def write(places: Sequence[Place]) -> None:
    """Write every file."""
    for name, text in texts(places).items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text, encoding="utf-8")
    for name, image in images(places).items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(HERE / name), image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    built = [build() for build in PLACES]
    if "--check" in sys.argv[1:]:
        outdated = stale(built)
        print("\n".join(f"out of date: {name}" for name in outdated) or "up to date")
        sys.exit(1 if outdated else 0)
    write(built)
