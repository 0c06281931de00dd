"""Objects of the prototypes' dialects, dra-evolution and k8srm."""

from __future__ import annotations

import pytest

from dra_policy.manifests import read_text
from dra_policy.model import ClassRule, Dialect, DistinctAttribute, ExpressionRule, MatchAttribute
from dra_policy.values import Quantity, Version


def test_evolution_objects_are_known_by_their_shape_whatever_alpha_version_they_say() -> None:
    objects = read_text(
        "e.yaml",
        """\
- apiVersion: resource.k8s.io/v1alpha3
  kind: DeviceClass
  metadata: {name: any}
  requirements:
  - deviceSelector: device.driverName == 'd'
- apiVersion: resource.k8s.io/v1alpha3
  kind: ResourceClaim
  metadata: {name: two}
  spec:
    shareable: true
    constraints:
    - matchAttribute: example.com/root
    requests:
    - deviceClassName: any
    - {name: second, deviceClassName: any, requirements: [{deviceSelector: "true"}]}
  status:
    allocation:
      nodeName: w1
      driverData:
      - driverName: d
        data: {results: [{requestName: second, deviceName: x-1}]}
- apiVersion: resource.k8s.io/v1alpha3
  kind: ResourcePool
  metadata: {name: w1-pool, creationTimestamp: "2024-05-01T00:00:00Z"}
  spec:
    driverName: d
    nodeName: w1
    sharedCapacity: [{name: memory, capacity: 40Gi}]
    devices:
    - name: x-1
      attributes:
      - {name: memory, quantity: 10Gi}
      - {name: model, string: m}
      - {name: driver, version: 1.2.3}
      - {name: ready, bool: true}
      sharedCapacityConsumed: [{name: memory, capacity: 10Gi}]
- apiVersion: resource.k8s.io/v1alpha3
  kind: Quota
  metadata: {name: q, namespace: ns}
  spec: {allowManagementAccess: true}
""",
    ).objects

    dialects = {objects.classes[0].dialect, objects.claims[0].dialect, objects.slices[0].dialect}
    assert dialects == {Dialect.EVOLUTION}
    (claim,) = objects.claims
    assert [request.name for request in claim.requests] == ["request-0", "second"]
    assert claim.shareable
    assert claim.allocation is not None
    assert claim.allocation.node_name == "w1"
    assert claim.allocation.devices[0].device == ("d", "", "x-1")
    (pool,) = objects.slices
    assert (pool.pool, pool.generation, pool.resource_slice_count) == ("w1-pool", 0, 1)
    assert pool.creation_timestamp == "2024-05-01T00:00:00Z"
    (device,) = pool.devices.decode(pool.devices.text, pool.driver)
    assert dict(device.attributes) == {
        "memory": Quantity.parse("10Gi"),
        "model": "m",
        "driver": Version.parse("1.2.3"),
        "ready": True,
    }
    assert device.consumes_counters[0].counter_set == pool.shared_counters[0].name
    assert objects.quotas[0].allows_admin_access


def test_a_released_v1alpha3_claim_is_no_prototype_claim() -> None:
    (claim,) = read_text(
        "c.yaml",
        """\
apiVersion: resource.k8s.io/v1alpha3
kind: ResourceClaim
metadata: {name: c}
spec: {devices: {requests: [{name: r, deviceClassName: x}]}}
""",
    ).objects.claims

    assert claim.dialect is Dialect.V1ALPHA3


def test_the_dialect_can_be_given() -> None:
    text = "apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: c}\nspec: {}\n"

    (device_class,) = read_text("c.yaml", text, dialect=Dialect.V1BETA1).objects.classes

    assert device_class.dialect is Dialect.V1BETA1


