"""Objects of the released resource.k8s.io versions."""

from __future__ import annotations

import pytest

from dra_policy.manifests import ReadResult, decode_device, read_case, read_text
from dra_policy.model import AllocationMode, Dialect, DistinctAttribute, MatchAttribute, UnknownConstraint
from dra_policy.text import Severity
from dra_policy.values import ListValue, Quantity, Unreadable, Version

CLAIM = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata:
  name: train
  namespace: team-a
spec:
  devices:
    requests:
    - name: gpu
      exactly:
        deviceClassName: gpu.example.com
        count: 4
        selectors:
        - cel:
            expression: device.capacity["gpu.example.com"].memory.compareTo(quantity("80Gi")) >= 0
        tolerations:
        - key: example.com/xid
          effect: NoSchedule
        capacity:
          requests:
            memory: 10Gi
    - name: nic
      firstAvailable:
      - name: fast
        deviceClassName: rdma
      - name: any
        deviceClassName: nic
        allocationMode: All
    constraints:
    - matchAttribute: resource.kubernetes.io/pcieRoot
      requests: [gpu, nic]
    - distinctAttribute: example.com/rack
    config:
    - requests: [gpu]
      opaque:
        driver: gpu.example.com
        parameters: {mode: fast}
"""


def read(text: str) -> ReadResult:
    result = read_text("input.yaml", text)
    assert [each for each in result.diagnostics if each.severity is Severity.ERROR] == []
    return result


def test_a_claim_is_read_with_its_requests_constraints_and_configuration() -> None:
    (claim,) = read(CLAIM).objects.claims

    assert claim.full_name == "team-a/train"
    assert claim.dialect is Dialect.V1
    gpu, nic = claim.requests
    assert (gpu.name, gpu.prioritized, nic.prioritized) == ("gpu", False, True)
    assert gpu.demands[0].count == 4
    assert gpu.demands[0].capacity_requests == {"memory": Quantity.parse("10Gi")}
    assert [demand.name for demand in nic.demands] == ["fast", "any"]
    assert nic.demands[1].allocation_mode is AllocationMode.ALL
    same, different = claim.constraints
    assert same == MatchAttribute("resource.kubernetes.io/pcieRoot", ("gpu", "nic"))
    assert different == DistinctAttribute("example.com/rack")
    assert claim.configurations[0].parameters == {"mode": "fast"}
    assert claim.configurations[0].requests == ("gpu",)


# "This field is optional. If AllocationMode is not specified, the default mode is ExactCount. If the mode is ExactCount
# and count is not specified, the default count is one." / "Operator ... defaults to Equal" (resource/v1 types.go)
def test_defaults_of_the_api_server_are_applied() -> None:
    (claim,) = read(CLAIM).objects.claims

    demand = claim.requests[1].demands[0]
    assert (demand.allocation_mode, demand.count) == (AllocationMode.EXACT_COUNT, 1)
    assert claim.requests[0].demands[0].tolerations[0].operator == "Equal"


def test_a_recorded_case_is_taken_without_defaults() -> None:
    case = b"""{"claims": [{"metadata": {"name": "c"}, "spec": {"devices": {"requests": [
        {"name": "r", "exactly": {"deviceClassName": "x", "tolerations": [{"key": "k"}]}}],
        "constraints": [{}]}}}]}"""

    (claim,) = read_case(case).objects.claims

    demand = claim.requests[0].demands[0]
    assert (claim.namespace, demand.allocation_mode, demand.count) == ("", "", 0)
    assert demand.tolerations[0].operator == ""
    assert isinstance(claim.constraints[0], UnknownConstraint)


def test_facts_of_a_recorded_case_are_kept() -> None:
    objects = read_case(
        b'{"features": {"AdminAccess": true}, "node": {"metadata": {"name": "n"}}, "allocatedDevices":'
        b'[{"driver": "d", "pool": "p", "device": "x"}], "allocatedSharedDeviceIDs": [{"driver": "d", "pool": "p",'
        b'"device": "y", "shareID": "s"}], "allocatedCapacity": [{"driver": "d", "pool": "p", "device": "y",'
        b'"consumedCapacity": {"memory": "1Gi"}}], "taintRules": [{"metadata": {"name": "r"}, "spec": {"taint":'
        b'{"key": "k", "effect": "NoSchedule"}, "deviceSelector": {"driver": "d"}}}]}'
    ).objects

    assert objects.features == {"AdminAccess": True}
    assert [str(each) for each in objects.allocated_devices] == ["d/p/x"]
    assert [(str(device), share) for device, share in objects.allocated_shares] == [("d/p/y", "s")]
    assert objects.shared_uses[0].consumed_capacity == (("memory", Quantity.parse("1Gi")),)
    assert [node.name for node in objects.nodes] == ["n"]
    assert [(rule.name, rule.driver) for rule in objects.taint_rules] == [("r", "d")]


def test_a_plain_recorded_case_keeps_its_taint_rules() -> None:
    objects = read_case(
        b'{"nodes": [{"metadata": {"name": "n"}}], "slices": [{"metadata": {"name": "s"}, "spec": {"driver": "d",'
        b'"pool": {"name": "p"}, "nodeName": "n"}}], "taintRules": [{"metadata": {"name": "r"}, "spec":'
        b'{"taint": {"key": "k", "effect": "NoSchedule"}, "deviceSelector": {}}}]}'
    ).objects

    assert ([each.name for each in objects.nodes], [each.name for each in objects.slices]) == (["n"], ["s"])
    assert [each.name for each in objects.taint_rules] == ["r"]


@pytest.mark.parametrize("version", ["v1alpha3", "v1beta1"])
def test_until_v1beta1_a_request_says_itself_what_it_asks_for(version: str) -> None:
    text = f"""\
