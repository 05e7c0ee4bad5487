"""Write the models ``arm`` and ``mobile_arm``: ``python robots/build.py [--check]``.

``--check`` writes nothing and exits with 1 if a file here is not what the builder makes. The rover is written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from builder import whole
from builder.xml import config

HERE = Path(__file__).resolve().parent


def texts() -> dict[str, str]:
    """Return every file by its path from here."""
    return {
        "arm/model.sdf": whole.standing(),
        "arm/model.config": config(
            "arm",
            "A six-axis arm with a parallel gripper: RGB-D cameras above and at the wrist, force and touch.",
        ),
        "mobile_arm/model.sdf": whole.mobile(HERE / "rover" / "model.sdf"),
        "mobile_arm/model.config": config("mobile_arm", "The arm on a column on the rover, with the senses of both."),
    }


def stale() -> list[str]:
    """Return the files here that are not what the builder makes."""
    return [
        name
        for name, text in texts().items()
        if not (HERE / name).is_file() or (HERE / name).read_text(encoding="utf-8") != text
    ]


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        outdated = stale()
        print("\n".join(f"out of date: {name}" for name in outdated) or "up to date")
        sys.exit(1 if outdated else 0)
    for name, text in texts().items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text, encoding="utf-8")
