"""Objects that say one version of ``resource.k8s.io`` and are written as another (DRA104).

v1beta2 and v1 keep what a request asks for under ``exactly``; v1beta1 has it directly in the request, and a device's
content under ``basic``. The object is read as it is written, so that everything else about it can be said too.
"""

from __future__ import annotations

from dra_policy.manifests.fields import DEVICE_FIELDS, EXACT_FIELDS
from dra_policy.manifests.view import View
from dra_policy.model import Dialect
from dra_policy.text import Diagnostic, Label, Severity

GROUP = "resource.k8s.io"


def _nested(dialect: Dialect) -> bool:
    """Whether requests have ``exactly`` (and devices no ``basic``) in this version."""
    return dialect in (Dialect.V1, Dialect.V1BETA2)


def exact_view(request: View, name: str) -> View:
    """Where the request says what it asks for: under ``exactly``, or (until v1beta1) in the request itself."""
    dialect = request.context.dialect
    direct = [key for key in request.value if key in EXACT_FIELDS]
    exactly = request.view("exactly")
    if _nested(dialect):
        if direct:
            _report(request, direct, f"under `exactly:` in {GROUP}/{dialect.value}", _under_exactly(direct, name))
        return exactly or (request if direct else request.section("exactly"))
    if exactly is not None:
        moved = [str(key) for key in exactly.value]
        _report(request, ["exactly"], f"in {GROUP}/v1beta2 and later", _out_of("exactly", moved, f"request {name}"))
        return exactly
    return request


def report_device_shape(device: View) -> None:
    """Report a device whose content stands where another version has it."""
    dialect = device.context.dialect
    direct = [key for key in device.value if key in DEVICE_FIELDS]
    if _nested(dialect) and device.has("basic"):
        moved = list(device.section("basic").value)
        _report(device, ["basic"], f"in {GROUP}/v1beta1", _out_of("basic", moved, f"device {device.text('name')}"))
    elif not _nested(dialect) and direct:
        hint = f"move {_fields(direct)} of device {device.text('name')} under `basic:`"
        _report(device, direct, f"under `basic:` in {GROUP}/{dialect.value}", hint)


def _fields(moved: list[str]) -> str:
    return f"{len(moved)} field{'s' if len(moved) != 1 else ''}"


def _under_exactly(moved: list[str], name: str) -> str:
    return f"move {_fields(moved)} of request {name} under `exactly:`"


def _out_of(above: str, moved: list[str], owner: str) -> str:
    return f"move {_fields(moved)} of {owner} out of `{above}:`"


def _report(view: View, written: list[str], stands: str, hint: str) -> None:
    context = view.context
    said = context.dialect.value
    other = "v1beta1" if _nested(context.dialect) else "v1"
    version = context.document.span(("apiVersion",))
    label = [Label(version, f"the file says {said} and is written as {other}")] if version else []
    context.findings.add(
        [
            Diagnostic(
                "DRA104",
                Severity.ERROR,
                f"`{written[0]}` stands {stands}",
                view.place(written[0]).key_span,
                tuple(label),
                hint,
                (f"or say apiVersion: {GROUP}/{other}",),
            )
        ]
    )
