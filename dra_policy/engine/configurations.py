"""The configuration that drivers get with an allocation, as documents."""

from __future__ import annotations

from dra_policy.allocate import AllocatedConfiguration, ClaimResult
from dra_policy.manifests.writing import JsonObject


def configuration_documents(result: ClaimResult) -> list[JsonObject]:
    """The DeviceAllocationConfiguration objects of a claim, those of its classes first."""
    return [_document(each) for each in result.configurations]


def _document(allocated: AllocatedConfiguration) -> JsonObject:
    opaque: JsonObject = {
        "driver": allocated.configuration.driver,
        "parameters": allocated.configuration.parameters,
    }
    requests: JsonObject = {"requests": list(allocated.requests)} if allocated.requests else {}
    return {"source": allocated.source, **requests, "opaque": opaque}
