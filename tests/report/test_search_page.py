import itertools
import json
import math
import re

import pytest
from lxml import html
from search_doubles import Responder, random_responder, search_plan

from vla_sim.bench.search.hunt import hunt
from vla_sim.bench.search.prober import Prober
from vla_sim.bench.search.result import result_text, search_result
from vla_sim.bench.search.space import total_severity
from vla_sim.faults.spec import FaultSpec
from vla_sim.report.search_chart import Look, descent_chart
from vla_sim.report.search_page import search_page


def searched(plan, run):
    """Search and return the page's text, the page, and what it is made of."""
    prober = Prober(plan, run)
    found = hunt(plan, prober)
    result = search_result(plan, prober, found)
    text = search_page(plan, prober.verdicts, found, result)
    return text, html.fromstring(text), prober, result


def plan_to_shrink(**changes):
    whole = tuple(FaultSpec.model_validate(one) for one in ("camera:blackout", "camera:occlusion", "camera:blur"))
    plan = search_plan(kinds=3, onsets=(0.0,), threshold=0.6, **changes)
    faults = tuple(fault.model_copy(update={"severity": 1.0, "onset": 0.0}) for fault in whole)
    block = plan.search.model_copy(update={"faults": faults})
    return plan.model_copy(update={"search": block, "whole": faults})


@pytest.fixture(scope="module")
def found():
    plan = search_plan(threshold=0.6, onsets=(0.0, 2.0)).model_copy(update={"engine": "embedded"})
    done = searched(plan, random_responder(plan, 3).run)
    assert done[3]["status"] == "found"
    return plan, *done


