"""The abstract syntax of the policy language: small frozen nodes, each with the span it came from."""

from __future__ import annotations

from dra_policy.cel.syntax import Expression
from dra_policy.record import dataclass, field
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name of any kind, or a text in quotes where a name or a text can stand."""

    text: str
    span: Span = field(compare=False)


# What drivers publish


@dataclass(frozen=True, slots=True)
class TypeName:
    """``string``, ``int``, ``bool``, ``version``, ``quantity``, or ``list`` with an item type."""

    name: str
    item: TypeName | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these strings."""

    values: tuple[str, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One attribute or capacity; ``perhaps_absent`` where some devices do not publish it."""

    name: Name
    type: TypeName | Choice
    perhaps_absent: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Alias:
    """``driver`` or ``domain`` (``word``): a short name for a driver's or a shared vocabulary; None: no schema."""

    word: str
    name: Name
    domain: Name
    fields: tuple[SchemaField, ...] | None
    span: Span = field(compare=False)


# Names for expressions


@dataclass(frozen=True, slots=True)
class Let:
    """A constant."""

    name: Name
    expression: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a predicate; without a type it is a device."""

    name: Name
    type: TypeName | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition with a name."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Expression
    span: Span = field(compare=False)


# Statements that stand in several blocks


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on one device: one selector."""

    expression: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value of a configuration: as JSON, and as it was written."""

    value: bool | int | float | str | None
    text: str = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """A list of a configuration."""

    items: tuple[ConfigValue, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key: value`` of a configuration."""

    key: Name
    value: ConfigValue


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a configuration."""

    entries: tuple[Entry, ...]
    span: Span = field(compare=False)


ConfigValue = Scalar | Array | Object


@dataclass(frozen=True, slots=True)
class Config:
    """Opaque parameters for a driver; no ``requests`` means all."""

    driver: Name
    requests: tuple[Name, ...]
    parameters: Object
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Label:
    """Labels of the object."""

    pairs: tuple[tuple[Name, Name], ...]
    span: Span = field(compare=False)


# Classes


@dataclass(frozen=True, slots=True)
class ExtendedResource:
    """The name by which pods may ask for devices of the class."""

    name: Name
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The class is a set of classes."""

    classes: tuple[Name, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class AnyWithLabel:
    """The class is the set of classes with these labels."""

    label: Label
    span: Span = field(compare=False)


ClassStatement = Where | Config | Label | ExtendedResource | AnyOf | AnyWithLabel


@dataclass(frozen=True, slots=True)
class ClassDeclaration:
    """``class``: the devices of some drivers, or of another class, that meet every condition."""

    name: Name
    drivers: tuple[Name, ...]
    extends: Name | None
    description: Name | None
    statements: tuple[ClassStatement, ...]
    span: Span = field(compare=False)


# Claims


@dataclass(frozen=True, slots=True)
class Count:
    """``4``, ``1 to 8`` (``maximum``), ``at least 2`` (``open_ended``), or ``all`` (``minimum`` is then None)."""

    minimum: int | None
    maximum: int | None
    open_ended: bool
    span: Span = field(compare=False)

    @property
    def is_range(self) -> bool:
        """Whether the number of devices is left to the allocator."""
        return self.open_ended or self.maximum is not None


@dataclass(frozen=True, slots=True)
class Taint:
    """``key[=value][:Effect]``."""

    key: Name
    value: Name | None
    effect: Name | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Tolerate:
    """A taint, or all (None), that the request puts up with; ``duration`` as written."""

    taint: Taint | None
    duration: Name | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class AdminAccess:
    """``with admin access``."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Shared:
    """Only devices that serve several claims."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Take:
    """The capacity asked of each device: (amount as written, name as the driver publishes it)."""

    amounts: tuple[tuple[Name, Name], ...]
    span: Span = field(compare=False)


Clause = Where | Tolerate | AdminAccess | Shared | Take


@dataclass(frozen=True, slots=True)
class Demand:
    """``COUNT of CLASS`` with its clauses."""

    count: Count
    device_class: Name
    clauses: tuple[Clause, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of several ways to meet a request."""

    name: Name
    demand: Demand
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first alternative that works; ``clauses`` belong to every one."""

    alternatives: tuple[Alternative, ...]
    clauses: tuple[Clause, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a claim."""

    name: Name
    demand: Demand | FirstOf
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Constraint:
    """``match`` or ``distinct`` (``word``): one value, or pairwise different ones; ``across`` None means all requests.

    The attribute is a text (``std.pcieRoot``, ``domain/name``, ``name``).
    """

    word: str
    attribute: Name
    across: tuple[Name, ...] | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """``require`` or ``prefer`` (``word``): an expression about the chosen devices."""

    word: str
    expression: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Shareable:
    """``shareable``: several pods may use the claim."""

    span: Span = field(compare=False)


ClaimStatement = Request | Constraint | Rule | Config | Label | Shareable


@dataclass(frozen=True, slots=True)
class ClaimDeclaration:
    """``claim`` or ``template`` (``word``)."""

    word: str
    name: Name
    namespace: Name | None
    description: Name | None
    statements: tuple[ClaimStatement, ...]
    span: Span = field(compare=False)


# Pods


@dataclass(frozen=True, slots=True)
class PodClaim:
    """A claim of a pod or group: an existing one, one from a template (``word``), or (empty) the body in place."""

    name: Name
    word: str
    reference: Name | None
    statements: tuple[ClaimStatement, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Container:
    """A container: it ``uses`` claims (``claim`` or ``claim/request``) and so many of an extended resource."""

    name: Name
    is_init: bool
    image: Name | None
    uses: tuple[Name, ...]
    limit: tuple[Name, Name] | None
    span: Span = field(compare=False)


PodStatement = PodClaim | Container | Constraint | Rule | Label


@dataclass(frozen=True, slots=True)
class PodDeclaration:
    """``pod``: claims, containers that use them, and what holds across the claims."""

    name: Name
    namespace: Name | None
    description: Name | None
    statements: tuple[PodStatement, ...]
    span: Span = field(compare=False)


GroupStatement = PodClaim | Constraint | Rule


@dataclass(frozen=True, slots=True)
class GroupDeclaration:
    """``group NAME: COUNT of POD``: so many pods, all or none, with claims that they share."""

    name: Name
    namespace: Name | None
    count: Name
    pod: Name
    statements: tuple[GroupStatement, ...]
    span: Span = field(compare=False)


# Quotas


@dataclass(frozen=True, slots=True)
class Permission:
    """``allow`` or ``deny`` (``word``) of some classes; no ``classes``: of admin access."""

    word: str
    classes: tuple[Name, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` devices, or, with an ``attribute``, at most that sum of it, of some classes (none: of all)."""

    most: Name
    attribute: Name | None
    classes: tuple[Name, ...]
    where: Where | None
    span: Span = field(compare=False)


QuotaStatement = Permission | Limit | Rule


@dataclass(frozen=True, slots=True)
class QuotaDeclaration:
    """``quota NAME in …``: one namespace, those with a label, or (neither) all."""

    name: Name
    namespace: Name | None
    labels: Label | None
    description: Name | None
    statements: tuple[QuotaStatement, ...]
    span: Span = field(compare=False)


# Files


@dataclass(frozen=True, slots=True)
class Namespace:
    """The namespace of the file's objects that name none."""

    name: Name
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Import:
    """Names, or everything, of another file; objects of it exist in any case."""

    path: Name
    names: tuple[Name, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Later:
    """A declaration that is read but not built yet: ``pool``, ``test`` (``word``)."""

    word: str
    name: str
    text: str
    span: Span = field(compare=False)


Declaration = (
    Alias
    | Let
    | Predicate
    | ClassDeclaration
    | ClaimDeclaration
    | PodDeclaration
    | GroupDeclaration
    | QuotaDeclaration
    | Later
)
Statement = Namespace | Import | Declaration


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its mark; ``is_alone`` where nothing but space stands before it on its line."""

    text: str
    is_alone: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class File:
    """The statements of a file in their order, and its comments.

    ``lost`` are declarations that could not be read, as word and name: what names them is not wrong for that.
    """

    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)
    span: Span | None = field(default=None, compare=False)
    lost: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)
