"""By which rules a world is read and searched: dialect, Kubernetes version, feature gates, budget."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from dra_policy.model import Dialect
from dra_policy.model.defaults import DEFAULT_BUDGET, DEFAULT_KUBERNETES, NEWEST, OLDEST
from dra_policy.model.features import Features, gate_of
from dra_policy.model.gates import CHECKS_NEEDS, GATES
from dra_policy.model.node import ADMIN_LABEL
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, PolicyError, Severity, nearest

if TYPE_CHECKING:
    from dra_policy.compiler import Settings


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one question.

    ``dialect`` None reads each object in its own. ``kubernetes`` is a minor version, ``1.31`` to ``1.37``;
    ``feature_gates`` change its defaults. ``strict_prototype`` keeps the mistakes of the dra-evolution code.
    ``steps`` is the search budget of a pod, counted, so that the same input gives the same answer.
    """

    dialect: Dialect | None = None
    kubernetes: str = DEFAULT_KUBERNETES
    feature_gates: Mapping[str, bool] = field(default_factory=dict, hash=False)
    strict_prototype: bool = False
    steps: int = DEFAULT_BUDGET

    @property
    def minor(self) -> int:
        """The number of the minor release."""
        return int(self.kubernetes.partition(".")[2])

    @property
    def features(self) -> Features:
        """The allocator's switches."""
        return Features.of_version(self.kubernetes).with_gates(self.feature_gates)

    @property
    def admin_label(self) -> str | None:
        """The label that a namespace needs for adminAccess; None before 1.33, which asks for none."""
        return None if self.minor < 33 else "resource.k8s.io/admin-access" if self.minor == 33 else ADMIN_LABEL

    @property
    def compilation(self) -> Settings:
        """The compiler's settings."""
        # Expressions by themselves need no claims compiled, nor the time to load what does it.
        from dra_policy.compiler import Settings

        return Settings(self.kubernetes, self.feature_gates, self.strict_prototype)


def checked_rules(rules: Rules) -> Rules:
    """The rules themselves; raises PolicyError for an unknown version or feature gate, with what there is."""
    major, _, minor = rules.kubernetes.removeprefix("v").partition(".")
    if major != "1" or not minor.isdigit() or not OLDEST <= int(minor) <= NEWEST:
        wanted = f"a minor version from 1.{OLDEST} to 1.{NEWEST} is wanted"
        raise PolicyError(
            [Diagnostic("DRA105", Severity.ERROR, f"no Kubernetes version `{rules.kubernetes}`; {wanted}")]
        )
    if rules.steps < 1:
        raise PolicyError([Diagnostic("DRA105", Severity.ERROR, f"`steps` is at least 1, not {rules.steps}")])
    for gate, on in rules.feature_gates.items():
        if not isinstance(on, bool):
            message = f"feature gate `{gate}` is true or false, not {on!r}"
            raise PolicyError([Diagnostic("DRA105", Severity.ERROR, message)])
    found = [each for gate, on in rules.feature_gates.items() if (each := _refused_gate(gate, int(minor), on=on))]
    found = found or list(_lacking_gates(rules.feature_gates, int(minor)))
    if found:
        raise PolicyError(found)
    return rules


def idle_options(rules: Rules, dialects: Collection[Dialect]) -> Iterator[Diagnostic]:
    """A warning for what the rules say of Kubernetes, or of dra-evolution, where no object is of that family (DRA128).

    ``dialects`` are those of the objects; without any nothing is said.
    """
    families = {each.family for each in dialects}
    if families and Dialect.V1 not in families:
        names = " and ".join(sorted(each.value for each in families))
        hint = "the code of these prototypes is one version: leave the option out"
        given = [] if rules.kubernetes == DEFAULT_KUBERNETES else [f"the version of Kubernetes, {rules.kubernetes},"]
        for option in (*given, *(f"the feature gate {gate}" for gate in rules.feature_gates)):
            yield _idle(f"{option} counts for nothing: every object is of {names}", hint)
    if rules.strict_prototype and families and Dialect.EVOLUTION not in families:
        hint = "Kubernetes' own selectors are always read exactly as its code is"
        yield _idle("`--strict-prototype` counts for nothing: no object is of dra-evolution", hint)


def _idle(message: str, hint: str) -> Diagnostic:
    return Diagnostic("DRA128", Severity.WARNING, message, hint=hint)


def _refused_gate(name: str, minor: int, *, on: bool) -> Diagnostic | None:
    """Why Kubernetes takes no such gate: it does not have it, not in this minor release, or it is locked there."""
    gate = gate_of(name)
    if gate is None:
        near = nearest(name, GATES)
        hint = f"did you mean `{near}`?" if near else f"the gates are {', '.join(GATES)}"
        return Diagnostic("DRA105", Severity.ERROR, f"no feature gate `{name}`", hint=hint)
    if not gate.exists_in(minor):
        there = f"from 1.{gate.since} on" if gate.until is None else f"up to 1.{gate.until}"
        message = f"Kubernetes 1.{minor} has no feature gate `{name}`"
        return Diagnostic("DRA105", Severity.ERROR, message, hint=f"it is there {there}")
    if gate.is_locked_in(minor) and on != gate.is_on_in(minor):
        # The words of component-base's featuregate, with which Kubernetes' components end at their start.
        message = f"cannot set feature gate `{name}` to {_word(on)}, feature is locked to {_word(not on)}"
        last = (gate.locked_since or minor) - 1
        hint = f"since 1.{last + 1} it cannot be changed; leave it out, or ask about `--kubernetes 1.{last}`"
        return Diagnostic("DRA105", Severity.ERROR, message, hint=hint)
    return None


def _lacking_gates(gates: Mapping[str, bool], minor: int) -> Iterator[Diagnostic]:
    """The gates that are on without one that they need."""
    on = {name: gates.get(name, gate.is_on_in(minor)) for name, gate in GATES.items() if gate.exists_in(minor)}
    for name, is_on in on.items():
        off = [each for each in GATES[name].needs if not on.get(each)]
        if is_on and off and minor >= CHECKS_NEEDS:
            message = f"feature gate `{name}` is enabled, but depends on features that are disabled: {', '.join(off)}"
            hint = f"`--feature-gate {off[0]}=true`, or `--feature-gate {name}=false`"
            yield Diagnostic("DRA105", Severity.ERROR, message, hint=hint)


def _word(on: bool) -> str:
    return "true" if on else "false"
