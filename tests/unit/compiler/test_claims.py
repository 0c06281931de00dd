from __future__ import annotations

from dra_policy.compiler import SYNTHETIC, DeviceClasses, Settings, compile_claim, compile_class, compile_selector
from dra_policy.ir import answer, print_predicate, reading
from dra_policy.model import Claim, Demand, Device, DeviceClass, Dialect, Request, Selector
from dra_policy.text import Place, Source, Span, SpanDocument


def place_of(text: str, name: str = "<test>") -> Place:
    return Place(SpanDocument(Span(Source.of(name, text), 0, len(text))))


def selector(text: str, dialect: Dialect = Dialect.V1, name: str = "<test>") -> Selector:
    return Selector(text, dialect, place_of(text, name))


def device_class(name: str, *texts: str, dialect: Dialect = Dialect.V1) -> DeviceClass:
    return DeviceClass(name, dialect, tuple(selector(text, dialect) for text in texts))


def k8srm_class(name: str, driver: str | None = None, *texts: str, labels: dict[str, str] | None = None) -> DeviceClass:
    selectors = tuple(selector(text, Dialect.K8SRM) for text in texts)
    return DeviceClass(name, Dialect.K8SRM, selectors, labels=labels or {}, driver=driver)


def claim(*demands: Demand, dialect: Dialect = Dialect.V1) -> Claim:
    return Claim("c", "default", dialect, (Request("r", demands),))


def test_each_selector_becomes_a_condition_at_its_index() -> None:
    compiled = compile_claim(
        claim(Demand("gpu", (selector("true"), selector('device.driver == "a"')))), DeviceClasses()
    )
    first, second = compiled.requests[0].alternatives[0].selectors

    assert (first.index, second.index) == (0, 1)
    assert second.condition is not None
    assert reading(second.condition.predicate) == 'device.driver is "a"'


def test_what_does_not_compile_is_a_value_with_the_text_of_kubernetes() -> None:
    wrong = 'device.attributes["a"].x +'
    compiled = compile_selector(selector(wrong), Settings().environment(Dialect.V1))

    assert compiled.condition is None
    assert compiled.compile_error.startswith("compilation failed: ERROR: <input>:1:")
    assert compiled.diagnostics


def test_a_missing_class_is_none() -> None:
    compiled = compile_claim(claim(Demand("gone")), DeviceClasses())

    assert compiled.requests[0].alternatives[0].device_class is None


def test_a_class_is_looked_up_in_the_claims_own_dialect_first() -> None:
    classes = DeviceClasses(
        [device_class("gpu", dialect=Dialect.EVOLUTION), device_class("gpu", dialect=Dialect.V1BETA1)]
    )

    for dialect, wanted in ((Dialect.V1, Dialect.V1BETA1), (Dialect.EVOLUTION, Dialect.EVOLUTION)):
        found = compile_claim(claim(Demand("gpu"), dialect=dialect), classes).requests[0].alternatives[0].device_class
        assert found is not None
        assert found.device_class.dialect is wanted


def test_a_class_of_another_dialect_serves_where_there_is_no_own_one() -> None:
    classes = DeviceClasses([device_class("gpu", dialect=Dialect.EVOLUTION)])

    assert compile_claim(claim(Demand("gpu")), classes).requests[0].alternatives[0].device_class is not None


def test_the_later_of_two_classes_with_one_name_stands() -> None:
    classes = DeviceClasses([device_class("gpu", "true"), device_class("gpu", "false")])
    found = classes.find("gpu", Dialect.V1)

    assert found is not None
    assert found.selectors[0].expression == "false"


def test_a_class_is_compiled_once_for_all_claims() -> None:
    classes = DeviceClasses([device_class("gpu", "true")])
    first, second = (compile_claim(claim(Demand("gpu")), classes) for _ in range(2))

    assert first.requests[0].alternatives[0].device_class is second.requests[0].alternatives[0].device_class


def test_each_selector_is_compiled_in_the_environment_of_its_own_dialect() -> None:
    classes = DeviceClasses([device_class("a", "device.driverName == 'x'", dialect=Dialect.EVOLUTION)])
    compiled = compile_claim(claim(Demand("a", (selector("device.driver == 'x'"),))), classes)
    demand = compiled.requests[0].alternatives[0]

    assert demand.device_class is not None
    assert all(each.condition is not None for each in (*demand.device_class.selectors, *demand.selectors))


def test_one_text_at_two_places_is_one_program_with_two_spans() -> None:
    environment = Settings().environment(Dialect.V1)
    text = 'device.driver == "a" && device.allowMultipleAllocations'
    first, second = (compile_selector(selector(text, name=name), environment) for name in ("a.yaml", "b.yaml"))

    assert first.condition is not None
    assert second.condition is not None
    assert first.condition.program is second.condition.program
    assert first.condition.span.outermost().source.name == "a.yaml"
    assert second.condition.span.outermost().source.name == "b.yaml"


def test_parts_that_two_expressions_have_in_common_are_one_program() -> None:
    environment = Settings().environment(Dialect.V1)
    first, second = (
        compile_selector(selector(f'device.driver == "common" && {other}'), environment)
        for other in ("device.allowMultipleAllocations", "!device.allowMultipleAllocations")
    )

    assert first.condition is not None
    assert second.condition is not None
    left, right = (condition.conjuncts[0] for condition in (first.condition, second.condition))
    assert left.program is right.program  # type: ignore[union-attr]


