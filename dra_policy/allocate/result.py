"""What a solution gives each claim: devices, node selector and configuration, as the API has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dra_policy.allocate.events import result_name
from dra_policy.allocate.problem import Pick, Solution
from dra_policy.allocate.totals import share_of
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import NodeView
from dra_policy.fleet.node_match import only_node
from dra_policy.model import (
    AllocatedDevice,
    Allocation,
    Claim,
    Configuration,
    Dialect,
    NodeRequirement,
    NodeSelector,
    NodeSelectorTerm,
)
from dra_policy.model.features import Features
from dra_policy.record import dataclass, replace
from dra_policy.values import Quantity


@dataclass(frozen=True, slots=True)
class AllocatedConfiguration:
    """A configuration that drivers get with an allocation (DeviceAllocationConfiguration).

    ``source`` is ``FromClass`` or ``FromClaim``; no ``requests`` means all of the claim.
    """

    source: str
    requests: tuple[str, ...]
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What one claim gets."""

    claim: Claim
    allocation: Allocation
    configurations: tuple[AllocatedConfiguration, ...] = ()

    @property
    def devices(self) -> tuple[str, ...]:
        """``request[/alternative]=driver/pool/device`` of every device, in order."""
        return tuple(f"{each.request}={each.device}" for each in self.allocation.devices)


@dataclass(frozen=True, slots=True)
class UnsupportedSelector:
    """A slice's node selector that has not exactly one term: Kubernetes notices only after it found a solution."""

    claim: str
    terms: int

    @property
    def text(self) -> str:
        """Kubernetes' text."""
        selector = f"unsupported ResourceSlice.NodeSelector with {self.terms} terms"
        return f"create NodeSelector for claim {self.claim}: {selector}"


def claim_results(
    solution: Solution, claims: Iterable[CompiledClaim], view: NodeView, features: Features
) -> tuple[ClaimResult, ...] | UnsupportedSelector:
    """What each claim gets on a node."""
    results = []
    for compiled, picks, chosen in zip(claims, solution.claims, solution.chosen, strict=True):
        claim = compiled.claim
        selector = _node_selector(picks, view)
        if isinstance(selector, int):
            return UnsupportedSelector(claim.name, selector)
        devices = tuple(_devices(claim, picks, view, features))
        node = view.node if claim.dialect is Dialect.EVOLUTION else None
        allocation = Allocation(devices, selector if claim.dialect.is_kubernetes else None, node)
        results.append(ClaimResult(claim, allocation, _configurations(compiled, chosen)))
    return tuple(results)


def _devices(claim: Claim, picks: Sequence[Pick], view: NodeView, features: Features) -> Iterator[AllocatedDevice]:
    """What each pick gives; where k8srm allows shares, each device is asked for what the ones before do not offer."""
    missing: dict[int, dict[str, Quantity]] = {}
    for pick in picks:
        found = _device(claim, pick, view, features)
        demand = claim.requests[pick.request].demands[pick.alternative]
        if demand.allow_shared:
            left = missing.setdefault(pick.request, dict(demand.total_capacity))
            held = next((dict(each.consumed) for each in view.usage.shares if each.position == pick.position), {})
            share = share_of(view.device(pick.position), left, held)
            left.update({name: amount.sub(share[name]) for name, amount in left.items()})
            found = replace(found, share_id=_share_id(claim, found.request, pick, view), consumed_capacity=share)
        yield found


def _device(claim: Claim, pick: Pick, view: NodeView, features: Features) -> AllocatedDevice:
    request = claim.requests[pick.request]
    demand = request.demands[pick.alternative]
    index, offset = view.layout.locate(pick.position)
    loaded = view.slices[index]
    device = loaded.frame.devices[offset]
    name = result_name(request, pick.alternative)
    is_share = features.consumable_capacity and device.allow_multiple_allocations
    has_conditions = features.device_binding_and_status
    return AllocatedDevice(
        name,
        loaded.device_id(offset),
        bool(demand.admin_access),
        _share_id(claim, name, pick, view) if is_share else None,
        dict(pick.consumed) if is_share else {},
        demand.tolerations,
        device.binding_conditions if has_conditions else (),
        device.binding_failure_conditions if has_conditions else (),
        loaded.envelope.skip_node_operations if features.needs_experimental else (),
    )


