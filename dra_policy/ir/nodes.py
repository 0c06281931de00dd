"""The predicate IR: negation normal form over typed leaves, every node with the span it came from.

A predicate over one device has three answers: true, false, error. ``AllOf`` and ``AnyOf`` absorb errors in any order,
as CEL's ``&&`` and ``||`` do: false decides an AllOf, true an AnyOf, and only then an error stands. Negation never
stands above a leaf: it is the leaf's own ``negated``, which swaps true and false and keeps an error.

``Choice`` is CEL's ``?:``: an error of its condition stands, whatever its branches say, so it is no AnyOf of two AllOf.

Nodes are equal if they say the same, whatever their spans and programs: compare nodes of one environment only.
Hash-consing (``ir.intern``) makes nodes of one meaning one object.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Protocol

from dra_policy.ir.path import Path
from dra_policy.model import Device
from dra_policy.record import dataclass, field
from dra_policy.text import Span
from dra_policy.values import AttributeValue


@dataclass(frozen=True, slots=True)
class CelFailure:
    """A run-time error of an expression on a device: Kubernetes' text, and the part that failed.

    ``kubernetes_text`` is ``text`` as pod events show it (with the advice that Kubernetes appends).
    """

    text: str
    kubernetes_text: str
    span: Span | None = field(default=None, compare=False)

    @property
    def ends_evaluation(self) -> bool:
        """Whether no ``&&`` or ``||`` absorbs it: cel-go's panic (a version in a list of constants), or its budget."""
        return self.text.startswith(("internal error:", "operation "))


class CelProgram(Protocol):
    """A checked expression that can be evaluated exactly; implemented by ``cel``, known here by its shape only."""

    @property
    def text(self) -> str:
        """The expression as printed by ``cel`` (equal programs of one environment have equal texts)."""

    def evaluate(self, device: Device) -> bool | CelFailure:
        """The exact answer on one device, cost limit included."""


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class Leaf:
    """What all leaves have: an exact program, the paths it reads, whether its answer is turned round, its place.

    INVARIANT: ``program`` is the leaf's own expression without the negation, and ``paths`` holds all that it reads:
    devices that agree in the values at ``paths`` get the same answer.
    """

    program: CelProgram
    paths: tuple[Path, ...]
    span: Span
    negated: bool

    @property
    def text(self) -> str:
        """The program's text."""
        return self.program.text

    def __eq__(self, other: object) -> bool:
        """Whether both test the same and have one text; texts are compared last, as they are made at first use."""
        if not isinstance(other, Leaf) or other.__class__ is not self.__class__:
            return NotImplemented
        tested = _tested_by(self.__match_args__)
        return self is other or (
            tested(self) == tested(other) and (self.program is other.program or self.text == other.text)
        )

    def __hash__(self) -> int:
        """Of what is tested: that tells leaves apart, but for those that only their text knows."""
        return hash(_tested_by(self.__match_args__)(self))


@cache
def _tested_by(fields: tuple[str, ...]) -> Callable[[Leaf], tuple[object, ...]]:
    """What gives all that a leaf with these fields says, apart from its text."""
    return attrgetter(*[name for name in fields if name not in ("program", "span")])


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class Comparison(Leaf):
    """``path OPERATOR constant``, with OPERATOR one of ``== != < <= > >=``, however it was spelt in CEL.

    Operators on quantities and versions are their ``compareTo``, ``isGreaterThan``, ``isLessThan``.
    ``default`` is what stands in for an absent value (``.?name.orValue(default)``); None: absence is an error.
    """

    path: Path
    operator: str
    constant: AttributeValue
    default: AttributeValue | None = None


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class Membership(Leaf):
    """``path in [constants]``; ``default`` as in a comparison."""

    path: Path
    constants: tuple[AttributeValue, ...]
    default: AttributeValue | None = None


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class Presence(Leaf):
    """``has(path)``, ``"name" in map`` or ``map.?name.hasValue()``.

    The path is a whole domain in ``"domain" in device.attributes``.
    """

    path: Path


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class Truth(Leaf):
    """A boolean path used as it stands; ``default`` as in a comparison."""

    path: Path
    default: AttributeValue | None = None


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class TextMatch(Leaf):
    """``path.matches|contains|startsWith|endsWith(constant)``; ``default`` as in a comparison."""

    path: Path
    function: str
    pattern: str
    default: AttributeValue | None = None


@dataclass(frozen=True, slots=True, eq=False, guarded=False)
class CelLeaf(Leaf):
    """Anything else: only the program knows what it means."""

    def __hash__(self) -> int:
        """Of the text, which is all that tells two of them apart."""
        return hash((self.text, self.negated))


@dataclass(frozen=True, slots=True)
class Constant:
    """An answer that no device changes."""

    value: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True, guarded=False)
class AllOf:
    """Every term holds."""

    terms: tuple[Predicate, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True, guarded=False)
class AnyOf:
    """Some term holds."""

    terms: tuple[Predicate, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """``condition ? then : otherwise``; an error of the condition is the answer."""

    condition: Predicate
    then: Predicate
    otherwise: Predicate
    span: Span = field(compare=False)


AnyLeaf = Comparison | Membership | Presence | Truth | TextMatch | CelLeaf
Predicate = AllOf | AnyOf | Choice | Constant | AnyLeaf


@dataclass(frozen=True, slots=True, guarded=False)
class Condition:
    """One selector as the allocator evaluates it: its IR and the exact program of the whole expression.

    The IR answers fast and explains; the program gives the texts and the cost of errors. Both have one meaning.
    ``conjuncts`` are the parts that an explanation shows as rows of its own (split at the top-level ``&&``).
    """

    predicate: Predicate
    program: CelProgram = field(compare=False)
    text: str

    @property
    def conjuncts(self) -> tuple[Predicate, ...]:
        """The terms of a top-level AllOf, else the predicate alone."""
        return self.predicate.terms if isinstance(self.predicate, AllOf) else (self.predicate,)

    @property
    def span(self) -> Span:
        """Where the expression stands; ``span.outermost()`` is the place in the file that the user wrote."""
        return self.predicate.span
