"""Objects written in their own dialect."""

from __future__ import annotations

import pytest

from dra_policy.manifests import read_text
from dra_policy.manifests.writing import (
    JsonObject,
    allocated_document,
    claim_document,
    class_document,
    node_document,
    pod_document,
    published_devices,
    slice_document,
    template_document,
    to_json,
    to_yaml,
)
from dra_policy.model import (
    AllocatedDevice,
    Allocation,
    AllocationMode,
    Capacity,
    Claim,
    ClaimTemplate,
    Consumer,
    CounterConsumption,
    CounterSet,
    Demand,
    Device,
    DeviceClass,
    DeviceId,
    Dialect,
    MatchAttribute,
    Node,
    NodeRequirement,
    NodeSelector,
    NodeSelectorTerm,
    Objects,
    Request,
    ResourceSlice,
    Selector,
    Taint,
    Toleration,
)
from dra_policy.record import replace
from dra_policy.text import Place, Source, Span, SpanDocument
from dra_policy.values import AttributeValue, JsonValue, Quantity, Version

PLACE = Place(SpanDocument(Span(Source.of("policy.dra", "x"), 0, 1)))


def has_shares(dialect: Dialect) -> bool:
    """Whether a dialect has what came with Kubernetes 1.34: v1alpha3 ended before."""
    return dialect.is_kubernetes and dialect is not Dialect.V1ALPHA3


def claim(dialect: Dialect) -> Claim:
    demand = Demand(
        "gpu",
        selectors=(Selector("device.x", dialect, PLACE),),
        count=2 if dialect is not Dialect.EVOLUTION else 1,
        tolerations=(Toleration("k", "Exists", "", "NoSchedule", 0),) if dialect.is_kubernetes else (),
        capacity_requests={"memory": Quantity.parse("1Gi")} if has_shares(dialect) else {},
    )
    other = Demand("nic")
    everything = Demand("all", allocation_mode=AllocationMode.ALL, count=0)
    requests = [Request("a", (demand,)), Request("b", (other,))]
    if dialect.is_kubernetes:
        requests += [
            Request("c", (everything,)),
            Request("d", (replace(demand, name="x"), replace(other, name="y")), prioritized=True),
        ]
    return Claim("train", "ns", dialect, tuple(requests), (MatchAttribute("example.com/numa"),))


def read_back(document: JsonObject) -> Objects:
    result = read_text("back.yaml", to_yaml([document]))
    assert result.diagnostics == ()
    return result.objects


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_claim_and_a_class_made_here_read_back_as_themselves(dialect: Dialect) -> None:
    made = claim(dialect)
    device_class = DeviceClass("gpu", dialect, (Selector("device.x", dialect, PLACE),), labels={"a": "b"})

    (claim_back,) = read_back(claim_document(made)).claims
    (class_back,) = read_back(class_document(device_class)).classes

    assert replace(claim_back, shareable=None) == made
    assert class_back == device_class


@pytest.mark.parametrize("dialect", [each for each in Dialect if each is not Dialect.K8SRM])
def test_a_template_made_here_reads_back_as_itself(dialect: Dialect) -> None:
    template = ClaimTemplate("train", "ns", claim(dialect))

    assert read_back(template_document(template)).templates == [template]


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_slice_made_here_reads_back_as_itself(dialect: Dialect) -> None:
    is_kubernetes = dialect.is_kubernetes
    counters = {Dialect.EVOLUTION: "sharedCapacity", Dialect.K8SRM: "sharedResources"}.get(dialect, "set")
    attributes: dict[str, AttributeValue] = {"model": "A100", "driver": Version.parse("1.2.3"), "ready": True}
    if dialect is Dialect.EVOLUTION:
        attributes["size"] = Quantity.parse("2Gi")
    else:
        attributes["index"] = 3
    devices = (
        Device(
            "gpu-0",
            "d.example.com",
            attributes=attributes,
            capacity={"memory": Capacity(Quantity.parse("80Gi"))} if dialect is not Dialect.EVOLUTION else {},
            consumes_counters=(CounterConsumption(counters, (("memory", Quantity.parse("40Gi")),)),),
            taints=(Taint("k", "v", "NoExecute", "d.example.com"),) if is_kubernetes else (),
            binds_to_node=has_shares(dialect),
        ),
    )
    made = ResourceSlice(
        name="p",
        driver="d.example.com",
        pool="p",
        generation=4 if is_kubernetes else 0,
        resource_slice_count=1,
        devices=published_devices(devices, dialect),
        dialect=dialect,
        node_name="n1",
        shared_counters=(CounterSet(counters, (("memory", Quantity.parse("80Gi")),)),),
    )

    (back,) = read_back(slice_document(made)).slices

    assert back.devices.decode(back.devices.text, back.driver) == devices
    assert replace(back, devices=made.devices) == made


ALLOCATION = Allocation(
    (
        AllocatedDevice("a", DeviceId("d.example.com", "p", "gpu-0"), share_id="s", admin_access=True),
        AllocatedDevice("b", DeviceId("n.example.com", "p", "nic-0"), tolerations=(Toleration("k"),)),
    ),
    node_selector=NodeSelector((NodeSelectorTerm((), (NodeRequirement("metadata.name", "In", ("n1",)),)),)),
)
USERS = (Consumer("pods", "trainer", "u-1"),)


