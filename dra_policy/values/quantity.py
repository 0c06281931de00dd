"""Kubernetes quantities, exact in value and faithful in representation (apimachinery ``resource.Quantity``)."""

from __future__ import annotations


class QuantityError(ValueError):
    """A text that is no quantity; the message is Kubernetes'."""


class Quantity:
    """An exact amount. Equality, order and hash go by amount; ``str()`` is the text as published."""

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read a quantity; raises QuantityError with Kubernetes' text."""
        raise NotImplementedError
