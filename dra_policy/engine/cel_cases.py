"""One expression on one device, as a line of the protocol says it."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.cel import Environment, Program, Run, compile_expression, environment_for
from dra_policy.cel.kinds import declared_name
from dra_policy.cel.nesting import MOST_COST
from dra_policy.engine.cel_records import check_device, check_record
from dra_policy.engine.rules import Rules
from dra_policy.ir import CelFailure
from dra_policy.manifests import decode_device
from dra_policy.model import Device, Dialect
from dra_policy.text import Source
from dra_policy.values import JsonValue

_ALL_FEATURES = {"ConsumableCapacity": True, "ListTypeAttributes": True}


def answer_record(record: Mapping[str, JsonValue], expression: str, rules: Rules) -> dict[str, JsonValue]:
    """The answer to a record: result, run-time error or compile error, with type and costs.

    A record with ``driverName`` is in the dra-evolution environment, all others are in Kubernetes'. Raises
    WrongRecordError for parts of the wrong type.
    """
    check_record(record)
    environment, device = _evolution(record, rules) if "driverName" in record else _kubernetes(record, rules)
    compilation = compile_expression(Source.of("<input>", expression), environment, advises=False)
    program = compilation.program
    if program is None:
        return {"compileError": compilation.kubernetes_text}
    run = _run(program, device, record, environment)
    is_error = isinstance(run.outcome, CelFailure)
    return {
        "error" if is_error else "result": run.outcome.text if isinstance(run.outcome, CelFailure) else run.outcome,
        "outputType": declared_name(program.output_type),
        "estimatedMaxCost": program.estimated_cost,
        "actualCost": run.cost,
    }


def _run(program: Program, device: Device, record: Mapping[str, JsonValue], environment: Environment) -> Run:
    found = record.get("costLimit")
    limit = found if isinstance(found, int) else MOST_COST
    suffix = _text(record, "celSuffix")
    if suffix and environment.strict_prototype:
        return program.run_prototype(device, suffix, limit)
    return program.run(device, limit)


def _kubernetes(record: Mapping[str, JsonValue], rules: Rules) -> tuple[Environment, Device]:
    features = record.get("features")
    environment = environment_for(
        Dialect.V1,
        kubernetes=rules.kubernetes,
        stored=record.get("env", "stored") == "stored",
        features=features if isinstance(features, dict) else _ALL_FEATURES,  # type: ignore[arg-type]
    )
    return environment, _device(record.get("device"), _text(record, "driver"), shows_lists=environment.shows_lists)


# Recorded cases mostly ask many things of few devices. What an expression can see of one is its key: not its name.
_DEVICES: dict[tuple[str, str, bool], Device] = {}
_MOST_DEVICES = 256
_SEEN = ("attributes", "capacity", "allowMultipleAllocations")


def _device(document: JsonValue, driver: str, *, shows_lists: bool) -> Device:
    written = {part: document[part] for part in _SEEN if part in document} if isinstance(document, dict) else {}
    # The representation tells 1, 1.0 and true apart, which Python's equality does not.
    key = repr(written), driver, shows_lists
    known = _DEVICES.get(key)
    if known is None:
        check_device(written)
        known = decode_device(written, driver, shows_lists=shows_lists)
        if len(_DEVICES) >= _MOST_DEVICES:
            _DEVICES.clear()
        _DEVICES[key] = known
    return known


def _evolution(record: Mapping[str, JsonValue], rules: Rules) -> tuple[Environment, Device]:
    environment = environment_for(Dialect.EVOLUTION, strict_prototype=rules.strict_prototype)
    document: dict[str, JsonValue] = {"name": "device", "attributes": record.get("attributes") or []}
    return environment, decode_device(document, _text(record, "driverName"), dialect=Dialect.EVOLUTION)


def _text(record: Mapping[str, JsonValue], key: str) -> str:
    found = record.get(key)
    return found if isinstance(found, str) else ""
