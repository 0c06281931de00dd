"""What the names of expressions mean: aliases, lets and predicates of a file and of its imports."""

from __future__ import annotations

from dra_policy.language.syntax import Alias, Choice, Let, Predicate, SchemaField, TypeName
from dra_policy.record import dataclass, field
from dra_policy.text import Span

DEVICE_FIELDS = ("driver", "attributes", "capacity", "allowMultipleAllocations")
"""The fields of ``device`` in Kubernetes' CEL."""

LISTED_FIELDS = ("name", "pool", "node", "request", "class", "claim")
"""The fields that a device has beside these where several devices are spoken of."""

RESERVED_ALIASES = frozenset((*DEVICE_FIELDS, *LISTED_FIELDS))
"""What no driver or domain may be called: these are fields of devices."""

Definition = Alias | Let | Predicate


@dataclass(slots=True, eq=False)
class Scope:
    """One file's names. Each definition belongs to a scope: the one in which its own text is read."""

    own: dict[str, Definition] = field(default_factory=dict)
    imported: dict[str, tuple[Definition, Scope]] = field(default_factory=dict)
    # What is known of the size of own definitions: how many nodes each becomes where it is used.
    sizes: dict[str, float] = field(default_factory=dict, repr=False)

    def find(self, name: str) -> tuple[Definition, Scope] | None:
        """A definition and the scope that it belongs to; the file's own names come first."""
        own = self.own.get(name)
        return (own, self) if own is not None else self.imported.get(name)

    def alias(self, name: str) -> Alias | None:
        """The driver or domain of this name."""
        found = self.find(name)
        return found[0] if found is not None and isinstance(found[0], Alias) else None

    @property
    def names(self) -> list[str]:
        """All names."""
        return [*self.own, *self.imported]


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute or capacity named by an alias: its domain and name, its schema, its place."""

    alias: Alias
    name: str
    span: Span = field(compare=False)

    @property
    def domain(self) -> str:
        """The driver's or vocabulary's full name."""
        return self.alias.domain.text

    @property
    def declared(self) -> SchemaField | None:
        """The line of the schema; None without schema or line."""
        return next((each for each in self.alias.fields or () if each.name.text == self.name), None)

    @property
    def declared_type(self) -> str | None:
        """The type's name as the schema gives it; one of several strings is a string."""
        declared = self.declared
        match declared.type if declared else None:
            case Choice():
                return "string"
            case TypeName(name=name):
                return name
        return None
