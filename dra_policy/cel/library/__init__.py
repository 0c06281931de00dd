"""The function libraries of CEL as Kubernetes uses it, one module each: tables of ``functions.Function``."""
