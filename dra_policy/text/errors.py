"""What the library refuses to do: one family of errors, each with a code and a hint, most a built-in error too."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from dra_policy.text.diagnostic import Diagnostic, PolicyError, Severity
from dra_policy.text.nearest import nearest

# Objects that are gone already are no news in a watch: looking for a nearest name must not cost more than the event.
_MOST_NAMES = 500


class ClusterError(PolicyError):
    """A cluster cannot do what its caller asks: ``code`` says why; nothing has changed."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        """One diagnostic, as an error."""
        super().__init__([Diagnostic(code, Severity.ERROR, message, hint=hint)])

    @property
    def code(self) -> str:
        """The code, of which ``drapolicy help CODE`` prints the page."""
        return self.diagnostics[0].code

    @property
    def hint(self) -> str | None:
        """What can be done."""
        return self.diagnostics[0].hint


class UnknownObjectError(ClusterError, KeyError):
    """There is no object of that name (DRA630)."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()) -> None:
        """``known`` are the names that there are: the hint has the nearest where they are not very many."""
        names = list(islice(known, _MOST_NAMES + 1))
        near = nearest(name, names) if len(names) <= _MOST_NAMES else None
        super().__init__("DRA630", f"there is no {kind} `{name}`", f"did you mean `{near}`?" if near else None)


class AlreadyAllocatedError(ClusterError, ValueError):
    """The claim holds devices already (DRA631)."""

    def __init__(self, claim: str) -> None:
        """``claim`` is its full name."""
        super().__init__("DRA631", f"claim {claim} is allocated", "`release` it first")


class StaleAnswersError(ClusterError, RuntimeError):
    """Slices or nodes (of k8srm, claims too) changed since the answers were given (DRA632)."""

    def __init__(self) -> None:
        """They no longer name devices."""
        super().__init__("DRA632", "the fleet has changed since these answers were given: ask again")


class WrongArgumentError(ClusterError, TypeError):
    """An argument is none of the values that are wanted (DRA633)."""

    def __init__(self, wanted: str, found: object, hint: str | None = None) -> None:
        """What is wanted, and what was given."""
        super().__init__("DRA633", f"{wanted} is wanted, not {found!r}", hint)


class WatchEndedError(ClusterError, ValueError):
    """The text is no event of a watch that goes on (DRA634)."""

    def __init__(self) -> None:
        """The watch has to begin anew."""
        hint = "list the objects again, and load them"
        super().__init__("DRA634", "this is no event of a watch that goes on", hint)


class AccessRefusedError(ClusterError):
    """The API server would not take the claim: admin access in a namespace without the label (DRA116)."""

    def __init__(self, namespace: str, label: str) -> None:
        """``label`` is the one that the namespace lacks."""
        message = f"adminAccess needs the label `{label}: true` on namespace `{namespace}`, which has none"
        super().__init__("DRA116", message, "ask a cluster admin for the label, or drop adminAccess")
