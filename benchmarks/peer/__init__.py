"""Kubernetes' own code beside drapolicy: the program `peer` in Go, and measurements of both."""