def test_parts_that_are_spelt_alike_and_say_different_things_are_two_programs() -> None:
    environment = Settings().environment(Dialect.V1)
    first, second = (
        compile_selector(selector(f'cel.bind(d, "{driver}", d == device.driver)'), environment).condition
        for driver in ("a", "b")
    )

    assert first is not None
    assert second is not None
    device = Device("gpu-0", "a")
    assert [answer(each.predicate, device) for each in (first, second)] == [True, False]


def test_a_term_that_is_repeated_in_another_spelling_is_kept_once() -> None:
    text = 'device.driver == \'a\' || device.driver=="a" || device.driver == "b"'
    condition = compile_selector(selector(text), Settings().environment(Dialect.V1)).condition

    assert condition is not None
    assert reading(condition.predicate) == 'device.driver is "a" or device.driver is "b"'


def test_the_diagnostics_of_one_text_point_to_each_of_its_places() -> None:
    environment = Settings().environment(Dialect.V1)
    for name in ("a.yaml", "b.yaml"):
        found = compile_selector(selector("device.nosuch == 1", name=name), environment).diagnostics
        assert found[0].span is not None
        assert found[0].span.outermost().source.name == name


def test_an_empty_expression_of_the_prototypes_matches_everything() -> None:
    for dialect in (Dialect.EVOLUTION, Dialect.K8SRM):
        compiled = compile_selector(selector("", dialect), Settings().environment(dialect))
        assert compiled.condition is not None
        assert reading(compiled.condition.predicate) == "always true"


def test_an_empty_expression_of_kubernetes_does_not_compile() -> None:
    assert compile_selector(selector(""), Settings().environment(Dialect.V1)).condition is None


def test_a_k8srm_class_begins_with_its_driver() -> None:
    compiled = compile_class(k8srm_class("foozer-1000", "example.com-foozer", "device.model == 'foozer-1000'"))
    driver, constraint = compiled.selectors

    assert (driver.index, constraint.index) == (SYNTHETIC, 0)
    assert driver.condition is not None
    assert reading(driver.condition.predicate) == 'device.driver is "example.com-foozer"'
    assert answer(driver.condition.predicate, Device("d", "example.com-foozer")) is True
    assert answer(driver.condition.predicate, Device("d", "example.com-barzer")) is False


def test_a_k8srm_class_by_labels_is_any_of_the_classes_with_all_the_labels() -> None:
    vendor = {"vendor": "example.com", "device-type": "gpu"}
    members = DeviceClass("any", Dialect.K8SRM, labels={"device-type": "gpu"}, member_labels={"device-type": "gpu"})
    classes = DeviceClasses(
        [
            k8srm_class("foozer", "foozer", labels=vendor),
            k8srm_class("barzer", "barzer", "device.model == 'b'", labels=vendor),
            k8srm_class("nic", "nic", labels={"vendor": "example.com", "device-type": "nic"}),
            members,
        ]
    )
    (selected,) = compile_class(members, classes).selectors

    assert selected.condition is not None
    assert print_predicate(selected.condition.predicate) == (
        'any\n  == device.driver "foozer"\n  all\n    == device.driver "barzer"\n    == model "b"'
    )
    assert selected.condition.program.evaluate(Device("d", "foozer")) is True
    assert selected.condition.program.evaluate(Device("d", "nic")) is False
    assert selected.condition.program.evaluate(Device("d", "barzer", {"model": "b"})) is True


def test_a_k8srm_class_without_members_has_no_devices() -> None:
    members = DeviceClass("any", Dialect.K8SRM, member_labels={"device-type": "gpu"})
    (selected,) = compile_class(members, DeviceClasses([members])).selectors

    assert selected.condition is not None
    assert reading(selected.condition.predicate) == "never true"


def test_a_member_class_that_does_not_compile_is_its_groups_error() -> None:
    members = DeviceClass("any", Dialect.K8SRM, member_labels={})
    classes = DeviceClasses([k8srm_class("broken", "x", "device.model =="), members])
    (selected,) = compile_class(members, classes).selectors

    assert selected.condition is None
    assert selected.compile_error


def test_a_bare_attribute_of_dra_evolution_is_in_its_drivers_domain() -> None:
    # "Attributes whose name does not include the domain prefix are assumed to be part of the driver's domain."
    device = Device("d", "foozer.example.com", {"model": "foozer-1000"})
    for text, wanted in (
        ("device.stringAttributes['foozer.example.com/model'] == 'foozer-1000'", True),
        ("device.stringAttributes['barzer.example.com/model'] == 'foozer-1000'", False),
        ("'foozer.example.com/model' in device.attributes", True),
        ("'barzer.example.com/model' in device.attributes", False),
    ):
        condition = compile_selector(
            selector(text, Dialect.EVOLUTION), Settings().environment(Dialect.EVOLUTION)
        ).condition
        assert condition is not None
        assert condition.program.evaluate(device) is wanted
        assert answer(condition.predicate, device) is wanted
