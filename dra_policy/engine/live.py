"""The library's live form: a cluster that changes while questions are asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress

from dra_policy.allocate import Allocated, Answers, NodeAnswer, allocate_claims, first_fit
from dra_policy.allocate.kept import KeptPlan, KeptPlans
from dra_policy.compiler import CompiledClaim, DeviceClasses, compile_claim
from dra_policy.engine.accepting import accepted, all_of, an_object, device_names, texts
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.kept_objects import KeptObjects
from dra_policy.engine.preferring import read_wanted
from dra_policy.engine.published import refused_slices
from dra_policy.engine.quotas import Quotas, quotas_of
from dra_policy.engine.refusing import raise_errors
from dra_policy.engine.scheduling import Decision, Scheduled, schedule
from dra_policy.engine.subjects import claims_subject, group_subject, pod_subject
from dra_policy.engine.world import Existing, World, read_manifest
from dra_policy.evaluate import Evaluator
from dra_policy.explain.explanation import Explanation
from dra_policy.fleet.prepared import PreparedFleet
from dra_policy.manifests import ModelObject, all_objects
from dra_policy.model import (
    Claim,
    DeviceClass,
    DeviceId,
    DeviceTaintRule,
    Dialect,
    Namespace,
    Node,
    Objects,
    Pod,
    PodGroup,
    Quota,
    ResourceQuota,
    ResourceSlice,
)
from dra_policy.record import replace
from dra_policy.text import AlreadyAllocatedError, UnknownObjectError, WatchEndedError


class LiveCluster:
    """A cluster that changes: each question is asked of it as it is then. ``Cluster.live()`` makes one.

    A change costs what changed, a question what is new about it: claims that ask for the same as earlier ones find
    their answers. Microseconds below are those of one core; they do not depend on the number of nodes. Not for use by
    several threads at once.
    """

    def __init__(self, world: World) -> None:
        """Begin with a world, which stays as it is. Takes some microseconds a node."""
        self._world = world
        self._fleet = PreparedFleet(world.fleet)
        self._kept = KeptObjects(world.objects)
        self._compiled = DeviceClasses(self._kept.of(DeviceClass))
        self._inventory: tuple[int, list[Node], list[ResourceSlice]] | None = None
        self._current: World | None = None

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, in byte order of their names: the order in which they are tried."""
        return tuple(self._fleet.nodes)

    def claims(self) -> tuple[Claim, ...]:
        """The claims, allocated or not."""
        return tuple(self._kept.of(Claim))

    def claim(self, namespace: str, name: str) -> Claim:
        """The claim of that name as it is now; UnknownObjectError if there is none."""
        found = self._kept.claim(namespace, name)
        if found is None:
            raise UnknownObjectError("claim", f"{namespace}/{name}", [each.full_name for each in self._kept.of(Claim)])
        return found

    def apply(self, text: str | bytes, name: str = "<text>") -> None:
        """Put every object of a text, which is read as a file of that name (YAML, JSON, ``.dra``).

        Raises PolicyError, and changes nothing, if anything is wrong with it, or if the API server takes no such
        slice. Devices that a recorded case calls allocated are taken.
        """
        objects = self._read(text, name)
        if not (objects.is_recorded or self._world.objects.is_recorded):
            raise_errors(tuple(refused_slices(objects.slices)))
        for found in all_objects(objects):
            self.put(found)
        self.take(objects.allocated_devices)

    def delete(self, text: str | bytes, name: str = "<text>") -> None:
        """Remove every object of a text; only their names matter.

        Raises PolicyError for a text that cannot be read, UnknownObjectError at the first object that is not there.
        """
        for found in all_objects(self._read(text, name)):
            self.remove(found)

    def observe(self, event: str | bytes) -> None:
        """Follow one event of a watch: ``{"type": "ADDED", "object": {…}}``, also MODIFIED and DELETED.

        ``kubectl get --watch --output-watch-events -o json`` writes such events. What is deleted may be gone already;
        bookmarks, and kinds that do not matter here, change nothing. Raises WatchEndedError for anything else (ERROR:
        list all objects again), PolicyError for an object with a mistake.
        """
        texts((event,), "the text of an event")
        try:
            read = json.loads(event)
        except ValueError:
            raise WatchEndedError from None
        match read:
            case {"type": "ADDED" | "MODIFIED", "object": dict(found)}:
                self.apply(json.dumps(found), "<watch>")
            case {"type": "DELETED", "object": dict(found)}:
                with suppress(UnknownObjectError):
                    self.delete(json.dumps(found), "<watch>")
            case {"type": "BOOKMARK"}:
                pass
            case _:
                raise WatchEndedError

    def put(self, found: ModelObject) -> None:
        """An object of any kind is new, or replaces the one of its name."""
        match found:
            case ResourceSlice():
                self.put_slice(found)
            case Claim():
                self.put_claim(found)
            case Node():
                self.put_node(found)
            case DeviceClass():
                self.put_class(found)
            case DeviceTaintRule():
                self.put_taint_rule(found)
            case _:
                an_object(found)
                # Only explanations and quotas read it.
                self._kept.put(found)
                self._current = None

    def remove(self, found: ModelObject) -> None:
        """The object of that kind and name is gone; UnknownObjectError if there is none."""
        match found:
            case ResourceSlice():
                self.remove_slice(found)
            case Claim():
                self.remove_claim(found)
            case Node():
                self.remove_node(found.name)
            case DeviceClass():
                self.remove_class(found)
            case DeviceTaintRule():
                self.remove_taint_rule(found.name)
            case _:
                an_object(found)
                self._kept.remove(found)
                self._current = None

    def put_slice(self, resource_slice: ResourceSlice) -> None:
        """A slice is new, or replaces the one of its name.

        At most 0.2 ms for a slice of one node with 16 devices. Where other nodes see its pool, the nodes that do
        are looked at again, some 40 µs each; of dra-evolution, where the newest pool with a device counts, all pools.
        """
        self._fleet.put_slice(resource_slice)
        self._current = None

    def remove_slice(self, resource_slice: ResourceSlice) -> None:
        """The slice of that name is gone; UnknownObjectError if there is none. Time as for ``put_slice``."""
        self._fleet.remove_slice(resource_slice)
        self._current = None

    def put_claim(self, claim: Claim) -> None:
        """A claim is new, or replaces the one of its namespace and name: it holds what its allocation says, no more.

        About 20 µs for five devices of one node.
        """
        self._fleet.put_claim(claim)
        self._kept.put(claim)
        self._current = None

    def remove_claim(self, claim: Claim) -> None:
        """The claim of that namespace and name is gone, and holds nothing; UnknownObjectError if there is none."""
        self._kept.remove(claim)
        self._fleet.remove_claim(claim)
        self._current = None

    def put_node(self, node: Node) -> None:
        """A node is new, or has other labels. The first one with an object ends taking names from slices for nodes."""
        self._fleet.put_node(node)
        self._current = None

    def remove_node(self, name: str) -> None:
        """A node is gone; UnknownObjectError if there is none with an object of that name."""
        self._fleet.remove_node(name)
        self._current = None

    def put_class(self, device_class: DeviceClass) -> None:
        """A device class is new, or replaces the one of its name; what is kept of earlier questions is dropped."""
        self._kept.put(device_class)
        self._note_classes()

    def remove_class(self, device_class: DeviceClass) -> None:
        """The class of that name is gone; UnknownObjectError if there is none."""
        self._kept.remove(device_class)
        self._note_classes()

    def put_taint_rule(self, rule: DeviceTaintRule) -> None:
        """A taint rule is new, or replaces the one of its name; takes time by the slices that it may mean."""
        self._kept.put(rule)
        self._note_rules()

    def remove_taint_rule(self, name: str) -> None:
        """A taint rule is gone; UnknownObjectError if there is none of that name."""
        known = {rule.name: rule for rule in self._kept.of(DeviceTaintRule)}
        if name not in known:
            raise UnknownObjectError("DeviceTaintRule", name, known)
        self._kept.remove(known[name])
        self._note_rules()

    def take(self, devices: Iterable[DeviceId]) -> None:
        """Devices come into use without a claim, until ``free``. About 15 µs for five of one node."""
        self._fleet.take(device_names(devices))
        self._current = None

    def free(self, devices: Iterable[DeviceId]) -> None:
        """Devices that were taken without a claim are free again, unless a claim holds them."""
        self._fleet.free(device_names(devices))
        self._current = None

    def allocate(self, *claims: Claim) -> Answers:
        """What every node answers to the claims of one pod, all or none, each node by itself; nothing is held.

        Takes time by the nodes that differ to the claims. Devices are named when an answer is looked at; once slices
        or nodes have changed, that raises StaleAnswersError. Raises what ``Cluster.allocate`` raises.
        """
        claims = self._accepted(claims)
        quotas = self._quotas(claims)
        if not quotas:
            return self._plan(claims, quotas).answers(claims)
        compiled, steps = [self._compile(claim) for claim in claims], self._world.rules.steps
        return allocate_claims(self._fleet, compiled, evaluator=self._evaluator, quotas=quotas, budget=steps)

    def first_fit(self, *claims: Claim) -> NodeAnswer | None:
        """The answer of the first node that serves the claims of one pod, or ends the search; None: no node does.

        Claims like earlier ones: some ten microseconds. New ones: about a millisecond, and the time of ``allocate``
        where few nodes serve them.
        """
        claims = self._accepted(claims)
        quotas = self._quotas(claims)
        if not quotas:
            return self._plan(claims, quotas).first_fit(claims)
        compiled, steps = [self._compile(claim) for claim in claims], self._world.rules.steps
        found = first_fit(self._fleet, compiled, evaluator=self._evaluator, quotas=quotas, budget=steps)
        return found.deciding

    def commit(self, *claims: Claim, node: str | None = None) -> NodeAnswer | None:
        """Allocate the claims of one pod on the first node that serves them, or on one that is named, and hold that.

        Gives the answer as ``first_fit`` does; where it is ``Allocated``, ``claims()`` has the claims with their
        allocation. Raises AlreadyAllocatedError for a claim that holds devices, UnknownObjectError for a node that
        there is not, and what ``allocate`` raises; nothing has changed then.
        """
        claims = self._accepted(claims)
        for claim in claims:
            known = self._kept.find(claim) or claim
            if known.allocation is not None:
                raise AlreadyAllocatedError(claim.full_name)
        if node is not None and node not in self._fleet.nodes:
            raise UnknownObjectError("node", node, self._fleet.nodes)
        answer = self.first_fit(*claims) if node is None else self.allocate(*claims).of_node(node)
        if answer is not None and isinstance(answer.outcome, Allocated):
            for result in answer.outcome.results:
                self.put_claim(replace(result.claim, allocation=result.allocation))
        return answer

    def place(self, pod: Pod, *, prefer: str = "first") -> Decision:
        """Schedule a pod as ``Cluster.schedule`` does and hold what it gets: its claims are allocated, reserved for it.

        Where it is ``Scheduled`` the pod runs on its node from then on. Takes time by the cluster's size.
        """
        subjects = [replace(pod_subject(each, self.world), kind="Pod") for each in all_of(Pod, (pod,))]
        (decision,) = schedule(subjects, self.world, read_wanted(prefer, self.world, subjects))
        self._hold(decision, pod)
        return decision

    def place_group(self, group: PodGroup, *, prefer: str = "first") -> tuple[Decision, ...]:
        """Schedule a group as ``Cluster.schedule_group`` does and hold what its pods get, as ``place`` does.

        The pods are called ``GROUP-0``, ``GROUP-1`` …; each can be removed by itself. Those of a group that is placed
        stay where they are; while only some of them hold devices it is a ``BadSubject`` (DRA631).
        """
        subjects = [group_subject(group, self.world)]
        decisions = schedule(subjects, self.world, read_wanted(prefer, self.world, subjects))
        for decision in decisions:
            self._hold(decision, decision.subject.pod)
        return decisions

    def _hold(self, decision: Decision, pod: Pod | None) -> None:
        """Where a pod is scheduled it runs from now on, and its claims are what they are then."""
        if isinstance(decision, Scheduled) and pod is not None:
            for claim in decision.claims:
                self.put_claim(claim)
            self.put(replace(pod, node_name=decision.node))

    def remove_pod(self, pod: Pod) -> None:
        """A pod is gone: claims that were made for it go with it, and claims that no pod uses any more are released."""
        all_of(Pod, (pod,))
        if self._kept.find(pod) is not None:
            self.remove(pod)
        for claim in list(self._kept.claims_of(pod.namespace)):
            left = tuple([each for each in claim.reserved_for if not pod.is_consumer(each)])
            if claim.owner_pod == pod.name:
                self.remove_claim(claim)
            elif len(left) < len(claim.reserved_for):
                self.put_claim(replace(claim, reserved_for=left, allocation=claim.allocation if left else None))

    def release(self, *claims: Claim) -> None:
        """The claims of these names give back what they hold, and stay; UnknownObjectError for an unknown one."""
        for claim in all_of(Claim, claims):
            known = self._kept.find(claim)
            if known is None:
                raise UnknownObjectError("claim", claim.full_name, [each.full_name for each in self._kept.of(Claim)])
            self.put_claim(replace(known, allocation=None, reserved_for=()))

    def explain(self, claim: Claim, *others: Claim) -> Explanation:
        """Why the claims of one pod fit on a node together now, or why not.

        Takes time by the nodes and devices that differ; after a change of slices or nodes, some more by their number.
        """
        return explain_subjects([claims_subject(all_of(Claim, (claim, *others)))], self.world)[0]

    @property
    def world(self) -> World:
        """The cluster as it is now, for every other question; good until the next change."""
        if self._current is None:
            fleet = self._fleet
            if self._inventory is None or self._inventory[0] != fleet.version:
                slices = [each.envelope for each in fleet.slices]
                self._inventory = fleet.version, list(fleet.structure.named_nodes), slices
            objects = self._kept.objects(*self._inventory[1:])
            objects.features = self._world.objects.features
            objects.is_recorded = self._world.objects.is_recorded
            world = World(objects, (), self._world.rules, self._world.policies)
            world.fleet, world.evaluator = fleet, self._evaluator
            self._current = world
        return self._current

    def _read(self, text: str | bytes, name: str) -> Objects:
        texts((text,), "the text of manifests")
        read = read_manifest(name, text, self._world.rules).read
        raise_errors(read.diagnostics)
        return read.objects

    def _note_classes(self) -> None:
        self._compiled = DeviceClasses(self._kept.of(DeviceClass))
        self._fleet.table(KeptPlans).clear()
        if self._fleet.features.taint_rules_select:
            self._note_rules()
        self._current = None

    def _note_rules(self) -> None:
        self._fleet.put_taint_rules(self._kept.of(DeviceTaintRule), self._kept.of(DeviceClass))
        self._current = None

    def _accepted(self, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        return accepted(claims, self._kept.of(Namespace), self._world.rules.admin_label)

    def _quotas(self, claims: Sequence[Claim]) -> Quotas:
        """What decides about the claims; without any quota there is no need to look at all objects."""
        has_quotas = bool(self._kept.of(Quota)) or bool(self._kept.of(ResourceQuota))
        if claims and has_quotas:
            existing = Existing(self._kept.claims_of(claims[0].namespace), self._kept.of(Pod))
            return quotas_of(self.world, claims, existing)
        return [] if any(claim.dialect is Dialect.EVOLUTION for claim in claims) else None

    def _plan(self, claims: Sequence[Claim], quotas: Quotas) -> KeptPlan:
        assert not quotas, "answers within quotas are not kept"
        plans = self._fleet.table(KeptPlans)
        admin_is_free = quotas is None
        steps = self._world.rules.steps
        return plans.of(self._fleet, claims, self._compile, admin_is_free=admin_is_free, budget=steps)

    def _compile(self, claim: Claim) -> CompiledClaim:
        # What a vocabulary finds is for people; it would be counted anew after each change.
        return compile_claim(claim, self._compiled, self._world.rules.compilation)

    @property
    def _evaluator(self) -> Evaluator:
        return self._fleet.table(Evaluator)
