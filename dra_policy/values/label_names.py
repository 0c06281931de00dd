"""What Kubernetes finds wrong with names and labels, in its words (apimachinery ``api/validate/content``)."""

from __future__ import annotations

import re

Complaints = list[str]

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = f"({_NAME})?"
_NAME_MESSAGE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_EMPTY = "must be non-empty"


def too_long(text: str, limit: int, unit: str = "bytes") -> Complaints:
    """Whether the text has more bytes than that; newer checks say ``bytes``, older ones ``characters``."""
    return [f"must be no more than {limit} {unit}"] if len(text.encode(errors="surrogatepass")) > limit else []


def mismatch(message: str, pattern: str, *examples: str) -> str:
    """The complaint about a text that is not of a pattern."""
    quoted = " or ".join(f"'{example}', " for example in examples)
    return f"{message} (e.g. {quoted}regex used for validation is '{pattern}')"


def subdomain_complaints(text: str, unit: str = "bytes") -> Complaints:
    """What is wrong with a DNS subdomain."""
    found = too_long(text, 253, unit)
    if not re.fullmatch(SUBDOMAIN, text):
        message = (
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
            "and must start and end with an alphanumeric character"
        )
        found.append(mismatch(message, SUBDOMAIN, "example.com"))
    return found


def label_key_complaints(text: str) -> Complaints:
    """What is wrong with a label's key, which is what Kubernetes calls a qualified name."""
    parts = text.split("/")
    complaint = mismatch(_NAME_MESSAGE, _NAME, "MyName", "my.name", "123-abc")
    if len(parts) > 2:
        return [
            f"a valid label key {complaint} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    found: Complaints = []
    if len(parts) == 2:
        found += [f"prefix part {each}" for each in (subdomain_complaints(parts[0]) if parts[0] else [_EMPTY])]
    name = parts[-1]
    found += [f"name part {each}" for each in (too_long(name, 63) if name else [_EMPTY])]
    if not re.fullmatch(_NAME, name):
        found.append(f"name part {complaint}")
    return found


def label_value_complaints(text: str) -> Complaints:
    """What is wrong with a label's value."""
    found = too_long(text, 63)
    if not re.fullmatch(_LABEL_VALUE, text):
        message = (
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
            "and must start and end with an alphanumeric character"
        )
        found.append(mismatch(message, _LABEL_VALUE, "MyValue", "my_value", "12345"))
    return found
