from __future__ import annotations

from dra_policy.render.diagnostic import render_diagnostic, render_diagnostics
from dra_policy.render.style import Style
from dra_policy.text import Diagnostic, Label, Severity, Source, Span

CLAIM = Source.of("claim.yaml", "\n" * 13 + "    expression: device.memroy >= 40\n")


def memroy(source: Source = CLAIM) -> Span:
    start = source.text.index("memroy")
    return Span(source, start, start + 6)


def test_a_diagnostic_has_code_message_place_line_caret_and_hint() -> None:
    found = Diagnostic(
        "DRA301", Severity.ERROR, "no driver publishes attribute `memroy`", memroy(), hint="did you mean `memory`?"
    )
    assert render_diagnostic(found, Style()) == (
        "DRA301 no driver publishes attribute `memroy`\n"
        "  --> claim.yaml:14:24\n"
        "   14 |     expression: device.memroy >= 40\n"
        "      |                        ^^^^^^\n"
        "  hint: did you mean `memory`?\n"
    )


def test_a_warning_says_so_without_colour() -> None:
    assert render_diagnostic(Diagnostic("DRA103", Severity.WARNING, "field `x` unknown"), Style()) == (
        "DRA103 warning: field `x` unknown\n"
    )


def test_roles_are_coloured() -> None:
    text = render_diagnostic(Diagnostic("DRA103", Severity.ERROR, "m", memroy()), Style(colour=True))
    assert text.startswith("\x1b[1;31mDRA103\x1b[0m")
    assert "\x1b[31m^^^^^^\x1b[0m\n" in text


def test_tabs_and_wide_characters_keep_the_caret_in_place() -> None:
    source = Source.of("c.yaml", '\t"漢字": memroy\n')
    assert render_diagnostic(Diagnostic("DRA301", Severity.ERROR, "m", memroy(source)), Style()).splitlines()[2:] == [
        '    1 |     "漢字": memroy',
        "      |             ^^^^^^",
    ]


def test_control_characters_are_written_out_above_the_caret() -> None:
    source = Source.of("c.yaml", "\x1b[1m memroy\n")
    assert render_diagnostic(Diagnostic("DRA301", Severity.ERROR, "\x1b", memroy(source)), Style()).splitlines() == [
        "DRA301 \\x1b",
        "  --> c.yaml:1:6",
        "    1 | \\x1b[1m memroy",
        "      |         ^^^^^^",
    ]


def test_a_long_line_is_cut_around_the_caret() -> None:
    source = Source.of("c.yaml", "a" * 500 + " memroy " + "b" * 500)
    lines = render_diagnostic(Diagnostic("DRA301", Severity.ERROR, "m", memroy(source)), Style(width=60)).splitlines()
    assert all(len(line) <= 60 for line in lines)
    line, caret = lines[2], lines[3]
    start = caret.index("^")
    assert line[start : start + 6] == "memroy"
    assert line[8] == "…"
    assert line[-1] == "…"


def test_a_cut_at_the_start_or_end_of_a_line_has_one_ellipsis() -> None:
    at_start = Source.of("c.yaml", "memroy " + "b" * 500)
    at_end = Source.of("c.yaml", "a" * 500 + " memroy")
    for source, dots in ((at_start, (False, True)), (at_end, (True, False))):
        lines = render_diagnostic(
            Diagnostic("DRA301", Severity.ERROR, "m", memroy(source)), Style(width=60)
        ).splitlines()
        start = lines[3].index("^")
        assert lines[2][start : start + 6] == "memroy"
        assert (lines[2][8] == "…", lines[2][-1] == "…") == dots
        assert len(lines[2]) == 60


def test_an_ascii_terminal_gets_no_other_characters() -> None:
    source = Source.of("c.yaml", "ü" * 100 + " memroy " + "漢" * 100)
    text = render_diagnostic(Diagnostic("DRA301", Severity.ERROR, "ü", memroy(source)), Style(unicode=False))
    assert text.isascii()
    line, caret = text.splitlines()[2:4]
    assert line[caret.index("^") :].startswith("memroy")


def test_a_span_over_lines_is_underlined_to_the_end_of_the_first() -> None:
    source = Source.of("c.yaml", "ab cd\nef\n")
    text = render_diagnostic(Diagnostic("DRA207", Severity.ERROR, "m", Span(source, 3, 8)), Style())
    assert text.splitlines()[-1] == "      |    ^^"


def test_the_end_of_a_text_can_be_pointed_at() -> None:
    source = Source.of("c.dra", "claim {")
    text = render_diagnostic(Diagnostic("DRA202", Severity.ERROR, "m", Span(source, 7, 7)), Style())
    assert text.splitlines()[-2:] == ["    1 | claim {", "      |        ^"]


def test_embedded_text_is_shown_in_its_file() -> None:
    outer = Source.of("c.yaml", "x: device.memroy\n")
    inner = Source.of("selector", "device.memroy", lambda start, end: Span(outer, start + 3, end + 3))
    text = render_diagnostic(Diagnostic("DRA301", Severity.ERROR, "m", memroy(inner)), Style())
    assert text.splitlines()[1:] == [
        "  --> c.yaml:1:11",
        "    1 | x: device.memroy",
        "      |           ^^^^^^",
    ]


def test_labels_and_notes_follow() -> None:
    other = Source.of("b.yaml", "name: gpu\n")
    found = Diagnostic(
        "DRA205",
        Severity.ERROR,
        "m",
        memroy(),
        labels=(Label(Span(other, 6, 9), "defined here"),),
        notes=("one", "two"),
        hint="first\nsecond",
    )
    assert render_diagnostic(found, Style()).splitlines()[4:] == [
        "  --> b.yaml:1:7",
        "    1 | name: gpu",
        "      |       ^^^ defined here",
        "  note: one",
        "  note: two",
        "  hint: first",
        "        second",
    ]


def test_line_numbers_of_any_size_stay_aligned() -> None:
    source = Source.of("c.yaml", "\n" * 1_234_566 + "memroy")
    text = render_diagnostic(Diagnostic("DRA301", Severity.ERROR, "m", memroy(source)), Style())
    assert text.splitlines()[2:] == ["1234567 | memroy", "        | ^^^^^^"]


def test_several_diagnostics_follow_each_other() -> None:
    found = Diagnostic("DRA101", Severity.ERROR, "m")
    assert render_diagnostics([found, found], Style()) == "DRA101 m\nDRA101 m\n"
