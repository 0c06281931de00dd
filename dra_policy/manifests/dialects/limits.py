"""What the API server refuses in claims, classes and taints: absent fields, unknown words, too long lists.

Sources: the limits in kubernetes/api resource/v1 types.go, and pkg/apis/resource/validation of Kubernetes. Recorded
cases are taken as they are.
"""

from __future__ import annotations

from dra_policy.manifests.dialects.api_names import (
    LABEL_HINT,
    SUBDOMAIN_HINT,
    is_domain,
    is_extended_resource_name,
    is_identifier,
    is_label,
    is_label_key,
    is_label_value,
    is_pool,
    is_subdomain,
)
from dra_policy.manifests.fields import EXACT_FIELDS, fields_of
from dra_policy.manifests.view import View
from dra_policy.text import Diagnostic, Label, Severity, Step, nearest

_REQUESTS = 32
_CONSTRAINTS = 32
_SELECTORS = 32
_ALTERNATIVES = 8
_TOLERATIONS = 16
_EXPRESSION_BYTES = 10 * 1024
_TAINT_HINT = "it looks like `example.com/broken`"
_VALUE_HINT = "it has up to 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or a digit"
_WORDS = {
    "allocationMode": ("ExactCount", "All"),
    "operator": ("Equal", "Exists"),
    "effect": ("NoSchedule", "NoExecute", "None"),
}


def check_claim_devices(devices: View) -> None:
    """Report lists of a claim's ``devices`` that are longer than the API allows (DRA105)."""
    if devices.context.defaults:
        check_length(devices, "requests", _REQUESTS)
        check_length(devices, "constraints", _CONSTRAINTS)
        _check_names(devices)
        _check_derived_attributes(devices)


def _check_names(devices: View) -> None:
    """Report names of requests that occur twice or are none, and constraints and configurations of unknown ones."""
    requests = mappings(devices, "requests")
    _check_own_names(requests, "request")
    names: list[str] = []
    for request in requests:
        name, alternatives = _name(request), mappings(request, "firstAvailable")
        _check_own_names(alternatives, f"alternative of request `{name}`")
        names += [name, *(f"{name}/{_name(each)}" for each in alternatives)]
    for each in (*mappings(devices, "constraints"), *mappings(devices, "config")):
        _check_references(each, names)


def _check_own_names(views: list[View], what: str) -> None:
    first: dict[str, View] = {}
    for view in views:
        name = _name(view)
        if not name:
            continue  # its absence is told where it is read
        if not is_label(name):
            view.error("DRA105", f"`{name}` is no name of a request", "name", hint=LABEL_HINT)
        elif name in first:
            one = first[name].place("name").span
            labels = (Label(one, "the one before"),) if one else ()
            message = f"{'an' if what[0] == 'a' else 'a'} {what} is called `{name}` already"
            span = view.place("name").span
            hint = "give it a name of its own"
            view.context.findings.add([Diagnostic("DRA105", Severity.ERROR, message, span, labels, hint)])
        first.setdefault(name, view)


def _check_references(view: View, names: list[str]) -> None:
    """Report a name under ``requests`` that no request or alternative of the claim has (DRA311), or a second one."""
    value = view.value.get("requests")
    texts = value if isinstance(value, list) else []
    for index, name in enumerate(texts):
        where: tuple[Step, ...] = ("requests", index)
        if not isinstance(name, str):
            continue  # told where it is read
        if name not in names:
            request, slash, _ = name.partition("/")
            kind = "alternative" if slash and request in names else "request"
            near = nearest(name, names)
            hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(filter(None, names))}"
            view.error("DRA311", f"there is no {kind} `{name}` in this claim", *where, hint=hint if names else None)
        elif name in texts[:index]:
            view.error("DRA105", f"`{name}` stands twice under `requests`", *where)


def _name(view: View) -> str:
    name = view.value.get("name")
    return name if isinstance(name, str) else ""


