"""The library's live form: a cluster that changes while questions are asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dra_policy.allocate import Allocated, Answers, NodeAnswer, allocate_claims, first_fit
from dra_policy.allocate.kept import KeptPlan, KeptPlans
from dra_policy.compiler import CompiledClaim, DeviceClasses, compile_claim
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.quotas import Quotas, quotas_of
from dra_policy.engine.refusing import raise_errors
from dra_policy.engine.subjects import claims_subject
from dra_policy.engine.world import World, read_manifest
from dra_policy.evaluate import Evaluator
from dra_policy.explain.explanation import Explanation
from dra_policy.fleet.prepared import PreparedFleet, claim_name
from dra_policy.manifests import ReadResult, merge_results
from dra_policy.model import Claim, DeviceClass, DeviceId, DeviceTaintRule, Dialect, Node, Objects, ResourceSlice
from dra_policy.record import replace

# Names by the family of the dialect, as objects of two APIs may have one name.
ClassName = tuple[str, str]
_FAMILIES = tuple(dict.fromkeys(dialect.family for dialect in Dialect))


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
        self._claims = {claim_name(claim): claim for claim in world.objects.claims}
        self._classes = {_class_name(each): each for each in world.objects.classes}
        self._compiled = DeviceClasses(self._classes.values())
        self._rules = {rule.name: rule for rule in world.objects.taint_rules}
        # What only explanations and quotas read: pods, templates, namespaces, quotas.
        self._others = _others(world.objects)
        self._current: World | None = None

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, in byte order of their names: the order in which they are tried."""
        return tuple(self._fleet.nodes)

    def claims(self) -> tuple[Claim, ...]:
        """The claims, allocated or not."""
        return tuple(self._claims.values())

    def claim(self, namespace: str, name: str) -> Claim:
        """The claim of that name as it is now; KeyError if there is none."""
        for family in _FAMILIES:
            found = self._claims.get((family.value, namespace, name))
            if found is not None:
                return found
        raise KeyError(f"{namespace}/{name}")

    def apply(self, text: str | bytes, name: str = "<text>") -> None:
        """Put every object of a text, which is read as a file of that name (YAML, JSON, ``.dra``).

        Raises PolicyError, and changes nothing, if anything is wrong with it. Devices that a recorded case calls
        allocated are taken.
        """
        read = read_manifest(name, text, self._world.rules).read
        raise_errors(read.diagnostics)
        objects = read.objects
        for node in objects.nodes:
            self.put_node(node)
        for each in objects.slices:
            self.put_slice(each)
        for device_class in objects.classes:
            self.put_class(device_class)
        for rule in objects.taint_rules:
            self.put_taint_rule(rule)
        for claim in objects.claims:
            self.put_claim(claim)
        self.take(objects.allocated_devices)
        self._others = merge_results([ReadResult(self._others), ReadResult(_others(objects))]).objects
        self._current = None

    def put_slice(self, resource_slice: ResourceSlice) -> None:
        """A slice is new, or replaces the one of its name.

        At most 0.2 ms for a slice of one node with 16 devices. Where other nodes see its pool, all nodes are looked at
        again, some 40 µs each; of dra-evolution, where the newest pool with a device counts, all pools.
        """
        self._fleet.put_slice(resource_slice)
        self._current = None

    def remove_slice(self, resource_slice: ResourceSlice) -> None:
        """The slice of that name is gone; KeyError if there is none. Time as for ``put_slice``."""
        self._fleet.remove_slice(resource_slice)
        self._current = None

    def put_claim(self, claim: Claim) -> None:
        """A claim is new, or replaces the one of its namespace and name: it holds what its allocation says, no more.

        About 20 µs for five devices of one node.
        """
        self._fleet.put_claim(claim)
        self._claims[claim_name(claim)] = claim
        self._current = None

    def remove_claim(self, claim: Claim) -> None:
        """The claim of that namespace and name is gone, and holds nothing; KeyError if there is none."""
        del self._claims[claim_name(claim)]
        self._fleet.remove_claim(claim)
        self._current = None

    def put_node(self, node: Node) -> None:
        """A node is new, or has other labels. The first one with an object ends taking names from slices for nodes."""
        self._fleet.put_node(node)
        self._current = None

    def remove_node(self, name: str) -> None:
        """A node is gone; KeyError if there is none with an object of that name."""
        self._fleet.remove_node(name)
        self._current = None

    def put_class(self, device_class: DeviceClass) -> None:
        """A device class is new, or replaces the one of its name; what is kept of earlier questions is dropped."""
        self._set_classes({**self._classes, _class_name(device_class): device_class})

    def remove_class(self, device_class: DeviceClass) -> None:
        """The class of that name is gone; KeyError if there is none."""
        name = _class_name(device_class)
        if name not in self._classes:
            raise KeyError(device_class.name)
        self._set_classes({key: each for key, each in self._classes.items() if key != name})

    def put_taint_rule(self, rule: DeviceTaintRule) -> None:
        """A taint rule is new, or replaces the one of its name; takes time by the slices that it may mean."""
        self._set_rules({**self._rules, rule.name: rule})

    def remove_taint_rule(self, name: str) -> None:
        """A taint rule is gone; KeyError if there is none of that name."""
        if name not in self._rules:
            raise KeyError(name)
        self._set_rules({key: rule for key, rule in self._rules.items() if key != name})

    def take(self, devices: Iterable[DeviceId]) -> None:
        """Devices come into use without a claim, until ``free``. About 15 µs for five of one node."""
        self._fleet.take(devices)
        self._current = None

    def free(self, devices: Iterable[DeviceId]) -> None:
        """Devices that were taken without a claim are free again, unless a claim holds them."""
        self._fleet.free(devices)
        self._current = None

    def allocate(self, *claims: Claim) -> Answers:
        """What every node answers to the claims of one pod, all or none, each node by itself; nothing is held.

        Takes time by the nodes that differ to the claims. Devices are named when an answer is looked at; once slices
        or nodes have changed, that raises RuntimeError.
        """
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
        quotas = self._quotas(claims)
        if not quotas:
            return self._plan(claims, quotas).first_fit(claims)
        compiled, steps = [self._compile(claim) for claim in claims], self._world.rules.steps
        found = first_fit(self._fleet, compiled, evaluator=self._evaluator, quotas=quotas, budget=steps)
        return found.deciding

    def commit(self, *claims: Claim, node: str | None = None) -> NodeAnswer | None:
        """Allocate the claims of one pod on the first node that serves them, or on one that is named, and hold that.

        Gives the answer as ``first_fit`` does; where it is ``Allocated``, ``claims()`` has the claims with their
        allocation. Raises ValueError for a claim that is allocated already.
        """
        for claim in claims:
            known = self._claims.get(claim_name(claim), claim)
            if known.allocation is not None:
                raise ValueError(f"claim {claim.full_name} is allocated")
        answer = self.first_fit(*claims) if node is None else self.allocate(*claims).of_node(node)
        if answer is not None and isinstance(answer.outcome, Allocated):
            for result in answer.outcome.results:
                self.put_claim(replace(result.claim, allocation=result.allocation))
        return answer

    def release(self, *claims: Claim) -> None:
        """The claims of these names give back what they hold, and stay; KeyError for one that is not known."""
        for claim in claims:
            self.put_claim(replace(self._claims[claim_name(claim)], allocation=None, reserved_for=()))

    def explain(self, claim: Claim, *others: Claim) -> Explanation:
        """Why the claims of one pod fit on a node together now, or why not. Takes time by the cluster's size."""
        return explain_subjects([claims_subject((claim, *others))], self.world)[0]

    @property
    def world(self) -> World:
        """The cluster as it is now, for every other question; good until the next change."""
        if self._current is None:
            fleet = self._fleet
            objects = _others(self._others)
            objects.nodes, objects.slices = list(fleet.structure.named_nodes), [each.envelope for each in fleet.slices]
            objects.claims, objects.classes = list(self._claims.values()), list(self._classes.values())
            objects.taint_rules, objects.features = list(self._rules.values()), self._world.objects.features
            world = World(objects, (), self._world.rules, self._world.policies)
            world.fleet, world.evaluator = fleet, self._evaluator
            self._current = world
        return self._current

    def _set_classes(self, classes: dict[ClassName, DeviceClass]) -> None:
        self._classes = classes
        self._compiled = DeviceClasses(classes.values())
        self._fleet.table(KeptPlans).clear()
        self._current = None

    def _set_rules(self, rules: dict[str, DeviceTaintRule]) -> None:
        self._rules = rules
        self._fleet.put_taint_rules(rules.values())
        self._current = None

    def _quotas(self, claims: Sequence[Claim]) -> Quotas:
        """What decides about the claims; without any quota there is no need to look at all objects."""
        if self._others.quotas or self._others.resource_quotas:
            return quotas_of(self.world, claims)
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


def _others(objects: Objects) -> Objects:
    """What only explanations and quotas read."""
    return Objects(
        namespaces=list(objects.namespaces),
        templates=list(objects.templates),
        pods=list(objects.pods),
        groups=list(objects.groups),
        quotas=list(objects.quotas),
        resource_quotas=list(objects.resource_quotas),
    )


def _class_name(device_class: DeviceClass) -> ClassName:
    return device_class.dialect.family.value, device_class.name
