"""Make device classes of their declarations: guards, conditions, what they extend, sets of classes."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel.syntax import Call, Expression, Ident, ListLiteral, Literal, Select
from dra_policy.language.conditions import Condition, compile_condition
from dra_policy.language.dialects import balanced, terms_of
from dra_policy.language.loading import Unit
from dra_policy.language.naming import declared_twice
from dra_policy.language.syntax import (
    AnyOf,
    AnyWithLabel,
    ClassDeclaration,
    Config,
    ExtendedResource,
    Label,
    Name,
    Where,
)
from dra_policy.language.targets import Target, configuration, driver_name, labels_of
from dra_policy.model import Configuration, DeviceClass
from dra_policy.record import dataclass
from dra_policy.text import Place, Span, SpanDocument, nearest

_MOST_SELECTORS = 32


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a class consists of, with what it extends put in."""

    conditions: tuple[Condition, ...] = ()
    # How many conditions there are: of more than the API takes the rest is not kept.
    number: int = 0
    configurations: tuple[Configuration, ...] = ()
    is_set: bool = False


class Classes:
    """All classes of the files of a policy, by name; each is made once."""

    def __init__(self, units: list[Unit], target: Target) -> None:
        """Collect the declarations; a name that is declared twice is reported, its first declaration stands."""
        self._target = target
        self._declared: dict[str, tuple[ClassDeclaration, Unit]] = {}
        self._made: dict[str, _Parts] = {}
        # The classes of the chain that is being made; as a dictionary because it is asked for members.
        self._being_made: dict[str, None] = {}
        for unit in units:
            for statement in unit.file.statements:
                if isinstance(statement, ClassDeclaration):
                    self._declare(statement, unit)

    def _declare(self, declaration: ClassDeclaration, unit: Unit) -> None:
        first = self._declared.setdefault(declaration.name.text, (declaration, unit))[0]
        if first is not declaration:
            self._target.findings.add((declared_twice("class", declaration.name, first.name),))

    @property
    def names(self) -> list[str]:
        """The names of all classes."""
        return list(self._declared)

    def declaration(self, name: str) -> ClassDeclaration:
        """The declaration of a class that exists."""
        return self._declared[name][0]

    def make(self, name: str) -> DeviceClass:
        """A class of the model. Raises KeyError for a name that is not declared."""
        declaration, _ = self._declared[name]
        parts = self._parts(declaration.name)
        labels = [each for each in declaration.statements if isinstance(each, Label)]
        if parts.number > _MOST_SELECTORS:
            message = f"class `{name}` has {parts.number:,} selectors; the API takes {_MOST_SELECTORS}"
            self._target.findings.error("DRA105", message, declaration.name.span, hint="join some with `&&`")
        return DeviceClass(
            name,
            self._target.dialect,
            tuple([condition.selector() for condition in parts.conditions]),
            parts.configurations,
            self._extended_resource(declaration),
            labels_of(labels, self._target.findings),
            place=Place(SpanDocument(declaration.name.span)),
        )

    def _extended_resource(self, declaration: ClassDeclaration) -> str | None:
        found = [each for each in declaration.statements if isinstance(each, ExtendedResource)]
        for extra in found[1:]:
            self._target.findings.add((declared_twice("the extended resource", extra.name, found[0].name),))
        if not found or not self._target.has("extended resource", 34, found[0].span):
            return None
        return found[0].name.text

    def _parts(self, name: Name) -> _Parts:
        """The parts of a class that a statement names."""
        text = name.text
        if text in self._made:
            return self._made[text]
        if text not in self._declared:
            near = nearest(text, self._declared)
            hint = (
                f"did you mean `{near}`?"
                if near
                else "classes that others are made of stand in the policy or its imports"
            )
            self._target.findings.error("DRA310", f"there is no class `{text}`", name.span, hint=hint)
            return _Parts()
        if text in self._being_made:
            made = list(self._being_made)
            chain = " → ".join([*made[made.index(text) :], text])
            self._target.findings.error(
                "DRA317", f"class `{text}` is made of itself: {chain}", name.span, hint="break the circle"
            )
            return _Parts()
        self._make_chain(text)
        return self._made[text]

    def _make_chain(self, name: str) -> None:
        """Make a class and, before it, what it is made of: a chain of thousands must not nest as many calls."""
        chain = self._being_made
        chain[name] = None
        while chain:
            last = next(reversed(chain))
            declaration, unit = self._declared[last]
            base = next(filter(self._is_wanted, self._bases(declaration)), None)
            if base is not None:
                chain[base] = None
            else:
                self._made[last] = self._make_parts(declaration, unit)
                del chain[last]

    def _is_wanted(self, name: str) -> bool:
        return name in self._declared and name not in self._made and name not in self._being_made

    def _bases(self, declaration: ClassDeclaration) -> Iterator[str]:
        """The classes that one is made of, in the order of its text."""
        if declaration.extends is not None:
            yield declaration.extends.text
        for statement in declaration.statements:
            match statement:
                case AnyOf(classes=names):
                    yield from (name.text for name in names)
                case AnyWithLabel():
                    yield from self._members(statement, declaration)

    def _make_parts(self, declaration: ClassDeclaration, unit: Unit) -> _Parts:
        target = self._target
        conditions: list[Condition] = []
        configurations: list[Configuration] = []
        inherited = 0
        is_set = False
        if declaration.extends is not None:
            base = self._parts(declaration.extends)
            conditions.extend(base.conditions)
            configurations.extend(base.configurations)
            inherited = base.number - len(base.conditions)
            is_set = base.is_set
        if declaration.drivers:
            conditions.append(self._guard(declaration, unit))
        for statement in declaration.statements:
            match statement:
                case Where(expression=expression):
                    conditions.append(compile_condition(expression, unit.scope, target.dialect, target.findings))
                case Config():
                    if statement.requests:
                        target.findings.error(
                            "DRA311", "a class has no requests", statement.requests[0].span, hint="delete `for …`"
                        )
                    configurations.append(configuration(statement, (), unit.scope, target.findings))
                case AnyOf(classes=names):
                    is_set = True
                    conditions.extend(self._any(names, statement.span))
                case AnyWithLabel():
                    is_set = True
                    conditions.extend(self._any(self._labelled(statement, declaration), statement.span))
        kept = tuple(conditions[: _MOST_SELECTORS + 1])
        return _Parts(kept, inherited + len(conditions), tuple(configurations), is_set)

    def _guard(self, declaration: ClassDeclaration, unit: Unit) -> Condition:
        """The first condition: the driver is the one, or one of several."""
        names = declaration.drivers
        span = names[0].span.cover(names[-1].span)
        field = "driverName" if self._target.is_evolution else "driver"
        driver = Select(Ident("device", 0, span), field, 0, span, span)
        drivers: list[Expression] = [
            Literal(driver_name(name, unit.scope, self._target.findings), 0, name.span) for name in names
        ]
        if len(drivers) == 1:
            return self._condition(Call("_==_", None, (driver, drivers[0]), 0, span, span), span)
        listed = ListLiteral(tuple(drivers), 0, span)
        return self._condition(Call("@in", None, (driver, listed), 0, span, span), span)

    def _condition(self, expression: Expression, span: Span) -> Condition:
        return Condition(expression, self._target.dialect, span)

    def _labelled(self, statement: AnyWithLabel, declaration: ClassDeclaration) -> tuple[Name, ...]:
        """The classes of the policy that have these labels; the set itself is none of them."""
        found = [Name(each, statement.span) for each in self._members(statement, declaration)]
        if not found:
            message = f"no class of this policy is a member of `{declaration.name.text}`"
            self._target.findings.error("DRA310", message, statement.span, hint="members are given by their labels")
        return tuple(found)

    def _members(self, statement: AnyWithLabel, declaration: ClassDeclaration) -> list[str]:
        wanted = {(key.text, value.text) for key, value in statement.label.pairs}
        found = []
        for each, _ in self._declared.values():
            labels = [part for part in each.statements if isinstance(part, Label)]
            pairs = {(key.text, value.text) for label in labels for key, value in label.pairs}
            if wanted <= pairs and each is not declaration:
                found.append(each.name.text)
        return found

    def _any(self, names: tuple[Name, ...], span: Span) -> list[Condition]:
        """One condition: a device meets all conditions of one of the classes."""
        members: list[Expression] = []
        for name in names:
            parts = self._parts(name)
            if parts.is_set or parts.configurations:
                what = "a set itself" if parts.is_set else "with a configuration"
                message = f"class `{name.text}` is {what} and cannot be a member of a set"
                self._target.findings.error("DRA706", message, name.span, hint="members have conditions only")
                continue
            terms = [term for each in parts.conditions for term in terms_of("_&&_", each.expression)]
            members.append(balanced("_&&_", terms, terms[0]) if terms else Literal(True, 0, name.span))
        if not members:
            return []
        alternatives = [term for member in members for term in terms_of("_||_", member)]
        joined = balanced("_||_", alternatives, members[0])
        return [self._condition(joined, span)]