apiVersion: resource.k8s.io/{version}
kind: ResourceClaim
metadata: {{name: old}}
spec:
  devices:
    requests:
    - name: gpu
      deviceClassName: gpu.example.com
      count: 2
"""
    (claim,) = read(text).objects.claims

    assert claim.dialect.value == version
    assert claim.requests[0].demands[0].count == 2


OLD_IN_V1 = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: old}
spec:
  devices:
    requests:
    - name: gpu
      deviceClassName: gpu.nvidia.com
      count: 2
      allocationMode: ExactCount
"""


def test_a_v1_claim_written_as_v1beta1_is_reported_with_what_moves_where() -> None:
    result = read_text("old.yaml", OLD_IN_V1)

    (found,) = result.diagnostics
    assert found.code == "DRA104"
    assert found.message == "`deviceClassName` stands under `exactly:` in resource.k8s.io/v1"
    assert found.span is not None
    assert (found.span.position.line, found.span.text) == (8, "deviceClassName")
    assert found.hint == "move 3 fields of request gpu under `exactly:`"
    assert found.notes == ("or say apiVersion: resource.k8s.io/v1beta1",)
    assert found.labels[0].span.position.line == 1
    assert result.objects.claims[0].requests[0].demands[0].count == 2


def test_a_v1beta1_claim_written_as_v1_is_reported() -> None:
    result = read_text("new.yaml", CLAIM.replace("resource.k8s.io/v1", "resource.k8s.io/v1beta1"))

    (found,) = result.diagnostics
    assert (found.code, found.message) == ("DRA104", "`exactly` stands in resource.k8s.io/v1beta2 and later")
    assert result.objects.claims[0].requests[0].demands[0].count == 4


def test_an_allocation_is_read_from_the_status() -> None:
    text = (
        CLAIM
        + """\
status:
  allocation:
    nodeSelector:
      nodeSelectorTerms:
      - matchFields:
        - {key: metadata.name, operator: In, values: [h1]}
    devices:
      results:
      - {request: gpu, driver: gpu.example.com, pool: h1, device: gpu-0, adminAccess: true}
      - {request: nic/fast, driver: nic.example.com, pool: h1, device: nic-0, shareID: abc, consumedCapacity: {bw: 1G}}
  reservedFor:
  - {resource: pods, name: trainer, uid: u-1}
"""
    )
    (claim,) = read(text).objects.claims

    assert claim.allocation is not None
    first, second = claim.allocation.devices
    assert (first.request, str(first.device), first.admin_access) == ("gpu", "gpu.example.com/h1/gpu-0", True)
    assert (second.share_id, second.consumed_capacity) == ("abc", {"bw": Quantity.parse("1G")})
    assert claim.allocation.node_selector is not None
    assert claim.allocation.node_selector.terms[0].match_fields[0].values == ("h1",)
    assert claim.reserved_for[0].name == "trainer"


