"""Values, errors and costs of operators, selections, conditionals and loops."""

from __future__ import annotations

import pytest

from dra_policy.cel.data import MapValue, OptionalValue, UInt
from tests.unit.cel.evaluation import DEVICE, A, C, cost, program, refusal, result, run, value

# Logic


def test_false_on_either_side_of_and_absorbs_an_error() -> None:
    assert result(f"{A}.missing && false") is False
    assert result(f"false && {A}.missing") is False


def test_true_on_either_side_of_or_absorbs_an_error() -> None:
    assert result(f"{A}.missing || true") is True
    assert result(f"true || {A}.missing") is True


def test_the_left_error_wins() -> None:
    assert result(f"{A}.first || {A}.second") == "no such key: first"
    assert result(f"{A}.first && {A}.second") == "no such key: first"


def test_an_operand_that_is_no_bool_is_an_error_that_can_be_absorbed() -> None:
    assert result(f"{A}.model && true") == "no such overload"
    assert result(f"{A}.model && false") is False


def test_only_the_chosen_branch_of_a_conditional_is_evaluated() -> None:
    assert result(f'device.driver == "gpu.example.com" ? {A}.healthy : {A}.missing') is True


def test_a_conditional_needs_a_bool() -> None:
    assert result(f"{A}.model ? true : false") == "no such overload"


# Equality and order


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 == 1u", True),
        ("1 == 1.0", True),
        ("1 == true", False),
        ("1 == '1'", False),
        ("null == 0", False),
        ("0.0 == -0.0", True),
        ("[1, 2] == [1.0, 2u]", True),
        ("{'a': 1} == {'a': 1u}", True),
        ("{true: 1} == {1: 1}", False),
    ],
)
def test_values_of_different_types_are_compared_by_number_or_differ(text: str, expected: bool) -> None:
    assert value(text) is expected


def test_not_a_number_equals_nothing_and_has_no_order() -> None:
    assert value("double('NaN') == double('NaN')") is False
    assert value("double('NaN') < 1.0") == "NaN values cannot be ordered"


def test_quantities_and_versions_on_the_left_refuse_other_types() -> None:
    assert result(f'{A}.driverVersion == "550.54.15"') == "no such overload"
    assert result(f'"550.54.15" == {A}.driverVersion') is False
    assert result(f'{A}.driverVersion != "550.54.15"') is True
    assert result(f"{A}.driverVersion == null") is False


def test_a_computed_quantity_may_stand_on_the_left_only() -> None:
    assert result('quantity("2") == quantity("1").add(1)') == "no such overload"
    assert result('quantity("1").add(1) == quantity("2")') is True
    assert result('quantity("2") != quantity("1").add(1)') is True
    assert result('quantity("2") in [quantity("1").add(1)]') is False


def test_strings_are_ordered_by_code_point() -> None:
    assert value("'B' < 'a'") is True
    assert value("'\\uffff' < '\\U00010000'") is True


# Arithmetic


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(-7) / 2", -3),
        ("7 % -2", 1),
        ("(-7) % 2", -1),
        ("9223372036854775807 + 1", "integer overflow"),
        ("-9223372036854775808 / -1", "integer overflow"),
        ("-(-9223372036854775808)", "integer overflow"),
        ("1u - 2u", "unsigned integer overflow"),
        ("18446744073709551615u + 1u", "unsigned integer overflow"),
        ("1 / 0", "division by zero"),
        ("1 % 0", "modulus by zero"),
        ("1.0 / 0.0", float("inf")),
        ("1 + 1u", "no such overload"),
        ("'a' + 1", "no such overload"),
        ("true + 1", "no such overload: _+_"),
        ("-'a'", "no such overload"),
        ("-true", "no such overload"),
        ("null < 1", "no such overload: _<_"),
    ],
)
def test_arithmetic_fails_instead_of_wrapping(text: str, expected: object) -> None:
    assert value(text) == expected


def test_uint_arithmetic_stays_uint() -> None:
    assert isinstance(value("1u + 2u"), UInt)


# Selections


def test_an_unknown_domain_is_an_empty_map() -> None:
    assert result('size(device.attributes["no.such"]) == 0') is True
    assert result('device.attributes["no.such"].x == 1') == "no such key: x"
    assert result('"no.such" in device.attributes') is False
    assert result('device.attributes[?"no.such"].hasValue()') is True


def test_names_belong_to_the_domain_before_the_slash_or_to_the_driver() -> None:
    assert result('device.attributes["resource.kubernetes.io"].pcieRoot == "pci0000:00"') is True
    assert result(f'{A}.model == "A100"') is True


def test_an_index_out_of_a_list_is_an_error_or_none() -> None:
    assert result(f"{A}.lanes[7] == 1") == "index out of bounds: 7"
    assert result(f"{A}.lanes[-1] == 1") == "index out of bounds: -1"
    assert result(f"{A}.lanes[?7].hasValue()") is False


def test_lists_take_whole_numbers_of_any_type_as_index() -> None:
    assert value("[5][0u]") == 5
    assert value("[5][0.0]") == 5
    assert value("[5][0.5]") == "unsupported index value 0.5 in list"
    assert value("[5]['0']") == "unsupported index type 'string' in list"


def test_a_selection_from_a_scalar_finds_no_key() -> None:
    assert result(f"{A}.model.part == 1") == "no such key: part"
    assert result(f"has({A}.model.part)") is False


def test_optional_selections_go_on_from_what_is_there() -> None:
    assert value("{'a': {'b': 1}}.?a.?b.value()") == 1
    assert value("{'a': {'b': 1}}.?x.?b.hasValue()") is False
    found = value("{'a': {'b': 1}}.?a.b")
    assert isinstance(found, OptionalValue)
    assert found.value == 1


