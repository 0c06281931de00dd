"""What holds where nobody says otherwise: the releases of Kubernetes that are known, and how long a search may be."""

OLDEST = 31
"""The first minor version of Kubernetes 1.x with structured parameters in CEL."""

NEWEST = 37
"""The newest minor version that is known; a newer cluster is taken to be like it."""

DEFAULT_KUBERNETES = f"1.{NEWEST}"
"""The release whose rules hold where none is named."""

DEFAULT_BUDGET = 1_000_000
"""Steps that the search for one pod may take: counted, so that the same input gives the same answer."""
