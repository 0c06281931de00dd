"""What claims and classes ask for, as their dialect writes it."""

from __future__ import annotations

from dra_policy.manifests.writing.devices import JsonObject, present
from dra_policy.model import (
    AllocationMode,
    Claim,
    Configuration,
    Constraint,
    Demand,
    DeviceClass,
    Dialect,
    DistinctAttribute,
    MatchAttribute,
    Request,
    Selector,
    Toleration,
    UnknownConstraint,
)
from dra_policy.values import JsonValue


def claim_spec(claim: Claim, *, with_defaults: bool = True) -> JsonObject:
    """The ``spec`` of a claim; ``with_defaults`` also what the API server would fill in."""
    match claim.dialect:
        case Dialect.EVOLUTION:
            return _evolution_spec(claim)
        case Dialect.K8SRM:
            return _k8srm_spec(claim)
        case _:
            return {
                "devices": present(
                    {
                        "requests": [
                            _request(each, claim.dialect, with_defaults=with_defaults) for each in claim.requests
                        ],
                        "constraints": [_constraint(each) for each in claim.constraints],
                        "config": [_configuration(each) for each in claim.configurations],
                    }
                )
            }


def class_fields(device_class: DeviceClass) -> JsonObject:
    """What a class has beside its metadata."""
    match device_class.dialect:
        case Dialect.EVOLUTION:
            return present(
                {
                    "requirements": _requirements(device_class.selectors),
                    "config": [_evolution_configuration(each) for each in device_class.configurations],
                }
            )
        case Dialect.K8SRM:
            return {"spec": _k8srm_class(device_class)}
        case _:
            return {
                "spec": present(
                    {
                        "selectors": _selectors(device_class.selectors),
                        "config": [_configuration(each) for each in device_class.configurations],
                        "extendedResourceName": device_class.extended_resource_name,
                    }
                )
            }


def _request(request: Request, dialect: Dialect, *, with_defaults: bool) -> JsonObject:
    demands = [_demand(each, with_defaults=with_defaults) for each in request.demands]
    if request.prioritized:
        return {"name": request.name, "firstAvailable": list(demands)}
    # Before v1beta2 the fields of an exact request stand beside its name.
    if dialect in (Dialect.V1ALPHA3, Dialect.V1BETA1):
        return {"name": request.name, **demands[0]}
    return {"name": request.name, "exactly": demands[0]}


def _demand(demand: Demand, *, with_defaults: bool) -> JsonObject:
    mode = demand.allocation_mode
    is_counted = mode is AllocationMode.EXACT_COUNT
    written = mode.value if isinstance(mode, AllocationMode) else mode
    amounts: JsonObject = {name: str(amount) for name, amount in demand.capacity_requests.items()}
    document: JsonObject = {
        "name": demand.name,
        "deviceClassName": demand.device_class_name,
        "selectors": _selectors(demand.selectors),
        "allocationMode": written if with_defaults or not is_counted else None,
        "count": demand.count if is_counted else None,
        "adminAccess": demand.admin_access,
        "tolerations": [toleration_document(each) for each in demand.tolerations],
        "derivedAttributes": [{"name": name, "expression": text} for name, text in demand.derived_attributes],
        "capacity": {"requests": amounts} if amounts else None,
    }
    told = present(document)
    # False admin access was written by somebody.
    return {name: value for name, value in document.items() if value is False or name in told}


def _selectors(selectors: tuple[Selector, ...]) -> list[JsonValue]:
    return [{"cel": {"expression": each.expression}} for each in selectors]


def toleration_document(toleration: Toleration) -> JsonObject:
    """A DeviceToleration."""
    return present(
        {
            "key": toleration.key,
            "operator": toleration.operator,
            "value": toleration.value,
            "effect": toleration.effect,
            "tolerationSeconds": toleration.toleration_seconds,
        }
    )