SLICE = """\
apiVersion: resource.k8s.io/{version}
kind: ResourceSlice
metadata: {{name: h1-gpu}}
spec:
  driver: gpu.example.com
  nodeName: h1
  pool: {{name: h1, generation: 3, resourceSliceCount: 2}}
  sharedCounters:
  - name: set
    counters: {{memory: {{value: 80Gi}}}}
  devices:
  - name: gpu-0
{content}
"""
CONTENT = """\
    attributes:
      index: {int: 0}
      ecc: {bool: true}
      model: {string: A100}
      driverVersion: {version: 550.54.15}
      firmware: {version: "2.3"}
      nothing: {}
      lanes: {ints: [1, 2]}
    capacity:
      memory: {value: 80Gi, requestPolicy: {default: 1Gi, validRange: {min: 1Gi, step: 1Gi}}}
    consumesCounters:
    - counterSet: set
      counters: {memory: {value: 40Gi}}
    taints:
    - {key: k, value: v, effect: NoExecute}
    bindsToNode: true
"""
BASIC = "    basic:\n" + "".join(f"  {line}\n" for line in CONTENT.splitlines())


@pytest.mark.parametrize(("version", "content"), [("v1", CONTENT), ("v1beta2", CONTENT), ("v1beta1", BASIC)])
def test_a_slice_is_handed_over_with_its_devices_as_text(version: str, content: str) -> None:
    (published,) = read(SLICE.format(version=version, content=content)).objects.slices

    assert (published.driver, published.pool, published.generation) == ("gpu.example.com", "h1", 3)
    assert (published.resource_slice_count, published.node_name, published.all_nodes) == (2, "h1", None)
    assert published.shared_counters[0].counters == (("memory", Quantity.parse("80Gi")),)
    (device,) = published.devices.decode(published.devices.text, published.driver)
    assert dict(device.attributes) == {
        "index": 0,
        "ecc": True,
        "model": "A100",
        "driverVersion": Version.parse("550.54.15"),
        "firmware": Unreadable("2.3", "parse semantic version: No Major.Minor.Patch elements found"),
        "nothing": Unreadable("", "unsupported attribute value"),
        "lanes": ListValue("int", (1, 2)),
    }
    memory = device.capacity["memory"]
    assert memory.value == Quantity.parse("80Gi")
    assert memory.policy is not None
    assert memory.policy.valid_range is not None
    assert device.consumes_counters[0].counter_set == "set"
    assert (str(device.taints[0]), device.taints[0].owner) == ("k=v:NoExecute", "gpu.example.com")
    assert device.binds_to_node


def test_a_device_under_basic_in_v1_is_reported_and_read() -> None:
    result = read_text("slice.yaml", SLICE.format(version="v1", content=BASIC))

    assert [(each.code, each.message) for each in result.diagnostics] == [
        ("DRA104", "`basic` stands in resource.k8s.io/v1beta1")
    ]
    (published,) = result.objects.slices
    assert published.devices.decode(published.devices.text, "d")[0].attributes["model"] == "A100"


def test_a_capacity_that_is_no_quantity_becomes_an_unreadable_attribute() -> None:
    device = decode_device({"name": "x", "capacity": {"memory": {"value": "much"}}}, "d")

    assert isinstance(device.attributes["memory"], Unreadable)
    assert device.capacity == {}


def test_taint_rules_classes_and_templates_are_read() -> None:
    objects = read(
        """\
apiVersion: resource.k8s.io/v1alpha3
kind: DeviceTaintRule
metadata: {name: xid}
spec:
  deviceSelector: {driver: d, pool: p}
  taint: {key: k, effect: NoSchedule}
---
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: gpu, labels: {tier: gold}}
spec:
  extendedResourceName: example.com/gpu
  selectors:
  - cel: {expression: device.driver == "d"}
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: one, namespace: ns}
spec:
  spec:
    devices:
      requests:
      - name: r
        exactly: {deviceClassName: gpu}
"""
    ).objects

    (rule,) = objects.taint_rules
    assert (rule.driver, rule.pool, rule.device, rule.taint.owner) == ("d", "p", None, "devicetaintrule/xid")
    (device_class,) = objects.classes
    assert device_class.extended_resource_name == "example.com/gpu"
    assert device_class.selectors[0].expression == 'device.driver == "d"'
    (template,) = objects.templates
    assert template.claim.name == "one"
    assert template.claim.requests[0].demands[0].device_class_name == "gpu"


def test_a_taint_rule_of_v1alpha3_may_select_by_class_or_expression() -> None:
    text = """\
apiVersion: resource.k8s.io/v1alpha3
kind: DeviceTaintRule
metadata: {name: xid}
spec:
  deviceSelector: {deviceClassName: gpu, selectors: [{cel: {expression: "true"}}]}
  taint: {key: k, effect: NoSchedule}
"""
    result = read_text("rule.yaml", text)
    (rule,) = result.objects.taint_rules

    assert not result.diagnostics
    assert (rule.device_class_name, [each.expression for each in rule.selectors]) == ("gpu", ["true"])


