"""Which texts the API takes as names: DNS labels and subdomains, attribute names with and without a domain, label keys.

Sources: apimachinery pkg/util/validation, and QualifiedName in kubernetes/api resource/v1 types.go.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dra_policy.model.quota import IMPLICIT_EXTENDED_RESOURCE, is_extended_resource

# Texts, compiled at first use.
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]{0,31}"
_WORD = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_MOST_OF_DOMAIN = 63
MOST_OF_SUBDOMAIN = 253

LABEL_HINT = "it has up to 63 lower-case letters, digits and `-`, and begins and ends with no `-`"
SUBDOMAIN_HINT = (
    "it has up to 253 lower-case letters, digits, `-` and `.`, and begins and ends with a letter or a digit"
)


DOMAIN_HINT = "it is a DNS subdomain of at most 63 characters, such as `gpu.example.com`"


def is_label(text: str) -> bool:
    """Whether it is an RFC 1123 label: a device's, a request's, a namespace's name."""
    return re.fullmatch(_LABEL, text) is not None


def is_subdomain(text: str) -> bool:
    """Whether it is an RFC 1123 subdomain: what most objects are called."""
    return len(text) <= MOST_OF_SUBDOMAIN and re.fullmatch(SUBDOMAIN, text) is not None


def is_domain(text: str) -> bool:
    """Whether it is a driver's name, or the domain of an attribute: in capitals too (ValidateCSIDriverName)."""
    return len(text) <= _MOST_OF_DOMAIN and re.fullmatch(SUBDOMAIN, text.lower()) is not None


def is_pool(text: str) -> bool:
    """Whether it is a pool's name: subdomains with slashes between them."""
    return len(text) <= MOST_OF_SUBDOMAIN and all(map(is_subdomain, text.split("/")))


def is_identifier(text: str) -> bool:
    """Whether it is an attribute's name without domain."""
    return re.fullmatch(_IDENTIFIER, text) is not None


@lru_cache(maxsize=4096)
def is_attribute_name(text: str) -> bool:
    """Whether it is an attribute's name as a device publishes it: with a domain or without."""
    domain, slash, name = text.rpartition("/")
    return is_identifier(name) and (not slash or is_domain(domain))


def is_label_key(text: str) -> bool:
    """Whether it is the key of a label or a taint."""
    domain, slash, name = text.rpartition("/")
    return re.fullmatch(_WORD, name) is not None and (not slash or is_subdomain(domain))


def is_label_value(text: str) -> bool:
    """Whether it is the value of a label or a taint, which may be empty."""
    return not text or re.fullmatch(_WORD, text) is not None


def is_extended_resource_name(text: str) -> bool:
    """Whether a class may have it as ``extendedResourceName``: it is none of Kubernetes', and no ``requests.…``."""
    return not text.startswith(IMPLICIT_EXTENDED_RESOURCE) and is_extended_resource(text) and is_label_key(text)