def _constraint(constraint: Constraint) -> JsonObject:
    match constraint:
        case MatchAttribute(attribute=attribute, requests=requests):
            return present({"requests": list(requests), "matchAttribute": attribute})
        case DistinctAttribute(attribute=attribute, requests=requests):
            return present({"requests": list(requests), "distinctAttribute": attribute})
        case UnknownConstraint():
            return {}


def _configuration(each: Configuration) -> JsonObject:
    return present({"requests": list(each.requests), "opaque": {"driver": each.driver, "parameters": each.parameters}})


def _requirements(selectors: tuple[Selector, ...]) -> list[JsonValue]:
    return [{"deviceSelector": each.expression} for each in selectors]


def _evolution_configuration(each: Configuration) -> JsonObject:
    return {"opaque": {"driverName": each.driver, "parameters": each.parameters}}


def _evolution_spec(claim: Claim) -> JsonObject:
    requests: list[JsonValue] = [
        present(
            {
                "name": request.name,
                "deviceClassName": demand.device_class_name,
                "config": [_evolution_configuration(each) for each in demand.configurations],
                "adminAccess": demand.admin_access,
                "requirements": _requirements(demand.selectors),
            }
        )
        for request in claim.requests
        for demand in request.demands[:1]
        # The prototype has no counts: a request is repeated instead.
        for _ in range(demand.count)
    ]
    document = present(
        {
            "config": [_evolution_configuration(each) for each in claim.configurations],
            "constraints": [_constraint(each) for each in claim.constraints],
            "requests": requests,
        }
    )
    # A claim for one pod says so: one that says nothing is shared.
    return document if claim.shareable is None else document | {"shareable": claim.shareable}


def _k8srm_class(device_class: DeviceClass) -> JsonObject:
    if device_class.member_labels is not None:
        return {"selector": {"matchLabels": dict(device_class.member_labels)}}
    return present(
        {
            "driver": device_class.driver,
            "constraints": _joined(device_class.selectors),
            "configs": [each.parameters for each in device_class.configurations],
        }
    )


def _joined(selectors: tuple[Selector, ...]) -> str:
    """Several expressions as the one that the prototype has room for."""
    if len(selectors) < 2:
        return "".join(each.expression for each in selectors)
    return " && ".join(f"({each.expression})" for each in selectors)


def _k8srm_spec(claim: Claim) -> JsonObject:
    over_all = [each for each in claim.constraints if isinstance(each, MatchAttribute) and not each.requests]
    return present(
        {
            "matchAttributes": [each.attribute for each in over_all],
            "devices": [_k8srm_entry(request, claim.constraints) for request in claim.requests],
        }
    )


def _k8srm_entry(request: Request, constraints: tuple[Constraint, ...]) -> JsonObject:
    details: list[JsonValue] = [
        _k8srm_detail(demand, f"{request.name}/{demand.name}" if request.prioritized else request.name, constraints)
        for demand in request.demands
    ]
    return {"name": request.name, "oneOf" if request.prioritized else "allOf": details}


def _k8srm_detail(demand: Demand, name: str, constraints: tuple[Constraint, ...]) -> JsonObject:
    own = [each for each in constraints if not isinstance(each, UnknownConstraint) and each.requests == (name,)]
    totals: JsonObject = {key: str(amount) for key, amount in demand.total_capacity.items()}
    if demand.count != 1:
        totals = {"devices": demand.count, **totals}
    return present(
        {
            "class": demand.device_class_name,
            "adminAccess": demand.admin_access,
            "constraints": _joined(demand.selectors),
            "maxDevices": demand.maximum_count,
            "requests": totals,
            "matchAttributes": [each.attribute for each in own if isinstance(each, MatchAttribute)],
            "distinctAttributes": [each.attribute for each in own if isinstance(each, DistinctAttribute)],
            "allowShared": demand.allow_shared,
            "configs": [each.parameters for each in demand.configurations],
        }
    )