@pytest.mark.parametrize("dialect", [Dialect.V1, Dialect.V1BETA1])
def test_an_allocation_reads_back_as_itself(dialect: Dialect) -> None:
    (back,) = read_back(allocated_document(claim(dialect), ALLOCATION, USERS)).claims

    assert (back.allocation, back.reserved_for) == (ALLOCATION, USERS)


def test_a_prototype_allocation_names_the_node_and_groups_devices_by_driver() -> None:
    allocation = replace(ALLOCATION, node_name="n1")

    document = allocated_document(claim(Dialect.EVOLUTION), allocation, USERS)

    assert document["status"] == {
        "allocation": {
            "driverData": [
                {
                    "driverName": "d.example.com",
                    "data": {"results": [{"requestName": "a", "deviceName": "gpu-0"}]},
                },
                {
                    "driverName": "n.example.com",
                    "data": {"results": [{"requestName": "b", "deviceName": "nic-0"}]},
                },
            ],
            "nodeName": "n1",
            "shareable": True,
        },
        "reservedFor": [{"resource": "pods", "name": "trainer", "uid": "u-1"}],
    }


def test_a_k8srm_allocation_names_pool_and_device() -> None:
    document = allocated_document(claim(Dialect.K8SRM), ALLOCATION, USERS)

    assert document["status"] == {
        "allocations": [
            {"devicePoolName": "p", "deviceName": "gpu-0"},
            {"devicePoolName": "p", "deviceName": "nic-0"},
        ],
        "podNames": ["trainer"],
    }


WRITTEN = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: c, namespace: ns, labels: {x: "1"}}
other: kept
spec: {devices: {requests: [{name: r, exactly: {deviceClassName: x, futureField: 1}}]}}
status: {devices: [{driver: d}]}
"""


def test_of_a_claim_that_was_read_only_the_status_changes() -> None:
    (read,) = read_text("c.yaml", WRITTEN).objects.claims

    document = allocated_document(read, ALLOCATION)

    assert document["other"] == "kept"
    assert document["spec"] == {
        "devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "x", "futureField": 1}}]}
    }
    status = document["status"]
    assert isinstance(status, dict)
    assert status["devices"] == [{"driver": "d"}]
    assert list(status) == ["devices", "allocation"]


def test_a_claim_made_from_a_template_has_the_templates_spec_and_labels() -> None:
    (template,) = read_text(
        "t.yaml",
        """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: one, namespace: ns}
spec:
  metadata: {labels: {foo: bar}}
  spec: {devices: {requests: [{name: r, exactly: {deviceClassName: x, futureField: 1}}]}}
""",
    ).objects.templates
    made = replace(template.claim, name="web-gpu", owner_pod="web")

    assert claim_document(made) == {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {
            "name": "web-gpu",
            "namespace": "ns",
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "web", "controller": True}],
            "labels": {"foo": "bar"},
        },
        "spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "x", "futureField": 1}}]}},
    }


def test_nodes_and_pods_are_written_as_they_were_read() -> None:
    objects = read_text(
        "o.yaml",
        "apiVersion: v1\nkind: Node\nmetadata: {name: n1, x: 1}\n---\napiVersion: v1\nkind: Pod\n"
        "metadata: {name: p}\nspec: {containers: [{name: c, image: x}]}\n",
    ).objects

    assert node_document(objects.nodes[0])["metadata"] == {"name": "n1", "x": 1}
    assert pod_document(objects.pods[0])["spec"] == {"containers": [{"name": "c", "image": "x"}]}
    assert node_document(Node("m", {"a": "b"}))["metadata"] == {"name": "m", "labels": {"a": "b"}}


def test_yaml_has_kubectls_key_order_and_quotes_what_yaml_1_1_would_misread() -> None:
    document: dict[str, JsonValue] = {
        "status": {},
        "spec": {
            "on": "yes",
            "numbers": ["1", 1, 1.5, "1e3", "0777", "12:30"],
            "text": 'device.driver == "d" && x: y',
            "lines": "a\n  b\n",
            "quantity": "40Gi",
            "empty": "",
            "nothing": None,
            "nested": [{"a": [1, {"b": 2}]}, []],
        },
        "kind": "X",
        "apiVersion": "v1",
    }

    assert (
        to_yaml([document])
        == """\
apiVersion: v1
kind: X
spec:
  "on": "yes"
  numbers:
  - "1"
  - 1
  - 1.5
  - "1e3"
  - "0777"
  - "12:30"
  text: 'device.driver == "d" && x: y'
  lines: |
    a
      b
  quantity: 40Gi
  empty: ""
  nothing: null
  nested:
  - a:
    - 1
    - b: 2
  - []
status: {}
"""
    )


def test_several_documents_are_separated_in_yaml_and_a_list_in_json() -> None:
    documents: list[JsonObject] = [{"kind": "A"}, {"kind": "B"}]

    assert to_yaml(documents) == "kind: A\n---\nkind: B\n"
    assert '"kind": "List"' in to_json(documents)
    assert '"kind": "List"' not in to_json(documents[:1])