def cells(page, section):
    rows = page.xpath(f"//section[@aria-labelledby='{section}']//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in rows]


def test_the_page_needs_nothing_but_itself(found):
    _, text, page, _, _ = found
    assert re.findall(r"https?://|url\(|@import|//cdn|<script", text) == []
    for attribute in ("src", "href"):
        assert all(value.startswith(("data:", "#")) for value in page.xpath(f"//@{attribute}"))


def test_the_page_can_be_read_by_everyone(found):
    _, _, page, _, _ = found
    assert page.get("lang") == "en"
    assert page.xpath("//meta[@name='viewport']")
    headings = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3")]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))
    assert all(svg.get("aria-label") for svg in page.xpath("//svg"))
    assert all(cell.get("scope") for cell in page.xpath("//th"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    links = [link.removeprefix("#") for link in page.xpath("//nav//a/@href")]
    assert links == page.xpath("//main/section/@aria-labelledby")
    assert all(table.getparent().get("tabindex") == "0" for table in page.xpath("//table"))


def test_what_was_found_and_how_to_see_it_again_is_told(found):
    plan, _, page, _, result = found
    (verdict,) = page.xpath("//p[contains(@class, 'verdict')]")
    assert verdict.get("class") == "verdict found"
    assert verdict.text_content().startswith("Found camera:")
    assert f": success {result['found']['success']:.0%} (" in verdict.text_content()
    (command,) = page.xpath("//pre/code/text()")
    assert command == f"vla-sim run found.yaml --agent {plan.agent}"
    (row,) = cells(page, "found")
    (fault,) = result["found"]["faults"]
    (values,) = fault["parameters"].values()
    assert row[0].startswith(f"camera:{fault['fault']['kind']}@")
    assert row[1:3] == [f"{fault['severity']:g}", "camera"]
    for name, value in values.items():
        assert f"{name} {value['value']:.4g} {value['unit']}" in row[3]


def test_every_arm_is_there_with_its_verdict_and_evidence(found):
    _, _, page, prober, result = found
    rows = cells(page, "arms")
    assert [row[0] for row in rows] == [one["arm"] for one in result["verdicts"]]
    spent = 0
    for row, verdict in zip(rows, prober.verdicts, strict=True):
        spent += verdict.trials
        assert row[2:4] == [f"{total_severity(verdict.combination):g}", verdict.answer]
        assert row[5].startswith(f"{verdict.successes} of {verdict.trials}")
        assert int(row[7]) == spent
    early = [
        (verdict, float(row[6].replace(",", "").strip("> ")))
        for row, verdict in zip(rows, prober.verdicts, strict=True)
        if verdict.answer != "undecided" and verdict.trials < 50
    ]
    assert early
    assert all(value >= {"fails": 39.0, "passes": 19.0}[verdict.answer] for verdict, value in early)


def test_the_grid_tells_what_was_seen_from_what_follows(found):
    plan, _, page, prober, _ = found
    rows = cells(page, "grid")
    assert len(rows) == len(plan.search.faults) * len(plan.search.onsets)
    assert all(len(row) == 6 for row in rows)
    told = [cell for row in rows for cell in row[1:]]
    grid = set(plan.space.severities)
    seen = [
        one for one in prober.verdicts
        if len(one.combination) == 1 and math.isinf(one.combination[0].duration) and one.combination[0].severity in grid
    ]  # fmt: skip
    assert sum(" of " in cell for cell in told) == len(seen)
    for one in seen:
        (piece,) = one.combination
        row = rows[piece.fault * len(plan.search.onsets) + piece.onset]
        place = plan.space.severities.index(piece.severity)
        assert row[1 + place] == f"{one.answer} {one.successes} of {one.trials}"
        implied = row[2 + place :] if one.fails else row[1 : 1 + place]
        word = "fails" if one.fails else "passes"
        assert all(cell.startswith((word, "undecided" if not one.fails else word)) for cell in implied)
    assert any(cell.endswith("follows") for cell in told)


def test_the_way_down_ends_at_what_was_found(found):
    _, _, page, prober, result = found
    steps = [" ".join(step.text_content().split()) for step in page.xpath("//ol[@class='steps']/li")]
    severities = [float(re.search(r"severity ([\d.]+)", step)[1]) for step in steps]
    assert severities == sorted(severities, reverse=True)
    confirmed = [step for step in steps if "not confirmed" not in step]
    assert severities[steps.index(confirmed[-1])] == result["found"]["total_severity"]
    (chart,) = page.xpath("//svg[@class='chart']")
    probes = [verdict for verdict in prober.verdicts if verdict.combination]
    assert len(chart.xpath(".//path[@class='fails']")) == sum(verdict.fails for verdict in probes)
    assert len(chart.xpath(".//circle[@class='passes']")) == sum(not verdict.fails for verdict in probes)


def test_the_trials_are_held_against_the_grid(found):
    _, _, page, _, result = found
    figures = [
        int(one.replace(",", "")) for one in page.xpath("//section[@aria-labelledby='cost']//strong/text()")
    ]  # fmt: skip
    trials = result["trials"]
    assert figures == [
        result["grid"]["trials"], trials["budget"], trials["verdicts"], trials["confirmations"], trials["total"]
    ]  # fmt: skip
    attempts = cells(page, "confirmations")
    assert [row[5] for row in attempts] == [
        "confirmed" if one["confirmed"] else "not confirmed" for one in result["confirmations"]
    ]


def test_of_a_combination_it_tells_what_became_of_each_fault():
    plan = plan_to_shrink()
    knees = {("blackout", 0.0): 9.0, ("occlusion", 0.0): 0.55, ("blur", 0.0): 9.0}
    _, page, _, result = searched(plan, Responder(knees).run)
    assert result["status"] == "found"
    given = {row[0].split("@")[0]: row[1] for row in cells(page, "smaller")}
    assert given["camera:blackout"] == given["camera:blur"] == "nothing: left out"
    assert given["camera:occlusion"].startswith("camera:occlusion@")
    assert not page.xpath("//section[@aria-labelledby='grid']"), "its grid is of combinations"


@pytest.mark.parametrize(
    ("status", "look", "sections"),
    [
        ("nothing_fails", "passed", ["grid", "arms", "cost"]),
        ("clean_fails", "failed", ["grid", "arms", "cost"]),
        ("errors", "failed", ["cost"]),
    ],
)
def test_a_search_that_found_nothing_says_why(status, look, sections):
    plan = search_plan(threshold=0.6)
    bears_all = random_responder(plan, 1, low=8.0, high=9.0)
    runs = {
        "nothing_fails": bears_all.run,
        "clean_fails": random_responder(plan, 1, clean=0.3).run,
        "errors": lambda trials: (None for _ in trials),
    }
    _, page, _, result = searched(plan, runs[status])
    assert result["status"] == status
    (verdict,) = page.xpath("//p[contains(@class, 'verdict')]")
    assert verdict.get("class") == f"verdict {look}"
    assert page.xpath("//main/section/@aria-labelledby") == sections
    assert not page.xpath("//pre")


def test_what_was_not_confirmed_is_no_find():
    plan = search_plan(threshold=0.6)
    seeds = {trial.seed for trial in plan.confirmation(1, ())} | {trial.seed for trial in plan.confirmation(2, ())}
    responder = random_responder(plan, 3)

    def lucky(trials):
        # Whatever is confirmed succeeds, so that the search finds twins until the budget is spent.
        for trial, succeeded in zip(trials, responder.run(trials), strict=True):
            yield succeeded or trial.seed in seeds

    _, page, _, result = searched(plan, lucky)
    assert not result["confirmations"][0]["confirmed"]
    assert cells(page, "confirmations")[0][5] == "not confirmed"
    assert any("not confirmed on fresh seeds" in step.text_content() for step in page.xpath("//ol/li"))


def test_text_from_outside_stays_text():
    plan = search_plan(threshold=0.6).model_copy(update={"description": "<script>alert(1)</script>", "agent": "a b:C"})
    text, page, _, _ = searched(plan, random_responder(plan, 3).run)
    assert "<script" not in text
    assert page.xpath("//pre/code/text()") == ["vla-sim run found.yaml --agent 'a b:C' --engine double"]


def test_the_same_search_gives_the_same_page(found):
    plan, text, _, _, result = found
    again, _, _, other = searched(plan, random_responder(plan, 3).run)
    assert again == text
    assert result_text(other) == json.dumps(result, indent=2, ensure_ascii=False) + "\n"


def test_the_line_of_the_chart_falls_where_something_milder_fails():
    looks = [Look(10, 1.0, False, "a"), Look(20, 1.0, True, "b"), Look(40, 0.5, False, "c"), Look(50, 0.25, True, "d")]
    chart = html.fromstring(str(descent_chart(looks)))
    points = [tuple(map(float, point.split(","))) for point in chart.xpath(".//polyline/@points")[0].split()]
    heights = [down for _, down in points]
    assert heights == sorted(heights), "down the page"
    marks = [float(mark.split()[0][1:]) + 4 for mark in chart.xpath(".//path/@d")]
    assert points[0][0] == pytest.approx(marks[0])
    assert points[-1][0] == pytest.approx(marks[1])
    assert "2 failed, the mildest at 0.25" in chart.get("aria-label")
