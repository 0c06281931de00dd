"""Read a policy and the files that it imports, and connect their names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from dra_policy.language.naming import declared_twice, scope_of
from dra_policy.language.parse import parse_policy
from dra_policy.language.scope import Definition, Scope
from dra_policy.language.syntax import File, Import, Namespace
from dra_policy.model import Objects
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, Findings, Source, nearest, unreadable

ForeignObjects = tuple[Objects, Sequence[Diagnostic]]
"""The objects of a file that is no policy, and what is wrong with it."""

ImportReader = Callable[[str], Source | ForeignObjects]
"""Reads an imported file by its path: a policy's source, or the objects of a manifest. Raises OSError."""


def read_file(path: str) -> Source:
    """A policy file as a source. Raises OSError."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return Source.of(path, text)


@dataclass(frozen=True, slots=True)
class Unit:
    """One file of a policy: its tree, the names of its expressions, and its namespace."""

    file: File
    scope: Scope = field(compare=False, repr=False)
    namespace: str = "default"


@dataclass(slots=True)
class Loaded:
    """All files that belong to a policy, the given ones first, and objects that manifests among them brought."""

    units: list[Unit] = field(default_factory=list)
    foreign: list[Objects] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def load_files(sources: Sequence[Source], read: ImportReader) -> Loaded:
    """Read some sources and, once each, what they import. Cycles of imports are harmless."""
    loader = _Loader(read)
    units = [loader.unit(source) for source in sources]
    loader.loaded.units = [*units, *(unit for unit in loader.units.values() if unit not in units)]
    loader.connect()
    return loader.loaded


class _Loader:
    """One loading."""

    def __init__(self, read: ImportReader) -> None:
        self.read = read
        self.loaded = Loaded()
        self.units: dict[str, Unit] = {}
        # The imports of each scope, followed once every file is read.
        self.imports: list[tuple[Scope, Import, Unit]] = []

    def unit(self, source: Source) -> Unit:
        """A source's unit, its imports read too."""
        key = os.path.normpath(source.name)
        if key in self.units:
            return self.units[key]
        findings = self.loaded.findings
        file, diagnostics = parse_policy(source)
        findings.add(diagnostics)
        unit = Unit(file, scope_of(file, findings), self._namespace(file))
        self.units[key] = unit
        for statement in file.statements:
            if isinstance(statement, Import):
                self._follow(statement, unit, source)
        return unit

    def _namespace(self, file: File) -> str:
        found = [statement for statement in file.statements if isinstance(statement, Namespace)]
        for extra in found[1:]:
            self.loaded.findings.add((declared_twice("the file's namespace", extra.name, found[0].name),))
        if found and file.statements[0] is not found[0]:
            hint = "it holds for the whole file"
            self.loaded.findings.error("DRA201", "`namespace` stands first in a file", found[0].span, hint=hint)
        return found[0].name.text if found else "default"

    def _follow(self, statement: Import, unit: Unit, source: Source) -> None:
        path = os.path.join(os.path.dirname(source.name), statement.path.text)
        known = self.units.get(os.path.normpath(path))
        if known is not None:
            self.imports.append((unit.scope, statement, known))
            return
        try:
            read = self.read(path)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            wrong = unreadable(statement.path.text, error, statement.path.span, hint="paths are relative to this file")
            self.loaded.findings.add([wrong])
            return
        if isinstance(read, Source) and not path.endswith(".dra"):
            message = f"`{statement.path.text}` is no policy"
            hint = "policies are files `*.dra`; give a manifest on the command line with -f"
            self.loaded.findings.error("DRA101", message, statement.path.span, hint=hint)
        elif isinstance(read, Source):
            self.imports.append((unit.scope, statement, self.unit(read)))
        else:
            self._add_foreign(read, statement)

    def _add_foreign(self, read: ForeignObjects, statement: Import) -> None:
        objects, diagnostics = read
        self.loaded.foreign.append(objects)
        self.loaded.findings.add(diagnostics)
        if statement.names:
            hint = "import it without names"
            self.loaded.findings.error("DRA310", "a manifest has objects, no names", statement.span, hint=hint)

    def connect(self) -> None:
        """Make imported names visible in the importing files."""
        for scope, statement, unit in self.imports:
            wanted = {name.text: name for name in statement.names}
            for text, name in wanted.items():
                if text not in unit.scope.own:
                    near = nearest(text, unit.scope.own)
                    hint = (
                        f"did you mean `{near}`?"
                        if near
                        else "only drivers, domains, lets and predicates are imported by name"
                    )
                    message = f"`{statement.path.text}` declares no `{text}`"
                    self.loaded.findings.error("DRA310", message, name.span, hint=hint)
            for text, definition in unit.scope.own.items():
                if not wanted or text in wanted:
                    self._bring(scope, text, definition, unit)

    def _bring(self, scope: Scope, text: str, definition: Definition, unit: Unit) -> None:
        taken = scope.imported.get(text)
        if unit.scope is scope:
            return
        if taken is not None and taken[0] is not definition:
            self.loaded.findings.add((declared_twice("the imported name", definition.name, taken[0].name),))
            return
        scope.imported[text] = definition, unit.scope
