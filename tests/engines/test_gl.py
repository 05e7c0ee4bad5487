import subprocess
import sys
from pathlib import Path

import pytest

START = """
import ctypes, os, sys

class Sparse(ctypes.CDLL):
    def __init__(self, name, *rest, **options):
        if str(name).startswith(MISSING):
            raise OSError(f"{name}: cannot open shared object file")
        super().__init__(name, *rest, **options)

ctypes.CDLL = ctypes.cdll._dlltype = Sparse
sys.path.insert(0, HERE)
import engine_scenes as scenes
from vla_sim.engines.embedded import EmbeddedEngine, gl

with EmbeddedEngine() as engine:
    engine.load(scenes.world(scenes.ground(), scenes.rover()), sensors=["camera"])
    image = engine.step(0.1)[0].data
print(gl.BACKEND, os.environ["MUJOCO_GL"], image.std() > 5)
"""


def start(*missing: str, **environment: str) -> list[str]:
    """Return the library chosen, what mujoco is told, and whether a camera sees something."""
    lines = [f"MISSING = {missing!r}", f"HERE = {str(Path(__file__).parent)!r}", START]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], env={"LP_NUM_THREADS": "0"} | environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


@pytest.mark.parametrize(
    "missing",
    [
        ("libGL", "libOpenGL", "libOSMesa"),
        ("libEGL", "libOSMesa"),
        ("libEGL", "libGL", "libOpenGL", "libOSMesa"),
    ],
    ids=["EGL alone", "OpenGL alone", "nothing"],
)
def test_rays_where_a_library_is_missing(missing: tuple[str, ...]) -> None:
    assert start(*missing) == ["disable", "disable", "True"]


@pytest.mark.parametrize("asked", ["egl", "osmesa", "nonsense"])
def test_rays_where_what_is_asked_for_is_missing(asked: str) -> None:
    assert start("libGL", "libOpenGL", "libOSMesa", MUJOCO_GL=asked) == [asked, "disable", "True"]


def test_pyopengl_bound_elsewhere_does_not_break_the_import() -> None:
    assert start("libOSMesa", PYOPENGL_PLATFORM="glx") == ["disable", "disable", "True"]
