import itertools
import json
import re
from importlib import resources

import pytest
from bench_doubles import LineEnv, make_plan
from lxml import html

from vla_sim.bench.ledger import MAPS, REPORT, TRIALS, open_ledger
from vla_sim.bench.record import read_records
from vla_sim.bench.reliance import removal
from vla_sim.bench.runner import run_plan
from vla_sim.bench.schema import Gate
from vla_sim.bench.workforce import RunOptions
from vla_sim.report import html as report_html
from vla_sim.report.folder import write_reports

FLOOR = {
    "bounds": [-4.0, -1.0, 2.0, 1.0],
    "footprints": [{"points": [[-4, 1], [2, 1]], "radius": 0.1}, {"points": [[0, 0.5]], "radius": 0.2}],
    "rooms": [{"name": "the <b>hall</b>", "areas": [[-4, -1, 2, 1]]}],
}


def make_run(folder, agent="Walker", **plan):
    plan = make_plan(f"bench_doubles:{agent}", **plan)
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, RunOptions(jobs=0), lambda record: None, LineEnv)
    (folder / MAPS).mkdir(exist_ok=True)
    (folder / MAPS / "line.json").write_text(json.dumps(FLOOR))
    return plan


def page_of(folder):
    write_reports(folder)
    return html.fromstring((folder / REPORT).read_text(encoding="utf-8"))


@pytest.fixture
def page(tmp_path):
    make_run(tmp_path)
    return page_of(tmp_path)


def test_the_page_needs_nothing_but_itself(page, tmp_path):
    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    assert re.findall(r"https?://|url\(|@import|//cdn", text) == []
    for attribute in ("src", "href"):
        for value in page.xpath(f"//@{attribute}"):
            assert value.startswith(("data:", "#"))


