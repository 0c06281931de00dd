"""IP addresses and networks as Go's net/netip reads them (k8s.io/apiserver pkg/cel/library ip and cidr)."""

from __future__ import annotations

import re

from dra_policy.cel.data import GO_NAMES, KEYS_BY_VALUE, NO_OVERLOAD, SIZES, TYPE_NAMES, Failure, Value
from dra_policy.cel.equality import LIBRARY_EQUALITY
from dra_policy.cel.functions import Function, Overload
from dra_policy.record import dataclass
from dra_policy.values import parse_int64
from dra_policy.values.go_text import go_quote

IP_TYPE = "net.IP"
CIDR_TYPE = "net.CIDR"
_WANTS_COLON = "unexpected character, want colon"
_IPV6_GROUP = re.compile(r"[0-9a-fA-F]*")


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address: the number, its width (32 or 128 bits) and an IPv6 zone."""

    number: int
    bits: int
    zone: str = ""

    @property
    def is_mapped(self) -> bool:
        """Whether it is an IPv4 address written as IPv6 (``::ffff:1.2.3.4``)."""
        return self.bits == 128 and self.number >> 32 == 0xFFFF

    def __str__(self) -> str:
        if self.bits == 32:
            return ".".join(str(self.number >> shift & 255) for shift in (24, 16, 8, 0))
        return _ipv6_text(self.number)


@dataclass(frozen=True, slots=True)
class Network:
    """An address and the length of its network's prefix."""

    address: Address
    length: int

    def masked(self) -> Network:
        """The network's first address."""
        return Network(Address(_mask(self.address, self.length), self.address.bits), self.length)

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"


