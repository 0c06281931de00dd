"""The version of this package: what `drapolicy --version` prints and caches are keyed by."""

__version__ = "0.1.0"
