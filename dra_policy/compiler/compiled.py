"""Claims and classes after compilation: every selector as a condition, or as the error that Kubernetes would give."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.ir.nodes import Condition
from dra_policy.model import Claim, Demand, DeviceClass, Request, Selector
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic


@dataclass(frozen=True, slots=True, guarded=False)
class CompiledSelector:
    """One selector of a class or a demand, at its ``index`` there.

    ``condition`` is None exactly if it does not compile; ``compile_error`` is then Kubernetes' text. Kubernetes
    notices at the first device that it visits, so this is a value here and no exception.
    ``selector`` is None for what no selector states: the driver or the member classes of a k8srm class.
    ``diagnose`` looks for what is to be said of it.
    """

    index: int
    condition: Condition | None
    selector: Selector | None = None
    compile_error: str = ""
    diagnose: Callable[[], tuple[Diagnostic, ...]] = field(default=tuple, compare=False, repr=False)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Errors, or warnings of a selector that compiles; looked for at the first call."""
        return self.diagnose()


@dataclass(frozen=True, slots=True, guarded=False)
class CompiledClass:
    """A device class and its selectors in order."""

    device_class: DeviceClass
    selectors: tuple[CompiledSelector, ...]


@dataclass(frozen=True, slots=True, guarded=False)
class CompiledDemand:
    """A demand with its class (None: no such class) and its own selectors, in the order of evaluation."""

    demand: Demand
    device_class: CompiledClass | None
    selectors: tuple[CompiledSelector, ...]


@dataclass(frozen=True, slots=True, guarded=False)
class CompiledRequest:
    """A request with its alternatives in order."""

    request: Request
    alternatives: tuple[CompiledDemand, ...]


@dataclass(frozen=True, slots=True, guarded=False)
class CompiledClaim:
    """A claim ready for allocation."""

    claim: Claim
    requests: tuple[CompiledRequest, ...]