CLAIM = """\
apiVersion: devmgmtproto.k8s.io/v1alpha1
kind: DeviceClaim
metadata: {name: pair, namespace: ns}
spec:
  matchAttributes: [root]
  devices:
  - name: gpu
    allOf:
    - class: nic
      constraints: device.kind == 'pf'
    oneOf:
    - class: big
    - class: small
      matchAttributes: [model]
      requests: {devices: 2, memory: 8Gi}
      maxDevices: 8
  - name: net
    allOf:
    - class: nic
      distinctAttributes: [card]
      devices: 4
      allowShared: true
  - name: plain
    class: foo
"""


def test_a_k8srm_claim_becomes_requests_with_alternatives_and_constraints() -> None:
    (claim,) = read_text("k.yaml", CLAIM).objects.claims

    assert [(each.name, each.prioritized, len(each.demands)) for each in claim.requests] == [
        ("gpu-0", False, 1),
        ("gpu-1", True, 2),
        ("net", False, 1),
        ("plain", False, 1),
    ]
    assert claim.constraints == (
        MatchAttribute("root"),
        MatchAttribute("model", ("gpu-1/choice-1",)),
        DistinctAttribute("card", ("net",)),
    )
    second = claim.requests[1].demands[1]
    assert (second.count, second.maximum_count) == (2, 8)
    assert second.total_capacity == {"memory": Quantity.parse("8Gi")}
    net = claim.requests[2].demands[0]
    assert (net.count, net.allow_shared) == (4, True)
    assert claim.requests[0].demands[0].selectors[0].expression == "device.kind == 'pf'"


@pytest.mark.parametrize(
    "spec",
    ["{driver: d, constraints: \"device.x == '1'\"}", "{definition: {driver: d, constraints: \"device.x == '1'\"}}"],
)
def test_a_k8srm_class_says_its_driver_in_its_definition_or_directly(spec: str) -> None:
    text = f"apiVersion: devmgmtproto.k8s.io/v1alpha1\nkind: DeviceClass\nmetadata: {{name: c}}\nspec: {spec}\n"

    (device_class,) = read_text("c.yaml", text).objects.classes

    assert device_class.driver == "d"
    assert device_class.selectors[0].expression == "device.x == '1'"


def test_a_k8srm_class_can_stand_for_classes_with_labels() -> None:
    text = """\
apiVersion: devmgmtproto.k8s.io/v1alpha1
kind: DeviceClass
metadata: {name: all, labels: {a: b}}
spec: {selector: {matchLabels: {vendor: example.com}}}
"""
    (device_class,) = read_text("c.yaml", text).objects.classes

    assert (device_class.driver, device_class.member_labels) == (None, {"vendor": "example.com"})


@pytest.mark.parametrize("shared", ["{vfs: 2}", "[{name: vfs, capacity: 2}]"])
def test_attributes_of_a_k8srm_pool_are_those_of_devices_that_say_nothing_else(shared: str) -> None:
    text = f"""\
apiVersion: devmgmtproto.k8s.io/v1alpha1
kind: DevicePool
metadata: {{name: p1}}
spec:
  driver: d
  nodeName: n1
  attributes: [{{name: vendor, stringValue: v}}, {{name: model, stringValue: general}}]
  sharedResources: {shared}
  devices:
  - name: a
    attributes: [{{name: model, stringValue: special}}, {{name: index, intValue: 3}}]
    sharedResourcesConsumed: {shared}
"""
    (pool,) = read_text("p.yaml", text).objects.slices
    (device,) = pool.devices.decode(pool.devices.text, pool.driver)

    assert dict(device.attributes) == {"vendor": "v", "model": "special", "index": 3}
    assert pool.shared_counters[0].counters == (("vfs", Quantity.parse("2")),)
    assert device.consumes_counters[0].counters == (("vfs", Quantity.parse("2")),)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ("{claimName: mine}", ("mine", None, False)),
        ("{template: {claimName: pattern}}", (None, "pattern", False)),
        ("{devices: [{name: gpu, class: c}, {class: d}]}", (None, None, True)),
    ],
)
def test_a_k8srm_pod_claims_devices_in_three_ways(claims: str, expected: tuple[str | None, str | None, bool]) -> None:
    text = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  containers:
  - name: main
    devices: [{{name: gpu}}]
  deviceClaims: {claims}
