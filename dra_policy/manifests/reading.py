"""One reading of some inputs: texts to raw objects, raw objects to the model's, and what was found on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from dra_policy.manifests.dialects.versions import report_device_shape
from dra_policy.manifests.fields import without_unknown_fields
from dra_policy.manifests.files import InputFile
from dra_policy.manifests.gather import Gathered
from dra_policy.manifests.json_objects import looks_like_json, small_objects
from dra_policy.manifests.kinds import (
    SLICE_KINDS,
    dialect_of,
    is_checked,
    is_interesting,
    near_kind,
    near_version,
    read_object,
)
from dra_policy.manifests.large_json import LARGE, LargeJson
from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.pieces import Chunk
from dra_policy.manifests.raw import Found, RawObject, RecordedFacts, Whole
from dra_policy.manifests.result import ReadResult
from dra_policy.manifests.templates import Templates
from dra_policy.manifests.view import ObjectContext, View
from dra_policy.manifests.yaml_objects import YamlReader
from dra_policy.model import Dialect, Objects
from dra_policy.text import Diagnostic, Findings, Source, unreadable

ExtraReader = Callable[[Source], tuple[Objects, Sequence[Diagnostic]]]
"""Reads a file of another language (``.dra``): the objects that it declares, and its diagnostics."""


class Reading:
    """Takes inputs one after the other; ``result`` is what they make together.

    ``dialect`` overrides what objects of the device APIs say; ``defaults`` is read_text's.
    """

    def __init__(self, dialect: Dialect | None, defaults: bool | None) -> None:
        """Begin without inputs."""
        self.findings = Findings()
        self._gathered = Gathered(self.findings)
        self._templates = Templates()
        self._dialect = dialect
        self._defaults = defaults
        self._checked: set[tuple[str, Dialect]] = set()

    def result(self) -> ReadResult:
        """The objects and findings so far."""
        return ReadResult(self._gathered.objects, tuple(self.findings.found))

    def read_file(self, path: str, extra: Mapping[str, ExtraReader]) -> None:
        """Read a file; one with a suffix of ``extra`` by the reader given there."""
        file = InputFile(path, path)
        self.read_with(file, next((reader for suffix, reader in extra.items() if path.endswith(suffix)), None))

    def read_with(self, file: InputFile, reader: ExtraReader | None) -> None:
        """Read a text of another language by its reader; None: a manifest."""
        if reader is None:
            self.read(file)
        elif self._is_readable(file):
            objects, diagnostics = reader(file.source)
            self.findings.add(diagnostics)
            self._gathered.add_all(objects)

    def read(self, file: InputFile) -> None:
        """Read the objects of a text."""
        if not self._is_readable(file):
            return
        for found in self._found(file):
            match found:
                case RawObject():
                    self._take_safely(found)
                case Whole(made, recorded):
                    self._gathered.add_whole(made, recorded=recorded)
                case RecordedFacts():
                    self._gathered.add_facts(found.value, found.allocated)
        file.release()

    def _is_readable(self, file: InputFile) -> bool:
        try:
            return file.data is not None
        except OSError as error:
            self.findings.add([unreadable(file.name, error)])
        except MalformedError as error:
            self.findings.add([unreadable(file.name, error.message)])
        return False

    def _found(self, file: InputFile) -> Iterable[Found]:
        if not looks_like_json(file.data):
            return YamlReader(file.source, self.findings, self._templates).objects()
        if len(file.data) >= LARGE:
            # A dump that cannot be cut is parsed whole, which says what is wrong with it.
            try:
                return LargeJson(file, is_interesting, as_written=self._dialect is None).objects()
            except (ValueError, RecursionError):
                pass
        return self._small_json(file)

    def _small_json(self, file: InputFile) -> Iterable[Found]:
        errors: list[MalformedError] = []
        found = list(small_objects(file.source, self.findings, errors.append))
        if errors and not file.name.endswith(".json"):
            # What begins as JSON may be YAML in flow style.
            as_yaml = Findings()
            objects = list(YamlReader(file.source, as_yaml, self._templates).objects())
            if not as_yaml.has_errors:
                self.findings.add(as_yaml.found)
                return objects
        whole = Chunk(file.source, lambda: (0, len(file.source.text)), is_json=True)
        for error in errors:
            self.findings.error("DRA207", error.message, whole.span(error.offset, error.offset + 1), hint=error.hint)
        return found

    def _take_safely(self, raw: RawObject) -> None:
        try:
            self._take(raw)
        except RecursionError:
            # JSON may be nested as deeply as Python's own limit, which leaves nothing for looking into it.
            self.findings.error("DRA207", "the object is nested too deeply", raw.document.chunk.span(0, 1))

    def _take(self, raw: RawObject) -> None:
        """Read one object into the model, or count it as skipped."""
        kind, version = raw.value.get("kind"), raw.value.get("apiVersion")
        if not isinstance(kind, str) or not isinstance(version, str):
            missing = "kind" if not isinstance(kind, str) else "apiVersion"
            self.findings.error("DRA106", f"the object has no `{missing}`", raw.document.span(()))
            return
        if not is_interesting(version, kind):
            self._skip(raw, version, kind)
            return
        dialect = dialect_of(raw.value, version, kind, self._dialect)
        defaults = not raw.recorded if self._defaults is None else self._defaults
        view = View(raw.value, ObjectContext(raw.document, dialect, defaults, self.findings))
        if is_checked(kind) and not raw.recorded:
            view = without_unknown_fields(view, kind)
        devices = raw.devices
        if devices is None:
            devices = _cut_devices(view) if kind in SLICE_KINDS else b"[]"
        elif not raw.recorded:
            self._check_first_device(view, devices)
        made = read_object(view, kind, devices)
        if made is None:
            self._skip(raw, version, kind)
        else:
            self._gathered.add(made, recorded=raw.recorded)

    def _check_first_device(self, view: View, devices: bytes) -> None:
        """Check the form of the first device of the first slice of a dump: the others are written by the same driver.

        Devices that were cut out as text are not looked into otherwise.
        """
        key = view.context.document.name, view.context.dialect
        if key in self._checked or not view.context.dialect.is_kubernetes:
            return
        self._checked.add(key)
        documents = json.loads(devices)
        if isinstance(documents, list) and documents and isinstance(documents[0], dict):
            report_device_shape(View(documents[0], view.context, (*view.path, "spec", "devices", 0)))

    def _skip(self, raw: RawObject, version: str, kind: str) -> None:
        self._gathered.skip(version, kind)
        near = near_kind(version, kind)
        if near is not None:
            place = raw.document.span(("kind",))
            message = f"kind `{kind}` is unknown in {version}"
            self.findings.warning("DRA102", message, place, hint=f"did you mean `{near}`?")
        newest = near_version(version, kind)
        if newest is not None:
            place = raw.document.span(("apiVersion",))
            message = f"{kind} of `{version}` is not read: the version is unknown"
            self.findings.warning("DRA102", message, place, hint=f"{newest} is the newest version that is known")


def _cut_devices(view: View) -> bytes:
    """The devices of a slice that was parsed whole, as JSON text; their form is checked on the way."""
    spec = view.section("spec")
    devices = spec.views("devices")
    if view.context.dialect.is_kubernetes and view.context.defaults:
        for device in devices:
            report_device_shape(device)
    return json.dumps([device.value for device in devices], separators=(",", ":")).encode()
