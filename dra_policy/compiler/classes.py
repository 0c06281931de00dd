"""The device classes of a world: looked up by name and dialect, by label, and compiled once each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dra_policy.compiler.compiled import CompiledClass
from dra_policy.compiler.settings import Settings
from dra_policy.model import DeviceClass, Dialect, Vocabulary


class DeviceClasses:
    """Classes by name. Of two with one name and dialect family the later one stands."""

    __slots__ = ("_by_name", "_compiled")

    def __init__(self, classes: Iterable[DeviceClass] = ()) -> None:
        self._by_name: dict[str, dict[Dialect, DeviceClass]] = {}
        self._compiled: dict[tuple[Settings, int], tuple[dict[int, CompiledClass], Vocabulary]] = {}
        for each in classes:
            self._by_name.setdefault(each.name, {})[each.dialect.family] = each

    def find(self, name: str, dialect: Dialect) -> DeviceClass | None:
        """The class of that name in the dialect's own family, else in another one; None if there is none."""
        found = self._by_name.get(name)
        return None if found is None else found.get(dialect.family) or next(iter(found.values()))

    def with_labels(self, labels: Mapping[str, str], dialect: Dialect) -> tuple[DeviceClass, ...]:
        """The classes of the dialect's family that have all the labels, in order of definition.

        Kubernetes' ``matchLabels``: every pair must be there; no pairs select every class.
        """
        family = (found[dialect.family] for found in self._by_name.values() if dialect.family in found)
        return tuple(each for each in family if all(each.labels.get(key) == value for key, value in labels.items()))

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order of definition."""
        return tuple(self._by_name)

    def compiled_under(self, settings: Settings, vocabulary: Vocabulary) -> dict[int, CompiledClass]:
        """A table, to be filled by the caller, of classes compiled in the same circumstances, by their identity."""
        is_empty = not (vocabulary.devices or vocabulary.attributes)
        key = (settings, 0 if is_empty else id(vocabulary))
        found = self._compiled.get(key)
        if found is None:
            # The vocabulary is kept with its answers, so that no other one can get its identity.
            found = self._compiled[key] = ({}, vocabulary)
        return found[0]
