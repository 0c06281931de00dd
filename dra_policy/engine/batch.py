"""Answer recorded cases, one JSON object a line: the protocol by which programs of other languages use the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dra_policy.engine.rules import Rules
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    from dra_policy.allocate.shortcuts import Shortcuts

JsonObject = dict[str, JsonValue]
Answerer = Callable[[bytes], JsonObject]


def answer_lines(lines: Iterable[bytes], answer: Answerer) -> Iterator[JsonObject]:
    """The answers in the order of the lines.

    A line that is no case gets ``{"invalid": …, "line": N}``, and one at which this program has a fault
    ``{"internalError": …, "line": N}``: the lines behind it are answered all the same.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield answer(line)
        except InvalidCaseError as error:
            yield {"invalid": str(error), "line": number}
        except Exception as error:
            yield {"internalError": f"{type(error).__name__}: {error}", "line": number}


class InvalidCaseError(ValueError):
    """A line that is no case of the protocol; the message says what was found."""


def allocate_case(line: bytes, rules: Rules, *, shortcuts: Shortcuts | None = None) -> JsonObject:
    """One recorded case: every node's answer, and the first-node view (``outcome``). Raises InvalidCaseError."""
    record = _record(line)
    if "slices" not in record and "claims" not in record:
        raise InvalidCaseError("neither `slices` nor `claims`: no case of allocation")
    # Each protocol loads only what it needs: allocation and CEL are a large part of the program each.
    from dra_policy.engine.allocation_cases import answer_case
    from dra_policy.engine.allocation_records import check_record

    try:
        check_record(record)
        return answer_case(line, record.get("name"), rules, shortcuts)
    except ValueError as error:
        raise InvalidCaseError(str(error)) from None


def _record(line: bytes) -> Mapping[str, JsonValue]:
    import msgspec

    try:
        record = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        record = _as_go_reads(line)
    if not isinstance(record, dict):
        raise InvalidCaseError(f"a JSON object is wanted, this is {type(record).__name__}")
    return record


def _as_go_reads(line: bytes) -> JsonValue:
    """What msgspec refuses and others write all the same: NaN, halves of characters, numbers without end."""
    import json

    try:
        record: JsonValue = json.loads(line)
        if b"\\ud" in line.lower():
            # Half of a surrogate pair is no character; Go's reader of JSON puts U+FFFD in its place.
            text = json.dumps(record, ensure_ascii=False).encode("utf-16", "surrogatepass")
            record = json.loads(text.decode("utf-16", "replace"))
    except ValueError as error:
        raise InvalidCaseError(f"not JSON: {error}") from None
    except RecursionError:
        raise InvalidCaseError("not JSON that anybody writes: nested too deeply") from None
    return record


def cel_case(line: bytes, rules: Rules) -> JsonObject:
    """One expression on one device. Raises InvalidCaseError."""
    from dra_policy.engine.cel_cases import WrittenDevice, answer_record, read_parts
    from dra_policy.engine.record_parts import WrongRecordError, shown

    record: Mapping[str, JsonValue]
    try:
        record, device = read_parts(line)
    except (ValueError, RecursionError):
        record = _record(line)
        device = WrittenDevice(record.get("device"))
    expression = record.get("expression")
    if expression is None:
        raise InvalidCaseError("no `expression`: no case of CEL")
    if not isinstance(expression, str):
        raise InvalidCaseError(f"`expression` must be a string, not {shown(expression)}")
    try:
        return {"id": record.get("id"), **answer_record(record, expression, rules, device=device)}
    except WrongRecordError as error:
        raise InvalidCaseError(str(error)) from None
