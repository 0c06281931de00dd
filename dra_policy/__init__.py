"""The policy and constraint engine for Kubernetes Dynamic Resource Allocation that answers why."""

__version__ = "0.1.0"
