from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.render.measure import columns, cut_middle, escape, pad, wrap


def test_control_characters_and_direction_marks_are_written_out() -> None:
    assert escape("a\x1b[31mb\u202ec\td\n\x7f\u2028") == "a\\x1b[31mb\\u202ec\\td\\n\\x7f\\u2028"


def test_other_unicode_is_shown_as_it_is_and_written_out_in_ascii() -> None:
    assert escape("größe 漢") == "größe 漢"
    assert escape("größe 漢😀", unicode=False) == "gr\\xf6\\xdfe \\u6f22\\U0001f600"


def test_a_lone_surrogate_is_written_out() -> None:
    assert escape("a\ud800b") == "a\\ud800b"


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert columns("漢字") == 4
    assert columns("e\u0301") == 1
    assert columns("abc") == 3


def test_padding_counts_columns() -> None:
    assert pad("漢", 4) == "漢  "


def test_the_middle_gives_way_and_never_the_end() -> None:
    assert cut_middle("team-alpha/train", 10) == "team…train"
    assert cut_middle("team-alpha/train", 10, "...") == "tea...rain"
    assert cut_middle("short", 10) == "short"


def test_words_are_wrapped_and_long_words_broken() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrap("", 10) == []


def test_a_long_word_is_broken_between_its_parts() -> None:
    assert wrap('device.attributes["gpu.example.com"].memory', 37) == [
        'device.attributes["gpu.example.com"]',
        ".memory",
    ]
    assert wrap("gpu.example.com/node-1-with-a-name/gpu-0", 20) == ["gpu.example.com/", "node-1-with-a-name/", "gpu-0"]
    # A seam in the first half of a line would leave most of it empty.
    assert wrap("a/bcdefghijklm", 8) == ["a/bcdefg", "hijklm"]


def test_the_last_line_leaves_room() -> None:
    assert wrap("one two three", 13, last=8) == ["one two", "three"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.integers(2, 30))
def test_wrapped_lines_keep_all_words_within_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.integers(3, 30))
def test_a_cut_text_takes_no_more_than_its_width(text: str, width: int) -> None:
    assert columns(cut_middle(text, width)) <= max(width, 0)