def check_constraint(view: View) -> None:
    """Report a constraint without attribute, or with one that is not qualified by a domain.

    With both attributes Kubernetes accepts a constraint and looks at ``matchAttribute`` only: a warning.
    """
    if not view.context.defaults:
        return
    written = [name for name in ("matchAttribute", "distinctAttribute") if view.has(name)]
    if not written:
        knows_both = "distinctAttribute" in fields_of(view.context.dialect).get("DeviceConstraint", ())
        choices = "neither `matchAttribute` nor `distinctAttribute`" if knows_both else "no `matchAttribute`"
        view.error("DRA106", f"the constraint has {choices}")
    elif view.context.dialect.is_kubernetes:
        _check_attribute(view, written[0])
    if len(written) == 2:
        message = "`distinctAttribute` beside `matchAttribute` counts for nothing"
        place = view.place("distinctAttribute").key_span
        view.context.findings.warning("DRA105", message, place, hint="write it as a constraint of its own")


def _check_attribute(view: View, field: str) -> None:
    value = view.value.get(field)
    if not isinstance(value, str):
        return  # told where it is read
    domain, slash, name = value.partition("/")
    if not slash:
        hint = f"write `DOMAIN/{value}`: the attributes of a driver have its name as domain"
        view.error("DRA105", f"`{field}` is a domain, a slash and a name, not `{value}`", field, hint=hint)
    elif not is_domain(domain):
        view.error("DRA105", f"`{domain}` in `{field}` is no domain of at most 63 characters", field)
    elif not is_identifier(name):
        view.error("DRA105", f"`{name}` in `{field}` is no identifier of at most 32 characters", field)


def check_alternatives(request: View) -> None:
    """Report a request with too many alternatives, or with both forms."""
    if request.context.defaults:
        check_length(request, "firstAvailable", _ALTERNATIVES)
        if request.value.get("firstAvailable") == []:
            request.error("DRA106", "`firstAvailable` has no alternative", "firstAvailable")
        written = [field for field, value in request.value.items() if value not in (None, "", [], {})]
        own = [field for field in written if field == "exactly" or field in EXACT_FIELDS]
        if own:
            message = f"a request takes either `{own[0]}` or `firstAvailable`, not both"
            request.error("DRA105", message, "firstAvailable")


def check_demand(view: View, owner: str) -> None:
    """Report what the API server refuses in a request or an alternative of one."""
    if not view.context.defaults or view.is_mistyped:
        return
    if view.value.get("deviceClassName") in (None, ""):
        named = f"request `{owner}`" if owner else "the request"
        view.error("DRA106", f"{named} has no `deviceClassName`")
    check_length(view, "tolerations", _TOLERATIONS)
    check_word(view, "allocationMode")
    name = view.value.get("deviceClassName")
    if isinstance(name, str) and name and not is_subdomain(name):
        view.error("DRA105", f"`{name}` is no name of a device class", "deviceClassName", hint=SUBDOMAIN_HINT)
    for each in mappings(view, "tolerations"):
        _check_toleration(each)
    count = view.value.get("count")
    if type(count) is int and count < 0:
        view.error("DRA105", "`count` is at least 1", "count")
    if type(count) is int and count > 0 and view.value.get("allocationMode") == "All":
        view.error("DRA105", "`count` has no meaning with allocationMode All", "count")


def _check_toleration(toleration: View) -> None:
    check_word(toleration, "operator")
    check_word(toleration, "effect")
    key, value = toleration.value.get("key"), toleration.value.get("value")
    if isinstance(key, str) and key and not is_label_key(key):
        toleration.error("DRA105", f"`{key}` is no key of a taint", "key", hint=_TAINT_HINT)
    if not isinstance(value, str) or not value:
        return
    if toleration.value.get("operator") == "Exists":
        toleration.error("DRA105", "`value` has no meaning with operator Exists", "value")
    elif not is_label_value(value):
        toleration.error("DRA105", f"`{value}` is no value of a taint", "value", hint=_VALUE_HINT)


def _check_derived_attributes(devices: View) -> None:
    """Report derived attributes that no constraint on their request reads (DRADerivedAttributes)."""
    read: dict[str, set[str]] = {}
    for each in mappings(devices, "constraints"):
        attribute = each.value.get("matchAttribute") or each.value.get("distinctAttribute")
        over = each.value.get("requests")
        for name in over if isinstance(over, list) and over else ("",):
            read.setdefault(str(name), set()).add(str(attribute))
    for request in mappings(devices, "requests"):
        name = _name(request)
        for demand in (request.view("exactly") or request, *mappings(request, "firstAvailable")):
            named = {"", name, f"{name}/{_name(demand)}"}
            used = {attribute for each in named for attribute in read.get(each, ())}
            _check_derived(demand, used)