def _share_id(claim: Claim, request: str, pick: Pick, view: NodeView) -> str:
    """An identifier in the form of a UUID that is this share's own, and the same on every run."""
    from hashlib import sha256

    text = f"{claim.full_name} {request} {view.device_id(pick.position)}"
    digest = sha256(text.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def _node_selector(picks: Iterable[Pick], view: NodeView) -> NodeSelector | int | None:
    """The nodes on which the devices can be used; the number of terms where a slice's selector has not one.

    A device that is local to a node, or binds to it, restricts the claim to that node; otherwise the requirements of
    all selectors that brought devices here are joined.
    """
    expressions: list[NodeRequirement] = []
    fields: list[NodeRequirement] = []
    for pick in picks:
        index, offset = view.layout.locate(pick.position)
        envelope = view.slices[index].envelope
        device = view.slices[index].frame.devices[offset]
        place = device if envelope.per_device_node_selection else envelope
        if place.node_name is not None or device.binds_to_node:
            return only_node(view.node)
        if place.node_selector is None:
            continue
        terms = place.node_selector.terms
        if len(terms) > 1:
            return len(terms)
        for term in terms:
            _join(fields, term.match_fields)
            _join(expressions, term.match_expressions)
    if not expressions and not fields:
        return None
    return NodeSelector((NodeSelectorTerm(tuple(expressions), tuple(fields)),))


def _join(known: list[NodeRequirement], more: Iterable[NodeRequirement]) -> None:
    for each in more:
        if not any(
            (other.key, other.operator, set(other.values)) == (each.key, each.operator, set(each.values))
            for other in known
        ):
            known.append(each)


def _configurations(compiled: CompiledClaim, chosen: tuple[int, ...]) -> tuple[AllocatedConfiguration, ...]:
    """Those of the classes, each class once, then those of the claim that concern a request or a chosen alternative."""
    requests = compiled.claim.requests
    names = [result_name(request, index) for request, index in zip(requests, chosen, strict=True)]
    found = [*_of_classes(compiled, chosen, names), *_of_claim(compiled.claim, chosen, names)]
    if not found:
        return ()
    every = [(request.name, name) for request, name in zip(requests, names, strict=True)]
    return tuple(
        AllocatedConfiguration(each.source, (), each.configuration)
        if each.requests and all(not each_of.isdisjoint(each.requests) for each_of in map(set, every))
        else each
        for each in found
    )


def _of_classes(compiled: CompiledClaim, chosen: tuple[int, ...], names: list[str]) -> Iterator[AllocatedConfiguration]:
    users: dict[str, list[str]] = {}
    classes = {}
    for request, index, name in zip(compiled.requests, chosen, names, strict=True):
        device_class = request.alternatives[index].device_class
        if device_class is not None and device_class.device_class.configurations:
            users.setdefault(device_class.device_class.name, []).append(name)
            classes[device_class.device_class.name] = device_class.device_class
    for class_name, requests in users.items():
        for configuration in classes[class_name].configurations:
            yield AllocatedConfiguration("FromClass", tuple(requests), configuration)


def _of_claim(claim: Claim, chosen: tuple[int, ...], names: list[str]) -> Iterator[AllocatedConfiguration]:
    used = {*names, *[request.name for request in claim.requests]} if claim.configurations else set()
    for configuration in claim.configurations:
        if not configuration.requests or not used.isdisjoint(configuration.requests):
            yield AllocatedConfiguration("FromClaim", configuration.requests, configuration)
    # dra-evolution and k8srm write configurations into requests.
    for request, index, name in zip(claim.requests, chosen, names, strict=True):
        for configuration in request.demands[index].configurations:
            yield AllocatedConfiguration("FromClaim", (name,), configuration)
