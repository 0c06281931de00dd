"""Sample capacity: the devices of well-known machines and the classes that go with them, as manifests."""

from dra_policy.generate.shapes import SHAPES, generate_objects

__all__ = ["SHAPES", "generate_objects"]
