"""The library: what other allocators, queues and simulators use of the engine."""

from __future__ import annotations

from dra_policy.allocate import Answers, allocate_claims
from dra_policy.compiler import CompiledClaim
from dra_policy.engine.accepting import a_condition, accepted, all_of, texts
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.live import LiveCluster
from dra_policy.engine.matching import compile_expression, match
from dra_policy.engine.preferring import read_wanted
from dra_policy.engine.quotas import quotas_of
from dra_policy.engine.refusing import raise_errors
from dra_policy.engine.rules import Rules, checked_rules
from dra_policy.engine.scheduling import Decision, schedule
from dra_policy.engine.subjects import Subject, all_subjects, claims_subject, group_subject, pod_subject, subjects_of
from dra_policy.engine.world import Inputs, World, as_question, read_files, read_manifest, with_question
from dra_policy.explain.explanation import Explanation
from dra_policy.explain.matching import Matching, match_devices
from dra_policy.ir import Condition
from dra_policy.manifests import ReadResult
from dra_policy.model import Claim, DeviceId, Pod, PodGroup
from dra_policy.text import Diagnostic, PolicyError, Severity


class Cluster:
    """A cluster as some files describe it: nodes, slices, classes, claims. It does not change.

    Everything is prepared at first use and kept: a second question costs what is new about it. Not for use by several
    threads at once.
    """

    def __init__(self, world: World) -> None:
        """Wrap what was read; ``load`` and ``load_text`` read it."""
        self.world = world

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings of the input (its errors were raised)."""
        return self.world.findings

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, in byte order of their names: the order in which they are tried."""
        return tuple(self.world.fleet.nodes)

    def compile(self, expression: str) -> Condition:
        """A condition over one device, as a ``selectors[].cel.expression`` of a claim or class.

        Raises PolicyError, with place, hint and Kubernetes' own text, if it does not compile.
        """
        texts((expression,), "an expression")
        compiled = compile_expression(expression, self.world)
        if compiled.condition is None:
            raise PolicyError(compiled.diagnostics)
        return compiled.condition

    def match(self, condition: Condition) -> tuple[DeviceId, ...]:
        """The devices on which the condition is true (not those where it fails), slice by slice."""
        a_condition(condition)
        return tuple(match_devices(condition, self.world.fleet, self.world.evaluator))

    def count(self, condition: Condition) -> int:
        """How many devices match; asks each distinct device once and makes no names."""
        a_condition(condition)
        return self.world.evaluator.count(condition, self.world.fleet)

    def explain_match(self, condition: Condition) -> Matching:
        """Which devices match, which fail to evaluate, and what the others have instead."""
        a_condition(condition)
        return match(condition, self.world)

    def claims(self) -> tuple[Claim, ...]:
        """The claims of the cluster, allocated or not."""
        return tuple(self.world.objects.claims)

    def claim(self, path: str) -> Claim:
        """The only claim (or claim template) of a file, ready for ``allocate`` and ``explain``.

        Raises PolicyError if the file cannot be read or holds not exactly one.
        """
        texts((path,), "the path of a file")
        inputs = as_question(read_files([path], self.world.rules))
        raise_errors(inputs.read.diagnostics)
        found = [*inputs.read.objects.claims, *(each.claim for each in inputs.read.objects.templates)]
        if len(found) != 1:
            message = f"`{path}` has {len(found)} claims; one is wanted"
            raise PolicyError([Diagnostic("DRA106", Severity.ERROR, message)])
        return found[0]

    def compile_claim(self, claim: Claim) -> CompiledClaim:
        """The claim with its classes found and its selectors compiled; compile errors are in its selectors."""
        return self.world.compile_claim(*all_of(Claim, (claim,)))

    def allocate(self, *claims: Claim | CompiledClaim) -> Answers:
        """What Kubernetes' structured allocator answers on every node for the claims of one pod, all or none.

        The answers are a sequence in the order of ``nodes`` that names devices when one is looked at; ``outcome`` is
        ``Allocated`` with the devices of each claim, ``NotAllocated``, ``Failed`` with Kubernetes' text, or
        ``Undecided`` when ``Rules.steps`` are spent.

        Raises WrongArgumentError for what is no claim, and AccessRefusedError for admin access in a namespace that is
        loaded and has not the label, as ``explain`` says: the API server takes no such claim.
        """
        accepted(claims, self.world.objects.namespaces, self.world.rules.admin_label)
        compiled = [self.compile_claim(each) if isinstance(each, Claim) else each for each in claims]
        return allocate_claims(
            self.world.fleet,
            compiled,
            evaluator=self.world.evaluator,
            quotas=quotas_of(self.world, [each.claim for each in compiled]),
            budget=self.world.rules.steps,
        )

    def pods(self) -> tuple[Pod, ...]:
        """The pods of the cluster, those that workloads make from a template among them."""
        return tuple(self.world.objects.pods)

    def schedule(self, *pods: Pod, prefer: str = "first") -> tuple[Decision, ...]:
        """Where the scheduler puts pods, one after the other; what one takes is gone for the next, and nothing is held.

        Everything that decides counts: node rules and taints, claims that are allocated or in use, quotas, the
        namespace's label for admin access, extended resources. ``prefer`` is ``first``, ``pack``, ``spread``,
        ``balance``, or CEL over ``claims`` and ``node``. Raises PolicyError for a wrong one.
        """
        subjects = [pod_subject(each, self.world) for each in all_of(Pod, pods)]
        return schedule(subjects, self.world, read_wanted(prefer, self.world, subjects))

    def groups(self) -> tuple[PodGroup, ...]:
        """The groups of pods (``group`` of a policy)."""
        return tuple(self.world.objects.groups)

    def schedule_group(self, group: PodGroup, *, prefer: str = "first") -> tuple[Decision, ...]:
        """Where the pods of a group go: all of them, a decision a pod, or none, one decision; nothing is held.

        What decides about pods counts, and what holds across them. ``prefer`` is as for ``schedule``: what it says of
        a pod is summed over the group. Raises PolicyError for a wrong one. Pods of a group that is placed stay where
        they are; while only some hold devices, the decision is a ``BadSubject`` (DRA631).
        """
        subjects = [group_subject(each, self.world) for each in all_of(PodGroup, (group,))]
        return schedule(subjects, self.world, read_wanted(prefer, self.world, subjects))

    def explain_pod(self, pod: Pod) -> Explanation:
        """Why a pod with its claims fits on a node, or does not."""
        return explain_subjects([pod_subject(each, self.world) for each in all_of(Pod, (pod,))], self.world)[0]

    def explain_group(self, group: PodGroup) -> Explanation:
        """Why all pods of a group find a place, or how many do and what keeps the others from it."""
        return explain_subjects([group_subject(each, self.world) for each in all_of(PodGroup, (group,))], self.world)[0]

    def explain(self, claim: Claim, *others: Claim) -> Explanation:
        """Why the claims of one pod fit on a node together, or do not; it is told under the first one's name."""
        return explain_subjects([claims_subject(all_of(Claim, (claim, *others)))], self.world)[0]

    def explain_file(self, path: str) -> tuple[Explanation, ...]:
        """The explanations of everything in a file that asks for devices: claims, templates, pods, workloads.

        Classes, templates and claims that the file has beside them count. What is wrong with one of these objects is
        told in its explanation; raises PolicyError for everything else that is wrong with the file.
        """
        texts((path,), "the path of a file")
        inputs = as_question(read_files([path], self.world.rules))
        world = self._with(inputs)
        explanations = explain_subjects(subjects_of(inputs.read.objects, world), world)
        told = [each for explanation in explanations for each in explanation.diagnostics]
        raise_errors([each for each in inputs.read.diagnostics if each not in told])
        return explanations

    def _with(self, inputs: Inputs) -> World:
        """The world with what a file declares; with the same fleet where that changes nothing of it."""
        own = Inputs(ReadResult(self.world.objects, self.world.diagnostics), self.world.policies)
        world = with_question(own, inputs, self.world.rules)
        objects = inputs.read.objects
        is_selected = bool(objects.classes) and world.features.taint_rules_select
        is_changed = objects.slices or objects.nodes or objects.taint_rules or is_selected
        if not (is_changed or any(c.allocation for c in objects.claims)):
            world.fleet, world.evaluator = self.world.fleet, self.world.evaluator
        return world

    def explain_waiting(self) -> tuple[Explanation, ...]:
        """The explanations of all claims and pods of the cluster that are not allocated."""
        return explain_subjects(subjects_of(self.world.objects, self.world, only_open=True), self.world)

    def live(self) -> LiveCluster:
        """The same cluster in a form that changes; this one stays as it is."""
        return LiveCluster(self.world)

    def subjects(self) -> tuple[Subject, ...]:
        """Every claim, template, pod and workload of the cluster."""
        return tuple(all_subjects(self.world))


def load(*paths: str, rules: Rules | None = None) -> Cluster:
    """Read files and folders of manifests (YAML, JSON, dumps), policies (``.dra``) and recorded cases.

    Raises PolicyError with everything that was found if anything is wrong; warnings are in ``Cluster.diagnostics``.
    """
    texts(paths, "the path of a file or a folder")
    return _cluster(read_files(paths, checked_rules(rules or Rules())), rules)


def load_text(text: str | bytes, name: str = "<text>", *, rules: Rules | None = None) -> Cluster:
    """Read one text as a file of that name (its suffix tells a policy). Raises PolicyError as ``load`` does."""
    texts((text,), "the text of manifests", "`load(PATH)` reads files")
    return _cluster(read_manifest(name, text, checked_rules(rules or Rules())), rules)


def _cluster(inputs: Inputs, rules: Rules | None) -> Cluster:
    raise_errors(inputs.read.diagnostics)
    return Cluster(inputs.world(rules or Rules()))
