"""What is wrong with the limits of a ResourceQuota: amounts that the API server refuses, names that count nothing.

Source: Kubernetes' evaluators of quotas (pkg/quota/v1/evaluator/core), which count claims, devices of a class and
extended resources by the names in KEP-4381 and KEP-5004; the API server takes any name with a `/`.
"""

from __future__ import annotations

from dra_policy.manifests.view import View
from dra_policy.model.quota import CLAIMS, DEVICES_OF_CLASS, IMPLICIT_EXTENDED_RESOURCE, REQUESTS
from dra_policy.text import Diagnostic, Severity, nearest

_COUNTS = (CLAIMS, "count/resourceclaimtemplates.resource.k8s.io")
# All objects of the group that are in namespaces.
_GROUP = "resource.k8s.io"
_CLASS_DOMAIN = "deviceclass.resource.k8s.io"
_NEAR = 3


def check_hard_limits(spec: View) -> None:
    """Report limits that are no quantities, negative, or parts of devices and claims, and those that count nothing."""
    for name, amount in spec.quantities("hard").items():
        is_counted = name == CLAIMS or name.endswith(DEVICES_OF_CLASS)
        if amount.sign() < 0:
            spec.error("DRA105", f"a limit is at least 0, not `{amount}`", "hard", name)
        elif is_counted and amount.milli_value() % 1000:
            spec.error("DRA105", f"`{amount}` is no whole number", "hard", name)
    for name in spec.section("hard").value:
        hint = _hint_for(name) if isinstance(name, str) else None
        if hint is not None:
            span = spec.place("hard", name).key_span
            found = Diagnostic("DRA119", Severity.WARNING, f"the limit `{name}` counts nothing", span, hint=hint)
            spec.context.findings.add([found])


def _hint_for(name: str) -> str | None:
    """What to write for the name of a resource that nothing is counted by; None where something may be."""
    domain, _, last = name.rpartition("/")
    if domain == "count":
        return _hint_for_objects(name, last)
    if name.endswith(DEVICES_OF_CLASS):
        return None
    if name.startswith(IMPLICIT_EXTENDED_RESOURCE):
        return f"did you mean `{REQUESTS}{name}`?"
    labels = domain.split(".")
    size = _CLASS_DOMAIN.count(".") + 1
    device_class, tail = ".".join(labels[:-size]), ".".join(labels[-size:])
    if device_class and nearest(f".{tail}/{last}", [DEVICES_OF_CLASS], most=_NEAR):
        return f"did you mean `{device_class}{DEVICES_OF_CLASS}`?"
    return f"devices are counted by class: `CLASS{DEVICES_OF_CLASS}`" if f".{domain}".endswith(f".{_GROUP}") else None


def _hint_for_objects(name: str, resource: str) -> str | None:
    """What to write for ``count/RESOURCE`` where it is meant to be of the device API and is not."""
    if name in _COUNTS:
        return None
    _, dot, group = resource.partition(".")
    near = nearest(name if dot else f"{name}.{_GROUP}", _COUNTS, most=_NEAR)
    if near:
        return f"did you mean `{near}`?"
    return f"of this API are counted {' and '.join(f'`{each}`' for each in _COUNTS)}" if group == _GROUP else None
