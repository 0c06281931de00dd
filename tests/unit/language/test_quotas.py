"""Quotas of policies: rules, scopes, mistakes."""

from __future__ import annotations

import pytest

from dra_policy.model import AdminAccessRule, AmountLimit, ClassRule, DeviceLimit, ExpressionRule, QuotaScope
from dra_policy.values import Quantity
from tests.unit.language.texts import DRIVERS, load, load_well


def test_each_statement_is_a_rule() -> None:
    (quota,) = load_well(
        DRIVERS
        + """
        quota gpus in team-a "what team-a may hold" {
            deny admin access
            allow class a, b
            limit 8 devices of a, b
            limit 4 devices where gpu.productName.matches("H100")
            limit 320Gi of gpu.memory
            limit 100 of nic.sm in devices of a where nic.rdma
            limit 7 of other.io/speed
            require (held + asked).map(d, d.gpu.numa).distinct().size() <= most
        }
        let most = 2
        """
    ).objects.quotas
    admin, classes, of_classes, where, memory, sm, speed, rule = quota.rules

    assert (quota.name, quota.namespace, quota.scope, quota.allows_admin_access) == ("gpus", "team-a", None, False)
    assert admin == AdminAccessRule(allowed=False)
    assert classes == ClassRule(allowed=True, classes=("a", "b"))
    assert of_classes == DeviceLimit(8, ("a", "b"))
    assert isinstance(where, DeviceLimit)
    assert where.where is not None
    assert where.where.expression == 'device.attributes["gpu.nvidia.com"].productName.matches("H100")'
    assert memory == AmountLimit(Quantity.parse("320Gi"), "gpu.nvidia.com", "memory", "gpu.memory")
    assert isinstance(sm, AmountLimit)
    assert (sm.domain, sm.name, sm.classes, sm.where is None) == ("sriov.example.com", "sm", ("a",), False)
    assert isinstance(rule, ExpressionRule)
    assert rule.expression.expression == "(held + asked).map(d, d.gpu.numa).distinct().size() <= 2"
    assert ("gpu", "gpu.nvidia.com") in rule.aliases
    assert speed == AmountLimit(Quantity.parse("7"), "other.io", "speed", "other.io/speed")
    assert [rule.place.span.text for rule in quota.rules if rule.place and rule.place.span][2] == (
        "limit 8 devices of a, b"
    )


def test_a_quota_is_for_a_namespace_for_those_with_labels_or_for_all() -> None:
    quotas = load_well(
        "quota a in x {}\nquota a in namespaces with label tier=batch, b=c { allow admin access }\n"
        "quota a in all namespaces {}"
    ).objects.quotas

    assert [(each.namespace, each.scope) for each in quotas] == [
        ("x", None),
        ("", QuotaScope((("b", "c"), ("tier", "batch")))),
        ("", QuotaScope()),
    ]
    assert [each.allows_admin_access for each in quotas] == [False, True, False]


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ("limit 1Gi of memory", "DRA702", "capacity `memory` has no domain"),
        ("limit 1Gi of gup.memory", "DRA303", "`gup` is not declared"),
        ("limit 1Gi of nic.model", "DRA304", "`model` is no capacity"),
        ("limit 1Gi of nic.bandwith", "DRA301", "driver `nic` declares no `bandwith`"),
        ("limit 2 devices where nic.modle == 1", "DRA301", "driver `nic` declares no `modle`"),
        ("require hold.size() < 9", "DRA303", "`hold` is not declared"),
    ],
)
def test_a_quota_with_a_mistake_is_left_out_and_said_so(rule: str, code: str, message: str) -> None:
    loaded = load(DRIVERS + f"quota q in x {{ {rule} }}")

    assert [(each.code, each.message) for each in loaded.diagnostics] == [(code, message)]
    assert loaded.objects.quotas == []


def test_names_are_one_space_for_each_namespace() -> None:
    loaded = load("quota q in x {}\nquota q in y {}\nquota q in x {}")

    assert [(each.code, each.message) for each in loaded.diagnostics] == [("DRA205", "quota `q` is declared twice")]
    assert [each.namespace for each in loaded.objects.quotas] == ["x", "y"]


def test_a_near_miss_of_a_class_is_a_warning() -> None:
    loaded = load(DRIVERS + "class a100 from gpu {}\nquota q in x { deny class a10 }")

    assert [(each.code, each.hint) for each in loaded.diagnostics] == [("DRA310", "did you mean `a100`?")]
    assert len(loaded.objects.quotas) == 1
