"""A world: the objects of some inputs with everything that answers need, computed at first use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from dra_policy.compiler import CompiledClaim, CompiledSelector, DeviceClasses, compile_claim, compile_selector
from dra_policy.engine.rules import Rules
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Features, Fleet
from dra_policy.manifests import ReadResult, merge_results, read_inputs, read_text
from dra_policy.model import Claim, Dialect, Objects, Pod, Selector, Vocabulary
from dra_policy.text import Diagnostic, Place, Source, Span, SpanDocument


class World:
    """Objects, what was wrong with their files, and the fleet that they make.

    Everything is computed once: reading is cheap until an answer is asked for. A world does not change.
    """

    def __init__(self, objects: Objects, diagnostics: Sequence[Diagnostic] = (), rules: Rules | None = None) -> None:
        self.objects = objects
        self.diagnostics = tuple(diagnostics)
        self.rules = rules or Rules()

    @property
    def features(self) -> Features:
        """The allocator's switches: those of a recorded case where the objects came from one."""
        if self.objects.features is not None:
            return Features.of_case(self.objects.features).with_gates(self.rules.feature_gates)
        return self.rules.features

    @cached_property
    def fleet(self) -> Fleet:
        """The devices, held compactly."""
        return Fleet.build(self.objects, features=self.features)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the fleet publishes; empty where there is no device."""
        return self.fleet.vocabulary()

    @cached_property
    def evaluator(self) -> Evaluator:
        """Answers of conditions over frames, kept for all questions to this world."""
        return Evaluator()

    @cached_property
    def classes(self) -> DeviceClasses:
        """The device classes by dialect and name."""
        return DeviceClasses(self.objects.classes)

    def compile_claim(self, claim: Claim) -> CompiledClaim:
        """The claim with its classes and conditions; mistakes are in its selectors' diagnostics."""
        return compile_claim(claim, self.classes, self.rules.compilation, self.published)

    def compile_selector(self, selector: Selector) -> CompiledSelector:
        """One selector; a mistake is in its diagnostics."""
        return compile_selector(selector, self.rules.compilation.environment(selector.dialect), self.published)

    def compile_text(self, expression: str, dialect: Dialect | None = None) -> CompiledSelector:
        """An expression of a user or of a program, in a dialect (None: that of the fleet's slices)."""
        source = Source.of("<expression>", expression)
        place = Place(SpanDocument(Span(source, 0, len(expression))))
        return self.compile_selector(Selector(expression, dialect or self.dialect, place))

    @cached_property
    def dialect(self) -> Dialect:
        """The dialect of bare expressions: that of the slices, if they agree, else Kubernetes'."""
        families = {each.dialect.family for each in self.objects.slices}
        return families.pop() if len(families) == 1 else Dialect.V1

    @property
    def published(self) -> Vocabulary:
        """What expressions are checked against: the vocabulary, or nothing where no slice is loaded."""
        # Without slices every name is unknown; saying so of each would hide what is really wrong.
        return self.vocabulary if self.objects.slices else Vocabulary()

    def find_claim(self, namespace: str, name: str) -> Claim | None:
        """The claim of that name."""
        found = (c for c in self.objects.claims if c.name == name and c.namespace == namespace)
        return next(found, None)

    def find_pod(self, namespace: str, name: str) -> Pod | None:
        """The pod of that name."""
        found = (p for p in self.objects.pods if p.name == name and p.namespace == namespace)
        return next(found, None)


def read_world(paths: Sequence[str], rules: Rules | None = None, *, stdin: Callable[[], bytes] | None = None) -> World:
    """Read files, folders and ``-``; what could not be read is among the world's diagnostics."""
    rules = rules or Rules()
    result = read_files(paths, rules, stdin=stdin)
    return World(result.objects, result.diagnostics, rules)


def read_files(paths: Sequence[str], rules: Rules, *, stdin: Callable[[], bytes] | None = None) -> ReadResult:
    """Read manifests of all dialects and policies (``.dra``)."""
    return read_inputs(paths, stdin=stdin, dialect=rules.dialect, extra={".dra": _read_policy})


def read_manifest(name: str, text: str | bytes, rules: Rules | None = None) -> ReadResult:
    """Read a text as a file of that name."""
    if name.endswith(".dra"):
        text = text.decode(errors="replace") if isinstance(text, bytes) else text
        objects, diagnostics = _read_policy(Source.of(name, text))
        return ReadResult(objects, tuple(diagnostics))
    return read_text(name, text, dialect=rules.dialect if rules else None)


def joined(*results: ReadResult) -> ReadResult:
    """Several readings as one; of doubles the later stands."""
    return merge_results(results)


def _read_policy(source: Source) -> tuple[Objects, Sequence[Diagnostic]]:
    from dra_policy.language import load_policy

    policy = load_policy(source)
    return policy.objects, policy.diagnostics
