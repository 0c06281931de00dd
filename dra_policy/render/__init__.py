"""Explanations, diagnostics and tables as text and JSON: the only package that makes sentences.

``dra_policy.render.explanation`` has ``render_explanations(explanations, style, by=None)`` and
``render_explanation`` (text), ``dra_policy.render.device`` has ``render_device(view, style)``, and
``dra_policy.render.document`` has ``explanation_json(explanations)`` and ``device_json(view)``; they are not imported
here, because few commands need them.

``render_diagnostic(diagnostic, style)`` and ``render_table(columns, rows, style)`` give text whose every line is ended;
``Style(width, colour, unicode, level)`` says what the reader can see. All text that comes from objects passes through
``Style.show`` (or ``escape``) before it is printed.
"""

from dra_policy.render.diagnostic import render_diagnostic, render_diagnostics
from dra_policy.render.measure import columns, cut_middle, escape, wrap
from dra_policy.render.names import count, fold, on_node, on_nodes, place_text, plural
from dra_policy.render.style import Line, Role, Style, Symbols
from dra_policy.render.table import Cell, Column, render_table, table_lines

__all__ = [
    "Cell",
    "Column",
    "Line",
    "Role",
    "Style",
    "Symbols",
    "columns",
    "count",
    "cut_middle",
    "escape",
    "fold",
    "on_node",
    "on_nodes",
    "place_text",
    "plural",
    "render_diagnostic",
    "render_diagnostics",
    "render_table",
    "table_lines",
    "wrap",
]
