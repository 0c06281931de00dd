"""Short ways to read policies in tests."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.language import PolicyObjects, compile_documents, load_policy
from dra_policy.model import Dialect
from dra_policy.text import Severity, Source
from dra_policy.values import JsonValue

DRIVERS = """
driver gpu = "gpu.nvidia.com"
driver nic = "sriov.example.com" {
    type: "pf" | "vf"
    rdma: bool
    numa: int
    bandwidth: quantity
    firmware?: version
    links?: list(string)
    model: string
    sm: quantity
    `product-name`: string
}
domain std = "resource.kubernetes.io" { pcieRoot: string }
"""


def load(text: str, files: Mapping[str, str] | None = None) -> PolicyObjects:
    """Load a policy whose imports are texts, too."""

    def read(path: str) -> Source:
        if path not in (files or {}):
            raise FileNotFoundError(2, "No such file or directory")
        return Source.of(path, (files or {})[path])

    return load_policy(Source.of("policy.dra", text), read)


def load_well(text: str, files: Mapping[str, str] | None = None) -> PolicyObjects:
    """Load a policy that has no error."""
    loaded = load(text, files)
    assert not loaded.has_errors, loaded.diagnostics
    return loaded


def documents(text: str, dialect: Dialect = Dialect.V1) -> list[JsonValue]:
    """Compile a policy that has no error."""
    made, diagnostics = compile_documents([Source.of("policy.dra", text)], dialect)
    assert not [each for each in diagnostics if each.severity is Severity.ERROR], diagnostics
    return made


def expression(condition: str, before: str = DRIVERS) -> str:
    """What the condition of a class becomes in Kubernetes' CEL."""
    loaded = load_well(f"{before}\nclass c {{ where {condition} }}")
    (selector,) = loaded.objects.classes[0].selectors
    return selector.expression
