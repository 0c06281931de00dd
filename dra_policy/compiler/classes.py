"""The device classes of a world: looked up by name and dialect, by label, and compiled once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dra_policy.compiler.compiled import CompiledClass
from dra_policy.compiler.settings import Settings
from dra_policy.model import DeviceClass, Dialect, Vocabulary


class DeviceClasses:
    """Classes by name. Of two with one name and dialect family the later one stands."""

    __slots__ = ("_by_name", "_compiled")

    def __init__(self, classes: Iterable[DeviceClass] = ()) -> None:
        self._by_name: dict[str, dict[Dialect, DeviceClass]] = {}
        self._compiled: dict[tuple[int, Settings, int], tuple[CompiledClass, Vocabulary]] = {}
        for each in classes:
            self._by_name.setdefault(each.name, {})[each.dialect.family] = each

    def find(self, name: str, dialect: Dialect) -> DeviceClass | None:
        """The class of that name in the dialect's own family, else in another one; None if there is none."""
        found = self._by_name.get(name, {})
        return found.get(dialect.family) or next(iter(found.values()), None)

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

    def compiled_once(
        self,
        device_class: DeviceClass,
        circumstances: tuple[Settings, Vocabulary],
        compile_class: Callable[[DeviceClass], CompiledClass],
    ) -> CompiledClass:
        """The class as ``compile_class`` gave it first under the same settings and vocabulary."""
        settings, vocabulary = circumstances
        is_empty = not (vocabulary.devices or vocabulary.attributes)
        key = (id(device_class), settings, 0 if is_empty else id(vocabulary))
        found = self._compiled.get(key)
        if found is None:
            # The vocabulary is kept with its answer, so that no other one can get its identity.
            found = self._compiled[key] = (compile_class(device_class), vocabulary)
        return found[0]
