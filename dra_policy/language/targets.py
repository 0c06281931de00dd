"""What a policy is compiled to: a dialect, and the words for what it cannot say."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.cel.nesting import recursion_room
from dra_policy.language.naming import declared_twice
from dra_policy.language.scope import Attribute, Scope
from dra_policy.language.syntax import Array, Config, ConfigValue, Label, Name, Object, Scalar
from dra_policy.model import Configuration, Dialect
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, Findings, Severity, Span, nearest
from dra_policy.values import JsonValue

ENGINE_ONLY = "only this program's allocator knows it"
"""The hint for what no manifest can say."""

NEWEST_MINOR = 37
"""The newest minor version of Kubernetes that is known here."""

# What walks a value may use a few frames of Python's stack for each level.
_DEEPEST_VALUE = 500


@dataclass(slots=True, eq=False)
class Target:
    """Where a policy goes: into manifests of a dialect, or (``compiles`` False) into objects of the model.

    ``drop`` leaves out what the target cannot say, with a warning, instead of failing. ``minor`` is the minor version
    of Kubernetes that is to take the manifests: the dialect as it was then.
    """

    dialect: Dialect = Dialect.V1
    drop: bool = False
    compiles: bool = False
    minor: int = NEWEST_MINOR
    findings: Findings = field(default_factory=Findings)

    @property
    def is_evolution(self) -> bool:
        """Whether the target is the dra-evolution prototype."""
        return self.dialect is Dialect.EVOLUTION

    def cannot_say(self, what: str, span: Span, hint: str | None = None) -> None:
        """Report a construct that the target has no word for (DRA701)."""
        severity = Severity.WARNING if self.drop else Severity.ERROR
        message = f"{self.dialect.value} cannot say {what}"
        self.findings.add((Diagnostic("DRA701", severity, message, span, hint=hint),))

    def has(self, word: str, since: int, span: Span) -> bool:
        """Whether the target has what a word says, which came with Kubernetes 1.``since``; reported if not."""
        if self.is_evolution:
            self.cannot_say(f"`{word}`", span, "v1 can")
            return False
        if not self.compiles or self.minor >= since:
            return True
        if self.dialect.is_served_by(since):
            self.cannot_say(f"`{word}` in Kubernetes 1.{self.minor}", span, f"Kubernetes 1.{since} and later can")
        else:
            self.cannot_say(f"`{word}`", span, f"v1beta1 can, from Kubernetes 1.{since} on")
        return False

    @property
    def writes_manifests(self) -> bool:
        """Whether only what a manifest can say goes there: a dra-evolution object is one by its very form."""
        return self.compiles or self.is_evolution


def driver_name(name: Name, scope: Scope, findings: Findings) -> str:
    """The driver that a statement names by its alias, or, with a dot in it, by its own name."""
    alias = scope.alias(name.text)
    if alias is None:
        if "." in name.text:
            return name.text
        near = nearest(name.text, [each for each in scope.names if scope.alias(each)])
        hint = f"did you mean `{near}`?" if near else f'declare it: `driver {name.text} = "…"`'
        findings.error("DRA303", f"there is no driver `{name.text}`", name.span, hint=hint)
        return name.text
    if alias.word == "domain":
        hint = "devices have a driver; a domain is a vocabulary of attributes"
        findings.error("DRA303", f"`{name.text}` is a domain, no driver", name.span, hint=hint)
    return alias.domain.text


def labels_of(labels: list[Label], findings: Findings) -> dict[str, str]:
    """The labels of an object."""
    seen: dict[str, Name] = {}
    pairs: dict[str, str] = {}
    for key, value in (pair for label in labels for pair in label.pairs):
        if key.text in seen:
            findings.add((declared_twice("label", key, seen[key.text]),))
        seen.setdefault(key.text, key)
        pairs[key.text] = value.text
    return pairs


def configuration(config: Config, requests: tuple[str, ...], scope: Scope, findings: Findings) -> Configuration:
    """A ``config`` statement for the named requests."""
    driver, parameters = driver_name(config.driver, scope, findings), config.parameters
    deep = _too_deep(parameters)
    if deep is None:
        with recursion_room():
            return Configuration(driver, json_of(parameters), requests)
    message = f"the configuration nests more than {_DEEPEST_VALUE} levels"
    findings.error("DRA105", message, deep, hint="drivers read flat parameters")
    return Configuration(driver, {}, requests)


def _too_deep(value: ConfigValue) -> Span | None:
    """The first part of a value that is nested too deeply to be walked."""
    level: list[ConfigValue] = [value]
    for _ in range(_DEEPEST_VALUE):
        level = [part for each in level for part in _parts(each)]
        if not level:
            return None
    return level[0].span


def _parts(value: ConfigValue) -> Iterable[ConfigValue]:
    match value:
        case Array(items=items):
            return items
        case Object(entries=entries):
            return [entry.value for entry in entries]
    return ()


def json_of(value: ConfigValue) -> JsonValue:
    """A configuration's value as JSON."""
    match value:
        case Scalar(value=plain):
            return plain
        case Array(items=items):
            return [json_of(item) for item in items]
        case Object(entries=entries):
            return {entry.key.text: json_of(entry.value) for entry in entries}


def attribute_name(name: Name, scope: Scope, target: Target) -> str:
    """The attribute that a constraint names, as the target writes it: ``domain/name``."""
    if "/" in name.text:
        return name.text
    first, dot, rest = name.text.partition(".")
    if not dot:
        if not target.is_evolution:
            hint = f"write `ALIAS.{name.text}`: the driver's or a domain's"
            target.findings.error("DRA702", f"attribute `{name.text}` has no domain", name.span, hint=hint)
        return name.text
    alias = scope.alias(first)
    if alias is None:
        near = nearest(first, [each for each in scope.names if scope.alias(each)])
        hint = f"did you mean `{near}.{rest}`?" if near else f'declare it: `domain {first} = "…"`'
        target.findings.error("DRA303", f"`{first}` is not declared", name.span, hint=hint)
        return name.text
    _check_constraint(Attribute(alias, rest, name.span), target.findings)
    if target.is_evolution and alias.word == "driver":
        return rest
    return f"{alias.domain.text}/{rest}"


def _check_constraint(attribute: Attribute, findings: Findings) -> None:
    alias = attribute.alias
    if attribute.declared_type == "quantity":
        hint = "constraints compare attributes"
        findings.error("DRA304", f"`{attribute.name}` is a capacity", attribute.span, hint=hint)
    elif alias.fields is not None and attribute.declared is None:
        near = nearest(attribute.name, [each.name.text for each in alias.fields])
        hint = f"did you mean `{near}`?" if near else f"add `{attribute.name}: …` to the {alias.word}"
        findings.error(
            "DRA301", f"{alias.word} `{alias.name.text}` declares no `{attribute.name}`", attribute.span, hint=hint
        )


def has_lost_statement(where: Span, findings: Findings) -> bool:
    """Whether a statement inside a declaration could not be read: what it declares is missing, and told already."""
    unread = [each.span for each in findings.found if each.code in ("DRA201", "DRA202")]
    return any(_is_inside(each, where) for each in unread)


def has_error(where: Span, findings: Findings) -> bool:
    """Whether something inside a declaration is wrong: it would mean something else without that."""
    spans = (each.span for each in findings.found if each.severity is Severity.ERROR)
    return any(_is_inside(each, where) for each in spans)


def _is_inside(span: Span | None, where: Span) -> bool:
    return span is not None and span.source is where.source and where.start <= span.start < where.end