def _check_derived(demand: View, used: set[str]) -> None:
    seen: set[str] = set()
    for each in mappings(demand, "derivedAttributes"):
        name = each.required_text("name", "a derived attribute")
        if not each.value.get("expression"):
            each.error("DRA106", "a derived attribute has no `expression`")
        if name in seen:
            each.error("DRA105", f"a derived attribute is called `{name}` already", "name")
        elif name and name not in used:
            hint = "only `matchAttribute` and `distinctAttribute` read it"
            each.error("DRA105", f"no constraint on the request reads derived attribute `{name}`", "name", hint=hint)
        seen.add(name)


def check_class(spec: View) -> None:
    """Report an extended resource that a class cannot stand for."""
    name = spec.value.get("extendedResourceName")
    if spec.context.defaults and isinstance(name, str) and not is_extended_resource_name(name):
        hint = "it looks like `example.com/gpu`"
        spec.error("DRA105", f"`{name}` is no name of an extended resource", "extendedResourceName", hint=hint)


def check_device_selector(selector: View) -> None:
    """Report names in a taint rule's selector that no driver, pool or device can have."""
    checks = {"driver": is_domain, "pool": is_pool, "device": is_label}
    for field, is_name in checks.items():
        name = selector.value.get(field)
        if isinstance(name, str) and not is_name(name):
            selector.error("DRA105", f"`{name}` is no name of a {field}", field)


def check_taint(taint: View) -> None:
    """Report a taint of a device or of a rule that the API server refuses."""
    key = taint.text("key")
    if not key:
        taint.error("DRA106", "a taint has no `key`")
    elif not is_label_key(key):
        taint.error("DRA105", f"`{key}` is no key of a taint", "key", hint=_TAINT_HINT)
    if not taint.text("effect") and taint.value.get("effect") in (None, ""):
        taint.error("DRA106", "a taint has no `effect`")
    check_word(taint, "effect")
    value = taint.value.get("value")
    if isinstance(value, str) and not is_label_value(value):
        taint.error("DRA105", f"`{value}` is no value of a taint", "value", hint=_VALUE_HINT)


def check_resources(resources: View) -> None:
    """Report amounts of extended resources that are not whole (core validation, ValidateResourceQuantityValue)."""
    if not resources.context.defaults:
        return
    for field in ("limits", "requests"):
        # What Kubernetes measures itself may be a part of one; device plugins and classes count devices.
        if "/" in "".join(resources.amounts(field)):
            for name, amount in resources.quantities(field).items():
                if "/" in name and amount.milli_value() % 1000:
                    resources.error("DRA105", f"`{amount}` is no whole number", field, name)


def check_selectors(view: View) -> None:
    """Report selectors that are too many or too long, or have no expression."""
    if not view.context.defaults:
        return
    check_length(view, "selectors", _SELECTORS)
    for each in mappings(view, "selectors"):
        cel = each.value.get("cel")
        expression = cel.get("expression") if isinstance(cel, dict) else None
        if cel is not None and not isinstance(cel, dict):
            continue  # told where it is read
        if expression in (None, ""):
            each.error("DRA106", "a selector has no `cel.expression`")
        elif isinstance(expression, str) and len(expression.encode("utf-8", "replace")) > _EXPRESSION_BYTES:
            each.error("DRA105", "an expression has at most 10,240 bytes", "cel", "expression")


def mappings(view: View, name: str) -> list[View]:
    """The mappings of a list; what is none is reported by whoever reads them."""
    value = view.value.get(name)
    items = enumerate(value) if isinstance(value, list) else ()
    return [View(each, view.context, (*view.path, name, index)) for index, each in items if isinstance(each, dict)]


def check_length(view: View, name: str, limit: int) -> None:
    """Report a list with more entries than the limit."""
    value = view.value.get(name)
    if isinstance(value, list) and len(value) > limit:
        view.error("DRA105", f"`{name}` has at most {limit} entries, not {len(value)}", name)


def check_word(view: View, name: str) -> None:
    """Report a word that is none of those that the API knows for the field."""
    value = view.value.get(name)
    words = _WORDS[name]
    if isinstance(value, str) and value and value not in words:
        near = nearest(value, words)
        choices = f"{', '.join(words[:-1])} or {words[-1]}"
        view.error(
            "DRA105", f"`{name}` is {choices}, not `{value}`", name, hint=f"did you mean `{near}`?" if near else None
        )
