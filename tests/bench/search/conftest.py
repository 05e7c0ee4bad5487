"""Makes ``search_doubles`` importable, here and in worker processes: they inherit this path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
