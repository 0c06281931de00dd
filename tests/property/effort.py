"""How many examples a property test asks: a few in every run, as many as one variable says in a long one."""

from __future__ import annotations

import os

VARIABLE = "DRAPOLICY_EXAMPLES"


def examples(usual: int) -> int:
    """The number that DRAPOLICY_EXAMPLES sets for all tests (`make properties EXAMPLES=…`), else the test's own."""
    return int(os.environ.get(VARIABLE) or usual)
