"""What a compilation depends on besides the text: the Kubernetes version and the prototype's quirks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from dra_policy.model import Dialect
from dra_policy.model.defaults import DEFAULT_KUBERNETES
from dra_policy.record import dataclass, field

if TYPE_CHECKING:
    from dra_policy.cel import Environment


@dataclass(frozen=True, slots=True)
class Settings:
    """How selectors are compiled.

    ``kubernetes`` is a minor version (``1.37``); ``features`` are its feature gates as far as CEL depends on them;
    ``strict_prototype`` keeps the mistakes of the dra-evolution prototype's attribute lookup.
    """

    kubernetes: str = DEFAULT_KUBERNETES
    features: Mapping[str, bool] = field(default_factory=dict, hash=False)
    strict_prototype: bool = False

    def environment(self, dialect: Dialect) -> Environment:
        """The environment of the scheduler (stored expressions) for selectors of a dialect; one object for each."""
        return _environment(self, dialect)


@lru_cache(maxsize=64)
def _environment(settings: Settings, dialect: Dialect) -> Environment:
    from dra_policy.cel import environment_for

    return environment_for(
        dialect,
        kubernetes=settings.kubernetes,
        features=settings.features,
        strict_prototype=settings.strict_prototype,
    )
