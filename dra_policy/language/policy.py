"""What the stages above use of the policy language: objects and manifests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dra_policy.language.api_names import check_api_names
from dra_policy.language.claims import MadeClaim, make_claims
from dra_policy.language.classes import Classes
from dra_policy.language.documents import claim_document, class_document, pod_document
from dra_policy.language.limits import check_selectors, selectors_of
from dra_policy.language.loading import ImportReader, Loaded, Unit, load_files, read_file
from dra_policy.language.pods import MadePod, Pods, check_pods
from dra_policy.language.quotas import make_quotas
from dra_policy.language.scope import Scope
from dra_policy.language.syntax import (
    ClassDeclaration,
    Declaration,
    GroupDeclaration,
    Later,
    Let,
    Predicate,
    QuotaDeclaration,
)
from dra_policy.language.targets import ENGINE_ONLY, NEWEST_MINOR, Target, has_error
from dra_policy.model import SERVED, DeviceClass, Dialect, Objects, PodGroup
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, Severity, Source, Span, unreadable
from dra_policy.values import JsonValue


@dataclass(frozen=True, slots=True)
class PolicyObjects:
    """The objects that a policy and its imports declare, what is wrong with them, and the names of expressions."""

    objects: Objects
    diagnostics: tuple[Diagnostic, ...]
    scope: Scope = field(compare=False, repr=False)

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)


def load_policy(
    source: Source | str, read: ImportReader = read_file, *, dialect: Dialect = Dialect.V1
) -> PolicyObjects:
    """The objects of a policy, as manifests of ``dialect`` would declare them.

    ``source`` is a text or a path. ``read`` reads imports, by paths joined to the importing file's folder. Never raises
    for bad input: an object with an error that changes what it means is left out, everything else is there.
    """
    try:
        sources = [read_file(source) if isinstance(source, str) else source]
    except (OSError, UnicodeDecodeError) as error:
        return PolicyObjects(Objects(), (unreadable(str(source), error),), Scope())
    loaded = load_files(sources, read)
    target = Target(dialect, findings=loaded.findings)
    objects = Objects()
    for foreign in loaded.foreign:
        _merge(objects, foreign)
    made = _make(loaded, target)
    quotas = make_quotas(loaded.units, made.class_names, target)

    def is_whole(declaration: Declaration) -> bool:
        return not has_error(declaration.span, loaded.findings)

    objects.classes.extend(each for declaration, each in made.classes if is_whole(declaration))
    whole = [each for each in made.claims if is_whole(each.declaration)]
    objects.claims.extend(each.claim for each in whole if each.declaration.word == "claim")
    objects.templates.extend(each.template() for each in whole if each.declaration.word == "template")
    objects.pods.extend(each.pod for each in made.pods if is_whole(each.declaration))
    objects.groups.extend(group for declaration, group in made.groups if is_whole(declaration))
    objects.quotas.extend(quota for declaration, quota in quotas if is_whole(declaration))
    _later(loaded.units, target)
    return PolicyObjects(objects, _in_order(loaded), loaded.units[0].scope)


def read_policy(source: Source, read: ImportReader = read_file) -> tuple[Objects, Sequence[Diagnostic]]:
    """``load_policy`` in the shape that a reader of inputs by suffix has."""
    loaded = load_policy(source, read)
    return loaded.objects, loaded.diagnostics


def policy_reader(read: ImportReader) -> Callable[[Source], tuple[Objects, Sequence[Diagnostic]]]:
    """A reader of policies that reads imports in its own way (manifests among them)."""
    return lambda source: read_policy(source, read)


def compile_documents(
    sources: Sequence[Source],
    dialect: Dialect = Dialect.V1,
    *,
    kubernetes: str | None = None,
    read: ImportReader = read_file,
    drop: bool = False,
) -> tuple[list[JsonValue], tuple[Diagnostic, ...]]:
    """What ``compile_placed`` gives, without the places."""
    placed, diagnostics = compile_placed(sources, dialect, kubernetes=kubernetes, read=read, drop=drop)
    return [document for document, _ in placed], diagnostics


def compile_placed(
    sources: Sequence[Source],
    dialect: Dialect = Dialect.V1,
    *,
    kubernetes: str | None = None,
    read: ImportReader = read_file,
    drop: bool = False,
) -> tuple[list[tuple[JsonValue, Span]], tuple[Diagnostic, ...]]:
    """The manifests of the given files' objects (not of their imports') in the order of the files, with their places.

    Expressions are fully expanded, and checked as the API server of that version of Kubernetes does (None: the newest
    that serves the dialect). What the target cannot say is an error (DRA701), with ``drop`` a warning, and the rest is
    still there.
    """
    minor = _minor_of(dialect) if kubernetes is None else int(kubernetes.rpartition(".")[2])
    wrong = _not_served(dialect, minor)
    if wrong is not None:
        return [], (wrong,)
    loaded = load_files(sources, read)
    target = Target(dialect, drop, compiles=True, minor=minor, findings=loaded.findings)
    made = _make(loaded, target)
    given = loaded.units[: len({source.name for source in sources})]
    documents = _documents(given, made, target)
    _later(given, target)
    check_pods(made.pods, target)
    classes = [each for declaration, each in made.classes if not has_error(declaration.span, loaded.findings)]
    claims = [*made.claims, *(each for pod in made.pods for each in pod.templates)]
    sound = [each.claim for each in claims if not has_error(each.declaration.span, loaded.findings)]
    check_selectors(selectors_of(classes, sound), target, f"1.{minor}")
    return documents, _in_order(loaded)


def _in_order(loaded: Loaded) -> tuple[Diagnostic, ...]:
    """Each finding once, in the order of the files and of their texts; those of a manifest come last."""
    rank = {id(unit.file.span.source): number for number, unit in enumerate(loaded.units) if unit.file.span is not None}

    def place(found: Diagnostic) -> tuple[int, int]:
        span = found.span
        while span is not None and id(span.source) not in rank and span.source.locate is not None:
            span = span.source.locate(span.start, span.end)
        return (-1, 0) if span is None else (rank.get(id(span.source), len(rank)), span.start)

    return tuple(sorted(dict.fromkeys(loaded.findings.found), key=place))


def _minor_of(dialect: Dialect) -> int:
    """The newest minor version that serves a dialect."""
    return SERVED.get(dialect, (0, None))[1] or NEWEST_MINOR


def _not_served(dialect: Dialect, minor: int) -> Diagnostic | None:
    """Why the server of a minor version does not take the dialect's manifests; None if it does."""
    if dialect is Dialect.K8SRM:
        message = "policies compile to v1, v1beta2, v1beta1, v1alpha3 and dra-evolution"
        return Diagnostic("DRA701", Severity.ERROR, message)
    if dialect.is_served_by(minor):
        return None
    first, last = SERVED[dialect]
    served = [each.value for each in SERVED if each.is_served_by(minor)]
    when = f"from 1.{first} on" if last is None else f"from 1.{first} to 1.{last}"
    hint = f"it serves {', '.join(served)}: say so with `--target {served[-1]}`"
    message = f"Kubernetes 1.{minor} does not serve resource.k8s.io/{dialect.value}, which is there {when}"
    return Diagnostic("DRA707", Severity.ERROR, message, hint=hint)


