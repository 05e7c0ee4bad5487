"""Lets the reports' tests use the doubles of the bench and of the search."""

import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "bench"
sys.path[:0] = [str(BENCH), str(BENCH / "search")]