# Loops


def test_loops_absorb_errors_like_the_operators_they_stand_for() -> None:
    assert value("[0, 1].exists(x, 1 / x == 1)") is True
    assert value("[1, 0].all(x, 1 / x == 2)") is False
    assert value("[0].exists(x, 1 / x == 1)") == "division by zero"


def test_a_binding_is_computed_when_it_is_used() -> None:
    assert value("cel.bind(x, 1 / 0, true)") is True
    assert value("cel.bind(x, 1 / 0, x == 1)") == "division by zero"


def test_an_inner_variable_hides_an_outer_one() -> None:
    assert value("['a'].all(x, ['b'].all(x, x == 'b'))") is True


def test_loops_over_maps_visit_keys_and_with_two_variables_entries() -> None:
    assert value("{'a': 1, 'b': 2}.map(k, k)") == ["a", "b"]
    assert value("{'a': 1, 'b': 2}.transformList(k, v, v)") == [1, 2]
    assert value("[5, 6].transformList(i, v, i + v)") == [5, 7]


def test_transformed_maps_refuse_a_repeated_key() -> None:
    assert value("[1, 2].transformMapEntry(i, v, {'a': v})") == "insert failed: key a already exists"


def test_a_list_grown_by_a_loop_is_a_list_of_its_own() -> None:
    assert value("cel.bind(x, [1, 2].map(y, y), x + [3] == [1, 2, 3] && x == [1, 2])") is True


def test_only_lists_and_maps_can_be_looped_over() -> None:
    assert result(f"{A}.model.exists(x, true)") == "got 'types.String', expected iterable type"
    assert result(f"{A}.driverVersion.exists(x, true)") == "got 'cel.Semver', expected iterable type"


def test_optional_elements_and_entries_are_left_out_where_there_is_none() -> None:
    assert value("[1, ?optional.none(), ?optional.of(2)]") == [1, 2]
    found = value("{'a': 1, ?'b': optional.none()}")
    assert isinstance(found, MapValue)
    assert list(found.all_keys()) == ["a"]


# What is decided when the program is made


def test_an_error_in_a_constant_conversion_is_one_of_the_program() -> None:
    assert refusal("int('4x') == 4") == "program instantiation failed: type conversion error from 'string' to 'int'"


def test_a_constant_pattern_is_tried_when_the_program_is_made() -> None:
    expected = "program instantiation failed: error parsing regexp: missing closing ): `(`"
    assert refusal('device.driver.find("(") == ""') == expected


def test_membership_in_constants_cannot_look_up_a_version() -> None:
    expected = "internal error: runtime error: hash of unhashable type cel.Semver"
    assert result(f'{A}.driverVersion in ["1"]') == expected
    assert result(f'{A}.driverVersion in ["1"] || true') == expected


def test_membership_in_constants_compares_numbers_of_all_types() -> None:
    assert result("dyn(1u) in [1, 2]") is True
    assert result("dyn(1.0) in [1, 2]") is True
    assert result("dyn(true) in [1, 2]") is False


# Cost (cel-go interpreter/runtimecost.go)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", 0),
        ("device.driver == ''", 2),
        (f"{A}.healthy", 4),
        (f"has({A}.healthy)", 3),
        (f"{A}.?missing.hasValue()", 4),
        (f"{A}.missing.isGreaterThan(quantity('1'))", 6),
        (f"{C}.memory.isGreaterThan(quantity('1Gi'))", 6),
        (f"true || {A}.missing", 0),
        (f"{A}.index in [1, 2, 3]", 4),
        (f"2 in {A}.lanes", 5),
        (f"{A}.lanes.all(x, x > 0)", 20),
        (f"{A}.model.matches('^A.*')", 5),
        (f"{A}.healthy ? {A}.index == 3 : true", 9),
        ("[1, 2, 3].map(x, x * 2) == [2, 4, 6]", 44),
        ("optional.none().hasValue()", 2),
    ],
)
def test_costs(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_a_call_whose_arguments_were_not_all_evaluated_costs_nothing() -> None:
    assert cost(f"{A}.missing.substring(1) == ''") == 5
    assert cost(f"{A}.missing.substring(1, 2) == ''") == 4


def test_an_evaluation_stops_at_the_first_step_past_the_limit() -> None:
    stopped = run(f"{A}.healthy", cost_limit=2)
    assert getattr(stopped.outcome, "text", "") == "operation cancelled: actual cost limit exceeded"
    assert stopped.cost == 3
    assert run(f"{A}.healthy", DEVICE, cost_limit=4).outcome is True


REPEATED = "[1, 2].all(x, [lists.range(2), lists.range(x)].size() + [lists.range(3).size(), 1].max() > 4)"


def test_what_is_computed_once_is_charged_and_stopped_as_if_it_were_computed_again() -> None:
    again = program(REPEATED)
    complete = again.run(DEVICE)
    assert (complete.outcome, complete.cost) == (True, 140)

    for limit in range(141):
        # Other text, so that it is a new program.
        afresh = program(REPEATED + " " * (limit + 1))
        assert again.run(DEVICE, limit) == afresh.run(DEVICE, limit)


@pytest.mark.parametrize("key", ['quantity("1")', "lists.range(2)"])
def test_equal_objects_are_different_keys_of_maps_in_each_round(key: str) -> None:
    assert result(f"[1, 2].transformMapEntry(i, v, {{{key}: v}}).size() == 2") is True
    assert result("[1, 2].transformMapEntry(i, v, {string(1): v}).size() == 2") == "insert failed: key 1 already exists"
