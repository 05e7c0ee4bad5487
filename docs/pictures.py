"""Makes the pictures of the documents anew: ``make pictures``. Needs ``chromium``, which draws the two pages."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from jinja2 import Template

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.envs.env import VlaSimEnv
from vla_sim.faults import KINDS
from vla_sim.faults.kind import LEVELS
from vla_sim.report.samples import Samples
from vla_sim.report.thumbnail import thumbnail
from vla_sim.sdf import load_world

DOCS = Path(__file__).parent
ROOT, IMAGES, DEMO = DOCS.parent, DOCS / "images", DOCS.parent / "runs" / "demo"
WORLDS = ("arena", "apartment", "warehouse")
WORLD_SIZE = (640, 437)
KITCHEN_SIZE = (1100, 700)
MARGIN = 20
"""Pixels that are drawn and cut off on each side: the engine's view of a world leaves some room around it."""
LAYOUTS = (("put_in", 3), ("push_to", 1), ("open_drawer", 2))
FAULTS = (
    "camera.gaussian_noise", "camera.overexposure", "camera.motion_blur", "camera.jpeg", "camera.dirt", "weather.fog",
    "camera.cracked_lens", "weather.rain", "camera.mount_rotation", "weather.snow",
)  # fmt: skip
FAULTS_SIZE, REPORT_SIZE = (1592, 782), (1180, 1560)
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 82]
PAGE = Template("""<!doctype html><style>
body { margin: 4px; display: grid; grid-template-columns: 1fr 1fr; gap: 3px 8px; font: 14px/20px sans-serif; }
div { display: grid; grid-template-columns: repeat(6, 128px); gap: 4px; }
b { grid-column: 1 / -1; font-weight: 400; }
img { width: 128px; height: 128px; image-rendering: pixelated; }
</style>{% for name, pictures in rows %}
<div><b>{{ name }}</b>{% for picture in pictures %}{{ picture }}{% endfor %}</div>
{% endfor %}""")


def worlds() -> None:
    """Draw every shipped world from above, side by side."""
    pictures = []
    for name in WORLDS:
        with EmbeddedEngine() as engine:
            engine.load(load_world(ROOT / "worlds" / f"{name}.sdf"), sensors=[])
            picture = engine.render(WORLD_SIZE[0] + 2 * MARGIN, WORLD_SIZE[1] + 2 * MARGIN)
            pictures.append(picture[MARGIN:-MARGIN, MARGIN:-MARGIN])
    cv2.imwrite(str(IMAGES / "worlds.jpg"), np.hstack(pictures)[:, :, ::-1], QUALITY)


def tabletop() -> None:
    """Draw some layouts of the tabletop, as ``render`` shows them, side by side."""
    env = VlaSimEnv("tabletop", "put_in", sensors=[], render_mode="rgb_array", render_size=WORLD_SIZE)
    pictures = []
    for task, seed in LAYOUTS:
        env.reset(seed=seed, options={"task": task})
        picture = env.render()
        assert picture is not None
        pictures.append(picture)
    env.close()
    cv2.imwrite(str(IMAGES / "tabletop.jpg"), np.hstack(pictures)[:, :, ::-1], QUALITY)


def kitchen() -> None:
    """Draw the kitchen from above."""
    with EmbeddedEngine() as engine:
        engine.load(load_world(ROOT / "worlds" / "kitchen.sdf"), sensors=[])
        cv2.imwrite(str(IMAGES / "kitchen.jpg"), engine.render(*KITCHEN_SIZE)[:, :, ::-1], QUALITY)


def faults(chromium: str, scratch: Path) -> None:
    """Draw some kinds, clean and at each level, on one picture of the gallery's drive."""
    samples = Samples()
    clean = samples.readings["rgb"]
    stream = samples.streams[clean[0].sensor]
    rows = [
        (name, [thumbnail("rgb", stream, samples.faulted(KINDS[name], "rgb", level), clean) for level in (0, *LEVELS)])
        for name in FAULTS
    ]
    page, picture = scratch / "faults.html", scratch / "faults.png"
    page.write_text(PAGE.render(rows=rows), encoding="utf-8")
    photograph(chromium, page, picture, FAULTS_SIZE)
    cv2.imwrite(str(IMAGES / "faults.jpg"), cv2.imread(str(picture)), QUALITY)


def report(chromium: str) -> None:
    """Run the demo, or what is left of it, and draw the top of its report."""
    program = Path(sys.executable).with_name("vla-sim")
    suite = ROOT / "scenarios" / "demo.yaml"
    run = subprocess.run([program, "run", suite, "--agent", "classical", "--jobs", "2", "--out", DEMO])
    if run.returncode not in (0, 1):
        sys.exit("the demo did not run; see above")
    photograph(chromium, DEMO / "report.html", IMAGES / "report.png", REPORT_SIZE)


def photograph(chromium: str, page: Path, picture: Path, size: tuple[int, int]) -> None:
    """Take a picture of the top of a page, in the light."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=10000"]
    size_option, target = f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}"
    subprocess.run([chromium, *options, size_option, target, page.as_uri()], check=True, capture_output=True)


def main() -> None:
    """Make them all."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("needs chromium, which draws the pages; install it with apt-get install chromium")
    worlds()
    tabletop()
    kitchen()
    with tempfile.TemporaryDirectory() as scratch:
        faults(chromium, Path(scratch))
    report(chromium)


if __name__ == "__main__":
    main()
