"""Success rates and their uncertainty. Only successes and failures come in; errors never do."""

from vla_sim.bench.statistics.multiple import holm
from vla_sim.bench.statistics.paired import Paired
from vla_sim.bench.statistics.proportion import CONFIDENCE, Interval, Proportion

__all__ = ["CONFIDENCE", "Interval", "Paired", "Proportion", "holm"]
