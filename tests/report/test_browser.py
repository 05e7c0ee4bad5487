"""The pages in a real browser: nothing on its console, and axe finds nothing serious, in the light and in the dark.

``.ci/run`` installs Chromium and axe and says where axe is; there a missing one is a failure. Elsewhere the tests are
skipped with the reason.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from search_doubles import random_responder, search_plan

from vla_sim.bench.search.hunt import hunt
from vla_sim.bench.search.prober import Prober
from vla_sim.bench.search.result import search_result
from vla_sim.report.gallery import gallery_text
from vla_sim.report.search_page import search_page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

AXE = "VLA_SIM_AXE"
SUITE = """
name: pages
seed: 3
defaults: {world: arena, task: turn_by_angle, trials: 2}
scenarios:
  - name: turns
    arms:
      drift: {faults: [{target: imu, kind: bias}], severities: [0.2, 0.6, 1.0]}
      gone: {target: imu, kind: frame_drop, onset: 1.0, duration: 1.0}
    gates: {clean: {min_success: 0.9}, gone: {max_drop: 0.0}}
"""
PROFILE = """
name: pages
stages:
  - {stage: suite, suite: suite.yaml, gates: {clean: {min_success: 0.0}}}
  - {stage: bags, required: false}
"""
PROBE = """
<script>%s</script>
<script>
axe.run().then(found => {
  const result = document.createElement("pre");
  result.id = "axe-result";
  const told = found.violations.map(one => [one.id, one.impact, one.nodes.map(node => node.html)]);
  result.textContent = JSON.stringify(told);
  document.body.appendChild(result);
});
</script>
</body>
"""
PHONE = """
<!doctype html><html><body><iframe src="page.html" width="360" height="800" style="border: 0"></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const result = document.createElement("pre");
  result.id = "widths";
  const root = frame.contentDocument.documentElement;
  result.textContent = `${root.scrollWidth} ${frame.contentWindow.innerWidth}`;
  document.body.appendChild(result);
};
</script></body></html>
"""


PAGES = ("report", "gallery", "search", "validation", "score")


@pytest.fixture(scope="module")
def browser():
    chromium, axe = shutil.which("chromium"), os.environ.get(AXE)
    if axe and chromium and Path(axe).is_file():
        return chromium, Path(axe).read_text(encoding="utf-8")
    if axe:
        pytest.fail(f"{AXE} is set, but there is no {'file ' + axe if chromium else 'chromium'}")
    pytest.skip(f"needs Chromium, and axe.min.js of the npm package axe-core named by {AXE}")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "suite.yaml").write_text(SUITE)
    run = folder / "run"
    command = ["run", str(folder / "suite.yaml"), "--agent", "classical", "--jobs", "2", "--out", str(run)]
    program = Path(sys.executable).with_name("vla-sim")
    finished = subprocess.run([program, *command], capture_output=True, text=True, timeout=600)
    assert finished.returncode in (0, 1), finished.stderr
    (folder / "gallery.html").write_text(gallery_text(), encoding="utf-8")
    (folder / "profile.yaml").write_text(PROFILE)
    validation = folder / "validation"
    command = ["validate", "--agent", "classical", "--profile", str(folder / "profile.yaml"), "--out", str(validation)]
    finished = subprocess.run([program, *command], capture_output=True, text=True, timeout=600)
    assert finished.returncode == 0, finished.stderr
    recorded = folder / "recorded"
    command = ["run", str(folder / "suite.yaml"), "--agent", "classical", "--trials", "1", "--record", "all"]
    subprocess.run([program, *command, "--out", str(recorded)], capture_output=True, timeout=600)
    score = folder / "score"
    bag = next(recorded.rglob("*.mcap"))
    command = ["ros", "score", str(bag), "--agent", "classical", "--fault", "imu:bias@L5", "--max-difference", "1"]
    finished = subprocess.run([program, *command, "--out", str(score)], capture_output=True, text=True, timeout=600)
    assert finished.returncode == 0, finished.stderr
    (folder / "search.html").write_text(searched(), encoding="utf-8")
    return {
        "report": run / "report.html",
        "gallery": folder / "gallery.html",
        "search": folder / "search.html",
        "validation": validation / "validation.html",
        "score": score / "score.html",
    }


def searched():
    """Return the page of a search over an agent of known success."""
    plan = search_plan(threshold=0.6, onsets=(0.0, 2.0))
    prober = Prober(plan, random_responder(plan, 3).run)
    found = hunt(plan, prober)
    assert found.found is not None
    return search_page(plan, prober.verdicts, found, search_result(plan, prober, found))


def opened(chromium, page, *options):
    shown = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000",
         "--enable-logging=stderr", *options, "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return shown.stdout, [line for line in shown.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("name", PAGES)
def test_the_console_stays_empty(browser, pages, name):
    chromium, _ = browser
    dom, console = opened(chromium, pages[name])
    assert "</html>" in dom
    assert console == []


@pytest.mark.parametrize(
    ("control", "value", "shown"),
    [("fault", "imu:bias", 6), ("fault", "none", 2), ("scenario", "turns", 10), ("search", "gone/001", 1)],
)
def test_trials_are_chosen(browser, pages, tmp_path, control, value, shown):
    chromium, _ = browser
    choose = f"""<script>
    const control = document.getElementById("{control}");
    control.value = "{value}";
    control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input"));
    </script></body>"""
    page = tmp_path / "page.html"
    page.write_text(pages["report"].read_text(encoding="utf-8").replace("</body>", choose), encoding="utf-8")
    dom, console = opened(chromium, page)
    assert console == []
    rows = re.findall(r'<details class="trial"[^>]*>', dom)
    assert len(rows) == 10
    assert sum(" hidden" not in row for row in rows) == shown
    assert f">{shown} trials</output>" in dom


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(browser, pages, tmp_path, name, scheme):
    chromium, axe = browser
    page = tmp_path / "page.html"
    page.write_text(pages[name].read_text(encoding="utf-8").replace("</body>", PROBE % axe), encoding="utf-8")
    dark = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    dom, _ = opened(chromium, page, *dark)
    result = re.search(r'<pre id="axe-result">(.*?)</pre>', dom, re.DOTALL)
    assert result, "axe did not finish"
    serious = [one for one in json.loads(unescape(result[1])) if one[1] in ("serious", "critical")]
    assert serious == []


@pytest.mark.parametrize("name", ["report", "search"])
def test_on_a_phone_only_tables_and_films_scroll_sideways(browser, pages, tmp_path, name):
    chromium, _ = browser
    # A window of a browser without a screen has a least width of its own; a frame has none.
    page = tmp_path / "phone.html"
    (tmp_path / "page.html").write_bytes(pages[name].read_bytes())
    page.write_text(PHONE)
    dom, _ = opened(chromium, page, "--allow-file-access-from-files")
    told = re.search(r'<pre id="widths">(\d+) (\d+)</pre>', dom)
    assert told, "the page was not measured"
    content, frame = map(int, told.groups())
    assert frame == 360
    assert content <= frame
