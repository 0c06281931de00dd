"""Make quotas of their declarations: permissions, limits on devices, limits on sums of a capacity."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.cel.literals import read_integer
from dra_policy.language.conditions import compile_condition
from dra_policy.language.loading import Unit
from dra_policy.language.naming import declared_twice
from dra_policy.language.rules import make_quota_rule
from dra_policy.language.scope import Attribute
from dra_policy.language.syntax import Limit, Name, Permission, QuotaDeclaration, QuotaStatement, Rule
from dra_policy.language.targets import Target, labels_of
from dra_policy.model import (
    AdminAccessRule,
    AmountLimit,
    ClassRule,
    DeviceLimit,
    Quota,
    QuotaRule,
    QuotaScope,
    Selector,
)
from dra_policy.text import Diagnostic, Place, Severity, SpanDocument, nearest
from dra_policy.text.nearest import edit_distance
from dra_policy.values import Quantity, QuantityError

# A class that is not the policy's own may exist in the cluster: only a slip of the keyboard is reported.
_NEAR = 2


def make_quotas(units: Iterable[Unit], class_names: list[str], target: Target) -> list[tuple[QuotaDeclaration, Quota]]:
    """All quotas of the files; names are one space for each namespace (or set of namespaces)."""
    made: list[tuple[QuotaDeclaration, Quota]] = []
    seen: dict[tuple[str, QuotaScope | None, str], Name] = {}
    for unit in units:
        for statement in unit.file.statements:
            if not isinstance(statement, QuotaDeclaration):
                continue
            quota = _QuotaMaker(statement, unit, class_names, target).make()
            first = seen.setdefault((quota.namespace, quota.scope, quota.name), statement.name)
            if first is not statement.name:
                target.findings.add((declared_twice("quota", statement.name, first),))
                continue
            made.append((statement, quota))
    return made


class _QuotaMaker:
    """Makes one quota."""

    def __init__(self, declaration: QuotaDeclaration, unit: Unit, class_names: list[str], target: Target) -> None:
        self.declaration = declaration
        self.unit = unit
        self.class_names = class_names
        self.target = target

    def make(self) -> Quota:
        """The quota with every rule that is right."""
        declaration = self.declaration
        rules = tuple([each for each in map(self._rule, declaration.statements) if each is not None])
        labels = labels_of([declaration.labels] if declaration.labels else [], self.target.findings)
        is_named = declaration.namespace is not None
        return Quota(
            declaration.name.text,
            declaration.namespace.text if declaration.namespace else "",
            Place(SpanDocument(declaration.name.span)),
            rules,
            None if is_named else QuotaScope(tuple(sorted(labels.items()))),
        )

    def _rule(self, statement: QuotaStatement) -> QuotaRule | None:
        match statement:
            case Permission():
                return self._permission(statement)
            case Limit(attribute=None):
                return self._device_limit(statement)
            case Limit():
                return self._amount_limit(statement)
            case Rule():
                return make_quota_rule(statement, self.unit.scope, self.target.findings)

    def _permission(self, statement: Permission) -> QuotaRule:
        place = Place(SpanDocument(statement.span))
        allowed = statement.word == "allow"
        if not statement.classes:
            return AdminAccessRule(allowed, place)
        return ClassRule(allowed, self._classes(statement.classes), place)

    def _classes(self, names: tuple[Name, ...]) -> tuple[str, ...]:
        """The classes that a rule names; a near miss of one of the policy's own is reported."""
        for name in names:
            near = nearest(name.text, self.class_names) if name.text not in self.class_names else None
            if near is not None and edit_distance(near, name.text) <= _NEAR:
                message, hint = f"there is no class `{name.text}` in this policy", f"did you mean `{near}`?"
                self.target.findings.add((Diagnostic("DRA310", Severity.WARNING, message, name.span, hint=hint),))
        return tuple(name.text for name in names)

    def _where(self, statement: Limit) -> Selector | None:
        if statement.where is None:
            return None
        expression, scope = statement.where.expression, self.unit.scope
        return compile_condition(expression, scope, self.target.dialect, self.target.findings).selector()

    def _device_limit(self, statement: Limit) -> DeviceLimit:
        most = read_integer(statement.most.text)
        place = Place(SpanDocument(statement.span))
        return DeviceLimit(most, self._classes(statement.classes), self._where(statement), place)

    def _amount_limit(self, statement: Limit) -> AmountLimit | None:
        assert statement.attribute is not None
        found = self._capacity(statement.attribute)
        try:
            most = Quantity.parse(statement.most.text)
        except QuantityError as error:
            self.target.findings.error("DRA204", str(error), statement.most.span)
            return None
        classes, where = self._classes(statement.classes), self._where(statement)
        if found is None:
            return None
        place = Place(SpanDocument(statement.span))
        return AmountLimit(most, *found, statement.attribute.text, classes, where, place)

    def _capacity(self, name: Name) -> tuple[str, str] | None:
        """The domain and the name of the capacity that a limit sums; None where it is none."""
        findings, scope = self.target.findings, self.unit.scope
        if "/" in name.text:
            domain, _, rest = name.text.rpartition("/")
            return domain, rest
        first, dot, rest = name.text.partition(".")
        if not dot:
            hint = f"write `ALIAS.{name.text}`: the driver's or a domain's"
            findings.error("DRA702", f"capacity `{name.text}` has no domain", name.span, hint=hint)
            return None
        alias = scope.alias(first)
        if alias is None:
            near = nearest(first, [each for each in scope.names if scope.alias(each)])
            hint = f"did you mean `{near}.{rest}`?" if near else f'declare it: `driver {first} = "…"`'
            findings.error("DRA303", f"`{first}` is not declared", name.span, hint=hint)
            return None
        return self._declared(Attribute(alias, rest, name.span))

    def _declared(self, attribute: Attribute) -> tuple[str, str] | None:
        alias, findings = attribute.alias, self.target.findings
        if attribute.declared_type not in (None, "quantity"):
            hint = "limits sum capacities, which are of type quantity"
            findings.error("DRA304", f"`{attribute.name}` is no capacity", attribute.span, hint=hint)
            return None
        if alias.fields is not None and attribute.declared is None:
            near = nearest(attribute.name, [each.name.text for each in alias.fields])
            hint = f"did you mean `{near}`?" if near else f"add `{attribute.name}: quantity` to the {alias.word}"
            message = f"{alias.word} `{alias.name.text}` declares no `{attribute.name}`"
            findings.error("DRA301", message, attribute.span, hint=hint)
            return None
        return alias.domain.text, attribute.name
