"""Amounts that a prototype's pool shares among its devices, and what these draw from them: read with their places.

The devices' own are decoded with their slice, without a word; what is wrong with them is told here.
"""

from __future__ import annotations

import json

from dra_policy.manifests.dialects.limits import mappings
from dra_policy.manifests.view import View
from dra_policy.model import CounterSet
from dra_policy.text import Place, nearest
from dra_policy.values import Quantity

_DRAWN = {"sharedCapacity": "sharedCapacityConsumed", "sharedResources": "sharedResourcesConsumed"}
_PROVIDED = "claimResourcesProvided"


def shared_amounts(spec: View, name: str, devices: bytes) -> tuple[CounterSet, ...]:
    """The amounts that a pool shares under a field of its ``spec``; reports those of its devices, too.

    A name that the pool lacks is told where it is drawn first: many devices draw what is misspelt once.
    """
    shared = _amounts(spec, name)
    known = list(_places(spec, name))
    told: set[str] = set()
    fields = [field for field in (_DRAWN[name], _PROVIDED) if f'"{field}"'.encode() in devices]
    if fields:
        for device in mappings(View({"devices": json.loads(devices)}, spec.context, spec.path), "devices"):
            for field in fields:
                _amounts(device, field)
            for drawn, place in _places(device, _DRAWN[name]).items():
                if drawn not in known and drawn not in told:
                    told.add(drawn)
                    _unknown(spec, name, drawn, nearest(drawn, known), place)
    return (CounterSet(name, tuple(shared.items())),) if shared else ()


def _amounts(view: View, field: str) -> dict[str, Quantity]:
    """Amounts by name, a list or (k8srm's samples) a mapping, without those that are reported."""
    if isinstance(view.value.get(field), dict):
        return view.quantities(field)
    found = {each.text("name"): each.quantity("capacity") for each in view.views(field)}
    return {name: amount for name, amount in found.items() if name and amount is not None}


def _places(view: View, field: str) -> dict[str, Place]:
    """Where the names of amounts stand, whether these can be read or not."""
    written = view.value.get(field)
    if isinstance(written, dict):
        return {name: view.place(field, name) for name in written}
    named = [(each.value.get("name"), each.place("name")) for each in mappings(view, field)]
    return {name: place for name, place in named if isinstance(name, str) and name}


def _unknown(spec: View, field: str, name: str, near: str | None, place: Place) -> None:
    hint = f"did you mean `{near}`?" if near else "the device is never allocated"
    # Of a mapping, the name is a key.
    span = place.span if place.path[-1] == "name" else place.key_span
    spec.context.findings.warning("DRA124", f"`{field}` of the pool has no `{name}`", span, hint=hint)
