"""What the API server refuses in the opaque configurations of claims and classes."""

from __future__ import annotations

import json

from dra_policy.manifests.dialects.api_names import DOMAIN_HINT, is_domain
from dra_policy.manifests.dialects.limits import check_length, mappings
from dra_policy.manifests.view import View

_CONFIGURATIONS = 32
_PARAMETER_BYTES = 10 * 1024


def check_configurations(owner: View) -> None:
    """Report configurations that are too many, or that are not for one driver with parameters."""
    if not owner.context.defaults or not owner.context.dialect.is_kubernetes:
        return
    check_length(owner, "config", _CONFIGURATIONS)
    for each in mappings(owner, "config"):
        opaque = each.view("opaque")
        if opaque is not None:
            _check_opaque(opaque)
        elif not each.has("opaque"):
            each.error("DRA106", "a configuration has no `opaque`", hint="write `opaque: {driver: …, parameters: …}`")


def _check_opaque(opaque: View) -> None:
    driver = opaque.required_text("driver", "an opaque configuration")
    if driver and not is_domain(driver):
        opaque.error("DRA105", f"`{driver}` is no name of a driver", "driver", hint=DOMAIN_HINT)
    parameters = opaque.value.get("parameters")
    if parameters is None:
        opaque.error("DRA106", "an opaque configuration has no `parameters`")
    elif not isinstance(parameters, dict):
        opaque.error("DRA105", "`parameters` is an object of the driver's", "parameters")
    elif len(json.dumps(parameters, separators=(",", ":"), ensure_ascii=False).encode()) > _PARAMETER_BYTES:
        opaque.error("DRA105", f"`parameters` has at most {_PARAMETER_BYTES:,} bytes", "parameters")
