"""The device that comes nearest to a request that no device meets: the one for which most conditions hold."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.evaluate import Evaluator
from dra_policy.explain.device_view import DeviceView, device_view
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.question import Question
from dra_policy.explain.study import Study, study
from dra_policy.fleet import Fleet


def explain_nearest(question: Question, fleet: Fleet, evaluator: Evaluator) -> Iterator[DeviceView]:
    """A view of the nearest device for each request that no device meets, in none of its alternatives."""
    found = study(question.claims, fleet.emptied() if question.idle else fleet, evaluator)
    for request in found.requests:
        if any(mask for one in request.alternatives for mask in one.matching):
            continue
        nearest = [(near, one) for one in request.alternatives if (near := _nearest(found, one)) is not None]
        if nearest:
            (_, place), narrowed = max(nearest, key=lambda item: item[0][0])
            yield device_view(found, narrowed, place, question.subject.full_name)


_Place = tuple[int, str, int]


def _nearest(found: Study, narrowed: Narrowed) -> tuple[tuple[int, float], _Place] | None:
    """Spot, node and position of the first device for which most rows hold; rows of the class come before others.

    Before it stand the numbers that nearness is judged by: the rows of the class, and the share of all rows.
    """
    best: tuple[tuple[int, float], _Place] | None = None
    rows = [row for row in narrowed.filters if row.id in ("class", "condition")]
    of_class = [row for row in rows if row.id == "class"]
    for number, spot in enumerate(found.spots):
        if not spot.nodes or not rows:
            continue
        for position in range(spot.size):
            own, every = (sum(row.passes[number] >> position & 1 for row in some) for some in (of_class, rows))
            if best is None or (own, every / len(rows)) > best[0]:
                best = (own, every / len(rows)), (number, spot.nodes[0], position)
    return best
