from __future__ import annotations

from dra_policy.render.listing import render_listing
from dra_policy.render.style import Role, Style
from dra_policy.render.table import Cell, Column, render_table

HEADER = (Column("NAME", shrinks=True), Column("DEVICES", right=True), Column("STATE"))


def test_words_stand_left_and_numbers_right_with_three_spaces_between() -> None:
    text = render_table(HEADER, [["h1", "12", "ready"], ["h10", "1,024", "-"]], Style())
    assert text == (
        "NAME   DEVICES   STATE\n"
        "h1          12   ready\n"
        "h10      1,024   -\n"
    )  # fmt: skip


def test_a_table_without_rows_is_not_printed() -> None:
    assert render_table(HEADER, [], Style()) == ""


def test_the_widest_shrinkable_column_is_cut_in_its_middle() -> None:
    text = render_table(HEADER, [["n" * 30 + "x" * 30 + "-end", "1", "ready"]], Style(width=60))
    assert text.splitlines()[1] == "nnnnnnnnnnnnnnnnnnnn…xxxxxxxxxxxxxxxxx-end         1   ready"
    assert max(len(line) for line in text.splitlines()) == 60


def test_level_two_never_shortens() -> None:
    text = render_table(HEADER, [["n" * 90, "1", "ready"]], Style(width=60, level=2))
    assert "n" * 90 in text


def test_below_sixty_columns_rows_become_fields() -> None:
    assert render_table(HEADER, [["h1", "12", ""], ["h2", "3", "ready"]], Style(width=40)) == (
        "name: h1\ndevices: 12\n\nname: h2\ndevices: 3\nstate: ready\n"
    )


def test_colour_surrounds_the_text_and_not_its_padding() -> None:
    text = render_table(
        (Column(), Column(right=True)), [[Cell("a", Role.CULPRIT), Cell("1", Role.LOST)]], Style(colour=True)
    )
    assert text == "\x1b[1ma\x1b[0m   \x1b[31m1\x1b[0m\n"


def test_devices_that_a_claim_holds_are_folded() -> None:
    text = render_listing(
        ("CLAIM", "HOLDS"), [("a", "h1/gpu-0 h1/gpu-1 h1/gpu-2 h1/nic-0 h2/gpu-7"), ("b", "")], Style()
    )
    assert text == "CLAIM   HOLDS\na       h1: gpu-0..2 nic-0 | h2: gpu-7\nb\n"


def test_attributes_are_cut_between_pairs() -> None:
    attributes = 'productName="NVIDIA H100 80GB" architecture="Hopper" numaNode=0 +2'
    for width, shown in (
        (80, attributes),
        (68, 'productName="NVIDIA H100 80GB" architecture="Hopper" +3'),
        (60, 'productName="NVIDIA H100 80GB" +4'),
    ):
        lines = render_listing(("NODE", "ATTRIBUTES"), [("h1", attributes)], Style(width=width)).splitlines()
        assert lines[1] == f"h1     {shown}"


def test_titles_that_are_names_keep_their_capitals_and_remarks_label_no_cell() -> None:
    header = (Column("pcieRoot"), Column("gpu (2 wanted)"), Column("pair.yaml:18", remark=True))
    text = render_table(header, [["root-1", "2", "short of 1 nic"]], Style(width=50))
    assert text == "pair.yaml:18\npcieRoot: root-1\ngpu (2 wanted): 2\nshort of 1 nic\n"


def test_a_word_that_has_no_room_in_the_last_column_is_not_broken() -> None:
    text = render_table((Column(), Column(wraps=True)), [["n" * 30, "before it: " + "x" * 40]], Style(width=60))
    assert text == f"{'n' * 30}\n    before it: {'x' * 40}\n"


def test_wrapped_words_stay_behind_the_lead_of_their_cell() -> None:
    rows: list[list[Cell | str]] = [["h4", Cell("one two three " * 5, lead="12   ")]]
    lines = render_table((Column(), Column(wraps=True)), rows, Style(width=60)).splitlines()
    assert [line[:10] for line in lines] == ["h4   12   ", " " * 10]
    assert all(line[10] != " " for line in lines)


def test_a_table_that_is_too_wide_whatever_is_cut_becomes_fields() -> None:
    header = (Column("RULE", shrinks=True, least=24), Column("LIMIT", right=True))
    text = render_table(header, [["devices of a class", "1" * 40]], Style(width=60))
    assert text == f"rule: devices of a class\nlimit: {'1' * 40}\n"
