"""The status of an allocated claim, in its own dialect."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.manifests.writing.claims import toleration_document
from dra_policy.manifests.writing.devices import JsonObject, node_selector_document, present
from dra_policy.model import AllocatedDevice, Allocation, Claim, Consumer, Dialect
from dra_policy.values import JsonValue


def allocation_status(
    claim: Claim,
    allocation: Allocation,
    reserved_for: Sequence[Consumer] = (),
    config: Sequence[JsonObject] = (),
) -> JsonObject:
    """The ``status`` of a claim with this allocation, in the claim's own dialect.

    ``config`` are DeviceAllocationConfiguration objects, put in as they are (released API only).
    """
    match claim.dialect:
        case Dialect.EVOLUTION:
            status: JsonObject = {"allocation": _evolution_allocation(claim, allocation)}
        case Dialect.K8SRM:
            return _k8srm_status(allocation, reserved_for)
        case _:
            status = {"allocation": _allocation(allocation, config)}
    if reserved_for:
        status["reservedFor"] = [
            present({"resource": each.resource, "name": each.name, "uid": each.uid}) for each in reserved_for
        ]
    return status


def _allocation(allocation: Allocation, config: Sequence[JsonObject]) -> JsonObject:
    results: list[JsonValue] = [result_document(each) for each in allocation.devices]
    return present(
        {
            "devices": present({"results": results, "config": list(config)}),
            "nodeSelector": node_selector_document(allocation.node_selector) if allocation.node_selector else None,
        }
    )


def result_document(allocated: AllocatedDevice) -> JsonObject:
    """A DeviceRequestAllocationResult."""
    return present(
        {
            "request": allocated.request,
            "driver": allocated.device.driver,
            "pool": allocated.device.pool,
            "device": allocated.device.device,
            "adminAccess": allocated.admin_access,
            "tolerations": [toleration_document(each) for each in allocated.tolerations],
            "bindingConditions": list(allocated.binding_conditions),
            "bindingFailureConditions": list(allocated.binding_failure_conditions),
            "skipNodeOperations": list(allocated.skip_node_operations),
            "shareID": allocated.share_id,
            "consumedCapacity": {name: amount.canonical() for name, amount in allocated.consumed_capacity.items()},
        }
    )


def _evolution_allocation(claim: Claim, allocation: Allocation) -> JsonObject:
    # A request that the file does not name was named while reading; the status does not name it either.
    unnamed = {each.name for index, each in enumerate(claim.requests) if each.name == f"request-{index}"}
    drivers: dict[str, list[JsonValue]] = {}
    for each in allocation.devices:
        name = "" if each.request in unnamed else each.request
        result = present({"requestName": name, "deviceName": each.device.device})
        drivers.setdefault(each.device.driver, []).append(result)
    data: list[JsonValue] = [
        {"driverName": driver, "data": {"results": results}} for driver, results in drivers.items()
    ]
    is_shareable = claim.shareable is not False if allocation.shareable is None else allocation.shareable
    return present({"driverData": data, "nodeName": allocation.node_name, "shareable": is_shareable})


def _k8srm_status(allocation: Allocation, reserved_for: Sequence[Consumer]) -> JsonObject:
    devices: list[JsonValue] = [
        present(
            {
                "devicePoolName": each.device.pool,
                "deviceName": each.device.device,
                "allocations": [
                    {"name": name, "allocation": str(amount)} for name, amount in each.consumed_capacity.items()
                ],
            }
        )
        for each in allocation.devices
    ]
    return present({"allocations": devices, "podNames": [each.name for each in reserved_for]})
