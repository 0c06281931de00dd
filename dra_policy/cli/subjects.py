"""Find the subjects that a command line names: those of files, ``KIND/NAME`` of the world, or all that wait."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.streams import Streams
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, PolicyError, Severity, nearest

if TYPE_CHECKING:
    from dra_policy.engine.subjects import Subject
    from dra_policy.engine.world import World
    from dra_policy.model import Objects


@dataclass(frozen=True, slots=True)
class Asked:
    """A world and what is asked of it; ``files`` are those of the words that name no object."""

    world: World
    subjects: tuple[Subject, ...]
    files: tuple[str, ...]


def read_asked(options: argparse.Namespace, words: Sequence[str], streams: Streams) -> Asked:
    """Read the world with the files among the words, and find what is asked; no word: all that wait.

    Raises PolicyError where an object that a word names does not exist, or is in several namespaces.
    """
    names = [word for word in dict.fromkeys(words) if _is_reference(word)]
    files = tuple([word for word in words if word not in names])
    world, own = inputs.read_world(options, streams, subjects=files)
    found = _subjects(world, own.objects if files else None, names, options.namespace)
    return Asked(world, tuple(found), files)


def _is_reference(word: str) -> bool:
    """Whether it names an object (``pod/web``) rather than a file."""
    from dra_policy.engine.kinds import kinds_named

    kind, slash, rest = word.partition("/")
    return bool(slash) and "/" not in rest and bool(kinds_named(kind)) and not os.path.exists(word)


def _subjects(world: World, own: Objects | None, names: Sequence[str], namespace: str | None) -> list[Subject]:
    from dra_policy.engine.subjects import subjects_of

    subjects: list[Subject] = []
    if own is not None:
        subjects += subjects_of(own, world)
    elif not names:
        subjects += subjects_of(world.objects, world, only_open=True)
    if namespace and own is None:
        subjects = [each for each in subjects if each.namespace == namespace]
    return subjects + [_named(name, world, namespace) for name in names]


def _named(name: str, world: World, namespace: str | None) -> Subject:
    """The subject that ``KIND/NAME`` means; raises PolicyError if there is none."""
    from dra_policy.engine.kinds import kinds_named
    from dra_policy.engine.subjects import all_subjects

    kind, _, wanted = name.partition("/")
    of_kind = [each for each in all_subjects(world) if each.kind in kinds_named(kind)]
    found = [each for each in of_kind if each.name == wanted and namespace in (None, each.namespace)]
    spaces = list(dict.fromkeys(each.namespace for each in found))
    if len(spaces) > 1:
        message = f"`{name}` is in {len(spaces)} namespaces: {', '.join(spaces[:8])}{' …' if len(spaces) > 8 else ''}"
        raise PolicyError([Diagnostic("DRA111", Severity.ERROR, message, hint="say which with -n")])
    if found:
        return found[0]
    where = f" in namespace `{namespace}`" if namespace else ""
    near = nearest(wanted, [each.name for each in of_kind])
    hint = f"did you mean `{kind}/{near}`?" if near else _list_of(kind, of_kind)
    unknown = Diagnostic("DRA111", Severity.ERROR, f"there is no {kind} `{wanted}`{where}", hint=hint)
    # What could not be read may be what is asked for.
    raise PolicyError([*(each for each in world.findings if each.severity is Severity.ERROR), unknown])


def _list_of(kind: str, subjects: Sequence[Subject]) -> str:
    if not subjects:
        return f"no {kind} is loaded; a file is given by its path, the world by -f"
    names = [f"{kind}/{each.name}" for each in subjects[:8]]
    return f"there are: {', '.join(names)}{' …' if len(subjects) > 8 else ''}"
