"""What must hold for every text and every device: each target returns, or raises on a finding."""

from __future__ import annotations

from functools import lru_cache
from random import Random

import dra_policy
from dra_policy.cel import Environment, compile_expression, environment_for, print_expression
from dra_policy.cel.nesting import MOST_COST
from dra_policy.cel.parse import parse
from dra_policy.compiler import compile_selector
from dra_policy.evaluate import Evaluator, Masks, trace
from dra_policy.fleet import Frame
from dra_policy.ir import Answer, CelFailure, Condition
from dra_policy.ir import answer as answer_of
from dra_policy.manifests import decode_device
from dra_policy.model import Device, Dialect, Selector
from dra_policy.text import Place, PolicyError, Source, Span, SpanDocument
from tests.fuzz import devices, texts
from tests.fuzz.texts import A, C

_VERSIONS = ("1.31", "1.33", "1.34", "1.35", "1.36", "1.37", "1.37", "1.37")
# What one node may cost more than what is left of the limit: the cost of a call is known after the call.
_OVERSHOOT = 2**63


@lru_cache(maxsize=1)
def _recorded() -> tuple[str, ...]:
    return texts.recorded()


def expression_case(random: Random) -> str:
    """The text of one case."""
    if random.random() < 0.03:
        return random.choice(texts.HOSTILE)()
    if random.random() < 0.5:
        return texts.grown(random, random.randint(1, 5))
    return texts.mutated(random, random.choice(_recorded()))


def _environment(random: Random) -> tuple[Environment, Dialect]:
    dialect = random.choice((Dialect.V1, Dialect.V1, Dialect.V1, Dialect.EVOLUTION, Dialect.K8SRM))
    features = {"ConsumableCapacity": random.random() < 0.5, "ListTypeAttributes": random.random() < 0.5}
    version, stored = random.choice(_VERSIONS), random.random() < 0.8
    return environment_for(dialect, kubernetes=version, stored=stored, features=features), dialect


def check_expression(text: str, random: Random) -> None:
    """Parse, check, estimate, compile, print and read again, lower, and answer on some devices in every way."""
    environment, dialect = _environment(random)
    compilation = compile_expression(Source.of("<fuzz>", text), environment)
    assert (compilation.program is None) == bool(compilation.kubernetes_text), "a verdict without its text"
    program = compilation.program
    if program is None:
        assert compilation.diagnostics, "an error without a diagnostic"
        return
    assert program.estimated_cost >= 0
    printed = print_expression(program.syntax)
    again = parse(Source.of("<fuzz>", printed), environment.syntax)
    assert again.expression is not None, f"printed, it does not parse: {printed[:200]}"
    assert print_expression(again.expression) == printed, "printed twice, it differs"
    place = Place(SpanDocument(Span(Source.of("<fuzz>", text), 0, len(text))))
    condition = compile_selector(Selector(text, dialect, place), environment).condition
    assert condition is not None
    found = [
        decode_device(devices.tame_document(random, f"d{i}"), texts.DRIVER) for i in range(random.choice((1, 3, 6)))
    ]
    _same_answers(condition, found, dialect)
    if random.random() < 0.1:
        # The prototype's environment has no tracker of costs that differs.
        run = program.run(found[0])
        assert run.cost is None or run.cost <= MOST_COST or isinstance(run.outcome, CelFailure), "past its limit"


def _same_answers(condition: Condition, found: list[Device], dialect: Dialect) -> None:
    exact = [condition.program.evaluate(device) for device in found]
    frame = Frame(0, found[0].driver, dialect, tuple(found))
    masks = Evaluator().masks(condition, frame)
    assert masks == _masks(exact), f"masks {masks}, exact {exact}"
    first = found[0]
    assert kind(trace(condition, first).root.answer) == kind(exact[0]) or not _is_readable(first)
    assert kind(answer_of(condition.predicate, first)) == kind(exact[0]) or not _is_readable(first)


def _is_readable(device: Device) -> bool:
    from dra_policy.ir import is_unreadable

    return not is_unreadable(device)


def kind(answer: Answer) -> str:
    """True, False or error."""
    return "error" if isinstance(answer, CelFailure) else str(answer)


def _masks(answers: list[Answer]) -> Masks:
    kinds = [kind(answer) for answer in answers]
    return Masks(*(sum(1 << i for i, each in enumerate(kinds) if each == name) for name in ("True", "False", "error")))


SELECTORS = (
    "true",
    f'{A}.model == "H100"',
    f'{A}.model.startsWith("x") || {A}.uuid == "x"',
    f"{A}.?numa.orValue(0) >= 1",
    f"{A}.numa + 1 > 0",
    f"has({A}.ecc) && {A}.ecc",
    f'{A}.version.isGreaterThan(semver("1.0.0"))',
    f'{C}.memory.compareTo(quantity("40Gi")) >= 0',
    f"{C}.exists(k, {C}[k].isInteger())",
    f'{A}.links.exists(x, x == "H100")',
    f'{A}.all(k, k != "")',
    'device.attributes.exists(d, d == "other.example.com")',
    f'{A}.model in ["H100", ""] && device.driver != ""',
)


def check_devices(text: bytes, random: Random) -> None:
    """Read slices, and count what some selectors match: by columns, by slices, and device by device."""
    try:
        cluster = dra_policy.load_text(text, "fuzz.json")
    except PolicyError:
        return
    fleet = cluster.world.fleet
    slices = fleet.current_slices
    evaluator = Evaluator()
    for selector in random.sample(SELECTORS, 4):
        condition = cluster.compile(selector)
        exact = [[condition.program.evaluate(device) for device in loaded.devices] for loaded in slices]
        by_slice = [evaluator.slice_masks(condition, loaded) for loaded in slices]
        assert by_slice == [_masks(each) for each in exact], f"masks of {selector}"
        wanted = sum(answer is True for each in exact for answer in each)
        assert Evaluator().count(condition, fleet) == wanted == evaluator.count(condition, fleet), selector
