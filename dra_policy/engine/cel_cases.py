"""One expression on one device, as a line of the protocol says it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

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
# What an expression can see of a device: all but its name.
_SEEN = ("attributes", "capacity", "allowMultipleAllocations")
# How much of what was read is kept; a long text is rarely written twice.
_MOST_DEVICES, _MOST_DRIVERS, _LONGEST_DEVICE = 256, 16, 50_000


def answer_record(
    record: Mapping[str, JsonValue], expression: str, rules: Rules, *, device: WrittenDevice
) -> dict[str, JsonValue]:
    """The answer to a record: result, run-time error or compile error, with type and costs.

    ``device`` is the record's, for the dialects of Kubernetes. A record with ``driverName`` is in the dra-evolution
    environment, all others are in Kubernetes'. Raises WrongRecordError for parts of the wrong type.
    """
    check_record(record)
    environment, shown = _evolution(record, rules) if "driverName" in record else _kubernetes(record, rules, device)
    compilation = compile_expression(Source.of("<input>", expression), environment, advises=False)
    program = compilation.program
    if program is None:
        return {"compileError": compilation.kubernetes_text}
    run = _run(program, shown, record, environment)
    is_error = isinstance(run.outcome, CelFailure)
    return {
        "error" if is_error else "result": run.outcome.text if isinstance(run.outcome, CelFailure) else run.outcome,
        "outputType": declared_name(program.output_type),
        "estimatedMaxCost": program.estimated_cost,
        "actualCost": run.cost,
    }


class WrittenDevice:
    """The device of a record, and what was made of it already: recorded cases ask many things of few devices."""

    __slots__ = ("_decoded", "document")

    def __init__(self, document: JsonValue) -> None:
        self.document = document
        self._decoded: dict[tuple[str, bool], Device] = {}

    def decoded(self, driver: str, *, shows_lists: bool) -> Device:
        """The device as a driver publishes it. Raises WrongRecordError."""
        known = self._decoded.get((driver, shows_lists))
        if known is None:
            check_device(self.document)
            written = self.document if isinstance(self.document, dict) else {}
            seen = {part: written[part] for part in _SEEN if part in written}
            if len(self._decoded) >= _MOST_DRIVERS:
                self._decoded.clear()
            known = self._decoded[driver, shows_lists] = decode_device(seen, driver, shows_lists=shows_lists)
        return known


_DEVICES: dict[bytes, WrittenDevice] = {}


def read_parts(line: bytes) -> tuple[dict[str, JsonValue], WrittenDevice]:
    """The parts of a record but for its device, and the device, read once for all lines that write it alike.

    Raises ValueError or RecursionError for a line that is no JSON object of the strict kind.
    """
    parts = _object_decoder().decode(line)
    written = bytes(parts.pop("device", b"null"))
    device = _DEVICES.get(written)
    if device is None:
        device = WrittenDevice(msgspec.json.decode(written))
        if len(_DEVICES) >= _MOST_DEVICES:
            _DEVICES.clear()
        if len(written) <= _LONGEST_DEVICE:
            _DEVICES[written] = device
    return {name: msgspec.json.decode(part) for name, part in parts.items()}, device


@cache
def _object_decoder() -> msgspec.json.Decoder[dict[str, msgspec.Raw]]:
    return msgspec.json.Decoder(dict[str, msgspec.Raw])


def _run(program: Program, device: Device, record: Mapping[str, JsonValue], environment: Environment) -> Run:
    found = record.get("costLimit")
    limit = found if isinstance(found, int) else MOST_COST
    suffix = _text(record, "celSuffix")
    if suffix and environment.strict_prototype:
        return program.run_prototype(device, suffix, limit)
    return program.run(device, limit)


def _kubernetes(record: Mapping[str, JsonValue], rules: Rules, device: WrittenDevice) -> tuple[Environment, Device]:
    features = record.get("features")
    environment = environment_for(
        Dialect.V1,
        kubernetes=rules.kubernetes,
        stored=record.get("env", "stored") == "stored",
        features=features if isinstance(features, dict) else _ALL_FEATURES,  # type: ignore[arg-type]
    )
    return environment, device.decoded(_text(record, "driver"), shows_lists=environment.shows_lists)


def _evolution(record: Mapping[str, JsonValue], rules: Rules) -> tuple[Environment, Device]:
    environment = environment_for(Dialect.EVOLUTION, strict_prototype=rules.strict_prototype)
    document: dict[str, JsonValue] = {"name": "device", "attributes": record.get("attributes") or []}
    return environment, decode_device(document, _text(record, "driverName"), dialect=Dialect.EVOLUTION)


def _text(record: Mapping[str, JsonValue], key: str) -> str:
    found = record.get(key)
    return found if isinstance(found, str) else ""