"""
    (pod,) = read_text("p.yaml", text).objects.pods
    (claim,) = pod.claims

    assert (claim.claim_name, claim.template_name, claim.inline is not None) == expected
    assert pod.dialect is Dialect.K8SRM
    assert pod.containers[0].claims[0].request == "gpu"
    if claim.inline is not None:
        assert [each.name for each in claim.inline.requests] == ["gpu", "device-1"]


def test_a_quota_has_the_denied_classes_and_the_rule_that_its_types_plan() -> None:
    text = """\
apiVersion: resource.k8s.io/v1alpha2
kind: Quota
metadata: {name: q, namespace: team}
spec:
  deviceLimits: held.size() + asked.size() <= 4
  deviceClassDenyList: [vlan-2000]
  deviceClassAllowList: [special]
"""
    result = read_text("q.yaml", text)
    (quota,) = result.objects.quotas
    denied, rule = quota.rules

    assert not result.diagnostics
    assert denied == ClassRule(allowed=False, classes=("vlan-2000",))
    assert isinstance(rule, ExpressionRule)
    assert rule.expression.expression == "held.size() + asked.size() <= 4"
    assert rule.place is not None
    assert rule.place.span is not None
    assert rule.place.span.position.line == 5


AMOUNTS = """\
apiVersion: {version}
kind: {kind}
metadata: {{name: p1}}
spec:
  {driver}: d
  nodeName: n1
  {shared}: [{{name: mem, capacity: 10GiB}}]
  devices:
  - {{name: x, {drawn}: [{{name: mem, capacity: 6GiB}}]}}
  - {{name: z, {drawn}: [{{name: men, capacity: 6Gi}}]}}
"""
EVOLUTION = {
    "version": "resource.k8s.io/v1alpha2",
    "kind": "ResourcePool",
    "driver": "driverName",
    "shared": "sharedCapacity",
    "drawn": "sharedCapacityConsumed",
}
K8SRM = {
    "version": "devmgmtproto.k8s.io/v1alpha1",
    "kind": "DevicePool",
    "driver": "driver",
    "shared": "sharedResources",
    "drawn": "sharedResourcesConsumed",
}


@pytest.mark.parametrize("names", [EVOLUTION, K8SRM])
def test_shared_amounts_that_are_none_are_told_where_they_stand(names: dict[str, str]) -> None:
    text = AMOUNTS.format(**names)

    found = [(each.code, each.span and each.span.text, each.hint) for each in read_text("p.yaml", text).diagnostics]

    assert found == [
        ("DRA204", "10GiB", "quantities look like 40Gi or 500m"),
        ("DRA204", "6GiB", "quantities look like 40Gi or 500m"),
        ("DRA124", "men", "did you mean `mem`?"),
    ]


def test_amounts_that_a_device_provides_to_claims_are_quantities() -> None:
    text = AMOUNTS.format(**{**K8SRM, "drawn": "claimResourcesProvided"}).replace("10GiB", "10Gi")
    read = read_text("p.yaml", text)
    (pool,) = read.objects.slices

    assert [(each.code, each.span and each.span.text) for each in read.diagnostics] == [("DRA204", "6GiB")]
    assert [list(each.capacity) for each in pool.devices.decode(pool.devices.text, pool.driver)] == [[], ["men"]]


def test_shared_amounts_written_as_a_mapping_have_their_places() -> None:
    text = AMOUNTS.format(**K8SRM).replace("[{name: mem, capacity: 10GiB}]", "{mem: 10GiB}")
    text = text.replace("[{name: men, capacity: 6Gi}]", "{men: 6Gi}")

    found = [each.span and each.span.text for each in read_text("p.yaml", text).diagnostics]

    assert found == ["10GiB", "6GiB", "men"]
