"""Pods and groups: claims, containers, what holds across claims, and the manifests that are written of them."""

from __future__ import annotations

from typing import Any

import pytest

from dra_policy.language import compile_documents, load_policy
from dra_policy.model import (
    ClaimTemplate,
    Container,
    ContainerClaim,
    Dialect,
    DistinctAttribute,
    MatchAttribute,
    Objects,
    Pod,
    PodClaim,
    PodGroup,
)
from dra_policy.text import Severity, Source
from tests.unit.language.texts import DRIVERS, documents, load_well

CLAIMS = """
namespace team
claim train { request gpus: 2 of foozer  request odd-one: 1 of foozer }
claim shared-fabric { request port: 1 of barzer }
template one-vf { request nic: 1 of barzer }
"""
POD = """
pod trainer "trains" {
    claim gpus from claim train
    claim nic  from template one-vf
    claim tmp  { request gpu: 1 of foozer  label a=b }
    container main image "ubuntu:22.04" uses gpus/gpus, nic
    init container warm uses gpus
    container old limits 1 of nvidia.com/gpu
    label app=train
"""
RULES = """
    match std.pcieRoot across gpus/gpus, nic
    distinct gpu.uuid
    require claims.gpus.gpus.all(g, g.gpu.numa == claims.nic.nic[0].nic.numa)
    require claims["gpus"]["odd-one"].all(g, g.node == node.name)
    prefer -node.free.size()
"""
GROUP = """
group trainers: 4 of trainer {
    claim fabric from claim shared-fabric
    match std.pcieRoot across fabric, gpus/gpus
    distinct gpu.uuid across gpus
    require pods.all(p, p.gpus.gpus.all(g, g.gpu.numa == p.fabric.port[0].gpu.numa))
    require claims.fabric.port.size() == pods.size() - 3
}
"""


def loaded(text: str) -> Objects:
    # The namespace stands first in a file.
    return load_well(f"{CLAIMS}{DRIVERS}{text}").objects


def test_a_pod_has_claims_by_name_from_templates_and_in_place() -> None:
    (pod,) = loaded(POD + "}").pods
    gpus, nic, tmp = pod.claims

    assert (pod.full_name, pod.dialect) == ("team/trainer", Dialect.V1)
    assert gpus == PodClaim("gpus", claim_name="train")
    assert nic == PodClaim("nic", template_name="one-vf")
    assert tmp.inline is not None
    assert (tmp.inline.full_name, tmp.inline.owner_pod) == ("team/trainer-tmp", "trainer")
    assert [each.name for each in tmp.inline.requests] == ["gpu"]


def test_containers_use_claims_and_requests_of_them() -> None:
    (pod,) = loaded(POD + "}").pods

    assert pod.containers == (
        Container("main", (ContainerClaim("gpus", "gpus"), ContainerClaim("nic"))),
        Container("warm", (ContainerClaim("gpus"),), is_init=True),
        Container("old", limits={"nvidia.com/gpu": "1"}),
    )
    place = pod.containers[2].place
    assert place is not None
    assert place.child("resources", "limits", "nvidia.com/gpu").span.text == "nvidia.com/gpu"  # type: ignore[union-attr]


def test_what_holds_across_the_claims_of_a_pod_is_part_of_it() -> None:
    (pod,) = loaded(POD + RULES + "}").pods

    assert pod.constraints == (
        MatchAttribute("resource.kubernetes.io/pcieRoot", ("gpus/gpus", "nic")),
        DistinctAttribute("gpu.nvidia.com/uuid"),
    )
    assert [each.expression.expression for each in pod.requirements] == [
        "claims.gpus.gpus.all(g, g.gpu.numa == claims.nic.nic[0].nic.numa)",
        'claims["gpus"]["odd-one"].all(g, g.node == node.name)',
    ]
    assert [each.expression.expression for each in pod.preferences] == ["-node.free.size()"]


def test_a_group_is_so_many_of_a_pod_with_claims_that_they_share() -> None:
    (group,) = loaded(POD + "}" + GROUP).groups

    assert group == PodGroup(
        "trainers",
        "team",
        4,
        "trainer",
        (PodClaim("fabric", claim_name="shared-fabric"),),
        (
            MatchAttribute("resource.kubernetes.io/pcieRoot", ("fabric", "gpus/gpus")),
            DistinctAttribute("gpu.nvidia.com/uuid", ("gpus",)),
        ),
        group.requirements,
    )
    assert [each.expression.expression for each in group.requirements] == [
        "pods.all(p, p.gpus.gpus.all(g, g.gpu.numa == p.fabric.port[0].gpu.numa))",
        "claims.fabric.port.size() == pods.size() - 3",
    ]


def test_a_namespace_may_be_named_and_is_where_references_are_looked_up() -> None:
    text = "claim c in a { request g: 1 of x }\npod p in a { claim c from claim c }\ngroup g in a: 2 of p"
    found = load_well(text).objects

    assert [each.full_name for each in found.pods] == ["a/p"]
    assert [each.full_name for each in found.groups] == ["a/g"]


def test_claims_and_pods_of_imported_manifests_can_be_referred_to() -> None:
    (made,) = load_well("claim c { request g: first of { x: 1 of a } }").objects.claims
    pod = Pod("outer", "default", Dialect.V1, (PodClaim("mine", claim_name="c"),))
    brought = Objects(claims=[made], templates=[ClaimTemplate("t", "default", made)], pods=[pod])
    text = """
        import "objects.yaml"
        pod p {
            claim a from claim c
            claim b from template t
            container m uses a/g
            require claims.b["g/x"].size() == 1
        }
        group g: 2 of outer { require pods[0].mine.g.size() == 1 }
    """
    found = load_policy(Source.of("p.dra", text), lambda _: (brought, ()))

    assert found.diagnostics == ()
    assert [each.name for each in found.objects.pods] == ["outer", "p"]
    assert [each.name for each in found.objects.groups] == ["g"]


