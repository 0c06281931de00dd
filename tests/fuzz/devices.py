"""Device content: what drivers publish, what they must not publish, and what no decoder expects."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.fuzz.texts import DRIVER

_NAMES = (
    *("model", "ecc", "numa", "links", "version", "memory", f"{DRIVER}/model", "other.example.com/model", "a.b/c/d"),
    *("resource.kubernetes.io/pcieRoot", "", "/", "é", "x" * 300, "uuid", "a b", "model\0"),
)
_TEXTS = ("H100", "A100", "", "x" * 65, "é\U0001f600", "\0", "a\nb", "1.0.0", "x" * 20_000, "\\u0000", '"')
_VERSIONS = ("1.0.0", "550.54.15", "v1.0.0", "1", "", "1.0.0-rc.1+b", "9" * 400 + ".0.0", "18446744073709551616.0.0")
_NUMBERS: tuple[Any, ...] = (0, 1, -1, 2**63 - 1, -(2**63), 2**63, 2**70, 1.5, 1e400, True, None, "1")
_QUANTITIES: tuple[Any, ...] = (
    *("40Gi", "1000m", "10e30", "1e1000", "-1", "0.4n", "1" * 200, "", "Gi", "1 Gi", "9223372036854775807", "1E"),
    *(5, 5.5, -1, None, True, [], {}),
)
_STRANGE: tuple[Any, ...] = (None, 1, "x", [], {}, True, [1, "a"], {"value": {}}, {"x": {"y": [1, 2]}}, 1e400)


def _attribute(random: Random) -> Any:
    value: dict[str, Any] = {}
    for _ in range(1 if random.random() < 0.9 else 2):
        match random.randrange(9):
            case 0 | 1 | 2:
                value["string"] = random.choice(_TEXTS)
            case 3:
                value["int"] = random.choice(_NUMBERS)
            case 4:
                value["bool"] = random.choice((True, False, None, 1, "true"))
            case 5:
                value["version"] = random.choice(_VERSIONS)
            case 6:
                value[random.choice(("strings", "versions"))] = random.choices(_TEXTS, k=random.randrange(4))
            case 7:
                value[random.choice(("ints", "bools"))] = random.choices(_NUMBERS, k=random.randrange(4))
            case _:
                return random.choice(_STRANGE)
    return value


def device_document(random: Random, name: str) -> dict[str, Any]:
    """A device as JSON would have it."""
    attributes = {random.choice(_NAMES): _attribute(random) for _ in range(random.randrange(8))}
    capacity = {
        random.choice(_NAMES): {"value": random.choice(_QUANTITIES)}
        if random.random() < 0.9
        else random.choice(_STRANGE)
        for _ in range(random.randrange(4))
    }
    document: dict[str, Any] = {"name": name, "attributes": attributes, "capacity": capacity}
    if random.random() < 0.2:
        document["allowMultipleAllocations"] = random.choice((True, False, None, 1))
    if random.random() < 0.05:
        document[random.choice(("attributes", "capacity", "name", "taints", "x"))] = random.choice(_STRANGE)
    return document


def tame_document(random: Random, name: str) -> dict[str, Any]:
    """A device that every reader takes."""
    values: dict[str, Any] = {
        "model": {"string": random.choice(("H100", "A100", "", "x" * 64))},
        "ecc": {"bool": random.random() < 0.5},
        "numa": {"int": random.choice((0, 1, -1, 2**63 - 1))},
        "version": {"version": random.choice(("1.0.0", "550.54.15-rc.1", "0.0.0+b"))},
        "links": {"strings": random.choices(("nv0", "nv1", ""), k=random.randrange(3))},
        "other.example.com/model": {"string": "L4"},
    }
    attributes = {name: value for name, value in values.items() if random.random() < 0.7 and value != {"strings": []}}
    capacity = {"memory": {"value": random.choice(("40Gi", "80Gi", "1000m", "10e30"))}} if random.random() < 0.7 else {}
    return {"name": name, "attributes": attributes, "capacity": capacity}


def slices_text(random: Random) -> bytes:
    """A few slices as a file; now and then one that is broken as text."""
    slices = []
    for number in range(random.randint(1, 12)):
        documents: list[Any] = [device_document(random, f"d{i}") for i in range(random.randrange(4))]
        if random.random() < 0.05:
            documents.append(random.choice(_STRANGE))
        slices.append(
            {
                "apiVersion": "resource.k8s.io/v1",
                "kind": "ResourceSlice",
                "metadata": {"name": f"s{number}"},
                "spec": {
                    "driver": DRIVER,
                    "nodeName": f"n{number}",
                    "pool": {"name": f"n{number}", "generation": 1, "resourceSliceCount": 1},
                    "devices": documents,
                },
            }
        )
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": slices}, ensure_ascii=random.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )
    if random.random() < 0.15:
        place = random.randrange(len(text))
        text = text[:place] + random.choice((b"\xff", b"", b"\0", b'"', b"}", b"[" * 3000)) + text[place + 1 :]
    return text