def _documents(units: Sequence[Unit], made: _Made, target: Target) -> list[tuple[JsonValue, Span]]:
    """The manifests of some files in their order; templates written in a pod stand before it."""
    found: dict[int, list[JsonValue]] = {
        id(declaration): [class_document(each, declaration)] for declaration, each in made.classes
    }
    found |= {id(each.declaration): [claim_document(each)] for each in made.claims}
    for pod in made.pods:
        templates = [claim_document(each) for each in pod.templates]
        found[id(pod.declaration)] = [*templates, pod_document(pod)]
    documents: list[tuple[JsonValue, Span]] = []
    for unit in units:
        for statement in unit.file.statements:
            check_api_names(statement, target)
            documents += [(document, statement.span) for document in found.get(id(statement), ())]
    return documents


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """The objects of all files, with their declarations; ``class_names`` are those of imported manifests too."""

    class_names: list[str]
    classes: list[tuple[ClassDeclaration, DeviceClass]]
    claims: list[MadeClaim]
    pods: list[MadePod]
    groups: list[tuple[GroupDeclaration, PodGroup]]


def _make(loaded: Loaded, target: Target) -> _Made:
    _check_definitions(loaded.units, target)
    classes = Classes(loaded.units, target)
    made = [(classes.declaration(name), classes.make(name)) for name in classes.names]
    known = [*classes.names, *(each.name for foreign in loaded.foreign for each in foreign.classes)]
    claims = make_claims(loaded.units, known, target)
    pods = Pods(claims, loaded.foreign, known, target)
    return _Made(known, made, claims, pods.make_pods(loaded.units), pods.make_groups(loaded.units))


def _merge(objects: Objects, more: Objects) -> None:
    objects.nodes.extend(more.nodes)
    objects.namespaces.extend(more.namespaces)
    objects.classes.extend(more.classes)
    objects.slices.extend(more.slices)
    objects.claims.extend(more.claims)
    objects.templates.extend(more.templates)
    objects.pods.extend(more.pods)
    objects.groups.extend(more.groups)
    objects.taint_rules.extend(more.taint_rules)
    objects.quotas.extend(more.quotas)
    objects.resource_quotas.extend(more.resource_quotas)
    objects.skipped.update(more.skipped)


def _later(units: Sequence[Unit], target: Target) -> None:
    """What is read and not built yet: nothing depends on a test, on everything else an answer may."""
    for unit in units:
        for statement in unit.file.statements:
            if isinstance(statement, QuotaDeclaration | GroupDeclaration) and target.compiles:
                word = "quota" if isinstance(statement, QuotaDeclaration) else "group"
                target.cannot_say(f"`{word}`", statement.name.span, ENGINE_ONLY)
            elif isinstance(statement, Later):
                severity = Severity.WARNING if statement.word == "test" or target.drop else Severity.ERROR
                span = Span(statement.span.source, statement.span.start, statement.span.start + len(statement.word))
                message = f"`{statement.word}` is not supported yet"
                target.findings.add((Diagnostic("DRA701", severity, message, span),))


def _check_definitions(units: Sequence[Unit], target: Target) -> None:
    """Lets and predicates that nothing uses are checked too, as they would be if a condition used them."""
    from dra_policy.language.expand import check_definition

    for unit in units:
        for statement in unit.file.statements:
            if isinstance(statement, Let | Predicate) and unit.scope.own.get(statement.name.text) is statement:
                check_definition(statement, unit.scope, target.findings)
