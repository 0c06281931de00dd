"""Name devices, nodes, places and numbers the way a reader says them: runs folded, commas in thousands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from dra_policy.text import Span

_DIGITS = "0123456789"
_SEPARATORS = "-_./:"


def count(number: int) -> str:
    """A number with commas from 1,000 on."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """``1 node``, ``2 nodes``, ``2 classes``."""
    return f"{number:,} {noun if number == 1 else plural_noun(noun)}"


def plural_noun(noun: str) -> str:
    """The plural of a noun of this domain (``GPUs``, ``classes``, ``policies``)."""
    if noun.endswith(("s", "x", "ch")):
        return f"{noun}es"
    if noun.endswith("y") and not noun.endswith(("ay", "ey", "oy")):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def listed(items: Sequence[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def natural_key(name: str) -> tuple[str, int, str]:
    """Sort key that puts ``gpu-2`` before ``gpu-10``."""
    prefix = name.rstrip(_DIGITS)
    digits = name[len(prefix) :]
    return prefix, int(digits) if digits and len(digits) < 19 else -1, name


def fold(names: Iterable[str], *, limit: int | None = None) -> str:
    """Names with their runs folded, in natural order, words apart by one space.

    ``gpu-0..3``, ``gpu-4,5``, ``gpu-0..3 nic-0``; names whose number follows a letter keep it whole: ``l1..l4``,
    ``h1 h2``. With ``limit`` at most so many parts are printed, then ``and 212 more``.
    """
    parts: list[tuple[str, int]] = []
    ordered = sorted(set(names), key=natural_key)
    for prefix, group in groupby(ordered, key=lambda name: name.rstrip(_DIGITS)):
        numbers = [name[len(prefix) :] for name in group]
        parts.extend(_folded_runs(prefix, numbers))
    if limit is None or len(parts) <= limit:
        return " ".join(text for text, _ in parts)
    shown = " ".join(text for text, _ in parts[:limit])
    return f"{shown} and {count(sum(size for _, size in parts[limit:]))} more"


def _folded_runs(prefix: str, numbers: list[str]) -> list[tuple[str, int]]:
    runs = list(_runs(numbers))
    if not prefix or prefix[-1] not in _SEPARATORS:
        return [part for run in runs for part in _whole_names(prefix, run)]
    inner = [f"{run[0]}..{run[-1]}" if len(run) > 2 else ",".join(run) for run in runs]
    return [(prefix + ",".join(inner), len(numbers))]


def _whole_names(prefix: str, run: list[str]) -> list[tuple[str, int]]:
    if len(run) > 2:
        return [(f"{prefix}{run[0]}..{prefix}{run[-1]}", len(run))]
    return [(prefix + number, 1) for number in run]


def _runs(numbers: list[str]) -> Iterable[list[str]]:
    run: list[str] = []
    for number in numbers:
        if run and not _follows(run[-1], number):
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _follows(left: str, right: str) -> bool:
    if not left or not right or len(right) > 18:
        return False
    # 09, 10 is a run of padded numbers; 9, 010 is none.
    same_writing = len(left) == len(right) or (left[0] != "0" and right[0] != "0")
    return same_writing and int(right) == int(left) + 1


def on_node(node: str, devices: Iterable[str], *, limit: int | None = None) -> str:
    """Devices of one node: ``h4: gpu-0..3 nic-0``; the bare node where there are none."""
    folded = fold_in_order(devices, limit=limit)
    return f"{node}: {folded}" if folded else node


def fold_in_order(names: Iterable[str], *, limit: int | None = None) -> str:
    """Names with runs folded, kinds of device in the order of their first appearance (the order of requests)."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(name.rstrip(_DIGITS), []).append(name)
    return " ".join(fold(group, limit=limit) for group in kinds.values())


def on_nodes(devices: Mapping[str, Sequence[str]], separator: str = " | ") -> str:
    """Devices of several nodes: ``h1: gpu-6,7 | h2: gpu-0,1``."""
    return separator.join(on_node(node, names) for node, names in devices.items())


def short_attribute(name: str) -> str:
    """The last part of an attribute's full name: ``numaNode`` of ``topology.example.com/numaNode``."""
    return name.rpartition("/")[2]


def place_text(span: Span | None, *, with_column: bool = False) -> str:
    """``file:line`` (with the column where wanted) in the file that the user wrote; empty for no place."""
    if span is None:
        return ""
    outer = span.outermost()
    position = outer.position
    column = f":{position.column}" if with_column else ""
    return f"{outer.source.name}:{position.line}{column}"