def test_v1alpha3_ended_before_shares_and_distinct_values() -> None:
    text = """\
apiVersion: resource.k8s.io/v1alpha3
kind: ResourceClaim
metadata: {name: c}
spec:
  devices:
    requests:
    - name: a
      deviceClassName: x
      capacity: {requests: {memory: 1Gi}}
      tolerations: [{operator: Exists}]
    - name: b
      firstAvailable: [{name: z, deviceClassName: x}]
    constraints:
    - {distinctAttribute: example.com/uuid}
"""
    result = read_text("c.yaml", text)

    assert [each.message for each in result.diagnostics] == [
        "`requests` has no field `capacity`",
        "`constraints` has no field `distinctAttribute`",
        "the constraint has no `matchAttribute`",
    ]


# "DeviceSubRequest is similar to ExactDeviceRequest, but doesn't expose the AdminAccess field as that one is only
# supported when requesting a specific device."
@pytest.mark.parametrize("name", ["input.yaml", "case.json"])
def test_an_alternative_has_no_admin_access(name: str) -> None:
    alternative = '{"name": "x", "deviceClassName": "c", "adminAccess": true}'
    spec = f'{{"devices": {{"requests": [{{"name": "r", "firstAvailable": [{alternative}]}}]}}}}'
    head = '"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "c"}'
    claim = f'{{{head}, "spec": {spec}}}'
    read = read_text(name, claim if name == "input.yaml" else f'{{"claims": [{claim}]}}')

    assert read.objects.claims[0].requests[0].demands[0].admin_access is None


def test_a_field_that_the_type_does_not_have_is_ignored() -> None:
    text = """
    apiVersion: resource.k8s.io/v1
    kind: ResourceClaim
    metadata: &m {name: cl, namespace: ns, labels: {a: b}}
    spec: {devices: {requests: [], constraint: []}, x: *m}
    """
    result = read_text("c.yaml", text)

    assert [each.message for each in result.diagnostics] == [
        "`devices` has no field `constraint`",
        "`spec` has no field `x`",
    ]
    assert result.objects.claims[0].full_name == "ns/cl"


@pytest.mark.parametrize(
    ("version", "own", "wrong"),
    [
        ("v1", "exactly: {deviceClassName: c}", "exactly"),
        ("v1beta1", "deviceClassName: c", "deviceClassName"),
        ("v1beta1", "count: 2", "count"),
        ("v1beta1", 'deviceClassName: ""', None),
    ],
)
def test_a_request_is_of_one_form(version: str, own: str, wrong: str | None) -> None:
    alternatives = "firstAvailable: [{name: x, deviceClassName: c}]"
    text = f"""
    apiVersion: resource.k8s.io/{version}
    kind: ResourceClaim
    metadata: {{name: cl}}
    spec: {{devices: {{requests: [{{name: r, {own}, {alternatives}}}]}}}}
    """
    told = [each.message for each in read_text("c.yaml", text).diagnostics]
    assert told == ([f"a request takes either `{wrong}` or `firstAvailable`, not both"] if wrong else [])


def test_an_empty_list_of_alternatives_is_none_beside_another_form() -> None:
    text = """
    apiVersion: resource.k8s.io/v1
    kind: ResourceClaim
    metadata: {name: cl}
    spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, count: 2}, firstAvailable: []}]}}
    """
    (request,) = read(text).objects.claims[0].requests
    assert not request.prioritized
    assert request.demands[0].count == 2


# "Tombstoned since 1.35 because … the eviction controller cannot evaluate these CEL expressions" (DeviceTaintSelector)
@pytest.mark.parametrize("version", ["v1", "v1beta2"])
def test_a_taint_rule_selects_by_driver_pool_and_device_only(version: str) -> None:
    text = f"""
    apiVersion: resource.k8s.io/{version}
    kind: DeviceTaintRule
    metadata: {{name: broken}}
    spec:
      deviceSelector: {{deviceClassName: gpu, driver: d.io}}
      taint: {{key: example.com/broken, effect: NoSchedule}}
    """
    (told,) = read_text("r.yaml", text).diagnostics
    assert told.message == "`deviceSelector` has no field `deviceClassName`"
    assert told.hint is not None
    assert "1.35 took it away" in told.hint
