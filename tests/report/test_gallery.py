import re
from html.parser import HTMLParser

import pytest

from vla_sim.faults import KINDS
from vla_sim.report.gallery import gallery_text
from vla_sim.report.samples import Samples

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page():
    return gallery_text()


def test_every_kind_is_shown_at_every_level(page):
    shown = re.findall(r"<h3>([a-z_.]+)", page)
    assert set(shown) == set(KINDS)
    assert len(re.findall(r"<li>(?!<a)", page)) == 6 * len(shown)


def test_the_page_needs_nothing_but_itself_and_is_the_same_again(page):
    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs):
            for name, value in attrs:
                if name in ("src", "href"):
                    assert value.startswith(("data:", "#")), value

    Links().feed(page)
    assert "<script" not in page
    assert gallery_text() == page


def test_the_drive_touches_nothing_and_sees_everything():
    samples = Samples()
    assert all(samples.readings.values())
    assert not any(reading.data for reading in samples.readings["contact"])