TYPE_NAMES.update({Address: IP_TYPE, Network: CIDR_TYPE})
GO_NAMES.update({Address: "cel.IP", Network: "cel.CIDR"})
KEYS_BY_VALUE.update((Address, Network))
LIBRARY_EQUALITY.update({Address: lambda one, other: one == other, Network: lambda one, other: one == other})
SIZES.update({Address: lambda address: address.bits // 8, Network: lambda network: -(-network.length // 8)})


def _mask(address: Address, length: int) -> int:
    shift = address.bits - length
    return address.number >> shift << shift


def _ipv6_text(number: int) -> str:
    """RFC 5952: lower case, the longest run of at least two zero groups as ``::``."""
    groups = [number >> shift & 0xFFFF for shift in range(112, -16, -16)]
    best_start, best_size = 8, 1
    start = 0
    while start < 8:
        end = start
        while end < 8 and groups[end] == 0:
            end += 1
        if end - start > best_size:
            best_start, best_size = start, end - start
        start = end + 1
    if best_start == 8:
        return ":".join(f"{group:x}" for group in groups)
    before = ":".join(f"{group:x}" for group in groups[:best_start])
    after = ":".join(f"{group:x}" for group in groups[best_start + best_size :])
    return f"{before}::{after}"


def parse_address(text: str) -> Address | str:
    """The address that a text names, or Go's refusal: ``ParseAddr("x"): unable to parse IP``."""
    kind = next((character for character in text if character in ".:%"), "")
    if kind == ".":
        parsed = _ipv4(text)
        found: Address | str = Address(parsed, 32) if isinstance(parsed, int) else parsed
    elif kind == ":":
        found = _ipv6(text)
    else:
        found = "missing IPv6 address" if kind == "%" else "unable to parse IP"
    return found if isinstance(found, Address) else f"ParseAddr({go_quote(text)}): {found}"


def _at(message: str, rest: str) -> str:
    return f"{message} (at {go_quote(rest)})"


def _ipv4(text: str) -> int | str:
    number, value, digits, dots = 0, 0, 0, 0
    for index, character in enumerate(text):
        if character in "0123456789":
            if digits == 1 and value == 0:
                return "IPv4 field has octet with leading zero"
            value, digits = value * 10 + int(character), digits + 1
            if value > 255:
                return "IPv4 field has value >255"
        elif character == ".":
            if index in (0, len(text) - 1) or text[index - 1] == ".":
                return _at("IPv4 field must have at least one digit", text[index:])
            if dots == 3:
                return "IPv4 address too long"
            number, value, digits, dots = number << 8 | value, 0, 0, dots + 1
        else:
            return _at("unexpected character", text[index:])
    return number << 8 | value if dots == 3 else "IPv4 address too short"


def _ipv6(text: str) -> Address | str:
    rest, percent, zone = text.partition("%")
    if percent and not zone:
        return "zone must be a non-empty string"
    groups: list[int] = []
    ellipsis = -1
    if rest.startswith("::"):
        ellipsis, rest = 0, rest[2:]
        if not rest:
            return Address(0, 128, zone)
    while len(groups) < 8:
        read = _ipv6_group(rest, groups, ellipsis)
        if isinstance(read, str):
            return read
        size, added = read
        groups.extend(added)
        rest = rest[size:]
        if not rest:
            break
        if not rest.startswith(":") or len(rest) == 1:
            return _at(_WANTS_COLON if rest[0] != ":" else "colon must be followed by more characters", rest)
        rest = rest[1:]
        if rest.startswith(":"):
            if ellipsis >= 0:
                return _at("multiple :: in address", rest)
            ellipsis, rest = len(groups), rest[1:]
            if not rest:
                break
    return _at("trailing garbage after address", rest) if rest else _expanded(groups, ellipsis, zone)


def _ipv6_group(rest: str, groups: list[int], ellipsis: int) -> tuple[int, list[int]] | str:
    """How much of the rest the next group takes, and its value; two groups for an IPv4 address at the end."""
    matched = _IPV6_GROUP.match(rest)
    digits = matched.group() if matched else ""
    if len(digits) > 4:
        return _at("each group must have 4 or less digits", rest)
    if not digits:
        return _at("each colon-separated field must have at least one digit", rest)
    if rest[len(digits) : len(digits) + 1] != ".":
        return len(digits), [int(digits, 16)]
    if ellipsis < 0 and len(groups) != 6:
        return _at("embedded IPv4 address must replace the final 2 fields of the address", rest)
    if len(groups) > 6:
        return _at("too many hex fields to fit an embedded IPv4 at the end of the address", rest)
    number = _ipv4(rest)
    return number if isinstance(number, str) else (len(rest), [number >> 16, number & 0xFFFF])


def _expanded(groups: list[int], ellipsis: int, zone: str) -> Address | str:
    if len(groups) == 8 and ellipsis >= 0:
        return "the :: must expand to at least one field of zeros"
    if len(groups) < 8:
        if ellipsis < 0:
            return "address string too short"
        groups[ellipsis:ellipsis] = [0] * (8 - len(groups))
    number = 0
    for group in groups:
        number = number << 16 | group
    return Address(number, 128, zone)


def _checked_address(text: str) -> Address | Failure:
    address = parse_address(text)
    if isinstance(address, str):
        return Failure(f"IP Address {go_quote(text)} parse error during conversion from string: {address}")
    if address.zone:
        return Failure(f"IP address {go_quote(text)} with zone value is not allowed")
    if address.is_mapped:
        return Failure(f"IPv4-mapped IPv6 address {go_quote(text)} is not allowed")
    return address


_NETWORK_ERROR = "network address parse error during conversion from string: "


def _network_or_refusal(text: str) -> Network | str:
    before, slash, bits = text.rpartition("/")
    refusal = f"{_NETWORK_ERROR}netip.ParsePrefix({go_quote(text)}): "
    if not slash:
        return refusal + "no '/'"
    address = parse_address(before)
    if isinstance(address, str):
        return refusal + address
    if address.zone:
        return refusal + "IPv6 zones cannot be present in a prefix"
    length = parse_int64(bits)
    if length is None or (len(bits) > 1 and bits[0] not in "123456789"):
        return f"{refusal}bad bits after slash: {go_quote(bits)}"
    if not 0 <= length <= address.bits:
        return refusal + "prefix length out of range"
    if address.is_mapped:
        return f"IPv4-mapped IPv6 address {go_quote(text)} is not allowed"
    return Network(address, length)


def _network(text: str) -> Network | Failure:
    network = _network_or_refusal(text)
    return Failure(_NETWORK_ERROR + network) if isinstance(network, str) else network


def _contains_ip(network: Network, other: Address | str) -> Value:
    address = _checked_address(other) if isinstance(other, str) else other
    if isinstance(address, Failure):
        # Kubernetes looks at the error's type here, not at the error (the network below passes it on).
        return Failure(NO_OVERLOAD)
    if address.bits != network.address.bits:
        return False
    return _mask(address, network.length) == _mask(network.address, network.length)


def _contains_network(network: Network, other: Network | str) -> Value:
    inner = _network(other) if isinstance(other, str) else other
    if isinstance(inner, Failure):
        return inner
    if inner.address.bits != network.address.bits or network.length > inner.length:
        return False
    return _mask(inner.address, network.length) == _mask(network.address, network.length)


def _is_canonical(text: str) -> Value:
    address = _checked_address(text)
    return address if isinstance(address, Failure) else str(address) == text


def _is_loopback(address: Address) -> bool:
    return address.number == 1 if address.bits == 128 else address.number >> 24 == 127


def _is_link_local_unicast(address: Address) -> bool:
    return address.number >> 118 == 0x3FA if address.bits == 128 else address.number >> 16 == 0xA9FE


def _is_link_local_multicast(address: Address) -> bool:
    if address.bits == 32:
        return address.number >> 8 == 0xE00000
    return address.number >> 112 & 0xFF0F == 0xFF02


def _is_multicast(address: Address) -> bool:
    return address.number >> 120 == 0xFF if address.bits == 128 else address.number >> 28 == 0xE


def _is_global_unicast(address: Address) -> bool:
    if address.number == 0 or (address.bits == 32 and address.number == 0xFFFFFFFF):
        return False
    return not (_is_loopback(address) or _is_multicast(address) or _is_link_local_unicast(address))


ADDRESSES = (
    Function("ip", (Overload("string_to_ip", ("string",), _checked_address),)),
    Function("family", (Overload("ip_family", (IP_TYPE,), lambda address: 4 if address.bits == 32 else 6),)),
    Function("ip.isCanonical", (Overload("ip_is_canonical", ("string",), _is_canonical),)),
    Function("isUnspecified", (Overload("ip_is_unspecified", (IP_TYPE,), lambda address: address.number == 0),)),
    Function("isLoopback", (Overload("ip_is_loopback", (IP_TYPE,), _is_loopback),)),
    Function("isLinkLocalMulticast", (Overload("ip_is_link_local_multicast", (IP_TYPE,), _is_link_local_multicast),)),
    Function("isLinkLocalUnicast", (Overload("ip_is_link_local_unicast", (IP_TYPE,), _is_link_local_unicast),)),
    Function("isGlobalUnicast", (Overload("ip_is_global_unicast", (IP_TYPE,), _is_global_unicast),)),
    Function("isIP", (Overload("is_ip", ("string",), lambda text: isinstance(_checked_address(text), Address)),)),
    Function("string", (Overload("ip_to_string", (IP_TYPE,), str),)),
)
NETWORKS = (
    Function("cidr", (Overload("string_to_cidr", ("string",), _network),)),
    Function(
        "containsIP",
        (
            Overload("cidr_contains_ip_string", (CIDR_TYPE, "string"), _contains_ip),
            Overload("cidr_contains_ip_ip", (CIDR_TYPE, IP_TYPE), _contains_ip),
        ),
    ),
    Function(
        "containsCIDR",
        (
            Overload("cidr_contains_cidr_string", (CIDR_TYPE, "string"), _contains_network),
            Overload("cidr_contains_cidr", (CIDR_TYPE, CIDR_TYPE), _contains_network),
        ),
    ),
    Function("ip", (Overload("cidr_ip", (CIDR_TYPE,), lambda network: network.address),)),
    Function("prefixLength", (Overload("cidr_prefix_length", (CIDR_TYPE,), lambda network: network.length),)),
    Function("masked", (Overload("cidr_masked", (CIDR_TYPE,), Network.masked),)),
    Function("isCIDR", (Overload("is_cidr", ("string",), lambda text: isinstance(_network(text), Network)),)),
    Function("string", (Overload("cidr_to_string", (CIDR_TYPE,), str),)),
)


def _contains_network_of_130(network: Network, other: Network | str) -> Value:
    """``containsCIDR`` of Kubernetes 1.30: a network is only in one whose first address it has for its own."""
    inner = _network(other) if isinstance(other, str) else other
    if isinstance(inner, Failure):
        return inner
    return inner.address == network.masked().address and network.length <= inner.length


CONTAINS_OF_130 = Function(
    "containsCIDR",
    (
        Overload("cidr_contains_cidr_string", (CIDR_TYPE, "string"), _contains_network_of_130),
        Overload("cidr_contains_cidr", (CIDR_TYPE, CIDR_TYPE), _contains_network_of_130),
    ),
)