def test_a_pod_with_a_mistake_is_left_out_and_what_is_right_stays() -> None:
    text = "pod p { claim a from claim nothing }\npod q { claim a { request g: 1 of x } }"
    found = load_policy(Source.of("p.dra", text))

    assert [each.name for each in found.objects.pods] == ["q"]
    assert [each.code for each in found.diagnostics] == ["DRA310"]


# Manifests


def test_a_pod_is_written_with_the_templates_that_stand_in_it() -> None:
    made: list[Any] = documents(f"{CLAIMS}{DRIVERS}{POD}}}")
    template, pod = made[-2:]

    assert (template["kind"], template["metadata"]) == (
        "ResourceClaimTemplate",
        {"name": "trainer-tmp", "namespace": "team"},
    )
    assert template["spec"]["metadata"] == {"labels": {"a": "b"}}
    assert pod == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "trainer",
            "namespace": "team",
            "labels": {"app": "train"},
            "annotations": {"kubernetes.io/description": "trains"},
        },
        "spec": {
            "containers": [
                {
                    "name": "main",
                    "image": "ubuntu:22.04",
                    "resources": {"claims": [{"name": "gpus", "request": "gpus"}, {"name": "nic"}]},
                },
                {"name": "old", "image": "pause", "resources": {"limits": {"nvidia.com/gpu": "1"}}},
            ],
            "initContainers": [{"name": "warm", "image": "pause", "resources": {"claims": [{"name": "gpus"}]}}],
            "resourceClaims": [
                {"name": "gpus", "resourceClaimName": "train"},
                {"name": "nic", "resourceClaimTemplateName": "one-vf"},
                {"name": "tmp", "resourceClaimTemplateName": "trainer-tmp"},
            ],
        },
    }


def test_a_pod_of_dra_evolution_uses_each_device_by_its_request() -> None:
    pod: Any = documents(f"{CLAIMS}{DRIVERS}{POD}}}", Dialect.EVOLUTION)[-1]

    assert pod["apiVersion"] == "resource.k8s.io/v1alpha2"
    assert pod["spec"]["containers"][0]["resources"]["claims"] == [
        {"name": "gpus", "requestName": "gpus-0"},
        {"name": "gpus", "requestName": "gpus-1"},
        {"name": "nic"},
    ]


@pytest.mark.parametrize("dialect", [Dialect.V1, Dialect.EVOLUTION])
def test_what_no_pod_can_say_is_an_error_at_its_line(dialect: Dialect) -> None:
    source = Source.of("p.dra", f"{CLAIMS}{DRIVERS}{POD}{RULES}}}{GROUP}")
    found = compile_documents([source], dialect)[1]
    made, dropped = compile_documents([source], dialect, drop=True)

    assert [(each.code, each.severity) for each in found] == [("DRA701", Severity.ERROR)] * 6
    assert [each.span.text.split()[0] for each in found if each.span] == [
        *("match", "distinct", "require", "require", "prefer"),
        "trainers",
    ]
    assert [each.severity for each in dropped] == [Severity.WARNING] * 6
    assert made == compile_documents([Source.of("p.dra", f"{CLAIMS}{DRIVERS}{POD}}}")], dialect)[0]


def test_names_and_containers_that_the_api_wants() -> None:
    text = "pod P { claim C { request R: 1 of x }  init container M }"
    found = compile_documents([Source.of("p.dra", text)])[1]

    assert [(each.code, each.span.text if each.span else "") for each in found] == [
        ("DRA703", "P"),
        ("DRA106", "P"),
        ("DRA703", "C"),
        ("DRA703", "R"),
        ("DRA703", "M"),
    ]


def test_selectors_inside_a_pod_are_checked_as_those_of_templates() -> None:
    text = "pod p { claim c { request r: 1 of x where device.driver }  container m uses c }"
    (found,) = compile_documents([Source.of("p.dra", text)])[1]

    assert (found.code, found.span.outermost().text if found.span else "") == ("DRA307", "device.driver")


@pytest.mark.parametrize(
    "text",
    [
        "pod p { claim a { request g: 1 off f } container m uses a }\ngroup s: 2 of p { match gpu.x across b }",
        "pod p  claim a { request g: 1 of gpu }\ngroup s: 2 of p { require pods.all(p, p.b.g.size() > 0) }",
        'claim c "x" "y" { request g: 1 of gpu }\npod q { claim a from claim c  container main uses a }',
        'template c "x" "y" { request g: 1 of gpu }\ngroup s: 2 of q { claim a from template c }\npod q { }',
    ],
)
def test_a_mistake_in_a_declaration_is_not_told_again_where_it_is_named(text: str) -> None:
    assert {each.code for each in load_policy(Source.of("p.dra", DRIVERS + text)).diagnostics} == {"DRA201"}


def test_claims_are_listed_once_where_one_is_not_known() -> None:
    pod = "pod p { claim one { request g: 1 of gpu } container m uses one"
    for text in (f"{pod} match gpu.x across zzz }}", f"{pod} }}\ngroup s: 2 of p {{ match gpu.x across zzz }}"):
        (found,) = load_policy(Source.of("p.dra", DRIVERS + text)).diagnostics
        assert found.hint == "the claims are one"
