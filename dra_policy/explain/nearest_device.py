"""The device that comes nearest to a request that no device meets: the one for which most conditions hold."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.evaluate import Evaluator
from dra_policy.explain.answer import Question
from dra_policy.explain.device_view import DeviceView, device_view
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.study import Study, study
from dra_policy.fleet import Fleet


def explain_nearest(question: Question, fleet: Fleet, evaluator: Evaluator) -> Iterator[DeviceView]:
    """A view of the nearest device for each request (its first alternative) that no device meets."""
    found = study(question.claims, fleet.emptied() if question.idle else fleet, evaluator)
    for request in found.requests:
        narrowed = request.alternatives[0]
        place = None if any(narrowed.matching) else _nearest(found, narrowed)
        if place is not None:
            yield device_view(found, narrowed, place, question.subject.full_name)


def _nearest(found: Study, narrowed: Narrowed) -> tuple[int, str, int] | None:
    """Spot, node and position of the first device for which most rows hold; rows of the class come before others."""
    best: tuple[tuple[int, int], tuple[int, str, int]] | None = None
    rows = [row for row in narrowed.filters if row.id in ("class", "condition")]
    of_class = [row for row in rows if row.id == "class"]
    for number, spot in enumerate(found.spots):
        if not spot.nodes:
            continue
        for position in range(spot.size):
            met = tuple(sum(row.passes[number] >> position & 1 for row in some) for some in (of_class, rows))
            if best is None or met > best[0]:
                best = (met[0], met[1]), (number, spot.nodes[0], position)
    return None if best is None or not rows else best[1]
