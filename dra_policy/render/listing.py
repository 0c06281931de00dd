"""Tables of what is loaded: devices, nodes, classes, claims."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.render.names import on_nodes
from dra_policy.render.style import Style
from dra_policy.render.table import Column, render_table

_WIDE = frozenset(("ATTRIBUTES", "SELECTORS", "ASKS FOR", "HOLDS", "POOL"))


def render_listing(titles: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> str:
    """The rows under their titles, every line ended: devices that are held are folded, pairs are kept whole."""
    header = [Column(title, shrinks=title in _WIDE, pairs=title == "ATTRIBUTES") for title in titles]
    shown = [
        [style.show(_folded(cell) if title == "HOLDS" else cell) for title, cell in zip(titles, row, strict=True)]
        for row in rows
    ]
    return render_table(header, shown, style)


def _folded(text: str) -> str:
    """``h1: gpu-0..3 nic-0`` of ``pool/device`` names with blanks between."""
    by_pool: dict[str, list[str]] = {}
    for name in text.split():
        pool, _, device = name.rpartition("/")
        by_pool.setdefault(pool, []).append(device)
    return on_nodes(by_pool)
