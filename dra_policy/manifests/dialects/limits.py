"""What the API server refuses in claims and classes: absent fields, unknown words, lists that are too long.

Sources: the limits in kubernetes/api resource/v1 types.go, and pkg/apis/resource/validation of Kubernetes. Recorded
cases are taken as they are.
"""

from __future__ import annotations

from dra_policy.manifests.view import View
from dra_policy.text import nearest

_REQUESTS = 32
_CONSTRAINTS = 32
_CONFIGURATIONS = 32
_SELECTORS = 32
_ALTERNATIVES = 8
_TOLERATIONS = 16
_EXPRESSION_BYTES = 10 * 1024
_WORDS = {
    "allocationMode": ("ExactCount", "All"),
    "operator": ("Equal", "Exists"),
    "effect": ("NoSchedule", "NoExecute", "None"),
}


def check_claim_devices(devices: View) -> None:
    """Report lists of a claim's ``devices`` that are longer than the API allows (DRA105)."""
    if devices.context.defaults:
        _check_length(devices, "requests", _REQUESTS)
        _check_length(devices, "constraints", _CONSTRAINTS)
        _check_length(devices, "config", _CONFIGURATIONS)


def check_alternatives(request: View) -> None:
    """Report a request with too many alternatives, or with both forms."""
    if request.context.defaults:
        _check_length(request, "firstAvailable", _ALTERNATIVES)
        if request.has("exactly"):
            request.error("DRA105", "a request takes either `exactly` or `firstAvailable`, not both", "firstAvailable")


def check_demand(view: View, owner: str) -> None:
    """Report what the API server refuses in a request or an alternative of one."""
    if not view.context.defaults:
        return
    if view.value.get("deviceClassName") in (None, ""):
        view.error("DRA106", f"request `{owner}` has no `deviceClassName`")
    _check_length(view, "tolerations", _TOLERATIONS)
    _check_word(view, "allocationMode")
    for each in _mappings(view, "tolerations"):
        _check_word(each, "operator")
        _check_word(each, "effect")
    count = view.value.get("count")
    if type(count) is int and count < 0:
        view.error("DRA105", "`count` is at least 1", "count")
    if type(count) is int and count > 0 and view.value.get("allocationMode") == "All":
        view.error("DRA105", "`count` has no meaning with allocationMode All", "count")


def check_selectors(view: View) -> None:
    """Report selectors that are too many or too long, or have no expression."""
    if not view.context.defaults:
        return
    _check_length(view, "selectors", _SELECTORS)
    for each in _mappings(view, "selectors"):
        cel = each.value.get("cel")
        expression = cel.get("expression") if isinstance(cel, dict) else None
        if expression in (None, ""):
            each.error("DRA106", "a selector has no `cel.expression`")
        elif isinstance(expression, str) and len(expression.encode("utf-8", "replace")) > _EXPRESSION_BYTES:
            each.error("DRA105", "an expression has at most 10,240 bytes", "cel", "expression")


def _mappings(view: View, name: str) -> list[View]:
    """The mappings of a list; what is none is reported by whoever reads them."""
    value = view.value.get(name)
    items = enumerate(value) if isinstance(value, list) else ()
    return [View(each, view.context, (*view.path, name, index)) for index, each in items if isinstance(each, dict)]


def _check_length(view: View, name: str, limit: int) -> None:
    value = view.value.get(name)
    if isinstance(value, list) and len(value) > limit:
        view.error("DRA105", f"`{name}` has at most {limit} entries, not {len(value)}", name)


def _check_word(view: View, name: str) -> None:
    value = view.value.get(name)
    words = _WORDS[name]
    if isinstance(value, str) and value and value not in words:
        near = nearest(value, words)
        choices = f"{', '.join(words[:-1])} or {words[-1]}"
        view.error(
            "DRA105", f"`{name}` is {choices}, not `{value}`", name, hint=f"did you mean `{near}`?" if near else None
        )
