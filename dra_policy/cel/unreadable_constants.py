"""Warn about a constant that a function of Kubernetes cannot read, and 0 as divisor: both compile, and always fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from dra_policy.cel.check import Checked
from dra_policy.cel.data import Failure
from dra_policy.cel.environment import Environment
from dra_policy.cel.names import Reference
from dra_policy.cel.syntax import Call, Expression, Literal, Uint
from dra_policy.text import Diagnostic, Severity
from dra_policy.values import Quantity, QuantityError, Version, VersionError

_DIVISIONS = frozenset(("_/_", "_%_"))
_BY_ZERO = {
    "divide_int64": "division by zero",
    "divide_uint64": "division by zero",
    "modulo_int64": "modulus by zero",
    "modulo_uint64": "modulus by zero",
}
_NOTE = "Kubernetes accepts it, and stops the whole pod at the first device for which it is evaluated"


def unreadable_constants(
    nodes: Iterable[Expression], checked: Checked, environment: Environment
) -> Iterator[Diagnostic]:
    """``quantity("80GiB")``, ``semver("550")``, ``x / 0`` and the like, with what Kubernetes says on the device."""
    for node in nodes:
        if not isinstance(node, Call):
            continue
        if node.function in _DIVISIONS:
            yield from _zero_divisor(node, checked)
            continue
        reference = checked.references.get(node.id)
        if reference is None or reference.name not in _HINTS or not (node.target is None or reference.is_namespaced):
            continue
        text = node.arguments[0]
        if isinstance(text, Literal) and isinstance(text.value, str):
            failure = _failure(node, reference, environment)
            if failure is not None:
                yield _warning(failure.text, text, _HINTS[reference.name](text.value))


def _warning(message: str, constant: Literal, hint: str) -> Diagnostic:
    return Diagnostic("DRA204", Severity.WARNING, message, constant.span, hint=hint, notes=(_NOTE,))


def _zero_divisor(node: Call, checked: Checked) -> Iterator[Diagnostic]:
    """A whole number over 0, whatever is divided. Doubles may be, and values of unknown type may be doubles."""
    reference, divisor = checked.references.get(node.id), node.arguments[-1]
    if reference is None or len(reference.overloads) != 1 or not isinstance(divisor, Literal):
        return
    message = _BY_ZERO.get(reference.overloads[0])
    if message is not None and divisor.value in (0, Uint(0)):
        yield _warning(message, divisor, "only doubles can be divided by 0: `1.0 / 0.0` is infinite")


def _failure(call: Call, reference: Reference, environment: Environment) -> Failure | None:
    """What a call of constants fails with; None where it does not."""
    # Heavy, and few expressions have such a call.
    from dra_policy.cel.functions import bind
    from dra_policy.cel.library.catalogue import Implementations

    function = Implementations(environment)(reference.name)
    values = [part.value for part in call.arguments if isinstance(part, Literal)]
    if function is None or len(reference.overloads) != 1 or len(values) != len(call.arguments):
        return None
    result = bind(function, reference.overloads[0], len(values)).implementation(*values)
    return result if isinstance(result, Failure) else None


# Repairs: what was probably meant, if that can be read

_UNITS = {unit.lower(): unit for unit in ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E", "")}
_AMOUNT = re.compile(r"([+-]?[0-9.][0-9.,_ ]*)([A-Za-z]*)")


def _quantity(text: str) -> str:
    """``80GiB`` and ``80gi`` are `80Gi`, ``80GB`` is `80G`."""
    matched = _AMOUNT.fullmatch(text.strip())
    if matched is not None:
        number, unit = re.sub("[,_ ]", "", matched[1]), matched[2].lower()
        meant = _UNITS.get(unit, _UNITS.get(unit.removesuffix("b")))
        if meant is not None and _is_quantity(number + meant):
            return f"write `{number}{meant}`"
    return "a quantity is a number and one of the units Ki Mi Gi Ti Pi Ei and k M G T P E m: `80Gi`"


def _is_quantity(text: str) -> bool:
    try:
        Quantity.parse(text)
    except QuantityError:
        return False
    return True


def _version(text: str) -> str:
    """``v1`` and ``1`` are `1.0.0`."""
    try:
        meant = Version.normalize(text.strip().removeprefix("V"))
        Version.parse(meant)
    except VersionError:
        return 'a version is three numbers: `semver("550.54.15")`'
    return f'write `semver("{meant}")`'


def _network(text: str) -> str:
    from dra_policy.cel.library.addresses import Address, parse_address

    address = parse_address(text)
    if isinstance(address, Address) and not (address.zone or address.is_mapped):
        return f'write `cidr("{text}/{address.bits}")`, or the length of the network\'s prefix'
    return 'a network is an address and the length of its prefix: `cidr("10.0.0.0/8")`'


def _address(text: str) -> str:
    from dra_policy.cel.library.addresses import Address, parse_address

    before, slash, _ = text.partition("/")
    if slash and isinstance(parse_address(before), Address):
        return f'write `ip("{before}")`, or `cidr("{text}")` for the network'
    return 'an address is written as `ip("10.0.0.1")` or `ip("2001:db8::1")`'


def _url(_: str) -> str:
    return 'a URL begins with a scheme, or a path with `/`: `url("https://example.com/path")`'


_HINTS: Mapping[str, Callable[[str], str]] = {
    "quantity": _quantity,
    "semver": _version,
    "cidr": _network,
    "ip": _address,
    "ip.isCanonical": _address,
    "url": _url,
}