def test_the_page_can_be_read_by_everyone(page):
    assert page.get("lang") == "en"
    assert page.xpath("//meta[@name='viewport']")
    headings = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3")]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))
    assert all(image.get("alt") for image in page.xpath("//img"))
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in page.xpath("//svg"))
    assert all(control.xpath("ancestor::label") for control in page.xpath("//select|//input"))
    assert all(cell.get("scope") for cell in page.xpath("//th"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme):
    css = resources.files("vla_sim.report").joinpath("templates/report.css").read_text()
    blocks = re.findall(r":root \{([^}]*)\}", css)
    colours = dict(re.findall(r"--(\w+): (#\w+)", blocks[0]))
    if scheme == "dark":
        colours |= dict(re.findall(r"--(\w+): (#\w+)", blocks[1]))
    for ground in ("page", "card"):
        for ink in ("ink", "soft", "accent", "good", "bad", "odd", "idle"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)  # WCAG 2.1, level AA


def contrast(first, second):
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_trial_has_its_row_with_pictures(page, tmp_path):
    records = read_records(tmp_path / TRIALS)
    rows = page.xpath("//details[contains(@class, 'trial')]")
    assert [row.xpath(".//*[@class='id']")[0].text for row in rows] == [record.id for record in records]
    for row, record in zip(rows, records, strict=True):
        assert row.get("data-outcome") == record.outcome
        assert f"vla-sim replay . {record.id} --video" in row.text_content()
        assert "walk to the end" in row.text_content()
        assert len(row.xpath(".//svg[@class='map']")) == len(row.xpath(".//svg[@class='timeline']")) == 1
        assert len(row.xpath(".//img")) == 8
        assert bool(row.xpath(".//*[contains(@class, 'way faulty')]")) == (record.arm == "blackout")
        assert bool(row.xpath(".//*[@class='window']")) == (record.arm == "blackout")
    assert [row.get("data-outcome") for row in rows if "open" in row.attrib] == ["failure"]


def test_the_figures_are_those_of_the_summary(page, tmp_path):
    summary = json.loads((tmp_path / "summary.json").read_text())
    arms = page.xpath("//div[@class='arm']")
    assert [arm.xpath("./*[@class='name']")[0].text for arm in arms] == list(summary["arms"])
    for arm, figures in zip(arms, summary["arms"].values(), strict=True):
        assert f"{figures['success']:.0%}" in arm.text_content()
        assert f"n {figures['counted']}" in arm.text_content()


def test_text_from_outside_stays_text(tmp_path):
    make_run(tmp_path)
    ledger = tmp_path / TRIALS
    ledger.write_text(ledger.read_text().replace("walk to the end", "</script><script>alert(1)</script>"))
    page = page_of(tmp_path)
    assert "alert(1)" not in "".join(page.xpath("//script/text()"))
    assert page.xpath("//*[@class='words' and contains(text(), 'alert(1)')]")
    assert page.xpath("//*[@class='room-name']")[0].text == "the <b>hall</b>"


def test_errors_and_missing_trials_are_told_apart_from_failures(tmp_path):
    make_run(tmp_path, "Raises", trials=4)
    ledger = tmp_path / TRIALS
    ledger.write_text("".join(ledger.read_text().splitlines(keepends=True)[:-2]))
    page = page_of(tmp_path)
    outcomes = [row.get("data-outcome") for row in page.xpath("//details[contains(@class, 'trial')]")]
    assert outcomes.count("harness_error") > 0
    assert outcomes[-2:] == ["not_executed"] * 2
    assert "Not valid" in page.xpath("//*[contains(@class, 'verdict')]")[0].text_content()


def test_a_large_run_keeps_the_pictures_of_what_went_wrong(tmp_path, monkeypatch):
    make_run(tmp_path)
    monkeypatch.setattr(report_html, "PICTURE_BUDGET", 70_000)
    page = page_of(tmp_path)
    assert (tmp_path / REPORT).stat().st_size < 70_000 + 60_000
    pictured = {
        outcome: [bool(row.xpath(".//img")) for row in page.xpath(f"//details[@data-outcome='{outcome}']")]
        for outcome in ("success", "failure")
    }
    assert any(pictured["failure"])
    assert not all(pictured["success"])


def test_films_are_shown_where_there_are_some(tmp_path):
    make_run(tmp_path)
    film = tmp_path / "videos/walk0/clean/000.mp4"
    film.parent.mkdir(parents=True)
    film.write_bytes(b"film")
    assert page_of(tmp_path).xpath("//video/@src") == ["videos/walk0/clean/000.mp4"]


def test_recordings_are_linked_where_there_are_some(tmp_path):
    make_run(tmp_path)
    recording = tmp_path / "trials/walk0/blackout/001.mcap"
    recording.write_bytes(b"recording")
    page = page_of(tmp_path)
    links = page.xpath("//details//a/@href")
    assert links == ["trials/walk0/blackout/001.mcap"]
    (row,) = page.xpath("//details[.//a]")
    assert row.xpath(".//*[@class='id']")[0].text == "walk0/blackout/001"


def test_every_section_is_in_the_navigation(tmp_path):
    arms = {"clean": (), "without-camera": (removal("camera"),)}
    make_run(tmp_path / "removals", arms=arms, cells=1, gates={"clean": Gate(min_success=0.5)})
    make_run(tmp_path / "plain", arms={"clean": ()})
    for name in ("removals", "plain"):
        page = page_of(tmp_path / name)
        links = [link.removeprefix("#") for link in page.xpath("//nav//a/@href")]
        assert links == page.xpath("//main/section/@aria-labelledby")


def test_trials_can_be_chosen_by_scenario_and_fault(page, tmp_path):
    records = read_records(tmp_path / TRIALS)
    rows = page.xpath("//details[contains(@class, 'trial')]")
    for row, record in zip(rows, records, strict=True):
        assert row.get("data-scenario") == record.scenario
        assert row.get("data-faults") == ("none" if record.arm == "clean" else "camera:blackout")
    assert page.xpath("//select[@id='scenario']/option/text()") == ["all", "walk0", "walk1"]
    assert page.xpath("//select[@id='fault']/option/text()") == ["all", "none", "camera:blackout"]


def test_without_scripts_there_are_no_controls_that_do_nothing(page):
    (tools,) = page.xpath("//*[@id='tools']")
    assert "hidden" in tools.attrib
    assert {control.getparent().getparent().get("id") for control in page.xpath("//select|//input")} == {"tools"}


def test_the_same_run_gives_the_same_page(tmp_path):
    for name in ("one", "two"):
        make_run(tmp_path / name)
        write_reports(tmp_path / name)
    assert (tmp_path / "one" / REPORT).read_bytes() == (tmp_path / "two" / REPORT).read_bytes()


def test_a_run_of_removals_shows_what_the_agent_uses(tmp_path):
    make_run(tmp_path, arms={"clean": (), "without-camera": (removal("camera"),)}, cells=1)
    (section,) = page_of(tmp_path).xpath("//section[@aria-labelledby='reliance']")
    assert section.xpath(".//tbody/tr/th[@scope='row']/text()") == ["camera", "camera"], "of all, and of one scenario"


def test_another_run_has_no_such_section(page):
    assert not page.xpath("//section[@aria-labelledby='reliance']")
