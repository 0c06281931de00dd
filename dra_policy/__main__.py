"""Run the command line as ``python -m dra_policy``."""

from dra_policy.cli.main import entry_point

entry_point()
