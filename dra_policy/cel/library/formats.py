"""Named formats: ``format.dns1123Label().validate(text)`` and its kin (k8s.io/apiserver pkg/cel/library format)."""

from __future__ import annotations

import re
from collections.abc import Callable

from dra_policy.cel.data import GO_NAMES, NONE, TYPE_NAMES, UNHASHABLE, OptionalValue, Value
from dra_policy.cel.equality import LIBRARY_EQUALITY
from dra_policy.cel.functions import Function, Overload
from dra_policy.cel.library.urls import parse_request_url
from dra_policy.cel.moments import parse_timestamp
from dra_policy.record import dataclass
from dra_policy.values.label_names import (
    LABEL,
    SUBDOMAIN,
    Complaints,
    label_key_complaints,
    label_value_complaints,
    mismatch,
    subdomain_complaints,
    too_long,
)

FORMAT_TYPE = "kubernetes.NamedFormat"
_OLD_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?"
_UUID = r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$"
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")
_CLOCK = "^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$"


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what is wrong with a text, and the length of its pattern, which the cost of ``validate`` counts."""

    name: str
    complaints: Callable[[str], Complaints]
    pattern_size: int


TYPE_NAMES[Format] = FORMAT_TYPE
GO_NAMES[Format] = UNHASHABLE[Format] = "cel.Format"
LIBRARY_EQUALITY[Format] = lambda one, other: one.name == other.name


def _label(text: str) -> Complaints:
    found = too_long(text, 63, "characters")
    if not re.fullmatch(LABEL, text):
        if re.fullmatch(SUBDOMAIN, text):
            return [*found, "must not contain dots"]
        message = (
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
            "and must start and end with an alphanumeric character"
        )
        found.append(mismatch(message, LABEL, "my-name", "123-abc"))
    return found


def _subdomain(text: str) -> Complaints:
    return subdomain_complaints(text, "characters")


def _old_label(text: str) -> Complaints:
    found = too_long(text, 63, "characters")
    if not re.fullmatch(_OLD_LABEL, text):
        message = (
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
            "start with an alphabetic character, and end with an alphanumeric character"
        )
        found.append(mismatch(message, _OLD_LABEL, "my-name", "abc-123"))
    return found


def _uri(text: str) -> Complaints:
    parsed = parse_request_url(text)
    return [parsed] if isinstance(parsed, str) else []


def _is_date(text: str) -> bool:
    return (
        re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None
        and parse_timestamp(f"{text}T00:00:00Z") is not None
    )


def _is_datetime(text: str) -> bool:
    parts = text.lower().split("t")
    if len(text) < 4 or len(parts) < 2 or not _is_date(parts[0]):
        return False
    clock = re.match(_CLOCK, parts[1])
    return clock is not None and clock[1] <= "23" and clock[2] <= "59" and clock[3] <= "59"


def _unless(holds: Callable[[str], object], complaint: str) -> Callable[[str], Complaints]:
    return lambda text: [] if holds(text) else [complaint]


def _prefix(check: Callable[[str], Complaints]) -> Callable[[str], Complaints]:
    """The check of a name's beginning: a dash at the end does no harm."""
    return lambda text: check(f"{text[:-2]}a" if len(text) > 1 and text.endswith("-") else text)


FORMATS = {
    "dns1123Label": Format("DNS1123Label", _label, 30),
    "dns1123Subdomain": Format("DNS1123Subdomain", _subdomain, 60),
    "dns1035Label": Format("DNS1035Label", _old_label, 30),
    "qualifiedName": Format("QualifiedName", label_key_complaints, 60),
    "dns1123LabelPrefix": Format("DNS1123LabelPrefix", _prefix(_label), 30),
    "dns1123SubdomainPrefix": Format("DNS1123SubdomainPrefix", _prefix(_subdomain), 60),
    "dns1035LabelPrefix": Format("DNS1035LabelPrefix", _prefix(_old_label), 30),
    "labelValue": Format("LabelValue", label_value_complaints, 40),
    "uri": Format("URI", _uri, 1103),
    "uuid": Format("uuid", _unless(re.compile(_UUID).match, "does not match the UUID format"), len(_UUID)),
    "byte": Format("byte", _unless(_BASE64.fullmatch, "invalid base64"), 84),
    "date": Format("date", _unless(_is_date, "invalid date"), len(_CLOCK)),
    "datetime": Format("datetime", _unless(_is_datetime, "invalid datetime"), len(_CLOCK)),
}


def _named(name: str) -> Value:
    found = FORMATS.get(name)
    return NONE if found is None else OptionalValue(found)


def _validate(form: Format, text: str) -> Value:
    found = form.complaints(text)
    return OptionalValue(list(found)) if found else NONE


def _constant(form: Format) -> Callable[[], Value]:
    return lambda: form


FUNCTIONS = (
    Function("format.named", (Overload("format-named", ("string",), _named),)),
    Function("validate", (Overload("format-validate", (FORMAT_TYPE, "string"), _validate),)),
    *(Function(f"format.{name}", (Overload(f"format.{name}", (), _constant(form)),)) for name, form in FORMATS.items()),
)
